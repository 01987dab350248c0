//! What stands beside declared objects: their status, versions, artifacts and files.

use serde_json::Value;

use crate::answers::Items;
use crate::envelope::YAML;
use crate::place::{shown, target};
use crate::render::renderer;
use crate::transitions::count_poll;
use crate::world::{Call, World};
use plumb_sandbox::http::Response;

/// Reads the status of an object.
pub(crate) fn status(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = shown(world, call)?;
    let response = Response::json(200, &renderer(world).status(object));
    count_poll(world, &key);
    Ok(response)
}

/// Lists the versions of an object, newest first.
pub(crate) fn versions(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (_, object) = shown(world, call)?;
    Ok(Response::json(200, &renderer(world).versions(object)))
}

/// Lists the artifacts of an object: the one its spec names, where it does.
pub(crate) fn artifacts(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (_, object) = shown(world, call)?;
    let items = object.spec.get("artifact").into_iter().collect();
    Ok(Response::json(200, &Items::<&Value> { items }))
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
