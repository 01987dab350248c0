//! GET of objects whose kinds are rows: lists, single objects, and what stands beside them.

use serde_json::{Value, json};

use super::key::HubKey;
use super::moves;
use super::place::{HubPlace, absent, target};
use super::render::{self, renderer};
use super::store::HubObject;
use crate::envelope::YAML;
use crate::paging::{self, Order};
use crate::render::View;
use crate::world::{Call, World};
use plumb_sandbox::http::Response;

/// Lists the objects of a project, of a workspace, or of the organization.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = HubPlace::of(world, call)?;
    let page = paging::page(call, &world.config.knobs, Order::Descending)?;
    let within = |it: &&HubObject| it.key.workspace == place.workspace;
    let all = world.rafay.hub.list(place.kind, &place.project).filter(within);
    let all: Vec<&HubObject> = all.collect();
    let total = all.len();
    let renderer = renderer(world);
    let shown = page.cut(all.into_iter()).into_iter();
    let items = shown.map(|object| renderer.object(object, View::Item)).collect();
    let named = (place.kind.api.version, place.kind.kind);
    Ok(Response::json(200, &render::list(&world.config.knobs, named, items, total, page)))
}

/// Reads an object.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = found(world, call)?;
    let body = renderer(world).object(object, View::Single);
    moves::count_poll(world, &key);
    Ok(Response::json(200, &body))
}

/// Reads the status of an object.
pub(crate) fn status(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = found(world, call)?;
    let body = renderer(world).status(object);
    moves::count_poll(world, &key);
    Ok(Response::json(200, &body))
}

/// Lists the versions of an object, newest first.
pub(crate) fn versions(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (_, object) = found(world, call)?;
    Ok(Response::json(200, &renderer(world).versions(object)))
}

/// Lists the artifacts of an object: the one its spec names, where it does.
pub(crate) fn artifacts(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (_, object) = found(world, call)?;
    let named: Vec<&Value> = object.spec.get("artifact").into_iter().collect();
    Ok(Response::json(200, &json!({ "items": named })))
}

/// The object a path names, and one that was deleted where reads still show it.
fn found<'a>(world: &'a World, call: &Call<'_>) -> Result<(HubKey, &'a HubObject), Response> {
    let key = HubPlace::of(world, call)?.key(call.parameter("name"));
    match world.rafay.hub.get(&key) {
        Some(object) => Ok((key, object)),
        None => Err(absent(world, &key)),
    }
}

/// Reads a configuration for `kubectl`, or what registers a cluster: both are secret (contract 3.8).
pub(crate) fn access(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    target(world, call)?;
    let text = world.config.secrets.kubeconfig.clone();
    Ok(Response {
        headers: vec![("content-type".to_owned(), YAML.to_owned())],
        body: text.into_bytes(),
        ..Response::empty(200)
    })
}
