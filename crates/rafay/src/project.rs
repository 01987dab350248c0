//! Projects of the organization, addressed by id (api §5.1). The API has no labels here, so the
//! ledger alone knows which are ours.

use crate::schema::{self, Opaque, ProjectMetadata};
use crate::{collections, lookup, paas, paths};
use plumb_kind::request::Effect;
use plumb_kind::{
    CannotBuild, Collection, Context, Kind, Method, NotReadable, Request, Snapshot, Step, export,
};
use plumb_model::key::ScopeLevel;
use plumb_model::live::{Completeness, LiveStatus};
use plumb_model::rules::{
    Access, CreateSafety, Identity, Lifecycle, MarkPlace, PowerControl, ReplaceDefault, field_rules,
};
use plumb_model::text::ServerText;
use plumb_model::{
    Aspect, Body, Code, FieldPath, Fields, Finding, KindId, KindRules, LiveObject, RemoteId,
    Resource, ResourceKey, Scope, body,
};
use schemars::{JsonSchema, Schema};
use serde_json::Value;
use std::sync::LazyLock;

/// `auth/v1` Project.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Project;

static RULES: LazyLock<KindRules> = LazyLock::new(|| KindRules {
    id: KindId::new("auth", "Project"),
    api_version: "auth/v1",
    level: ScopeLevel::Global,
    parent: None,
    access: Access::Managed,
    lifecycle: Lifecycle::Immediate,
    power: PowerControl::None,
    identity: Identity::Name,
    mark: MarkPlace::Ledger,
    create_safety: CreateSafety::Repeatable,
    replace: ReplaceDefault::Never,
    contract_term: None,
    timeout_seconds: 30 * 60,
    after: Vec::new(),
    references: Vec::new(),
    fields: field_rules(&fields()),
});

/// Its field rules (api §10): the description changes in place, the rest is the server's.
fn fields() -> Vec<(&'static str, Aspect)> {
    vec![("status", Aspect::ServerOwned), ("metadata.annotations", Aspect::ServerOwned)]
}

/// What the server sets and a PUT need not repeat.
const READ_ONLY: [&str; 7] =
    ["id", "created_at", "modified_at", "createdAt", "modifiedAt", "partner_id", "organization_id"];

/// A project.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Document {
    /// What it is called.
    metadata: ProjectMetadata,
    /// What it is for.
    spec: Option<Spec>,
    /// Set by the server, and ignored here.
    status: Option<Opaque>,
}

/// What a project is for.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Spec {
    /// What the project is for.
    description: Option<String>,
}

impl Kind for Project {
    fn rules(&self) -> &KindRules {
        &RULES
    }

    fn summary(&self) -> &'static str {
        "A project of the organization: what workspaces, services and machines live in."
    }

    fn schema(&self) -> Schema {
        schema::document::<Document>(&RULES, self.summary())
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        no_annotations(resource)
    }

    fn collections(&self, _scope: &Scope) -> Vec<Collection> {
        vec![collections::projects()]
    }

    /// The whole object is kept as the status: a change has to send it back.
    fn read(&self, item: &Body, _scope: &Scope) -> Result<LiveObject, NotReadable> {
        let (name, id) = name_and_id(&RULES, item, item.get("name"))?;
        let description = item.get("description").cloned().unwrap_or_default();
        Ok(LiveObject {
            key: lookup::project_key(&name),
            remote_id: Some(id),
            body: body!({
                "apiVersion": RULES.api_version,
                "kind": RULES.id.kind,
                "metadata": {"name": name},
                "spec": {"description": description},
                "status": item,
            }),
            status: LiveStatus::ready(),
            outputs: Body::Null,
            mark: None,
            uid: None,
            hourly: None,
            completeness: Completeness::Full,
        })
    }

    fn item(&self, _key: &ResourceKey, id: Option<&RemoteId>) -> Option<Request> {
        Some(Request::get(paths::auth_object("projects", id?)))
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let description = context.body.and_then(|body| body.pointer("/spec/description")).cloned();
        let description = description.unwrap_or_else(|| "".into());
        let request = match step {
            Step::Adopt => return Ok(Vec::new()),
            Step::Create => {
                let body = body!({"name": context.key.name, "description": description});
                Request::write(Method::Post, paths::auth("projects"), Effect::Create).json(body)
            }
            Step::Update => {
                let path = paths::auth_object("projects", &lookup::own_id(context)?);
                let body = whole(context, description);
                Request::write(Method::Put, path, Effect::Upsert).json(body)
            }
            Step::Delete => {
                refuse_default(context)?;
                let path = paths::auth_object("projects", &lookup::own_id(context)?);
                Request::write(Method::Delete, path, Effect::Delete)
            }
            Step::Publish => return Err(paas::no_such_step(context.key, "published")),
            Step::Power(_) | Step::Act(_) => {
                return Err(paas::no_such_step(context.key, "switched"));
            }
        };
        Ok(vec![request])
    }

    fn created_id(&self, answer: &Body) -> Option<RemoteId> {
        answer.get("id")?.as_str()?.parse().ok()
    }

    fn export(&self, live: &LiveObject, _snapshot: &Snapshot) -> Option<Value> {
        (!is_default(live)).then(|| export::plain(live, &RULES, &[]))
    }
}

/// The name and id of an object of `auth/v1`.
pub(crate) fn name_and_id(
    rules: &KindRules,
    object: &Body,
    name: Option<&Body>,
) -> Result<(String, RemoteId), NotReadable> {
    let unreadable =
        |what: &str, why: &str| NotReadable { what: ServerText::new(what), why: why.to_owned() };
    let name = name.and_then(Body::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| unreadable(&rules.id.kind, "its name is missing"))?;
    let id = object.get("id").and_then(Body::as_str).and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| {
        unreadable(&format!("{}/{name}", rules.id.kind), "its id is missing or unusable")
    })?;
    Ok((name.to_owned(), id))
}

/// The object as it was read, with the new description: PUT replaces all of it.
fn whole(context: &Context<'_>, description: Body) -> Body {
    let live = context.live.and_then(|live| live.body.get("status")).and_then(Body::as_object);
    let kept = live.into_iter().flatten().filter(|(field, _)| !READ_ONLY.contains(&&***field));
    let mut body: Fields = kept.map(|(field, value)| (field.clone(), value.clone())).collect();
    body.insert("name", context.key.name.as_str().into());
    body.insert("description", description);
    Body::Fields(body)
}

fn is_default(live: &LiveObject) -> bool {
    live.body.pointer("/status/default") == Some(&Body::Bool(true))
}

/// The default project is never deleted, whatever the plan says (api §5.1).
fn refuse_default(context: &Context<'_>) -> Result<(), CannotBuild> {
    if context.live.is_some_and(is_default) {
        return Err(CannotBuild {
            message: format!("{} is the default project, which is never deleted", context.key),
            help: "keep it; `plumb.dev/prevent-destroy` takes it out of the plan".to_owned(),
        });
    }
    Ok(())
}

/// plumb's own annotations are taken off before this; the API has no others on `auth/v1` objects.
pub(crate) fn no_annotations(resource: &Resource) -> Vec<Finding> {
    let annotations = FieldPath::root().key("metadata").key("annotations");
    let keys = resource.field(&annotations).and_then(Body::as_object).into_iter().flatten();
    keys.filter(|(key, _)| !key.starts_with(export::OWN_PREFIX))
        .map(|(key, _)| {
            let kind = &resource.key.kind.kind;
            Finding::error(Code::UNKNOWN_FIELD, format!("a {kind} has no annotation {key:?}"))
                .of(&resource.key)
                .field(annotations.key(key))
                .help("remove it; only annotations that begin with plumb.dev/ mean something here")
        })
        .collect()
}
