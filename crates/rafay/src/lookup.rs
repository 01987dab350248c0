//! From names to ids, for what `auth/v1` addresses by id: ids of this run first, then what was
//! listed. A name is compared exactly; `q` would match parts of it (api §5.1).

use crate::collections;
use plumb_kind::collection::first_of;
use plumb_kind::lookup::suggestion;
use plumb_kind::{Context, Lookup, Snapshot, Surroundings};
use plumb_model::{
    Body, Code, FieldPath, Finding, KindId, RemoteId, Resource, ResourceKey, Scope, body,
};

/// The key of a project.
pub(crate) fn project_key(name: &str) -> ResourceKey {
    key("Project", name)
}

/// The key of a group.
pub(crate) fn group_key(name: &str) -> ResourceKey {
    key("Group", name)
}

/// The key of a user.
pub(crate) fn user_key(name: &str) -> ResourceKey {
    key("User", name)
}

fn key(kind: &str, name: &str) -> ResourceKey {
    let kind = KindId::new("auth", kind);
    ResourceKey::new(kind, Scope::Global, name.to_owned())
}

/// The key of a namespace of a project.
pub(crate) fn namespace_key(project: &str, name: &str) -> ResourceKey {
    let kind = KindId::new("infra.k8smgmt.io", "Namespace");
    ResourceKey::new(kind, Scope::Project(project.to_owned()), name.to_owned())
}

fn id(item: &Body, pointers: &[&str]) -> Lookup<RemoteId> {
    let id = first_of(item, pointers).and_then(Body::as_str);
    match id.and_then(|id| id.parse().ok()) {
        Some(id) => Lookup::Found(id),
        None => Lookup::Hidden("the list has it without an id".to_owned()),
    }
}

/// A project's id.
pub(crate) fn project(context: &Context<'_>, name: &str) -> Lookup<RemoteId> {
    if let Some(id) = context.ids.get(&project_key(name)) {
        return Lookup::Found(id.clone());
    }
    listed_project(context.snapshot, name)
}

/// The id of a project that is listed.
pub(crate) fn listed_project(snapshot: &Snapshot, name: &str) -> Lookup<RemoteId> {
    Lookup::item(snapshot, &collections::projects(), &["/name"], name)
        .and_then(|item| id(item, &["/id"]))
}

/// A user's id.
pub(crate) fn user(context: &Context<'_>, name: &str) -> Lookup<RemoteId> {
    if let Some(id) = context.ids.get(&user_key(name)) {
        return Lookup::Found(id.clone());
    }
    listed_user(context.snapshot, name)
}

/// The id of a user who is listed.
pub(crate) fn listed_user(snapshot: &Snapshot, name: &str) -> Lookup<RemoteId> {
    let names = ["/account/username", "/username"];
    Lookup::item(snapshot, &collections::users(), &names, name)
        .and_then(|item| id(item, &["/account/id", "/id"]))
}

/// A namespace's id, by which roles are limited to it.
pub(crate) fn namespace(context: &Context<'_>, project: &str, name: &str) -> Lookup<RemoteId> {
    if let Some(id) = context.ids.get(&namespace_key(project, name)) {
        return Lookup::Found(id.clone());
    }
    listed_namespace(context.snapshot, project, name)
}

/// The id of a namespace that is listed.
pub(crate) fn listed_namespace(snapshot: &Snapshot, project: &str, name: &str) -> Lookup<RemoteId> {
    Lookup::item(snapshot, &collections::namespaces(project), &["/metadata/name"], name)
        .and_then(|item| id(item, &["/metadata/id", "/id"]))
}

/// A group, as `addtogroups` wants it: `{id, name, type}`.
pub(crate) fn group(context: &Context<'_>, name: &str) -> Lookup<Body> {
    if let Some(id) = context.ids.get(&group_key(name)) {
        return Lookup::Found(body!({"id": id.as_str(), "name": name, "type": "SYSTEM"}));
    }
    listed_group(context.snapshot, name)
}

/// A group that is listed, as `addtogroups` wants it.
pub(crate) fn listed_group(snapshot: &Snapshot, name: &str) -> Lookup<Body> {
    Lookup::item(snapshot, &collections::groups(), &["/name", "/metadata/name"], name).and_then(
        |item| {
            let kind = first_of(item, &["/type", "/spec/type"]).and_then(Body::as_str);
            id(item, &["/id", "/metadata/id"]).and_then(|id| {
                let kind = kind.unwrap_or("SYSTEM");
                Lookup::Found(body!({"id": id.as_str(), "name": name, "type": kind}))
            })
        },
    )
}

/// A role, as `assigntoproject` wants it: `{id, name, scope, role_type}`.
pub(crate) fn role(snapshot: &Snapshot, name: &str) -> Lookup<Body> {
    let names = ["/metadata/name", "/name"];
    Lookup::item(snapshot, &collections::roles(), &names, name).and_then(|item| {
        let text = |pointers: &[&str], otherwise: &str| -> String {
            let found = first_of(item, pointers).and_then(Body::as_str);
            found.filter(|text| !text.is_empty()).unwrap_or(otherwise).to_owned()
        };
        id(item, &["/metadata/id", "/id", "/spec/id"]).and_then(|id| {
            let scope = text(&["/spec/scope", "/scope"], "PROJECT");
            let kinds =
                ["/spec/roleType", "/spec/role_type", "/spec/type", "/role_type", "/roleType"];
            let role_type = text(&kinds, "BASE");
            Lookup::Found(body!({
                "id": id.as_str(), "name": name, "scope": scope, "role_type": role_type,
            }))
        })
    })
}

/// What is wrong with a name, and what to do; `None` when it names something.
pub(crate) fn problem<T>(what: &str, name: &str, found: &Lookup<T>) -> Option<(String, String)> {
    match found {
        Lookup::NotRead | Lookup::Found(_) => None,
        Lookup::Hidden(why) => Some((
            format!("{what} {name:?} cannot be looked up: {why}"),
            format!("check the key's permissions, or write the {what} with its id"),
        )),
        Lookup::Absent(meant) => Some((
            format!("there is no {what} {name:?}"),
            suggestion(meant.clone(), "check the name"),
        )),
    }
}

/// Projects and roles of `spec.projectRoles` that do not exist, and roles that are no project's.
pub(crate) fn check_project_roles(resource: &Resource, around: &Surroundings<'_>) -> Vec<Finding> {
    let projects = FieldPath::root().key("spec").key("projectRoles");
    let list = resource.field(&projects).and_then(Body::as_array).unwrap_or_default();
    let mut findings = Vec::new();
    for (at, project) in list.iter().enumerate() {
        let named = project.get("project").and_then(Body::as_str);
        let declared = |name: &&str| around.desired.get(&project_key(name)).is_some();
        if let Some(name) = named.filter(|name| !declared(name)) {
            let problem = problem("project", name, &listed_project(around.snapshot, name));
            findings.extend(problem.map(|(message, help)| {
                let finding = Finding::error(Code::UNKNOWN_REFERENCE, message).help(help);
                finding.of(&resource.key).field(projects.index(at).key("project"))
            }));
        }
        let roles = project.get("roles").and_then(Body::as_array).into_iter().flatten();
        for (place, role) in roles.enumerate() {
            let field = projects.index(at).key("roles").index(place);
            let found = listed_role(around.snapshot, role);
            findings.extend(found.and_then(|found| found.in_a_project().finding(resource, field)));
        }
    }
    findings
}

/// A role that is named, as it was looked up.
pub(crate) struct NamedRole<'r> {
    name: &'r str,
    found: Lookup<Body>,
    problem: Option<(String, String)>,
}

/// Looks up a role; `None` where it stands in full.
pub(crate) fn listed_role<'r>(snapshot: &Snapshot, role: &'r Body) -> Option<NamedRole<'r>> {
    let name = role.as_str()?;
    let found = self::role(snapshot, name);
    let problem = problem("role", name, &found);
    Some(NamedRole { name, found, problem })
}

impl NamedRole<'_> {
    /// One that is given in a project: only some can be.
    pub(crate) fn in_a_project(self) -> Self {
        let problem = self.problem.or_else(|| of_organization(self.name, &self.found));
        Self { problem, ..self }
    }

    /// What is wrong with it.
    pub(crate) fn finding(self, resource: &Resource, field: FieldPath) -> Option<Finding> {
        let (message, help) = self.problem?;
        let finding = Finding::error(Code::UNKNOWN_ROLE, message).help(help);
        Some(finding.of(&resource.key).field(field))
    }
}

fn of_organization(name: &str, found: &Lookup<Body>) -> Option<(String, String)> {
    let Lookup::Found(role) = found else { return None };
    let scope = role.get("scope")?.as_str()?;
    (scope != "PROJECT").then(|| {
        let help = "only roles of scope PROJECT can be given in a project".to_owned();
        (format!("role {name:?} is of scope {scope:?}"), help)
    })
}
