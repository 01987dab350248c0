//! A user's groups and project roles: reconciled by adding what is declared now and is not in effect,
//! and taking away what was sent before and is declared no more (api §5.2). What is in effect is read
//! where the API has it; else what was sent is on record. What others gave stays.

use crate::grants::{self, Difference, Grants, Held, in_projects};
use crate::lookup::{self, problem};
use crate::sent::{Change, Missing, name_of};
use crate::{collections, paths};
use plumb_kind::{CannotBuild, Collection, Context, Effect, Lookup, Method, Request, Surroundings};
use plumb_model::rules::{Aspect, FieldRule};
use plumb_model::{Body, Code, FieldPath, Fields, Finding, Refinement, RemoteId, Resource, body};
use std::collections::{BTreeMap, BTreeSet};

/// The lists in which names are looked up. Always all of them: a name that is declared no more has
/// to be found too, to be taken away.
pub(crate) fn lookups() -> Vec<Collection> {
    vec![collections::groups(), collections::roles(), collections::projects()]
}

/// The read of a user who is there and has groups or roles declared; of nobody else.
pub(crate) fn detail(resource: &Resource, around: &Surroundings<'_>) -> Option<Collection> {
    let declares = |field: &str| !declared(resource, field).is_empty();
    let id = around.live.present(&resource.key)?.remote_id.as_ref()?;
    (declares("groups") || declares("projectRoles")).then(|| collections::user(id))
}

fn declared<'r>(resource: &'r Resource, field: &str) -> &'r [Body] {
    let path = FieldPath::root().key("spec").key(field);
    resource.field(&path).and_then(Body::as_array).unwrap_or_default()
}

/// The requests that make the memberships what is declared.
pub(crate) fn requests(
    context: &Context<'_>,
    user: &RemoteId,
) -> Result<Vec<Request>, CannotBuild> {
    let call = |name: &str, body: Body| assign(user, name, body);
    let groups = Change::of(context, "groups");
    let roles = Change::of(context, "projectRoles");
    let roles = Difference::of(&roles, in_projects);
    let mut requests = Vec::new();
    // What is new comes before what goes, so that nobody is locked out in between.
    let added = wanted(groups.given(), context, Missing::Refused)?;
    if !added.is_empty() {
        requests.push(call("addtogroups", added.into()));
    }
    for (project, roles) in by_project(&roles.given, context, Missing::Refused)? {
        requests.push(call("assigntoproject", body!({"roles": roles, "project": project})));
    }
    for (project, roles) in by_project(&roles.taken, context, Missing::Skipped)? {
        let nested: Vec<Body> = roles.iter().map(grants::nested).collect();
        requests.push(call("unassignfromproject", body!({"project": project, "roles": nested})));
    }
    let removed = removed(&groups, context)?;
    if !removed.is_empty() {
        requests.push(call("removefromgroups", removed.into()));
    }
    Ok(requests)
}

/// A call that puts a user somewhere, or takes the user away.
pub(crate) fn assign(user: &RemoteId, name: &str, body: Body) -> Request {
    let path = paths::auth_call("users", user, name);
    Request::write(Method::Post, path, Effect::Assign).json(body)
}

/// Groups, as the calls want them.
fn wanted<'g>(
    groups: impl Iterator<Item = (&'g str, &'g Body)>,
    context: &Context<'_>,
    missing: Missing,
) -> Result<Vec<Body>, CannotBuild> {
    let mut wanted = BTreeMap::new();
    for (name, group) in groups {
        let found = match group {
            Body::Fields(_) => Lookup::Found(of_system(group)),
            _ => lookup::group(context, name),
        };
        if let Some(group) = missing.judge(found, "group", name)? {
            wanted.insert(name, group);
        }
    }
    Ok(wanted.into_values().collect())
}

/// The groups to be left. One that is declared under another name now is the same one, and stays.
fn removed(groups: &Change, context: &Context<'_>) -> Result<Vec<Body>, CannotBuild> {
    let mut removed = wanted(groups.taken(), context, Missing::Skipped)?;
    let stays = |group: &Body| {
        let id = match (group, name_of(group)) {
            (Body::Fields(fields), _) => fields.get("id").cloned(),
            (_, Some(name)) => lookup::group(context, name).found()?.get("id").cloned(),
            (_, None) => None,
        };
        id.filter(|id| !id.is_null())
    };
    let stay: Vec<Body> = groups.after.iter().filter_map(stays).collect();
    removed.retain(|group| group.get("id").is_none_or(|id| !stay.contains(id)));
    Ok(removed)
}

/// A group in full, with the type every group has (api §5.2).
fn of_system(group: &Body) -> Body {
    let mut group = group.clone();
    if let Body::Fields(fields) = &mut group
        && !fields.contains_key("type")
    {
        fields.insert("type", "SYSTEM".into());
    }
    group
}

/// The projects with the roles in each, as the calls want them.
fn by_project(
    grants: &Grants<'_>,
    context: &Context<'_>,
    missing: Missing,
) -> Result<Vec<(Body, Vec<Body>)>, CannotBuild> {
    let mut projects: Vec<(Body, Vec<Body>)> = Vec::new();
    for grant in grants.values() {
        let Some(role) = grant.role(context, missing)? else { continue };
        let Some(project) = grant.project(context, missing)? else { continue };
        match projects.last_mut().filter(|(last, _)| *last == project) {
            Some((_, roles)) => roles.push(role),
            None => projects.push((project, vec![role])),
        }
    }
    Ok(projects)
}

/// A user as the read of one answers.
pub(crate) struct Seen<'s> {
    groups: Option<&'s [Body]>,
    /// The roles given to the user, and not to a group of the user's.
    pub(crate) roles: Option<Held>,
}

impl<'s> Seen<'s> {
    /// Of an answer.
    pub(crate) fn of(answer: &'s Body) -> Self {
        let list = |name: &str| answer.get(name).and_then(Body::as_array);
        let own = |item: &&Body| item.get("group").is_none_or(Body::is_null);
        let held = |item: &Body| {
            let project = item.get("project").filter(|it| !it.is_null());
            let project = match project {
                Some(project) => Some(name_of(project)?.to_owned()),
                None => None,
            };
            Some(((project, name_of(item.get("role")?)?.to_owned()), BTreeSet::new()))
        };
        let roles = list("roles").map(|all| all.iter().filter(own).filter_map(held).collect());
        Self { groups: list("groups"), roles }
    }

    /// Whether the user is in a group, by its name or its id.
    pub(crate) fn is_in(&self, group: &Body) -> Option<bool> {
        let same = |field: &str, wanted: Option<&str>, item: &Body| {
            wanted.is_some() && item.get(field).and_then(Body::as_str) == wanted
        };
        let id = group.get("id").and_then(Body::to_look_up);
        let name = name_of(group).filter(|_| id.is_none());
        let is_it = |item: &Body| same("id", id, item) || same("name", name, item);
        Some(self.groups?.iter().any(is_it))
    }

    /// The names of all groups the user is in.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &'s str> {
        self.groups.unwrap_or_default().iter().filter_map(name_of)
    }
}

/// What the live world adds to a user's groups and roles: what of them is in effect, what else the user
/// has, and names that name nothing.
pub(crate) fn refine(resource: &Resource, around: &Surroundings<'_>) -> Refinement {
    let findings = check(resource, around);
    let answer = detail(resource, around)
        .and_then(|collection| around.snapshot.items(&collection.id)?.first());
    let Some(answer) = answer else { return Refinement { findings, ..Refinement::default() } };
    let live = Seen::of(answer);
    let mut seen = Fields::new();
    let groups = declared(resource, "groups");
    if live.groups.is_some() && !groups.is_empty() {
        let held = groups.iter().filter(|group| live.is_in(group) == Some(true));
        seen.insert("groups", held.cloned().collect());
    }
    let roles = declared(resource, "projectRoles");
    if let Some(held) = live.roles.as_ref().filter(|_| !roles.is_empty()) {
        let is_held = |project: Option<&str>, role: &str, _: &BTreeSet<&str>| {
            held.contains_key(&(project.map(str::to_owned), role.to_owned()))
        };
        seen.insert("projectRoles", grants::in_effect(roles, is_held));
    }
    let others = |name: &&str| !groups.iter().any(|group| name_of(group) == Some(name));
    let others: Vec<String> = live.groups().filter(others).map(str::to_owned).collect();
    let roles = live.roles.as_ref().and_then(|held| grants::others(held, &in_projects(roles)));
    let notes = grants::also("group", &others).into_iter().chain(roles).collect();
    Refinement { rules: are_in_effect(&seen), seen, notes, findings, ..Refinement::default() }
}

/// That what was seen of these fields is what is in effect.
pub(crate) fn are_in_effect(seen: &Fields) -> std::sync::Arc<[FieldRule]> {
    let spec = FieldPath::root().key("spec");
    let rule = |name: &str| FieldRule::exactly(&spec.key(name), Aspect::InEffect);
    seen.keys().map(|name| rule(name)).collect()
}

/// Groups, roles and projects that do not exist, and roles that are no project's.
fn check(resource: &Resource, around: &Surroundings<'_>) -> Vec<Finding> {
    let groups = FieldPath::root().key("spec").key("groups");
    let mut findings = Vec::new();
    for (at, group) in declared(resource, "groups").iter().enumerate() {
        let is_declared = |name: &&str| around.desired.get(&lookup::group_key(name)).is_some();
        let Some(name) = group.as_str().filter(|name| !is_declared(name)) else { continue };
        let problem = problem("group", name, &lookup::listed_group(around.snapshot, name));
        findings.extend(problem.map(|(message, help)| {
            let finding = Finding::error(Code::UNKNOWN_GROUP, message).help(help);
            finding.of(&resource.key).field(groups.index(at))
        }));
    }
    findings.extend(lookup::check_project_roles(resource, around));
    findings
}

/// The groups and roles of a live user, as a manifest says them; none where they cannot be read.
pub(crate) fn exported(answer: &Body) -> Fields {
    let seen = Seen::of(answer);
    let mut fields = Fields::new();
    let groups: BTreeSet<&str> = seen.groups().collect();
    if !groups.is_empty() {
        fields.insert("groups", groups.into_iter().map(Body::from).collect());
    }
    let roles = seen.roles.map(|held| grants::exported(&held)).unwrap_or_default();
    if !roles.is_empty() {
        fields.insert("projectRoles", roles.into());
    }
    fields
}
