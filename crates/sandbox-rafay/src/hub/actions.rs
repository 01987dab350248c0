//! Power actions of developers' machines, and the kubeconfig of a user (contract 7.1, 8.1).

use serde_json::json;

use super::key::HubKey;
use super::moves;
use super::place::target;
use super::store::HubObject;
use super::table;
use crate::bodies::ActionBody;
use crate::envelope::read;
use crate::errors::{conflict, invalid, not_found};
use crate::lifecycle::{Class, Power};
use crate::world::{Call, World};
use plumb_sandbox::http::Response;

/// What a kubeconfig is asked for by.
const SELECTOR: &str = "rafay.dev/clusterName=";

/// Starts a power action of a developer's machine.
pub(crate) fn act(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    let verb = call.parameter("verb");
    check_power(&key, object, verb)?;
    if !call.request.body.is_empty() {
        let _: ActionBody = read(call.request)?;
    }
    moves::act(world, &key, verb);
    let message = format!("{verb} initiated successfully");
    Ok(Response::json(200, &json!({ "status": "Success", "message": message })))
}

/// Deploys an environment that deploys by itself anyway.
pub(crate) fn publish(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    if object.class() == Some(Class::Deleting) {
        return Err(conflict(&format!("{key} is being deleted")));
    }
    Ok(Response::empty(200))
}

/// Answers the kubeconfig of the caller for one cluster, as base64 (contract 7.1).
pub(crate) fn kubeconfig(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let selector = call.query("opts.selector").unwrap_or_default();
    let Some(name) = selector.strip_prefix(SELECTOR) else {
        return Err(invalid(&format!("opts.selector must be {SELECTOR} and a name")));
    };
    let cluster = table::of_name("Cluster");
    let found = world.rafay.hub.all().any(|object| {
        Some(object.key.kind) == cluster
            && object.key.name == name
            && call.caller.covers(&object.key.project)
    });
    if !found {
        return Err(not_found(&world.config.knobs, &format!("cluster {name}")));
    }
    let data = base64(world.config.secrets.kubeconfig.as_bytes());
    Ok(Response::json(200, &json!({ "data": data })))
}

fn check_power(key: &HubKey, object: &HubObject, verb: &str) -> Result<(), Response> {
    if !["start", "stop", "reboot"].contains(&verb) {
        return Err(invalid(&format!("unsupported action \"{verb}\"")));
    }
    let power = object.life.as_ref().map(|life| life.power);
    let refusal = match (object.class(), verb, power) {
        (Some(Class::Busy), ..) => "has an operation in progress",
        (Some(Class::Deleting), ..) => "is being deleted",
        (Some(Class::Ready), "start", Some(Power::On)) => "is already powered on",
        (Some(Class::Ready), "start", _) | (Some(Class::Ready), _, Some(Power::On)) => {
            return Ok(());
        }
        (Some(Class::Ready), ..) => "is powered off",
        _ => "is not deployed",
    };
    Err(conflict(&format!("{key} {refusal}")))
}

/// The usual text form of bytes.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| {
        let index = usize::try_from(bits & 63).unwrap_or_default();
        LETTERS.get(index).copied().map_or('A', char::from)
    };
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or_default());
        let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        text.push(letter(bits >> 18));
        text.push(letter(bits >> 12));
        text.push(if chunk.len() > 1 { letter(bits >> 6) } else { '=' });
        text.push(if chunk.len() > 2 { letter(bits) } else { '=' });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn bytes_become_text() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
