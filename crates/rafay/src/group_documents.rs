//! What documents of groups say. Their doc comments are what an editor shows on hover.
#![expect(dead_code, reason = "what is read of these types is their schema")]

use crate::documents::{ProjectReference, Role};
use plumb_model::Aspect::{AfterCreate, Recorded, ServerOwned, Unordered};
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// What it is called.
#[derive(JsonSchema)]
pub(crate) struct GroupMetadata {
    /// The group's name. To rename it, say plumb.dev/moved-from with the old one.
    #[schemars(regex(pattern = "^[^/]+$"), length(min = 1, max = 254))]
    name: String,
    /// Wishes to plumb; every key begins with plumb.dev/. The API has no annotations here.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    annotations: Option<BTreeMap<String, String>>,
}

/// What the group is for, and what its members may do.
#[derive(JsonSchema)]
pub(crate) struct GroupSpec {
    /// What the group is for.
    description: Option<String>,
    /// Usernames of members whose User is not declared in this stack; one that is says its groups
    /// itself. Members that others added stay.
    #[schemars(length(min = 1), extend("x-plumb" = [Recorded, AfterCreate, Unordered]))]
    members: Option<Vec<Username>>,
    /// Roles in projects. Roles given by others stay.
    #[schemars(rename = "projectRoles", extend("x-plumb" = [Recorded, AfterCreate, Unordered]))]
    project_roles: Option<Vec<GroupProjectRoles>>,
    /// Roles of the whole organization, for instance `ADMINISTRATOR_READ_ONLY`. Roles given by others
    /// stay.
    #[schemars(
        rename = "organizationRoles",
        extend("x-plumb" = [Recorded, AfterCreate, Unordered])
    )]
    organization_roles: Option<Vec<Role>>,
}

// An e-mail address.
#[derive(JsonSchema)]
struct Username(#[schemars(regex(pattern = "^[^@ ]+@[^@ ]+$"), length(min = 3, max = 254))] String);

/// Roles in one project.
#[derive(JsonSchema)]
struct GroupProjectRoles {
    /// The project.
    project: ProjectReference,
    /// The roles.
    #[schemars(length(min = 1), extend("x-plumb" = [Unordered]))]
    roles: Vec<Role>,
    /// The namespaces of the project that the roles are limited to, for roles that are: for instance
    /// `NAMESPACE_ADMIN`. Other roles of the project stand in an element of their own.
    #[schemars(length(min = 1), extend("x-plumb" = [Unordered]))]
    namespaces: Option<Vec<NamespaceName>>,
}

// The name of a namespace.
#[derive(JsonSchema)]
struct NamespaceName(
    #[schemars(regex(pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"), length(min = 1, max = 63))]
    String,
);
