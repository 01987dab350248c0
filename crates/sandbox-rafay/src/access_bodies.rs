//! The request bodies about access: custom roles, projects in v3, API keys, collaborators.
//!
//! Unknown fields are accepted, as servers of this family do.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::bodies::{RoleScope, UserType};

/// The spec of a custom role.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RoleSpec {
    pub(crate) permissions: Vec<String>,
    pub(crate) scope: Option<RoleScope>,
    /// The name of the role of the product that it rests on.
    pub(crate) base_role_name: Option<String>,
}

/// The spec of a project in v3.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ProjectSpec {
    #[serde(rename = "default")]
    pub(crate) _default: bool,
    #[serde(rename = "clusterResourceQuota")]
    pub(crate) _cluster_resource_quota: Option<BTreeMap<String, String>>,
    #[serde(rename = "defaultClusterNamespaceQuota")]
    pub(crate) _default_cluster_namespace_quota: Option<BTreeMap<String, String>>,
}

/// The body that creates an API key (contract 6.2).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct KeyBody {
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) never_expire: bool,
    /// In hours; 0 means the default.
    #[serde(default)]
    pub(crate) validity_hour: i64,
}

/// A body about collaborators: who is invited, works in a workspace from now on, or no more.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CollaboratorBodyOf{Spec}")]
pub(crate) struct CollaboratorBody<Spec> {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) spec: Spec,
}

/// Who is invited.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invitation {
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) first_name: String,
    #[serde(default)]
    pub(crate) last_name: String,
    pub(crate) role: String,
    pub(crate) user_type: Option<UserType>,
}

/// Who, with which role.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct AddedCollaborators {
    #[serde(rename = "Usernames")]
    pub(crate) usernames: Vec<String>,
    pub(crate) role: String,
}

/// Who.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct DeletedCollaborators {
    #[serde(rename = "Usernames")]
    pub(crate) usernames: Vec<String>,
}
