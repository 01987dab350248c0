//! The shape of a volume's document, for its schema. Doc comments are what an editor shows.

use crate::schema;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// The longest name.
const LONGEST: usize = 60;

/// A shared storage volume.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
pub(super) struct Document {
    /// What it is called.
    metadata: Metadata,
    /// What it is.
    spec: Spec,
}

/// What a volume is called.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Metadata {
    /// The volume's name, unique in the organization: lower-case letters, digits, dots, dashes and
    /// underscores.
    #[schemars(schema_with = "name")]
    name: (),
    /// Wishes to plumb; every key begins with plumb.dev/. The API has no annotations.
    #[schemars(schema_with = "schema::annotations", default)]
    annotations: Option<()>,
}

/// What a volume is.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Spec {
    /// Its size in gigabytes. It grows in place; it shrinks no further than what is used.
    #[schemars(range(min = 1))]
    size_in_gb: u64,
    /// The rentals that mount it, all of them: names of `BareMetal` resources of this stack, or
    /// ids of others. Left out, plumb leaves attachments alone; write the attachment here or as the
    /// rental's `storage_id`, not both.
    order_ids: Option<Vec<Rental>>,
}

/// The name of a `BareMetal` resource, or the id of a rental.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Rental(#[schemars(length(min = 1))] String);

/// The strict rule of 2026 (V-21).
fn name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$",
        "minLength": 1,
        "maxLength": LONGEST,
    })
}

/// Whether a manifest may have this name, by the same rule.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=LONGEST).contains(&bytes.len())
        && bytes.first().is_some_and(plain)
        && bytes.last().is_some_and(plain)
        && bytes.iter().all(|byte| plain(byte) || b"._-".contains(byte))
}
