//! The request bodies about access: roles of groups, custom roles, projects in v3, API keys,
//! collaborators.
//!
//! Unknown fields are accepted, as servers of this family do.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::bodies::{ProjectReference, RoleScope, RoleType, UserType};

/// The body of a group's `assigntoproject`; without a project for the whole organization.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct GroupAssignBody {
    pub(crate) project: Option<ProjectReference>,
    pub(crate) roles: Vec<GroupRole>,
}

/// A role to give to a group.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct GroupRole {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(rename = "scope")]
    pub(crate) _scope: Option<RoleScope>,
    #[serde(rename = "role_type")]
    pub(crate) _role_type: Option<RoleType>,
    /// The ids of the namespaces it is limited to.
    #[serde(default)]
    pub(crate) namespace_id_list: Vec<String>,
}

/// The body of a group's `unassignfromproject`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct GroupUnassignBody {
    pub(crate) project: Option<ProjectReference>,
    pub(crate) roles: Vec<NestedGroupRole>,
}

/// One role of a [`GroupUnassignBody`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct NestedGroupRole {
    pub(crate) role: GroupRoleId,
}

/// A role by id.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct GroupRoleId {
    pub(crate) id: String,
    #[serde(rename = "scope")]
    pub(crate) _scope: Option<RoleScope>,
}

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

/// The body that invites somebody to a workspace.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InviteBody {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) spec: Invitation,
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

/// The body that lets users work in a workspace.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddCollaboratorsBody {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) spec: AddedCollaborators,
}

/// Who, with which role.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct AddedCollaborators {
    #[serde(rename = "Usernames")]
    pub(crate) usernames: Vec<String>,
    pub(crate) role: String,
}

/// The body that lets users work in a workspace no more.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeleteCollaboratorsBody {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) spec: DeletedCollaborators,
}

/// Who.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct DeletedCollaborators {
    #[serde(rename = "Usernames")]
    pub(crate) usernames: Vec<String>,
}
