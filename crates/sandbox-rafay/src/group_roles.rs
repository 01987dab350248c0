//! Roles that groups give to their members (contract 5.3, R-93).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::access_bodies::{GroupAssignBody, GroupUnassignBody};
use super::bodies::{ProjectReference, RoleScope, RoleType};
use super::directory::{Directory, Group, Role};
use super::envelope::read;
use super::errors::invalid;
use super::grants::{Given, Grant};
use super::groups::{find, object_name};
use super::hub::table;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// Lists what a group gives: one entry for each project, and one for the organization.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let group = find(world, call)?;
    let directory = &world.rafay.directory;
    let places: BTreeSet<&Option<String>> = group.grants.iter().map(|it| &it.project).collect();
    let shown = places.into_iter().map(|place| shown(directory, &group, place.as_deref()));
    Ok(Response::json(200, &Value::Array(shown.collect())))
}

/// Gives a group roles; a role with other namespaces replaces them.
pub(crate) fn assign(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let group = find(world, call)?;
    let body: GroupAssignBody = read(call.request)?;
    if body.roles.is_empty() {
        return Err(invalid("roles must not be empty"));
    }
    let project = project(world, body.project.as_ref())?;
    let place = if project.is_some() { RoleScope::Project } else { RoleScope::Organization };
    let mut grants = Vec::new();
    for reference in body.roles {
        let found = world.rafay.directory.role_by_id(&reference.id);
        let Some(role) = found.filter(|role| role.name == reference.name) else {
            return Err(invalid(&format!("role {} was not found", reference.name)));
        };
        if role.scope != place {
            return Err(invalid(&format!("role {} is given elsewhere", reference.name)));
        }
        let namespaces: BTreeSet<String> = reference.namespace_id_list.into_iter().collect();
        if let Some(unknown) = namespaces.iter().find(|id| !is_namespace(world, id)) {
            return Err(invalid(&format!("namespace {unknown} was not found")));
        }
        let grant = Grant { project: project.clone(), role: role.id.clone(), namespaces };
        if group.grants.iter().any(|held| *held == grant) {
            return Err(invalid(&format!("role {} is already assigned", role.name)));
        }
        grants.push((role.name.clone(), grant));
    }
    for (role, grant) in grants {
        let found = world.rafay.directory.group_by_id_mut(&group.id);
        if found.is_some_and(|it| it.grants.give(grant) != Given::Held) {
            let detail = json!({ "project": name_of(body.project.as_ref()), "role": role });
            world.record(EffectKind::RoleAssigned, &object_name(&group), detail);
        }
    }
    Ok(Response::json(200, &Value::Object(Map::new())))
}

/// Takes roles from a group; what is not there is no error.
pub(crate) fn unassign(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let group = find(world, call)?;
    let body: GroupUnassignBody = read(call.request)?;
    let project = body.project.as_ref().map(|it| it.id.clone());
    for nested in body.roles {
        let id = nested.role.id;
        let found = world.rafay.directory.group_by_id_mut(&group.id);
        if found.is_some_and(|it| it.grants.take(project.as_deref(), &id)) {
            let role = world.rafay.directory.role_by_id(&id).map(|role| role.name.clone());
            let detail = json!({ "project": name_of(body.project.as_ref()), "role": role });
            world.record(EffectKind::RoleUnassigned, &object_name(&group), detail);
        }
    }
    Ok(Response::json(200, &Value::Object(Map::new())))
}

/// The id of the project a body names.
fn project(world: &World, said: Option<&ProjectReference>) -> Result<Option<String>, Response> {
    let Some(said) = said else { return Ok(None) };
    match world.rafay.directory.project_by_id(&said.id) {
        Some(project) if project.name == said.name => Ok(Some(project.id.clone())),
        _ => Err(invalid(&format!("project {} was not found", said.name))),
    }
}

fn name_of(project: Option<&ProjectReference>) -> Option<&str> {
    project.map(|it| it.name.as_str())
}

fn is_namespace(world: &World, id: &str) -> bool {
    let kind = table::of_name("Namespace");
    world.rafay.hub.all().any(|it| Some(it.key.kind) == kind && it.id == id)
}

/// One entry: a custom role stands among the roles with its base as well.
fn shown(directory: &Directory, group: &Group, project: Option<&str>) -> Value {
    let (mut roles, mut custom) = (Vec::new(), Vec::new());
    for grant in group.grants.iter().filter(|it| it.project.as_deref() == project) {
        let Some(role) = directory.role_by_id(&grant.role) else { continue };
        roles.extend(entries(base_name(role), &grant.namespaces));
        if role.role_type == RoleType::Custom {
            custom.push(json!({
                "customRole": { "name": role.name, "baseRoleName": base_name(role) },
                "namespaces": grant.namespaces,
            }));
        }
    }
    let project = project.and_then(|id| directory.project_by_id(id));
    json!({
        "project": project.map(|it| json!({ "id": it.id, "name": it.name })),
        "roles": roles,
        "customRoles": custom,
    })
}

fn base_name(role: &Role) -> &str {
    role.base.as_deref().unwrap_or(&role.name)
}

/// One entry for each namespace, one where there is none.
fn entries(role: &str, namespaces: &BTreeSet<String>) -> Vec<Value> {
    let entry =
        |namespace: Option<&String>| json!({ "role": { "name": role }, "namespace_id": namespace });
    if namespaces.is_empty() {
        return vec![entry(None)];
    }
    namespaces.iter().map(|id| entry(Some(id))).collect()
}
