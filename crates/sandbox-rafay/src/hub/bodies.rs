//! The bodies that write objects of kinds that are rows: their envelope, and what their rows ask of
//! them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::key::HubKey;
use super::kind::Scope;
use super::place::HubPlace;
use super::walk;
use crate::bodies::{Envelope, Metadata};
use crate::envelope::{check_metadata, check_scope, note_read_only, read};
use crate::errors::invalid;
use crate::world::World;
use plumb_sandbox::http::{Request, Response};

/// What a body asks an object to be.
#[derive(Debug)]
pub(crate) struct HubWanted {
    pub(crate) key: HubKey,
    /// Names for people, labels and annotations.
    pub(crate) metadata: Map<String, Value>,
    pub(crate) spec: Map<String, Value>,
}

/// The part of `metadata` that a client writes and that is kept.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Kept {
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    labels: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    annotations: Map<String, Value>,
}

/// Reads and checks a body for this place, and notes bad manners.
pub(crate) fn check(
    world: &mut World,
    request: &Request,
    place: &HubPlace,
) -> Result<HubWanted, Response> {
    let raw: Value = read(request)?;
    let envelope: Envelope<Map<String, Value>> = read(request)?;
    let (version, kind) = (place.kind.api.version, place.kind.kind);
    if envelope.api_version != version || envelope.kind != kind {
        return Err(invalid(&format!("apiVersion and kind must be {version} and {kind}")));
    }
    check_metadata(&envelope.metadata)?;
    let key = place.key(&envelope.metadata.name);
    note_read_only(world, &key.to_string(), &envelope.metadata, envelope.status.is_some());
    if place.kind.scope != Scope::Organization {
        check_project(world, place, &key, &envelope.metadata)?;
    }
    let spec = envelope.spec.unwrap_or_default();
    check_spec(&key, &spec)?;
    Ok(HubWanted { key, metadata: kept(raw.get("metadata")), spec })
}

/// What is kept of `metadata`; nothing of one that is none.
pub(crate) fn kept(metadata: Option<&Value>) -> Map<String, Value> {
    let kept = metadata.map(Kept::deserialize).and_then(Result::ok).unwrap_or_default();
    match serde_json::to_value(kept) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}

fn check_project(
    world: &mut World,
    place: &HubPlace,
    key: &HubKey,
    metadata: &Metadata,
) -> Result<(), Response> {
    if metadata.project.is_empty() {
        return Err(invalid("metadata.project is required"));
    }
    check_scope(world, (&place.project, place.workspace.as_deref()), &key.to_string(), metadata)
}

/// What the row requires is there (contract 7.3), and a versioned spec says its version.
fn check_spec(key: &HubKey, spec: &Map<String, Value>) -> Result<(), Response> {
    for path in key.kind.requires {
        if walk::at(spec, path).is_empty() {
            return Err(invalid(&format!("spec.{path} is required")));
        }
    }
    if key.kind.versioned && version(spec).is_none_or(str::is_empty) {
        return Err(invalid("spec.version is required"));
    }
    Ok(())
}

/// The version a spec is of.
pub(crate) fn version(spec: &Map<String, Value>) -> Option<&str> {
    spec.get("version").and_then(Value::as_str)
}
