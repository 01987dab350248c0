//! The last line: every exit but 0 says the code, how many, and the first of them. That there is such
//! a line is seen to for every command of these tests (`harness::finish`); here is what stands in it.

use crate::harness::{Cloud, Ran, Site, finish, virtual_machine, workspace};
use serde_json::json;

fn ends_with(ran: &Ran, line: &str) {
    assert_eq!(ran.err.lines().next_back(), Some(line), "{}", ran.all());
}

const ONE: &str = "Workspace/defaultproject/one";

#[test]
fn errors_and_changes_are_counted_and_the_first_is_named() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("one");
    ends_with(&site.exits(2, "plan --detailed-exitcode"), &format!("Exit 2: 1 to change, {ONE}."));
    ends_with(&site.exits(1, "explain PL9999"), "Exit 1: 1 error, PL0206.");
    ends_with(&site.exits(1, "plan --no-such"), "Exit 1: the arguments are not understood.");
    site.exits(0, "plan -o ../plan");
    site.exits(0, "apply ../plan");
    ends_with(&site.exits(7, "apply ../plan"), "Exit 7: 1 error, PL0601.");
    ends_with(&site.exits(1, "get Workspace nowhere"), "Exit 1: nothing of that name was found.");
    site.write("two.yaml", &workspace("two").replace("metadata", "metdata"));
    site.write("three.yaml", "a: [\n");
    let ran = site.exits(1, "plan --format json");
    assert!(
        ran.err.contains("Exit 1: ") && ran.err.contains("errors, the first PL"),
        "{}",
        ran.err
    );
    assert!(ran.json()["errors"].as_u64().unwrap() > 1, "the last line is no data");
}

#[test]
fn what_failed_is_named_and_nothing_is_called_complete() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("one");
    cloud.faults(&json!({
        "match": {"method": "POST"}, "when": {"nth": 1},
        "effect": {"type": "respond", "status": 422, "body": "{\"detail\": \"no\"}"},
    }));
    let ran = site.exits(3, "apply --yes");
    ends_with(&ran, &format!("Exit 3: 1 not done, PL0620 {ONE}."));
}

/// Everything else is done, and the run is not complete.
#[test]
fn what_is_blocked_beside_what_is_done() {
    let cloud = Cloud::start(&json!({"voltage-park": {"knobs": {"capacity": {"*": 0}}}}));
    let site = Site::at(&cloud).with_workspace("one");
    site.write("box.yaml", &virtual_machine("box"));
    let ran = site.exits(4, "apply --yes");
    ran.says(&["Apply incomplete: 1 added, 0 changed, 0 destroyed, 1 blocked."]);
    ends_with(&ran, "Exit 4: 1 blocked, PL0507 VirtualMachine/box.");
    ends_with(
        &site.exits(4, "plan --format json"),
        "Exit 4: 1 blocked, PL0507 VirtualMachine/box.",
    );
}

/// Two copies of one stack, each with a ledger of its own: neither ends without a word about what
/// the other made.
#[test]
fn two_copies_at_once_say_what_blocks() {
    let cloud = Cloud::start(&json!({"latency_ms": 30}));
    let copy = || Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    let sites = [copy(), copy()];
    let both = sites.each_ref().map(|site| site.command(&["apply", "--yes"]).spawn().unwrap());
    for ran in both.map(finish) {
        if ran.code == 4 {
            ran.says(&["VirtualMachine/box: PL05", "help:", "Exit 4: 1 blocked, PL05"]);
        }
    }
}
