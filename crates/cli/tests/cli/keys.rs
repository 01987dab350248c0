//! Keys of Voltage Park that are not the right ones: nothing is sent with them but reads, and a key
//! of another organization does not make plumb rent everything again.

use crate::harness::{Cloud, Site, rental, virtual_machine};
use serde_json::json;

const OTHER: &str = "vp_of-another-organization";

fn fleet(cloud: &Cloud) -> Site {
    Site::at(cloud).with_documents("fleet", &[rental("trainer", 8), virtual_machine("box")])
}

#[test]
fn a_key_that_is_not_accepted_ends_it() {
    let cloud = Cloud::start(&json!({"knobs": {"voltage_park": {"auth_failure_code": "401"}}}));
    for (key, code) in [("wrong", "401"), ("", "401"), ("wrong", "403")] {
        cloud.knobs(&json!({"voltage_park": {"auth_failure_code": code}}));
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
    cloud.knobs(&json!({"voltage_park": {"key_expires_at": "2001-01-01T00:00:00Z"}}));
    let calls = cloud.calls();
    for line in ["plan", "apply --yes", "drift", "destroy --confirm fleet"] {
        let ran = site.exits(1, line);
        ran.says(&["PL0603", "voltage-park did not accept the API key", "expired"]);
        ran.keeps_quiet_of(&[&cloud.voltage_park_key]);
    }
    assert_eq!((cloud.writes(calls), cloud.effect_count()), (Vec::new(), effects));
}

/// RELIABILITY §3: an empty world is not rebuilt.
#[test]
fn a_key_of_another_organization_rents_nothing() {
    let cloud = Cloud::start(&json!({"voltage_park_keys": [
        {"key": "vp_ours", "organization": "default"},
        {"key": OTHER, "organization": "another"},
    ]}));
    let mut site = fleet(&cloud);
    site.exits(0, "apply --yes");
    let (calls, effects) = (cloud.calls(), cloud.effect_count());
    site.set("VOLTAGE_PARK_API_KEY", OTHER);
    for line in ["plan", "apply --yes", "apply --yes --prune", "destroy --confirm fleet"] {
        site.exits(4, line).says(&["PL0521", "--confirm-loss"]);
    }
    assert_eq!((cloud.writes(calls), cloud.effect_count()), (Vec::new(), effects));
    site.set("VOLTAGE_PARK_API_KEY", "vp_ours");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 1);
}
