//! The publish of environments, and the kubeconfig of a user (contract 7.1, 8.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Serialize;

use crate::errors::{invalid, not_found};
use crate::kinds::Form;
use crate::lifecycle::Class;
use crate::place::target;
use crate::transitions::Refusal;
use crate::upsert::refused;
use crate::world::{Call, World};
use plumb_sandbox::http::Response;

/// A kubeconfig, as base64.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Kubeconfig {
    data: String,
}

/// What a kubeconfig is asked for by.
const SELECTOR: &str = "rafay.dev/clusterName=";

/// Deploys an environment that deploys by itself anyway.
pub(crate) fn publish(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    if object.class() == Some(Class::Deleting) {
        return Err(refused(Refusal::Deleting, &key));
    }
    Ok(Response::empty(200))
}

/// Answers the kubeconfig of the caller for one cluster, as base64 (contract 7.1).
pub(crate) fn kubeconfig(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let selector = call.query("opts.selector").unwrap_or_default();
    let Some(name) = selector.strip_prefix(SELECTOR) else {
        return Err(invalid(&format!("opts.selector must be {SELECTOR} and a name")));
    };
    let found = world.rafay.objects.all().any(|object| {
        object.key.kind.form == Form::Cluster
            && object.key.name == name
            && call.caller.covers(&object.key.project)
    });
    if !found {
        return Err(not_found(&world.config.knobs, &format!("cluster {name}")));
    }
    let data = STANDARD.encode(&world.config.secrets.kubeconfig);
    Ok(Response::json(200, &Kubeconfig { data }))
}
