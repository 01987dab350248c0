//! Reading back: what a server adds, masks, reorders or leaves out is no difference
//! (docs/contracts/rafay.md §11), and what really differs is one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![allow(clippy::needless_pass_by_value, reason = "json! reads best by value")]

mod common;

use common::{catalog, compare, kind, live, path, resource, seed};
use plumb_kind::Snapshot;
use plumb_model::compare::{Outcome, Sent};
use plumb_model::digest::HashKey;
use plumb_model::live::Completeness;
use plumb_model::plan::HiddenReason;
use plumb_model::{FieldPath, Phase, Resource, Scope, Secret};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn hashes(resource: &Resource) -> BTreeMap<FieldPath, String> {
    let key = HashKey::new(vec![7; 32]);
    resource.secrets.iter().map(|(at, secret)| (at.clone(), key.hash(secret.expose()))).collect()
}

/// Compares what is declared, after it was sent, with what a GET answers.
fn read_back(declared: &Resource, item: &Value, snapshot: &Snapshot) -> Outcome {
    let hashes = hashes(declared);
    let sent = Sent { body: &declared.body, hashes: &hashes };
    compare(declared, &live(item, "system-catalog"), snapshot, sent)
}

fn changed(outcome: &Outcome) -> Vec<String> {
    outcome.differences.iter().map(|difference| difference.path.to_string()).collect()
}

fn variable(name: &str, value: &str) -> Value {
    json!({"name": name, "valueType": "text", "value": value})
}

/// The declared instance with a secret, and a GET of it with every quirk at once.
fn quirky() -> (Resource, Value) {
    let mut document = seed("create-bare-metal");
    document["metadata"]["displayName"] = "".into();
    document["spec"]["computeProfile"]["systemCatalog"] = true.into();
    document["spec"]["datacenter"] = json!({});
    let list = document["spec"]["variables"].as_array_mut().unwrap();
    list.push(json!({"name": "password", "value": "(secret)"}));
    let mut declared = resource(document);
    declared.secrets.insert(path("spec.variables[password].value"), Secret::new("canary"));

    let mut item = seed("create-bare-metal");
    item["metadata"] = json!({
        "name": "create-bm-api", "project": "system-catalog", "workspace": "dev1",
        "id": "019c6665-205e-784f-b9bc-fc6c5f8aff7c", "projectID": "qkolyjk",
        "createdAt": "2026-02-16T12:20:29.406538Z", "modifiedAt": "2026-02-16T12:20:29.406538Z",
        "createdBy": {"username": "a@b.c", "isSSOUser": false},
        "labels": {"plumb.dev/stack": "fleet", "billing": "x"},
    });
    let list = item["spec"]["variables"].as_array_mut().unwrap();
    list.reverse();
    for variable in list.iter_mut() {
        variable["options"] = json!({"mask": true});
        if variable["name"] == "Security Policies" {
            variable["value"] = r#"[ {"protocol":"tcp", "port":22, "application":"ssh",
                "action":"allow", "source_cidr":"any"} ]"#
                .into();
        }
    }
    list.push(variable("password", "********"));
    list.push(variable("Guest GPU Count", "8"));
    list.push(variable("disk", "100"));
    item["status"] = json!({"status": "success", "output": {"ip_address": {"value": "10.0.0.1"}}});
    (declared, item)
}

#[test]
fn merged_masked_reordered_and_defaulted_is_no_difference() {
    let known = catalog(&["bmaas-h100"]);
    let (declared, mut item) = quirky();
    assert_eq!(changed(&read_back(&declared, &item, &known.snapshot)), [""; 0]);
    // A masked variable may be missing altogether (R-33).
    let list = item["spec"]["variables"].as_array_mut().unwrap();
    list.retain(|variable| variable["name"] != "password");
    assert_eq!(changed(&read_back(&declared, &item, &known.snapshot)), [""; 0]);
    // And the spec may come as text.
    item["spec"] = item["spec"].to_string().into();
    let outcome = read_back(&declared, &item, &known.snapshot);
    assert_eq!(changed(&outcome), [""; 0]);
    let hidden: Vec<HiddenReason> = outcome.hidden.iter().map(|(_, reason)| *reason).collect();
    for reason in [HiddenReason::Order, HiddenReason::SameJson, HiddenReason::ServerDefault] {
        assert!(hidden.contains(&reason), "{reason:?}");
    }
    assert!(!format!("{outcome:?}").contains("canary"));
}

#[test]
fn without_the_profile_the_quirks_are_no_difference_either() {
    let (declared, item) = quirky();
    assert_eq!(changed(&read_back(&declared, &item, &Snapshot::default())), [""; 0]);
}

#[test]
fn a_real_change_is_one_difference() {
    let known = catalog(&["bmaas-h100"]);
    let set = |item: &mut Value, name: &str, value: &str| {
        let list = item["spec"]["variables"].as_array_mut().unwrap();
        let found = list.iter_mut().find(|variable| variable["name"] == name).unwrap();
        found["value"] = value.into();
    };
    let (declared, mut item) = quirky();
    set(&mut item, "NVAIE License", "true");
    set(&mut item, "Contract Term", "6");
    let outcome = read_back(&declared, &item, &known.snapshot);
    let at = "spec.variables[Contract Term].value";
    assert_eq!(changed(&outcome), [at, "spec.variables[NVAIE License].value"]);
    assert!(outcome.differences[0].facets.immutable);
    assert!(!outcome.differences[1].facets.immutable);

    let (declared, mut item) = quirky();
    item["metadata"]["displayName"] = "another".into();
    item["spec"]["computeProfile"]["name"] = "bmaas-l40s".into();
    let outcome = read_back(&declared, &item, &known.snapshot);
    assert_eq!(changed(&outcome), ["metadata.displayName", "spec.computeProfile.name"]);
    assert!(outcome.differences[0].facets.quiet);
    assert!(outcome.differences[1].facets.immutable);
}

#[test]
fn a_new_variable_is_one_difference_and_a_removed_one_goes_back_to_its_default() {
    let known = catalog(&["bmaas-h100"]);
    let document = |list: Value| {
        let mut document = seed("create-bare-metal");
        document["spec"]["variables"] = list;
        document["status"] = json!({"status": "success"});
        document
    };
    let term = || variable("Contract Term", "1");
    let two = json!([term(), variable("disk", "150")]);
    let sent = document(two.clone());
    let none = BTreeMap::new();
    let run = |declared: Value, item: Value, sent: &Value| {
        let sent = Sent { body: sent, hashes: &none };
        compare(&resource(document(declared)), &live(&document(item), "x"), &known.snapshot, sent)
    };
    let added = run(two.clone(), json!([term()]), &document(json!([term()])));
    assert_eq!(changed(&added), ["spec.variables[disk].value"]);
    let removed = run(json!([term()]), two, &sent);
    assert_eq!(changed(&removed), ["spec.variables[disk]"]);
    let shown = format!("{:?}", removed.differences[0].after);
    assert!(shown.contains("Default") && shown.contains("100"), "{shown}");
    let merged = json!([term(), variable("disk", "100")]);
    assert_eq!(changed(&run(json!([term()]), merged, &sent)), [""; 0]);
}

#[test]
fn storage_details_cannot_change() {
    let mut document = seed("create-bare-metal");
    document["spec"]["storageDetails"] = json!({"size": 1});
    let mut item = document.clone();
    item["spec"]["storageDetails"]["size"] = 2.into();
    let outcome = read_back(&resource(document), &item, &Snapshot::default());
    assert_eq!(changed(&outcome), ["spec.storageDetails.size"]);
    assert!(outcome.differences[0].facets.refused.is_some());
}

#[test]
fn users_are_compared_by_what_was_sent() {
    let document = |groups: Value, password: &str| {
        let mut resource = resource(json!({
            "apiVersion": "auth/v1", "kind": "User", "metadata": {"name": "user@domain.co"},
            "spec": {"first_name": "User", "last_name": "Domain", "user_type": "CONSOLE",
                "password": "(secret)", "groups": groups,
                "projectRoles": [{"project": "ml", "roles": ["PROJECT_ADMIN"]}]},
        }));
        resource.secrets.insert(path("spec.password"), Secret::new(password));
        resource
    };
    let answer = seed("list-users");
    let user = kind("User").read(&answer["users"][0], &Scope::Global).unwrap();
    let sent = document(json!(["a", "b"]), "old");
    let hashes = hashes(&sent);
    let run = |declared: &Resource| {
        let sent = Sent { body: &sent.body, hashes: &hashes };
        compare(declared, &user, &Snapshot::default(), sent)
    };
    assert_eq!(changed(&run(&document(json!(["b", "a"]), "old"))), [""; 0], "order means nothing");
    let outcome = run(&document(json!(["b", "c"]), "new"));
    assert_eq!(changed(&outcome), ["spec.groups", "spec.password"]);
    assert!(outcome.differences[0].facets.after_create);
    assert!(outcome.differences[1].facets.refused.is_some());
    let mut renamed = document(json!(["a", "b"]), "old");
    renamed.body["spec"]["last_name"] = "Else".into();
    let outcome = run(&renamed);
    assert_eq!(changed(&outcome), ["spec.last_name"]);
    assert!(outcome.differences[0].facets.refused.is_some());
}

#[test]
fn a_project_differs_in_its_description_only() {
    let declared = resource(json!({"apiVersion": "auth/v1", "kind": "Project",
        "metadata": {"name": "ml"}, "spec": {"description": "new"}}));
    let item = json!({"id": "lk5rw2e", "name": "ml", "description": "old", "default": false});
    let found = kind("Project").read(&item, &Scope::Global).unwrap();
    let none = BTreeMap::new();
    let sent = Sent { body: &declared.body, hashes: &none };
    let outcome = compare(&declared, &found, &Snapshot::default(), sent);
    assert_eq!(changed(&outcome), ["spec.description"]);
}

#[test]
fn what_is_read_of_an_instance() {
    let instance = live(&seed("get-bare-metal"), "defaultproject");
    assert_eq!(instance.status.phase, Phase::Ready);
    assert_eq!(instance.remote_id.unwrap().as_str(), "019c6665-205e-784f-b9bc-fc6c5f8aff7c");
    assert_eq!(instance.outputs["ip_address"]["value"], "10.75.8.20");
    assert_eq!(instance.mark, None);
    assert_eq!(instance.completeness, Completeness::Full);
    assert!(instance.body.get("status").is_none());
}

#[test]
fn a_list_that_left_something_out_is_thin() {
    let scope = Scope::Project("defaultproject".into());
    let answer = seed("list-bare-metal");
    let thin = kind("ComputeInstance").read(&answer["items"][0], &scope).unwrap();
    assert_eq!(thin.completeness, Completeness::Thin);
    let mut workspace = seed("list-workspaces")["items"][0].clone();
    let read = |item: &Value| kind("Workspace").read(item, &scope).unwrap().completeness;
    assert_eq!(read(&workspace), Completeness::Thin);
    workspace["metadata"]["labels"] = json!({"plumb.dev/stack": "fleet"});
    assert_eq!(read(&workspace), Completeness::Full);
}

#[test]
fn identity_and_mark_are_read() {
    let item = json!({"kind": "Workspace", "metadata": {"name": "dev",
        "labels": {"plumb.dev/stack": "fleet"}}});
    let workspace = kind("Workspace").read(&item, &Scope::Project("ml".into())).unwrap();
    assert_eq!(workspace.key.to_string(), "Workspace/ml/dev");
    assert_eq!(workspace.mark.as_deref(), Some("fleet"));
    assert_eq!(workspace.body["metadata"]["project"], "ml");
    for (name, item, scope) in [
        ("Workspace", json!({"metadata": {}}), Scope::Project("ml".into())),
        ("Workspace", json!({"metadata": {"name": "a"}}), Scope::Global),
        ("Workspace", json!([]), Scope::Project("ml".into())),
        ("ComputeInstance", json!({"metadata": {"name": "a"}}), Scope::Project("ml".into())),
        ("Service", json!({"metadata": {"name": "a"}, "spec": "{"}), Scope::Project("ml".into())),
        ("Project", json!({"name": "a"}), Scope::Global),
        ("Project", json!({"name": "a", "id": ".."}), Scope::Global),
        ("User", json!({"account": {"id": "x"}}), Scope::Global),
        ("User", json!(null), Scope::Global),
    ] {
        assert!(kind(name).read(&item, &scope).is_err(), "{name} {item}");
    }
}

#[test]
fn what_is_gone_is_no_object() {
    let item = json!({"kind": "Service", "status": {"status": "Destroyed"}});
    for name in ["Service", "ComputeInstance"] {
        assert!(kind(name).is_gone(&item));
        assert!(!kind(name).is_gone(&json!({"status": {"status": "destroying"}})));
    }
}
