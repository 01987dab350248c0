//! The request bodies the API accepts, as types: what is checked, and what the OpenAPI document
//! shows.
//!
//! Unknown fields are accepted, as servers of this family do; specs are kept as sent.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::described::Described;
use super::variables::VariableBody;

/// The envelope of every object.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EnvelopeOf{Spec}")]
pub(crate) struct Envelope<Spec = Map<String, Value>> {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) metadata: Metadata,
    pub(crate) spec: Option<Spec>,
    /// Accepted and ignored (R-07).
    #[serde(default)]
    pub(crate) status: Option<Value>,
}

/// What a client may write of `metadata`, and the fields only the server writes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    /// A DNS-1123 label (R-09).
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub(crate) name: String,
    /// The name of the project, where there is one.
    #[schemars(length(min = 1))]
    #[serde(default)]
    pub(crate) project: String,
    pub(crate) workspace: Option<String>,
    #[serde(flatten)]
    pub(crate) about: Described,
    /// What only the server writes, among whatever else is said.
    #[serde(flatten)]
    #[schemars(skip)]
    pub(crate) others: Map<String, Value>,
}

/// A workspace's spec.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct WorkspaceSpec {
    #[serde(rename = "iconURL")]
    pub(crate) _icon_url: Option<String>,
    #[serde(rename = "readme")]
    pub(crate) _readme: Option<String>,
}

/// A reference to a profile.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileReference {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) system_catalog: bool,
}

/// What is common to the specs of instances and services.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeployableSpec {
    /// Required of instances.
    pub(crate) compute_profile: Option<ProfileReference>,
    /// `baremetal`, `k8s` or `vm`; absent means the profile's (R-21).
    pub(crate) compute_type: Option<String>,
    /// Required of services.
    pub(crate) service_profile: Option<ProfileReference>,
    #[serde(rename = "serviceType")]
    pub(crate) _service_type: Option<String>,
    #[serde(default)]
    pub(crate) variables: Vec<VariableBody>,
    #[serde(rename = "datacenter")]
    pub(crate) _datacenter: Option<Map<String, Value>>,
    #[serde(rename = "sharing")]
    pub(crate) _sharing: Option<Map<String, Value>>,
}

/// A profile's spec.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileSpec {
    /// Of compute profiles: `baremetal`, `k8s` or `vm`.
    pub(crate) compute_type: Option<String>,
    /// The variables, with their rules and display hints.
    #[serde(default)]
    pub(crate) variables: Vec<Map<String, Value>>,
}

/// The body of an action.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub(crate) struct ActionBody {
    #[serde(default, rename = "variables")]
    pub(crate) _variables: Vec<Value>,
    #[serde(default, rename = "envs")]
    pub(crate) _envs: Vec<Value>,
}

/// The body that creates or changes a project.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct ProjectBody {
    /// A DNS-1123 label (R-09).
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
    /// Counts by their names, as text; a PUT sets them (R-107).
    #[serde(default)]
    pub(crate) cluster_resource_quota: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub(crate) default_cluster_namespace_quota: Option<BTreeMap<String, String>>,
}

/// The body that creates a group.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct GroupBody {
    #[schemars(length(min = 1))]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
}

/// The body that creates a user.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct UserBody {
    pub(crate) account: AccountBody,
}

/// The account in a [`UserBody`].
#[derive(Clone, Deserialize, JsonSchema)]
pub(crate) struct AccountBody {
    /// An e-mail address.
    #[schemars(regex(pattern = "@"))]
    pub(crate) username: String,
    /// Needed for the console only.
    #[serde(default)]
    pub(crate) first_name: String,
    /// Needed for the console only.
    #[serde(default)]
    pub(crate) last_name: String,
    pub(crate) phone: Option<String>,
    /// Never kept and never shown.
    #[schemars(length(min = 1))]
    pub(crate) password: String,
    pub(crate) user_type: UserType,
}

/// What an account may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum UserType {
    /// Console and API.
    Console,
    /// API only.
    Api,
}

/// One group in the bodies of `addtogroups` and `removefromgroups`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct GroupReference {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) _kind: SystemType,
}

/// The only type of group reference.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum SystemType {
    System,
}

/// The body of `assigntoproject`: that of a user names a project, that of a group need not, and gives
/// roles in the whole organization then (R-93).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "AssignBodyOf{Project}")]
pub(crate) struct AssignBody<Project, Scope> {
    pub(crate) project: Project,
    pub(crate) roles: Vec<RoleReference<Scope>>,
}

/// A role to assign.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "RoleReferenceIn{Scope}")]
pub(crate) struct RoleReference<Scope> {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(rename = "scope")]
    pub(crate) _scope: Scope,
    /// Documented as required, missing in the vendor's example (R-47).
    #[serde(rename = "role_type")]
    pub(crate) _role_type: Option<RoleType>,
    /// The ids of the namespaces it is limited to.
    #[serde(default)]
    pub(crate) namespace_id_list: Vec<String>,
}

/// What a user is assigned.
pub(crate) type UserAssignBody = AssignBody<ProjectReference, ProjectScope>;

/// What a group is assigned.
pub(crate) type GroupAssignBody = AssignBody<Option<ProjectReference>, Option<RoleScope>>;

/// The only scope of roles in projects.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ProjectScope {
    Project,
}

/// Where a role comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RoleType {
    /// The product.
    #[default]
    Base,
    /// The organization.
    Custom,
}

/// Where a role may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RoleScope {
    /// In the whole organization.
    Organization,
    /// In a project.
    Project,
}

/// A project by id and name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct ProjectReference {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// The body of `unassignfromproject`, which nests its roles differently.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "UnassignBodyOf{Project}")]
pub(crate) struct UnassignBody<Project, Scope> {
    pub(crate) project: Project,
    pub(crate) roles: Vec<NestedRole<Scope>>,
}

/// One role of an [`UnassignBody`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "NestedRoleIn{Scope}")]
pub(crate) struct NestedRole<Scope> {
    pub(crate) role: RoleId<Scope>,
}

/// A role by id.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(rename = "RoleIdIn{Scope}")]
pub(crate) struct RoleId<Scope> {
    pub(crate) id: String,
    #[serde(rename = "scope")]
    pub(crate) _scope: Scope,
}

/// What is taken from a user.
pub(crate) type UserUnassignBody = UnassignBody<ProjectReference, ProjectScope>;

/// What is taken from a group.
pub(crate) type GroupUnassignBody = UnassignBody<Option<ProjectReference>, Option<RoleScope>>;

impl std::fmt::Debug for AccountBody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("AccountBody");
        shown.field("username", &self.username).finish_non_exhaustive()
    }
}
