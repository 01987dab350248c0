//! What a body means for something made from a profile: its variables checked and merged, and on
//! an update which changes the API refuses (contract 3.7 and 10).

use serde::Deserialize;
use serde_json::Value;

use super::bodies::{DeployableSpec, ProfileReference};
use super::catalog::SYSTEM_CATALOG;
use super::envelope::spec_as;
use super::errors::invalid;
use super::fixed;
use super::key::ObjectKey;
use super::kinds::Fixed;
use super::knobs::{ImmutableChange, MergeMode};
use super::objects::Object;
use super::table::COMPUTE_INSTANCE;
use super::variables::{self, ProfileVariable, VariableBody};
use super::wanted::Wanted;
use super::world::World;
use plumb_sandbox::http::Response;

/// What becomes of an update.
#[derive(Debug)]
pub(crate) enum Change {
    /// The object changes to this.
    To(Box<Wanted>),
    /// It is accepted and forgotten.
    Ignored,
}

/// A new object with its profile's variables.
pub(crate) fn complete(
    world: &World,
    mut wanted: Wanted,
    spec: &DeployableSpec,
) -> Result<Wanted, Response> {
    let profile = profile_of(world, &wanted.key, spec)?;
    if *wanted.key.kind == COMPUTE_INSTANCE {
        let own = profile.compute_type();
        match &spec.compute_type {
            Some(said) if said != own => {
                return Err(invalid(&format!("computeType must be {own} for this profile")));
            }
            _ => wanted.spec.insert("computeType".to_owned(), Value::String(own.to_owned())),
        };
    }
    let defined = profile_variables(profile);
    let problems = variables::problems(&defined, &spec.variables);
    if !problems.is_empty() {
        return Err(invalid(&problems.join("; ")));
    }
    wanted.variables = variables::merge(&defined, &spec.variables);
    Ok(wanted)
}

/// An update of an existing object.
pub(crate) fn on(
    world: &World,
    before: &Object,
    wanted: Wanted,
    spec: &DeployableSpec,
) -> Result<Change, Response> {
    let mode = world.config.knobs.merge_mode;
    let wanted = wanted.merged_onto(before, mode);
    let mut spec = spec.clone();
    if mode == MergeMode::Merge {
        let mut variables = variables::declared(&before.variables);
        variables.retain(|old| spec.variables.iter().all(|new| new.name != old.name));
        variables.append(&mut spec.variables);
        spec = DeployableSpec { variables, ..spec_as(&wanted.spec)? };
    }
    let mut wanted = keep_undeclared(before, complete(world, wanted, &spec)?);
    let fixed = fixed::changes(before, &wanted.spec);
    let defined = profile_variables_of(world, before);
    let locked = variables::locked_changes(&defined, &before.variables, &wanted.variables);
    if fixed.is_empty() && locked.is_empty() {
        return Ok(Change::To(Box::new(wanted)));
    }
    match world.config.knobs.immutable_change {
        ImmutableChange::Refused => Err(fixed::refusal(&[fixed, locked].concat())),
        ImmutableChange::Ignored => Ok(Change::Ignored),
        ImmutableChange::PartlyApplied => {
            fixed::restore(before, &mut wanted.spec, &fixed);
            let (sent, old) =
                (variables::declared(&wanted.variables), variables::declared(&before.variables));
            let is_locked = |it: &VariableBody| locked.contains(&it.name);
            let kept = sent.into_iter().filter(|it| !is_locked(it));
            let kept: Vec<VariableBody> = kept.chain(old.into_iter().filter(is_locked)).collect();
            wanted.variables = variables::merge(&defined, &kept);
            Ok(Change::To(Box::new(wanted)))
        }
    }
}

/// The variables of an object merged anew from its profile as it is now.
pub(crate) fn remerged(world: &World, object: &Object) -> Vec<variables::Variable> {
    let defined = profile_variables_of(world, object);
    if defined.is_empty() {
        return object.variables.clone();
    }
    variables::merge(&defined, &variables::declared(&object.variables))
}

/// The variables a profile defines; none where they cannot be read.
pub(crate) fn profile_variables(profile: &Object) -> Vec<ProfileVariable> {
    let stored = profile.spec.get("variables");
    stored.and_then(|stored| Vec::deserialize(stored).ok()).unwrap_or_default()
}

fn profile_of<'a>(
    world: &'a World,
    key: &ObjectKey,
    spec: &DeployableSpec,
) -> Result<&'a Object, Response> {
    let (field, reference) = if *key.kind == COMPUTE_INSTANCE {
        ("spec.computeProfile", &spec.compute_profile)
    } else {
        ("spec.serviceProfile", &spec.service_profile)
    };
    let Some(reference) = reference else {
        return Err(invalid(&format!("{field} is required")));
    };
    let found = profile_key(key, reference).and_then(|key| profile(world, &key));
    found.ok_or_else(|| invalid(&format!("{field} {} was not found", reference.name)))
}

fn profile_key(key: &ObjectKey, reference: &ProfileReference) -> Option<ObjectKey> {
    let project = if reference.system_catalog { SYSTEM_CATALOG } else { &key.project };
    Some(ObjectKey::in_project(key.kind.made_from?.0, project, &reference.name))
}

fn profile_variables_of(world: &World, object: &Object) -> Vec<ProfileVariable> {
    let reference = object.key.kind.made_from.and_then(|(_, field)| object.spec.get(field));
    let reference: Option<ProfileReference> =
        reference.and_then(|value| ProfileReference::deserialize(value).ok());
    let key = reference.and_then(|reference| profile_key(&object.key, &reference));
    let profile = key.and_then(|key| stored(world, &key));
    profile.map(profile_variables).unwrap_or_default()
}

/// Fixed fields a body does not mention are no change.
fn keep_undeclared(before: &Object, mut wanted: Wanted) -> Wanted {
    let Fixed::Paths(fields) = before.key.kind.fixed else { return wanted };
    for field in fields {
        if let Some(value) = before.spec.get(*field) {
            wanted.spec.entry(*field).or_insert_with(|| value.clone());
        }
    }
    wanted
}

/// A profile that exists and is not hidden.
pub(crate) fn profile<'a>(world: &'a World, key: &ObjectKey) -> Option<&'a Object> {
    let hidden = world.config.knobs.profile_hidden.contains(&key.name);
    stored(world, key).filter(|profile| !hidden && (!is_shared(key) || world.sees(profile)))
}

/// A profile where it is kept: a shared one with the organization that has the catalog.
fn stored<'a>(world: &'a World, key: &ObjectKey) -> Option<&'a Object> {
    if is_shared(key) { world.shared().get(key) } else { world.rafay.objects.get(key) }
}

fn is_shared(key: &ObjectKey) -> bool {
    key.project == SYSTEM_CATALOG
}
