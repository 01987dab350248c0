//! Local users, addressed by id and known by their username (api §5.2). Only what has a call can
//! change: groups and project roles. Everything else is set when the user is made. A machine's user,
//! which may not use the console, needs no names.

use crate::documents::{self, UserMetadata};
use crate::project::{self, API_VERSION};
use crate::{collections, membership, paths};
use plumb_kind::row::no_such_step;
use plumb_kind::{
    CannotBuild, Collection, Context, Effect, Kind, KindType, Method, NotReadable, Request,
    Snapshot, Step, Surroundings, check, export,
};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{MarkPlace, ReferenceRule};
use plumb_model::{
    Body, Code, FieldPath, Fields, Finding, KindId, KindRules, LiveObject, Observation, Refinement,
    RemoteId, Resource, ResourceKey, Scope, body,
};
use serde_json::Value;
use std::sync::LazyLock;

/// `auth/v1` User.
#[derive(Clone, Copy, Debug)]
pub(crate) struct User;

/// The fields of an account that are sent when it is made, but for its username.
const ACCOUNT: [&str; 5] = ["first_name", "last_name", "password", "phone", "user_type"];
/// Those of them that a user for the console has to have.
const NAMES: [&str; 2] = ["first_name", "last_name"];
/// The fields of an account that come back.
const READABLE: [&str; 3] = ["first_name", "last_name", "user_type"];

const PASSWORD_HELP: &str = "write spec.password: {valueFrom: {var: NAME}} and set PLUMB_VAR_NAME";

/// Fields that name another resource, and its kind.
const REFERENCES: [(&str, &str); 4] = [
    ("spec.projectRoles[*].project", "Project"),
    ("spec.projectRoles[*].project.name", "Project"),
    ("spec.groups[*]", "Group"),
    ("spec.groups[*].name", "Group"),
];

static KIND: LazyLock<KindType> = LazyLock::new(|| {
    let plain = KindRules::plain(API_VERSION, "User", ScopeLevel::Global);
    let rules = KindRules { mark: MarkPlace::Ledger, references: references(), ..plain };
    let summary = "A local user, with groups and roles in projects.";
    KindType::of::<UserMetadata, documents::UserSpec>(rules, summary).with_status()
});

fn references() -> Vec<ReferenceRule> {
    let rule = |(pattern, kind)| ReferenceRule::literal(pattern, KindId::new("auth", kind));
    REFERENCES.into_iter().map(rule).collect()
}

impl Kind for User {
    fn kind_type(&self) -> &KindType {
        &KIND
    }

    /// The vendor's body of the call that creates a user: `{"account": {…}}`, alone or as the call
    /// answers it.
    fn read_bare(&self, body: &Body) -> Option<Body> {
        let fields = body.as_object()?;
        let known = |field: &plumb_model::body::Name| {
            ["account", "sso_account", "is_sso"].contains(&&**field)
        };
        let account = fields.get("account")?.as_object()?;
        if !fields.keys().all(known) {
            return None;
        }
        let mut metadata = Fields::new();
        let mut spec = account.clone();
        if let Some(username) = spec.remove("username") {
            metadata.insert("name", username);
        }
        // What the server adds in its answer is no part of the declaration.
        spec.remove("id");
        spec.remove("active");
        Some(body!({
            "apiVersion": API_VERSION,
            "kind": "User",
            "metadata": metadata,
            "spec": spec,
        }))
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        let mut findings = check::foreign_annotations(resource);
        findings.extend(no_names(resource));
        findings
    }

    fn collections(&self, _scope: &Scope) -> Vec<Collection> {
        vec![collections::users()]
    }

    fn lookups(&self, _resource: &Resource) -> Vec<Collection> {
        membership::lookups()
    }

    fn preflight(&self, resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
        membership::detail(resource, around).into_iter().collect()
    }

    fn read(&self, item: &Body, _scope: &Scope) -> Result<LiveObject, NotReadable> {
        let account = item.get("account").unwrap_or(item);
        let (name, id) = project::name_and_id(self.rules(), account, account.get("username"))?;
        let spec: Fields = READABLE
            .into_iter()
            .filter_map(|field| Some((field.to_owned(), account.get(field)?.clone())))
            .collect();
        let body = body!({
            "apiVersion": API_VERSION,
            "kind": "User",
            "metadata": {"name": name},
            "spec": spec,
            "status": {"active": account.get("active")},
        });
        let key = ResourceKey::new(self.rules().id.clone(), Scope::Global, name);
        Ok(LiveObject { remote_id: Some(id), ..LiveObject::of(key, body) })
    }

    /// The list of users is the proof of what is there; the read of one is not for every key.
    fn item(&self, _key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        None
    }

    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        let mut refinement = membership::refine(resource, around);
        refinement.findings.extend(no_password(resource, around));
        refinement
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        match step {
            Step::Adopt => Ok(Vec::new()),
            Step::Create => Ok(vec![create(context)?]),
            Step::Update => membership::requests(context, &context.own_id()?),
            Step::Delete => {
                let path = paths::auth_object("users", &context.own_id()?);
                Ok(vec![Request::write(Method::Delete, path, Effect::Delete)])
            }
            Step::Publish => Err(no_such_step(context.key, "published")),
            Step::Power(_) | Step::Act(_) => Err(no_such_step(context.key, "switched")),
        }
    }

    fn created_id(&self, answer: &Body) -> Option<RemoteId> {
        answer.pointer("/account/id")?.as_str()?.parse().ok()
    }

    /// Without a password, which an existing user does not need; with groups and roles where they can
    /// be read.
    fn export(&self, live: &LiveObject, snapshot: &Snapshot) -> Option<Value> {
        let id = live.remote_id.as_ref()?;
        let answer = snapshot.items(&collections::user(id).id).and_then(<[Body]>::first);
        let mut live = live.clone();
        live.take_seen(&answer.map(membership::exported).unwrap_or_default());
        Some(export::plain(&live, self.rules(), &[]))
    }

    fn export_lookups(&self, live: &LiveObject, _snapshot: &Snapshot) -> Vec<Collection> {
        live.remote_id.iter().map(collections::user).collect()
    }
}

/// A user who is not there needs a password to be made; one who is there needs none.
fn no_password(resource: &Resource, around: &Surroundings<'_>) -> Option<Finding> {
    let path = FieldPath::root().key("spec").key("password");
    let is_given = resource.field(&path).is_some_and(|value| !value.is_null());
    let live = around.live.objects.get(&resource.key);
    if is_given || live != Some(&Observation::Absent) {
        return None;
    }
    let finding = Finding::error(Code::MISSING_FIELD, "a user cannot be made without a password");
    Some(finding.of(&resource.key).field(path).help(PASSWORD_HELP))
}

/// Whoever may use the console has a name.
fn no_names(resource: &Resource) -> Vec<Finding> {
    let spec = FieldPath::root().key("spec");
    let is_machine = resource.field(&spec.key("user_type")).and_then(Body::as_str) == Some("API");
    let missing = NAMES.into_iter().map(|name| spec.key(name));
    let missing = missing.filter(|field| !is_machine && resource.field(field).is_none());
    let finding = |field: FieldPath| {
        let message = "a user for the console needs a first and a last name";
        let help = "add it; users of user_type API need none";
        Finding::error(Code::MISSING_FIELD, message).of(&resource.key).field(field).help(help)
    };
    missing.map(finding).collect()
}

fn create(context: &Context<'_>) -> Result<Request, CannotBuild> {
    let spec = context.body.and_then(|body| body.get("spec"));
    let mut account = Fields::new();
    account.insert("username", context.key.name.as_str().into());
    for field in ACCOUNT {
        let value = spec.and_then(|spec| spec.get(field)).filter(|value| !value.is_null());
        if value.is_none() && (NAMES.contains(&field) || field == "phone") {
            continue;
        }
        let value = value.ok_or_else(|| CannotBuild {
            message: format!("{} cannot be made without spec.{field}", context.key),
            help: if field == "password" {
                PASSWORD_HELP.to_owned()
            } else {
                format!("add spec.{field}")
            },
        })?;
        account.insert(field, value.clone());
    }
    let body = body!({"account": account});
    Ok(Request::write(Method::Post, paths::auth("users"), Effect::Create).json(body))
}
