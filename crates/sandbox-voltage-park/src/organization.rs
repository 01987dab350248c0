//! The organization of a key: its name and where bills are announced (contract 2.8).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::answers::Id;
use super::bodies::OrganizationChange;
use super::world::{Call, World};
use super::{input, reads};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;
use plumb_sandbox::ids;

/// An organization.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Organization {
    id: Id,
    name: String,
    billing_notification_target_emails: Vec<String>,
}

/// GET it.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    reads::alive(world.config.knobs.optional_calls)?;
    Ok(Response::json(200, &shown(world, &call.caller)))
}

/// PATCH its name and its addresses; what is absent or null stays (V-46).
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    reads::alive(world.config.knobs.optional_calls)?;
    let change: OrganizationChange = input::body(world, call)?;
    let kept = world.state.organizations.entry(call.caller.clone()).or_default();
    kept.name = change.name.or_else(|| kept.name.take());
    if let Some(emails) = change.billing_notification_target_emails {
        kept.emails = emails;
    }
    let object = format!("{}organization/{}", super::record::PREFIX, call.caller);
    world.record(EffectKind::Updated, &object, Value::Null);
    Ok(Response::json(200, &shown(world, &call.caller)))
}

fn shown(world: &World, organization: &str) -> Organization {
    let kept = world.state.organizations.get(organization).cloned().unwrap_or_default();
    Organization {
        id: Id(ids::uuid_of(world.seed(), organization)),
        name: kept.name.unwrap_or_else(|| organization.to_owned()),
        billing_notification_target_emails: kept.emails,
    }
}
