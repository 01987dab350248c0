//! Projects of the organization, addressed by id (api §5.1). The API has no labels here, so the
//! ledger alone knows which are ours.

use crate::documents::{self, ProjectMetadata};
use crate::{collections, lookup, paths};
use plumb_kind::row::no_such_step;
use plumb_kind::{
    CannotBuild, Collection, Context, Effect, Kind, KindType, Method, NotReadable, Request,
    Snapshot, Step, check, export,
};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::MarkPlace;
use plumb_model::text::ServerText;
use plumb_model::{
    Body, Fields, Finding, KindRules, LiveObject, RemoteId, Resource, ResourceKey, Scope, body,
};
use serde_json::Value;
use std::sync::LazyLock;

/// The `apiVersion` of projects and users.
pub(crate) const API_VERSION: &str = "auth/v1";

/// `auth/v1` Project.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Project;

static KIND: LazyLock<KindType> = LazyLock::new(|| {
    let plain = KindRules::plain(API_VERSION, "Project", ScopeLevel::Global);
    // The same thing by its name (api §5.1).
    let aliases = &["system.k8smgmt.io/v3"];
    let rules = KindRules { mark: MarkPlace::Ledger, aliases, ..plain };
    let summary = "A project of the organization: what workspaces, services and machines live in.";
    KindType::of::<ProjectMetadata, Option<documents::ProjectSpec>>(rules, summary).with_status()
});

/// The quotas, as documents and as the API call them.
const QUOTAS: [(&str, &str); 2] = [
    ("clusterResourceQuota", "cluster_resource_quota"),
    ("defaultClusterNamespaceQuota", "default_cluster_namespace_quota"),
];

/// What the server sets and a PUT need not repeat.
const READ_ONLY: [&str; 7] =
    ["id", "created_at", "modified_at", "createdAt", "modifiedAt", "partner_id", "organization_id"];

impl Kind for Project {
    fn kind_type(&self) -> &KindType {
        &KIND
    }

    /// A document of v3 says in its metadata what the project is for.
    fn prepare(&self, resource: &mut Resource) {
        let Some(metadata) = resource.body.get_mut("metadata").and_then(Body::as_object_mut) else {
            return;
        };
        let Some(description) = metadata.remove("description") else { return };
        let Body::Fields(fields) = &mut resource.body else { return };
        let mut spec = fields.get("spec").cloned().unwrap_or_else(|| body!({}));
        if let Body::Fields(spec) = &mut spec
            && !spec.contains_key("description")
        {
            spec.insert("description", description);
        }
        fields.insert("spec", spec);
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        check::foreign_annotations(resource)
    }

    fn collections(&self, _scope: &Scope) -> Vec<Collection> {
        vec![collections::projects()]
    }

    /// The whole object is kept as the status: a change has to send it back.
    fn read(&self, item: &Body, _scope: &Scope) -> Result<LiveObject, NotReadable> {
        let (name, id) = name_and_id(self.rules(), item, item.get("name"))?;
        let fields = [("description", "description")].into_iter().chain(QUOTAS);
        let said = fields.map(|(field, theirs)| {
            (field.to_owned(), item.get(theirs).cloned().unwrap_or_default())
        });
        let spec: Fields = said.filter(|(_, value)| !value.is_null()).collect();
        let body = body!({
            "apiVersion": API_VERSION,
            "kind": "Project",
            "metadata": {"name": name},
            "spec": spec,
            "status": item,
        });
        let object = LiveObject::of(lookup::project_key(&name), body);
        Ok(LiveObject { remote_id: Some(id), ..object })
    }

    fn item(&self, _key: &ResourceKey, id: Option<&RemoteId>) -> Option<Request> {
        Some(Request::get(paths::auth_object("projects", id?)))
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let request = match step {
            Step::Adopt => return Ok(Vec::new()),
            Step::Create => {
                // Quotas are set by a PUT.
                let body = named(context, Fields::new());
                Request::write(Method::Post, paths::auth("projects"), Effect::Create).json(body)
            }
            Step::Update => {
                let path = paths::auth_object("projects", &context.own_id()?);
                let body = whole(context);
                Request::write(Method::Put, path, Effect::Upsert).json(body)
            }
            Step::Delete => {
                refuse_default(context)?;
                let path = paths::auth_object("projects", &context.own_id()?);
                Request::write(Method::Delete, path, Effect::Delete)
            }
            Step::Publish => return Err(no_such_step(context.key, "published")),
            Step::Power(_) | Step::Act(_) => {
                return Err(no_such_step(context.key, "switched"));
            }
        };
        Ok(vec![request])
    }

    fn created_id(&self, answer: &Body) -> Option<RemoteId> {
        answer.get("id")?.as_str()?.parse().ok()
    }

    fn export(&self, live: &LiveObject, _snapshot: &Snapshot) -> Option<Value> {
        (!is_default(live)).then(|| export::plain(live, self.rules(), &[]))
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

/// The object as it was read, with what is declared: PUT replaces all of it. Quotas that nobody declares
/// stay as they are; those that were ours and are not declared any more go.
fn whole(context: &Context<'_>) -> Body {
    let live = context.live.and_then(|live| live.body.get("status")).and_then(Body::as_object);
    let kept = live.into_iter().flatten().filter(|(field, _)| !READ_ONLY.contains(&&***field));
    let mut body: Fields = kept.map(|(field, value)| (field.clone(), value.clone())).collect();
    let spec = |body: Option<&Body>, field: &str| body?.get("spec")?.get(field).cloned();
    let sent = context.entry.map(|entry| &*entry.sent);
    for (field, theirs) in QUOTAS {
        match spec(context.body, field) {
            Some(quota) => {
                body.insert(theirs, quota);
            }
            None if spec(sent, field).is_some() => {
                body.remove(theirs);
            }
            None => {}
        }
    }
    named(context, body)
}

/// A body with the name and the description; one that is not declared is none.
fn named(context: &Context<'_>, mut body: Fields) -> Body {
    let description = context.body.and_then(|body| body.pointer("/spec/description")).cloned();
    body.insert("name", context.key.name.as_str().into());
    body.insert("description", description.unwrap_or_else(|| "".into()));
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
