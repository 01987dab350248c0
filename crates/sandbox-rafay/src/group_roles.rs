//! Roles that groups give to their members (contract 5.3, R-93).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::answers::{Nothing, Reference};
use super::bodies::{GroupAssignBody, GroupUnassignBody, ProjectReference, RoleScope, RoleType};
use super::directory::{Directory, Group};
use super::envelope::read;
use super::errors::invalid;
use super::grants::{Given, Grant};
use super::groups::{find, object_name};
use super::table;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// What a group gives in one place; a custom role stands among the roles with its base as well.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupRoles<'a> {
    project: Option<Reference<'a>>,
    roles: Vec<GivenRole<'a>>,
    custom_roles: Vec<GivenCustomRole<'a>>,
}

/// A role, in one namespace or in all.
#[derive(Debug, Serialize, JsonSchema)]
struct GivenRole<'a> {
    role: RoleName<'a>,
    namespace_id: Option<&'a str>,
}

/// A role by its name.
#[derive(Debug, Serialize, JsonSchema)]
struct RoleName<'a> {
    name: &'a str,
}

/// A custom role, with its namespaces.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct GivenCustomRole<'a> {
    custom_role: CustomRoleName<'a>,
    namespaces: &'a BTreeSet<String>,
}

/// A custom role by its name, and what it rests on.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct CustomRoleName<'a> {
    name: &'a str,
    base_role_name: &'a str,
}

/// Lists what a group gives: one entry for each project, and one for the organization.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let group = find(world, call)?;
    let directory = &world.rafay.directory;
    let places: BTreeSet<&Option<String>> = group.grants.iter().map(|it| &it.project).collect();
    let shown = places.into_iter().map(|place| shown(directory, &group, place.as_deref()));
    Ok(Response::json(200, &shown.collect::<Vec<_>>()))
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
    Ok(Response::json(200, &Nothing {}))
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
    Ok(Response::json(200, &Nothing {}))
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
    world.rafay.objects.all().any(|it| Some(it.key.kind) == kind && it.id == id)
}

fn shown<'a>(directory: &'a Directory, group: &'a Group, project: Option<&str>) -> GroupRoles<'a> {
    let (mut roles, mut custom_roles) = (Vec::new(), Vec::new());
    for grant in group.grants.iter().filter(|it| it.project.as_deref() == project) {
        let Some(role) = directory.role_by_id(&grant.role) else { continue };
        let (name, base) = (&role.name, role.base.as_deref().unwrap_or(&role.name));
        let entry = |namespace_id| GivenRole { role: RoleName { name: base }, namespace_id };
        // One entry for each namespace, one where there is none.
        roles.extend(grant.namespaces.iter().map(|id| entry(Some(id.as_str()))));
        if grant.namespaces.is_empty() {
            roles.push(entry(None));
        }
        if role.role_type == RoleType::Custom {
            let custom_role = CustomRoleName { name, base_role_name: base };
            custom_roles.push(GivenCustomRole { custom_role, namespaces: &grant.namespaces });
        }
    }
    let project = project.and_then(|id| directory.project_by_id(id));
    let project = project.map(|it| Reference { id: (&it.id).into(), name: &it.name });
    GroupRoles { project, roles, custom_roles }
}
