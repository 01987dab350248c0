//! Publish and actions of what is deployed, and the delete of objects.

use serde_json::Value;

use super::answers::Done;
use super::bodies::ActionBody;
use super::envelope::read;
use super::errors::{conflict, invalid};
use super::key::ObjectKey;
use super::kinds::Manner;
use super::knobs::Republish;
use super::objects::Object;
use super::place::target;
use super::table::SERVICE;
use super::transitions::Refusal;
use super::upsert::{partial, refused};
use super::variables::Variable;
use super::world::{Call, World};
use super::{changes, transitions, walk};
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
                return Err(refused(Refusal::Unchanged, &key));
            }
        }
        Err(refusal) => return Err(refused(refusal, &key)),
    }
    if *key.kind == SERVICE {
        return Ok(Response::json(202, &partial(world, &key)));
    }
    Ok(Response::json(202, &Done::well("Deployment initiated successfully".to_owned())))
}

/// Starts a power action of a machine.
pub(crate) fn act(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, _) = target(world, call)?;
    if !call.request.body.is_empty() {
        let _: ActionBody = read(call.request)?;
    }
    let verb = call.parameter("verb");
    match transitions::act(world, &key, verb) {
        Ok(()) => Ok(Response::json(200, &Done::well(format!("{verb} initiated successfully")))),
        Err(Refusal::UnknownVerb) => Err(invalid(&format!("unsupported action \"{verb}\""))),
        Err(refusal) => Err(refused(refusal, &key)),
    }
}

/// Starts the delete of an object, with every version of it, unless others need it.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    let owned = object.is_owned_by(world.actor());
    if let Some(other) = needed_by(world, &key) {
        return Err(conflict(&format!("{key} is used by {other}")));
    }
    note_unowned(world, &key, owned);
    transitions::delete(world, &key).map_err(|refusal| refused(refusal, &key))?;
    if key.kind.api.manner == Manner::Hub {
        return Ok(Response::empty(200));
    }
    let message = format!("{} deletion initiated", key.kind.words);
    Ok(Response::json(202, &Done::well(message)))
}

/// An object that needs this one, in the same project.
fn needed_by<'a>(world: &'a World, key: &ObjectKey) -> Option<&'a ObjectKey> {
    let needs = |object: &&Object| {
        let mut paths = object.key.kind.needs.iter().filter(|need| need.kind == key.kind.name);
        object.key.project == key.project
            && !object.is_destroyed()
            && paths.any(|need| walk::names(&object.spec, need.path, &key.name))
    };
    world.rafay.objects.all().find(needs).map(|object| &object.key)
}

/// Deletes an empty workspace at once.
pub(crate) fn delete_workspace(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    let owned = object.is_owned_by(world.actor());
    if world.rafay.objects.has_content(&key.project, Some(&key.name)) {
        return Err(conflict(&format!("workspace {} is not empty", key.name)));
    }
    note_unowned(world, &key, owned);
    world.record(EffectKind::Deleted, &key.to_string(), Value::Null);
    transitions::vanish(world, &key);
    Ok(Response::json(200, &()))
}

fn set_variables(world: &mut World, key: &ObjectKey, variables: Vec<Variable>) {
    if let Some(object) = world.rafay.objects.get_mut(key) {
        object.variables = variables;
    }
}

fn check_no_body(request: &Request) -> Result<(), Response> {
    let body: Value = if request.body.is_empty() { Value::Null } else { read(request)? };
    match body {
        Value::Null => Ok(()),
        Value::Object(members) if members.is_empty() => Ok(()),
        _ => Err(invalid("invalid request body: publish takes none")),
    }
}

fn note_unowned(world: &mut World, key: &ObjectKey, owned: bool) {
    if !owned {
        world.notice(FindingKind::DeleteWithoutOwnership, &key.to_string(), "");
    }
}
