//! POST and DELETE of objects whose kinds are rows (contract 2.1, 7.1).

use serde_json::{Map, Value, json};

use super::bodies::{self, HubWanted, version};
use super::key::HubKey;
use super::kind::{Fixed, Form, Manner};
use super::moves;
use super::place::{HubPlace, target};
use super::render::renderer;
use super::store::HubObject;
use super::walk;
use crate::errors::{conflict, error, exists, invalid};
use crate::knobs::{ImmutableChange, MergeMode};
use crate::lifecycle::Class;
use crate::paging::switch;
use crate::render::View;
use crate::world::{Call, World};
use plumb_sandbox::effects::EffectKind;
use plumb_sandbox::findings::FindingKind;
use plumb_sandbox::http::Response;

/// Creates or replaces an object, whoever made it.
pub(crate) fn upsert(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = HubPlace::of(world, call)?;
    let wanted = bodies::check(world, call.request, &place)?;
    let key = wanted.key.clone();
    may_write(world, call, &key)?;
    let before = world.rafay.hub.get(&key).filter(|object| !object.is_destroyed()).cloned();
    match before {
        None => create(world, wanted),
        Some(before) => {
            may_change(&before)?;
            let wanted = changed(world, &before, wanted)?;
            update(world, wanted);
        }
    }
    let Some(object) = world.rafay.hub.get(&key) else { return Err(error(502, "internal error")) };
    if key.kind.api.manner == Manner::Developer {
        let message = format!("{} accepted", key.kind.kind);
        let body = json!({ "status": "Success", "message": message, "name": key.name });
        return Ok(Response::json(201, &body));
    }
    Ok(Response::json(200, &renderer(world).object(object, View::Single)))
}

/// Deletes an object, with every version of it, unless others need it.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let (key, object) = target(world, call)?;
    let busy = object.class() == Some(Class::Busy);
    let actor = world.actor();
    let owned = object.created_by == *actor || object.label_writers.values().any(|it| it == actor);
    if busy && key.kind.api.manner != Manner::Hub {
        return Err(conflict(&format!("{key} has an operation in progress")));
    }
    if let Some(other) = needed_by(world, &key) {
        return Err(conflict(&format!("{key} is used by {other}")));
    }
    if !owned {
        world.notice(FindingKind::DeleteWithoutOwnership, &key.to_string(), "");
    }
    moves::delete(world, &key);
    if key.kind.api.manner == Manner::Hub {
        return Ok(Response::empty(200));
    }
    let message = format!("{} deletion initiated", key.kind.kind);
    Ok(Response::json(202, &json!({ "status": "Success", "message": message })))
}

/// Puts a new object into the world, as if the current caller had asked for it.
pub(crate) fn create(world: &mut World, wanted: HubWanted) {
    let (now, actor) = (world.now(), world.actor().to_owned());
    let key = wanted.key;
    let id = match key.kind.api.manner {
        Manner::Hub if key.kind.api.version.ends_with("/v3") => world.stage.random().short_id(),
        _ => world.stage.random().uuid(now),
    };
    let mut object = HubObject {
        sequence: world.rafay.hub.take_sequence(),
        id,
        created_at: now,
        created_by: actor.clone(),
        modified_at: now,
        modified_by: actor.clone(),
        metadata: wanted.metadata,
        label_writers: std::collections::BTreeMap::new(),
        spec: wanted.spec,
        older: Vec::new(),
        life: None,
        key: key.clone(),
    };
    sign_labels(&mut object, &actor);
    // Only somebody else replaces an object without deleting it; what reads still show is gone.
    if world.rafay.hub.get(&key).is_some_and(|old| !old.is_destroyed()) {
        moves::vanish(world, &key);
    }
    world.rafay.hub.insert(object);
    world.record(EffectKind::Created, &key.to_string(), Value::Null);
    moves::deploy(world, &key, "create");
}

/// Changes an existing object to what is wanted.
pub(crate) fn update(world: &mut World, wanted: HubWanted) {
    let (now, actor) = (world.now(), world.actor().to_owned());
    note_dropped_labels(world, &wanted, &actor);
    let Some(object) = world.rafay.hub.get_mut(&wanted.key) else { return };
    let respecified = object.spec != wanted.spec && !is_older(object, &wanted.spec);
    let changed = respecified || object.metadata != wanted.metadata;
    object.metadata = wanted.metadata;
    sign_labels(object, &actor);
    if respecified {
        let before = std::mem::replace(&mut object.spec, wanted.spec);
        if object.key.kind.versioned && version(&before) != version(&object.spec) {
            object.older.push(before);
        }
    }
    object.modified_at = now;
    object.modified_by = actor;
    let detail = json!({ "changed": changed });
    world.record(EffectKind::Updated, &wanted.key.to_string(), detail);
    let moves_it = respecified || (changed && wanted.key.kind.form == Form::Condition);
    if moves_it {
        moves::deploy(world, &wanted.key, "update");
    }
}

/// Labels nobody had set are the writer's.
pub(crate) fn sign_labels(object: &mut HubObject, writer: &str) {
    let labels: Vec<String> = object.labels().cloned().collect();
    object.label_writers.retain(|name, _| labels.contains(name));
    for name in labels {
        object.label_writers.entry(name).or_insert_with(|| writer.to_owned());
    }
}

/// Whether `fail-on-exists` allows the write, where it counts.
fn may_write(world: &mut World, call: &Call<'_>, key: &HubKey) -> Result<(), Response> {
    if key.kind.api.manner == Manner::Hub {
        return Ok(());
    }
    let said = switch(call, "fail-on-exists")?;
    if said.is_none() {
        world.notice(FindingKind::FailOnExistsMissing, &key.to_string(), "");
    }
    let knobs = &world.config.knobs;
    let found = world.rafay.hub.get(key).filter(|object| !object.is_destroyed());
    if found.is_some() && said.unwrap_or(knobs.fail_on_exists_default) {
        return Err(exists(knobs, &key.to_string()));
    }
    Ok(())
}

/// Whether the object's state allows a change.
fn may_change(object: &HubObject) -> Result<(), Response> {
    let (key, hub) = (&object.key, object.key.kind.api.manner == Manner::Hub);
    match object.class() {
        Some(Class::Deleting) => Err(conflict(&format!("{key} is being deleted"))),
        Some(Class::Busy) if !hub => Err(conflict(&format!("{key} has an operation in progress"))),
        _ => Ok(()),
    }
}

/// What becomes of an update: merged, checked for versions and for what is fixed.
fn changed(
    world: &World,
    before: &HubObject,
    mut wanted: HubWanted,
) -> Result<HubWanted, Response> {
    if world.config.knobs.merge_mode == MergeMode::Merge {
        keep(&mut wanted.metadata, &before.metadata);
        keep(&mut wanted.spec, &before.spec);
    }
    check_version(before, &wanted.spec)?;
    let forbidden = forbidden(before, &wanted.spec);
    if before.key.kind.fixed == Fixed::Silently {
        wanted.spec.clone_from(&before.spec);
    } else if !forbidden.is_empty() {
        match world.config.knobs.immutable_change {
            ImmutableChange::Refused => {
                let said = format!("cannot be changed after creation: {}", forbidden.join(", "));
                return Err(invalid(&said));
            }
            ImmutableChange::Ignored => {
                wanted.spec.clone_from(&before.spec);
                wanted.metadata.clone_from(&before.metadata);
            }
            ImmutableChange::PartlyApplied => restore(before, &mut wanted.spec, &forbidden),
        }
    }
    Ok(wanted)
}

fn keep(wanted: &mut Map<String, Value>, before: &Map<String, Value>) {
    for (name, value) in before {
        wanted.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

/// A version that exists has the spec it has.
fn check_version(before: &HubObject, spec: &Map<String, Value>) -> Result<(), Response> {
    if !before.key.kind.versioned {
        return Ok(());
    }
    let known = std::iter::once(&before.spec).chain(&before.older);
    let same = known.into_iter().find(|known| version(known) == version(spec));
    match same {
        Some(known) if known != spec => {
            let version = version(spec).unwrap_or_default();
            Err(invalid(&format!("version {version} of {} already exists", before.key)))
        }
        _ => Ok(()),
    }
}

fn is_older(object: &HubObject, spec: &Map<String, Value>) -> bool {
    object.older.iter().any(|known| known == spec)
}

/// The names of what is changed and fixed. What a body leaves out is no change.
fn forbidden(before: &HubObject, spec: &Map<String, Value>) -> Vec<String> {
    match before.key.kind.fixed {
        Fixed::Silently => Vec::new(),
        Fixed::Paths(paths) => {
            let differs = |path: &&&str| {
                let said = walk::at(spec, path);
                !said.is_empty() && said != walk::at(&before.spec, path)
            };
            paths.iter().filter(differs).map(|path| (*path).to_owned()).collect()
        }
        Fixed::AllBut(free) => {
            let fixed = spec.iter().filter(|(name, _)| !free.contains(&name.as_str()));
            let differs = fixed.filter(|(name, value)| before.spec.get(*name) != Some(*value));
            differs.map(|(name, _)| name.clone()).collect()
        }
    }
}

/// Takes back the forbidden part of an update.
fn restore(before: &HubObject, spec: &mut Map<String, Value>, forbidden: &[String]) {
    for path in forbidden {
        let member = path.split('.').next().unwrap_or_default();
        match before.spec.get(member) {
            Some(value) => spec.insert(member.to_owned(), value.clone()),
            None => spec.remove(member),
        };
    }
}

/// An object that needs this one, in the same project.
fn needed_by(world: &World, key: &HubKey) -> Option<HubKey> {
    let needs = |object: &&HubObject| {
        let mut paths = object.key.kind.needs.iter().filter(|need| need.kind == key.kind.kind);
        object.key.project == key.project
            && !object.is_destroyed()
            && paths.any(|need| walk::names(&object.spec, need.path, &key.name))
    };
    world.rafay.hub.all().find(needs).map(|object| object.key.clone())
}

fn note_dropped_labels(world: &mut World, wanted: &HubWanted, actor: &str) {
    let Some(object) = world.rafay.hub.get(&wanted.key) else { return };
    let labels = wanted.metadata.get("labels").and_then(Value::as_object);
    let kept = |name: &str| labels.is_some_and(|labels| labels.contains_key(name));
    let foreign = object.label_writers.iter().filter(|(_, writer)| *writer != actor);
    let dropped: Vec<String> =
        foreign.filter(|(name, _)| !kept(name)).map(|(name, _)| name.clone()).collect();
    for name in dropped {
        world.notice(FindingKind::ForeignLabelDropped, &wanted.key.to_string(), &name);
    }
}
