//! `paas.envmgmt.io/v1 MKSCluster`: managed Kubernetes. A POST makes one; afterwards each sort of change
//! is a call of its own (api §3.10, R-35, R-103).
#![expect(dead_code, reason = "what is read of these types is their schema")]

use crate::paas;
use plumb_kind::row::Words;
use plumb_kind::{
    CannotBuild, Collection, Context, Effect, Kind, KindType, Method, NotReadable, Opaque, Request,
    Row, Snapshot, Step, Surroundings,
};
use plumb_model::Aspect::{Refused, UnorderedBy};
use plumb_model::body::element_key;
use plumb_model::key::ScopeLevel;
use plumb_model::path::Segment;
use plumb_model::rules::{Costs, Lifecycle};
use plumb_model::{
    Body, FieldPath, FieldRule, Finding, KindRules, LiveObject, Refinement, RemoteId, Resource,
    ResourceKey, Scope, body,
};
use schemars::JsonSchema;
use serde_json::Value;
use std::collections::BTreeSet;

/// What no call changes.
const FIXED: &str = "no call changes it on a cluster that is there (R-35)";
/// The list of the groups of nodes that work.
const GROUPS: &str = "workerNodeGroups";
/// What no call changes of a group that is there.
const OF_GROUPS: [&str; 5] = ["sku", "scalingMode", "publicIp", "sshKey", "nodeLabels"];

/// A managed Kubernetes cluster.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct ClusterSpec {
    /// The version of Kubernetes. A newer one is an upgrade.
    kubernetes_version: String,
    /// The version of the platform. A newer one is an upgrade.
    platform_version: Option<String>,
    /// The network of containers.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    cni: Option<String>,
    /// Its version.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    cni_version: Option<String>,
    /// The system of the nodes.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    os: Option<String>,
    /// Whether the control plane has several nodes.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    ha_enabled: Option<bool>,
    /// Whether the control plane has nodes of its own.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    dedicated_control_plane: Option<bool>,
    /// Where it is.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    location: Option<String>,
    /// What it runs.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    blueprint: Option<Blueprint>,
    /// Its networks: vpc, subnet, podCidr, serviceCidr, ipFamily, securityGroups.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    networking: Option<Opaque>,
    /// The proxy it reaches the controller through.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    proxy: Option<Opaque>,
    /// Its storage: block, sharedFs, object, highSpeed.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    storage: Option<Opaque>,
    /// Tags of the cluster, by their keys.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    tags: Option<Opaque>,
    /// The nodes of the control plane.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    control_plane_node_group: Option<Opaque>,
    /// The groups of nodes that work. Order means nothing.
    #[schemars(extend("x-plumb" = [UnorderedBy("id")]))]
    worker_node_groups: Option<Vec<NodeGroup>>,
    /// Single nodes, where the machines are given.
    #[schemars(extend("x-plumb" = [Refused(FIXED)]))]
    nodes: Option<Vec<Opaque>>,
}

/// What a cluster runs.
#[derive(JsonSchema)]
struct Blueprint {
    /// The blueprint's name.
    #[schemars(extend("x-plumb-names" = "Blueprint.infra.k8smgmt.io"))]
    name: String,
    /// Its version; the newest where nothing is said.
    version: Option<String>,
}

/// A group of nodes that are alike. Of one that is there only how many nodes it has can be changed.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
struct NodeGroup {
    /// Its name.
    id: String,
    /// What its nodes are.
    sku: Option<String>,
    /// Whether it grows by itself.
    scaling_mode: Option<String>,
    /// How many nodes it has, where it does not grow by itself.
    #[schemars(range(min = 0))]
    node_count: Option<u32>,
    /// At least so many nodes.
    #[schemars(range(min = 0))]
    min_nodes: Option<u32>,
    /// At most so many nodes.
    #[schemars(range(min = 0))]
    max_nodes: Option<u32>,
    /// So many nodes for now, where it grows by itself.
    #[schemars(range(min = 0))]
    desired_nodes: Option<u32>,
    /// Whether its nodes have public addresses.
    public_ip: Option<bool>,
    /// The key that logs in to its nodes.
    ssh_key: Option<String>,
    /// Labels of its nodes.
    node_labels: Option<Opaque>,
}

/// Managed Kubernetes clusters.
#[derive(Debug)]
pub(crate) struct ManagedCluster(Row);

pub(crate) static MANAGED_CLUSTER: ManagedCluster = ManagedCluster(
    paas::row("mksclusters", || {
        let rules = KindRules {
            lifecycle: Lifecycle::Waited,
            costs: Costs::ByTheHour,
            timeout_seconds: 130 * 60,
            family: Some("platform"),
            ..paas::rules("MKSCluster", ScopeLevel::Project)
        };
        paas::kind::<ClusterSpec>(rules, "A managed Kubernetes cluster.")
    })
    .ordered_by(paas::OLDEST_FIRST)
    .ready_by(Words {
        at: "/status/condition",
        ready: &["MKS_CLUSTER_STATUS_RUNNING"],
        pending: &["MKS_CLUSTER_STATUS_PROVISIONING"],
        failed: &["MKS_CLUSTER_STATUS_ERROR"],
    }),
);

impl ManagedCluster {
    fn call(&self, context: &Context<'_>, name: &str, body: Body) -> Request {
        let path = self.0.object(context.key).then(name);
        Request::write(Method::Post, path, Effect::Upsert).json(body)
    }

    /// One call for the versions, then one for each group that differs: what is added first, so that
    /// what runs has somewhere to go.
    fn changes(&self, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let declared = context.declared()?;
        let mut requests = Vec::new();
        let field = |name: &str| declared.pointer(&format!("/spec/{name}"));
        let is_version = |segment: &Segment| {
            let names = ["kubernetesVersion", "platformVersion"];
            matches!(segment, Segment::Key(name) if names.contains(&&**name))
        };
        let second = |at: usize| {
            context.changes.iter().filter_map(move |change| change.path.segments().get(at))
        };
        if second(1).any(is_version) {
            let body = body!({
                "k8sVersion": field("kubernetesVersion"),
                "platformVersion": field("platformVersion"),
            });
            requests.push(self.call(context, "upgrade", without_nothing(body)));
        }
        let groups = groups(Some(declared));
        let live = groups_of(context.live);
        let named = second(2).filter_map(|segment| match segment {
            Segment::Item { is, .. } => Some(&**is),
            _ => None,
        });
        let named: BTreeSet<&str> = named.collect();
        let (mut added, mut scaled, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        for name in named {
            let find = |all: &[Body]| all.iter().find(|group| is_called(group, name)).cloned();
            match (find(&groups), find(&live)) {
                (Some(group), None) => {
                    added.push(self.call(context, "addNodeGroup", body!({"nodeGroup": group})));
                }
                (Some(group), Some(_)) => {
                    let count = |field: &str| group.get(field);
                    let body = body!({
                        "nodeGroupName": name,
                        "desiredCount": count("desiredNodes").or(count("nodeCount")),
                        "minCount": count("minNodes"),
                        "maxCount": count("maxNodes"),
                    });
                    scaled.push(self.call(context, "scaleNodeGroup", without_nothing(body)));
                }
                (None, _) => {
                    let body = body!({"nodeGroupName": name});
                    removed.push(self.call(context, "removeNodeGroup", body));
                }
            }
        }
        requests.extend(added.into_iter().chain(scaled).chain(removed));
        // What is left is metadata, which a POST changes.
        if requests.is_empty() {
            return self.0.requests(Step::Update, context);
        }
        Ok(requests)
    }
}

fn groups(document: Option<&Body>) -> Vec<Body> {
    let list = document.and_then(|body| body.pointer(&format!("/spec/{GROUPS}")));
    list.and_then(Body::as_array).map(<[Body]>::to_vec).unwrap_or_default()
}

fn groups_of(live: Option<&LiveObject>) -> Vec<Body> {
    groups(live.map(|live| &live.body))
}

fn is_called(group: &Body, name: &str) -> bool {
    element_key(group, "id").is_some_and(|key| key == name)
}

/// A mapping without the fields that hold nothing.
fn without_nothing(body: Body) -> Body {
    match body {
        Body::Fields(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !value.is_null());
            Body::Fields(kept.collect())
        }
        other => other,
    }
}

impl Kind for ManagedCluster {
    fn kind_type(&self) -> &KindType {
        self.0.kind_type()
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        self.0.check(resource)
    }

    fn collections(&self, scope: &Scope) -> Vec<Collection> {
        self.0.collections(scope)
    }

    fn read(&self, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable> {
        self.0.read(item, scope)
    }

    fn item(&self, key: &ResourceKey, id: Option<&RemoteId>) -> Option<Request> {
        self.0.item(key, id)
    }

    /// A group that is new is made as it is declared; one that is there has fields that stay.
    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        let list = FieldPath::root().key("spec").key(GROUPS);
        let live = groups_of(around.live.present(&resource.key));
        let fixed = live.iter().filter_map(|group| element_key(group, "id")).flat_map(|name| {
            let group = list.item("id", name);
            OF_GROUPS.map(|field| FieldRule::exactly(&group.key(field), Refused(FIXED)))
        });
        Refinement { rules: fixed.collect(), ..Refinement::default() }
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        match step {
            Step::Update => self.changes(context),
            other => self.0.requests(other, context),
        }
    }

    fn export(&self, live: &LiveObject, snapshot: &Snapshot) -> Option<Value> {
        self.0.export(live, snapshot)
    }
}
