//! The JSON Schemas of answers about access: users read back, roles of groups, API keys,
//! collaborators, organizations, events.

use serde_json::{Value, json};

use super::answers::{anything, moment, short_id, text, whole};
use super::bodies::schema;
use super::kinds::API_VERSION;
use super::records::OrganizationRecord;
use plumb_sandbox::openapi::{closed, list_of, reference};

/// A user with groups and roles.
pub(crate) fn user_read() -> Value {
    let group = closed(&json!({ "id": short_id(), "name": text(), "type": text() }), &json!({}));
    let members = json!({
        "account": reference("Account"),
        "groups": list_of(&group),
        "roles": list_of(&anything()),
    });
    closed(&members, &json!({}))
}

/// The roles of a group.
pub(crate) fn group_roles() -> Value {
    let members = json!({
        "project": { "type": ["object", "null"] },
        "roles": list_of(&anything()),
        "customRoles": list_of(&anything()),
    });
    list_of(&closed(&members, &json!({})))
}

/// A key as it is shown once.
pub(crate) fn api_key() -> Value {
    let ends = json!({ "anyOf": [moment(), { "type": "null" }] });
    let members = json!({
        "id": short_id(),
        "name": text(),
        "key": text(),
        "secret": text(),
        "expires_at": ends,
    });
    closed(&members, &json!({}))
}

/// A page of collaborators.
pub(crate) fn collaborators() -> Value {
    let members = json!({
        "apiVersion": { "const": API_VERSION },
        "kind": { "const": "WorkspaceCollaboratorList" },
        "metadata": anything(),
        "items": list_of(&anything()),
    });
    closed(&members, &json!({}))
}

/// The users of an organization with their roles.
pub(crate) fn account_roles() -> Value {
    let members = json!({ "account": reference("Account"), "roles": list_of(&anything()) });
    list_of(&closed(&members, &json!({})))
}

/// A user of an organization.
pub(crate) fn added_user() -> Value {
    closed(&json!({ "account": reference("Account") }), &json!({}))
}

/// An organization (contract 6.1).
pub(crate) fn organization() -> Value {
    let mut shown = schema::<OrganizationRecord>();
    for (name, schema) in [
        ("id", short_id()),
        ("name", text()),
        ("partner_id", short_id()),
        ("partner", anything()),
        ("created_at", json!({ "type": ["string", "null"], "format": "date-time" })),
        ("modified_at", json!({ "type": ["string", "null"], "format": "date-time" })),
    ] {
        shown["properties"][name] = schema;
    }
    shown
}

/// A page of organizations.
pub(crate) fn organizations() -> Value {
    let members = json!({
        "count": whole(),
        "next": { "type": ["string", "null"] },
        "previous": { "type": ["string", "null"] },
        "results": list_of(&organization()),
    });
    closed(&members, &json!({}))
}

/// What happened.
pub(crate) fn events() -> Value {
    let members = json!({
        "events": list_of(&anything()),
        "count": whole(),
        "limit": whole(),
        "offset": whole(),
    });
    closed(&members, &json!({}))
}

/// An object that is described nowhere, or has nothing in it.
pub(crate) fn empty() -> Value {
    anything()
}
