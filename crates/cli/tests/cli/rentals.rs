//! Machines of Voltage Park by hand and by manifest: reboot of single nodes, too little stock, one
//! cloud without the other.

use crate::harness::{Cloud, Site, rental, stack, virtual_machine, workspace};
use serde_json::{Value, json};

fn addresses(site: &Site) -> Vec<String> {
    let shown = site.exits(0, "get BareMetal trainer -o json --show-secrets").json();
    let addresses = shown["items"][0]["status"]["output"]["public_ips"].as_array().cloned();
    let addresses = addresses.unwrap_or_else(|| panic!("{shown:#}"));
    addresses.iter().map(|address| address.as_str().unwrap().to_owned()).collect()
}

#[test]
fn single_nodes_are_rebooted() {
    // Long enough to be seen under way.
    let cloud = Cloud::start(&json!({"voltage-park": {"knobs": {"bm_reboot_time": 300_000}}}));
    let site = Site::at(&cloud).with_documents("fleet", &[rental("trainer", 16)]);
    site.exits(0, "apply --yes");
    let nodes = addresses(&site);
    assert_eq!(nodes.len(), 2);
    let (calls, id) = (cloud.calls(), cloud.the_one("bare-metal"));

    site.exits(1, "action reboot BareMetal/trainer").says(&["may lose work", "--yes"]);
    let wrong = site.exits(1, "action reboot BareMetal/trainer --node 192.0.2.9 --yes");
    wrong.says(&["no node 192.0.2.9", &nodes[0], &nodes[1]]);
    let whole = site.exits(1, &format!("action stop BareMetal/trainer --yes --node {}", nodes[0]));
    whole.says(&["concerns all of BareMetal/trainer"]);
    assert_eq!(cloud.writes(calls), [""; 0]);

    let one = site.exits(0, &format!("action reboot BareMetal/trainer --node {} --yes", nodes[1]));
    one.says(&[&format!("reboot of {} is done", nodes[1])]);
    assert_eq!(cloud.writes(calls), [format!("POST /api/v1/bare-metal/{id}/reboot?")]);
    let rebooted = |since: u64| -> Vec<Value> {
        let effects = cloud.raw_effects(since).into_iter();
        effects.filter(|effect| effect["kind"] == "action").collect()
    };
    assert!(rebooted(0)[0].to_string().contains(&nodes[1]), "{:#?}", rebooted(0));
    assert!(!rebooted(0)[0].to_string().contains(&format!("{}\"", nodes[0])), "{:#?}", rebooted(0));
    site.exits(0, &format!("action reboot BareMetal/{id} --yes")).says(&[&nodes[0], &nodes[1]]);
    assert_eq!(rebooted(0).len(), 2);
    site.exits(0, "history").says(&["action reboot BareMetal/trainer"]);
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}

#[test]
fn a_machine_is_stopped_disassociated_and_started_again() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    site.exits(0, "apply --yes");
    let hourly = || site.exits(0, "cost --format json").json()["accounts"][1]["hourly"].clone();
    let whole = hourly();
    site.exits(0, "action stop VirtualMachine/box --yes").says(&["is done."]);
    assert_eq!(hourly(), whole, "stopping saves nothing");
    site.exits(0, "action disassociate VirtualMachine/box --yes").says(&["is done."]);
    assert_ne!(hourly(), whole);
    site.exits(0, "action start VirtualMachine/box").says(&["is done."]);
    assert_eq!(hourly(), whole);
    site.exits(1, "action reboot VirtualMachine/box").says(&["start, stop, disassociate"]);
}

/// A name that somebody changed in the console is no obstacle: the ledger knows the id.
#[test]
fn a_renamed_machine_is_still_found_by_its_address() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    site.exits(0, "apply --yes");
    let id = cloud.the_one("virtual-machines");
    let object = format!("voltage-park/virtual-machines/{id}");
    cloud.edit(&json!({"op": "patch", "object": object, "patch": {"name": "other"}}));
    site.exits(0, "action stop VirtualMachine/box --yes").says(&["VirtualMachine/box: stop is"]);
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 1);
}

#[test]
fn more_than_there_is_is_refused_before_anything_is_rented() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[rental("trainer", 64)]);
    for line in ["plan", "apply --yes"] {
        let ran = site.exits(4, line);
        ran.says(&["64", "16", "Dallas", "fleet.yaml:"]);
        ran.says(&["Ashton"]);
    }
    assert_eq!(cloud.writes(0), [""; 0], "something was sent but reads");

    // Nothing left at all is the normal state of this market.
    cloud.knobs("voltage-park", &json!({"capacity": {"*": 0}}));
    let site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    site.exits(4, "apply --yes").says(&["VirtualMachine/box"]);
    assert_eq!(cloud.writes(0), [""; 0]);
}

#[test]
fn a_limit_on_money_stops_a_run() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    site.write("plumb.yaml", &stack("fleet", "  limits: {hourly: \"1.50\"}"));
    site.exits(4, "apply --yes").says(&["PL0522", "$1.99", "$1.50", "--allow-hourly"]);
    site.exits(4, "apply --yes --allow-hourly 1.98").says(&["PL0522"]);
    site.exits(1, "apply --yes --allow-hourly much").says(&["is not an amount"]);
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 0);
    site.exits(0, "apply --yes --allow-hourly 2");
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 1);
}

/// Each cloud is needed only by what is declared in it.
#[test]
fn a_stack_of_one_cloud_needs_no_other() {
    let cloud = Cloud::start(&json!({}));
    let names = "  connections: [rafay, voltage-park]";
    let mut site = Site::at(&cloud).with_documents("fleet", &[workspace("dev")]);
    site.write("plumb.yaml", &stack("fleet", names));
    site.variables.retain(|name, _| !name.starts_with("VOLTAGE_PARK"));
    site.exits(0, "apply --yes");
    site.write("fleet.yaml", &virtual_machine("box"));
    let ran = site.exits(1, "plan");
    ran.says(&["PL0605", "voltage-park", "PLUMB_VOLTAGE_PARK_API_KEY"]);

    let mut site = Site::at(&cloud).with_documents("other", &[virtual_machine("box")]);
    site.write("plumb.yaml", &stack("other", names));
    site.variables.retain(|name, _| !name.starts_with("PLUMB_RAFAY"));
    site.exits(0, "apply --yes");
    site.write("fleet.yaml", &workspace("dev"));
    site.exits(1, "plan").says(&[
        "PL0605",
        "rafay",
        "PLUMB_RAFAY_ENDPOINT and PLUMB_RAFAY_API_KEY",
    ]);
}

/// Somebody put another stack's mark on a machine of ours: destroy leaves it, says so, and has not
/// done what it was asked to.
#[test]
fn destroy_says_what_carries_another_mark_by_now() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    site.exits(0, "apply --yes");
    let object = format!("voltage-park/virtual-machines/{}", cloud.the_one("virtual-machines"));
    let labels = json!({"plumb.dev/stack": "theirs"});
    cloud.edit(&json!([{"op": "relabel", "object": object, "labels": labels}]));
    let ran = site.exits(4, "destroy --confirm fleet");
    ran.says(&["PL0502", "VirtualMachine/box", "theirs", "runs on"]);
    site.exits(4, "destroy --confirm fleet").says(&["PL0502"]);
    // Put right again, it goes.
    let labels = json!({"plumb.dev/stack": "fleet"});
    cloud.edit(&json!([{"op": "relabel", "object": object, "labels": labels}]));
    site.exits(0, "destroy --confirm fleet");
}
