//! The organization of a key: its name and where bills are announced (contract 2.8).

use serde_json::{Value, json};

use super::input::Input;
use super::reads;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::http::Response;
use plumb_sandbox::ids;

/// GET it.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    reads::alive(world.config.knobs.optional_calls)?;
    Ok(Response::json(200, &shown(world, &call.caller)))
}

/// PATCH its name and its addresses; what is absent or null stays (V-46).
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    reads::alive(world.config.knobs.optional_calls)?;
    let mut input = Input::of(call);
    let (mut name, mut emails) = (None, None);
    input.body(|fields| {
        name = fields.optional_text("name");
        emails = fields.optional_texts("billing_notification_target_emails");
    });
    input.checked(world)?;
    let kept = world.state.organizations.entry(call.caller.clone()).or_default();
    kept.name = name.or_else(|| kept.name.take());
    kept.emails = emails.unwrap_or_else(|| std::mem::take(&mut kept.emails));
    let object = format!("{}organization/{}", super::record::PREFIX, call.caller);
    world.record(EffectKind::Updated, &object, Value::Null);
    Ok(Response::json(200, &shown(world, &call.caller)))
}

fn shown(world: &World, organization: &str) -> Value {
    let kept = world.state.organizations.get(organization).cloned().unwrap_or_default();
    json!({
        "id": ids::uuid_of(world.seed(), organization),
        "name": kept.name.unwrap_or_else(|| organization.to_owned()),
        "billing_notification_target_emails": kept.emails,
    })
}
