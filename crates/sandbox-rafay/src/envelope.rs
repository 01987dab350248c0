//! Checks of a request body before anything is changed: its envelope, its metadata, and what it says
//! about its own scope.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::bodies::{Envelope, Metadata};
use super::errors::{error, invalid};
use super::key::ObjectKey;
use super::kinds::Scope;
use super::names;
use super::place::Place;
use super::wanted::Wanted;
use super::world::World;
use plumb_sandbox::findings::FindingKind;
use plumb_sandbox::http::{Request, Response};

/// The `apiVersion` of v3 objects.
pub(crate) const V3_API_VERSION: &str = "system.k8smgmt.io/v3";

/// Reads a body: JSON, or YAML where it is called so (contract 7.1).
pub(crate) fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Response> {
    let refused = |problem: String| invalid(&format!("invalid request body: {problem}"));
    // Read as JSON's values first: types that only YAML has are no part of the API, and the types of
    // bodies are read in one way alone.
    let value: Result<Value, String> = if request.header_value("content-type").is_some_and(is_yaml)
    {
        serde_yaml::from_slice(&request.body).map_err(|it| it.to_string())
    } else {
        serde_json::from_slice(&request.body).map_err(|it| it.to_string())
    };
    T::deserialize(&value.map_err(refused)?).map_err(|it| refused(it.to_string()))
}

/// How answers in YAML are called.
pub(crate) const YAML: &str = "application/yaml";

/// Whether a header speaks of YAML.
pub(crate) fn is_yaml(header: &str) -> bool {
    let media = header.split([';', ',']).next().unwrap_or_default().trim().to_ascii_lowercase();
    [YAML, "application/x-yaml", "text/yaml"].contains(&media.as_str())
}

/// Reads and checks the body of an upsert in this place, and notes bad manners.
pub(crate) fn check(
    world: &mut World,
    request: &Request,
    place: &Place,
) -> Result<Wanted, Response> {
    let Envelope { api_version, kind, metadata, spec, status } = read(request)?;
    check_kind((&api_version, &kind), (place.kind.api.version, place.kind.name))?;
    check_metadata(&metadata)?;
    let key = place.key(&metadata.name);
    note_read_only(world, &key.to_string(), &metadata, status.is_some());
    if place.kind.scope != Scope::Organization {
        check_scope(world, place, &key, &metadata)?;
    }
    let (spec, variables) = (spec.unwrap_or_default(), Vec::new());
    Ok(Wanted { key, about: metadata.about, spec, variables })
}

/// Reads what of a spec counts.
pub(crate) fn spec_as<T: DeserializeOwned>(spec: &Map<String, Value>) -> Result<T, Response> {
    T::deserialize(spec).map_err(|problem| invalid(&format!("invalid request body: {problem}")))
}

/// Checks the `apiVersion` and the `kind` a body says against those it must say.
pub(crate) fn check_kind(said: (&str, &str), expected: (&str, &str)) -> Result<(), Response> {
    if said == expected {
        return Ok(());
    }
    Err(invalid(&format!("apiVersion and kind must be {} and {}", expected.0, expected.1)))
}

/// Checks names, labels and annotations.
pub(crate) fn check_metadata(metadata: &Metadata) -> Result<(), Response> {
    if !names::is_dns_label(&metadata.name) {
        return Err(invalid("metadata.name must be a DNS-1123 label of at most 63 characters"));
    }
    for (name, value) in &metadata.about.labels {
        if !names::is_label_key(name) || !names::is_label_value(value) {
            return Err(invalid(&format!("label {name} is not valid")));
        }
    }
    for name in metadata.about.annotations.keys() {
        if !names::is_label_key(name) {
            return Err(invalid(&format!("annotation {name} is not valid")));
        }
    }
    Ok(())
}

/// Notes what only the server writes.
pub(crate) fn note_read_only(world: &mut World, key: &str, metadata: &Metadata, status: bool) {
    let fields = ["id", "projectID", "createdAt", "modifiedAt", "createdBy", "modifiedBy"];
    for field in fields.iter().filter(|field| metadata.others.contains_key(**field)) {
        world.notice(FindingKind::ReadOnlyFieldWritten, key, &format!("metadata.{field}"));
    }
    if status {
        world.notice(FindingKind::ReadOnlyFieldWritten, key, "status");
    }
}

/// The path's scope wins over the body's, unless the knob wants them equal.
fn check_scope(
    world: &mut World,
    place: &Place,
    key: &ObjectKey,
    metadata: &Metadata,
) -> Result<(), Response> {
    if metadata.project.is_empty() {
        return Err(invalid("metadata.project is required"));
    }
    let said = metadata.workspace.as_ref().filter(|_| place.workspace.is_some());
    if metadata.project == place.project && (said.is_none() || said == place.workspace.as_ref()) {
        return Ok(());
    }
    let said = metadata.workspace.as_ref().map_or(String::new(), |name| format!("/{name}"));
    let said = format!("{}{said}", metadata.project);
    world.notice(FindingKind::ScopeMismatch, &key.to_string(), &said);
    if world.config.knobs.strict_scope_match {
        return Err(error(400, "the scope in the body is not the scope of the path"));
    }
    Ok(())
}
