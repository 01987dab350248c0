//! `integrations.k8smgmt.io/v3`: where charts, manifests and images come from.
#![expect(dead_code, reason = "what is read of these types is their schema")]

use super::groups::INTEGRATIONS;
use super::shared::Sharing;
use plumb_kind::{Kind, Opaque, Row};
use plumb_model::Aspect::{UnorderedBy, WriteOnly};
use schemars::JsonSchema;

/// Where charts or manifests are.
#[derive(JsonSchema)]
struct RepositorySpec {
    /// Git or Helm.
    #[schemars(rename = "type")]
    repository_type: String,
    /// Its address.
    endpoint: String,
    /// Who may read it.
    credentials: Option<RepositoryCredentials>,
    /// Agents that reach it. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    agents: Option<Vec<RepositoryAgent>>,
    /// How it is reached: insecure, caCert, maxRetires.
    options: Option<Opaque>,
    /// Which other projects may use it.
    sharing: Option<Sharing>,
}

/// Who may read a repository. It never comes back; take what is in it from the environment.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct RepositoryCredentials {
    /// The user's name.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    username: Option<String>,
    /// The password or token.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    password: Option<String>,
    /// The private key.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    private_key: Option<String>,
    /// An application of the host of the repository.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    github_app: Option<Opaque>,
}

/// An agent that reaches a repository.
#[derive(JsonSchema)]
struct RepositoryAgent {
    /// The agent's name.
    #[schemars(extend("x-plumb-names" = "Agent.gitops.k8smgmt.io"))]
    name: String,
}

/// Where images are.
#[derive(JsonSchema)]
struct ContainerRegistrySpec {
    /// What sort of registry it is.
    #[schemars(rename = "type")]
    registry_type: Option<String>,
    /// Its address.
    endpoint: Option<String>,
    /// Who may read it. It never comes back; take what is in it from the environment.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    credentials: Option<Opaque>,
    /// Which other projects may use it.
    sharing: Option<Sharing>,
}

static REPOSITORY: Row = INTEGRATIONS.row("repositories", || {
    INTEGRATIONS.kind::<RepositorySpec>("Repository", "Where charts or manifests are.")
});

static CONTAINER_REGISTRY: Row = INTEGRATIONS.row("containerregistries", || {
    INTEGRATIONS.kind::<ContainerRegistrySpec>("ContainerRegistry", "Where images are.")
});

pub(super) static KINDS: &[&dyn Kind] = &[&REPOSITORY, &CONTAINER_REGISTRY];
