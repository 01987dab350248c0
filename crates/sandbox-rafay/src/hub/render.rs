//! What a read shows of an object whose kind is a row (contract 11): server fields, defaults, masks,
//! and the quirks the knobs ask for. Nothing here changes anything.

use serde_json::{Map, Value, json};

use super::status;
use super::store::HubObject;
use super::walk;
use crate::directory::Directory;
use crate::knobs::{CountMode, Knobs, LabelStyle, Mask};
use crate::paging::Page;
use crate::render::{View, drop_zeros};
use crate::settings::Secrets;
use crate::world::World;
use plumb_sandbox::ids;

/// Shows objects the way the knobs say.
#[derive(Debug)]
pub(crate) struct HubRenderer<'a> {
    knobs: &'a Knobs,
    secrets: &'a Secrets,
    directory: &'a Directory,
    /// Differs from call to call, for what comes back in another order.
    salt: u64,
}

/// What shows objects at this call.
pub(crate) fn renderer<'a>(world: &'a World<'_>) -> HubRenderer<'a> {
    HubRenderer {
        knobs: &world.config.knobs,
        secrets: &world.config.secrets,
        directory: &world.rafay.directory,
        salt: ids::hash(world.seed(), &world.calls().to_string()),
    }
}

impl HubRenderer<'_> {
    /// The whole object.
    pub(crate) fn object(&self, object: &HubObject, view: View) -> Value {
        let thin = view == View::Item && self.knobs.list_thin;
        let mut shown = json!({
            "apiVersion": object.key.kind.api.version,
            "kind": object.key.kind.kind,
            "metadata": self.metadata(object, view),
        });
        if !thin {
            shown["spec"] = self.spec(object, &object.spec);
        }
        if let Some(status) = status::of(object, self.knobs, self.secrets) {
            shown["status"] = self.without_zeros(status);
        }
        shown
    }

    /// The object with nothing but its status.
    pub(crate) fn status(&self, object: &HubObject) -> Value {
        let status = status::of(object, self.knobs, self.secrets).unwrap_or_default();
        json!({
            "apiVersion": object.key.kind.api.version,
            "kind": object.key.kind.kind,
            "metadata": { "name": object.key.name, "project": object.key.project },
            "status": self.without_zeros(status),
        })
    }

    /// Every version, newest first.
    pub(crate) fn versions(&self, object: &HubObject) -> Value {
        let specs = std::iter::once(&object.spec).chain(object.older.iter().rev());
        let items: Vec<Value> =
            specs.map(|spec| json!({ "spec": self.spec(object, spec) })).collect();
        json!({ "items": items })
    }

    fn metadata(&self, object: &HubObject, view: View) -> Value {
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
        if let Some(project) = self.directory.project(&object.key.project) {
            metadata["projectID"] = json!(project.id);
        }
        if let Some(workspace) = &object.key.workspace {
            metadata["workspace"] = json!(workspace);
        }
        for (name, value) in &object.metadata {
            if self.shows_labels(view) || !["labels", "annotations"].contains(&name.as_str()) {
                metadata[name] = value.clone();
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

    fn spec(&self, object: &HubObject, spec: &Map<String, Value>) -> Value {
        let kind = object.key.kind;
        let mut spec = spec.clone();
        if self.knobs.add_defaults {
            let adds = serde_json::from_str(kind.adds).unwrap_or_default();
            walk::add(&mut spec, &adds);
        }
        let mut spec = Value::Object(spec);
        if self.knobs.mask != Mask::Plaintext {
            for path in kind.secrets {
                walk::hide(&mut spec, path, self.knobs.mask);
            }
            walk::hide_sensitive(&mut spec, self.knobs.mask, 0);
        }
        if self.knobs.shuffle_variables {
            walk::shuffle(&mut spec, self.salt, 0);
        }
        self.without_zeros(spec)
    }

    fn without_zeros(&self, value: Value) -> Value {
        if self.knobs.drop_zero_values { drop_zeros(value, 0) } else { value }
    }
}

/// The envelope of a list.
pub(crate) fn list(
    knobs: &Knobs,
    (version, kind): (&str, &str),
    items: Vec<Value>,
    total: usize,
    page: Page,
) -> Value {
    let count = match knobs.count_mode {
        CountMode::Total => total,
        CountMode::Page => items.len(),
    };
    let mut metadata = json!({ "count": count, "limit": page.limit });
    if page.offset > 0 {
        metadata["offset"] = json!(page.offset);
    }
    let mut envelope = json!({
        "apiVersion": version,
        "kind": format!("{kind}List"),
        "metadata": metadata,
    });
    envelope["items"] = Value::Array(items);
    envelope
}
