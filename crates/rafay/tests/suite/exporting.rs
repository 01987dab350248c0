//! What is exported plans empty, names no secret, and says nothing the server would say anyway.

use crate::common::{catalog, compare, kind, kind_of, live, refine, resource, seed};
use plumb_kind::Snapshot;
use plumb_model::compare::Sent;
use plumb_model::{Body, LiveObject, Scope, Secret, body};
use std::collections::BTreeMap;

fn export(found: &LiveObject, snapshot: &Snapshot) -> Option<Body> {
    kind(&found.key.kind.kind).export(found, snapshot).map(Body::from)
}

/// A manifest that was exported differs in nothing from what it was exported from.
fn plans_empty(document: &Body, found: &LiveObject, snapshot: &Snapshot) {
    let hashes = BTreeMap::new();
    let declared = resource(document.clone());
    let sent = declared.body.clone().into();
    let sent = Sent { body: &sent, hashes: &hashes, attempted: None };
    let outcome = compare(&declared, found, snapshot, sent);
    assert_eq!(outcome.differences, [], "{document:?}");
    let findings = refine(&declared, snapshot).findings;
    assert_eq!(findings, []);
    assert_eq!(kind_of(document).check(&declared), []);
}

/// A machine as the server tells of it: all variables merged, options added, secrets masked.
fn instance(action: &str) -> Body {
    let mut item = seed("create-bare-metal");
    item["metadata"]["id"] = "019c6665-205e-784f-b9bc-fc6c5f8aff7c".into();
    item["metadata"]["createdAt"] = "2026-02-16T12:20:29.406538Z".into();
    item["metadata"]["labels"] = body!({"plumb.dev/stack": "fleet", "team": "a"});
    let mut list = item["spec"]["variables"].as_array().unwrap().to_vec();
    list.push(body!({"name": "Guest GPU Count", "value": "8", "valueType": "text"}));
    list.push(body!({"name": "disk", "value": "150", "valueType": "text"}));
    list.push(body!({"name": "password", "value": "********", "valueType": "text"}));
    for variable in &mut list {
        variable["options"] = body!({"mask": true, "override": {"type": "allowed"}});
    }
    item["spec"]["variables"] = list.into();
    item["status"] = body!({"status": "success", "action": action,
        "output": {"node_login_password": {"value": "canary"}}});
    item
}

#[test]
fn an_instance_is_exported_without_what_the_profile_says_anyway() {
    let known = catalog(&["bmaas-h100"]);
    let found = live(&instance("publish"), "system-catalog");
    let lookups = kind("ComputeInstance").export_lookups(&found, &Snapshot::default());
    assert!(known.snapshot.items(&lookups[0].id).is_some());
    let document = export(&found, &known.snapshot).unwrap();
    let policies = "[{\"source_cidr\":\"any\",\"action\":\"allow\",\"application\":\"ssh\",\
                    \"port\":22,\"protocol\":\"tcp\"}]";
    let expected = body!({
        "apiVersion": "paas.envmgmt.io/v1", "kind": "ComputeInstance",
        "metadata": {"name": "create-bm-api", "project": "system-catalog", "workspace": "dev1",
            "labels": {"team": "a"}},
        "spec": {
            "computeType": "baremetal",
            "computeProfile": {"name": "bmaas-h100", "systemCatalog": true},
            "variables": [
                {"name": "Contract Term", "value": "1"},
                {"name": "hss_storage", "value": "hss-storage-1"},
                {"name": "object_storage", "value": "object-storage-1"},
                {"name": "Security Policies", "value": policies},
                {"name": "Infiniband Configuration", "value": "true"},
                {"name": "disk", "value": "150"},
                {"name": "password", "value":
                    {"valueFrom": {"var": "COMPUTE_INSTANCE_CREATE_BM_API_PASSWORD"}}},
            ],
        },
    });
    assert_eq!(document, expected);
    let mut resolved = document;
    resolved["spec"]["variables"].at_mut(6).unwrap()["value"] = Secret::new("s").into();
    plans_empty(&resolved, &found, &known.snapshot);
}

#[test]
fn a_machine_that_is_off_is_exported_as_off() {
    let known = catalog(&["bmaas-h100"]);
    for (action, power) in [("stop", Some("off")), ("start", None)] {
        let found = live(&instance(action), "system-catalog");
        let document = export(&found, &known.snapshot).unwrap();
        let written = document.pointer("/metadata/annotations/plumb.dev~1power");
        assert_eq!(written.and_then(Body::as_str), power, "{action}");
    }
}

/// Without the profile the merged variables are exported too, and no mask as a value.
#[test]
fn an_unseen_profile_makes_a_longer_manifest() {
    let mut item = instance("publish");
    let mut list = item["spec"]["variables"].as_array().unwrap().to_vec();
    list.push(body!({"name": "token", "value": "********", "valueType": "json"}));
    item["spec"]["variables"] = list.into();
    let found = live(&item, "system-catalog");
    let document = export(&found, &Snapshot::default()).unwrap();
    assert_eq!(document["spec"]["variables"].as_array().unwrap().len(), 12);
    let text = document.shown().to_string();
    assert!(!text.contains("***") && !text.contains("options") && !text.contains("canary"));
    assert!(text.contains("COMPUTE_INSTANCE_CREATE_BM_API_PASSWORD"));
}

#[test]
fn services_and_workspaces_are_exported() {
    let mut item = seed("create-vpc");
    item["metadata"]["id"] = "019c".into();
    item["status"] = body!({"status": "deployed"});
    let found = live(&item, "system-catalog");
    let document = export(&found, &Snapshot::default()).unwrap();
    let mut expected = seed("create-vpc");
    expected.as_object_mut().unwrap().remove("status");
    assert_eq!(document, expected);
    plans_empty(&document, &found, &Snapshot::default());

    let item = &seed("list-workspaces")["items"][0];
    let found = kind("Workspace").read(item, &Scope::Project("vm-project".into())).unwrap();
    let document = export(&found, &Snapshot::default()).unwrap();
    assert_eq!(document, seed("create-workspace"));
    plans_empty(&document, &found, &Snapshot::default());
}

#[test]
fn projects_and_users_are_exported_and_the_default_project_is_not() {
    let project = |default: bool| {
        let item = body!({"id": "lk5rw2e", "name": "ml", "description": "for all",
            "default": default, "created_at": "2025-11-10T06:22:18Z"});
        kind("Project").read(&item, &Scope::Global).unwrap()
    };
    assert_eq!(export(&project(true), &Snapshot::default()), None);
    let document = export(&project(false), &Snapshot::default()).unwrap();
    let expected = body!({"apiVersion": "auth/v1", "kind": "Project",
        "metadata": {"name": "ml"}, "spec": {"description": "for all"}});
    assert_eq!(document, expected);
    plans_empty(&document, &project(false), &Snapshot::default());

    let user = kind("User").read(&seed("list-users")["users"][0], &Scope::Global).unwrap();
    let document = export(&user, &Snapshot::default()).unwrap();
    let expected = body!({"apiVersion": "auth/v1", "kind": "User",
        "metadata": {"name": "user@domain.co"},
        "spec": {"first_name": "User", "last_name": "Domain", "user_type": "CONSOLE"}});
    assert_eq!(document, expected);
    plans_empty(&document, &user, &Snapshot::default());
}

#[test]
fn profiles_are_not_exported() {
    let item = crate::common::profile("bmaas-h100");
    let found = live(&item, "system-catalog");
    assert_eq!(export(&found, &Snapshot::default()), None);
}
