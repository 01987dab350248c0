//! `apps.k8smgmt.io/v3`: what runs on clusters, and where its charts come from.
#![expect(dead_code, reason = "what is read of these types is their schema")]

use super::groups::APPS;
use super::shared::{Artifact, Drift, File, Placement, Sharing};
use crate::status;
use plumb_kind::{Kind, Opaque, Row};
use schemars::JsonSchema;

/// What runs on clusters.
#[derive(JsonSchema)]
struct WorkloadSpec {
    /// The namespace it runs in.
    #[schemars(extend("x-plumb-names" = "Namespace.infra.k8smgmt.io"))]
    namespace: String,
    /// Its version.
    version: Option<String>,
    /// What is installed.
    artifact: Artifact,
    /// On which clusters it runs.
    placement: Option<Placement>,
    /// What happens when somebody changes it on the cluster.
    drift: Option<Drift>,
}

/// What workloads are made from.
#[derive(JsonSchema)]
struct WorkloadTemplateSpec {
    /// Its version.
    version: Option<String>,
    /// What is installed.
    artifact: Artifact,
    /// Which other projects may use it.
    sharing: Option<Sharing>,
}

/// Charts of a repository.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct CatalogSpec {
    /// The repository the charts are in.
    #[schemars(extend("x-plumb-names" = "Repository.integrations.k8smgmt.io"))]
    repository: String,
    /// What sort of repository: `HelmRepository`.
    #[schemars(rename = "type")]
    catalog_type: String,
    /// Whether it is kept in step by itself.
    auto_sync: Option<bool>,
    /// The address of an icon.
    #[schemars(rename = "iconURL")]
    icon_url: Option<String>,
    /// Which other projects may use it.
    sharing: Option<Sharing>,
}

/// Values of a chart or changes of manifests, for some clusters.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct OverrideSpec {
    /// Helm or manifest: what it overrides.
    #[schemars(rename = "type")]
    override_type: Option<String>,
    /// What is overridden.
    resource: Overridden,
    /// On which clusters.
    placement: Option<Placement>,
    /// The file with the values.
    values_path: Option<File>,
    /// The values in a repository: its name, revision and path.
    repo: Option<Opaque>,
    /// Which other projects may use it.
    sharing: Option<Sharing>,
}

/// What an override is for.
#[derive(JsonSchema)]
struct Overridden {
    /// The add-on or workload, by a selector such as `rafay.dev/name=ingress`.
    selector: String,
    /// `ClusterOverrideTypeAddon` or `ClusterOverrideTypeWorkload`; one is misspelled in the vendor's schema.
    #[schemars(rename = "type")]
    overridden_type: String,
}

static WORKLOAD: Row = APPS
    .row("workloads", || {
        APPS.deployed::<WorkloadSpec>("Workload", "What runs on clusters: a chart or manifests.")
    })
    .ready_as(status::common);

static WORKLOAD_TEMPLATE: Row = APPS.row("workloadtemplates", || {
    APPS.kind::<WorkloadTemplateSpec>("WorkloadTemplate", "What workloads are made from.")
});

static CATALOG: Row = APPS
    .row("catalogs", || {
        APPS.deployed::<CatalogSpec>("Catalog", "Charts of a repository, to install from.")
    })
    .ready_as(status::common);

static OVERRIDE: Row = APPS.row("overrides", || {
    APPS.kind::<OverrideSpec>("Override", "Values of a chart that differ on some clusters.")
});

pub(super) static KINDS: &[&dyn Kind] = &[&WORKLOAD, &WORKLOAD_TEMPLATE, &CATALOG, &OVERRIDE];
