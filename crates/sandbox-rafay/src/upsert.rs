//! POST to a collection: creates an object or replaces it (contract 2.1).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::{Done, Named};
use super::bodies::{DeployableSpec, ProfileSpec, WorkspaceSpec};
use super::catalog::SYSTEM_CATALOG;
use super::changes::{self, Change};
use super::envelope::{check, spec_as};
use super::errors::{conflict, error, exists, invalid};
use super::key::ObjectKey;
use super::kinds::{Form, Kind, Manner};
use super::lifecycle::{Class, Lifecycle, Status};
use super::objects::Object;
use super::paging::switch;
use super::place::Place;
use super::render::{View, renderer};
use super::status;
use super::table::{COMPUTE_PROFILE, SERVICE};
use super::transitions::{self, Refusal};
use super::variables::ProfileVariable;
use super::wanted::Wanted;
use super::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::findings::FindingKind;
use plumb_sandbox::http::Response;

/// Creates or updates a workspace; answers the object.
pub(crate) fn workspace(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let wanted = check(world, call.request, &place)?;
    let _: WorkspaceSpec = spec_as(&wanted.spec)?;
    may_write(world, call, &wanted.key)?;
    put(world, wanted)
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
            Err(refusal) => return Err(refused(refusal, &key)),
        }
    }
    let message = format!("Compute instance {verb} successfully");
    Ok(Response::json(201, &Done::written(message, &key.name)))
}

/// Creates or updates a profile; answers the object. What was made from it keeps its values until it
/// is published again.
pub(crate) fn profile(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let mut wanted = check(world, call.request, &place)?;
    let spec: ProfileSpec = spec_as(&wanted.spec)?;
    may_write(world, call, &wanted.key)?;
    if wanted.key.project == SYSTEM_CATALOG && world.catalog.is_some() {
        return Err(error(403, "the catalog is another organization's"));
    }
    let known = |kind: &str| ["baremetal", "k8s", "vm"].contains(&kind);
    if *place.kind == COMPUTE_PROFILE && !spec.compute_type.as_deref().is_some_and(known) {
        return Err(invalid("spec.computeType must be baremetal, k8s or vm"));
    }
    let variables = Value::from_iter(spec.variables);
    if let Err(problem) = Vec::<ProfileVariable>::deserialize(&variables) {
        return Err(invalid(&format!("spec.variables: {problem}")));
    }
    wanted.spec.insert("variables".to_owned(), variables);
    put(world, wanted)
}

/// Puts a workspace or a profile there and answers it; of a workspace a knob may let stay what is left
/// out.
fn put(world: &mut World, wanted: Wanted) -> Result<Response, Response> {
    let key = wanted.key.clone();
    match world.rafay.objects.get(&key) {
        None => create(world, wanted),
        Some(before) if key.kind.form == Form::Workspace => {
            let wanted = wanted.merged_onto(before, world.config.knobs.merge_mode);
            update(world, wanted);
        }
        Some(_) => update(world, wanted),
    }
    answer(world, &key)
}

/// The answer that is the object.
pub(crate) fn answer(world: &World, key: &ObjectKey) -> Result<Response, Response> {
    match world.rafay.objects.get(key) {
        Some(object) => Ok(Response::json(200, &renderer(world).object(object, View::Single))),
        None => Err(error(500, "internal error")),
    }
}

/// The part of a service that its writes answer.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PartOfService<'a> {
    metadata: Named<'a>,
    status: ShortStatus,
}

/// Where a service stands.
#[derive(Debug, Serialize, JsonSchema)]
struct ShortStatus {
    #[schemars(length(min = 1))]
    status: String,
}

/// The part of a service that its writes answer.
pub(crate) fn partial<'a>(world: &World, key: &'a ObjectKey) -> PartOfService<'a> {
    let life = world.rafay.objects.get(key).and_then(|object| object.lifecycle.as_ref());
    let status = life.map_or(&Status::NotDeployed, |life| &life.now.status);
    PartOfService {
        metadata: Named { name: &key.name, project: &key.project },
        status: ShortStatus { status: status::text(key.kind, status, &world.config.knobs) },
    }
}

/// Puts a new object into the world, as if the current caller had asked for it.
pub(crate) fn create(world: &mut World, wanted: Wanted) {
    let (now, actor) = (world.now(), world.actor().to_owned());
    let key = wanted.key;
    let api = key.kind.api;
    let id = match api.manner {
        Manner::Hub if api.version.ends_with("/v3") => world.stage.random().short_id(),
        _ => world.stage.random().uuid(now),
    };
    let mut object = Object {
        sequence: world.rafay.objects.take_sequence(),
        id,
        created_at: now,
        created_by: actor.clone(),
        modified_at: now,
        modified_by: actor.clone(),
        about: wanted.about,
        label_writers: std::collections::BTreeMap::new(),
        spec: wanted.spec,
        older: Vec::new(),
        variables: wanted.variables,
        lifecycle: (key.kind.form == Form::Made).then(Lifecycle::default),
        global_settings: Value::Null,
        key: key.clone(),
    };
    object.sign_labels(&actor);
    // Only somebody else replaces an object without deleting it; what reads still show is gone.
    if world.rafay.objects.get(&key).is_some_and(|old| !old.is_destroyed()) {
        transitions::vanish(world, &key);
    }
    world.rafay.objects.insert(object);
    world.record(EffectKind::Created, &key.to_string(), Value::Null);
    transitions::note(world, &key, "created");
    transitions::deploy(world, &key, "create");
}

/// Changes an existing object to what is wanted.
pub(crate) fn update(world: &mut World, wanted: Wanted) {
    let (now, actor) = (world.now(), world.actor().to_owned());
    let resets = world.config.knobs.post_resets_status;
    note_dropped_labels(world, &wanted);
    let Some(object) = world.rafay.objects.get_mut(&wanted.key) else { return };
    let before = object.clone();
    object.about = wanted.about;
    object.variables = wanted.variables;
    object.sign_labels(&actor);
    object.respecify(wanted.spec);
    let respecified = transitions::fingerprint(object) != transitions::fingerprint(&before);
    let changed = *object != before;
    object.modified_at = now;
    object.modified_by = actor;
    if let Some(life) = &mut object.lifecycle
        && object.key.kind.form == Form::Made
        && resets
        && respecified
        && life.now.status.class() == Class::Ready
    {
        life.now.status = Status::NotDeployed;
    }
    let detail = json!({ "changed": changed });
    world.record(EffectKind::Updated, &wanted.key.to_string(), detail);
    if respecified || (changed && wanted.key.kind.form == Form::Condition) {
        transitions::deploy(world, &wanted.key, "update");
    }
}

/// Creates or updates what is made from a profile; says which.
fn deployable(world: &mut World, call: &Call<'_>) -> Result<(ObjectKey, &'static str), Response> {
    let place = Place::of(world, call)?;
    let mut wanted = check(world, call.request, &place)?;
    let spec: DeployableSpec = spec_as(&wanted.spec)?;
    wanted.spec.remove("variables");
    may_write(world, call, &wanted.key)?;
    let key = wanted.key.clone();
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

/// Whether `fail-on-exists` allows the write, where it counts.
pub(crate) fn may_write(
    world: &mut World,
    call: &Call<'_>,
    key: &ObjectKey,
) -> Result<(), Response> {
    if key.kind.api.manner == Manner::Hub {
        return Ok(());
    }
    let said = switch(call, "fail-on-exists")?;
    if said.is_none() {
        world.notice(FindingKind::FailOnExistsMissing, &key.to_string(), "");
    }
    let knobs = &world.config.knobs;
    let found = world.rafay.objects.get(key).filter(|object| !object.is_destroyed());
    if found.is_some() && said.unwrap_or(knobs.fail_on_exists_default) {
        return Err(exists(knobs, &format!("{} {}", key.kind.words, key.name)));
    }
    Ok(())
}

/// Whether the organization allows new objects of this kind.
fn may_create(world: &World, kind: &Kind) -> Result<(), Response> {
    let switch = &world.config.knobs.paas_disabled;
    let said = &world.rafay.record.settings;
    let (by_knob, by_record, message) = if *kind == SERVICE {
        (switch.service, said.paas_service_disabled, &said.paas_service_disable_message)
    } else {
        (switch.compute, said.paas_compute_disabled, &said.paas_compute_disable_message)
    };
    match (by_knob, by_record) {
        (true, _) => Err(error(403, &switch.message)),
        (false, true) => Err(error(403, message)),
        (false, false) => Ok(()),
    }
}

/// Whether the object's state allows a change.
pub(crate) fn may_change(object: &Object) -> Result<(), Response> {
    let refusal = match object.class() {
        Some(Class::Busy) if object.key.kind.api.manner != Manner::Hub => Refusal::Busy,
        Some(Class::Deleting) => Refusal::Deleting,
        _ => return Ok(()),
    };
    Err(refused(refusal, &object.key))
}

/// The answer to what the state of an object does not allow.
pub(crate) fn refused(refusal: Refusal, key: &ObjectKey) -> Response {
    conflict(&refusal.text(key.kind.words))
}

fn note_dropped_labels(world: &mut World, wanted: &Wanted) {
    let Some(object) = world.rafay.objects.get(&wanted.key) else { return };
    let actor = world.actor();
    let foreign = object.label_writers.iter().filter(|(_, writer)| *writer != actor);
    let dropped = foreign.filter(|(name, _)| !wanted.about.labels.contains_key(*name));
    let dropped: Vec<String> = dropped.map(|(name, _)| name.clone()).collect();
    for name in dropped {
        world.notice(FindingKind::ForeignLabelDropped, &wanted.key.to_string(), &name);
    }
}
