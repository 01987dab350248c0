//! What moves an object whose kind is a row: its writes, its actions, its delete, and the steps that
//! time takes by itself (contract 4.3, 4.5, 8.1).

use std::time::Duration;

use serde_json::{Value, json};

use super::key::HubKey;
use super::kind::{Ends, Form};
use super::store::HubObject;
use crate::knobs::{DeleteResult, DeployResult};
use crate::lifecycle::{Class, Lifecycle, Power, Stale, Status};
use crate::world::World;
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::time::Timestamp;

/// Starts to make an object what its body says; nothing where that takes no time.
pub(crate) fn deploy(world: &mut World, key: &HubKey, verb: &str) {
    if key.kind.form != Form::None {
        begin(world, key, Status::Submitted, verb);
    }
}

/// Starts an action that takes a moment.
pub(crate) fn act(world: &mut World, key: &HubKey, verb: &str) {
    begin(world, key, Status::Acting, verb);
    world.record(EffectKind::Action, &key.to_string(), json!({ "verb": verb }));
}

/// Starts a delete, or does it at once.
pub(crate) fn delete(world: &mut World, key: &HubKey) {
    let class = world.rafay.hub.get(key).and_then(HubObject::class);
    if class == Some(Class::Deleting) {
        return;
    }
    world.record(EffectKind::Deleted, &key.to_string(), Value::Null);
    match key.kind.ends {
        Ends::AtOnce => vanish(world, key),
        Ends::Slowly => begin(world, key, Status::DestroyPending, "delete"),
    }
}

/// Removes an object and says so in the ledger.
pub(crate) fn vanish(world: &mut World, key: &HubKey) {
    if world.rafay.hub.remove(key).is_some() {
        world.record(EffectKind::Gone, &key.to_string(), Value::Null);
    }
}

/// The next step of the object whose timer is due first.
pub(crate) fn step(world: &mut World) {
    let Some((due, key)) = world.rafay.hub.pop_due(world.stage.now()) else { return };
    let key = &key;
    let name = key.to_string();
    let knobs = &world.config.knobs;
    let status = world.rafay.hub.get(key).and_then(|it| it.life.as_ref()).map(|it| &it.status);
    let next = match status {
        Some(Status::Submitted) => Status::Deploying,
        Some(Status::Deploying) => match knobs.deploy_result(&name) {
            DeployResult::Success => Status::Ready,
            DeployResult::Failed => Status::Failed,
        },
        Some(Status::Acting) => match knobs.action_result(&name) {
            DeployResult::Success => Status::ActionComplete,
            DeployResult::Failed => Status::ActionFailed,
        },
        Some(Status::DestroyPending) => Status::Destroying,
        Some(Status::Destroying) => match knobs.delete_result(&name) {
            DeleteResult::Gone => return vanish(world, key),
            DeleteResult::DestroyFailed => Status::DestroyFailed,
            DeleteResult::Destroyed => {
                world.record(EffectKind::Gone, &name, Value::Null);
                Status::Destroyed
            }
        },
        _ => return,
    };
    enter(world, key, next, due);
}

/// Puts an object into a status by hand; time moves it no further.
pub(crate) fn set_status(
    world: &mut World,
    key: &HubKey,
    status: &str,
    reason: Option<String>,
) -> Result<(), String> {
    if world.rafay.hub.get(key).is_none_or(|object| object.life.is_none()) {
        return Err(format!("{key} has no status"));
    }
    let now = world.stage.now();
    enter(world, key, parse(status), now);
    world.rafay.hub.schedule(key, None);
    if let Some(life) = life_mut(world, key) {
        life.reason = reason.or_else(|| life.reason.take());
        life.stale = None;
    }
    Ok(())
}

/// Powers a machine off, as a completed `stop` would have.
pub(crate) fn power_off(world: &mut World, key: &HubKey) -> Result<(), String> {
    let life = life_mut(world, key).ok_or_else(|| format!("{key} has no power"))?;
    life.action = Some("stop".to_owned());
    set_status(world, key, "actioncomplete", None)
}

/// One read less that shows a stale status.
pub(crate) fn count_poll(world: &mut World, key: &HubKey) {
    let Some(life) = life_mut(world, key) else { return };
    let Some(stale) = &mut life.stale else { return };
    stale.polls = stale.polls.saturating_sub(1);
    if stale.polls == 0 {
        life.stale = None;
    }
    world.stage.touch();
}

/// The status of this text, in the words of any form.
fn parse(text: &str) -> Status {
    match text {
        "StatusOK" | "MKS_CLUSTER_STATUS_RUNNING" => Status::Ready,
        "StatusSubmitted" | "MKS_CLUSTER_STATUS_PROVISIONING" => Status::Deploying,
        "StatusFailed" | "MKS_CLUSTER_STATUS_ERROR" => Status::Failed,
        "StatusNotSet" => Status::NotDeployed,
        other => Status::parse(other),
    }
}

fn begin(world: &mut World, key: &HubKey, status: Status, verb: &str) {
    let polls = world.config.knobs.stale_polls(&key.to_string());
    if let Some(object) = world.rafay.hub.get_mut(key) {
        let life = object.life.get_or_insert_with(Lifecycle::default);
        if polls > 0 && life.status.is_terminal() {
            let (status, action) = (life.status.clone(), life.action.clone());
            life.stale = Some(Stale { polls, status, action, reason: life.reason.clone() });
        }
        life.action = Some(verb.to_owned());
    }
    let now = world.stage.now();
    enter(world, key, status, now);
}

/// Enters a status, with all that belongs to it, and sets the timer for the next.
fn enter(world: &mut World, key: &HubKey, status: Status, at: Timestamp) {
    let due = phase(world, key, &status);
    let Some(life) = life_mut(world, key) else { return };
    life.reason = match &status {
        Status::Failed => Some("deployment failed: the sandbox was told to fail it".to_owned()),
        Status::ActionFailed => Some("action failed: the sandbox was told to fail it".to_owned()),
        Status::DestroyFailed => Some("delete failed: the sandbox was told to fail it".to_owned()),
        _ => None,
    };
    match (&status, life.action.as_deref()) {
        (Status::Ready, _) => {
            life.provisioned_at = Some(at);
            life.power = Power::On;
        }
        (Status::ActionComplete, Some("stop" | "powerOff")) => life.power = Power::Off,
        (Status::ActionComplete, _) => life.power = Power::On,
        _ => {}
    }
    life.status = status;
    world.rafay.hub.schedule(key, due.map(|phase| at.after(phase)));
}

/// How long a status lasts by itself.
fn phase(world: &World, key: &HubKey, status: &Status) -> Option<Duration> {
    let times = &world.config.durations;
    let whole = (key.kind.lasts)(times);
    let seconds = match status {
        Status::Submitted => times.submit.min(whole),
        Status::Deploying => whole.saturating_sub(times.submit),
        Status::Acting => times.action,
        Status::DestroyPending => times.submit.min(times.delete),
        Status::Destroying => times.delete.saturating_sub(times.submit),
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

fn life_mut<'a>(world: &'a mut World, key: &HubKey) -> Option<&'a mut Lifecycle> {
    world.rafay.hub.get_mut(key).and_then(|object| object.life.as_mut())
}
