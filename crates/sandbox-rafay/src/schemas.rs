//! The JSON Schemas of bodies and answers by the names of kinds: the types they all have, narrowed to
//! what the row of a kind says.

use std::collections::BTreeSet;

use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use super::answers::{List, ShownObject, ShownStatus};
use super::bodies::{DeployableSpec, Envelope, ProfileSpec, WorkspaceSpec};
use super::kinds::{Form, Scope};
use super::status::{
    ClusterStatus, CommonStatus, EnvironmentStatus, LifeStatus, ManagedStatus, ProfileStatus,
    WorkspaceStatus,
};
use super::table;

/// The schema of the body that writes an object of a kind.
pub(crate) fn body(types: &mut SchemaGenerator, kind: &'static str) -> Schema {
    let Some(row) = table::of_name(kind) else { return Schema::from(false) };
    let mut body = match row.form {
        Form::Workspace => types.subschema_for::<Envelope<WorkspaceSpec>>(),
        Form::Profile => types.subschema_for::<Envelope<ProfileSpec>>(),
        Form::Made => types.subschema_for::<Envelope<DeployableSpec>>(),
        _ => types.subschema_for::<Envelope>(),
    };
    let project = (row.scope != Scope::Organization).then_some("project");
    // The first part of a path is a member of the spec.
    let member = |path: &&'static str| path.split(['.', '[']).next().unwrap_or_default();
    let version = row.versioned.then_some("version");
    let required: BTreeSet<&str> = row.requires.iter().map(member).chain(version).collect();
    let properties = json!({
        "apiVersion": { "const": row.api.version },
        "kind": { "const": kind },
        "metadata": { "required": project.as_slice() },
        "spec": { "required": required },
    });
    if !required.is_empty() {
        body.insert("required".to_owned(), json!(["spec"]));
    }
    narrowed(body, properties)
}

/// The schema of what a read of an object of a kind answers.
pub(crate) fn object(types: &mut SchemaGenerator, kind: &'static str) -> Schema {
    let shown = types.subschema_for::<ShownObject<'_>>();
    narrowed(shown, json!({ "kind": { "const": kind }, "status": standing(types, kind) }))
}

/// The schema of what a read of the status of an object of a kind answers.
pub(crate) fn status(types: &mut SchemaGenerator, kind: &'static str) -> Schema {
    let shown = types.subschema_for::<ShownStatus<'_>>();
    narrowed(shown, json!({ "kind": { "const": kind }, "status": standing(types, kind) }))
}

/// The schema of what a list of objects of a kind answers.
pub(crate) fn list(types: &mut SchemaGenerator, kind: &'static str) -> Schema {
    let list = types.subschema_for::<List<ShownObject<'_>>>();
    let items = json!({ "items": object(types, kind) });
    narrowed(list, json!({ "kind": { "const": format!("{kind}List") }, "items": items }))
}

/// A schema with more to say of some members.
fn narrowed(mut schema: Schema, properties: Value) -> Schema {
    schema.insert("properties".to_owned(), properties);
    schema
}

/// The schema of a status, in the form of a kind.
fn standing(types: &mut SchemaGenerator, kind: &str) -> Schema {
    match table::of_name(kind).map_or(Form::None, |row| row.form) {
        Form::None => Schema::from(false),
        Form::Workspace => types.subschema_for::<WorkspaceStatus>(),
        Form::Profile => types.subschema_for::<ProfileStatus<'_>>(),
        Form::Condition => types.subschema_for::<CommonStatus<'_>>(),
        Form::Cluster => types.subschema_for::<ClusterStatus<'_>>(),
        Form::Environment => types.subschema_for::<EnvironmentStatus<'_>>(),
        Form::Made | Form::Developer | Form::Machine => types.subschema_for::<LifeStatus<'_>>(),
        Form::Managed => types.subschema_for::<ManagedStatus<'_>>(),
    }
}
