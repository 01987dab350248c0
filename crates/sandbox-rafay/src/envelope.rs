//! Checks of a platform request body before anything is changed: its envelope, its metadata, and what
//! it says about its own scope.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::bodies::{Envelope, Metadata};
use super::errors::{error, invalid};
use super::kinds::API_VERSION;
use super::names;
use super::paging::Page;
use super::place::Place;
use super::world::World;
use plumb_sandbox::findings::FindingKind;
use plumb_sandbox::http::{Request, Response};

/// The `apiVersion` of v3 objects.
pub(crate) const V3_API_VERSION: &str = "system.k8smgmt.io/v3";

/// A body that passed, beside its spec as sent.
#[derive(Debug)]
pub(crate) struct Checked<Spec> {
    pub(crate) metadata: Metadata,
    pub(crate) spec: Option<Spec>,
    /// The members of the spec as sent.
    pub(crate) raw_spec: serde_json::Map<String, Value>,
}

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
pub(crate) fn check<Spec: DeserializeOwned>(
    world: &mut World,
    request: &Request,
    place: &Place,
) -> Result<Checked<Spec>, Response> {
    let envelope: Envelope<Spec> = read(request)?;
    let kind = place.kind.as_str();
    if envelope.api_version != API_VERSION || envelope.kind != kind {
        return Err(invalid(&format!("apiVersion and kind must be {API_VERSION} and {kind}")));
    }
    check_metadata(&envelope.metadata)?;
    if envelope.metadata.project.is_empty() {
        return Err(invalid("metadata.project is required"));
    }
    let key = place.key(&envelope.metadata.name).to_string();
    note_read_only(world, &key, &envelope.metadata, envelope.status.is_some());
    check_scope(world, (&place.project, place.workspace.as_deref()), &key, &envelope.metadata)?;
    let raw: Value = read(request)?;
    let raw_spec = raw.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(Checked { metadata: envelope.metadata, spec: envelope.spec, raw_spec })
}

/// Checks names, labels and annotations.
pub(crate) fn check_metadata(metadata: &Metadata) -> Result<(), Response> {
    if !names::is_dns_label(&metadata.name) {
        return Err(invalid("metadata.name must be a DNS-1123 label of at most 63 characters"));
    }
    let none = BTreeMap::new();
    for (name, value) in metadata.labels.as_ref().unwrap_or(&none) {
        if !names::is_label_key(name) || !names::is_label_value(value) {
            return Err(invalid(&format!("label {name} is not valid")));
        }
    }
    for name in metadata.annotations.as_ref().unwrap_or(&none).keys() {
        if !names::is_label_key(name) {
            return Err(invalid(&format!("annotation {name} is not valid")));
        }
    }
    Ok(())
}

/// Notes what only the server writes.
pub(crate) fn note_read_only(world: &mut World, key: &str, metadata: &Metadata, status: bool) {
    let fields = [
        ("metadata.id", metadata.server_id.is_some()),
        ("metadata.projectID", metadata.server_project_id.is_some()),
        ("metadata.createdAt", metadata.server_created_at.is_some()),
        ("metadata.modifiedAt", metadata.server_modified_at.is_some()),
        ("metadata.createdBy", metadata.server_created_by.is_some()),
        ("metadata.modifiedBy", metadata.server_modified_by.is_some()),
        ("status", status),
    ];
    for (field, _) in fields.iter().filter(|(_, written)| *written) {
        world.notice(FindingKind::ReadOnlyFieldWritten, key, field);
    }
}

/// The path's scope wins over the body's, unless the knob wants them equal.
pub(crate) fn check_scope(
    world: &mut World,
    (project, workspace): (&str, Option<&str>),
    key: &str,
    metadata: &Metadata,
) -> Result<(), Response> {
    let said = metadata.workspace.as_deref().filter(|_| workspace.is_some());
    let differs = metadata.project != project || said.is_some_and(|name| Some(name) != workspace);
    if !differs {
        return Ok(());
    }
    let said = metadata.workspace.as_ref().map_or(String::new(), |name| format!("/{name}"));
    let said = format!("{}{said}", metadata.project);
    world.notice(FindingKind::ScopeMismatch, key, &said);
    if world.config.knobs.strict_scope_match {
        return Err(error(400, "the scope in the body is not the scope of the path"));
    }
    Ok(())
}

/// The envelope of a v3 list of what belongs to the organization.
pub(crate) fn v3_list(kind: &str, items: &[Value], total: usize, page: Page) -> Value {
    json!({
        "apiVersion": V3_API_VERSION,
        "kind": format!("{kind}List"),
        "metadata": { "count": total, "limit": page.limit },
        "items": items,
    })
}
