//! What documents say: a type for the `metadata` and the `spec` of every kind. Their doc comments
//! are what an editor shows on hover, and each field carries what is special about it (api §10).
#![expect(dead_code, reason = "what is read of these types is their schema")]

use plumb_kind::Opaque;
use plumb_model::Aspect::{
    AfterCreate, AtCreation, Default, Guarded, Immutable, Quiet, Recorded, Refused, ServerOwned,
    Unordered, UnorderedBy, WriteOnly,
};
use schemars::JsonSchema;
use std::collections::BTreeMap;

const NO_CALL: &str = "no call changes it (R-48); change it in the console";
/// What a change of it does is not published.
const STORAGE: &str = "no call is known that changes attached storage";

// A DNS-1123 label.
#[derive(JsonSchema)]
struct Label(
    #[schemars(regex(pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"), length(min = 1, max = 63))]
    String,
);

// A text that says something.
#[derive(JsonSchema)]
pub(crate) struct Text(#[schemars(length(min = 1))] String);

/// What it is called and where it lives.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub(crate) struct Metadata {
    /// The object's name: lower-case letters, digits and dashes. A new name is a new object.
    name: Label,
    /// The name of the project it lives in.
    project: Label,
    /// The name of the workspace it lives in.
    workspace: Label,
    /// The name people see in the console.
    #[schemars(extend("x-plumb" = [Quiet]))]
    display_name: Option<String>,
    /// What it is for.
    #[schemars(extend("x-plumb" = [Quiet]))]
    description: Option<String>,
    /// Labels. Those of others are kept; plumb adds its own mark, plumb.dev/stack.
    #[schemars(extend("x-plumb" = [Quiet]))]
    labels: Option<BTreeMap<String, String>>,
    /// Annotations. Those that begin with plumb.dev/ are wishes to plumb and are not sent.
    #[schemars(extend("x-plumb" = [Quiet]))]
    annotations: Option<BTreeMap<String, String>>,
    /// Set by the server, and ignored here.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    id: Option<String>,
    /// Set by the server, and ignored here.
    #[schemars(rename = "projectID", extend("x-plumb" = [ServerOwned]))]
    project_id: Option<String>,
    /// Set by the server, and ignored here.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    created_at: Option<String>,
    /// Set by the server, and ignored here.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    modified_at: Option<String>,
    /// Set by the server, and ignored here.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    created_by: Option<Opaque>,
    /// Set by the server, and ignored here.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    modified_by: Option<Opaque>,
}

/// How the console shows it.
#[derive(JsonSchema)]
pub(crate) struct WorkspaceSpec {
    /// The address of an icon.
    #[schemars(rename = "iconURL")]
    icon_url: Option<String>,
    /// A text about the workspace.
    readme: Option<String>,
}

/// What it is.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub(crate) struct ServiceSpec {
    /// The profile it is made from. Fixed once the service is made.
    #[schemars(extend("x-plumb" = [Immutable]))]
    service_profile: ProfileReference,
    /// The type of the service, for instance custom. Fixed once the service is made.
    #[schemars(extend("x-plumb" = [Immutable]))]
    service_type: Option<String>,
    /// The profile's settings. Order means nothing; what is left out has the profile's default.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    variables: Option<Vec<Variable>>,
}

/// What it is.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub(crate) struct ComputeInstanceSpec {
    /// What sort of machine it is; where nothing is said, what the profile makes. Fixed once made.
    #[schemars(extend("x-plumb" = [Immutable]))]
    compute_type: Option<ComputeType>,
    /// The profile it is made from. Fixed once made.
    #[schemars(extend("x-plumb" = [Immutable]))]
    compute_profile: ProfileReference,
    /// The profile's settings. Order means nothing; what is left out has the profile's default.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    variables: Option<Vec<Variable>>,
    /// Where it runs. Fixed once made.
    #[schemars(extend("x-plumb" = [Immutable]))]
    datacenter: Option<DatacenterReference>,
    /// Attached storage, in the installation's own form. Sent as it is; a change is refused.
    #[schemars(extend("x-plumb" = [Refused(STORAGE)]))]
    storage_details: Option<Opaque>,
    /// Who else may use it: shareMode (None, All or Custom), workspaces, projects.
    sharing: Option<Opaque>,
}

/// What sort of machine it is.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum ComputeType {
    /// A whole node.
    Baremetal,
    /// A GPU Kubernetes cluster.
    K8s,
    /// A virtual machine.
    Vm,
}

/// Names a profile.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub(crate) struct ProfileReference {
    /// The profile's name, for instance bmaas-h100.
    name: Text,
    /// Whether the profile is one of the system catalog, shared with every project.
    system_catalog: Option<bool>,
}

/// One setting of the profile.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub(crate) struct Variable {
    /// The variable's name, exactly as the profile spells it.
    name: Text,
    /// How the value is read.
    #[schemars(extend("x-plumb" = [Default("text".into())]))]
    value_type: Option<ValueType>,
    // Whether one is sensitive stands in the profile.
    /// Always text: put numbers, true and false in quotes, and write JSON as text.
    #[schemars(extend("x-plumb" = [Guarded]))]
    value: String,
    /// The profile's own settings of the variable. Rarely written by hand.
    options: Option<VariableOptions>,
}

/// How a variable's value is read.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
enum ValueType {
    /// As it stands. What is meant when nothing is said.
    Text,
    /// As JSON, written as text.
    Json,
    /// As HCL, written as text: lists and maps of a module.
    Hcl,
    /// As an expression of the environment manager.
    Expression,
}

/// Settings of a variable.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct VariableOptions {
    /// What the variable is for.
    description: Option<String>,
    /// Whether it must have a value.
    required: Option<bool>,
    /// Whether its value is a secret.
    sensitive: Option<bool>,
    /// Whether only the profile may set it.
    read_only: Option<bool>,
    /// Whether it is fixed once set.
    immutable: Option<bool>,
    /// Whether it is masked when shown.
    mask: Option<bool>,
    /// A schema for its value.
    schema: Option<Opaque>,
    /// Which values are allowed.
    #[schemars(rename = "override")]
    overriding: Option<Opaque>,
    /// How the console shows it.
    display_metadata: Option<Opaque>,
}

/// Where something runs.
#[derive(JsonSchema)]
pub(crate) struct DatacenterReference {
    /// The datacenter's name.
    name: Option<String>,
}

/// Its variables and settings.
#[derive(JsonSchema)]
pub(crate) struct Profile(Opaque);

/// What it is called.
#[derive(JsonSchema)]
pub(crate) struct ProjectMetadata {
    /// The project's name: lower-case letters, digits and dashes. A new name is a new project.
    name: Label,
    /// What the project is for, where the document is one of system.k8smgmt.io/v3; the same as
    /// spec.description.
    description: Option<String>,
    /// Wishes to plumb; every key begins with plumb.dev/. The API has no annotations here.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    annotations: Option<BTreeMap<String, String>>,
}

/// What it is for, and what it may use.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub(crate) struct ProjectSpec {
    /// What the project is for.
    description: Option<String>,
    /// What its clusters may use together, as text: cpuRequests, memoryLimits, pods and the like.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    cluster_resource_quota: Option<BTreeMap<String, String>>,
    /// What each of its namespaces may use where nothing else is said.
    #[schemars(extend("x-plumb" = [AfterCreate]))]
    default_cluster_namespace_quota: Option<BTreeMap<String, String>>,
}

/// Who it is.
#[derive(JsonSchema)]
pub(crate) struct UserMetadata {
    /// The username, which is an e-mail address.
    #[schemars(regex(pattern = "^[^@ ]+@[^@ ]+$"), length(min = 3, max = 254))]
    name: String,
    /// Wishes to plumb; every key begins with plumb.dev/. The API has no annotations here.
    #[schemars(extend("x-plumb" = [ServerOwned]))]
    annotations: Option<BTreeMap<String, String>>,
}

/// What the user is and may do.
#[derive(JsonSchema)]
pub(crate) struct UserSpec {
    /// First name, which users for the console need. Set when the user is made; no call changes it.
    #[schemars(extend("x-plumb" = [Refused(NO_CALL)]))]
    first_name: Option<String>,
    /// Last name, which users for the console need. Set when the user is made; no call changes it.
    #[schemars(extend("x-plumb" = [Refused(NO_CALL)]))]
    last_name: Option<String>,
    /// Phone number. Set when the user is made, and not read back.
    #[schemars(extend("x-plumb" = [Recorded, AtCreation]))]
    phone: Option<String>,
    /// Whether the user may use the console. Set when the user is made; no call changes it.
    #[schemars(extend("x-plumb" = [Refused(NO_CALL)]))]
    user_type: UserType,
    /// The first password, needed to make the user and never read back. Take it from the
    /// environment: {valueFrom: {var: NAME}}.
    #[schemars(extend("x-plumb" = [WriteOnly, AtCreation]))]
    password: Option<String>,
    /// Groups the user is put into. Groups given by others stay.
    #[schemars(extend("x-plumb" = [Recorded, AfterCreate, Unordered]))]
    groups: Option<Vec<Group>>,
    /// Roles in projects. Roles given by others stay.
    #[schemars(rename = "projectRoles", extend("x-plumb" = [Recorded, AfterCreate, Unordered]))]
    project_roles: Option<Vec<ProjectRoles>>,
}

/// Whether a user may use the console.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
enum UserType {
    /// The console and the API: a person.
    Console,
    /// The API only: a machine.
    Api,
}

/// A group, by its name or in full.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Group {
    /// By its name; the id is looked up.
    Name(Text),
    /// In full; nothing is looked up.
    Full(FullGroup),
}

/// A group in full.
#[derive(JsonSchema)]
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
struct ProjectRoles {
    /// The project.
    project: ProjectReference,
    /// The roles.
    #[schemars(length(min = 1), extend("x-plumb" = [Unordered]))]
    roles: Vec<Role>,
}

/// A project, by its name or in full.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum ProjectReference {
    /// By its name; the id is looked up.
    Name(Text),
    /// In full; nothing is looked up.
    Full(FullProject),
}

/// A project in full.
#[derive(JsonSchema)]
pub(crate) struct FullProject {
    /// The project's id.
    id: String,
    /// The project's name.
    name: String,
}

/// A role, by its name or in full.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Role {
    /// By its name; the id is looked up.
    Name(Text),
    /// In full; nothing is looked up.
    Full(FullRole),
}

/// A role in full.
#[derive(JsonSchema)]
pub(crate) struct FullRole {
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
pub(crate) enum RoleType {
    /// The vendor's.
    Base,
    /// The organization's own.
    Custom,
}
