//! Publish, action and delete of what is deployed, and the delete of workspaces.

use serde_json::{Value, json};

use super::bodies::ActionBody;
use super::envelope::read;
use super::errors::{conflict, invalid};
use super::kinds::{Kind, ObjectKey};
use super::knobs::Republish;
use super::objects::Object;
use super::place::target;
use super::transitions::Refusal;
use super::upsert::partial;
use super::variables::Variable;
use super::world::{Call, World};
use super::{changes, transitions};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::findings::FindingKind;
use plumb_sandbox::http::{Request, Response};

/// Deploys a service or an instance.
pub(crate) fn publish(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    let (before, merged) = (object.variables.clone(), changes::remerged(world, object));
    check_no_body(call.request)?;
    set_variables(world, &key, merged);
    let published = transitions::publish(world, &key);
    if published.is_err() {
        set_variables(world, &key, before);
    }
    match published {
        Ok(()) => {}
        Err(Refusal::Unchanged) => {
            world.notice(FindingKind::NeedlessRepublish, &key.to_string(), "");
            if world.config.knobs.republish == Republish::Conflict {
                return Err(conflict(&Refusal::Unchanged.text(key.kind.words())));
            }
        }
        Err(refusal) => return Err(conflict(&refusal.text(key.kind.words()))),
    }
    let body = match key.kind {
        Kind::Service => partial(world, &key),
        _ => success("Deployment initiated successfully"),
    };
    Ok(Response::json(202, &body))
}

/// Starts a power action of an instance.
pub(crate) fn act(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, _) = target(world, call)?;
    if !call.request.body.is_empty() {
        let _: ActionBody = read(call.request)?;
    }
    let verb = call.parameter("verb");
    match transitions::act(world, &key, verb) {
        Ok(()) => Ok(Response::json(200, &success(&format!("{verb} initiated successfully")))),
        Err(Refusal::UnknownVerb) => Err(invalid(&format!("unsupported action \"{verb}\""))),
        Err(refusal) => Err(conflict(&refusal.text(key.kind.words()))),
    }
}

/// Starts the delete of a service or an instance.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    let unowned = !is_owned(world, object);
    note_unowned(world, &key, unowned);
    match transitions::delete(world, &key) {
        Ok(()) => {
            let message = format!("{} deletion initiated", key.kind.words());
            Ok(Response::json(202, &success(&message)))
        }
        Err(refusal) => Err(conflict(&refusal.text(key.kind.words()))),
    }
}

/// Deletes an empty workspace at once.
pub(crate) fn delete_workspace(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    let unowned = !is_owned(world, object);
    let within = (key.project.as_str(), Some(key.name.as_str()));
    let objects = world.rafay.objects.has_content(within.0, within.1);
    if objects || world.rafay.hub.has_content(within.0, within.1) {
        return Err(conflict(&format!("workspace {} is not empty", key.name)));
    }
    note_unowned(world, &key, unowned);
    world.record(EffectKind::Deleted, &key.to_string(), Value::Null);
    transitions::vanish(world, &key);
    Ok(Response::json(200, &Value::Null))
}

fn set_variables(world: &mut World, key: &ObjectKey, variables: Vec<Variable>) {
    if let Some(object) = world.rafay.objects.get_mut(key) {
        object.variables = variables;
    }
}

fn success(message: &str) -> Value {
    json!({ "status": "Success", "message": message })
}

fn check_no_body(request: &Request) -> Result<(), Response> {
    let body: Value = if request.body.is_empty() { Value::Null } else { read(request)? };
    match body {
        Value::Null => Ok(()),
        Value::Object(members) if members.is_empty() => Ok(()),
        _ => Err(invalid("invalid request body: publish takes none")),
    }
}

/// Whether the caller made the object or marked it with a label.
fn is_owned(world: &World, object: &Object) -> bool {
    let actor = world.actor();
    object.created_by == *actor || object.label_writers.values().any(|writer| writer == actor)
}

fn note_unowned(world: &mut World, key: &ObjectKey, unowned: bool) {
    if unowned {
        world.notice(FindingKind::DeleteWithoutOwnership, &key.to_string(), "");
    }
}
