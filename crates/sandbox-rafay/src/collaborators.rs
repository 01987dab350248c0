//! Who works in a workspace (contract 3.3, R-24, R-96).

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::access_bodies::{
    AddedCollaborators, CollaboratorBody, DeletedCollaborators, Invitation,
};
use super::answers::{List, Nothing};
use super::bodies::UserType;
use super::directory::{Collaborator, User};
use super::envelope::{check_kind, read};
use super::errors::invalid;
use super::kinds::API_VERSION;
use super::paging::{self, Order};
use super::place::Place;
use super::status::{CommonStatus, condition};
use super::users;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// The roles of collaborators.
const ROLES: [&str; 2] = ["PAAS_WORKSPACE_COLLABORATOR", "PAAS_WORKSPACE_COLLABORATOR_READ_ONLY"];

/// A collaborator as lists show it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownCollaborator<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: WhereAndWho<'a>,
    spec: CollaboratorSpec<'a>,
    status: CommonStatus<'a>,
}

/// Who works where.
#[derive(Debug, Serialize, JsonSchema)]
struct WhereAndWho<'a> {
    name: &'a str,
    project: &'a str,
    workspace: &'a str,
}

/// Who works, and as what.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CollaboratorSpec<'a> {
    email: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    role: &'a str,
    user_type: UserType,
}

/// Lists the collaborators of a workspace.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let page = paging::page(call, &world.config.knobs, Order::Ascending)?;
    let directory = &world.rafay.directory;
    let here = directory.collaborators.iter().filter(|it| is_here(it, &place));
    let all: Vec<(&Collaborator, &User)> =
        here.filter_map(|it| Some((it, directory.user_by_id(&it.user)?))).collect();
    let total = all.len();
    let items = page.cut(all.into_iter()).into_iter().map(|(it, user)| shown(it, user)).collect();
    let named = (API_VERSION, "WorkspaceCollaborator");
    Ok(Response::json(200, &List::new(&world.config.knobs, named, items, total, page)))
}

/// Lets somebody work here, who becomes a user when there is none of the name.
pub(crate) fn invite(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let spec: Invitation = spec(call, "WorkspaceCollaborator")?;
    check_role(&spec.role)?;
    if !spec.email.contains('@') {
        return Err(invalid("spec.email must be an e-mail address"));
    }
    let known = world.rafay.directory.user(&spec.email).cloned();
    let user = known.unwrap_or_else(|| make(world, &spec));
    add(world, &place, &user, &spec.role);
    Ok(Response::json(200, &Nothing {}))
}

/// Lets users work here; one who does already keeps the role.
pub(crate) fn assign(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let spec: AddedCollaborators = spec(call, "WorkspaceAddCollaborators")?;
    check_role(&spec.role)?;
    for user in known(world, &spec.usernames)? {
        add(world, &place, &user, &spec.role);
    }
    Ok(Response::json(200, &Nothing {}))
}

/// Lets users work here no more; one who does not is no error.
pub(crate) fn unassign(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let spec: DeletedCollaborators = spec(call, "WorkspaceDeleteCollaborators")?;
    for user in known(world, &spec.usernames)? {
        let all = &mut world.rafay.directory.collaborators;
        let before = all.len();
        all.retain(|it| !is_here(it, &place) || it.user != user.id);
        if all.len() < before {
            let name = object_name(&place, &user);
            world.record(EffectKind::Deleted, &name, Value::Null);
            world.record(EffectKind::Gone, &name, Value::Null);
        }
    }
    Ok(Response::json(200, &Nothing {}))
}

/// Makes a user of somebody who is invited.
fn make(world: &mut World, spec: &Invitation) -> User {
    let user_type = spec.user_type.unwrap_or(UserType::Console);
    let names = (spec.first_name.as_str(), spec.last_name.as_str());
    let user = users::add(world, "", &spec.email, names, user_type);
    world.record(EffectKind::Created, &users::object_name(&user), json!({ "id": user.id }));
    user
}

fn add(world: &mut World, place: &Place, user: &User, role: &str) {
    let all = &mut world.rafay.directory.collaborators;
    if all.iter().any(|it| is_here(it, place) && it.user == user.id) {
        return;
    }
    all.push(Collaborator {
        project: place.project.clone(),
        workspace: place.workspace.clone().unwrap_or_default(),
        user: user.id.clone(),
        role: role.to_owned(),
    });
    world.record(EffectKind::Created, &object_name(place, user), json!({ "role": role }));
}

/// The key of a collaborator in the effect ledger.
fn object_name(place: &Place, user: &User) -> String {
    let workspace = place.workspace.as_deref().unwrap_or_default();
    format!("WorkspaceCollaborator/{}/{workspace}/{}", place.project, user.username)
}

fn is_here(collaborator: &Collaborator, place: &Place) -> bool {
    collaborator.project == place.project
        && Some(&collaborator.workspace) == place.workspace.as_ref()
}

fn known(world: &World, usernames: &[String]) -> Result<Vec<User>, Response> {
    if usernames.is_empty() {
        return Err(invalid("spec.Usernames must not be empty"));
    }
    let directory = &world.rafay.directory;
    let user = |name: &String| {
        let found = directory.user(name).cloned();
        found.ok_or_else(|| invalid(&format!("user {name} was not found")))
    };
    usernames.iter().map(user).collect()
}

/// What a body of this kind says.
fn spec<Spec: DeserializeOwned>(call: &Call<'_>, kind: &str) -> Result<Spec, Response> {
    let body: CollaboratorBody<Spec> = read(call.request)?;
    check_kind((&body.api_version, &body.kind), (API_VERSION, kind))?;
    Ok(body.spec)
}

fn check_role(role: &str) -> Result<(), Response> {
    if ROLES.contains(&role) {
        return Ok(());
    }
    Err(invalid(&format!("spec.role must be one of: {}", ROLES.join(", "))))
}

fn shown<'a>(collaborator: &'a Collaborator, user: &'a User) -> ShownCollaborator<'a> {
    let Collaborator { project, workspace, role, .. } = collaborator;
    ShownCollaborator {
        api_version: API_VERSION,
        kind: "WorkspaceCollaborator",
        metadata: WhereAndWho { name: &user.username, project, workspace },
        spec: CollaboratorSpec {
            email: &user.username,
            first_name: &user.first_name,
            last_name: &user.last_name,
            role,
            user_type: user.user_type,
        },
        status: condition("CollaboratorAssigned", "StatusOK"),
    }
}
