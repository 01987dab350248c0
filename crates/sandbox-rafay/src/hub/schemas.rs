//! The JSON Schemas of bodies and answers of kinds that are rows, by the names of the kinds.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::kind::{Form, HubKind, Scope};
use super::table;
use crate::bodies::{Envelope, schema};
use plumb_sandbox::openapi::{closed, list_of};

/// The body that writes an object of a kind.
pub(crate) fn body(kind: &'static str) -> Value {
    let mut body = schema::<Envelope<serde_json::Map<String, Value>>>();
    let Some(row) = table::of_name(kind) else { return body };
    body["properties"]["apiVersion"] = json!({ "const": row.api.version });
    body["properties"]["kind"] = json!({ "const": kind });
    let named = match row.scope {
        Scope::Organization => json!(["name"]),
        Scope::Project | Scope::ProjectOrWorkspace => json!(["name", "project"]),
    };
    body["properties"]["metadata"]["required"] = named;
    let version = row.versioned.then_some("version");
    let required: BTreeSet<&str> =
        row.requires.iter().map(|path| member(path)).chain(version).collect();
    body["properties"]["spec"] = json!({ "type": "object", "required": required });
    if !required.is_empty() {
        body["required"] = json!(["apiVersion", "kind", "metadata", "spec"]);
    }
    body
}

/// What a read of an object of a kind answers.
pub(crate) fn object(kind: &'static str) -> Value {
    let members = json!({
        "apiVersion": { "type": "string" },
        "kind": { "const": kind },
        "metadata": metadata(),
    });
    let spec = json!({ "spec": { "type": "object" }, "status": { "type": "object" } });
    let mut shown = closed(&members, &spec);
    if table::of_name(kind).is_some_and(|row: &HubKind| row.form == Form::None)
        && let Some(properties) = shown["properties"].as_object_mut()
    {
        properties.remove("status");
    }
    shown
}

/// What a list of objects of a kind answers.
pub(crate) fn list(kind: &'static str) -> Value {
    let counts = json!({ "count": whole(), "limit": whole() });
    let members = json!({
        "apiVersion": { "type": "string" },
        "kind": { "const": format!("{kind}List") },
        "metadata": closed(&counts, &json!({ "offset": whole() })),
        "items": list_of(&object(kind)),
    });
    closed(&members, &json!({}))
}

/// What a read of a status answers.
pub(crate) fn status(kind: &'static str) -> Value {
    let metadata = json!({ "name": text(), "project": text() });
    let members = json!({
        "apiVersion": text(),
        "kind": { "const": kind },
        "metadata": closed(&metadata, &json!({})),
        "status": { "type": "object" },
    });
    closed(&members, &json!({}))
}

/// What lists of versions and artifacts answer.
pub(crate) fn items() -> Value {
    closed(&json!({ "items": list_of(&json!({})) }), &json!({}))
}

fn text() -> Value {
    json!({ "type": "string" })
}

/// An answer that is some object.
pub(crate) fn anything() -> Value {
    json!({ "type": "object" })
}

fn metadata() -> Value {
    let whose = json!({ "type": "object" });
    let texts = json!({ "type": "object", "additionalProperties": text() });
    let moment = json!({ "type": "string", "format": "date-time" });
    let always = json!({ "name": text(), "id": text(), "createdAt": moment, "modifiedAt": moment });
    let sometimes = json!({
        "project": text(),
        "projectID": text(),
        "workspace": text(),
        "displayName": text(),
        "description": text(),
        "labels": texts,
        "annotations": texts,
        "createdBy": whose,
        "modifiedBy": whose,
    });
    closed(&always, &sometimes)
}

fn whole() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// The first part of a path, which is a member of the spec.
fn member(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or_default()
}
