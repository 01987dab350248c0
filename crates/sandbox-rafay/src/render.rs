//! What a read shows of a stored object (contract 11): server fields, defaults, masks, and the
//! quirks the knobs ask for. Nothing here changes anything.

use super::kinds::{API_VERSION, Kind};
use super::world::World;
use serde_json::{Map, Value, json};

use super::catalog::{DEVELOPER_POD, SHARED_FILES};
use super::directory::Directory;
use super::knobs::{Knobs, LabelStyle, Mask, OutputLayout, StatusStyle};
use super::lifecycle::{Class, Lifecycle, Status};
use super::objects::Object;
use super::settings::Secrets;
use super::variables::Variable;
use plumb_sandbox::ids;

/// What a masked value reads as.
pub(crate) const MASKED: &str = "********";

/// Whether an object is shown alone or in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Single,
    Item,
}

/// Shows objects the way the knobs say.
#[derive(Debug)]
pub(crate) struct Renderer<'a> {
    pub(crate) knobs: &'a Knobs,
    pub(crate) secrets: &'a Secrets,
    pub(crate) directory: &'a Directory,
    /// Differs from call to call, for the `shuffle_variables` knob.
    pub(crate) salt: u64,
}

impl Renderer<'_> {
    /// The whole object.
    pub(crate) fn object(&self, object: &Object, view: View) -> Value {
        let thin = view == View::Item && self.knobs.list_thin;
        let mut shown = Map::new();
        if view == View::Single {
            shown.insert("apiVersion".to_owned(), json!(API_VERSION));
        }
        shown.insert("kind".to_owned(), json!(object.key.kind.as_str()));
        shown.insert("metadata".to_owned(), self.metadata(object, view));
        if !thin {
            let spec = self.spec(object);
            let empty = spec.as_object().is_some_and(Map::is_empty);
            if !empty {
                shown.insert("spec".to_owned(), self.packed(spec));
            }
        }
        shown.insert("status".to_owned(), self.status(object));
        Value::Object(shown)
    }

    fn metadata(&self, object: &Object, view: View) -> Value {
        let user = |id: &str| json!({ "username": id, "isSSOUser": false });
        let mut metadata = json!({
            "name": object.key.name,
            "project": object.key.project,
            "id": object.id,
            "createdAt": object.created_at,
            "modifiedAt": object.modified_at,
            "createdBy": user(&object.created_by),
            "modifiedBy": user(&object.modified_by),
        });
        let mut set = |name: &str, value: Value| metadata[name] = value;
        if let Some(project) = self.directory.project(&object.key.project) {
            set("projectID", json!(project.id));
        }
        if let Some(workspace) = &object.key.workspace {
            set("workspace", json!(workspace));
        }
        if let Some(text) = &object.display_name {
            set("displayName", json!(text));
        }
        if let Some(text) = &object.description {
            set("description", json!(text));
        }
        if self.shows_labels(view) {
            if !object.labels.is_empty() {
                set("labels", json!(object.labels));
            }
            if !object.annotations.is_empty() {
                set("annotations", json!(object.annotations));
            }
        }
        self.without_zeros(metadata)
    }

    fn shows_labels(&self, view: View) -> bool {
        match (self.knobs.labels, view) {
            (LabelStyle::Dropped, _) | (LabelStyle::DroppedInLists, View::Item) => false,
            (_, View::Item) => !self.knobs.list_thin,
            (_, View::Single) => true,
        }
    }

    fn spec(&self, object: &Object) -> Value {
        let mut spec = object.spec.clone();
        if object.key.kind.profile_kind().is_some() {
            spec.insert("variables".to_owned(), Value::Array(self.variables(object)));
        }
        self.without_zeros(Value::Object(spec))
    }

    fn packed(&self, spec: Value) -> Value {
        if self.knobs.spec_as_string { Value::String(spec.to_string()) } else { spec }
    }

    fn variables(&self, object: &Object) -> Vec<Value> {
        let merged = self.knobs.merged_variables;
        let shown = object.variables.iter().filter(|it| merged || it.declared);
        let mut shown: Vec<&Variable> = shown.collect();
        if self.knobs.shuffle_variables {
            shown.sort_by_cached_key(|it| ids::hash(self.salt, &it.name));
        }
        shown.into_iter().enumerate().map(|(index, it)| self.variable(it, index)).collect()
    }

    fn variable(&self, variable: &Variable, index: usize) -> Value {
        let mut shown = json!({ "name": variable.name });
        if let Some(value) = self.secret(&variable.value, variable.sensitive) {
            shown["value"] = json!(value);
        }
        let by_profile = variable.profile_type.as_ref();
        let by_profile = by_profile.filter(|_| self.knobs.add_defaults || !variable.declared);
        if let Some(value_type) = variable.value_type.as_ref().or(by_profile) {
            shown["valueType"] = json!(value_type);
        }
        if !variable.options.is_null() {
            shown["options"] = variable.options.clone();
        } else if self.knobs.add_defaults {
            shown["options"] = json!({
                "mask": variable.sensitive,
                "displayMetadata": { "weight": index + 1 },
            });
        }
        shown
    }

    /// A value as reads show it; none when it is left out.
    fn secret<'a>(&self, value: &'a str, sensitive: bool) -> Option<&'a str> {
        match self.knobs.mask {
            _ if !sensitive => Some(value),
            Mask::Stars => Some(MASKED),
            Mask::Omit => None,
            Mask::Plaintext => Some(value),
        }
    }

    fn status(&self, object: &Object) -> Value {
        if let Some(life) = &object.lifecycle {
            return self.life_status(object, life);
        }
        if object.key.kind == Kind::Workspace {
            return json!({ "commonStatus": {
                "conditionStatus": "StatusOK",
                "conditionType": "WorkspaceReady",
            } });
        }
        json!({ "globalSettings": object.global_settings })
    }

    fn life_status(&self, object: &Object, life: &Lifecycle) -> Value {
        let (status, action, reason) = match &life.stale {
            Some(stale) if stale.polls > 0 => (&stale.status, &stale.action, &stale.reason),
            _ => (&life.status, &life.action, &life.reason),
        };
        let mut shown = json!({ "status": self.status_text(object.key.kind, status) });
        if let Some(action) = action {
            shown["action"] = json!(action);
        }
        if let Some(reason) = reason {
            shown["reason"] = json!(reason);
        }
        if let Some(moment) = life.provisioned_at {
            shown["provisioned_at"] = json!(moment);
        }
        let up = matches!(status.class(), Class::Ready) || *status == Status::Acting;
        if up {
            shown["output"] = self.output(object);
        }
        shown
    }

    /// A status in the spelling the knob asks for.
    pub(crate) fn status_text(&self, kind: Kind, status: &Status) -> String {
        match self.knobs.status_style {
            StatusStyle::Enum => format!("Status_{}", status.text(kind).to_ascii_uppercase()),
            StatusStyle::Deployed if *status == Status::Ready => "deployed".to_owned(),
            StatusStyle::Plain | StatusStyle::Deployed => status.text(kind).to_owned(),
        }
    }

    fn output(&self, object: &Object) -> Value {
        let name = object.key.to_string();
        let is_pod = object.profile_name() == Some(DEVELOPER_POD);
        let nested = match self.knobs.output_layout(&name) {
            OutputLayout::Auto => is_pod || object.compute_type() == "k8s",
            OutputLayout::Flat => false,
            OutputLayout::Nested => true,
        };
        let outputs = self.outputs(object).into_iter();
        // Both forms of a value are known where outputs are nested (contract 3.8).
        let bare = nested && is_pod;
        let shown = |value: String| if bare { json!(value) } else { json!({ "value": value }) };
        let flat: Map<String, Value> =
            outputs.map(|(key, value)| (key.to_owned(), shown(value))).collect();
        if nested {
            let resource = if is_pod { "res" } else { "cluster" };
            json!({ resource: { "tasks": { "provision": flat } } })
        } else {
            Value::Object(flat)
        }
    }

    fn outputs(&self, object: &Object) -> Vec<(&'static str, String)> {
        let salt = ids::hash(0, &object.id);
        let (third, fourth) = ((salt >> 8) & 0xff, 1 + (salt & 0xff) % 254);
        if object.key.kind == Kind::Service {
            return service_outputs(object, salt);
        }
        if object.compute_type() == "k8s" {
            return vec![
                ("api_server_endpoint", format!("https://10.76.{third}.{fourth}:6443")),
                ("cluster_name", object.key.name.clone()),
                ("kubeconfig", self.secrets.kubeconfig.clone()),
            ];
        }
        let mut outputs = vec![
            ("ip_address", format!("10.75.{third}.{fourth}")),
            ("node_login_username", "ubuntu".to_owned()),
        ];
        if variable(object, "assign_public_ip") == Some("true") {
            outputs.push(("public_ip_address", format!("103.207.{third}.{fourth}")));
        }
        if let Some(password) = self.secret(&self.secrets.node_login_password, true) {
            outputs.push(("node_login_password", password.to_owned()));
        }
        outputs
    }

    fn without_zeros(&self, value: Value) -> Value {
        if self.knobs.drop_zero_values { drop_zeros(value, 0) } else { value }
    }
}

/// What a service puts out, which depends on what it is made from.
fn service_outputs(object: &Object, salt: u64) -> Vec<(&'static str, String)> {
    let (third, fourth) = ((salt >> 8) & 0xff, 1 + (salt & 0xff) % 254);
    match object.profile_name() {
        Some(DEVELOPER_POD) => {
            let port = 30_000 + salt % 2_000;
            let command = format!("ssh -p {port} ubuntu@103.207.{third}.{fourth}");
            vec![("ssh_command", command)]
        }
        Some(SHARED_FILES) => vec![
            ("server", format!("10.77.{third}.{fourth}")),
            ("mount_path", format!("/exports/{}", object.key.name)),
        ],
        _ => {
            let cidr = variable(object, "Default Subnet CIDR").unwrap_or("192.168.16.0");
            vec![("vpc_id", format!("vpc-{salt:016x}")), ("subnet_cidr", cidr.to_owned())]
        }
    }
}

fn variable<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.variables.iter().find(|it| it.name == name).map(|it| it.value.as_str())
}

/// The value without members that are false, zero, empty or null, but for the entries of label
/// maps, which are texts somebody chose. Bodies are at most as deep as their parser allows.
pub(crate) fn drop_zeros(value: Value, depth: usize) -> Value {
    match value {
        Value::Object(members) if depth < 128 => {
            let kept = members.into_iter().filter_map(|(name, member)| {
                let chosen = name == "labels" || name == "annotations";
                let member = if chosen { member } else { drop_zeros(member, depth + 1) };
                (!is_zero(&member)).then_some((name, member))
            });
            Value::Object(kept.collect())
        }
        Value::Array(items) if depth < 128 => {
            Value::Array(items.into_iter().map(|item| drop_zeros(item, depth + 1)).collect())
        }
        other => other,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

/// What shows objects at this call.
pub(crate) fn renderer<'a>(world: &'a World<'_>) -> Renderer<'a> {
    Renderer {
        knobs: &world.config.knobs,
        secrets: &world.config.secrets,
        directory: &world.rafay.directory,
        salt: ids::hash(world.seed(), &world.calls().to_string()),
    }
}
