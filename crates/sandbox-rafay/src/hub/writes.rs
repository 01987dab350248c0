//! POST of declared objects (contract 2.1, 7.1).

use serde_json::{Map, Value};

use crate::answers::Done;
use crate::envelope::check;
use crate::errors::invalid;
use crate::fixed;
use crate::key::ObjectKey;
use crate::kinds::{Fixed, Manner};
use crate::knobs::ImmutableChange;
use crate::objects::Object;
use crate::place::Place;
use crate::upsert::{answer, create, may_change, may_write, update};
use crate::walk;
use crate::wanted::Wanted;
use crate::world::{Call, World};
use plumb_sandbox::http::Response;

/// Creates or replaces an object, whoever made it.
pub(crate) fn upsert(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let place = Place::of(world, call)?;
    let wanted = check(world, call.request, &place)?;
    check_spec(&wanted)?;
    let key = wanted.key.clone();
    may_write(world, call, &key)?;
    let before = world.rafay.objects.get(&key).filter(|object| !object.is_destroyed()).cloned();
    match before {
        None => create(world, wanted),
        Some(before) => {
            may_change(&before)?;
            let wanted = changed(world, &before, wanted)?;
            update(world, wanted);
        }
    }
    if key.kind.api.manner == Manner::Developer {
        let message = format!("{} accepted", key.kind.name);
        return Ok(Response::json(201, &Done::written(message, &key.name)));
    }
    answer(world, &key)
}

/// What the row requires is there (contract 7.3), and a versioned spec says its version.
fn check_spec(wanted: &Wanted) -> Result<(), Response> {
    let Wanted { key: ObjectKey { kind, .. }, spec, .. } = wanted;
    for path in kind.requires {
        if walk::at(spec, path).is_empty() {
            return Err(invalid(&format!("spec.{path} is required")));
        }
    }
    if kind.versioned && Object::version(spec).is_none_or(str::is_empty) {
        return Err(invalid("spec.version is required"));
    }
    Ok(())
}

/// What becomes of an update: merged, checked for versions and for what is fixed.
fn changed(world: &World, before: &Object, wanted: Wanted) -> Result<Wanted, Response> {
    let mut wanted = wanted.merged_onto(before, world.config.knobs.merge_mode);
    check_version(before, &wanted.spec)?;
    let forbidden = fixed::changes(before, &wanted.spec);
    if before.key.kind.fixed == Fixed::Silently {
        wanted.spec.clone_from(&before.spec);
    } else if !forbidden.is_empty() {
        match world.config.knobs.immutable_change {
            ImmutableChange::Refused => return Err(fixed::refusal(&forbidden)),
            ImmutableChange::Ignored => {
                wanted.spec.clone_from(&before.spec);
                wanted.about.clone_from(&before.about);
            }
            ImmutableChange::PartlyApplied => {
                fixed::restore(before, &mut wanted.spec, &forbidden);
            }
        }
    }
    Ok(wanted)
}

/// A version that exists has the spec it has.
fn check_version(before: &Object, spec: &Map<String, Value>) -> Result<(), Response> {
    if !before.key.kind.versioned {
        return Ok(());
    }
    let known = std::iter::once(&before.spec).chain(&before.older);
    let version = Object::version(spec);
    let same = known.into_iter().find(|known| Object::version(known) == version);
    match same {
        Some(known) if known != spec => {
            let version = version.unwrap_or_default();
            Err(invalid(&format!("version {version} of {} already exists", before.key)))
        }
        _ => Ok(()),
    }
}
