//! Pieces that specs of several kinds have (api §7.3). What the schema leaves free is sent as it is.

#![expect(dead_code, reason = "what is read of these types is their schema")]

use plumb_kind::Opaque;
use plumb_model::Aspect::{Recorded, UnorderedBy, WriteOnly};
use schemars::JsonSchema;

/// Its settings, in the API's own form: sent as they are.
#[derive(JsonSchema)]
pub(super) struct Settings(Opaque);

/// Names something.
#[derive(JsonSchema)]
pub(super) struct Reference {
    /// Its name.
    name: String,
}

/// A version of something.
#[derive(JsonSchema)]
pub(super) struct Versioned {
    /// Its name.
    name: String,
    /// The version; the newest where nothing is said.
    version: Option<String>,
}

/// Which other projects may use it.
#[derive(JsonSchema)]
pub(super) struct Sharing {
    /// Whether any may. A no does not come back, and is what nothing means.
    enabled: Option<bool>,
    /// Those that may; one called * means all. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    projects: Option<Vec<Reference>>,
}

/// On which clusters it is.
#[derive(JsonSchema)]
pub(super) struct Placement {
    /// Labels of the clusters. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("key")]))]
    labels: Option<Vec<Label>>,
    /// A selector of labels, for instance `rafay.dev/clusterName=prod`.
    selector: Option<String>,
}

/// A label of a cluster.
#[derive(JsonSchema)]
struct Label {
    /// The label's key.
    key: String,
    /// Its value.
    value: Option<String>,
}

/// What happens when somebody changes it on the cluster.
#[derive(JsonSchema)]
pub(super) struct Drift {
    /// Whether it is watched. A no does not come back, and is what nothing means.
    enabled: Option<bool>,
    /// What is done about it.
    action: Option<DriftAction>,
}

/// What is done about drift on a cluster.
#[derive(JsonSchema)]
enum DriftAction {
    /// It is told.
    Notify,
    /// It is kept from happening.
    Deny,
}

/// What is installed: a chart or manifests, and where from.
#[derive(JsonSchema)]
pub(super) struct Artifact {
    /// Helm, Yaml or `AlertManager`.
    #[schemars(rename = "type")]
    sort: String,
    /// Where it is: repository, catalog, chart, paths, revision, values; or the files themselves.
    #[schemars(rename = "artifact")]
    source: Source,
    /// How it is installed, in the form of its type.
    options: Option<Opaque>,
}

/// Where something that is installed comes from.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct Source {
    /// The repository it is in.
    #[schemars(extend("x-plumb-names" = "Repository.integrations.k8smgmt.io"))]
    repository: Option<String>,
    /// The catalog it is in.
    #[schemars(extend("x-plumb-names" = "Catalog.apps.k8smgmt.io"))]
    catalog: Option<String>,
    /// The chart's name.
    chart_name: Option<String>,
    /// The chart's version.
    chart_version: Option<String>,
    /// Where the chart is in the repository, or the chart itself.
    chart_path: Option<File>,
    /// The branch or tag.
    revision: Option<String>,
    /// Where the manifests are in the repository, or the manifests themselves.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    paths: Option<Vec<File>>,
    /// Values of the chart, in the order in which they apply.
    values_paths: Option<Vec<File>>,
    /// Values of the chart from a repository.
    values_ref: Option<Opaque>,
    /// Where the manifest is on the web.
    url: Option<String>,
    /// A file of the alert manager.
    configmap: Option<File>,
    /// A file of the alert manager.
    configuration: Option<File>,
    /// A file of the alert manager, which is a secret.
    secret: Option<SecretFile>,
    /// A file of the alert manager.
    statefulset: Option<File>,
}

/// A file: its path, or its contents. The contents need not come back (api §11).
#[derive(JsonSchema)]
pub(super) struct File {
    /// Its path or name.
    name: String,
    /// Its contents, in base64.
    #[schemars(extend("x-plumb" = [Recorded]))]
    data: Option<String>,
    /// Whether the contents are a secret.
    sensitive: Option<bool>,
}

/// A file whose contents are a secret.
#[derive(JsonSchema)]
pub(super) struct SecretFile {
    /// Its path or name.
    name: String,
    /// Its contents, in base64. Take them from the environment: {valueFrom: {var: NAME}}.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    data: Option<String>,
    /// Whether the contents are a secret.
    sensitive: Option<bool>,
}
