//! `infra.k8smgmt.io/v3`: what clusters are made of, and namespaces on them. Clusters themselves are in
//! `cluster`.
#![expect(dead_code, reason = "what is read of these types is their schema")]

use super::groups::INFRA;
use super::shared::{Artifact, Drift, Placement, Settings, Sharing, Versioned};
use crate::status;
use plumb_kind::{Kind, Opaque, Row};
use plumb_model::Aspect::{UnorderedBy, WriteOnly};
use plumb_model::rules::{Access, ImpliedEdge};
use schemars::JsonSchema;

/// What clusters run.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct BlueprintSpec {
    /// The version. A changed blueprint needs a new one.
    version: String,
    /// Custom or golden.
    #[schemars(rename = "type")]
    blueprint_type: Option<String>,
    /// The blueprint this one builds on.
    base: Option<Versioned>,
    /// Add-ons of the organization, in the order their dependencies give. Their order here means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    custom_addons: Option<Vec<CustomAddon>>,
    /// Which of the vendor's add-ons are installed.
    default_addons: Option<Opaque>,
    /// Proxies of the cluster's API.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    private_kube_api_proxies: Option<Vec<Proxy>>,
    /// How namespaces are kept in step.
    namespace_config: Option<Opaque>,
    /// Policies of the gatekeeper.
    opa_policy: Option<Opaque>,
    /// Policies of the network.
    network_policy: Option<Opaque>,
    /// The service mesh.
    service_mesh: Option<Opaque>,
    /// How costs are counted.
    cost_profile: Option<Versioned>,
    /// On which clusters it may be.
    placement: Option<Placement>,
    /// Which other projects may use it.
    sharing: Option<Sharing>,
    /// What happens when somebody changes what it installed.
    drift: Option<Drift>,
}

/// An add-on of a blueprint.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct CustomAddon {
    /// The add-on's name.
    #[schemars(extend("x-plumb-names" = "Addon.infra.k8smgmt.io"))]
    name: String,
    /// The add-on's version; the newest where nothing is said.
    version: Option<String>,
    /// Add-ons that come first.
    depends_on: Option<Vec<String>>,
}

/// A proxy of a cluster's API.
#[derive(JsonSchema)]
struct Proxy {
    /// The id of the proxy.
    id: Option<String>,
    /// Its name.
    name: String,
}

/// What a cluster runs beside its own.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct AddonSpec {
    /// What is installed.
    artifact: Artifact,
    /// The namespace it is installed into.
    #[schemars(extend("x-plumb-names" = "Namespace.infra.k8smgmt.io"))]
    namespace: String,
    /// The version. A changed add-on needs a new one.
    version: String,
    /// Draft or active.
    version_state: Option<String>,
    /// Which other projects may use it.
    sharing: Option<Sharing>,
}

/// A namespace on clusters.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct NamespaceSpec {
    /// What happens when somebody changes it on the cluster.
    drift: Option<Drift>,
    /// On which clusters it is.
    placement: Option<Placement>,
    /// Its pod security policy.
    psp: Option<Opaque>,
    /// Manifests that are applied with it.
    artifact: Option<Artifact>,
    /// Limits of what runs in it, each.
    limit_range: Option<Opaque>,
    /// Limits of what runs in it, together.
    resource_quotas: Option<Opaque>,
    /// Policies of its network.
    network_policy_params: Option<Opaque>,
}

/// Access to a cloud, for making clusters or keeping backups.
#[derive(JsonSchema)]
struct CredentialsSpec {
    /// `ClusterProvisioning`, `DataBackup` or `CostManagement`.
    #[schemars(rename = "type")]
    credentials_type: String,
    /// The cloud: aws, azure, gcp, vsphere.
    provider: String,
    /// The secret itself, in the provider's form. Take what is in it from the environment.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    credentials: Option<Opaque>,
    /// Which other projects may use it.
    sharing: Option<Sharing>,
}

/// A machine of the operator's.
#[derive(JsonSchema)]
struct BaremetalMachineSpec(Opaque);

static BLUEPRINT: Row = INFRA
    .row("blueprints", || {
        INFRA.kind::<BlueprintSpec>("Blueprint", "What clusters run: add-ons and policies.")
    })
    .versioned();

static ADDON: Row = INFRA
    .row("addons", || {
        INFRA
            .kind::<AddonSpec>("Addon", "A chart or manifests that blueprints install on clusters.")
    })
    .versioned();

static NAMESPACE: Row = INFRA
    .row("namespaces", || {
        let mut kind =
            INFRA.deployed::<Option<NamespaceSpec>>("Namespace", "A namespace on clusters.");
        // A failure to publish takes about a quarter of an hour to surface (api §2.7).
        kind.rules.timeout_seconds = 17 * 60;
        kind.rules.after = vec![ImpliedEdge { kind: INFRA.id("Cluster") }];
        kind
    })
    .ready_as(status::common)
    .with_or_without_spec();

static CREDENTIALS: Row = INFRA.row("credentials", || {
    INFRA.kind::<CredentialsSpec>("Credentials", "Access to a cloud, for clusters or backups.")
});

static FLEET_PLAN: Row = INFRA.row("fleetplans", || {
    INFRA.kind::<Settings>("FleetPlan", "What is done to a fleet of clusters, one after the other.")
});

static BAREMETAL_MACHINE: Row = INFRA.row("baremetalmachines", || {
    let summary =
        "A machine in the operator's inventory. Read only: provisioning it is the operator's.";
    let mut kind = INFRA.kind::<Option<BaremetalMachineSpec>>("BaremetalMachine", summary);
    kind.rules.access = Access::ReadOnly;
    kind
});

pub(super) static KINDS: &[&dyn Kind] =
    &[&BLUEPRINT, &ADDON, &NAMESPACE, &CREDENTIALS, &FLEET_PLAN, &BAREMETAL_MACHINE];
