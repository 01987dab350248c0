//! A machine whose create lost its answer: what a person says of it is checked against the cloud
//! and the bill, and both commands of exit 6 work as they are printed.

use crate::formats::{schema, valid};
use crate::harness::{Cloud, Ran, Site, finish, signal, until, virtual_machine, workspace};
use serde_json::json;

const MACHINES: &str = "voltage-park/virtual-machines";
const PRESET: &str = "c6fd6253-cbb6-4ea8-a20c-47644b431f1c";

/// The order arrived and its process died.
fn made_and_lost(cloud: &Cloud) -> Site {
    let site = Site::at(cloud).with_documents("fleet", &[virtual_machine("box")]);
    cloud.faults(&json!({
        "match": {"method": "POST"}, "when": {"nth": 1}, "effect": {"type": "delay", "ms": 60_000},
    }));
    let mut apply = site.command(&["apply", "--yes"]).spawn().unwrap();
    until("the order", || cloud.effect_count() == 1);
    apply.kill().unwrap();
    apply.wait().unwrap();
    cloud.control("DELETE", "faults", None);
    site
}

/// The order never arrived, and its sender cannot know.
fn never_made(cloud: &Cloud) -> Site {
    let site = Site::at(cloud).with_documents("fleet", &[virtual_machine("box")]);
    cloud.faults(&json!({
        "match": {"method": "POST"}, "when": {"nth": 1}, "effect": {"type": "lost_before"},
    }));
    let apply = site.command(&["apply", "--yes"]).spawn().unwrap();
    until("the order", || !cloud.writes(0).is_empty());
    signal(&apply, "INT");
    let ran = finish(apply);
    assert!([6, 130].contains(&ran.code), "{}: {}", ran.code, ran.all());
    cloud.control("DELETE", "faults", None);
    site
}

/// What is in doubt is looked for beside the run, and holds up nothing but itself.
#[test]
fn a_create_in_doubt_holds_up_nothing_else() {
    let cloud = Cloud::start(&json!({}));
    let site = never_made(&cloud);
    site.write("dev.yaml", &workspace("dev"));
    let apply = site.command(&["apply", "--yes"]).spawn().unwrap();
    until("the workspace", || cloud.creates().values().copied().collect::<Vec<_>>() == [1]);
    signal(&apply, "INT");
    let ran = finish(apply);
    assert!([6, 130].contains(&ran.code), "{}: {}", ran.code, ran.all());
    ran.says(&["VirtualMachine/box: for", "at most", "Workspace/defaultproject/dev: created"]);
    // The order and its second sending would be two of these.
    assert_eq!(cloud.writes(0).len(), 2, "{:?}", cloud.writes(0));
}

/// The command that was printed for a person to type, with an id where one belongs.
fn printed(ran: &Ran, option: &str, id: &str) -> String {
    let all = ran.all();
    let commands = all.split("plumb resolve ").skip(1);
    let mut commands = commands.filter_map(|rest| rest.split(['`', '\n']).next());
    let command = commands.find(|command| command.contains(option));
    let command = command.unwrap_or_else(|| panic!("no {option} in:\n{all}"));
    format!("resolve {}", command.trim().replace("ID", id))
}

#[test]
fn an_id_is_checked_before_it_is_recorded() {
    let cloud = Cloud::start(&json!({}));
    let site = made_and_lost(&cloud);
    let id = cloud.the_one("virtual-machines");
    cloud.edit(&json!({"op": "create", "object": {
        "kind": "voltage-park/bare-metal", "name": "theirs", "gpu_count": 8,
        "network_type": "ethernet", "id": "11111111-2222-4333-8444-555555555555",
    }}));
    cloud.edit(&json!({"op": "create", "object": {
        "kind": MACHINES, "name": "elsewhere", "config_id": PRESET,
        "id": "66666666-2222-4333-8444-555555555555", "tags": ["plumb.dev/stack=another"],
    }}));
    let calls = cloud.calls();
    let refused = |id: &str, says: &[&str]| {
        site.exits(1, &format!("resolve VirtualMachine/box --adopt {id}")).says(says);
    };
    refused("99999999-2222-4333-8444-555555555555", &["no VirtualMachine has the id", "--offline"]);
    refused("11111111-2222-4333-8444-555555555555", &["it is the id of BareMetal/theirs"]);
    refused("66666666-2222-4333-8444-555555555555", &["belongs to the stack another"]);
    refused("../up", &["is not a usable id"]);
    assert_eq!(cloud.writes(calls), [""; 0]);

    let stopped = site.exits(6, "plan");
    let command = printed(&stopped, "--adopt", &id);
    site.exits(0, &command).says(&["is recorded with the id", &id, "$1.99 an hour"]);
    site.exits(0, "apply --yes");
    assert_eq!(cloud.made(MACHINES), 1);
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}

#[test]
fn what_is_recorded_is_told_as_data_too() {
    let cloud = Cloud::start(&json!({}));
    let site = made_and_lost(&cloud);
    let id = cloud.the_one("virtual-machines");
    let told = |site: &Site, line: &str, name: &str| {
        let value = site.exits(0, &format!("{line} --format json")).json();
        valid(&schema(name), &value, line);
        value
    };
    let free = told(&site, "unlock", "unlock");
    let dead = &free["cleared"];
    assert_eq!((&dead["command"], &dead["user"]), (&json!("apply"), &json!("tester")), "{free:#}");
    let made = told(&site, &format!("resolve VirtualMachine/box --adopt {id}"), "resolve");
    let whole = json!({
        "address": "VirtualMachine.voltagepark.com/box", "recorded": "made", "id": id, "checked": true,
    });
    assert_eq!(made, whole);
    let site = never_made(&Cloud::start(&json!({})));
    let not = told(&site, "resolve VirtualMachine/box --not-created --offline", "resolve");
    let whole = json!({
        "address": "VirtualMachine.voltagepark.com/box", "recorded": "never_made", "id": null, "checked": false,
    });
    assert_eq!(not, whole);
}

#[test]
fn an_id_of_another_resource_is_refused() {
    let cloud = Cloud::start(&json!({}));
    let site = made_and_lost(&cloud);
    let id = cloud.the_one("virtual-machines");
    site.exits(0, &format!("resolve VirtualMachine/box --adopt {id}"));
    // A second create in doubt, and a person who mixes the two up.
    site.write("second.yaml", &virtual_machine("second"));
    cloud.faults(&json!({
        "match": {"method": "POST"}, "when": {"nth": 1}, "effect": {"type": "delay", "ms": 60_000},
    }));
    let effects = cloud.effect_count();
    let mut apply = site.command(&["apply", "--yes"]).spawn().unwrap();
    until("the second order", || cloud.made(MACHINES) == 2 && cloud.effect_count() > effects);
    apply.kill().unwrap();
    apply.wait().unwrap();
    cloud.control("DELETE", "faults", None);
    let ran = site.exits(1, &format!("resolve VirtualMachine/second --adopt {id}"));
    ran.says(&["is on record for VirtualMachine/box"]);
    let ran = site.exits(1, &format!("resolve VirtualMachine/second --adopt {id} --offline"));
    ran.says(&["is on record for VirtualMachine/box"]);
}

#[test]
fn what_carries_the_mark_was_made_whatever_is_said() {
    let cloud = Cloud::start(&json!({}));
    let site = made_and_lost(&cloud);
    let id = cloud.the_one("virtual-machines");
    let command = printed(&site.exits(6, "plan"), "--not-created", "");
    let ran = site.exits(1, &command);
    ran.says(&["VirtualMachine/box was made", &id, "--adopt"]);
    site.exits(1, &format!("{command} --yes")).says(&["was made"]);
    site.exits(0, "apply --yes").says(&["what became of 1 create"]);
    assert_eq!(cloud.made(MACHINES), 1);
}

#[test]
fn what_was_never_made_is_made_once_it_is_said() {
    let cloud = Cloud::start(&json!({}));
    let site = never_made(&cloud);
    let command = printed(&site.exits(6, "plan"), "--not-created", "");
    site.exits(0, &command).says(&["recorded as never made"]);
    site.exits(0, "apply --yes");
    assert_eq!(cloud.made(MACHINES), 1);
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}

/// The machine is there, no list shows it yet, and the bill does.
#[test]
fn a_bill_for_something_unseen_speaks_against_it() {
    let cloud = Cloud::start(&json!({}));
    let site = never_made(&cloud);
    cloud.knobs("voltage-park", &json!({"create_visibility_lag": {"seconds": 1_000_000_000}}));
    cloud.edit(&json!({"op": "create", "object": {
        "kind": MACHINES, "name": "box", "config_id": PRESET,
    }}));
    let ran = site.exits(1, "resolve VirtualMachine/box --not-created");
    ran.says(&["no list shows", "$1.99 an hour", "nobody can be asked here", "--yes"]);
    site.exits(6, "plan");
    site.exits(0, "resolve VirtualMachine/box --not-created --yes").says(&["no list shows"]);
}

#[test]
fn without_a_connection_a_word_is_taken_for_it() {
    for option in ["", " --offline"] {
        let cloud = Cloud::start(&json!({}));
        let mut site = never_made(&cloud);
        if option.is_empty() {
            site.variables.retain(|name, _| name == "USER");
        }
        let calls = cloud.calls();
        let adopt = format!("resolve VirtualMachine/box --adopt any-id-at-all{option}");
        site.exits(0, &adopt).says(&["is recorded with the id any-id-at-all"]);
        site.exits(1, &adopt).says(&["no create of VirtualMachine/box waits"]);
        assert_eq!(cloud.requests(calls), [""; 0]);
    }
}

/// A rental cannot be read by its id: when the bill speaks of something unseen, plumb does not
/// take it for gone, and a person may.
#[test]
fn what_is_on_record_and_gone_is_forgotten_when_that_is_said() {
    let cloud = Cloud::start(&json!({"voltage-park": {"knobs": {"optional_calls": "404"}}}));
    let site = Site::at(&cloud).with_documents("fleet", &[crate::harness::rental("trainer", 8)]);
    site.exits(0, "apply --yes");
    let id = cloud.the_one("bare-metal");
    site.exits(1, "resolve BareMetal/trainer --not-created").says(&["is there", &id]);
    cloud.edit(&json!({"op": "delete", "object": format!("voltage-park/bare-metal/{id}")}));
    cloud.knobs("voltage-park", &json!({"create_visibility_lag": {"seconds": 1_000_000_000}}));
    cloud.edit(&json!({"op": "create", "object": {
        "kind": MACHINES, "name": "unseen", "config_id": PRESET,
    }}));
    let plan = site.exits(4, "plan");
    plan.says(&["everything that is listed comes to"]);
    site.exits(1, "resolve BareMetal/trainer --not-created").says(&["not certain", "--yes"]);
    let offline = site.exits(1, "resolve BareMetal/trainer --not-created --offline --yes");
    offline.says(&["only looking can tell"]);
    let ran = site.exits(0, "resolve BareMetal/trainer --not-created --yes");
    ran.says(&["BareMetal/trainer is forgotten", "makes a new one"]);
    site.exits(0, "plan").says(&["BareMetal/trainer: create"]);
}

/// Of what cannot be made twice nothing need be asked.
#[test]
fn a_workspace_needs_no_check() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[workspace("dev")]);
    site.exits(0, "apply --yes");
    let ran = site.exits(1, "resolve Workspace/dev --not-created");
    ran.says(&["Workspace/defaultproject/dev is there"]);
}
