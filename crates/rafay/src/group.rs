//! Groups: addressed by id, known by a name that can be changed (api §5.3, R-94). What their members
//! may do is in `group_roles`; whose members they are is said at the users, but for users that the
//! stack does not declare.

use crate::group_documents::{GroupMetadata, GroupSpec};
use crate::project::{self, API_VERSION};
use crate::{collections, group_roles, lookup, paths};
use plumb_kind::row::no_such_step;
use plumb_kind::{
    CannotBuild, Collection, Context, Effect, Kind, KindType, Method, NotReadable, Request,
    Snapshot, Step, Surroundings, check, export,
};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{Identity, MarkPlace, ReferenceRule};
use plumb_model::{
    Body, Finding, KindId, KindRules, LiveObject, Refinement, RemoteId, Resource, ResourceKey,
    Scope, body,
};
use serde_json::Value;
use std::sync::LazyLock;

/// `auth/v1` Group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group;

static KIND: LazyLock<KindType> = LazyLock::new(|| {
    let plain = KindRules::plain(API_VERSION, "Group", ScopeLevel::Global);
    let rules = KindRules {
        // Names are unique, and can be changed.
        identity: Identity::Id,
        mark: MarkPlace::Ledger,
        family: Some("people"),
        references: references(),
        ..plain
    };
    let summary = "A group of users, with roles in projects and in the organization.";
    KindType::of::<GroupMetadata, Option<GroupSpec>>(rules, summary).with_status()
});

/// Fields that name a project.
const PROJECT_REFERENCES: [&str; 2] =
    ["spec.projectRoles[*].project", "spec.projectRoles[*].project.name"];

fn references() -> Vec<ReferenceRule> {
    let kind = KindId::new("auth", "Project");
    let rule = |pattern| ReferenceRule::literal(pattern, kind.clone());
    let namespace = KindId::new("infra.k8smgmt.io", "Namespace");
    let namespaces = ReferenceRule::literal("spec.projectRoles[*].namespaces", namespace);
    let namespaces = namespaces.in_project("project");
    PROJECT_REFERENCES.into_iter().map(rule).chain([namespaces]).collect()
}

impl Kind for Group {
    fn kind_type(&self) -> &KindType {
        &KIND
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        check::foreign_annotations(resource)
    }

    fn collections(&self, _scope: &Scope) -> Vec<Collection> {
        vec![collections::groups()]
    }

    fn lookups(&self, resource: &Resource) -> Vec<Collection> {
        group_roles::lookups(resource)
    }

    fn preflight(&self, resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
        group_roles::details(resource, around)
    }

    /// The whole object is kept as the status.
    fn read(&self, item: &Body, _scope: &Scope) -> Result<LiveObject, NotReadable> {
        let (name, id) = project::name_and_id(self.rules(), item, item.get("name"))?;
        let description = item.get("description").cloned().unwrap_or_default();
        let body = body!({
            "apiVersion": API_VERSION,
            "kind": "Group",
            "metadata": {"name": name},
            "spec": {"description": description},
            "status": item,
        });
        let object = LiveObject::of(lookup::group_key(&name), body);
        Ok(LiveObject { remote_id: Some(id), ..object })
    }

    fn item(&self, _key: &ResourceKey, id: Option<&RemoteId>) -> Option<Request> {
        Some(Request::get(paths::auth_object("groups", id?)))
    }

    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        group_roles::refine(resource, around)
    }

    fn reads_first(&self, step: Step<'_>, context: &Context<'_>) -> Vec<Collection> {
        if step == Step::Update { group_roles::reads_first(context) } else { Vec::new() }
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let request = match step {
            Step::Adopt => return Ok(Vec::new()),
            Step::Create => {
                let description = declared_description(context).cloned();
                let body = described(context.key, &description.unwrap_or_else(|| "".into()), None);
                Request::write(Method::Post, paths::auth("groups"), Effect::Create).json(body)
            }
            Step::Update => return update(context),
            Step::Delete => {
                let path = paths::auth_object("groups", &context.own_id()?);
                Request::write(Method::Delete, path, Effect::Delete)
            }
            Step::Publish => return Err(no_such_step(context.key, "published")),
            Step::Power(_) | Step::Act(_) => return Err(no_such_step(context.key, "switched")),
        };
        Ok(vec![request])
    }

    fn created_id(&self, answer: &Body) -> Option<RemoteId> {
        answer.get("id")?.as_str()?.parse().ok()
    }

    /// With the roles it has, where they can be read; members are said at the users.
    fn export(&self, live: &LiveObject, snapshot: &Snapshot) -> Option<Value> {
        let roles = group_roles::exported(live, snapshot);
        let mut live = live.clone();
        live.take_seen(&roles);
        Some(export::plain(&live, self.rules(), &[]))
    }

    fn export_lookups(&self, live: &LiveObject, snapshot: &Snapshot) -> Vec<Collection> {
        group_roles::export_lookups(live, snapshot)
    }
}

/// Name and description, where they differ, then roles and members.
fn update(context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
    let id = context.own_id()?;
    let mut requests: Vec<Request> = renamed(context, &id).into_iter().collect();
    requests.extend(group_roles::requests(context, &id)?);
    Ok(requests)
}

/// The request that changes name and description; `None` where both are as declared.
fn renamed(context: &Context<'_>, id: &RemoteId) -> Option<Request> {
    let live = context.live?;
    let item = live.body.get("status");
    let field = |name: &str| item.and_then(|item| item.get(name)).filter(|it| !it.is_null());
    let same_name = field("name").and_then(Body::as_str) == Some(context.key.name.as_str());
    let is_taken_back = context.changes.iter().any(|it| it.path.to_string() == "spec.description");
    let (said, now) = (declared_description(context), field("description"));
    let nothing = Body::from("");
    let description = match said {
        Some(said) => said,
        None if is_taken_back => &nothing,
        None => now.unwrap_or(&nothing),
    };
    if same_name && description == now.unwrap_or(&nothing) {
        return None;
    }
    let body = described(context.key, description, field("type"));
    let path = paths::auth_object("groups", id);
    Some(Request::write(Method::Put, path, Effect::Upsert).json(body))
}

fn declared_description<'c>(context: &Context<'c>) -> Option<&'c Body> {
    context.body?.pointer("/spec/description").filter(|it| !it.is_null())
}

/// A group as it is sent: the whole of it.
fn described(key: &ResourceKey, description: &Body, sort: Option<&Body>) -> Body {
    let sort = sort.cloned().unwrap_or_else(|| "SYSTEM".into());
    body!({"name": key.name, "description": description, "type": sort})
}
