//! What a status looks like in each of its forms (contract 3.5, 3.8, 3.10, 4.5, 8.1).

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::kinds::{Form, Kind};
use super::knobs::{Knobs, StatusStyle};
use super::lifecycle::{Class, Seen, Status};
use super::objects::Object;
use super::outputs::{self, ManagedOutput, Output};
use super::settings::Secrets;
use plumb_sandbox::time::Timestamp;

/// The conditions of a cluster, in the order they come true.
const CLUSTER_CONDITIONS: [&str; 7] = [
    "ClusterRegisterSucceeded",
    "ClusterApproveSucceeded",
    "ClusterCheckInSucceeded",
    "ClusterNodeSyncSucceeded",
    "ClusterNamespaceSyncSucceeded",
    "ClusterBlueprintSyncSucceeded",
    "ClusterReady",
];

/// A status in the form of its kind.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Standing<'a> {
    Workspace(WorkspaceStatus),
    Profile(ProfileStatus<'a>),
    Condition(CommonStatus<'a>),
    Cluster(ClusterStatus<'a>),
    Environment(EnvironmentStatus<'a>),
    Life(LifeStatus<'a>),
    Managed(ManagedStatus<'a>),
}

/// One condition, which may say when and why.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommonStatus<'a> {
    pub(crate) condition_type: Cow<'a, str>,
    pub(crate) condition_status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_updated: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
}

/// A workspace's, which is ready as soon as it is written.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkspaceStatus {
    common_status: CommonStatus<'static>,
}

/// A profile's, with its prices.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileStatus<'a> {
    #[schemars(extend("type" = ["object", "null"]))]
    global_settings: &'a Value,
}

/// That of what is made from a profile, and of what developers make.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LifeStatus<'a> {
    #[schemars(length(min = 1))]
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provisioned_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_connected_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Output<'a>>,
}

/// A cluster's.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClusterStatus<'a> {
    common_status: CommonStatus<'a>,
    provision_status: &'static str,
    blueprint: Cow<'a, Value>,
    conditions: Vec<ClusterCondition>,
}

/// One step to a cluster.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ClusterCondition {
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    last_updated: Timestamp,
}

/// An environment's, with the one event there is.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EnvironmentStatus<'a> {
    #[serde(rename = "digestedStatus")]
    digested: Digest<'a>,
    latest_events: [EnvironmentEvent<'a>; 1],
}

/// An environment's status in short.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Digest<'a> {
    condition_status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// What happened to an environment.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct EnvironmentEvent<'a> {
    trigger_details: Trigger<'a>,
    workflow_details: Workflow,
}

/// How it came out.
#[derive(Debug, Serialize, JsonSchema)]
struct Trigger<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// How far it is.
#[derive(Debug, Serialize, JsonSchema)]
struct Workflow {
    state: &'static str,
}

/// That of managed Kubernetes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManagedStatus<'a> {
    condition: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<ManagedOutput<'a>>,
}

/// The status of an object; none where its kind has none.
pub(crate) fn of<'a>(
    object: &'a Object,
    knobs: &Knobs,
    secrets: &'a Secrets,
) -> Option<Standing<'a>> {
    Some(match (object.key.kind.form, &object.lifecycle) {
        (Form::Workspace, _) => {
            let common_status = condition("WorkspaceReady", "StatusOK");
            Standing::Workspace(WorkspaceStatus { common_status })
        }
        (Form::Profile, _) => {
            let global_settings = &object.global_settings;
            Standing::Profile(ProfileStatus { global_settings })
        }
        (Form::None, _) | (_, None) => return None,
        (Form::Cluster, Some(life)) => Standing::Cluster(cluster(object, life.seen())),
        (Form::Environment, Some(life)) => Standing::Environment(environment(life.seen())),
        (Form::Managed, Some(life)) => Standing::Managed(managed(object, life.seen(), secrets)),
        (Form::Condition, Some(life)) => Standing::Condition(CommonStatus {
            last_updated: Some(last_updated(object)),
            reason: life.seen().reason.as_deref(),
            ..condition(format!("{}Applied", object.key.kind.name), word(life.seen()))
        }),
        (form @ (Form::Made | Form::Developer | Form::Machine), Some(life)) => {
            let Seen { status, action, reason } = life.seen();
            Standing::Life(LifeStatus {
                status: text(object.key.kind, status, knobs),
                action: action.as_deref(),
                reason: reason.as_deref(),
                provisioned_at: life.provisioned_at.filter(|_| form != Form::Developer),
                last_connected_at: life.provisioned_at.filter(|_| form == Form::Machine),
                output: is_up(status).then(|| outputs::of(object, knobs, secrets)).flatten(),
            })
        }
    })
}

/// A condition without a reason.
pub(crate) fn condition<'a>(
    kind: impl Into<Cow<'a, str>>,
    condition_status: &'a str,
) -> CommonStatus<'a> {
    let condition_type = kind.into();
    CommonStatus { condition_type, condition_status, last_updated: None, reason: None }
}

/// A status in the spelling the knob asks for.
pub(crate) fn text(kind: &Kind, status: &Status, knobs: &Knobs) -> String {
    match knobs.status_style {
        StatusStyle::Enum => format!("Status_{}", status.text(kind).to_ascii_uppercase()),
        StatusStyle::Deployed if *status == Status::Ready => "deployed".to_owned(),
        StatusStyle::Plain | StatusStyle::Deployed => status.text(kind).to_owned(),
    }
}

fn is_up(status: &Status) -> bool {
    status.class() == Class::Ready || *status == Status::Acting
}

/// The word of v3 (contract 4.5).
fn word(seen: &Seen) -> &str {
    match &seen.status {
        Status::Other(text) => text,
        status => match status.class() {
            Class::Ready => "StatusOK",
            Class::Failed | Class::DeleteFailed => "StatusFailed",
            Class::NotDeployed => "StatusNotSet",
            _ => "StatusSubmitted",
        },
    }
}

/// When the status last came to what it is, as far as that is kept.
fn last_updated(object: &Object) -> Timestamp {
    let ready = object.lifecycle.as_ref().and_then(|life| life.provisioned_at);
    ready.unwrap_or(object.created_at)
}

fn cluster<'a>(object: &'a Object, seen: &'a Seen) -> ClusterStatus<'a> {
    let word = word(seen);
    let (reached, provision_status) = match seen.status {
        Status::Submitted => (2, "Provisioning"),
        Status::Deploying => (5, "Provisioning"),
        Status::Failed => (5, "ProvisionFailed"),
        Status::DestroyPending | Status::Destroying => (6, "Deprovisioning"),
        _ if word == "StatusOK" => (CLUSTER_CONDITIONS.len(), "Provisioned"),
        _ => (5, "Unknown"),
    };
    let placing = matches!(seen.status, Status::Submitted | Status::Deploying);
    let conditions = CLUSTER_CONDITIONS.into_iter().enumerate().map(|(place, kind)| {
        let waits = placing && place >= reached && kind == "ClusterBlueprintSyncSucceeded";
        ClusterCondition {
            kind,
            status: if place < reached { "True" } else { "False" },
            reason: waits.then_some("blueprint placement processed"),
            last_updated: last_updated(object),
        }
    });
    let blueprint = object.spec.get("blueprintConfig").map(Cow::Borrowed);
    ClusterStatus {
        common_status: CommonStatus {
            reason: seen.reason.as_deref(),
            ..condition("ClusterReady", word)
        },
        provision_status,
        blueprint: blueprint.unwrap_or_else(|| Cow::Owned(json!({ "name": "minimal" }))),
        conditions: conditions.collect(),
    }
}

fn environment(seen: &Seen) -> EnvironmentStatus<'_> {
    let state = match seen.status {
        Status::Submitted | Status::DestroyPending => "pending",
        Status::Deploying | Status::Destroying => "inprogress",
        _ => "complete",
    };
    let (word, reason) = (word(seen), seen.reason.as_deref());
    EnvironmentStatus {
        digested: Digest { condition_status: word, reason },
        latest_events: [EnvironmentEvent {
            trigger_details: Trigger { status: word, reason },
            workflow_details: Workflow { state },
        }],
    }
}

fn managed<'a>(object: &'a Object, seen: &'a Seen, secrets: &'a Secrets) -> ManagedStatus<'a> {
    let condition = match seen.status.class() {
        Class::Ready => "MKS_CLUSTER_STATUS_RUNNING",
        Class::Failed | Class::DeleteFailed => "MKS_CLUSTER_STATUS_ERROR",
        _ => "MKS_CLUSTER_STATUS_PROVISIONING",
    };
    ManagedStatus {
        condition,
        condition_reason: seen.reason.as_deref(),
        action: seen.action.as_deref(),
        output: (seen.status.class() == Class::Ready).then(|| outputs::managed(object, secrets)),
    }
}
