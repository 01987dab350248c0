//! plumb's own schemas, compiled: of `plumb.yaml` and of `valueFrom`. Those of the kinds are
//! compiled when the registry is made.

pub(crate) use plumb_kind::schema::{Additional, Branches, Rule, RuleId, Schema, Type};

use plumb_kind::schema::SchemaMistake;
use plumb_model::{Code, Finding};
use serde_json::Value;

/// Compiles a schema of plumb's own.
///
/// # Errors
/// A finding that tells of an internal contradiction: without the schema nothing can be checked.
pub(crate) fn own(called: &str, schema: &Value) -> Result<Schema, Finding> {
    Schema::compile(schema).map_err(|mistakes| contradiction(called, &mistakes))
}

/// A schema that was understood before, or should have been, and is not.
pub(crate) fn contradiction(called: &str, mistakes: &[SchemaMistake]) -> Finding {
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    Finding::error(Code::INTERNAL, format!("{called}: {}", told.join("; ")))
}
