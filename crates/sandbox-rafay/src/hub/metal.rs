//! The inventory of bare-metal machines, whose GETs act (contract 8.2).

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::moves;
use super::place::target;
use crate::envelope::read;
use crate::errors::{conflict, invalid};
use crate::lifecycle::{Class, Power};
use crate::world::{Call, World};
use plumb_sandbox::http::Response;

/// The body of `reinstallOS`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reinstall {
    pub(crate) image: Image,
}

/// What is to be installed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Image {
    pub(crate) url: String,
    #[serde(rename = "checksum")]
    pub(crate) _checksum: Option<String>,
    #[serde(rename = "checksumType")]
    pub(crate) _checksum_type: Option<String>,
    #[serde(rename = "format")]
    pub(crate) _format: Option<String>,
}

/// The body of `consoleSessions`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct ConsoleSession {
    pub(crate) compute_id: String,
}

/// Says how a machine is.
pub(crate) fn status(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (_, object) = target(world, call)?;
    let life = object.life.as_ref();
    let power = match life.map(|life| life.power) {
        Some(Power::On) => "on",
        _ => "off",
    };
    let busy = life.is_some_and(|life| life.status.class() == Class::Busy);
    let fields = json!({ "powerState": power, "busy": busy });
    Ok(Response::json(200, &json!({ "data": { "fields": fields } })))
}

/// Acts on a machine, though it is asked with a GET.
pub(crate) fn act(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let verb = call.operation.path.rsplit('/').next().unwrap_or_default();
    begin(world, call, verb)
}

/// Installs a system anew.
pub(crate) fn reinstall(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let body: Reinstall = read(call.request)?;
    if body.image.url.is_empty() {
        return Err(invalid("image.url is required"));
    }
    begin(world, call, "reinstallOS")
}

/// Opens a console, of which the addresses are secret.
pub(crate) fn console(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, _) = target(world, call)?;
    let body: ConsoleSession = read(call.request)?;
    if body.compute_id.is_empty() {
        return Err(invalid("compute_id is required"));
    }
    let session = world.stage.random().uuid_v4();
    let agent = world.stage.random().uuid_v4();
    world.stage.touch();
    let origin = &world.config.link_origin;
    let url = format!("{origin}/console/{}?session={session}", key.name);
    let body = json!({ "session_id": session, "agent_session_id": agent, "console_url": url });
    Ok(Response::json(200, &body))
}

fn begin(world: &mut World, call: &Call<'_>, verb: &str) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    if object.class() == Some(Class::Busy) {
        return Err(conflict(&format!("{key} has an operation in progress")));
    }
    moves::act(world, &key, verb);
    Ok(Response::json(200, &Value::Object(serde_json::Map::new())))
}
