//! `gitops.k8smgmt.io/v3`: agents, and what they carry out.
#![expect(dead_code, reason = "what is read of these types is their schema")]

use super::groups::GITOPS;
use super::shared::{File, Reference, SecretFile, Sharing};
use crate::status;
use plumb_kind::{Kind, Opaque, Row};
use plumb_model::Aspect::{Guarded, Recorded, UnorderedBy, WriteOnly};
use schemars::JsonSchema;

/// A program that works for the controller where the controller cannot reach.
#[derive(JsonSchema)]
struct AgentSpec {
    /// `ClusterAgent` or Docker.
    #[schemars(rename = "type")]
    agent_type: String,
    /// The cluster it runs on.
    cluster: Option<AgentCluster>,
    /// Whether it works.
    active: Option<bool>,
    /// Its version.
    version: Option<String>,
    /// Its settings.
    config: Option<Opaque>,
    /// Which other projects may use it.
    sharing: Option<Sharing>,
}

/// The cluster an agent runs on.
#[derive(JsonSchema)]
struct AgentCluster {
    /// The cluster's name.
    #[schemars(extend("x-plumb-names" = "Cluster.infra.k8smgmt.io"))]
    name: String,
}

/// Stages that are carried out one after the other.
#[derive(JsonSchema)]
struct PipelineSpec {
    /// The stages. Which one follows which, each says itself; their order here means nothing.
    #[schemars(length(min = 1), extend("x-plumb" = [UnorderedBy("name")]))]
    stages: Vec<Stage>,
    /// What starts it.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    triggers: Option<Vec<Trigger>>,
    /// Its variables.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    variables: Option<Vec<PipelineVariable>>,
    /// Whether it is carried out at all.
    active: Option<bool>,
    /// Which other projects may use it.
    sharing: Option<Sharing>,
    /// Secrets it is given.
    secret: Option<SecretFile>,
}

/// One stage.
#[derive(JsonSchema)]
struct Stage {
    /// Its name.
    name: String,
    /// Approval, `DeployWorkload`, `DeployWorkloadTemplate`, `InfraProvisioner` or `SystemSync`.
    #[schemars(rename = "type")]
    sort: String,
    /// What it does, in the form of its type.
    config: Option<StageConfig>,
    /// What may be done before it.
    #[schemars(rename = "preConditions")]
    conditions: Option<Vec<Opaque>>,
    /// Its variables.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    variables: Option<Vec<PipelineVariable>>,
    /// The stages that follow.
    next: Option<Vec<Reference>>,
}

/// What a stage does, in the form of its type.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("additionalProperties" = true))]
struct StageConfig {
    /// The workload that is deployed.
    #[schemars(extend("x-plumb-names" = "Workload.apps.k8smgmt.io"))]
    workload: Option<String>,
    /// The template that is deployed.
    #[schemars(extend("x-plumb-names" = "WorkloadTemplate.apps.k8smgmt.io"))]
    workload_template: Option<String>,
    /// The infrastructure that is made.
    #[schemars(extend("x-plumb-names" = "InfraProvisioner.gitops.k8smgmt.io"))]
    provisioner: Option<String>,
}

/// What starts a pipeline.
#[derive(JsonSchema)]
struct Trigger {
    /// Its name.
    name: String,
    /// Webhook or Cron.
    #[schemars(rename = "type")]
    sort: String,
    /// When it starts, in the form of its type.
    config: Option<TriggerConfig>,
    /// Variables it sets.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    variables: Option<Vec<PipelineVariable>>,
}

/// When a trigger starts, in the form of its type.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("additionalProperties" = true))]
struct TriggerConfig {
    /// The repository whose changes start it.
    repo: Option<TriggerRepository>,
}

/// The repository whose changes start a pipeline.
#[derive(JsonSchema)]
#[schemars(extend("additionalProperties" = true))]
struct TriggerRepository {
    /// The repository's name.
    #[schemars(extend("x-plumb-names" = "Repository.integrations.k8smgmt.io"))]
    repository: Option<String>,
}

/// A variable of a pipeline.
#[derive(JsonSchema)]
struct PipelineVariable {
    /// Its name.
    name: String,
    /// String, and the like.
    #[schemars(rename = "type")]
    variable_type: Option<String>,
    /// Its value. What may be a secret is not repeated in messages.
    #[schemars(extend("x-plumb" = [Guarded]))]
    value: String,
}

/// Infrastructure that a pipeline makes.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct InfraProvisionerSpec {
    /// Terraform.
    #[schemars(rename = "type")]
    provisioner_type: String,
    /// The repository it is in.
    #[schemars(extend("x-plumb-names" = "Repository.integrations.k8smgmt.io"))]
    repository: String,
    /// The branch or tag.
    revision: String,
    /// The folder in the repository.
    folder_path: File,
    /// Its settings: version, variables, files.
    config: Opaque,
    /// A file of secrets.
    secret: Option<SecretFile>,
}

/// Secrets for pipelines.
#[derive(JsonSchema)]
struct SecretGroupSpec {
    /// The secrets, none of which comes back. Order means nothing.
    #[schemars(extend("x-plumb" = [Recorded, UnorderedBy("name")]))]
    secrets: Option<Vec<GroupedSecret>>,
    /// A file of secrets.
    secret: Option<SecretFile>,
}

/// A secret of a group.
#[derive(JsonSchema)]
struct GroupedSecret {
    /// Its name.
    name: String,
    /// Its value. Take it from the environment: {valueFrom: {var: NAME}}.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    value: Option<String>,
}

static AGENT: Row = GITOPS
    .row("agents", || {
        let summary = "A program that works for the controller where it cannot reach.";
        GITOPS.deployed::<AgentSpec>("Agent", summary)
    })
    .ready_as(status::common);

static PIPELINE: Row = GITOPS
    .row("pipelines", || {
        GITOPS.deployed::<PipelineSpec>(
            "Pipeline",
            "Stages that are carried out, and what starts them.",
        )
    })
    .ready_as(status::common);

static INFRA_PROVISIONER: Row = GITOPS.row("infraprovisioners", || {
    GITOPS.kind::<InfraProvisionerSpec>("InfraProvisioner", "Infrastructure that a pipeline makes.")
});

static SECRET_GROUP: Row = GITOPS
    .row("secretgroups", || {
        GITOPS.deployed::<Option<SecretGroupSpec>>("SecretGroup", "Secrets for pipelines.")
    })
    .ready_as(status::common)
    .with_or_without_spec();

pub(super) static KINDS: &[&dyn Kind] = &[&AGENT, &PIPELINE, &INFRA_PROVISIONER, &SECRET_GROUP];
