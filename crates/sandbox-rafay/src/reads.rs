//! Lists and single reads of objects.

use super::answers::List;
use super::catalog::SYSTEM_CATALOG;
use super::errors::invalid;
use super::key::ObjectKey;
use super::knobs::SharedProfiles;
use super::objects::{Object, Within};
use super::paging::{self, Order};
use super::place::{Place, absent};
use super::render::{View, renderer};
use super::table::COMPUTE_INSTANCE;
use super::transitions::count_poll;
use super::world::{Call, World};
use super::{changes, edits};
use plumb_sandbox::http::Response;

/// Lists the objects of a kind in their place, newest first unless asked otherwise.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let page = paging::page(call, &world.config.knobs, Order::Descending)?;
    if call.query("orderBy").is_some_and(|field| field != "createdAt") {
        return Err(invalid("orderBy must be createdAt"));
    }
    let objects = &world.rafay.objects;
    let within = match &place.workspace {
        None if is_wide(&place) => Within::Everywhere,
        workspace => Within::Workspace(workspace.clone()),
    };
    let order = objects.order(place.kind, &place.project, within);
    let (total, selected): (usize, Vec<&Object>) = match compute_type(&place, call) {
        None => (order.len(), objects.of(page.cut(order.iter())).collect()),
        Some(wanted) => {
            let all = objects.of(order).filter(|object| object.compute_type() == wanted);
            let all: Vec<&Object> = all.collect();
            (all.len(), page.cut(all.into_iter()))
        }
    };
    let keys: Vec<ObjectKey> = selected.iter().map(|object| object.key.clone()).collect();
    let renderer = renderer(world);
    let items = selected.into_iter().map(|object| renderer.object(object, View::Item)).collect();
    let named = (place.kind.api.version, place.kind.name);
    let body = List::new(&world.config.knobs, named, items, total, page);
    let response = Response::json(200, &body);
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
    Ok(response)
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
    let named = (place.kind.api.version, place.kind.name);
    Ok(Response::json(200, &List::new(&world.config.knobs, named, items, total, page)))
}

/// Reads an object; a wrong `computeType` answers 404.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let key = place.key(call.parameter("name"));
    let found = world.rafay.objects.get(&key).filter(|object| is_wanted(object, &place, call));
    let Some(object) = found else { return Err(absent(world, &key)) };
    let response = Response::json(200, &renderer(world).object(object, View::Single));
    count_poll(world, &key);
    Ok(response)
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

/// Whether a read here shows an object.
fn is_wanted(object: &Object, place: &Place, call: &Call<'_>) -> bool {
    let within = is_wide(place) || object.key.workspace == place.workspace;
    within && compute_type(place, call).is_none_or(|wanted| object.compute_type() == wanted)
}

/// Whether a place is a project with its workspaces: what is made from a profile stands in the lists of its
/// whole project as well.
fn is_wide(place: &Place) -> bool {
    place.kind.is_written_out() && place.workspace.is_none()
}

/// The type of compute that alone is asked for.
fn compute_type<'c>(place: &Place, call: &'c Call<'_>) -> Option<&'c str> {
    call.query("computeType").filter(|_| *place.kind == COMPUTE_INSTANCE)
}
