//! Out-of-band edits of the Rafay organization, and the objects a world starts with.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::hub::key::HubKey;
use super::hub::{self, table};
use super::kinds::{Kind, ObjectKey};
use super::lifecycle::{Lifecycle, Status};
use super::objects::Object;
use super::upsert::{self};
use super::variables::{self, Variable, VariableBody};
use super::wanted::Wanted;
use super::world::World;
use super::{changes, people_edits, transitions};
use plumb_sandbox::edit::Edit;
use plumb_sandbox::effects::{EffectKind, SOMEBODY_ELSE};
use plumb_sandbox::patch::merge;
use plumb_sandbox::stage::OnStage as _;

/// Whether objects of this kind can be edited: what a name begins with, or the kind of a new one.
pub(crate) fn is_kind(kind: &str) -> bool {
    people_edits::is_kind(kind) || Kind::parse(kind).is_some() || table::of_name(kind).is_some()
}

/// Makes an edit as the present caller.
pub(crate) fn apply(world: &mut World, edit: &Edit) -> Result<(), String> {
    if let Some(key) = HubKey::parse(edit.object_name()) {
        return hub::edits::apply(world, &key, edit);
    }
    if people_edits::is_kind(edit.object_name().split('/').next().unwrap_or_default()) {
        return people_edits::apply(world, edit);
    }
    match edit {
        Edit::Create { object } => create(world, object),
        Edit::Patch { object, patch: patch_value } => patch(world, object, patch_value),
        Edit::Relabel { object, labels } => relabel(world, object, labels),
        Edit::Delete { object } => delete(world, object),
        Edit::SetStatus { object, status, reason } => {
            let key = existing(world, object)?;
            transitions::set_status(world, &key, Status::parse(status), reason.clone());
            world.record(EffectKind::StatusSet, object, json!({ "status": status }));
            Ok(())
        }
        Edit::PowerOff { object } => power_off(world, object),
        Edit::Republish { object } => republish(world, object),
    }
}

/// Makes an object from an envelope.
pub(crate) fn create(world: &mut World, envelope: &Value) -> Result<(), String> {
    let kind = envelope.get("kind").and_then(Value::as_str).unwrap_or_default();
    match kind {
        _ if people_edits::is_kind(kind) => people_edits::create(world, envelope),
        _ if table::of_name(kind).is_some() => hub::edits::create(world, envelope),
        _ => create_object(world, envelope),
    }
}

/// Somebody makes a copy of an object, with a new name.
pub(crate) fn insert_like(world: &mut World, key: &ObjectKey) {
    let Some(object) = world.rafay.objects.get(key).cloned() else { return };
    let name = format!("inserted-{}-{}", object.sequence, world.calls());
    let wanted = Wanted {
        key: ObjectKey { name, ..object.key },
        display_name: None,
        description: None,
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        spec: object.spec,
        variables: object.variables,
    };
    world.as_somebody_else(|world| upsert::create(world, wanted));
}

#[derive(Deserialize)]
struct Given {
    kind: String,
    metadata: GivenMetadata,
    #[serde(default)]
    spec: Map<String, Value>,
    #[serde(default)]
    status: Value,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct GivenMetadata {
    name: String,
    project: String,
    workspace: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

fn create_object(world: &mut World, envelope: &Value) -> Result<(), String> {
    let mut given: Given = read(envelope)?;
    let metadata = given.metadata;
    let kind = Kind::parse(&given.kind).ok_or_else(|| format!("unknown kind {}", given.kind))?;
    if metadata.name.is_empty() || world.rafay.directory.project(&metadata.project).is_none() {
        return Err(format!("{} {}: no name or unknown project", given.kind, metadata.name));
    }
    let key = ObjectKey {
        kind,
        project: metadata.project,
        workspace: metadata.workspace,
        name: metadata.name,
    };
    let mut sent = Vec::new();
    if kind.profile_kind().is_some() {
        sent = read(&given.spec.remove("variables").unwrap_or_else(|| json!([])))?;
    }
    upsert::create(
        world,
        Wanted {
            key: key.clone(),
            display_name: metadata.display_name,
            description: metadata.description,
            labels: metadata.labels,
            annotations: metadata.annotations,
            spec: given.spec,
            variables: Vec::new(),
        },
    );
    set_variables(world, &key, &sent);
    if let Some(object) = world.rafay.objects.get_mut(&key) {
        object.global_settings = given.status.get("globalSettings").cloned().unwrap_or_default();
    }
    if let Some(status) = given.status.get("status").and_then(Value::as_str) {
        transitions::set_status(world, &key, Status::parse(status), None);
    }
    Ok(())
}

fn patch(world: &mut World, name: &str, patch: &Value) -> Result<(), String> {
    let key = existing(world, name)?;
    let Some(object) = world.rafay.objects.get_mut(&key) else { return Err(absent(name)) };
    patch_metadata(object, patch.get("metadata"))?;
    let mut spec = Value::Object(object.spec.clone());
    let mut spec_patch = patch.get("spec").cloned().unwrap_or_else(|| json!({}));
    let deployed = key.kind.profile_kind().is_some();
    let mut variables_patch = None;
    if deployed && let Some(members) = spec_patch.as_object_mut() {
        variables_patch = members.remove("variables");
    }
    merge(&mut spec, &spec_patch, 0);
    object.spec = spec.as_object().cloned().unwrap_or_default();
    if let Some(entries) = variables_patch {
        let declared = patched_variables(&object.variables, &entries)?;
        set_variables(world, &key, &declared);
    }
    world.record(EffectKind::Updated, name, json!({ "changed": true }));
    Ok(())
}

fn patch_metadata(object: &mut Object, patch: Option<&Value>) -> Result<(), String> {
    let Some(patch) = patch else { return Ok(()) };
    let mut metadata = json!({
        "displayName": object.display_name,
        "description": object.description,
        "labels": object.labels,
        "annotations": object.annotations,
    });
    merge(&mut metadata, patch, 0);
    // A merge patch removes what it sets to null.
    let given: GivenMetadata = read(&metadata)?;
    object.display_name = given.display_name;
    object.description = given.description;
    object.labels = given.labels;
    object.annotations = given.annotations;
    adopt_labels(object);
    Ok(())
}

/// The declared variables after a patch by name.
fn patched_variables(before: &[Variable], entries: &Value) -> Result<Vec<VariableBody>, String> {
    let mut declared = variables::declared(before);
    for entry in entries.as_array().ok_or("spec.variables is not a list")? {
        let name = entry.get("name").and_then(Value::as_str).ok_or("a variable has no name")?;
        declared.retain(|variable| variable.name != name);
        if entry.get("value").is_some_and(|value| !value.is_null()) {
            declared.push(read(entry)?);
        }
    }
    Ok(declared)
}

fn relabel(
    world: &mut World,
    name: &str,
    labels: &BTreeMap<String, Option<String>>,
) -> Result<(), String> {
    let key = existing(world, name)?;
    let Some(object) = world.rafay.objects.get_mut(&key) else { return Err(absent(name)) };
    for (label, value) in labels {
        match value {
            Some(value) => object.labels.insert(label.clone(), value.clone()),
            None => object.labels.remove(label),
        };
    }
    adopt_labels(object);
    world.record(EffectKind::Updated, name, json!({ "changed": true }));
    Ok(())
}

/// Labels nobody wrote through the API were written by somebody else.
fn adopt_labels(object: &mut Object) {
    let labels = &object.labels;
    object.label_writers.retain(|label, _| labels.contains_key(label));
    for label in labels.keys() {
        let writer = || SOMEBODY_ELSE.to_owned();
        object.label_writers.entry(label.clone()).or_insert_with(writer);
    }
}

fn delete(world: &mut World, name: &str) -> Result<(), String> {
    let key = existing(world, name)?;
    transitions::vanish(world, &key);
    Ok(())
}

fn power_off(world: &mut World, name: &str) -> Result<(), String> {
    let key = existing(world, name)?;
    let life = life_of(world, &key).ok_or_else(|| format!("{name} has no power"))?;
    life.action = Some("stop".to_owned());
    transitions::set_status(world, &key, Status::ActionComplete, None);
    world.record(EffectKind::Action, name, json!({ "verb": "stop" }));
    Ok(())
}

fn republish(world: &mut World, name: &str) -> Result<(), String> {
    let key = existing(world, name)?;
    let life = life_of(world, &key).ok_or_else(|| format!("{name} cannot be published"))?;
    life.published = None;
    transitions::publish(world, &key).map_err(|refusal| refusal.text(name))
}

/// Merges declared variables with the profile's; without a profile they stand alone.
fn set_variables(world: &mut World, key: &ObjectKey, sent: &[VariableBody]) {
    let stands_alone = |body: &VariableBody| Variable {
        name: body.name.clone(),
        value: body.value.clone(),
        value_type: body.value_type.clone(),
        profile_type: None,
        options: body.options.clone(),
        sensitive: false,
        declared: true,
    };
    if let Some(object) = world.rafay.objects.get_mut(key) {
        object.variables = sent.iter().map(stands_alone).collect();
    }
    let Some(object) = world.rafay.objects.get(key) else { return };
    let merged = changes::remerged(world, object);
    if let Some(object) = world.rafay.objects.get_mut(key) {
        object.variables = merged;
    }
}

fn life_of<'a>(world: &'a mut World, key: &ObjectKey) -> Option<&'a mut Lifecycle> {
    world.rafay.objects.get_mut(key).and_then(|object| object.lifecycle.as_mut())
}

fn existing(world: &World, name: &str) -> Result<ObjectKey, String> {
    let key = ObjectKey::parse(name).ok_or_else(|| format!("{name} is not an object key"))?;
    match world.rafay.objects.get(&key) {
        Some(_) => Ok(key),
        None => Err(absent(name)),
    }
}

fn absent(name: &str) -> String {
    format!("{name} does not exist")
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|problem| problem.to_string())
}
