//! `auth/v1` groups (contract 5.3).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::answers::{Id, ResultPage};
use super::bodies::{GroupBody, SystemType};
use super::directory::Group;
use super::envelope::read;
use super::errors::{exists, invalid, not_found};
use super::grants::Grants;
use super::paging::{self, Order};
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;

/// A group as it is shown.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ShownGroup<'a> {
    id: Id<'a>,
    name: &'a str,
    description: &'a str,
    #[serde(rename = "type")]
    kind: SystemType,
}

/// Lists groups, in the shape of the list of projects.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let page = paging::page(call, &world.config.knobs, Order::Ascending)?;
    let like = |group: &&Group| call.query("q").is_none_or(|part| group.name.contains(part));
    let named = |group: &&Group| call.query("name").is_none_or(|name| group.name == name);
    let all = world.rafay.directory.groups.iter().filter(like).filter(named);
    let all: Vec<&Group> = all.collect();
    let total = all.len();
    let results = page.cut(all.into_iter()).into_iter().map(shown).collect();
    Ok(Response::json(200, &ResultPage::new(total, results)))
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

/// Changes a group; its members and roles stay.
pub(crate) fn put(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let before = find(world, call)?;
    let body: GroupBody = read(call.request)?;
    if body.name.is_empty() {
        return Err(invalid("name is required"));
    }
    let mut others = world.rafay.directory.groups.iter().filter(|it| it.id != before.id);
    if others.any(|group| group.name == body.name) {
        return Err(exists(&world.config.knobs, &format!("group {}", body.name)));
    }
    let changed = before.name != body.name || before.description != body.description;
    let Some(group) = world.rafay.directory.group_by_id_mut(&before.id) else {
        return Err(not_found(&world.config.knobs, &format!("group {}", before.id)));
    };
    (group.name, group.description) = (body.name, body.description);
    let group = group.clone();
    let detail = json!({ "id": group.id, "changed": changed });
    world.record(EffectKind::Updated, &object_name(&group), detail);
    Ok(Response::json(200, &shown(&group)))
}

/// Adds a group with an id that is free.
pub(crate) fn add(world: &mut World, id: &str, name: &str, description: &str) -> Group {
    let group = Group {
        id: world.rafay.directory.free_id(id, world.stage.random()),
        name: name.to_owned(),
        description: description.to_owned(),
        grants: Grants::default(),
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

/// The key of a group in the effect ledger.
pub(crate) fn object_name(group: &Group) -> String {
    format!("Group/{}", group.name)
}

/// The group in the path.
pub(crate) fn find(world: &World, call: &Call<'_>) -> Result<Group, Response> {
    let id = call.parameter("id");
    let found = world.rafay.directory.group_by_id(id).cloned();
    found.ok_or_else(|| not_found(&world.config.knobs, &format!("group {id}")))
}

fn shown(group: &Group) -> ShownGroup<'_> {
    let Group { id, name, description, grants: _ } = group;
    ShownGroup { id: id.into(), name, description, kind: SystemType::System }
}
