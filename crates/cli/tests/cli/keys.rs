//! Keys of Voltage Park that are not the right ones: nothing is sent with them but reads, and a key
//! of another organization does not make plumb rent everything again.

use crate::harness::{Cloud, Site, rental, stack, virtual_machine, workspace};
use serde_json::json;

const OURS: &str = "vp_ours";
const OTHER: &str = "vp_of-another-organization";
const OURS_AT_RAFAY: &str = "ra2.ours.1";
const OTHER_AT_RAFAY: &str = "ra2.other.2";

fn fleet(cloud: &Cloud) -> Site {
    Site::at(cloud).with_documents("fleet", &[rental("trainer", 8), virtual_machine("box")])
}

#[test]
fn a_key_that_is_not_accepted_ends_it() {
    let cloud = Cloud::start(&json!({"voltage-park": {"knobs": {"auth_failure_code": "401"}}}));
    for (key, code) in [("wrong", "401"), ("", "401"), ("wrong", "403")] {
        cloud.knobs("voltage-park", &json!({"auth_failure_code": code}));
        let mut site = fleet(&cloud);
        site.set("VOLTAGE_PARK_API_KEY", key);
        for line in ["plan", "apply --yes", "get VirtualMachine", "cost"] {
            let ran = site.exits(1, line);
            // A variable that is set to nothing is not set.
            let says = if key.is_empty() { "PL0605" } else { "PL0603" };
            ran.says(&[says]);
        }
        if !key.is_empty() {
            site.exits(1, "doctor").says(&["FAIL", "voltage-park did not accept it"]);
            site.exits(1, "doctor").says(&["ok    endpoint     rafay answers"]);
        }
    }
    assert_eq!(cloud.writes(0), [""; 0]);
}

#[test]
fn an_expired_key_ends_it() {
    let cloud = Cloud::start(&json!({}));
    let site = fleet(&cloud);
    site.exits(0, "apply --yes");
    let effects = cloud.effect_count();
    cloud.knobs("voltage-park", &json!({"key_expires_at": "2001-01-01T00:00:00Z"}));
    let calls = cloud.calls();
    for line in ["plan", "apply --yes", "drift", "destroy --confirm fleet"] {
        let ran = site.exits(1, line);
        ran.says(&["PL0603", "voltage-park did not accept the API key", "expired"]);
        ran.keeps_quiet_of(&[&cloud.voltage_park_key]);
    }
    assert_eq!((cloud.writes(calls), cloud.effect_count()), (Vec::new(), effects));
}

/// Both clouds with keys of two organizations each.
fn of_two_organizations() -> Cloud {
    Cloud::start(&json!({
        "rafay": {"keys": [
            {"key": OURS_AT_RAFAY}, {"key": OTHER_AT_RAFAY, "organization": "another"},
        ]},
        "voltage-park": {"keys": [
            {"key": OURS, "organization": "default"},
            {"key": OTHER, "organization": "another"},
        ]},
    }))
}

/// One cloud does not speak for the other: each key is asked whose it is, and nothing is made with
/// one of another account, or forgotten.
#[test]
fn a_key_of_another_account_does_nothing() {
    let cloud = of_two_organizations();
    let mut site = Site::at(&cloud).with_example();
    site.exits(0, "apply --yes");
    let keys = [
        ("PLUMB_RAFAY_API_KEY", OURS_AT_RAFAY, OTHER_AT_RAFAY, "rafay"),
        ("VOLTAGE_PARK_API_KEY", OURS, OTHER, "voltage-park"),
    ];
    for (variable, right, wrong, provider) in keys {
        let (calls, effects) = (cloud.calls(), cloud.effect_count());
        site.set(variable, wrong);
        let address = if provider == "rafay" {
            "ComputeInstance/h100-node-1"
        } else {
            "VirtualMachine/dev-vm"
        };
        for line in [
            "plan",
            "plan --detailed-exitcode",
            "drift",
            "apply --yes",
            "apply --yes --prune",
            "apply --yes --confirm-loss",
            "destroy --confirm gpu-fleet",
            &format!("adopt {address} --yes"),
        ] {
            let ran = site.exits(4, line);
            ran.says(&["PL0611", &format!("the key to {provider}"), "another", "default"]);
            ran.keeps_quiet_of(&["No changes", "No drift"]);
        }
        assert_eq!(
            (cloud.writes(calls), cloud.effect_count()),
            (Vec::new(), effects),
            "{provider}"
        );
        site.set(variable, right);
        site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    }
}

/// Where the cloud does not say whose a key is, an empty world is still not rebuilt, not even of one
/// machine (docs/rules.md §3).
#[test]
fn an_empty_world_of_nobody_knows_whom_is_not_rebuilt() {
    let cloud = of_two_organizations();
    cloud.knobs("voltage-park", &json!({"optional_calls": "404"}));
    let mut site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    site.write("workspace.yaml", &workspace("research"));
    site.exits(0, "apply --yes");
    let (calls, effects) = (cloud.calls(), cloud.effect_count());
    site.set("VOLTAGE_PARK_API_KEY", OTHER);
    for line in ["plan", "apply --yes", "apply --yes --prune", "destroy --confirm fleet"] {
        site.exits(4, line).says(&["PL0521", "--confirm-loss", "voltage-park"]);
    }
    assert_eq!((cloud.writes(calls), cloud.effect_count()), (Vec::new(), effects));
    site.set("VOLTAGE_PARK_API_KEY", OURS);
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 1);
}

/// A verb by hand and a person's word are for the account on record, too.
#[test]
fn an_action_and_a_word_ask_whose_the_key_is() {
    let cloud = of_two_organizations();
    let mut site = fleet(&cloud);
    site.exits(0, "apply --yes");
    let (calls, effects) = (cloud.calls(), cloud.effect_count());
    site.set("VOLTAGE_PARK_API_KEY", OTHER);
    for line in ["resolve VirtualMachine/box --not-created --yes", "action stop VirtualMachine/box"]
    {
        site.exits(4, line).says(&["PL0611", "another", "default"]);
    }
    assert_eq!((cloud.writes(calls), cloud.effect_count()), (Vec::new(), effects));
}

/// A site whose connections are listed in a file.
fn with_connections(connections: &serde_json::Value) -> Site {
    let site = Site::empty();
    std::fs::create_dir_all(site.beside(".config/plumb")).unwrap();
    let file = json!({"connections": connections}).to_string();
    std::fs::write(site.beside(".config/plumb/connections.yaml"), file).unwrap();
    site
}

/// Everything of a stack is in one account at each provider.
#[test]
fn two_connections_to_one_provider_are_named() {
    let cloud = of_two_organizations();
    let connection = |name: &str, key: &str| {
        json!({"name": name, "provider": "voltage-park", "endpoint": cloud.endpoint,
               "key": {"command": ["/bin/echo", key]}})
    };
    let site =
        with_connections(&json!([connection("production", OURS), connection("staging", OTHER),]));
    site.write("plumb.yaml", &stack("fleet", "  connections: [production, staging]"));
    site.write("box.yaml", &virtual_machine("box"));
    for line in ["plan", "apply --yes", "drift", "destroy --confirm fleet"] {
        site.exits(1, line).says(&["PL0210", "voltage-park", "production", "staging"]);
    }
    assert_eq!(cloud.calls(), 0);
    // The same one named twice is one.
    site.write("plumb.yaml", &stack("fleet", "  connections: [production, production]"));
    site.exits(0, "apply --yes");
}

/// The program of a connection that a stack does not use is not run, and its variable not needed.
#[test]
fn keys_that_are_not_used_are_not_fetched() {
    let cloud = of_two_organizations();
    let unused = |name: &str, provider: &str, key: serde_json::Value| json!({"name": name, "provider": provider, "endpoint": cloud.endpoint, "key": key});
    let mut site = with_connections(&json!([
        unused("voltage-park", "voltage-park", json!({"command": ["/bin/echo", OURS]})),
        unused("staging", "voltage-park", json!({"variable": "NOBODY_SET_IT"})),
        unused("rafay", "rafay", json!({"command": ["/bin/sh", "-c", "touch ran; exit 1"]})),
    ]));
    // Neither is half a pair of a cloud in which nothing is declared.
    site.set("RCTL_REST_ENDPOINT", &cloud.endpoint);
    site.write("box.yaml", &virtual_machine("box"));
    for spec in ["  prune: false", "  connections: [voltage-park, rafay]"] {
        site.write("plumb.yaml", &stack("fleet", spec));
        for line in ["plan", "apply --yes", "drift", "action stop VirtualMachine/box --yes"] {
            let ran = site.plumb(&line.split(' ').collect::<Vec<_>>());
            assert!([0, 2].contains(&ran.code), "{line}: {}", ran.all());
        }
        assert!(!site.root().join("ran").exists(), "{spec}");
    }
    site.write("workspace.yaml", &workspace("research"));
    site.exits(1, "plan").says(&["PL0605", "RCTL_REST_ENDPOINT is set, but RCTL_API_KEY is not"]);
}
