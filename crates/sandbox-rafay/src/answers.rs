//! The JSON Schemas of answers, for the `OpenAPI` document: what reads and writes show (contract
//! 2.3, 2.5, 3 and 5). Objects are closed, but for specs, which are shown as they were sent.
//!
//! What answers hold is decided in `render` and where calls are answered; the bodies of requests
//! are in `bodies`.

use serde_json::{Value, json};

use super::envelope::V3_API_VERSION;
use super::kinds::{API_VERSION, Kind};
use super::render::View;
use plumb_sandbox::openapi::{closed, list_of, reference};

/// The platform's kinds that are shown.
const KINDS: [Kind; 5] = [
    Kind::Workspace,
    Kind::ComputeInstance,
    Kind::Service,
    Kind::ComputeProfile,
    Kind::ServiceProfile,
];

/// Every schema that has a name.
pub(crate) fn components() -> Value {
    let mut schemas = json!({
        "Account": account(),
        "Done": done_schema(),
        "Error": error_schema(),
        "Group": group_schema(),
        "PartOfService": part_of_service(),
        "Project": project_schema(),
        "Role": role(),
        "V3Project": v3_project_schema(),
    });
    for kind in KINDS {
        let name = kind.as_str();
        schemas[name] = object(kind, View::Single);
        schemas[format!("{name}Item")] = object(kind, View::Item);
    }
    schemas
}

/// A page of projects, in the shape of clients or in that of the vendor's example.
pub(super) fn projects() -> Value {
    let example = json!({ "count": whole(), "items": list_of(&camel_project()) });
    json!({ "anyOf": [results("Project"), closed(&example, &json!({}))] })
}

pub(super) fn users() -> Value {
    let user = closed(&json!({ "account": reference("Account") }), &json!({}));
    let members = json!({
        "users": list_of(&user),
        "count": whole(),
        "offset": whole(),
        "limit": whole(),
    });
    closed(&members, &json!({}))
}

pub(super) fn user() -> Value {
    let members = json!({
        "account": reference("Account"),
        "sso_account": { "type": "null" },
        "is_sso": { "type": "boolean" },
    });
    closed(&members, &json!({}))
}

/// Who asks, and in which organization (contract 5.2, R-90).
pub(super) fn profile() -> Value {
    let organization = closed(&json!({ "id": short_id(), "name": text() }), &json!({}));
    let members = json!({
        "account": reference("Account"),
        "organization": organization,
        "partner": { "type": ["object", "null"] },
        "roles": list_of(&anything()),
    });
    closed(&members, &json!({}))
}

/// An object that is described nowhere.
pub(crate) fn anything() -> Value {
    json!({ "type": "object" })
}

/// The keys of a user (contract 6.2, R-52).
pub(super) fn api_keys() -> Value {
    let ends = json!({ "anyOf": [moment(), { "type": "null" }] });
    let members = json!({ "id": text(), "name": text(), "key": text(), "expires_at": ends });
    json!({ "type": "array", "items": closed(&members, &json!({})) })
}

pub(super) fn workspace() -> Value {
    reference(Kind::Workspace.as_str())
}

pub(super) fn service() -> Value {
    reference(Kind::Service.as_str())
}

pub(super) fn compute_profile() -> Value {
    reference(Kind::ComputeProfile.as_str())
}

pub(super) fn service_profile() -> Value {
    reference(Kind::ServiceProfile.as_str())
}

/// What the writes of a service answer.
pub(super) fn service_written() -> Value {
    reference("PartOfService")
}

/// What the write of an instance answers.
pub(super) fn instance_written() -> Value {
    let mut members = done_members();
    members["name"] = text();
    closed(&members, &json!({}))
}

/// What calls answer that only start something.
pub(super) fn done() -> Value {
    reference("Done")
}

/// What the delete of a workspace answers.
pub(super) fn nothing() -> Value {
    json!({ "type": "null" })
}

fn object(kind: Kind, view: View) -> Value {
    let mut members = json!({
        "kind": { "const": kind.as_str() },
        "metadata": metadata(),
        "status": status(kind),
    });
    if view == View::Single {
        members["apiVersion"] = json!({ "const": API_VERSION });
    }
    // A spec may be empty and left out, or, where a knob says so, JSON in a text (contract 3.4).
    closed(&members, &json!({ "spec": { "type": ["object", "string"] } }))
}

fn metadata() -> Value {
    let texts = json!({ "type": "object", "additionalProperties": text() });
    let whose = json!({ "username": text(), "isSSOUser": { "type": "boolean" } });
    let whose = closed(&json!({}), &whose);
    let always = json!({
        "name": text(),
        "project": text(),
        "id": { "type": "string", "format": "uuid" },
        "createdAt": moment(),
        "modifiedAt": moment(),
    });
    let sometimes = json!({
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

fn status(kind: Kind) -> Value {
    match kind {
        Kind::Workspace => {
            let common = json!({ "conditionStatus": text(), "conditionType": text() });
            let common = closed(&common, &json!({ "reason": text() }));
            closed(&json!({ "commonStatus": common }), &json!({}))
        }
        Kind::ComputeProfile | Kind::ServiceProfile => {
            let settings = json!({ "type": ["object", "null"] });
            closed(&json!({ "globalSettings": settings }), &json!({}))
        }
        Kind::ComputeInstance | Kind::Service => {
            let sometimes = json!({
                "action": text(),
                "reason": text(),
                "provisioned_at": moment(),
                "output": { "type": "object", "additionalProperties": { "type": "object" } },
            });
            closed(&json!({ "status": word() }), &sometimes)
        }
    }
}

fn part_of_service() -> Value {
    let metadata = closed(&json!({ "name": text(), "project": text() }), &json!({}));
    let status = closed(&json!({ "status": word() }), &json!({}));
    closed(&json!({ "metadata": metadata, "status": status }), &json!({}))
}

fn done_members() -> Value {
    json!({ "status": { "const": "Success" }, "message": text() })
}

fn done_schema() -> Value {
    closed(&done_members(), &json!({}))
}

fn quota() -> Value {
    json!({ "type": ["object", "null"], "additionalProperties": { "type": "string" } })
}

fn project_schema() -> Value {
    let members = json!({
        "id": short_id(),
        "name": text(),
        "description": text(),
        "default": { "type": "boolean" },
        "created_at": moment(),
        "modified_at": moment(),
        "partner_id": short_id(),
        "organization_id": short_id(),
        "enable_drift_webhook": { "type": "boolean" },
        "cluster_resource_quota": quota(),
        "default_cluster_namespace_quota": quota(),
    });
    closed(&members, &json!({}))
}

fn camel_project() -> Value {
    let members = json!({
        "id": short_id(),
        "name": text(),
        "description": text(),
        "createdAt": moment(),
        "modifiedAt": moment(),
    });
    closed(&members, &json!({}))
}

fn v3_project_schema() -> Value {
    let metadata = json!({
        "name": text(),
        "description": text(),
        "id": short_id(),
        "createdAt": moment(),
        "modifiedAt": moment(),
    });
    let more = json!({ "displayName": text(), "labels": anything(), "annotations": anything() });
    let status = json!({ "conditionStatus": text(), "conditionType": text() });
    let members = json!({
        "apiVersion": { "const": V3_API_VERSION },
        "kind": { "const": "Project" },
        "metadata": closed(&metadata, &more),
        "spec": anything(),
        "status": closed(&status, &json!({})),
    });
    closed(&members, &json!({}))
}

/// An account without its password, which is never shown.
fn account() -> Value {
    let members = json!({
        "id": short_id(),
        "username": text(),
        "first_name": text(),
        "last_name": text(),
        "user_type": { "type": "string", "enum": ["CONSOLE", "API"] },
    });
    let sometimes = json!({
        "active": { "type": "boolean" },
        "phone": text(),
        "createdAt": moment(),
        "modifiedAt": moment(),
        "last_login": { "type": ["string", "null"] },
        "emailVerified": { "type": "boolean" },
        "is_sso": { "type": "boolean" },
    });
    closed(&members, &sometimes)
}

fn group_schema() -> Value {
    let members = json!({
        "id": short_id(),
        "name": text(),
        "description": text(),
        "type": { "const": "SYSTEM" },
    });
    closed(&members, &json!({}))
}

fn role() -> Value {
    let spec = json!({
        "scope": { "type": "string", "enum": ["ORGANIZATION", "PROJECT"] },
        "roleType": { "type": "string", "enum": ["BASE", "CUSTOM"] },
        "permissions": list_of(&text()),
    });
    let members = json!({
        "apiVersion": { "const": V3_API_VERSION },
        "kind": { "const": "Role" },
        "metadata": closed(&json!({ "name": text(), "id": short_id() }), &json!({})),
        "spec": closed(&spec, &json!({ "baseRoleName": text() })),
    });
    closed(&members, &json!({}))
}

/// The envelope of the lists of projects and groups in `auth/v1`.
pub(crate) fn results(item: &str) -> Value {
    let members = json!({
        "count": whole(),
        "next": { "type": ["string", "null"] },
        "previous": { "type": ["string", "null"] },
        "results": list_of(&reference(item)),
    });
    closed(&members, &json!({}))
}

pub(crate) fn objects(kind: Kind) -> Value {
    list(kind.as_str(), &format!("{}Item", kind.as_str()), API_VERSION)
}

/// The envelope of every other list (contract 2.5).
pub(crate) fn list(kind: &str, item: &str, api_version: &str) -> Value {
    let counts = json!({ "count": whole(), "limit": whole() });
    let members = json!({
        "apiVersion": { "const": api_version },
        "kind": { "const": format!("{kind}List") },
        "metadata": closed(&counts, &json!({ "offset": whole() })),
        "items": list_of(&reference(item)),
    });
    closed(&members, &json!({}))
}

/// Seven lower-case letters and digits (contract 2.2).
pub(crate) fn short_id() -> Value {
    json!({ "type": "string", "pattern": "^[a-z0-9]{7}$" })
}

/// A schema of its name.
pub(crate) fn moment() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// A schema of its name.
pub(crate) fn whole() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// A schema of its name.
pub(crate) fn text() -> Value {
    json!({ "type": "string" })
}

/// A text that says something.
fn word() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

/// The body of an error (contract 2.6).
fn error_schema() -> Value {
    json!({
        "type": "object",
        "required": ["code", "internal", "external"],
        "properties": {
            "code": { "type": "integer" },
            "internal": { "type": "string" },
            "external": { "type": "string" },
        },
    })
}
