//! Lists and single reads of platform objects.

use super::render::{View, renderer};
use serde_json::{Value, json};

use super::catalog::SYSTEM_CATALOG;
use super::errors::invalid;
use super::kinds::{API_VERSION, Kind, ObjectKey};
use super::knobs::{CountMode, SharedProfiles};
use super::objects::Object;
use super::paging::{self, Order, Page};
use super::place::{Place, absent};
use super::world::{Call, World};
use super::{changes, edits};
use plumb_sandbox::http::Response;

/// Lists workspaces, services or instances, newest first unless asked otherwise.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let page = paging::page(call, &world.config.knobs, Order::Descending)?;
    if call.query("orderBy").is_some_and(|field| field != "createdAt") {
        return Err(invalid("orderBy must be createdAt"));
    }
    let all = world.rafay.objects.list(place.kind, &place.project);
    let wanted: Vec<&Object> = all.filter(|object| is_wanted(object, &place, call)).collect();
    let total = wanted.len();
    let selected = page.cut(wanted.into_iter());
    let keys: Vec<ObjectKey> = selected.iter().map(|object| object.key.clone()).collect();
    let renderer = renderer(world);
    let items = selected.into_iter().map(|object| renderer.object(object, View::Item)).collect();
    let body = envelope(world, place.kind, items, total, page);
    for key in &keys {
        count_poll(world, key);
    }
    if let Some(first) = keys.first()
        && page.offset == 0
        && total > keys.len()
        && world.config.knobs.insert_between_pages
    {
        edits::insert_like(world, first);
    }
    Ok(Response::json(200, &body))
}

/// Lists profiles: the project's own and the shared ones (contract 3.6).
pub(crate) fn list_profiles(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let page = paging::page(call, &world.config.knobs, Order::Descending)?;
    let own = world.rafay.objects.list(place.kind, &place.project);
    let listed = world.config.knobs.shared_profiles == SharedProfiles::Listed;
    let in_catalog = place.project == SYSTEM_CATALOG;
    let also_shared = (listed && !in_catalog) || (in_catalog && world.catalog.is_some());
    let shared = world.shared().list(place.kind, SYSTEM_CATALOG).filter(|_| also_shared);
    let shared = shared.filter(|object| world.sees(object));
    let hidden = &world.config.knobs.profile_hidden;
    let visible = |object: &&Object| !hidden.contains(&object.key.name);
    let all: Vec<&Object> = shared.chain(own).filter(visible).collect();
    let renderer = renderer(world);
    let total = all.len();
    let shown = page.cut(all.into_iter()).into_iter();
    let items = shown.map(|object| renderer.object(object, View::Item)).collect();
    Ok(Response::json(200, &envelope(world, place.kind, items, total, page)))
}

/// Reads a workspace, service or instance; a wrong `computeType` answers 404.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let key = place.key(call.parameter("name"));
    let found = world.rafay.objects.get(&key).filter(|object| is_wanted(object, &place, call));
    let Some(object) = found else { return Err(absent(world, &key)) };
    let body = renderer(world).object(object, View::Single);
    count_poll(world, &key);
    Ok(Response::json(200, &body))
}

/// Reads a profile of the project, or with `systemCatalog=true` a shared one.
pub(crate) fn get_profile(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let by_name = world.config.knobs.shared_profiles != SharedProfiles::Catalog;
    let shared = paging::switch(call, "systemCatalog")?.unwrap_or(false) && by_name;
    let name = call.parameter("name");
    let project = if shared { SYSTEM_CATALOG } else { &place.project };
    let key = ObjectKey::in_project(place.kind, project, name);
    match changes::profile(world, &key) {
        Some(object) => Ok(Response::json(200, &renderer(world).object(object, View::Single))),
        None => Err(absent(world, &key)),
    }
}

fn is_wanted(object: &Object, place: &Place, call: &Call<'_>) -> bool {
    let within = place.workspace.is_none() || object.key.workspace == place.workspace;
    let kind = call.query("computeType").filter(|_| place.kind == Kind::ComputeInstance);
    within && kind.is_none_or(|wanted| object.compute_type() == wanted)
}

fn envelope(world: &World, kind: Kind, items: Vec<Value>, total: usize, page: Page) -> Value {
    let count = match world.config.knobs.count_mode {
        CountMode::Total => total,
        CountMode::Page => items.len(),
    };
    let mut metadata = json!({ "count": count, "limit": page.limit });
    if page.offset > 0 {
        metadata["offset"] = json!(page.offset);
    }
    let mut envelope = json!({
        "apiVersion": API_VERSION,
        "kind": format!("{}List", kind.as_str()),
        "metadata": metadata,
    });
    // Moved in, not copied: a page holds most of an answer's bytes.
    envelope["items"] = Value::Array(items);
    envelope
}

/// One read less that shows a stale status.
fn count_poll(world: &mut World, key: &ObjectKey) {
    let Some(object) = world.rafay.objects.get_mut(key) else { return };
    let Some(life) = &mut object.lifecycle else { return };
    let Some(stale) = &mut life.stale else { return };
    stale.polls = stale.polls.saturating_sub(1);
    if stale.polls == 0 {
        life.stale = None;
    }
    world.touch();
}
