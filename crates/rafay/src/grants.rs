//! Roles as they are given: in a project, in some of its namespaces, or in the whole organization
//! (api §5.2, §5.3). What users and groups have in common of it: what is to be given and taken, and
//! what is in effect of what is declared.

use crate::lookup;
use crate::sent::{Change, Missing, name_of};
use plumb_kind::{CannotBuild, Context, Lookup};
use plumb_model::{Body, body};
use std::collections::{BTreeMap, BTreeSet};

/// Which role, and where: the project's name, none for the whole organization, and the role's.
pub(crate) type Place<'b> = (Option<&'b str>, &'b str);

/// One role that is given.
#[derive(Clone, Debug)]
pub(crate) struct Grant<'b> {
    /// The project, by its name or in full.
    pub(crate) project: Option<&'b Body>,
    /// The role, by its name or in full.
    pub(crate) role: &'b Body,
    /// The namespaces it is limited to; all of the project when empty.
    pub(crate) namespaces: BTreeSet<&'b str>,
}

/// Roles by where they are given.
pub(crate) type Grants<'b> = BTreeMap<Place<'b>, Grant<'b>>;

/// What somebody has, as the server says it: namespaces by their ids.
pub(crate) type Held = BTreeMap<(Option<String>, String), BTreeSet<String>>;

/// The roles of a list of projects with their roles.
pub(crate) fn in_projects(list: &[Body]) -> Grants<'_> {
    let mut grants = Grants::new();
    for item in list {
        let Some(project) = item.get("project") else { continue };
        let Some(name) = name_of(project) else { continue };
        let namespaces = texts(item.get("namespaces"));
        for role in item.get("roles").and_then(Body::as_array).into_iter().flatten() {
            let Some(of) = name_of(role) else { continue };
            let grant = Grant { project: Some(project), role, namespaces: namespaces.clone() };
            grants.insert((Some(name), of), grant);
        }
    }
    grants
}

/// The roles of a list of roles of the whole organization.
pub(crate) fn in_organization(list: &[Body]) -> Grants<'_> {
    let grant = |role| {
        let namespaces = BTreeSet::new();
        Some(((None, name_of(role)?), Grant { project: None, role, namespaces }))
    };
    list.iter().filter_map(grant).collect()
}

fn texts(list: Option<&Body>) -> BTreeSet<&str> {
    list.and_then(Body::as_array).into_iter().flatten().filter_map(Body::to_look_up).collect()
}

/// What is to be given and taken.
#[derive(Debug, Default)]
pub(crate) struct Difference<'b> {
    /// To be given; new ones, and those with other namespaces.
    pub(crate) given: Grants<'b>,
    /// To be taken.
    pub(crate) taken: Grants<'b>,
}

impl<'b> Difference<'b> {
    /// What a change of a list asks for. Nothing is given that is known to be in effect, and nothing
    /// taken that was not sent.
    pub(crate) fn of(change: &'b Change, read: fn(&'b [Body]) -> Grants<'b>) -> Self {
        let [sent, before, after] =
            [&change.sent, &change.before, &change.after].map(|it| read(it));
        let is_given = |place: &Place<'_>, grant: &Grant<'_>| {
            let same = |other: &Grant<'_>| other.namespaces == grant.namespaces;
            sent.get(place).is_some_and(same) && before.get(place).is_some_and(same)
        };
        let taken = before.iter().filter(|(place, _)| !after.contains_key(*place));
        let taken = taken.map(|(place, grant)| (*place, grant.clone())).collect();
        let given = after.iter().filter(|(place, grant)| !is_given(place, grant));
        let given = given.map(|(place, grant)| (*place, grant.clone())).collect();
        Self { given, taken }
    }
}

impl Grant<'_> {
    /// The role, as the calls want it; `None` when it is gone and need not be there.
    pub(crate) fn role(
        &self,
        context: &Context<'_>,
        missing: Missing,
    ) -> Result<Option<Body>, CannotBuild> {
        let name = name_of(self.role).unwrap_or_default();
        let found = match self.role {
            Body::Fields(_) => Lookup::Found(self.role.clone()),
            _ => lookup::role(context.snapshot, name),
        };
        missing.judge(found, "role", name)
    }

    /// The project, as the calls want it; `None` when it is gone and need not be there.
    pub(crate) fn project(
        &self,
        context: &Context<'_>,
        missing: Missing,
    ) -> Result<Option<Body>, CannotBuild> {
        let Some(project) = self.project else { return Ok(None) };
        let name = name_of(project).unwrap_or_default();
        if let Some(id) = project.get("id").and_then(Body::to_look_up) {
            return Ok(Some(body!({"id": id, "name": name})));
        }
        let id = missing.judge(lookup::project(context, name), "project", name)?;
        Ok(id.map(|id| body!({"id": id.as_str(), "name": name})))
    }
}

/// A role as the calls that take one away want it, which nest it differently.
pub(crate) fn nested(role: &Body) -> Body {
    let scope = role.get("scope").and_then(Body::as_str).unwrap_or("PROJECT");
    body!({"role": {"id": role.get("id"), "scope": scope}})
}

/// What is in effect of a list of projects with their roles: the projects with those of the roles for
/// which `is_held` says so.
pub(crate) fn in_effect(
    list: &[Body],
    is_held: impl Fn(Option<&str>, &str, &BTreeSet<&str>) -> bool,
) -> Body {
    let mut left = Vec::new();
    for item in list {
        let project = item.get("project").and_then(name_of);
        let namespaces = texts(item.get("namespaces"));
        let roles = item.get("roles").and_then(Body::as_array).unwrap_or_default();
        let held =
            |role: &&Body| name_of(role).is_some_and(|name| is_held(project, name, &namespaces));
        let held: Vec<Body> = roles.iter().filter(held).cloned().collect();
        if let (false, Body::Fields(fields)) = (held.is_empty(), item) {
            let mut fields = fields.clone();
            fields.insert("roles", held.into());
            left.push(Body::Fields(fields));
        }
    }
    left.into()
}

/// What somebody has beyond what is declared, in words; `None` when it is nothing.
pub(crate) fn others(held: &Held, declared: &Grants<'_>) -> Option<String> {
    let is_declared =
        |project: &Option<String>, role: &str| declared.contains_key(&(project.as_deref(), role));
    let more = held.keys().filter(|(project, role)| !is_declared(project, role));
    let more: Vec<String> = more
        .map(|(project, role)| match project {
            Some(project) => format!("{role} in {project}"),
            None => format!("{role} in the organization"),
        })
        .collect();
    also("role", &more)
}

/// What somebody has that is not declared, in words; `None` when it is nothing.
pub(crate) fn also(what: &str, more: &[String]) -> Option<String> {
    /// More than these a person would not read.
    const MOST: usize = 10;
    let plural = if more.len() == 1 { "" } else { "s" };
    let more: Vec<String> =
        more.iter().map(|one| plumb_model::text::escape(one)).take(MOST + 1).collect();
    let shown = match more.as_slice() {
        [] => return None,
        few if few.len() <= MOST => few.join(", "),
        many => format!("{}, …", many.get(..MOST).unwrap_or_default().join(", ")),
    };
    Some(format!(
        "it also has the {what}{plural} {shown}, not declared here; what others gave stays"
    ))
}

/// What somebody has in projects, as a manifest says it. Namespaces are left to whoever knows their
/// names.
pub(crate) fn exported(held: &Held) -> Vec<Body> {
    let mut projects: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (project, role) in held.keys() {
        if let Some(project) = project {
            projects.entry(project).or_default().push(role);
        }
    }
    let item = |(project, roles): (&str, Vec<&str>)| {
        let roles: Vec<Body> = roles.into_iter().map(Body::from).collect();
        body!({"project": project, "roles": roles})
    };
    projects.into_iter().map(item).collect()
}
