//! Local users, addressed by id and known by their username (api §5.2). Only what has a call can
//! change: groups and project roles. Everything else is set when the user is made.

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
const ACCOUNT: [&str; 4] = ["first_name", "last_name", "password", "user_type"];
/// The fields of an account that come back.
const READABLE: [&str; 3] = ["first_name", "last_name", "user_type"];

const PASSWORD_HELP: &str = "write spec.password: {valueFrom: {var: NAME}} and set PLUMB_VAR_NAME";

/// Fields that name a project.
const PROJECT_REFERENCES: [&str; 2] =
    ["spec.projectRoles[*].project", "spec.projectRoles[*].project.name"];

static KIND: LazyLock<KindType> = LazyLock::new(|| {
    let plain = KindRules::plain(API_VERSION, "User", ScopeLevel::Global);
    let rules = KindRules { mark: MarkPlace::Ledger, references: references(), ..plain };
    let summary = "A local user, with groups and roles in projects.";
    KindType::of::<UserMetadata, documents::UserSpec>(rules, summary).with_status()
});

fn references() -> Vec<ReferenceRule> {
    let kind = KindId::new("auth", "Project");
    let rule = |pattern| ReferenceRule::literal(pattern, kind.clone());
    PROJECT_REFERENCES.into_iter().map(rule).collect()
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
        check::foreign_annotations(resource)
    }

    fn collections(&self, _scope: &Scope) -> Vec<Collection> {
        vec![collections::users()]
    }

    fn lookups(&self, _resource: &Resource) -> Vec<Collection> {
        membership::lookups()
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
        let key = ResourceKey { kind: self.rules().id.clone(), scope: Scope::Global, name };
        Ok(LiveObject { remote_id: Some(id), ..LiveObject::of(key, body) })
    }

    /// There is no call that reads one user.
    fn item(&self, _key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        None
    }

    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        let mut findings = membership::check(resource, around);
        findings.extend(no_password(resource, around));
        Refinement { findings, ..Refinement::default() }
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

    /// Without a password, which an existing user does not need, and without memberships, which
    /// cannot be read.
    fn export(&self, live: &LiveObject, _snapshot: &Snapshot) -> Option<Value> {
        Some(export::plain(live, self.rules(), &[]))
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

fn create(context: &Context<'_>) -> Result<Request, CannotBuild> {
    let spec = context.body.and_then(|body| body.get("spec"));
    let mut account = Fields::new();
    account.insert("username", context.key.name.as_str().into());
    for field in ACCOUNT {
        let value = spec.and_then(|spec| spec.get(field)).filter(|value| !value.is_null());
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
