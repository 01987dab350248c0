//! Out-of-band edits of the Rafay organization, and the objects a world starts with.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::described::Described;
use super::key::ObjectKey;
use super::kinds::{Form, Scope};
use super::lifecycle::Status;
use super::variables::{self, Variable, VariableBody};
use super::wanted::Wanted;
use super::world::World;
use super::{changes, people_edits, table, transitions, upsert};
use plumb_sandbox::edit::Edit;
use plumb_sandbox::effects::{EffectKind, SOMEBODY_ELSE};
use plumb_sandbox::patch::merge;
use plumb_sandbox::stage::OnStage as _;

/// Whether objects of this kind can be edited: what a name begins with, or the kind of a new one.
pub(crate) fn is_kind(kind: &str) -> bool {
    people_edits::is_kind(kind) || table::of_name(kind).is_some()
}

/// Makes an edit as the present caller.
pub(crate) fn apply(world: &mut World, edit: &Edit) -> Result<(), String> {
    if people_edits::is_kind(edit.object_name().split('/').next().unwrap_or_default()) {
        return people_edits::apply(world, edit);
    }
    match edit {
        Edit::Create { object } => create(world, object),
        Edit::Patch { object, patch: patch_value } => patch(world, object, patch_value),
        Edit::Relabel { object, labels } => {
            patch(world, object, &json!({ "metadata": { "labels": labels } }))
        }
        Edit::Delete { object } => {
            let key = existing(world, object)?;
            transitions::vanish(world, &key);
            Ok(())
        }
        Edit::SetStatus { object, status, reason } => {
            let key = existing(world, object)?;
            transitions::set_status(world, &key, Status::parse(status), reason.clone())?;
            world.record(EffectKind::StatusSet, object, json!({ "status": status }));
            Ok(())
        }
        Edit::PowerOff { object } => {
            let key = existing(world, object)?;
            transitions::power_off(world, &key)?;
            world.record(EffectKind::Action, object, json!({ "verb": "stop" }));
            Ok(())
        }
        Edit::Republish { object } => republish(world, object),
    }
}

/// Makes an object from an envelope.
pub(crate) fn create(world: &mut World, envelope: &Value) -> Result<(), String> {
    let kind = envelope.get("kind").and_then(Value::as_str).unwrap_or_default();
    if people_edits::is_kind(kind) {
        people_edits::create(world, envelope)
    } else {
        create_object(world, envelope)
    }
}

/// Somebody makes a copy of an object, with a new name.
pub(crate) fn insert_like(world: &mut World, key: &ObjectKey) {
    let Some(object) = world.rafay.objects.get(key).cloned() else { return };
    let name = format!("inserted-{}-{}", object.sequence, world.calls());
    let wanted = Wanted {
        key: ObjectKey { name, ..object.key },
        about: Described::default(),
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
#[serde(default)]
struct GivenMetadata {
    name: String,
    project: String,
    workspace: Option<String>,
    #[serde(flatten)]
    about: Described,
}

/// Makes an object; what is declared is ready, unless `status.status` says something else.
fn create_object(world: &mut World, envelope: &Value) -> Result<(), String> {
    let mut given: Given = read(envelope)?;
    let GivenMetadata { name, project, workspace, about } = given.metadata;
    let kind = table::of_name(&given.kind).ok_or_else(|| format!("unknown kind {}", given.kind))?;
    let everywhere = kind.scope == Scope::Organization;
    if name.is_empty() || !everywhere && world.rafay.directory.project(&project).is_none() {
        return Err(format!("{} {name}: no name or unknown project", given.kind));
    }
    let project = if everywhere { String::new() } else { project };
    let key = ObjectKey { kind, project, workspace, name };
    let mut sent = Vec::new();
    if kind.form == Form::Made {
        sent = read(&given.spec.remove("variables").unwrap_or_else(|| json!([])))?;
    }
    let (spec, variables) = (given.spec, Vec::new());
    upsert::create(world, Wanted { key: key.clone(), about, spec, variables });
    set_variables(world, &key, &sent);
    let Some(object) = world.rafay.objects.get_mut(&key) else { return Ok(()) };
    object.global_settings = given.status.get("globalSettings").cloned().unwrap_or_default();
    let moves = object.lifecycle.is_some();
    let ready = (moves && !kind.is_written_out()).then_some("StatusOK");
    match given.status.get("status").and_then(Value::as_str).or(ready) {
        Some(status) if moves => transitions::set_status(world, &key, Status::parse(status), None),
        _ => Ok(()),
    }
}

/// Merges a patch into what can be changed; nothing begins to move.
fn patch(world: &mut World, name: &str, patch: &Value) -> Result<(), String> {
    let key = existing(world, name)?;
    let now = world.now();
    let Some(object) = world.rafay.objects.get_mut(&key) else { return Err(absent(name)) };
    object.about = object.about.patched(patch.get("metadata"))?;
    object.sign_labels(SOMEBODY_ELSE);
    object.modified_at = now;
    SOMEBODY_ELSE.clone_into(&mut object.modified_by);
    let mut spec = Value::Object(object.spec.clone());
    let mut spec_patch = patch.get("spec").cloned().unwrap_or_else(|| json!({}));
    let mut variables_patch = None;
    if key.kind.form == Form::Made
        && let Some(members) = spec_patch.as_object_mut()
    {
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

fn republish(world: &mut World, name: &str) -> Result<(), String> {
    let key = existing(world, name)?;
    if !key.kind.is_written_out() {
        transitions::deploy(world, &key, "update");
        return Ok(());
    }
    let life = transitions::life_mut(world, &key);
    life.ok_or_else(|| format!("{name} cannot be published"))?.published = None;
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
