//! Roles, those of the product and those of the organization, as v3 has them (contract 5.3, R-67,
//!

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::access_bodies::RoleSpec;
use super::answers::{List, Reference};
use super::bodies::{Envelope, RoleScope, RoleType};
use super::directory::Role;
use super::envelope::{V3_API_VERSION, check_kind, read};
use super::errors::{conflict, invalid, not_found};
use super::names;
use super::paging::{self, Order};
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// A role as it is shown.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShownRole<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Reference<'a>,
    spec: ShownRoleSpec<'a>,
}

/// What a role is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ShownRoleSpec<'a> {
    scope: RoleScope,
    role_type: RoleType,
    permissions: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    base_role_name: Option<&'a str>,
}

/// Lists the roles.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let page = paging::page(call, &world.config.knobs, Order::Ascending)?;
    let roles = &world.rafay.directory.roles;
    let items = page.cut(roles.iter()).into_iter().map(shown).collect();
    let named = (V3_API_VERSION, "Role");
    Ok(Response::json(200, &List::new(&world.config.knobs, named, items, roles.len(), page)))
}

/// Reads a role by its name.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    find(world, call).map(|role| Response::json(200, &shown(&role)))
}

/// Creates or replaces a role of the organization.
pub(crate) fn upsert(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let body: Envelope<RoleSpec> = read(call.request)?;
    check_kind((&body.api_version, &body.kind), (V3_API_VERSION, "Role"))?;
    let name = body.metadata.name;
    if name.is_empty() || !names::is_label_value(&name) {
        return Err(invalid("metadata.name must be letters, digits, dashes and dots"));
    }
    let wanted = wanted(world, &name, body.spec.unwrap_or_default())?;
    let roles = &mut world.rafay.directory.roles;
    let (role, kind, detail) = match roles.iter_mut().find(|it| it.name == name) {
        Some(role) if role.role_type == RoleType::Base => {
            return Err(invalid(&format!("role {name} is the product's and cannot be changed")));
        }
        Some(role) => {
            let wanted = Role { id: role.id.clone(), ..wanted };
            let changed = *role != wanted;
            *role = wanted;
            (role.clone(), EffectKind::Updated, json!({ "changed": changed }))
        }
        None => {
            let id = world.rafay.directory.free_id("", world.stage.random());
            let role = Role { id, ..wanted };
            world.rafay.directory.roles.push(role.clone());
            let detail = json!({ "id": role.id });
            (role, EffectKind::Created, detail)
        }
    };
    world.record(kind, &object_name(&name), detail);
    Ok(Response::json(200, &shown(&role)))
}

/// Deletes a role of the organization that nobody holds.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let role = find(world, call)?;
    if role.role_type == RoleType::Base {
        return Err(invalid(&format!("role {} is the product's", role.name)));
    }
    let directory = &world.rafay.directory;
    let users = directory.users.iter().map(|user| &user.grants);
    let mut all = users.chain(directory.groups.iter().map(|group| &group.grants));
    if all.any(|grants| grants.holds(&role.id)) {
        return Err(conflict(&format!("role {} is assigned", role.name)));
    }
    let name = object_name(&role.name);
    world.record(EffectKind::Deleted, &name, json!({ "id": role.id }));
    world.rafay.directory.roles.retain(|it| it.id != role.id);
    world.record(EffectKind::Gone, &name, Value::Null);
    Ok(Response::empty(200))
}

/// The key of a role in the effect ledger.
fn object_name(name: &str) -> String {
    format!("Role/{name}")
}

/// The role a body describes; it has the scope of the role it rests on.
fn wanted(world: &World, name: &str, spec: RoleSpec) -> Result<Role, Response> {
    let base = match &spec.base_role_name {
        None => None,
        Some(base) => match world.rafay.directory.role(base) {
            Some(role) if role.role_type == RoleType::Base => Some(role),
            _ => return Err(invalid(&format!("spec.baseRoleName {base} was not found"))),
        },
    };
    let scope = base.map(|role| role.scope).or(spec.scope).unwrap_or(RoleScope::Project);
    Ok(Role {
        id: String::new(),
        name: name.to_owned(),
        scope,
        role_type: RoleType::Custom,
        permissions: spec.permissions,
        base: spec.base_role_name,
    })
}

fn find(world: &World, call: &Call<'_>) -> Result<Role, Response> {
    let name = call.parameter("name");
    let found = world.rafay.directory.role(name).cloned();
    found.ok_or_else(|| not_found(&world.config.knobs, &format!("role {name}")))
}

fn shown(role: &Role) -> ShownRole<'_> {
    ShownRole {
        api_version: V3_API_VERSION,
        kind: "Role",
        metadata: Reference { id: (&role.id).into(), name: &role.name },
        spec: ShownRoleSpec {
            scope: role.scope,
            role_type: role.role_type,
            permissions: &role.permissions,
            base_role_name: role.base.as_deref(),
        },
    }
}
