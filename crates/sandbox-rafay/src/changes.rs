//! What a body means for something made from a profile: its variables checked and merged, and on
//! an update which changes the API refuses (contract 3.7 and 10).

use serde::Deserialize;
use serde_json::Value;

use super::bodies::{DeployableSpec, ProfileReference};
use super::catalog::SYSTEM_CATALOG;
use super::errors::invalid;
use super::key::ObjectKey;
use super::knobs::{ImmutableChange, MergeMode};
use super::objects::Object;
use super::table::COMPUTE_INSTANCE;
use super::variables::{self, ProfileVariable, VariableBody};
use super::wanted::Wanted;
use super::world::World;
use plumb_sandbox::http::Response;

/// The fields of the spec that are fixed after creation besides the profile.
const FIXED_FIELDS: [&str; 4] = ["computeType", "computeProfile", "serviceProfile", "serviceType"];

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
    let mut spec = spec.clone();
    if mode == MergeMode::Merge {
        spec = merged(before, &spec);
    }
    let wanted = complete(world, wanted.merged_onto(before, mode), &spec)?;
    let mut wanted = keep_undeclared(before, wanted);
    let mut forbidden = fixed_changes(before, &wanted);
    let defined = profile_variables_of(world, before);
    forbidden.extend(variables::locked_changes(&defined, &before.variables, &wanted.variables));
    if forbidden.is_empty() {
        return Ok(Change::To(Box::new(wanted)));
    }
    match world.config.knobs.immutable_change {
        ImmutableChange::Refused => {
            Err(invalid(&format!("cannot be changed after creation: {}", forbidden.join(", "))))
        }
        ImmutableChange::Ignored => Ok(Change::Ignored),
        ImmutableChange::PartlyApplied => {
            restore(before, &mut wanted, &defined, &forbidden);
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

/// The body with what it leaves out taken from the object.
fn merged(before: &Object, sent: &DeployableSpec) -> DeployableSpec {
    let old = DeployableSpec::deserialize(&before.spec).unwrap_or_default();
    let mut variables: Vec<VariableBody> = variables::declared(&before.variables);
    variables.retain(|old| sent.variables.iter().all(|new| new.name != old.name));
    variables.extend(sent.variables.iter().cloned());
    DeployableSpec {
        compute_profile: sent.compute_profile.clone().or(old.compute_profile),
        compute_type: sent.compute_type.clone().or(old.compute_type),
        service_profile: sent.service_profile.clone().or(old.service_profile),
        service_type: sent.service_type.clone().or(old.service_type),
        datacenter: sent.datacenter.clone().or(old.datacenter),
        sharing: sent.sharing.clone().or(old.sharing),
        variables,
    }
}

/// Fixed fields a body does not mention are no change.
fn keep_undeclared(before: &Object, mut wanted: Wanted) -> Wanted {
    for field in FIXED_FIELDS.into_iter().chain(["datacenter"]) {
        if let Some(value) = before.spec.get(field) {
            wanted.spec.entry(field).or_insert_with(|| value.clone());
        }
    }
    wanted
}

fn fixed_changes(before: &Object, wanted: &Wanted) -> Vec<String> {
    let fields = FIXED_FIELDS.into_iter().chain(["datacenter"]);
    let changed = fields.filter(|field| before.spec.get(*field) != wanted.spec.get(*field));
    changed.map(str::to_owned).collect()
}

/// Takes back the forbidden part of an update.
fn restore(
    before: &Object,
    wanted: &mut Wanted,
    defined: &[ProfileVariable],
    forbidden: &[String],
) {
    for field in FIXED_FIELDS.into_iter().chain(["datacenter"]) {
        match before.spec.get(field) {
            Some(value) => wanted.spec.insert(field.to_owned(), value.clone()),
            None => wanted.spec.remove(field),
        };
    }
    let sent = variables::declared(&wanted.variables);
    let mut kept: Vec<VariableBody> =
        sent.into_iter().filter(|it| !forbidden.contains(&it.name)).collect();
    let old = variables::declared(&before.variables);
    kept.extend(old.into_iter().filter(|it| forbidden.contains(&it.name)));
    wanted.variables = variables::merge(defined, &kept);
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
