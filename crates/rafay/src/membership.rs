//! A user's groups and project roles: reconciled by adding what is declared now and was not sent
//! before, and taking away what was sent before and is declared no more (api §5.2, R-49). What
//! others gave the user is not seen, and stays.

use crate::{collections, lookup, paths};
use plumb_kind::lookup::suggestion;
use plumb_kind::{CannotBuild, Collection, Context, Effect, Lookup, Method, Request, Surroundings};
use plumb_model::plan::Shown;
use plumb_model::{Body, Code, FieldPath, Finding, RemoteId, Resource, body};
use std::collections::BTreeMap;

/// The lists in which names are looked up. Always all of them: a name that is declared no more has
/// to be found too, to be taken away.
pub(crate) fn lookups() -> Vec<Collection> {
    vec![collections::groups(), collections::roles(), collections::projects()]
}

/// The requests that make the memberships what is declared.
pub(crate) fn requests(
    context: &Context<'_>,
    user: &RemoteId,
) -> Result<Vec<Request>, CannotBuild> {
    let call = |name: &str, body: Body| {
        let path = paths::auth_call("users", user, name);
        Request::write(Method::Post, path, Effect::Assign).json(body)
    };
    let groups = Change::of(context, "groups");
    let roles = Change::of(context, "projectRoles");
    let mut requests = Vec::new();
    // What is new comes before what goes, so that nobody is locked out in between.
    let added = groups.added(context, Missing::Refused)?;
    if !added.is_empty() {
        requests.push(call("addtogroups", added.into()));
    }
    for body in roles.assigned(context)? {
        requests.push(call("assigntoproject", body));
    }
    for body in roles.unassigned(context)? {
        requests.push(call("unassignfromproject", body));
    }
    let removed = groups.reversed().added(context, Missing::Skipped)?;
    if !removed.is_empty() {
        requests.push(call("removefromgroups", removed.into()));
    }
    Ok(requests)
}

/// What a name that is not there any more means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Missing {
    /// It cannot be given.
    Refused,
    /// It cannot be taken, and need not be.
    Skipped,
}

impl Missing {
    fn judge<T>(self, found: Lookup<T>, what: &str, name: &str) -> Result<Option<T>, CannotBuild> {
        match (self, found) {
            (Self::Skipped, Lookup::Absent(_)) => Ok(None),
            (_, found) => found.or_reason(what, name).map(Some),
        }
    }
}

/// One list, as it may be and as it is declared.
struct Change {
    /// What is known to have been sent.
    sent: Vec<Body>,
    /// What was sent, and what may have been.
    before: Vec<Body>,
    after: Vec<Body>,
}

impl Change {
    /// The plan's change of a field says what was sent before. A field the plan does not change
    /// stays as it is; without any changes the ledger is asked.
    fn of(context: &Context<'_>, field: &str) -> Self {
        let path = FieldPath::root().key("spec").key(field);
        let items = |body: Option<&Body>| -> Vec<Body> {
            let list = body.and_then(|body| body.find(&path)).and_then(Body::as_array);
            list.map(<[Body]>::to_vec).unwrap_or_default()
        };
        let after = items(context.body);
        let recorded = || items(context.entry.map(|entry| &*entry.sent));
        let planned = context
            .changes
            .iter()
            .find(|change| change.path.is_within(&path) || path.is_within(&change.path));
        let before = match planned {
            None if context.changes.is_empty() => recorded(),
            None => after.clone(),
            Some(change) if change.path == path => match &change.before {
                Shown::Plain(before) => {
                    before.as_array().into_iter().flatten().map(Body::from).collect()
                }
                Shown::Absent => Vec::new(),
                Shown::Secret
                | Shown::SecretLineEnds
                | Shown::KnownAfterApply
                | Shown::Default(_) => recorded(),
            },
            Some(_) => recorded(),
        };
        // What an update attempted, which the plan counts among what was before, may not be in effect.
        let sent = match (planned, context.entry) {
            (Some(_), Some(_)) => recorded(),
            (None, _) | (_, None) => before.clone(),
        };
        Self { sent, before, after }
    }

    /// What there was, and is not any more, as if it were new.
    fn reversed(self) -> Self {
        Self { sent: self.after, before: Vec::new(), after: self.before }
    }

    /// The groups in `after` that are not known to have been sent, as the calls want them.
    fn added(&self, context: &Context<'_>, missing: Missing) -> Result<Vec<Body>, CannotBuild> {
        let sent: Vec<&str> = self.sent.iter().filter_map(name_of).collect();
        let mut added = BTreeMap::new();
        for group in &self.after {
            let Some(name) = name_of(group).filter(|name| !sent.contains(name)) else { continue };
            let found = match group {
                Body::Fields(_) => Lookup::Found(of_system(group)),
                _ => lookup::group(context.snapshot, name),
            };
            if let Some(group) = missing.judge(found, "group", name)? {
                added.insert(name.to_owned(), group);
            }
        }
        Ok(added.into_values().collect())
    }

    /// The bodies of `assigntoproject`: one for each project with new roles.
    fn assigned(&self, context: &Context<'_>) -> Result<Vec<Body>, CannotBuild> {
        let (sent, after) = (by_project(&self.sent), by_project(&self.after));
        let mut bodies = Vec::new();
        for (name, now) in &after {
            let roles = now.without(sent.get(name), context, Missing::Refused)?;
            if !roles.is_empty() {
                let id = project_id(context, name, now.project, Missing::Refused)?;
                bodies.extend(
                    id.map(|id| body!({"roles": roles, "project": {"id": id, "name": name}})),
                );
            }
        }
        Ok(bodies)
    }

    /// The bodies of `unassignfromproject`, which nests roles differently.
    fn unassigned(&self, context: &Context<'_>) -> Result<Vec<Body>, CannotBuild> {
        let (before, after) = (by_project(&self.before), by_project(&self.after));
        let mut bodies = Vec::new();
        for (name, then) in &before {
            let roles = then.without(after.get(name), context, Missing::Skipped)?;
            let nested: Vec<Body> = roles
                .iter()
                .map(|role| {
                    let scope = role.get("scope").and_then(Body::as_str).unwrap_or("PROJECT");
                    body!({"role": {"id": role.get("id"), "scope": scope}})
                })
                .collect();
            if nested.is_empty() {
                continue;
            }
            if let Some(id) = project_id(context, name, then.project, Missing::Skipped)? {
                bodies.push(body!({"project": {"id": id, "name": name}, "roles": nested}));
            }
        }
        Ok(bodies)
    }
}

/// The roles in one project, by name.
struct ProjectRoles<'a> {
    project: &'a Body,
    roles: BTreeMap<&'a str, &'a Body>,
}

impl ProjectRoles<'_> {
    /// The roles that `other` does not have, as the calls want them.
    fn without(
        &self,
        other: Option<&ProjectRoles<'_>>,
        context: &Context<'_>,
        missing: Missing,
    ) -> Result<Vec<Body>, CannotBuild> {
        let has = |name: &str| other.is_some_and(|other| other.roles.contains_key(name));
        let mut left = Vec::new();
        for (name, role) in self.roles.iter().filter(|(name, _)| !has(name)) {
            let found = match role {
                Body::Fields(_) => Lookup::Found((*role).clone()),
                _ => lookup::role(context.snapshot, name),
            };
            left.extend(missing.judge(found, "role", name)?);
        }
        Ok(left)
    }
}

fn by_project(list: &[Body]) -> BTreeMap<&str, ProjectRoles<'_>> {
    let mut projects = BTreeMap::new();
    for item in list {
        let Some(project) = item.get("project") else { continue };
        let Some(name) = name_of(project) else { continue };
        let place = projects
            .entry(name)
            .or_insert_with(|| ProjectRoles { project, roles: BTreeMap::new() });
        let roles = item.get("roles").and_then(Body::as_array).into_iter().flatten();
        place.roles.extend(roles.filter_map(|role| Some((name_of(role)?, role))));
    }
    projects
}

fn project_id(
    context: &Context<'_>,
    name: &str,
    project: &Body,
    missing: Missing,
) -> Result<Option<String>, CannotBuild> {
    if let Some(id) = project.get("id").and_then(Body::to_look_up) {
        return Ok(Some(id.to_owned()));
    }
    let id = missing.judge(lookup::project(context, name), "project", name)?;
    Ok(id.map(|id| id.to_string()))
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

/// A name given as text, or as the `name` of an object.
fn name_of(value: &Body) -> Option<&str> {
    value.to_look_up().or_else(|| value.get("name")?.to_look_up())
}

/// Groups, roles and projects that do not exist, and roles that are no project's.
pub(crate) fn check(resource: &Resource, around: &Surroundings<'_>) -> Vec<Finding> {
    let snapshot = around.snapshot;
    let spec = FieldPath::root().key("spec");
    let list = |path: &FieldPath| -> Vec<Body> {
        resource.field(path).and_then(Body::as_array).map(<[Body]>::to_vec).unwrap_or_default()
    };
    let mut findings = Vec::new();
    let groups = spec.key("groups");
    for (at, group) in list(&groups).iter().enumerate() {
        let Some(name) = group.as_str() else { continue };
        let problem = problem("group", name, &lookup::group(snapshot, name));
        findings.extend(problem.map(|(message, help)| {
            let finding = Finding::error(Code::UNKNOWN_GROUP, message).help(help);
            finding.of(&resource.key).field(groups.index(at))
        }));
    }
    let projects = spec.key("projectRoles");
    for (at, project) in list(&projects).iter().enumerate() {
        let named = project.get("project").and_then(Body::as_str);
        let declared = |name: &&str| around.desired.get(&lookup::project_key(name)).is_some();
        if let Some(name) = named.filter(|name| !declared(name)) {
            let problem = problem("project", name, &lookup::listed_project(snapshot, name));
            findings.extend(problem.map(|(message, help)| {
                let finding = Finding::error(Code::UNKNOWN_REFERENCE, message).help(help);
                finding.of(&resource.key).field(projects.index(at).key("project"))
            }));
        }
        let roles = project.get("roles").and_then(Body::as_array).into_iter().flatten();
        for (place, role) in roles.enumerate() {
            let Some(name) = role.as_str() else { continue };
            let found = lookup::role(snapshot, name);
            let problem = problem("role", name, &found).or_else(|| of_organization(name, &found));
            findings.extend(problem.map(|(message, help)| {
                let path = projects.index(at).key("roles").index(place);
                let finding = Finding::error(Code::UNKNOWN_ROLE, message).help(help);
                finding.of(&resource.key).field(path)
            }));
        }
    }
    findings
}

fn problem<T>(what: &str, name: &str, found: &Lookup<T>) -> Option<(String, String)> {
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

fn of_organization(name: &str, found: &Lookup<Body>) -> Option<(String, String)> {
    let Lookup::Found(role) = found else { return None };
    let scope = role.get("scope")?.as_str()?;
    (scope != "PROJECT").then(|| {
        let help = "only roles of scope PROJECT can be given in a project".to_owned();
        (format!("role {name:?} is of scope {scope:?}"), help)
    })
}
