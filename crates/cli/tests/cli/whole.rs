//! One folder with a whole organization in it (`tests/whole`): people, machines, clusters and what runs
//! on them, applied in order, exported, and deleted in reverse.

use crate::harness::{Cloud, Site};
use serde_json::{Value, json};

/// The key of a partner, who may make organizations.
const PARTNER: &str = "ra2.partner.canary-of-the-whole";
/// The secret of all that takes one.
const PASSWORD: &str = "canary-of-everybody-3f9";

/// What comes before what, in the order of creation.
const ORDER: [(&str, &str); 17] = [
    ("Project/ml", "Group/research"),
    ("Group/research", "User/ann@acme.example"),
    ("Project/ml", "User/pipeline@acme.example"),
    ("Namespace/ml/train", "Group/research"),
    ("Project/ml", "Workspace/ml/lab"),
    ("User/ann@acme.example", "WorkspaceCollaborator/ml/lab/ann@acme.example"),
    ("Workspace/ml/lab", "Service/ml/lab/notebook"),
    ("Service/ml/network", "ComputeInstance/ml/lab/node"),
    ("Service/ml/network", "ComputeInstance/ml/lab/box"),
    ("Repository/ml/charts", "Catalog/ml/tools"),
    ("Repository/ml/charts", "Addon/ml/ingress"),
    ("Addon/ml/ingress", "Blueprint/ml/base"),
    ("Blueprint/ml/base", "Cluster/ml/prod"),
    ("Cluster/ml/prod", "Namespace/ml/train"),
    ("Namespace/ml/train", "Workload/ml/trainer"),
    ("Cluster/ml/prod", "Agent/ml/worker"),
    ("Workload/ml/trainer", "Pipeline/ml/nightly"),
];

fn site(cloud: &Cloud) -> Site {
    let mut site = Site::at(cloud).with_documents("whole", &[]);
    site.set("PLUMB_RAFAY_API_KEY", PARTNER);
    site.set("PLUMB_VAR_PASSWORD", PASSWORD);
    site.copy(&crate::rows::folder("whole"), ".");
    site
}

/// Where an action on an address stands among those that were done, in the order in which they began.
fn place(actions: &[Value], operation: &str, address: &str) -> usize {
    let is_it = |action: &Value| {
        let full = action["address"].as_str().unwrap();
        let (kind, rest) = full.split_once('/').unwrap();
        let short = format!("{}/{rest}", kind.split('.').next().unwrap());
        action["operation"] == operation && short == address
    };
    actions.iter().position(is_it).unwrap_or_else(|| panic!("no {operation} of {address}"))
}

/// The actions of a result that were done, by when they began.
fn done(result: &Value) -> Vec<Value> {
    let mut actions = result["actions"].as_array().unwrap().clone();
    actions.retain(|action| action["outcome"] == "done");
    actions.sort_by_key(|action| action["began"].as_str().unwrap_or_default().to_owned());
    actions
}

#[test]
fn a_whole_organization_in_one_folder() {
    let cloud = Cloud::start(&json!({"rafay": {"keys": [{"key": PARTNER, "partner": true}]}}));
    let mut site = site(&cloud);
    let made = site.exits(0, "apply --yes --format json").json();
    let actions = done(&made);
    for (first, then) in ORDER {
        let [first_at, then_at] = [first, then].map(|name| place(&actions, "create", name));
        assert!(first_at < then_at, "{then} before {first}");
    }
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    site.exits(0, "drift").says(&["No drift."]);

    site.exits(0, "export --owned --into ../exported").says(&["Wrote 20 manifests"]);
    std::fs::copy(site.root().join("plumb.yaml"), site.beside("exported/plumb.yaml")).unwrap();
    for name in crate::rows::variables(&site.beside("exported")) {
        site.set(&format!("PLUMB_VAR_{name}"), PASSWORD);
    }
    site.exits(0, "plan ../exported --ledger .plumb --detailed-exitcode").says(&["No changes."]);

    let destroy = |which: &str| {
        let line = "destroy --confirm whole --allow-deletes 100 --confirm-loss --format json";
        let early = "--approve-early-termination ComputeInstance/ml/lab/node";
        site.exits(0, &format!("{line} {early} {which} Organization/acme"))
    };
    let gone = destroy("--exclude");
    let actions = done(&gone.json());
    for (first, then) in ORDER {
        let [first_at, then_at] = [first, then].map(|name| place(&actions, "delete", name));
        assert!(then_at < first_at, "{first} is deleted before {then}");
    }
    destroy("--target");
    let left = site.exits(0, "get --all -o name").out;
    for (first, then) in ORDER {
        assert!(!left.contains(first) && !left.contains(then), "{left}");
    }
    assert!(!left.contains("acme"), "{left}");
}
