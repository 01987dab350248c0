//! Random fleets: documents in an order in which everything follows what it needs. Those of the
//! second cloud are made in `rented`.

use crate::rented;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The project that exists; all others are declared.
const EXISTING: &str = "ml";

/// A random fleet.
#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    /// Its documents, each after what it needs.
    pub(crate) documents: Vec<Value>,
}

#[derive(Clone, Debug)]
struct Project {
    vpc: Option<bool>,
    workspaces: BTreeMap<&'static str, Workspace>,
}

#[derive(Clone, Debug)]
struct Workspace {
    label: Option<&'static str>,
    description: Option<&'static str>,
    instances: BTreeMap<&'static str, Instance>,
}

#[derive(Clone, Debug)]
enum Instance {
    Cluster { workers: u8, system: &'static str },
    Node { public: bool, term: &'static str, rules: u16 },
}

/// Fleets of one document to twenty.
pub(crate) fn fleet() -> impl Strategy<Value = Fleet> {
    let projects = btree_map(prop_oneof![Just(EXISTING), Just("lab")], project(), 1..3);
    // For each document, whether it also depends on one before it.
    let extra = vec(option::weighted(0.2, any::<prop::sample::Index>()), 24);
    (projects, extra)
        .prop_map(|(projects, extra)| build(projects, &extra))
        .prop_filter("a repository without documents is refused", |fleet| {
            !fleet.documents.is_empty()
        })
}

/// Fleets of both clouds, in which documents of one may wait for those of the other.
pub(crate) fn both() -> impl Strategy<Value = Fleet> {
    let extra = vec(option::weighted(0.2, any::<prop::sample::Index>()), 24);
    (fleet(), rented::documents(), extra).prop_map(|(fleet, rented, extra)| {
        let mut documents = fleet.documents;
        let first = documents.len();
        documents.extend(rented);
        wait_for_earlier(&mut documents, first, &extra);
        Fleet { documents }
    })
}

fn project() -> impl Strategy<Value = Project> {
    let name = prop_oneof![Just("alpha"), Just("beta"), Just("gamma")];
    (option::of(any::<bool>()), btree_map(name, workspace(), 0..3))
        .prop_map(|(vpc, workspaces)| Project { vpc, workspaces })
}

fn workspace() -> impl Strategy<Value = Workspace> {
    let name = prop_oneof![Just("one"), Just("two"), Just("three")];
    let label = option::of(prop_oneof![Just("gold"), Just("silver")]);
    let description = option::of(prop_oneof![Just("for work"), Just("\"quoted\" and: odd")]);
    (label, description, btree_map(name, instance(), 0..3))
        .prop_map(|(label, description, instances)| Workspace { label, description, instances })
}

fn instance() -> impl Strategy<Value = Instance> {
    let system = prop_oneof![3 => Just("Ubuntu 22.04"), 1 => Just("Ubuntu 24.04")];
    let term = prop_oneof![Just("1"), Just("6")];
    prop_oneof![
        (0..4_u8, system).prop_map(|(workers, system)| Instance::Cluster { workers, system }),
        (any::<bool>(), term, 1..4_u16).prop_map(|(public, term, rules)| Instance::Node {
            public,
            term,
            rules
        }),
    ]
}

fn build(
    projects: BTreeMap<&'static str, Project>,
    extra: &[Option<prop::sample::Index>],
) -> Fleet {
    let mut documents = Vec::new();
    for (name, project) in projects {
        if name != EXISTING {
            documents.push(json!({
                "apiVersion": "auth/v1", "kind": "Project", "metadata": {"name": name},
                "spec": {"description": format!("project {name}")},
            }));
        }
        documents.extend(project.vpc.map(|public| vpc(name, public)));
        for (workspace, inside) in project.workspaces {
            documents.push(workspace_document(name, workspace, &inside));
            for (instance, kind) in inside.instances {
                documents.push(instance_document(name, workspace, instance, &kind));
            }
        }
    }
    wait_for_earlier(&mut documents, 0, extra);
    Fleet { documents }
}

/// Lets some documents from the first one on depend on one before them.
fn wait_for_earlier(documents: &mut [Value], first: usize, extra: &[Option<prop::sample::Index>]) {
    let addresses: Vec<String> = documents.iter().map(address).collect();
    let later = documents.iter_mut().enumerate().skip(first);
    for ((at, document), extra) in later.zip(extra) {
        if let Some(index) = extra
            && at > 0
            && let Some(other) = addresses.get(index.index(at))
        {
            document["metadata"]["annotations"]["plumb.dev/depends-on"] = json!(other);
        }
    }
}

fn vpc(project: &str, public: bool) -> Value {
    let public = if public { "True" } else { "False" };
    json!({
        "apiVersion": "paas.envmgmt.io/v1", "kind": "Service",
        "metadata": {"name": "vpc", "project": project},
        "spec": {
            "serviceProfile": {"name": "vpc", "systemCatalog": true}, "serviceType": "custom",
            "variables": [{"name": "Public IP Enabled", "value": public}],
        },
    })
}

fn workspace_document(project: &str, name: &str, workspace: &Workspace) -> Value {
    let mut document = json!({
        "apiVersion": "paas.envmgmt.io/v1", "kind": "Workspace",
        "metadata": {"name": name, "project": project},
    });
    if let Some(label) = workspace.label {
        document["metadata"]["labels"] = json!({"tier": label});
    }
    if let Some(description) = workspace.description {
        document["metadata"]["description"] = json!(description);
    }
    document
}

fn instance_document(project: &str, workspace: &str, name: &str, instance: &Instance) -> Value {
    let (compute_type, profile, variables) = match instance {
        Instance::Cluster { workers, system } => (
            "k8s",
            "k8s-v4-1",
            json!([
                {"name": "Cluster Kubernetes Version", "value": "v1.34.1"},
                {"name": "H100 Worker Nodes", "value": workers.to_string()},
                {"name": "OS", "value": system},
            ]),
        ),
        Instance::Node { public, term, rules } => {
            let rules: Vec<Value> = (0..*rules).map(|at| json!({"port": at})).collect();
            let rules = Value::from(rules).to_string();
            (
                "baremetal",
                "bmaas-h100",
                json!([
                    {"name": "Contract Term", "value": term},
                    {"name": "assign_public_ip", "value": public.to_string()},
                    {"name": "Security Policies", "valueType": "json", "value": rules},
                ]),
            )
        }
    };
    json!({
        "apiVersion": "paas.envmgmt.io/v1", "kind": "ComputeInstance",
        "metadata": {
            "name": name, "project": project, "workspace": workspace,
            "annotations": {"plumb.dev/replace": "allowed"},
        },
        "spec": {
            "computeType": compute_type,
            "computeProfile": {"name": profile, "systemCatalog": true},
            "variables": variables,
        },
    })
}

fn address(document: &Value) -> String {
    let metadata = &document["metadata"];
    let parts =
        [&document["kind"], &metadata["project"], &metadata["workspace"], &metadata["name"]];
    parts.into_iter().filter_map(Value::as_str).collect::<Vec<_>>().join("/")
}
