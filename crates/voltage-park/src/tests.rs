//! What holds for the tables of every kind, and for every secret.

use crate::worlds::{A, Known, live, resource};
use crate::{KINDS, VOLTAGE_PARK, collections};
use plumb_kind::{Kind, Paging, Provider, Registry, Step};
use plumb_model::Scope;
use plumb_model::body;
use plumb_model::rules::{CreateSafety, Identity, MarkPlace};
use std::collections::BTreeSet;

fn kind(name: &str) -> &'static dyn Kind {
    *KINDS.iter().find(|kind| kind.rules().id.kind == name).unwrap()
}

#[test]
fn the_kinds_make_a_registry() {
    let registry = Registry::new(&[&VOLTAGE_PARK]).unwrap();
    assert_eq!(registry.kinds().count(), KINDS.len());
    for name in ["VirtualMachine", "BareMetal"] {
        assert_eq!(kind(name).rules().references.len(), 1, "{name}");
    }
}

#[test]
fn kinds_are_known_by_id_and_machines_are_made_once() {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.rules().id.kind.as_str()).collect();
    assert_eq!(names, ["VirtualMachine", "BareMetal", "StorageVolume", "SSHKey"]);
    for kind in KINDS {
        let rules = kind.rules();
        let is_machine = ["VirtualMachine", "BareMetal"].contains(&rules.id.kind.as_str());
        let (mark, safety) = if is_machine {
            (MarkPlace::Object, CreateSafety::AtMostOnce)
        } else {
            (MarkPlace::Ledger, CreateSafety::Repeatable)
        };
        assert_eq!((rules.mark, rules.create_safety), (mark, safety), "{}", rules.id);
        assert_eq!((rules.api_version, rules.identity), ("voltagepark.com/v1", Identity::Id));
    }
    assert_eq!(VOLTAGE_PARK.name(), "voltage-park");
}

#[test]
fn lists_are_asked_for_with_their_exact_paths_and_greatest_pages() {
    for (collection, path, size) in [
        (collections::virtual_machines(), "/api/v1/virtual-machines/", Some(100)),
        (collections::rentals(), "/api/v1/bare-metal/", Some(100)),
        (collections::volumes(), "/api/v1/storage/", Some(100)),
        (collections::ssh_keys(), "/api/v1/organization/ssh-keys", Some(150)),
        (collections::locations(), "/api/v1/locations/", Some(15)),
        (collections::stock_by_location(), "/api/v1/virtual-machines/instant/locations", None),
        (collections::presets(), "/api/v1/instant-deploy-presets/", None),
        (collections::bare_metal_locations(), "/api/v1/bare-metal/locations", None),
        (collections::storage_rate(), "/api/v1/storage/hourly-rate", None),
        (collections::hourly_rate(), "/api/v1/billing/hourly-rate", None),
        (collections::host_node(A), &format!("/api/v1/hostnodes/{A}"), None),
        (collections::location(A), &format!("/api/v1/locations/{A}"), None),
        (collections::preset(A), &format!("/api/v1/instant-deploy-presets/{A}"), None),
    ] {
        assert_eq!(collection.request.path.as_str(), path);
        let asked = match collection.paging {
            Paging::LimitOffset { size, .. } => Some(size),
            Paging::None | Paging::Single | Paging::Token { .. } => None,
        };
        assert_eq!(asked, size, "{path}");
    }
    let ids: BTreeSet<_> = KINDS
        .iter()
        .flat_map(|kind| kind.collections(&Scope::Global))
        .map(|collection| collection.id)
        .collect();
    assert_eq!(ids.len(), KINDS.len());
}

#[test]
fn every_document_has_a_name_and_what_else_it_needs() {
    for kind in KINDS {
        let schema = kind.schema().to_value();
        let required = |pointer: &str| schema.pointer(pointer).cloned().unwrap_or_default();
        let metadata = required("/properties/metadata/required");
        assert_eq!(metadata, body!(["name"]), "{}", kind.rules().id);
    }
    let machine = kind("VirtualMachine").schema().to_value();
    assert_eq!(machine.pointer("/properties/spec/required"), None);
    let rental = kind("BareMetal").schema().to_value();
    assert_eq!(
        rental.pointer("/properties/spec/required"),
        Some(&serde_json::json!(["gpu_count", "network_type"]))
    );
}

#[test]
fn no_secret_shows_itself() {
    let item = body!({
        "id": A, "name": "m", "status": "Running", "power_status": "Running",
        "kubeconfig": "canary-kubeconfig", "password": "canary-password",
        "cloudinit_script": {"runcmd": ["canary-script"]}, "public_ip": "1.2.3.4",
    });
    for name in ["VirtualMachine", "BareMetal"] {
        let object = live(kind(name), &item);
        assert!(!format!("{object:?} {:?}", object.status).contains("canary"), "{name}");
        assert!(!object.body.shown().to_string().contains("canary"), "{name}");
        let told = kind(name).describe(&object, &plumb_kind::Snapshot::default());
        let exported = kind(name).export(&object, &plumb_kind::Snapshot::default());
        assert!(!format!("{told:?} {exported:?}").contains("canary"), "{name}");
    }
    let rental = live(kind("BareMetal"), &item);
    assert_eq!(rental.outputs["kubeconfig"], "canary-kubeconfig");
    for (name, spec) in [
        (
            "VirtualMachine",
            body!({"config_id": A, "password": "canary-password",
                   "cloud_init": {"runcmd": ["canary-script"]}, "ssh_keys": ["canary-key"]}),
        ),
        (
            "BareMetal",
            body!({"location_id": A, "gpu_count": 8, "network_type": "ethernet",
                   "cloudinit_script": {"runcmd": ["canary-script"]}}),
        ),
    ] {
        let machine = resource(kind(name), body!({"name": "m"}), spec);
        let requests = Known::default().lend(&machine.key, Some(&machine.body), |context| {
            kind(name).requests(Step::Create, context).unwrap()
        });
        assert!(
            requests[0]
                .body
                .clone()
                .unwrap()
                .with_secrets_in_clear()
                .to_string()
                .contains("canary-script")
        );
        assert!(!format!("{requests:?}").contains("canary"), "{name}");
    }
}
