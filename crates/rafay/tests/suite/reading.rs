//! Reading back: what a server adds, masks, reorders or leaves out is no difference
//! (docs/contracts/rafay.md §11), and what really differs is one.

use crate::common::{catalog, compare, kind, live, path, resource, seed};
use plumb_kind::Snapshot;
use plumb_model::compare::{Outcome, Sent};
use plumb_model::digest::HashKey;
use plumb_model::live::Completeness;
use plumb_model::plan::HiddenReason;
use plumb_model::{Body, FieldPath, Phase, Resource, Scope, Secret, body};
use std::collections::BTreeMap;

fn hashes(resource: &Resource) -> BTreeMap<FieldPath, String> {
    let key = HashKey::new(vec![7; 32]);
    let rules = crate::common::kind(&resource.key.kind.kind).rules();
    let secrets = plumb_model::body::walk::secrets(
        &resource.body,
        plumb_model::rules::RuleSet::new(&rules.fields, &[]),
    );
    secrets.into_iter().map(|(at, secret)| (at, key.of(secret))).collect()
}

/// Compares what is declared, after it was sent, with what a GET answers.
fn read_back(declared: &Resource, item: &Body, snapshot: &Snapshot) -> Outcome {
    let hashes = hashes(declared);
    let sent = declared.body.clone().into();
    let sent = Sent { body: &sent, hashes: &hashes, attempted: None };
    compare(declared, &live(item, "system-catalog"), snapshot, sent)
}

fn changed(outcome: &Outcome) -> Vec<String> {
    outcome.differences.iter().map(|difference| difference.path.to_string()).collect()
}

fn variable(name: &str, value: &str) -> Body {
    body!({"name": name, "valueType": "text", "value": value})
}

/// The declared instance with a secret, and a GET of it with every quirk at once.
fn quirky() -> (Resource, Body) {
    let mut document = seed("create-bare-metal");
    document["metadata"]["displayName"] = "".into();
    document["spec"]["computeProfile"]["systemCatalog"] = true.into();
    document["spec"]["datacenter"] = body!({});
    let mut list = document["spec"]["variables"].as_array().unwrap().to_vec();
    list.push(body!({"name": "password", "value": "(secret)"}));
    document["spec"]["variables"] = list.into();
    let mut declared = resource(document);
    declared.put(&path("spec.variables[password].value"), Secret::new("canary"));

    let mut item = seed("create-bare-metal");
    item["metadata"] = body!({
        "name": "create-bm-api", "project": "system-catalog", "workspace": "dev1",
        "id": "019c6665-205e-784f-b9bc-fc6c5f8aff7c", "projectID": "qkolyjk",
        "createdAt": "2026-02-16T12:20:29.406538Z", "modifiedAt": "2026-02-16T12:20:29.406538Z",
        "createdBy": {"username": "a@b.c", "isSSOUser": false},
        "labels": {"plumb.dev/stack": "fleet", "billing": "x"},
    });
    let mut list = item["spec"]["variables"].as_array().unwrap().to_vec();
    list.reverse();
    for variable in &mut list {
        variable["options"] = body!({"mask": true});
        if variable["name"] == "Security Policies" {
            variable["value"] = r#"[ {"protocol":"tcp", "port":22, "application":"ssh",
                "action":"allow", "source_cidr":"any"} ]"#
                .into();
        }
    }
    list.push(variable("password", "********"));
    list.push(variable("Guest GPU Count", "8"));
    list.push(variable("disk", "100"));
    item["spec"]["variables"] = list.into();
    item["status"] = body!({"status": "success", "output": {"ip_address": {"value": "10.0.0.1"}}});
    (declared, item)
}

#[test]
fn merged_masked_reordered_and_defaulted_is_no_difference() {
    let known = catalog(&["bmaas-h100"]);
    let (declared, mut item) = quirky();
    assert_eq!(changed(&read_back(&declared, &item, &known.snapshot)), [""; 0]);
    // A masked variable may be missing altogether (R-33).
    let mut list = item["spec"]["variables"].as_array().unwrap().to_vec();
    list.retain(|variable| variable["name"] != "password");
    item["spec"]["variables"] = list.into();
    assert_eq!(changed(&read_back(&declared, &item, &known.snapshot)), [""; 0]);
    // And the spec may come as text.
    item["spec"] = item["spec"].shown().to_string().into();
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
    let set = |item: &mut Body, name: &str, value: &str| {
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
    let document = |list: Body| {
        let mut document = seed("create-bare-metal");
        document["spec"]["variables"] = list;
        document["status"] = body!({"status": "success"});
        document
    };
    let term = || variable("Contract Term", "1");
    let two = body!([term(), variable("disk", "150")]);
    let sent = document(two.clone());
    let none = BTreeMap::new();
    let run = |declared: Body, item: Body, sent: &Body| {
        let sent = sent.clone().into();
        let sent = Sent { body: &sent, hashes: &none, attempted: None };
        compare(&resource(document(declared)), &live(&document(item), "x"), &known.snapshot, sent)
    };
    let added = run(two.clone(), body!([term()]), &document(body!([term()])));
    assert_eq!(changed(&added), ["spec.variables[disk].value"]);
    let removed = run(body!([term()]), two, &sent);
    assert_eq!(changed(&removed), ["spec.variables[disk]"]);
    let shown = format!("{:?}", removed.differences[0].after);
    assert!(shown.contains("Default") && shown.contains("100"), "{shown}");
    let merged = body!([term(), variable("disk", "100")]);
    assert_eq!(changed(&run(body!([term()]), merged, &sent)), [""; 0]);
}

#[test]
fn storage_details_cannot_change() {
    let mut document = seed("create-bare-metal");
    document["spec"]["storageDetails"] = body!({"size": 1});
    let mut item = document.clone();
    item["spec"]["storageDetails"]["size"] = 2.into();
    let outcome = read_back(&resource(document), &item, &Snapshot::default());
    assert_eq!(changed(&outcome), ["spec.storageDetails.size"]);
    assert!(outcome.differences[0].facets.refused.is_some());
}

#[test]
fn users_are_compared_by_what_was_sent() {
    let document = |groups: Body, password: &str| {
        let mut resource = resource(body!({
            "apiVersion": "auth/v1", "kind": "User", "metadata": {"name": "user@domain.co"},
            "spec": {"first_name": "User", "last_name": "Domain", "user_type": "CONSOLE",
                "password": "(secret)", "groups": groups,
                "projectRoles": [{"project": "ml", "roles": ["PROJECT_ADMIN"]}]},
        }));
        resource.put(&path("spec.password"), Secret::new(password));
        resource
    };
    let answer = seed("list-users");
    let user = kind("User").read(&answer["users"][0], &Scope::Global).unwrap();
    let sent = document(body!(["a", "b"]), "old");
    let hashes = hashes(&sent);
    let run = |declared: &Resource| {
        let sent = sent.body.clone().into();
        let sent = Sent { body: &sent, hashes: &hashes, attempted: None };
        compare(declared, &user, &Snapshot::default(), sent)
    };
    assert_eq!(changed(&run(&document(body!(["b", "a"]), "old"))), [""; 0], "order means nothing");
    let outcome = run(&document(body!(["b", "c"]), "new"));
    assert_eq!(changed(&outcome), ["spec.groups", "spec.password"]);
    assert!(outcome.differences[0].facets.after_create);
    assert!(outcome.differences[1].facets.at_creation);
    let mut renamed = document(body!(["a", "b"]), "old");
    renamed.body["spec"]["last_name"] = "Else".into();
    let outcome = run(&renamed);
    assert_eq!(changed(&outcome), ["spec.last_name"]);
    assert!(outcome.differences[0].facets.refused.is_some());
}

#[test]
fn a_project_differs_in_its_description_only() {
    let declared = resource(body!({"apiVersion": "auth/v1", "kind": "Project",
        "metadata": {"name": "ml"}, "spec": {"description": "new"}}));
    let item = body!({"id": "lk5rw2e", "name": "ml", "description": "old", "default": false});
    let found = kind("Project").read(&item, &Scope::Global).unwrap();
    let none = BTreeMap::new();
    let sent = declared.body.clone().into();
    let sent = Sent { body: &sent, hashes: &none, attempted: None };
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
    let read = |item: &Body| kind("Workspace").read(item, &scope).unwrap().completeness;
    assert_eq!(read(&workspace), Completeness::Thin);
    workspace["metadata"]["labels"] = body!({"plumb.dev/stack": "fleet"});
    assert_eq!(read(&workspace), Completeness::Full);
}

#[test]
fn identity_and_mark_are_read() {
    let item = body!({"kind": "Workspace", "metadata": {"name": "dev",
        "labels": {"plumb.dev/stack": "fleet"}}});
    let workspace = kind("Workspace").read(&item, &Scope::Project("ml".into())).unwrap();
    assert_eq!(workspace.key.to_string(), "Workspace/ml/dev");
    assert_eq!(workspace.mark.as_deref(), Some("fleet"));
    assert_eq!(workspace.body["metadata"]["project"], "ml");
    for (name, item, scope) in [
        ("Workspace", body!({"metadata": {}}), Scope::Project("ml".into())),
        ("Workspace", body!({"metadata": {"name": "a"}}), Scope::Global),
        ("Workspace", body!([]), Scope::Project("ml".into())),
        ("ComputeInstance", body!({"metadata": {"name": "a"}}), Scope::Project("ml".into())),
        ("Service", body!({"metadata": {"name": "a"}, "spec": "{"}), Scope::Project("ml".into())),
        ("Project", body!({"name": "a"}), Scope::Global),
        ("Project", body!({"name": "a", "id": ".."}), Scope::Global),
        ("User", body!({"account": {"id": "x"}}), Scope::Global),
        ("User", body!(null), Scope::Global),
    ] {
        assert!(kind(name).read(&item, &scope).is_err(), "{name} {item:?}");
    }
}

#[test]
fn what_is_gone_is_no_object() {
    let item = body!({"kind": "Service", "status": {"status": "Destroyed"}});
    for name in ["Service", "ComputeInstance"] {
        assert!(kind(name).is_gone(&item));
        assert!(!kind(name).is_gone(&body!({"status": {"status": "destroying"}})));
    }
}
