//! The state machine of what is deployed (contract 4.3): publishing, acting, deleting, and the
//! steps that time takes by itself.
//!
//! Answers of the API are made in the handlers.

use std::time::Duration;

use serde_json::{Value, json};

use super::chronicle::Happening;
use super::directory::Collaborator;
use super::kinds::{Kind, ObjectKey};
use super::knobs::{DeleteResult, DeployResult};
use super::lifecycle::{Class, Lifecycle, Power, Stale, Status};
use super::objects::Object;
use super::settings::Durations;
use super::world::World;
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::time::Timestamp;

/// The verb in `status.action` of a deployment.
pub(crate) const PUBLISH: &str = "publish";

/// The verb in `status.action` of a delete.
pub(crate) const DELETE: &str = "delete";

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
    match life.status.class() {
        Class::Busy => return Err(Refusal::Busy),
        Class::Deleting | Class::Destroyed => return Err(Refusal::Deleting),
        Class::DeleteFailed => return Err(Refusal::DeleteFailed),
        Class::Ready if life.published.as_ref() == Some(&fingerprint) => {
            return Err(Refusal::Unchanged);
        }
        Class::Ready | Class::NotDeployed | Class::Failed | Class::Other => {}
    }
    let vpc = vpc_state(world, &key.project);
    if world.config.knobs.require_vpc && key.kind == Kind::ComputeInstance && vpc == Vpc::Waiting {
        return Err(Refusal::NeedsVpc);
    }
    begin(world, key, first_deploy_status(key.kind), PUBLISH);
    if let Some(life) = life_mut(world, key) {
        life.published = Some(fingerprint);
    }
    let detail = json!({ "vpcDeployed": vpc == Vpc::Deployed });
    world.record(EffectKind::Published, &key.to_string(), detail);
    Ok(())
}

/// Starts an action.
pub(crate) fn act(world: &mut World, key: &ObjectKey, verb: &str) -> Result<(), Refusal> {
    let Some(object) = world.rafay.objects.get(key) else { return Err(Refusal::NotReady) };
    if !verbs(object).contains(&verb) {
        return Err(Refusal::UnknownVerb);
    }
    let Some(life) = &object.lifecycle else { return Err(Refusal::NotReady) };
    match (life.status.class(), verb, life.power) {
        (Class::Busy, ..) => return Err(Refusal::Busy),
        (Class::Deleting, ..) => return Err(Refusal::Deleting),
        (Class::Ready, "start", Power::On) => return Err(Refusal::AlreadyOn),
        (Class::Ready, "start", Power::Off) | (Class::Ready, _, Power::On) => {}
        (Class::Ready, _, Power::Off) => return Err(Refusal::AlreadyOff),
        _ => return Err(Refusal::NotReady),
    }
    begin(world, key, Status::Acting, verb);
    world.record(EffectKind::Action, &key.to_string(), json!({ "verb": verb }));
    Ok(())
}

/// Starts a delete; what was never published is gone at once.
pub(crate) fn delete(world: &mut World, key: &ObjectKey) -> Result<(), Refusal> {
    let Some(life) = life_mut(world, key) else { return Err(Refusal::NotReady) };
    let never_published = life.published.is_none() && life.status == Status::NotDeployed;
    match life.status.class() {
        Class::Busy => return Err(Refusal::Busy),
        Class::Deleting => return Ok(()),
        _ => {}
    }
    world.record(EffectKind::Deleted, &key.to_string(), Value::Null);
    if never_published {
        vanish(world, key);
    } else {
        begin(world, key, Status::DestroyPending, DELETE);
    }
    Ok(())
}

/// Removes an object and says so in the ledger.
pub(crate) fn vanish(world: &mut World, key: &ObjectKey) {
    note(world, key, "destroyed");
    if world.rafay.objects.remove(key).is_some() {
        if key.kind == Kind::Workspace {
            let here = |it: &Collaborator| it.project == key.project && it.workspace == key.name;
            world.rafay.directory.collaborators.retain(|it| !here(it));
        }
        world.record(EffectKind::Gone, &key.to_string(), Value::Null);
    }
}

/// Writes down what happened to what is made from a profile (contract 9).
pub(crate) fn note(world: &mut World, key: &ObjectKey, status: &str) {
    let at = world.now();
    let Some(object) = world.rafay.objects.get(key).filter(|it| it.lifecycle.is_some()) else {
        return;
    };
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
    let next = match life.status {
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

/// Whether a machine of this kind knows the verb, and which it knows (contract 3.9).
pub(crate) fn verbs(object: &Object) -> &'static [&'static str] {
    match (object.key.kind, object.compute_type()) {
        (Kind::ComputeInstance, "vm") => &["start", "stop", "Power reset", "Power cycle", "reboot"],
        (Kind::ComputeInstance, _) => &["start", "stop", "Power reset", "Power cycle"],
        _ => &[],
    }
}

/// Puts an object into a status by hand; time moves it no further.
pub(crate) fn set_status(
    world: &mut World,
    key: &ObjectKey,
    status: Status,
    reason: Option<String>,
) {
    let now = world.now();
    enter(world, key, status, now);
    world.rafay.objects.schedule(key, None);
    let Some(object) = world.rafay.objects.get(key) else { return };
    let fingerprint = fingerprint(object);
    if let Some(life) = life_mut(world, key) {
        life.reason = reason.or_else(|| life.reason.take());
        life.stale = None;
        if life.status != Status::NotDeployed && life.published.is_none() {
            life.published = Some(fingerprint);
        }
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
    for service in world.rafay.objects.list(Kind::Service, project) {
        if service.profile_name() == Some(VPC_PROFILE) {
            let class = service.lifecycle.as_ref().map(|life| life.status.class());
            match class {
                Some(Class::Ready) => return Vpc::Deployed,
                _ => state = Vpc::Waiting,
            }
        }
    }
    state
}

/// A service is `deploying` at once, as its publish answer shows; an instance is submitted first.
fn first_deploy_status(kind: Kind) -> Status {
    if kind == Kind::Service { Status::Deploying } else { Status::Submitted }
}

fn begin(world: &mut World, key: &ObjectKey, status: Status, verb: &str) {
    let polls = world.config.knobs.stale_polls(&key.to_string());
    if let Some(life) = life_mut(world, key) {
        if polls > 0 && life.status.is_terminal() {
            let (status, action) = (life.status.clone(), life.action.clone());
            life.stale = Some(Stale { polls, status, action, reason: life.reason.clone() });
        }
        life.action = Some(verb.to_owned());
    }
    let now = world.now();
    enter(world, key, status, now);
}

/// Enters a status, with all that belongs to it, and sets the timer for the next.
fn enter(world: &mut World, key: &ObjectKey, status: Status, at: Timestamp) {
    let Some(object) = world.rafay.objects.get_mut(key) else { return };
    let compute_type = object.compute_type().to_owned();
    let Some(life) = &mut object.lifecycle else { return };
    life.reason = reason(&status, life.action.as_deref());
    match (&status, life.action.as_deref()) {
        (Status::Ready, _) => {
            life.provisioned_at = Some(at);
            life.power = Power::On;
        }
        (Status::ActionComplete, Some("stop")) => life.power = Power::Off,
        (Status::ActionComplete, _) => life.power = Power::On,
        _ => {}
    }
    let due = phase(&world.config.durations, key.kind, &compute_type, &status);
    let reached = status.text(key.kind).to_owned();
    life.status = status;
    world.rafay.objects.schedule(key, due.map(|phase| at.after(phase)));
    note(world, key, &reached);
}

fn reason(status: &Status, action: Option<&str>) -> Option<String> {
    match status {
        Status::Failed => Some("deployment failed: the sandbox was told to fail it".to_owned()),
        Status::ActionFailed => Some(format!("action {} failed", action.unwrap_or("unknown"))),
        Status::DestroyFailed => Some("delete failed: the sandbox was told to fail it".to_owned()),
        _ => None,
    }
}

/// How long a status lasts by itself.
fn phase(times: &Durations, kind: Kind, compute_type: &str, status: &Status) -> Option<Duration> {
    let deploy = match (kind, compute_type) {
        (Kind::Service, _) => times.service,
        (_, "k8s") => times.k8s,
        (_, "vm") => times.vm,
        _ => times.baremetal,
    };
    let seconds = match status {
        Status::Submitted => times.submit.min(deploy),
        Status::Deploying if kind == Kind::Service => deploy,
        Status::Deploying => deploy.saturating_sub(times.submit),
        Status::Acting => times.action,
        Status::DestroyPending => times.submit.min(times.delete),
        Status::Destroying => times.delete.saturating_sub(times.submit),
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

fn life_mut<'a>(world: &'a mut World, key: &ObjectKey) -> Option<&'a mut Lifecycle> {
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
