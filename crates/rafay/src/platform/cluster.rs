//! `infra.k8smgmt.io/v3 Cluster`: what is made and runs by itself, so its status takes longest and says
//! most (api §4.5, §7.3).
#![expect(dead_code, reason = "what is read of these types is their schema")]

use super::groups::INFRA;
use super::shared::{Drift, Sharing};
use crate::status;
use plumb_kind::{Kind, Opaque, Row};
use plumb_model::Aspect::Refused;
use plumb_model::live::LiveStatus;
use plumb_model::rules::Costs;
use plumb_model::text::ServerText;
use plumb_model::{Body, Phase};
use schemars::JsonSchema;

/// What cannot be changed, nor sensibly be made anew.
const FIXED: &str = "no call changes it on a cluster that is there (R-65)";

/// A Kubernetes cluster.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct ClusterSpec {
    /// What sort of cluster it is, for instance imported, mks, eks, aks. Fixed once made.
    #[schemars(rename = "type", extend("x-plumb" = [Refused(FIXED)]))]
    cluster_type: String,
    /// Its settings, in the form of its type; where it is cannot be changed.
    config: Option<Opaque>,
    /// What it runs.
    blueprint_config: Option<BlueprintConfig>,
    /// The access to the cloud it is made with.
    #[schemars(extend(
        "x-plumb" = [Refused(FIXED)],
        "x-plumb-names" = "Credentials.infra.k8smgmt.io"
    ))]
    cloud_credentials: Option<String>,
    /// The proxy it reaches the controller through.
    proxy_config: Option<Opaque>,
    /// Which other projects may use it.
    sharing: Option<Sharing>,
    /// On which nodes the platform's own parts run.
    system_components_placement: Option<Opaque>,
    /// What happens when somebody changes what its blueprint installed.
    drift: Option<Drift>,
}

/// What a cluster runs.
#[derive(JsonSchema)]
struct BlueprintConfig {
    /// The blueprint's name.
    #[schemars(extend("x-plumb-names" = "Blueprint.infra.k8smgmt.io"))]
    name: String,
    /// Its version; the newest where nothing is said.
    version: Option<String>,
}

static CLUSTER: Row = INFRA
    .row("clusters", || {
        let mut kind = INFRA.deployed::<ClusterSpec>("Cluster", "A Kubernetes cluster.");
        // Up to 130 minutes (api §2.7).
        kind.rules.timeout_seconds = 130 * 60;
        kind.rules.costs = Costs::ByTheHour;
        kind
    })
    .ready_as(read);

/// A cluster is usable when it says so itself; the blueprint may go on being installed (api §4.5).
fn read(status: Option<&Body>) -> LiveStatus {
    let common = status::common(status);
    let conditions = status.and_then(|status| status.get("conditions")).and_then(Body::as_array);
    let condition = |name: &str| {
        let mut all = conditions.into_iter().flatten();
        let found = all.find(|one| one.get("type").and_then(Body::as_str) == Some(name))?;
        let text = |field: &str| found.get(field).and_then(Body::as_str);
        Some((text("status").unwrap_or_default(), text("reason").unwrap_or_default()))
    };
    let Some((ready, why)) = condition("ClusterReady") else { return common };
    let phase = match (ready, &common.phase) {
        ("True", Phase::Pending) => Phase::Pending,
        ("True", _) => Phase::Ready,
        (_, Phase::Failed) => Phase::Failed,
        ("False" | "Unknown", _) => Phase::Pending,
        (other, _) => Phase::Unknown(ServerText::new(other)),
    };
    let reason = (!why.is_empty()).then(|| ServerText::new(why)).or(common.reason);
    LiveStatus { phase, reason, ..LiveStatus::ready() }
}

pub(super) static KINDS: &[&dyn Kind] = &[&CLUSTER];

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::body;

    #[test]
    fn a_cluster_is_ready_when_it_says_so() {
        let status = |common: &str, ready: &str| {
            body!({
                "commonStatus": {"conditionStatus": common},
                "conditions": [
                    {"type": "ClusterCheckInSucceeded", "status": "True"},
                    {"type": "ClusterReady", "status": ready, "reason": "nodes are joining"},
                ],
            })
        };
        for (common, ready, phase) in [
            ("StatusOK", "True", Phase::Ready),
            ("StatusPartiallyReady", "True", Phase::Ready),
            ("StatusSubmitted", "True", Phase::Pending),
            ("StatusOK", "False", Phase::Pending),
            ("StatusSubmitted", "Unknown", Phase::Pending),
            ("StatusFailed", "False", Phase::Failed),
            ("StatusOK", "Invalid", Phase::Unknown(ServerText::new("Invalid"))),
        ] {
            let read = read(Some(&status(common, ready)));
            assert_eq!(read.phase, phase, "{common} {ready}");
            assert_eq!(read.reason.unwrap().raw(), "nodes are joining");
        }
        let short = body!({"conditionStatus": "StatusSubmitted", "reason": "placing"});
        assert_eq!(super::read(Some(&short)).phase, Phase::Pending);
        assert_eq!(super::read(None).phase, Phase::Ready);
    }
}
