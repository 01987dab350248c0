//! What a status looks like in each of its forms (contract 3.10, 4.5, 8.1).

use serde_json::{Value, json};

use super::kind::Form;
use super::store::HubObject;
use crate::knobs::{Knobs, StatusStyle};
use crate::lifecycle::{Class, Lifecycle, Status};
use crate::settings::Secrets;
use plumb_sandbox::ids;
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

/// The status of an object; none where its kind has none.
pub(crate) fn of(object: &HubObject, knobs: &Knobs, secrets: &Secrets) -> Option<Value> {
    let life = object.life.as_ref()?;
    let (status, reason, action) = match &life.stale {
        Some(stale) if stale.polls > 0 => (&stale.status, &stale.reason, &stale.action),
        _ => (&life.status, &life.reason, &life.action),
    };
    let seen = Seen { status, reason: reason.as_deref(), action: action.as_deref() };
    match object.key.kind.form {
        Form::None => None,
        Form::Condition => Some(condition(object, &seen)),
        Form::Cluster => Some(cluster(object, &seen)),
        Form::Environment => Some(environment(&seen)),
        Form::Developer => Some(developer(&seen, knobs)),
        Form::Machine => Some(machine(object, life, &seen, knobs)),
        Form::Managed => Some(managed(object, &seen, secrets)),
    }
}

/// What a read shows of where an object stands.
struct Seen<'a> {
    status: &'a Status,
    reason: Option<&'a str>,
    action: Option<&'a str>,
}

impl Seen<'_> {
    /// The word of v3 (contract 4.5).
    fn word(&self) -> &str {
        match self.status {
            Status::Other(text) => text,
            status => match status.class() {
                Class::Ready => "StatusOK",
                Class::Failed | Class::DeleteFailed => "StatusFailed",
                Class::NotDeployed => "StatusNotSet",
                _ => "StatusSubmitted",
            },
        }
    }

    fn reason(&self) -> &str {
        self.reason.unwrap_or_default()
    }
}

/// When the status last came to what it is, as far as that is kept.
fn last_updated(object: &HubObject) -> Timestamp {
    let ready = object.life.as_ref().and_then(|life| life.provisioned_at);
    ready.unwrap_or(object.created_at)
}

fn condition(object: &HubObject, seen: &Seen<'_>) -> Value {
    json!({
        "conditionType": format!("{}Applied", object.key.kind.kind),
        "conditionStatus": seen.word(),
        "lastUpdated": last_updated(object),
        "reason": seen.reason(),
    })
}

fn cluster(object: &HubObject, seen: &Seen<'_>) -> Value {
    let word = seen.word();
    let (reached, provision) = match seen.status {
        Status::Submitted => (2, "Provisioning"),
        Status::Deploying => (5, "Provisioning"),
        Status::Failed => (5, "ProvisionFailed"),
        Status::DestroyPending | Status::Destroying => (6, "Deprovisioning"),
        _ if word == "StatusOK" => (CLUSTER_CONDITIONS.len(), "Provisioned"),
        _ => (5, "Unknown"),
    };
    let placing = matches!(seen.status, Status::Submitted | Status::Deploying);
    let conditions = CLUSTER_CONDITIONS.iter().enumerate().map(|(place, kind)| {
        let blueprint = *kind == "ClusterBlueprintSyncSucceeded";
        let waits = if blueprint && placing { "blueprint placement processed" } else { "" };
        json!({
            "type": kind,
            "status": if place < reached { "True" } else { "False" },
            "reason": if place < reached { "" } else { waits },
            "lastUpdated": last_updated(object),
        })
    });
    let blueprint = object.spec.get("blueprintConfig");
    json!({
        "commonStatus": {
            "conditionType": "ClusterReady",
            "conditionStatus": word,
            "reason": seen.reason(),
        },
        "provisionStatus": provision,
        "blueprint": blueprint.cloned().unwrap_or_else(|| json!({ "name": "minimal" })),
        "conditions": conditions.collect::<Vec<_>>(),
    })
}

/// An environment's, with the one event there is.
fn environment(seen: &Seen<'_>) -> Value {
    let state = match seen.status {
        Status::Submitted | Status::DestroyPending => "pending",
        Status::Deploying | Status::Destroying => "inprogress",
        _ => "complete",
    };
    json!({
        "digestedStatus": { "conditionStatus": seen.word(), "reason": seen.reason() },
        "latest_events": [{
            "triggerDetails": { "status": seen.word(), "reason": seen.reason() },
            "workflowDetails": { "state": state },
        }],
    })
}

fn developer(seen: &Seen<'_>, knobs: &Knobs) -> Value {
    let plain = match seen.status {
        Status::Deploying | Status::Acting => "pending",
        Status::Ready => "success",
        status => status.text(crate::kinds::Kind::ComputeInstance),
    };
    let status = match knobs.status_style {
        StatusStyle::Enum => format!("Status_{}", plain.to_ascii_uppercase()),
        StatusStyle::Deployed if *seen.status == Status::Ready => "deployed".to_owned(),
        StatusStyle::Plain | StatusStyle::Deployed => plain.to_owned(),
    };
    json!({ "status": status, "reason": seen.reason(), "action": seen.action })
}

fn machine(object: &HubObject, life: &Lifecycle, seen: &Seen<'_>, knobs: &Knobs) -> Value {
    let mut shown = developer(seen, knobs);
    if let Some(moment) = life.provisioned_at {
        shown["provisioned_at"] = json!(moment);
        shown["last_connected_at"] = json!(moment);
    }
    if life.status.class() == Class::Ready || life.status == Status::Acting {
        let salt = ids::hash(0, &object.id);
        let (third, fourth) = ((salt >> 8) & 0xff, 1 + (salt & 0xff) % 254);
        let public = object.spec.get("assign_public_ip") == Some(&json!(true));
        let public = if public { format!("103.208.{third}.{fourth}") } else { String::new() };
        shown["output"] = json!({
            "host_name": object.key.name,
            "os_name": "Ubuntu 22.04",
            "private_ip": format!("10.77.{third}.{fourth}"),
            "public_ip": public,
            "server_host": format!("host-{third}"),
            "user_name": "ubuntu",
            "disk_mount_path": "/data",
        });
    }
    shown
}

fn managed(object: &HubObject, seen: &Seen<'_>, secrets: &Secrets) -> Value {
    let condition = match seen.status.class() {
        Class::Ready => "MKS_CLUSTER_STATUS_RUNNING",
        Class::Failed | Class::DeleteFailed => "MKS_CLUSTER_STATUS_ERROR",
        _ => "MKS_CLUSTER_STATUS_PROVISIONING",
    };
    let mut shown = json!({
        "condition": condition,
        "conditionReason": seen.reason(),
        "action": seen.action,
    });
    if seen.status.class() == Class::Ready {
        let salt = ids::hash(0, &object.id);
        let (third, fourth) = ((salt >> 8) & 0xff, 1 + (salt & 0xff) % 254);
        shown["output"] = json!({
            "apiServerEndpoint": format!("https://10.78.{third}.{fourth}:6443"),
            "clusterIdEdgesrv": object.id,
            "kubeconfig": secrets.kubeconfig,
        });
    }
    shown
}
