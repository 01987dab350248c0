//! The inventory of bare-metal machines, whose GETs act (contract 8.2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answers::Nothing;
use crate::envelope::read;
use crate::errors::invalid;
use crate::lifecycle::{Class, Power};
use crate::place::target;
use crate::transitions::{self, Refusal};
use crate::upsert::refused;
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

/// How a machine is.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MachineStatus {
    data: MachineData,
}

/// What is said of it.
#[derive(Debug, Serialize, JsonSchema)]
struct MachineData {
    fields: MachineFields,
}

/// Whether it runs, and whether something is done to it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct MachineFields {
    power_state: &'static str,
    busy: bool,
}

/// A console that was opened.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OpenedConsole {
    session_id: String,
    agent_session_id: String,
    console_url: String,
}

/// Says how a machine is.
pub(crate) fn status(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (_, object) = target(world, call)?;
    let power_state = match object.lifecycle.as_ref().map(|life| life.power) {
        Some(Power::On) => "on",
        _ => "off",
    };
    let busy = object.class() == Some(Class::Busy);
    let data = MachineData { fields: MachineFields { power_state, busy } };
    Ok(Response::json(200, &MachineStatus { data }))
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
    let session_id = world.stage.random().uuid_v4();
    let agent_session_id = world.stage.random().uuid_v4();
    world.stage.touch();
    let origin = &world.config.link_origin;
    let console_url = format!("{origin}/console/{}?session={session_id}", key.name);
    Ok(Response::json(200, &OpenedConsole { session_id, agent_session_id, console_url }))
}

fn begin(world: &mut World, call: &Call<'_>, verb: &str) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    if object.class() == Some(Class::Busy) {
        return Err(refused(Refusal::Busy, &key));
    }
    transitions::start(world, &key, verb);
    Ok(Response::json(200, &Nothing {}))
}
