//! Who may do what: from the roles of the user whose key it is. A key that is nobody's may do
//! what the settings say of it.

use serde_json::Value;

use super::directory::{Collaborator, User};
use super::envelope::read;
use super::errors::error;
use super::key::ObjectKey;
use super::memberships::{self, Held};
use super::settings::KeyRole;
use super::table::WORKSPACE;
use super::world::{Call, Reach, World};
use plumb_sandbox::http::Response;
use plumb_sandbox::operation::Access;

/// What is known of a caller before the organization is looked at.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The id of the key.
    pub(crate) id: String,
    /// The name of the organization that is meant; none is the seeded one.
    pub(crate) organization: Option<String>,
    /// The user whose key it is, when it is somebody's.
    pub(crate) user: Option<Whose>,
    pub(crate) role: KeyRole,
    pub(crate) projects: Option<Vec<String>>,
    pub(crate) partner: bool,
}

/// How a key says whose it is.
#[derive(Debug, Clone)]
pub(crate) enum Whose {
    /// By the id of the user.
    Id(String),
    /// By the name of the user.
    Name(String),
}

/// Calls that everybody may make: about oneself, or filtered by what one reaches.
const OF_ALL: [&str; 10] = [
    "rafay.users.profile",
    "rafay.users.api-keys",
    "rafay.users.create-api-key",
    "rafay.api-keys.delete",
    "rafay.projects.list",
    "rafay.projects.get",
    "rafay.v3-projects.list",
    "rafay.v3-projects.get",
    "rafay.v3-projects.status",
    "rafay.kubeconfigs.user",
];

/// What a caller may do in an organization.
pub(crate) fn reach(world: &World, caller: &Caller) -> Result<Reach, Response> {
    let directory = &world.rafay.directory;
    let writes = caller.role == KeyRole::Admin;
    let user = match &caller.user {
        None => None,
        Some(Whose::Id(id)) => Some(directory.user_by_id(id)),
        Some(Whose::Name(name)) => Some(directory.user(name)),
    };
    let projects = caller.projects.clone();
    let Some(user) = user else {
        return Ok(Reach {
            projects,
            administers: writes,
            audits: true,
            partner: caller.partner,
            user: None,
        });
    };
    let Some(user) = user else { return Err(error(401, "the user of this key does not exist")) };
    let held = memberships::of(directory, user);
    let everywhere = |name: &str| held.iter().any(|it| it.project.is_none() && it.base() == name);
    let administers = writes && everywhere("ADMIN");
    let audits = everywhere("ADMIN") || everywhere("ADMINISTRATOR_READ_ONLY");
    let projects = match (projects, audits) {
        (said, true) => said,
        (said, false) => {
            let own = own_projects(world, user, &held).into_iter();
            let within = |it: &String| said.as_ref().is_none_or(|said| said.contains(it));
            Some(own.filter(within).collect())
        }
    };
    let user = Some(user.id.clone());
    Ok(Reach { projects, administers, audits, partner: caller.partner, user })
}

/// Whether a call may be made.
pub(crate) fn check(world: &World, call: &Call<'_>, role: KeyRole) -> Result<(), Response> {
    let writes = call.operation.access == Access::Write;
    if writes && role == KeyRole::ReadOnly {
        return Err(error(403, "this key may only read"));
    }
    let Some(id) = &call.caller.user else { return Ok(()) };
    let everybody = OF_ALL.contains(&call.operation.id);
    let whole = call.caller.administers || (call.caller.audits && !writes);
    if everybody || whole || call.optional("accountId") == Some(id) && !writes {
        return Ok(());
    }
    let user = world.rafay.directory.user_by_id(id);
    let allowed = user.is_some_and(|user| allows(world, call, user, writes));
    if allowed { Ok(()) } else { Err(error(403, "your roles do not permit this")) }
}

/// Whether the roles of a user in a project, or in a workspace of it, allow a call there.
fn allows(world: &World, call: &Call<'_>, user: &User, writes: bool) -> bool {
    let Some(project) = call.optional("project") else { return false };
    let directory = &world.rafay.directory;
    let held = memberships::of(directory, user);
    let here = |held: &&Held<'_>| held.project.is_some_and(|it| it.name == project);
    let roles: Vec<&str> = held.iter().filter(here).map(Held::base).collect();
    let full = roles.iter().any(|role| ["PROJECT_ADMIN", "INFRA_ADMIN"].contains(role));
    if full || (!writes && roles.iter().any(|role| role.ends_with("READ_ONLY"))) {
        return true;
    }
    let mut works = directory.collaborators.iter();
    let works_here = works.any(|it| it.user == user.id && it.project == project);
    let profiles = ["rafay.compute-profiles.", "rafay.service-profiles."];
    if !writes && profiles.iter().any(|it| call.operation.id.starts_with(it)) {
        return works_here || !roles.is_empty();
    }
    let owner = roles.contains(&"PAAS_WORKSPACE_ADMIN");
    in_workspace(world, call, (user, project), (owner, writes))
}

fn in_workspace(
    world: &World,
    call: &Call<'_>,
    (user, project): (&User, &str),
    (owner, writes): (bool, bool),
) -> bool {
    let of_workspace = call.operation.id.starts_with("rafay.workspaces.");
    let named = if of_workspace { call.optional("name") } else { call.optional("workspace") };
    let written = || -> Option<String> {
        let body: Value = read(call.request).ok()?;
        Some(body.pointer("/metadata/name")?.as_str()?.to_owned())
    };
    let name = match named {
        Some(name) => name.to_owned(),
        None if of_workspace && writes && owner => match written() {
            Some(name) => name,
            None => return false,
        },
        None => return false,
    };
    let key = ObjectKey::in_project(&WORKSPACE, project, &name);
    let workspace = world.rafay.objects.get(&key);
    if owner && workspace.is_none_or(|it| it.created_by == world.actor()) {
        return true;
    }
    let works =
        |it: &&Collaborator| it.user == user.id && it.project == project && it.workspace == name;
    let found = world.rafay.directory.collaborators.iter().find(works);
    match found {
        None => false,
        Some(_) if !writes => true,
        Some(it) => !it.role.ends_with("READ_ONLY") && !of_workspace,
    }
}

/// The names of the projects in which a user holds a role or works.
fn own_projects(world: &World, user: &User, held: &[Held<'_>]) -> Vec<String> {
    let works = world.rafay.directory.collaborators.iter().filter(|it| it.user == user.id);
    let roles = held.iter().filter_map(|it| it.project).map(|it| it.name.clone());
    let mut names: Vec<String> = roles.chain(works.map(|it| it.project.clone())).collect();
    names.sort();
    names.dedup();
    names
}
