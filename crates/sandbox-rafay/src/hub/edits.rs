//! Edits by somebody else of objects whose kinds are rows.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::bodies::{HubWanted, kept};
use super::key::HubKey;
use super::kind::Scope;
use super::{moves, table, writes};
use crate::world::World;
use plumb_sandbox::edit::Edit;
use plumb_sandbox::effects::{EffectKind, SOMEBODY_ELSE};
use plumb_sandbox::patch::merge;

/// Makes an edit of the object of this key.
pub(crate) fn apply(world: &mut World, key: &HubKey, edit: &Edit) -> Result<(), String> {
    if world.rafay.hub.get(key).is_none() {
        return Err(format!("{key} does not exist"));
    }
    match edit {
        Edit::Create { object } => create(world, object),
        Edit::Patch { patch, .. } => {
            alter(world, key, patch);
            Ok(())
        }
        Edit::Relabel { labels, .. } => {
            relabel(world, key, labels);
            Ok(())
        }
        Edit::Delete { .. } => {
            moves::vanish(world, key);
            Ok(())
        }
        Edit::SetStatus { status, reason, .. } => {
            moves::set_status(world, key, status, reason.clone())?;
            let detail = json!({ "status": status });
            world.record(EffectKind::StatusSet, &key.to_string(), detail);
            Ok(())
        }
        Edit::PowerOff { .. } => {
            moves::power_off(world, key)?;
            world.record(EffectKind::Action, &key.to_string(), json!({ "verb": "stop" }));
            Ok(())
        }
        Edit::Republish { .. } => {
            moves::deploy(world, key, "update");
            Ok(())
        }
    }
}

/// Makes an object from an envelope; it is ready, unless `status.status` says something else.
pub(crate) fn create(world: &mut World, envelope: &Value) -> Result<(), String> {
    let text = |path: &str| envelope.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let (kind, name) = (text("/kind"), text("/metadata/name"));
    let row = table::of_name(kind).ok_or_else(|| format!("unknown kind {kind}"))?;
    let project = text("/metadata/project");
    let known =
        row.scope == Scope::Organization || world.rafay.directory.project(project).is_some();
    if name.is_empty() || !known {
        return Err(format!("{kind} {name}: no name or unknown project"));
    }
    let workspace = envelope.pointer("/metadata/workspace").and_then(Value::as_str);
    let project = if row.scope == Scope::Organization { "" } else { project };
    let key = HubKey {
        kind: row,
        project: project.to_owned(),
        workspace: workspace.map(str::to_owned),
        name: name.to_owned(),
    };
    let spec = envelope.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    let metadata = kept(envelope.get("metadata"));
    let status = match text("/status/status") {
        "" => "StatusOK".to_owned(),
        said => said.to_owned(),
    };
    writes::create(world, HubWanted { key: key.clone(), metadata, spec });
    if world.rafay.hub.get(&key).is_some_and(|object| object.life.is_some()) {
        moves::set_status(world, &key, &status, None)?;
    }
    Ok(())
}

/// Merges a patch into what can be changed; nothing begins to move.
fn alter(world: &mut World, key: &HubKey, patch: &Value) {
    let now = world.stage.now();
    let Some(object) = world.rafay.hub.get_mut(key) else { return };
    let merged = |before: &Map<String, Value>, patch: Option<&Value>| {
        let mut value = Value::Object(before.clone());
        merge(&mut value, patch.unwrap_or(&json!({})), 0);
        value
    };
    object.metadata = kept(Some(&merged(&object.metadata, patch.get("metadata"))));
    let spec = merged(&object.spec, patch.get("spec"));
    object.spec = spec.as_object().cloned().unwrap_or_default();
    object.modified_at = now;
    SOMEBODY_ELSE.clone_into(&mut object.modified_by);
    writes::sign_labels(object, SOMEBODY_ELSE);
    world.record(EffectKind::Updated, &key.to_string(), json!({ "changed": true }));
}

fn relabel(world: &mut World, key: &HubKey, labels: &BTreeMap<String, Option<String>>) {
    alter(world, key, &json!({ "metadata": { "labels": labels } }));
}
