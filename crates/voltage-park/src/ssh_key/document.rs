//! The shape of a key's document, for its schema. Doc comments are what an editor shows.

use crate::schema;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// An SSH public key of the organization.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
pub(super) struct Document {
    /// What it is called.
    metadata: Metadata,
    /// What it is.
    spec: Spec,
}

/// What a key is called.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Metadata {
    /// The key's name, unique in the organization: letters, digits, hyphens and spaces. A new name
    /// is a new key.
    #[schemars(schema_with = "name")]
    name: (),
    /// Wishes to plumb; every key begins with plumb.dev/. The API has no annotations.
    #[schemars(schema_with = "schema::annotations", default)]
    annotations: Option<()>,
}

/// What a key is.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Spec {
    /// The public key in one line, as in a .pub file: ssh-ed25519 AAAA… comment. A new text is a
    /// new key; running machines keep the old one. Never a private key.
    content: String,
}

/// Up to 64 letters, digits, hyphens and spaces (contract §2.5, V-24).
fn name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[A-Za-z0-9 -]*$",
        "minLength": 3,
        "maxLength": 64,
    })
}
