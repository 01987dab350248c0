//! The shape of a user's document, for its schema. Doc comments are what an editor shows.

use crate::schema::Opaque;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::collections::BTreeMap;

/// A user.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
pub(super) struct Document {
    /// Who it is.
    metadata: Metadata,
    /// What the user is and may do.
    spec: Spec,
    /// Set by the server, and ignored here.
    status: Option<Opaque>,
}

/// Who a user is.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Metadata {
    /// The username, which is an e-mail address.
    #[schemars(schema_with = "email")]
    name: (),
    /// Wishes to plumb; every key begins with plumb.dev/. The API has no annotations here.
    annotations: Option<BTreeMap<String, String>>,
}

fn email(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": "^[^@ ]+@[^@ ]+$", "minLength": 3, "maxLength": 254})
}

/// What a user is and may do.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Spec {
    /// First name. Set when the user is made; no call changes it.
    first_name: String,
    /// Last name. Set when the user is made; no call changes it.
    last_name: String,
    /// Whether the user may use the console. Set when the user is made; no call changes it.
    user_type: UserType,
    /// The first password, needed to make the user and never read back. Take it from the
    /// environment: {valueFrom: {var: NAME}}.
    password: Option<String>,
    /// Groups the user is put into. Groups given by others are not seen, and stay.
    groups: Option<Vec<Group>>,
    /// Roles in projects. Roles given by others are not seen, and stay.
    #[schemars(rename = "projectRoles")]
    project_roles: Option<Vec<ProjectRoles>>,
}

/// Whether a user may use the console.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "describes a document; never read")]
enum UserType {
    /// The console and the API: a person.
    Console,
    /// The API only: a machine.
    Api,
}

/// A group, by its name or in full.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "describes a document; never read")]
enum Group {
    /// By its name; the id is looked up.
    Name(#[schemars(length(min = 1))] String),
    /// In full; nothing is looked up.
    Full(FullGroup),
}

/// A group in full.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct FullGroup {
    /// The group's id, which differs per installation.
    id: String,
    /// The group's name.
    name: String,
    /// The group's type: SYSTEM.
    #[schemars(rename = "type")]
    group_type: Option<String>,
}

/// Roles in one project.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct ProjectRoles {
    /// The project.
    project: ProjectReference,
    /// The roles.
    #[schemars(length(min = 1))]
    roles: Vec<Role>,
}

/// A project, by its name or in full.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "describes a document; never read")]
enum ProjectReference {
    /// By its name; the id is looked up.
    Name(#[schemars(length(min = 1))] String),
    /// In full; nothing is looked up.
    Full(FullProject),
}

/// A project in full.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct FullProject {
    /// The project's id.
    id: String,
    /// The project's name.
    name: String,
}

/// A role, by its name or in full.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "describes a document; never read")]
enum Role {
    /// By its name; the id is looked up.
    Name(#[schemars(length(min = 1))] String),
    /// In full; nothing is looked up.
    Full(FullRole),
}

/// A role in full.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct FullRole {
    /// The role's id, which differs per installation.
    id: String,
    /// The role's name, for instance `PROJECT_ADMIN`.
    name: String,
    /// The role's scope: PROJECT.
    scope: Option<String>,
    /// BASE for the vendor's roles, CUSTOM for an organization's own.
    role_type: Option<RoleType>,
}

/// Whose role it is.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "describes a document; never read")]
enum RoleType {
    /// The vendor's.
    Base,
    /// The organization's own.
    Custom,
}
