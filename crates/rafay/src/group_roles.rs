//! What the members of a group may do, and members that are no user's of the stack. Roles are read
//! back, and so is whether a member is one; what others gave stays.

use crate::grants::{self, Difference, Grant, Grants, Held, in_organization, in_projects};
use crate::lookup::{self, listed_role, problem};
use crate::membership::{self, Seen, are_in_effect};
use crate::sent::{Change, Missing, name_of};
use crate::{collections, paths};
use plumb_kind::collection::first_of;
use plumb_kind::{
    CannotBuild, Collection, Context, Effect, Method, Request, Snapshot, Surroundings,
};
use plumb_model::{
    Body, Code, FieldPath, Fields, Finding, LiveObject, Refinement, RemoteId, Resource, body,
};
use std::collections::{BTreeMap, BTreeSet};

const ROLES: &str = "projectRoles";
const OF_ORGANIZATION: &str = "organizationRoles";
const MEMBERS: &str = "members";

/// The lists in which names are looked up. Roles and projects always: a name that is declared no more
/// has to be found too, to be taken away.
pub(crate) fn lookups(resource: &Resource) -> Vec<Collection> {
    let mut lookups = vec![collections::roles(), collections::projects()];
    lookups.extend((!declared(resource, MEMBERS).is_empty()).then(collections::users));
    let with_namespaces: BTreeSet<&str> = in_projects(declared(resource, ROLES))
        .iter()
        .filter(|(_, grant)| !grant.namespaces.is_empty())
        .filter_map(|((project, _), _)| *project)
        .collect();
    lookups.extend(with_namespaces.into_iter().map(collections::namespaces));
    lookups
}

/// What is read of a group that is there: its roles where it declares some, and its members that are
/// declared.
pub(crate) fn details(resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
    let id = around.live.present(&resource.key).and_then(|live| live.remote_id.as_ref());
    let Some(id) = id else { return Vec::new() };
    let with_roles = [ROLES, OF_ORGANIZATION].iter().any(|it| !declared(resource, it).is_empty());
    let roles = with_roles.then(|| collections::group_roles(id));
    let members = declared(resource, MEMBERS).iter().filter_map(|member| {
        let id = lookup::listed_user(around.snapshot, member.as_str()?).found()?;
        Some(collections::user(&id))
    });
    roles.into_iter().chain(members).collect()
}

/// The users, where members are to be taken away and none are declared any more.
pub(crate) fn reads_first(context: &Context<'_>) -> Vec<Collection> {
    let change = Change::of(context, MEMBERS);
    let is_needed = change.taken().next().is_some() && change.after.is_empty();
    is_needed.then(collections::users).into_iter().collect()
}

fn declared<'r>(resource: &'r Resource, field: &str) -> &'r [Body] {
    let path = FieldPath::root().key("spec").key(field);
    resource.field(&path).and_then(Body::as_array).unwrap_or_default()
}

/// The requests that make roles and members what is declared.
pub(crate) fn requests(
    context: &Context<'_>,
    group: &RemoteId,
) -> Result<Vec<Request>, CannotBuild> {
    let (roles, whole) = (Change::of(context, ROLES), Change::of(context, OF_ORGANIZATION));
    let roles = Difference::of(&roles, in_projects);
    let whole = Difference::of(&whole, in_organization);
    let mut requests = Vec::new();
    for grant in roles.given.values().chain(whole.given.values()) {
        requests.extend(given(context, group, grant)?);
    }
    requests.extend(members(context, group)?);
    for grant in roles.taken.values().chain(whole.taken.values()) {
        requests.extend(taken(context, group, grant)?);
    }
    Ok(requests)
}

/// One role is given by each request: one that is given already is refused, with all beside it.
fn given(
    context: &Context<'_>,
    group: &RemoteId,
    grant: &Grant<'_>,
) -> Result<Option<Request>, CannotBuild> {
    let Some(mut role) = grant.role(context, Missing::Refused)? else { return Ok(None) };
    let project = grant.project(context, Missing::Refused)?;
    if !grant.namespaces.is_empty() {
        let of = grant.project.and_then(name_of).unwrap_or_default();
        let id = |name: &&str| {
            lookup::namespace(context, of, name)
                .or_reason("namespace", name)
                .map(|id| id.to_string())
        };
        let ids: Result<Vec<String>, CannotBuild> = grant.namespaces.iter().map(id).collect();
        if let Body::Fields(fields) = &mut role {
            fields.insert("namespace_id_list", ids?.iter().map(Body::from).collect());
        }
    }
    Ok(Some(call(group, "assigntoproject", project, vec![role])))
}

fn taken(
    context: &Context<'_>,
    group: &RemoteId,
    grant: &Grant<'_>,
) -> Result<Option<Request>, CannotBuild> {
    let Some(role) = grant.role(context, Missing::Skipped)? else { return Ok(None) };
    let project = grant.project(context, Missing::Skipped)?;
    if grant.project.is_some() && project.is_none() {
        return Ok(None);
    }
    Ok(Some(call(group, "unassignfromproject", project, vec![grants::nested(&role)])))
}

/// A call about roles: without a project it is about those of the whole organization.
fn call(group: &RemoteId, name: &str, project: Option<Body>, roles: Vec<Body>) -> Request {
    let mut body = Fields::new();
    body.insert("roles", roles.into());
    if let Some(project) = project {
        body.insert("project", project);
    }
    let path = paths::auth_call("groups", group, name);
    Request::write(Method::Post, path, Effect::Assign).json(Body::Fields(body))
}

/// Members are put in and taken away from the users' side (api §5.2).
fn members(context: &Context<'_>, group: &RemoteId) -> Result<Vec<Request>, CannotBuild> {
    let change = Change::of(context, MEMBERS);
    let this = body!([{"id": group.as_str(), "name": context.key.name, "type": "SYSTEM"}]);
    let mut requests = Vec::new();
    for (name, _) in change.given() {
        let found = Missing::Refused.judge(lookup::user(context, name), "user", name)?;
        requests.extend(found.map(|id| membership::assign(&id, "addtogroups", this.clone())));
    }
    for (name, _) in change.taken() {
        let found = Missing::Skipped.judge(lookup::user(context, name), "user", name)?;
        requests.extend(found.map(|id| membership::assign(&id, "removefromgroups", this.clone())));
    }
    Ok(requests)
}

/// The roles of a group as the read of them answers. A custom role shows the role it is made of
/// beside it, which is none of its own.
#[derive(Debug, Default)]
struct Read {
    held: Held,
    /// Roles that are there because custom ones are made of them.
    bases: BTreeSet<(Option<String>, String)>,
}

impl Read {
    fn of(answer: &Body) -> Option<Self> {
        let mut read = Self::default();
        for item in answer.as_array()? {
            let project = item.get("project").filter(|it| !it.is_null()).and_then(name_of);
            let project = project.map(str::to_owned);
            let list = |name: &str| item.get(name).and_then(Body::as_array).unwrap_or_default();
            for role in list("roles") {
                let Some(name) = role.get("role").and_then(name_of) else { continue };
                let namespaces = read.held.entry((project.clone(), name.to_owned())).or_default();
                let id = first_of(role, &["/namespace_id", "/namespaceId"]).and_then(Body::as_str);
                namespaces.extend(id.filter(|id| !id.is_empty()).map(str::to_owned));
            }
            for custom in list("customRoles").iter().chain(list("custom_roles")) {
                read.custom(custom, project.as_ref());
            }
        }
        Some(read)
    }

    fn custom(&mut self, item: &Body, project: Option<&String>) {
        let role = first_of(item, &["/customRole", "/custom_role"]);
        let Some(name) = role.and_then(name_of) else { return };
        let namespaces = item.get("namespaces").and_then(Body::as_array).unwrap_or_default();
        let ids = namespaces.iter().filter_map(|it| Some(it.as_str()?.to_owned()));
        self.held.entry((project.cloned(), name.to_owned())).or_default().extend(ids);
        let base = role.and_then(|role| first_of(role, &["/baseRoleName", "/base_role_name"]));
        let base = base.and_then(Body::as_str).map(|base| (project.cloned(), base.to_owned()));
        self.bases.extend(base);
    }
}

/// What the live world adds to a group's roles and members: what of them is in effect, what else it
/// has, and names that name nothing.
pub(crate) fn refine(resource: &Resource, around: &Surroundings<'_>) -> Refinement {
    let findings = check(resource, around);
    let id = around.live.present(&resource.key).and_then(|live| live.remote_id.clone());
    let Some(id) = id else { return Refinement { findings, ..Refinement::default() } };
    let mut seen = members_in_effect(resource, around, &id);
    let answer = around.snapshot.items(&collections::group_roles(&id).id);
    let read = answer.and_then(|items| Read::of(items.first()?));
    let notes = read.as_ref().and_then(|read| {
        seen.extend(roles_in_effect(resource, around.snapshot, read));
        others(resource, read)
    });
    let notes = notes.into_iter().collect();
    Refinement { rules: are_in_effect(&seen), seen, notes, findings, ..Refinement::default() }
}

fn roles_in_effect(resource: &Resource, snapshot: &Snapshot, read: &Read) -> Fields {
    let is_held = |project: Option<&str>, role: &str, namespaces: &BTreeSet<&str>| {
        let held = read.held.get(&(project.map(str::to_owned), role.to_owned()));
        held.is_some_and(|held| are_same(snapshot, project, held, namespaces))
    };
    let mut seen = Fields::new();
    let roles = declared(resource, ROLES);
    if !roles.is_empty() {
        seen.insert(ROLES, grants::in_effect(roles, is_held));
    }
    let whole = declared(resource, OF_ORGANIZATION);
    if !whole.is_empty() {
        let held =
            |role: &&Body| name_of(role).is_some_and(|name| is_held(None, name, &BTreeSet::new()));
        seen.insert(OF_ORGANIZATION, whole.iter().filter(held).cloned().collect());
    }
    seen
}

/// Whether a role is limited to the namespaces that are declared. Where their ids cannot be looked up,
/// nothing shows that it is not.
fn are_same(
    snapshot: &Snapshot,
    project: Option<&str>,
    held: &BTreeSet<String>,
    declared: &BTreeSet<&str>,
) -> bool {
    let Some(project) = project.filter(|_| !declared.is_empty()) else { return held.is_empty() };
    if snapshot.items(&collections::namespaces(project).id).is_none() {
        return true;
    }
    let id = |name: &&str| lookup::listed_namespace(snapshot, project, name).found();
    let ids: Option<BTreeSet<String>> =
        declared.iter().map(|name| id(name).map(|id| id.to_string())).collect();
    ids.as_ref() == Some(held)
}

fn members_in_effect(resource: &Resource, around: &Surroundings<'_>, group: &RemoteId) -> Fields {
    let this = body!({"id": group.as_str()});
    let mut held = Vec::new();
    let members = declared(resource, MEMBERS);
    for member in members {
        let id = member.as_str().map(|name| lookup::listed_user(around.snapshot, name));
        let Some(id) = id.and_then(plumb_kind::Lookup::found) else { continue };
        let answer = around.snapshot.items(&collections::user(&id).id);
        match answer.and_then(|items| Seen::of(items.first()?).is_in(&this)) {
            Some(true) => held.push(member.clone()),
            Some(false) => {}
            // Of one that cannot be read nobody knows, so all are as they are on record.
            None => return Fields::new(),
        }
    }
    let mut seen = Fields::new();
    if !members.is_empty() {
        seen.insert(MEMBERS, held.into());
    }
    seen
}

fn others(resource: &Resource, read: &Read) -> Option<String> {
    let mut known: Grants<'_> = in_projects(declared(resource, ROLES));
    known.extend(in_organization(declared(resource, OF_ORGANIZATION)));
    let own = read.held.iter().filter(|(place, _)| !read.bases.contains(*place));
    let own: Held = own.map(|(place, held)| (place.clone(), held.clone())).collect();
    grants::others(&own, &known)
}

/// Projects, roles and users that do not exist, and members that say their groups themselves.
fn check(resource: &Resource, around: &Surroundings<'_>) -> Vec<Finding> {
    let spec = FieldPath::root().key("spec");
    let mut findings = lookup::check_project_roles(resource, around);
    for (at, role) in declared(resource, OF_ORGANIZATION).iter().enumerate() {
        let field = spec.key(OF_ORGANIZATION).index(at);
        let found = listed_role(around.snapshot, role);
        findings.extend(found.and_then(|found| found.finding(resource, field)));
    }
    for (at, member) in declared(resource, MEMBERS).iter().enumerate() {
        let Some(name) = member.as_str() else { continue };
        let wrong = if around.desired.get(&lookup::user_key(name)).is_some() {
            let message = format!("{name} is declared here, and says its groups itself");
            let help = format!(
                "take it out here, and add {} to spec.groups of User/{name}",
                resource.key.name
            );
            Some((Code::INVALID_VALUE, message, help))
        } else {
            let found = lookup::listed_user(around.snapshot, name);
            let wrong = problem("user", name, &found);
            wrong.map(|(message, help)| (Code::UNKNOWN_REFERENCE, message, help))
        };
        findings.extend(wrong.map(|(code, message, help)| {
            let field = spec.key(MEMBERS).index(at);
            Finding::error(code, message).help(help).of(&resource.key).field(field)
        }));
    }
    findings
}

/// What exporting a group needs: its roles, then the namespaces that they are limited to.
pub(crate) fn export_lookups(live: &LiveObject, snapshot: &Snapshot) -> Vec<Collection> {
    let Some(id) = &live.remote_id else { return Vec::new() };
    let roles = collections::group_roles(id);
    let read = snapshot.items(&roles.id).and_then(|items| Read::of(items.first()?));
    let limited = read.iter().flat_map(|read| &read.held).filter(|(_, ids)| !ids.is_empty());
    let projects: BTreeSet<&String> =
        limited.filter_map(|((project, _), _)| project.as_ref()).collect();
    let namespaces = projects.into_iter().map(|project| collections::namespaces(project));
    let namespaces: Vec<Collection> = namespaces.collect();
    std::iter::once(roles).chain(namespaces).collect()
}

/// The roles of a live group, as a manifest says them; none where they cannot be read.
pub(crate) fn exported(live: &LiveObject, snapshot: &Snapshot) -> Fields {
    let read = live.remote_id.as_ref().and_then(|id| {
        let items = snapshot.items(&collections::group_roles(id).id)?;
        Read::of(items.first()?)
    });
    let mut fields = Fields::new();
    let Some(read) = read else { return fields };
    let own = read.held.iter().filter(|(place, _)| !read.bases.contains(*place));
    let (mut whole, mut elements) = (Vec::new(), BTreeMap::<_, Vec<Body>>::new());
    for ((project, role), ids) in own {
        let role = Body::from(role);
        match project {
            None => whole.push(role),
            Some(project) => elements.entry((project, ids)).or_default().push(role),
        }
    }
    let elements: Vec<Body> = elements
        .into_iter()
        .filter_map(|(place, roles)| element(snapshot, place, &roles))
        .collect();
    if !elements.is_empty() {
        fields.insert(ROLES, elements.into());
    }
    if !whole.is_empty() {
        fields.insert(OF_ORGANIZATION, whole.into());
    }
    fields
}

/// Roles in a project that are limited to the same namespaces; `None` where one of those has no name.
fn element(
    snapshot: &Snapshot,
    (project, ids): (&String, &BTreeSet<String>),
    roles: &[Body],
) -> Option<Body> {
    let mut element = body!({"project": project, "roles": (Body::from(roles))});
    if ids.is_empty() {
        return Some(element);
    }
    let items = snapshot.items(&collections::namespaces(project).id)?;
    let name = |id: &String| {
        let is_it = |item: &&Body| {
            first_of(item, &["/metadata/id", "/id"]).and_then(Body::as_str) == Some(id)
        };
        items.iter().find(is_it)?.pointer("/metadata/name").cloned()
    };
    let names: Option<Vec<Body>> = ids.iter().map(name).collect();
    if let Body::Fields(fields) = &mut element {
        fields.insert("namespaces", names?.into());
    }
    Some(element)
}
