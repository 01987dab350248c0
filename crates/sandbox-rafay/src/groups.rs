//! `auth/v1` groups and the v3 list of roles (contract 5.3).

use serde_json::{Value, json};

use super::bodies::GroupBody;
use super::directory::{Group, Role};
use super::envelope::read;
use super::errors::{exists, invalid, not_found};
use super::paging::{self, Order};
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// Lists groups, in the shape of the list of projects.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let page = paging::page(call, &world.config.knobs, Order::Ascending)?;
    let like = |group: &&Group| call.query("q").is_none_or(|part| group.name.contains(part));
    let named = |group: &&Group| call.query("name").is_none_or(|name| group.name == name);
    let all = world.rafay.directory.groups.iter().filter(like).filter(named);
    let all: Vec<&Group> = all.collect();
    let total = all.len();
    let results: Vec<Value> = page.cut(all.into_iter()).into_iter().map(shown).collect();
    let body = json!({ "count": total, "next": null, "previous": null, "results": results });
    Ok(Response::json(200, &body))
}

/// Creates a group.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let body: GroupBody = read(call.request)?;
    if body.name.is_empty() {
        return Err(invalid("name is required"));
    }
    if world.rafay.directory.groups.iter().any(|group| group.name == body.name) {
        return Err(exists(&world.config.knobs, &format!("group {}", body.name)));
    }
    let group = add(world, "", &body.name, &body.description);
    world.record(EffectKind::Created, &object_name(&group), json!({ "id": group.id }));
    Ok(Response::json(201, &shown(&group)))
}

/// Reads a group by id.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    find(world, call).map(|group| Response::json(200, &shown(&group)))
}

/// Deletes a group; its members leave it.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let group = find(world, call)?;
    world.record(EffectKind::Deleted, &object_name(&group), json!({ "id": group.id }));
    remove(world, &group);
    Ok(Response::empty(204))
}

/// Lists the roles the v3 way.
pub(crate) fn list_roles(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let page = paging::page(call, &world.config.knobs, Order::Ascending)?;
    let roles = &world.rafay.directory.roles;
    let items: Vec<Value> = page.cut(roles.iter()).into_iter().map(role).collect();
    Ok(Response::json(200, &super::envelope::v3_list("Role", &items, roles.len(), page)))
}

/// Reads a role by its name, the v3 way.
pub(crate) fn get_role(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let name = call.parameter("name");
    let found = world.rafay.directory.roles.iter().find(|it| it.name == name);
    let found = found.ok_or_else(|| not_found(&world.config.knobs, &format!("role {name}")))?;
    Ok(Response::json(200, &role(found)))
}

/// Adds a group with an id that is free.
pub(crate) fn add(world: &mut World, id: &str, name: &str, description: &str) -> Group {
    let group = Group {
        id: world.rafay.directory.free_id(id, world.stage.random()),
        name: name.to_owned(),
        description: description.to_owned(),
    };
    world.rafay.directory.groups.push(group.clone());
    group
}

/// Removes a group.
pub(crate) fn remove(world: &mut World, group: &Group) {
    world.rafay.directory.groups.retain(|it| it.id != group.id);
    for user in &mut world.rafay.directory.users {
        user.groups.remove(&group.id);
    }
    world.record(EffectKind::Gone, &object_name(group), Value::Null);
}

fn object_name(group: &Group) -> String {
    format!("Group/{}", group.name)
}

fn find(world: &World, call: &Call<'_>) -> Result<Group, Response> {
    let id = call.parameter("id");
    let found = world.rafay.directory.group_by_id(id).cloned();
    found.ok_or_else(|| not_found(&world.config.knobs, &format!("group {id}")))
}

fn shown(group: &Group) -> Value {
    json!({
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "type": "SYSTEM",
    })
}

fn role(role: &Role) -> Value {
    json!({
        "apiVersion": super::envelope::V3_API_VERSION,
        "kind": "Role",
        "metadata": { "name": role.name, "id": role.id },
        "spec": { "scope": role.scope, "roleType": role.role_type, "permissions": [] },
    })
}
