//! POST to a collection: creates an object or replaces it (contract 2.1).

use super::transitions;
use super::wanted::Wanted;
use serde::Deserialize;
use serde_json::{Value, json};

use super::bodies::{DeployableSpec, ProfileSpec, WorkspaceSpec};
use super::catalog::SYSTEM_CATALOG;
use super::changes::{self, Change};
use super::envelope::{self, Checked};
use super::errors::{conflict, error, exists, invalid};
use super::kinds::{Kind, ObjectKey};
use super::lifecycle::{Class, Lifecycle, Status};
use super::objects::Object;
use super::paging::switch;
use super::place::Place;
use super::render::{View, renderer};
use super::transitions::Refusal;
use super::variables::ProfileVariable;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::findings::FindingKind;
use plumb_sandbox::http::Response;

/// Creates or updates a workspace; answers the object.
pub(crate) fn workspace(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let checked: Checked<WorkspaceSpec> = envelope::check(world, call.request, &place)?;
    let wanted = Wanted::new(&place, &checked);
    may_write(world, call, &wanted.key)?;
    let key = wanted.key.clone();
    match world.rafay.objects.get(&key) {
        None => create(world, wanted),
        Some(before) => {
            let wanted = wanted.merged_onto(before, world.config.knobs.merge_mode);
            update(world, wanted);
        }
    }
    let Some(object) = world.rafay.objects.get(&key) else {
        return Err(error(500, "internal error"));
    };
    Ok(Response::json(200, &renderer(world).object(object, View::Single)))
}

/// Creates or updates a service; answers a part of it.
pub(crate) fn service(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, _) = deployable(world, call)?;
    Ok(Response::json(201, &partial(world, &key)))
}

/// Creates or updates an instance, and publishes it when asked; answers a message.
pub(crate) fn instance(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let publish = switch(call, "auto-publish")?.unwrap_or(false);
    let (key, verb) = deployable(world, call)?;
    if publish {
        match transitions::publish(world, &key) {
            Ok(()) | Err(Refusal::Unchanged) => {}
            Err(refusal) => return Err(conflict(&refusal.text(key.kind.words()))),
        }
    }
    let message = format!("Compute instance {verb} successfully");
    let body = json!({ "status": "Success", "message": message, "name": key.name });
    Ok(Response::json(201, &body))
}

/// Creates or updates a profile; answers the object. What was made from it keeps its values until it
/// is published again.
pub(crate) fn profile(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let checked: Checked<ProfileSpec> = envelope::check(world, call.request, &place)?;
    let mut wanted = Wanted::new(&place, &checked);
    may_write(world, call, &wanted.key)?;
    if wanted.key.project == SYSTEM_CATALOG && world.catalog.is_some() {
        return Err(error(403, "the catalog is another organization's"));
    }
    let spec = checked.spec.unwrap_or_default();
    let known = |kind: &str| ["baremetal", "k8s", "vm"].contains(&kind);
    let compute_type = spec.compute_type.as_deref();
    if wanted.key.kind == Kind::ComputeProfile && !compute_type.is_some_and(known) {
        return Err(invalid("spec.computeType must be baremetal, k8s or vm"));
    }
    let variables = Value::from_iter(spec.variables);
    if let Err(problem) = Vec::<ProfileVariable>::deserialize(&variables) {
        return Err(invalid(&format!("spec.variables: {problem}")));
    }
    wanted.spec.insert("variables".to_owned(), variables);
    let key = wanted.key.clone();
    if world.rafay.objects.get(&key).is_some() {
        update(world, wanted);
    } else {
        create(world, wanted);
    }
    let Some(object) = world.rafay.objects.get(&key) else {
        return Err(error(500, "internal error"));
    };
    Ok(Response::json(200, &renderer(world).object(object, View::Single)))
}

/// The part of a service that its writes answer.
pub(crate) fn partial(world: &World, key: &ObjectKey) -> Value {
    let life = world.rafay.objects.get(key).and_then(|object| object.lifecycle.as_ref());
    let status = life.map_or(&Status::NotDeployed, |life| &life.status);
    json!({
        "metadata": { "name": key.name, "project": key.project },
        "status": { "status": renderer(world).status_text(key.kind, status) },
    })
}

/// Puts a new object into the world, as if the current caller had asked for it.
pub(crate) fn create(world: &mut World, wanted: Wanted) {
    let (now, actor) = (world.now(), world.actor().to_owned());
    let id = world.stage.random().uuid(now);
    let deployed = wanted.key.kind.profile_kind().is_some();
    let label_writers = wanted.labels.keys().map(|name| (name.clone(), actor.clone())).collect();
    let object = Object {
        sequence: world.rafay.objects.take_sequence(),
        id,
        created_at: now,
        created_by: actor.clone(),
        modified_at: now,
        modified_by: actor,
        display_name: wanted.display_name,
        description: wanted.description,
        labels: wanted.labels,
        annotations: wanted.annotations,
        label_writers,
        spec: wanted.spec,
        variables: wanted.variables,
        lifecycle: deployed.then(Lifecycle::default),
        global_settings: Value::Null,
        key: wanted.key,
    };
    let name = object.key.to_string();
    // Only somebody else replaces an object without deleting it; what reads still show is gone.
    if world.rafay.objects.get(&object.key).is_some_and(|old| !old.is_destroyed()) {
        transitions::vanish(world, &object.key);
    }
    let key = object.key.clone();
    world.rafay.objects.insert(object);
    world.record(EffectKind::Created, &name, Value::Null);
    transitions::note(world, &key, "created");
}

/// Changes an existing object to what is wanted.
pub(crate) fn update(world: &mut World, wanted: Wanted) {
    let (now, actor) = (world.now(), world.actor().to_owned());
    let resets = world.config.knobs.post_resets_status;
    note_dropped_labels(world, &wanted);
    let Some(object) = world.rafay.objects.get_mut(&wanted.key) else { return };
    let (before, deployed) = (object.clone(), transitions::fingerprint(object));
    object.display_name = wanted.display_name;
    object.description = wanted.description;
    object.label_writers.retain(|name, _| wanted.labels.contains_key(name));
    for name in wanted.labels.keys() {
        object.label_writers.entry(name.clone()).or_insert_with(|| actor.clone());
    }
    object.labels = wanted.labels;
    object.annotations = wanted.annotations;
    object.spec = wanted.spec;
    object.variables = wanted.variables;
    let changed = *object != before;
    let respecified = transitions::fingerprint(object) != deployed;
    object.modified_at = now;
    object.modified_by = actor;
    if let Some(life) = &mut object.lifecycle
        && resets
        && respecified
        && life.status.class() == Class::Ready
    {
        life.status = Status::NotDeployed;
    }
    let detail = json!({ "changed": changed });
    world.record(EffectKind::Updated, &wanted.key.to_string(), detail);
}

/// Creates or updates what is made from a profile; says which.
fn deployable(world: &mut World, call: &Call<'_>) -> Result<(ObjectKey, &'static str), Response> {
    let place = Place::of(world, call)?;
    let checked: Checked<DeployableSpec> = envelope::check(world, call.request, &place)?;
    let wanted = Wanted::new(&place, &checked);
    may_write(world, call, &wanted.key)?;
    let key = wanted.key.clone();
    let spec = checked.spec.unwrap_or_default();
    let before = world.rafay.objects.get(&key).filter(|object| !object.is_destroyed()).cloned();
    let Some(before) = before else {
        may_create(world, key.kind)?;
        let wanted = changes::complete(world, wanted, &spec)?;
        create(world, wanted);
        return Ok((key, "created"));
    };
    may_change(&before)?;
    match changes::on(world, &before, wanted, &spec)? {
        Change::To(wanted) => update(world, *wanted),
        Change::Ignored => {
            world.record(EffectKind::Updated, &key.to_string(), json!({ "changed": false }));
        }
    }
    Ok((key, "updated"))
}

/// Whether `fail-on-exists` allows the write.
fn may_write(world: &mut World, call: &Call<'_>, key: &ObjectKey) -> Result<(), Response> {
    let said = switch(call, "fail-on-exists")?;
    if said.is_none() {
        world.notice(FindingKind::FailOnExistsMissing, &key.to_string(), "");
    }
    let knobs = &world.config.knobs;
    let found = world.rafay.objects.get(key).filter(|object| !object.is_destroyed());
    if found.is_some() && said.unwrap_or(knobs.fail_on_exists_default) {
        return Err(exists(knobs, &format!("{} {}", key.kind.words(), key.name)));
    }
    Ok(())
}

/// Whether the organization allows new objects of this kind.
fn may_create(world: &World, kind: Kind) -> Result<(), Response> {
    let switch = &world.config.knobs.paas_disabled;
    let said = &world.rafay.record.settings;
    let (by_knob, by_record, message) = match kind {
        Kind::Service => {
            (switch.service, said.paas_service_disabled, &said.paas_service_disable_message)
        }
        _ => (switch.compute, said.paas_compute_disabled, &said.paas_compute_disable_message),
    };
    match (by_knob, by_record) {
        (true, _) => Err(error(403, &switch.message)),
        (false, true) => Err(error(403, message)),
        (false, false) => Ok(()),
    }
}

/// Whether the object's state allows a change.
fn may_change(object: &Object) -> Result<(), Response> {
    let class = object.lifecycle.as_ref().map(|life| life.status.class());
    let refusal = match class {
        Some(Class::Busy) => Refusal::Busy,
        Some(Class::Deleting) => Refusal::Deleting,
        _ => return Ok(()),
    };
    Err(conflict(&refusal.text(object.key.kind.words())))
}

fn note_dropped_labels(world: &mut World, wanted: &Wanted) {
    let Some(object) = world.rafay.objects.get(&wanted.key) else { return };
    let actor = world.actor();
    let foreign = object.label_writers.iter().filter(|(_, writer)| *writer != actor);
    let dropped = foreign.filter(|(name, _)| !wanted.labels.contains_key(*name));
    let dropped: Vec<String> = dropped.map(|(name, _)| name.clone()).collect();
    for name in dropped {
        world.notice(FindingKind::ForeignLabelDropped, &wanted.key.to_string(), &name);
    }
}
