//! The request bodies the API accepts, as types: what is checked, and what the OpenAPI document
//! shows.
//!
//! Unknown fields are accepted, as servers of this family do; specs are also kept as sent.

use super::variables::VariableBody;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::kinds::{API_VERSION, Kind};

/// The envelope of every platform object.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope<Spec> {
    /// `paas.envmgmt.io/v1`.
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
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) labels: Option<BTreeMap<String, String>>,
    pub(crate) annotations: Option<BTreeMap<String, String>>,
    #[schemars(skip)]
    #[serde(rename = "id")]
    pub(crate) server_id: Option<Value>,
    #[schemars(skip)]
    #[serde(rename = "projectID")]
    pub(crate) server_project_id: Option<Value>,
    #[schemars(skip)]
    #[serde(rename = "createdAt")]
    pub(crate) server_created_at: Option<Value>,
    #[schemars(skip)]
    #[serde(rename = "modifiedAt")]
    pub(crate) server_modified_at: Option<Value>,
    #[schemars(skip)]
    #[serde(rename = "createdBy")]
    pub(crate) server_created_by: Option<Value>,
    #[schemars(skip)]
    #[serde(rename = "modifiedBy")]
    pub(crate) server_modified_by: Option<Value>,
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
    pub(crate) service_type: Option<String>,
    #[serde(default)]
    pub(crate) variables: Vec<VariableBody>,
    pub(crate) datacenter: Option<serde_json::Map<String, Value>>,
    pub(crate) sharing: Option<serde_json::Map<String, Value>>,
}

/// A profile's spec.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileSpec {
    /// Of compute profiles: `baremetal`, `k8s` or `vm`.
    pub(crate) compute_type: Option<String>,
    /// The variables, with their rules and display hints.
    #[serde(default)]
    pub(crate) variables: Vec<serde_json::Map<String, Value>>,
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
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum SystemType {
    System,
}

/// The body of `assigntoproject`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct AssignBody {
    pub(crate) roles: Vec<RoleReference>,
    pub(crate) project: ProjectReference,
}

/// A role to assign.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct RoleReference {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(rename = "scope")]
    pub(crate) _scope: ProjectScope,
    /// Documented as required, missing in the vendor's example (R-47).
    #[serde(rename = "role_type")]
    pub(crate) _role_type: Option<RoleType>,
    /// The ids of the namespaces it is limited to.
    #[serde(default)]
    pub(crate) namespace_id_list: Vec<String>,
}

/// The only scope of roles in projects.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ProjectScope {
    Project,
}

/// Where a role comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RoleType {
    /// The product.
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
pub(crate) struct UnassignBody {
    pub(crate) project: ProjectReference,
    pub(crate) roles: Vec<NestedRole>,
}

/// One role of an [`UnassignBody`].
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct NestedRole {
    pub(crate) role: RoleId,
}

/// A role by id.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct RoleId {
    pub(crate) id: String,
    #[serde(rename = "scope")]
    pub(crate) _scope: ProjectScope,
}

/// The schema of a body.
pub(crate) fn schema<T: JsonSchema>() -> Value {
    // References would point into the schema, and the document it stands in has another root.
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// The schema of the body that writes a workspace.
pub(crate) fn workspace_schema() -> Value {
    enveloped::<WorkspaceSpec>(Kind::Workspace, &json!({}))
}

/// The schema of the body that writes a service.
pub(crate) fn service_schema() -> Value {
    let profile = json!({ "name": "vpc", "systemCatalog": true });
    enveloped::<DeployableSpec>(Kind::Service, &json!({ "serviceProfile": profile }))
}

/// The schema of the body that writes an instance.
pub(crate) fn instance_schema() -> Value {
    let profile = json!({ "name": "bmaas-h100", "systemCatalog": true });
    let term = json!({ "name": "Contract Term", "valueType": "text", "value": "6" });
    let spec = json!({ "computeProfile": profile, "variables": [term] });
    enveloped::<DeployableSpec>(Kind::ComputeInstance, &spec)
}

/// The schema of the body that writes a compute profile.
pub(crate) fn compute_profile_schema() -> Value {
    let variables = json!([{ "name": "disk", "value": "100" }]);
    let spec = json!({ "computeType": "vm", "variables": variables });
    enveloped::<ProfileSpec>(Kind::ComputeProfile, &spec)
}

/// The schema of the body that writes a service profile.
pub(crate) fn service_profile_schema() -> Value {
    let spec = json!({ "variables": [{ "name": "size", "value": "100" }] });
    enveloped::<ProfileSpec>(Kind::ServiceProfile, &spec)
}

/// The schema of an object of a kind, with an example that has this spec.
fn enveloped<Spec: JsonSchema>(kind: Kind, spec: &Value) -> Value {
    let mut schema = schema::<Envelope<Spec>>();
    schema["properties"]["apiVersion"] = json!({ "const": API_VERSION });
    schema["properties"]["kind"] = json!({ "const": kind.as_str() });
    schema["properties"]["metadata"]["required"] = json!(["name", "project"]);
    schema["examples"] = json!([{
        "apiVersion": API_VERSION,
        "kind": kind.as_str(),
        "metadata": { "name": "train-03", "project": "ml" },
        "spec": spec,
    }]);
    schema
}

impl std::fmt::Debug for AccountBody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("AccountBody");
        shown.field("username", &self.username).finish_non_exhaustive()
    }
}
