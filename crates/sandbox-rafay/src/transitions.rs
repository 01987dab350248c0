//! The state machine of objects (contract 4.3, 4.5, 8.1): deploying, acting, deleting, and the steps
//! that time takes by itself.
//!
//! Answers of the API are made in the handlers.

use std::time::Duration;

use serde_json::{Value, json};

use super::chronicle::Happening;
use super::directory::Collaborator;
use super::key::ObjectKey;
use super::kinds::{Ends, Form, Manner};
use super::knobs::{DeleteResult, DeployResult};
use super::lifecycle::{Class, Lifecycle, Power, Status};
use super::objects::Object;
use super::settings::Durations;
use super::table::{COMPUTE_INSTANCE, SERVICE, WORKSPACE};
use super::world::World;
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::time::Timestamp;

/// The service profile whose services are VPCs.
const VPC_PROFILE: &str = "vpc";

/// Why an operation is not possible in the object's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Busy,
    Deleting,
    DeleteFailed,
    Unchanged,
    NotReady,
    AlreadyOn,
    AlreadyOff,
    NeedsVpc,
    UnknownVerb,
}

/// Starts a deployment.
pub(crate) fn publish(world: &mut World, key: &ObjectKey) -> Result<(), Refusal> {
    let Some(object) = world.rafay.objects.get(key) else { return Err(Refusal::NotReady) };
    let fingerprint = fingerprint(object);
    let Some(life) = &object.lifecycle else { return Err(Refusal::NotReady) };
    match life.now.status.class() {
        Class::Busy => return Err(Refusal::Busy),
        Class::Deleting | Class::Destroyed => return Err(Refusal::Deleting),
        Class::DeleteFailed => return Err(Refusal::DeleteFailed),
        Class::Ready if life.published.as_ref() == Some(&fingerprint) => {
            return Err(Refusal::Unchanged);
        }
        Class::Ready | Class::NotDeployed | Class::Failed | Class::Other => {}
    }
    let vpc = vpc_state(world, &key.project);
    if world.config.knobs.require_vpc && *key.kind == COMPUTE_INSTANCE && vpc == Vpc::Waiting {
        return Err(Refusal::NeedsVpc);
    }
    // A service is `deploying` at once, as its publish answer shows; an instance is submitted first.
    let first = if *key.kind == SERVICE { Status::Deploying } else { Status::Submitted };
    begin(world, key, first, "publish");
    if let Some(life) = life_mut(world, key) {
        life.published = Some(fingerprint);
    }
    let detail = json!({ "vpcDeployed": vpc == Vpc::Deployed });
    world.record(EffectKind::Published, &key.to_string(), detail);
    Ok(())
}

/// Starts to make what is declared what its body says; nothing where that takes no time.
pub(crate) fn deploy(world: &mut World, key: &ObjectKey, verb: &str) {
    if key.kind.form != Form::None && !key.kind.is_written_out() {
        begin(world, key, Status::Submitted, verb);
    }
}

/// Starts an action that the object's state allows.
pub(crate) fn act(world: &mut World, key: &ObjectKey, verb: &str) -> Result<(), Refusal> {
    let Some(object) = world.rafay.objects.get(key) else { return Err(Refusal::NotReady) };
    if !verbs(object).contains(&verb) {
        return Err(Refusal::UnknownVerb);
    }
    let Some(life) = &object.lifecycle else { return Err(Refusal::NotReady) };
    match (life.now.status.class(), verb, life.power) {
        (Class::Busy, ..) => return Err(Refusal::Busy),
        (Class::Deleting, ..) => return Err(Refusal::Deleting),
        (Class::Ready, "start", Power::On) => return Err(Refusal::AlreadyOn),
        (Class::Ready, "start", Power::Off) | (Class::Ready, _, Power::On) => {}
        (Class::Ready, _, Power::Off) => return Err(Refusal::AlreadyOff),
        _ => return Err(Refusal::NotReady),
    }
    start(world, key, verb);
    Ok(())
}

/// Starts an action that takes a moment.
pub(crate) fn start(world: &mut World, key: &ObjectKey, verb: &str) {
    begin(world, key, Status::Acting, verb);
    world.record(EffectKind::Action, &key.to_string(), json!({ "verb": verb }));
}

/// Starts a delete, or does it at once: of what takes no time, and of what was never published.
pub(crate) fn delete(world: &mut World, key: &ObjectKey) -> Result<(), Refusal> {
    let Some(object) = world.rafay.objects.get(key) else { return Err(Refusal::NotReady) };
    match object.class() {
        Some(Class::Busy) if key.kind.api.manner != Manner::Hub => return Err(Refusal::Busy),
        Some(Class::Deleting) => return Ok(()),
        _ => {}
    }
    let waits =
        |life: &Lifecycle| life.published.is_none() && life.now.status == Status::NotDeployed;
    let never_published = object.lifecycle.as_ref().is_some_and(waits);
    world.record(EffectKind::Deleted, &key.to_string(), Value::Null);
    if never_published || key.kind.ends == Ends::AtOnce {
        vanish(world, key);
    } else {
        begin(world, key, Status::DestroyPending, "delete");
    }
    Ok(())
}

/// Removes an object and says so in the ledger.
pub(crate) fn vanish(world: &mut World, key: &ObjectKey) {
    note(world, key, "destroyed");
    if world.rafay.objects.remove(key).is_some() {
        if *key.kind == WORKSPACE {
            let here = |it: &Collaborator| it.project == key.project && it.workspace == key.name;
            world.rafay.directory.collaborators.retain(|it| !here(it));
        }
        world.record(EffectKind::Gone, &key.to_string(), Value::Null);
    }
}

/// Writes down what happened to what is made from a profile (contract 9).
pub(crate) fn note(world: &mut World, key: &ObjectKey, status: &str) {
    let at = world.now();
    let Some(object) = world.rafay.objects.get(key) else { return };
    if key.kind.form != Form::Made {
        return;
    }
    let profile = object.profile_name().unwrap_or_default().to_owned();
    let (key, id, status) = (key.clone(), object.id.clone(), status.to_owned());
    world.rafay.chronicle.add(Happening { number: 0, at, key, id, profile, status });
}

/// The next step of the object whose timer is due first.
pub(crate) fn step(world: &mut World) {
    let Some((due, key)) = world.rafay.objects.pop_due(world.now()) else { return };
    let key = &key;
    let Some(object) = world.rafay.objects.get(key) else { return };
    let Some(life) = &object.lifecycle else { return };
    let name = key.to_string();
    let knobs = &world.config.knobs;
    let next = match life.now.status {
        Status::Submitted => Status::Deploying,
        Status::Deploying => match knobs.deploy_result(&name) {
            DeployResult::Success => Status::Ready,
            DeployResult::Failed => Status::Failed,
        },
        Status::Acting => match knobs.action_result(&name) {
            DeployResult::Success => Status::ActionComplete,
            DeployResult::Failed => Status::ActionFailed,
        },
        Status::DestroyPending => Status::Destroying,
        Status::Destroying => match knobs.delete_result(&name) {
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

/// The digest of what a publish would deploy.
pub(crate) fn fingerprint(object: &Object) -> String {
    let variables: Vec<_> = object.variables.iter().map(|it| (&it.name, &it.value)).collect();
    plumb_sandbox::ids::digest(json!([object.spec, variables]).to_string().as_bytes())
}

/// The verbs a machine knows (contract 3.9, 8.1).
pub(crate) fn verbs(object: &Object) -> &'static [&'static str] {
    match (object.key.kind.form, object.compute_type()) {
        (Form::Machine, _) => &["start", "stop", "reboot"],
        (Form::Made, "vm") => &["start", "stop", "Power reset", "Power cycle", "reboot"],
        (Form::Made, _) => &["start", "stop", "Power reset", "Power cycle"],
        _ => &[],
    }
}

/// Puts an object into a status by hand; time moves it no further.
pub(crate) fn set_status(
    world: &mut World,
    key: &ObjectKey,
    status: Status,
    reason: Option<String>,
) -> Result<(), String> {
    let object = world.rafay.objects.get(key).filter(|object| object.lifecycle.is_some());
    let fingerprint = object.map(fingerprint).ok_or_else(|| format!("{key} has no status"))?;
    let now = world.now();
    enter(world, key, status, now);
    world.rafay.objects.schedule(key, None);
    if let Some(life) = life_mut(world, key) {
        life.now.reason = reason.or_else(|| life.now.reason.take());
        life.stale = None;
        if life.now.status != Status::NotDeployed && life.published.is_none() {
            life.published = Some(fingerprint);
        }
    }
    Ok(())
}

/// Powers a machine off, as a completed `stop` would have.
pub(crate) fn power_off(world: &mut World, key: &ObjectKey) -> Result<(), String> {
    let life = life_mut(world, key).ok_or_else(|| format!("{key} has no power"))?;
    life.now.action = Some("stop".to_owned());
    set_status(world, key, Status::ActionComplete, None)
}

/// One read less that shows a stale status.
pub(crate) fn count_poll(world: &mut World, key: &ObjectKey) {
    if life_mut(world, key).is_some_and(Lifecycle::count_poll) {
        world.touch();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vpc {
    None,
    Waiting,
    Deployed,
}

fn vpc_state(world: &World, project: &str) -> Vpc {
    let mut state = Vpc::None;
    for service in world.rafay.objects.list(&SERVICE, project) {
        if service.profile_name() == Some(VPC_PROFILE) {
            if service.class() == Some(Class::Ready) {
                return Vpc::Deployed;
            }
            state = Vpc::Waiting;
        }
    }
    state
}

fn begin(world: &mut World, key: &ObjectKey, status: Status, verb: &str) {
    let polls = world.config.knobs.stale_polls(&key.to_string());
    if let Some(object) = world.rafay.objects.get_mut(key) {
        object.lifecycle.get_or_insert_default().begin(verb, polls);
    }
    let now = world.now();
    enter(world, key, status, now);
}

/// Enters a status, with all that belongs to it, and sets the timer for the next.
fn enter(world: &mut World, key: &ObjectKey, status: Status, at: Timestamp) {
    let Some(object) = world.rafay.objects.get_mut(key) else { return };
    let due = phase(&world.config.durations, object, &status);
    let Some(life) = &mut object.lifecycle else { return };
    let reached = status.text(key.kind).to_owned();
    life.enter(status, at);
    world.rafay.objects.schedule(key, due.map(|phase| at.after(phase)));
    note(world, key, &reached);
}

/// How long a status lasts by itself.
fn phase(times: &Durations, object: &Object, status: &Status) -> Option<Duration> {
    let kind = object.key.kind;
    let whole = match object.compute_type() {
        _ if *kind != COMPUTE_INSTANCE => (kind.lasts)(times),
        "k8s" => times.k8s,
        "vm" => times.vm,
        _ => times.baremetal,
    };
    let seconds = match status {
        Status::Submitted => times.submit.min(whole),
        Status::Deploying if *kind == SERVICE => whole,
        Status::Deploying => whole.saturating_sub(times.submit),
        Status::Acting => times.action,
        Status::DestroyPending => times.submit.min(times.delete),
        Status::Destroying => times.delete.saturating_sub(times.submit),
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

/// Where an object stands, to be changed.
pub(crate) fn life_mut<'a>(world: &'a mut World, key: &ObjectKey) -> Option<&'a mut Lifecycle> {
    world.rafay.objects.get_mut(key).and_then(|object| object.lifecycle.as_mut())
}

impl Refusal {
    /// The text for people; `what` names the kind.
    pub(crate) fn text(self, what: &str) -> String {
        match self {
            Refusal::Busy => format!("{what} has an operation in progress"),
            Refusal::Deleting => format!("{what} is being deleted"),
            Refusal::DeleteFailed => format!("{what} failed to be deleted; delete it again"),
            Refusal::Unchanged => format!("{what} is already deployed"),
            Refusal::NotReady => format!("{what} is not deployed"),
            Refusal::AlreadyOn => format!("{what} is already powered on"),
            Refusal::AlreadyOff => format!("{what} is powered off"),
            Refusal::NeedsVpc => format!("{what} needs a deployed VPC in its project"),
            Refusal::UnknownVerb => format!("{what} does not support this action"),
        }
    }
}
