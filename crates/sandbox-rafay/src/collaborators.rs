//! Who works in a workspace (contract 3.3, R-24, R-96).

use serde_json::{Map, Value, json};

use super::access_bodies::{AddCollaboratorsBody, DeleteCollaboratorsBody, Invitation, InviteBody};
use super::bodies::UserType;
use super::directory::{Collaborator, User};
use super::envelope::read;
use super::errors::invalid;
use super::hub::render;
use super::kinds::API_VERSION;
use super::paging::{self, Order};
use super::place::Place;
use super::users;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// The roles of collaborators.
const ROLES: [&str; 2] = ["PAAS_WORKSPACE_COLLABORATOR", "PAAS_WORKSPACE_COLLABORATOR_READ_ONLY"];

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
    Ok(Response::json(200, &render::list(&world.config.knobs, named, items, total, page)))
}

/// Lets somebody work here, who becomes a user when there is none of the name.
pub(crate) fn invite(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let body: InviteBody = read(call.request)?;
    check_kind(&body.api_version, &body.kind, "WorkspaceCollaborator")?;
    let spec = body.spec;
    check_role(&spec.role)?;
    if !spec.email.contains('@') {
        return Err(invalid("spec.email must be an e-mail address"));
    }
    let known = world.rafay.directory.user(&spec.email).cloned();
    let user = known.unwrap_or_else(|| make(world, &spec));
    add(world, &place, &user, &spec.role);
    Ok(Response::json(200, &Value::Object(Map::new())))
}

/// Lets users work here; one who does already keeps the role.
pub(crate) fn assign(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let body: AddCollaboratorsBody = read(call.request)?;
    check_kind(&body.api_version, &body.kind, "WorkspaceAddCollaborators")?;
    check_role(&body.spec.role)?;
    let users = known(world, &body.spec.usernames)?;
    for user in &users {
        add(world, &place, user, &body.spec.role);
    }
    Ok(Response::json(200, &Value::Object(Map::new())))
}

/// Lets users work here no more; one who does not is no error.
pub(crate) fn unassign(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let body: DeleteCollaboratorsBody = read(call.request)?;
    check_kind(&body.api_version, &body.kind, "WorkspaceDeleteCollaborators")?;
    for user in known(world, &body.spec.usernames)? {
        let all = &mut world.rafay.directory.collaborators;
        let before = all.len();
        all.retain(|it| !is_here(it, &place) || it.user != user.id);
        if all.len() < before {
            let name = object_name(&place, &user);
            world.record(EffectKind::Deleted, &name, Value::Null);
            world.record(EffectKind::Gone, &name, Value::Null);
        }
    }
    Ok(Response::json(200, &Value::Object(Map::new())))
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

fn check_kind(version: &str, kind: &str, expected: &str) -> Result<(), Response> {
    if version == API_VERSION && kind == expected {
        return Ok(());
    }
    Err(invalid(&format!("apiVersion and kind must be {API_VERSION} and {expected}")))
}

fn check_role(role: &str) -> Result<(), Response> {
    if ROLES.contains(&role) {
        return Ok(());
    }
    Err(invalid(&format!("spec.role must be one of: {}", ROLES.join(", "))))
}

fn shown(collaborator: &Collaborator, user: &User) -> Value {
    json!({
        "apiVersion": API_VERSION,
        "kind": "WorkspaceCollaborator",
        "metadata": {
            "name": user.username,
            "project": collaborator.project,
            "workspace": collaborator.workspace,
        },
        "spec": {
            "email": user.username,
            "firstName": user.first_name,
            "lastName": user.last_name,
            "role": collaborator.role,
            "userType": user.user_type,
        },
        "status": { "conditionStatus": "StatusOK", "conditionType": "CollaboratorAssigned" },
    })
}
