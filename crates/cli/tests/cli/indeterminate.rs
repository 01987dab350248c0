//! A create whose answer is lost and that no look can settle: the address stops, a person or a later
//! run settles it.

use crate::harness::{Cloud, Ran, Site, until};
use serde_json::json;

/// The create arrived and its process died; since then nobody can look at workspaces.
fn lost(cloud: &Cloud) -> Site {
    let site = Site::at(cloud).with_workspace("dev");
    cloud.faults(&json!({
        "match": {"method": "POST"}, "when": {"nth": 1}, "effect": {"type": "delay", "ms": 60_000},
    }));
    let mut apply = site.command(&["apply", "--yes"]).spawn().unwrap();
    until("the create", || cloud.effect_count() == 1);
    apply.kill().unwrap();
    apply.wait().unwrap();
    cloud.control("DELETE", "faults", None);
    site
}

#[test]
fn a_later_run_settles_it_by_looking() {
    let cloud = Cloud::start(&json!({}));
    let site = lost(&cloud);
    site.exits(0, "doctor").says(&["is not settled", "plumb resolve"]);
    let ran = site.exits(0, "apply --yes");
    ran.says(&["Settling 1 create"]);
    assert_eq!(cloud.creates().values().copied().collect::<Vec<_>>(), [1]);
    site.exits(0, "doctor").keeps_quiet_of(&["is not settled"]);
}

#[test]
fn a_person_settles_it_by_saying_what_happened() {
    let cloud = Cloud::start(&json!({}));
    let site = lost(&cloud);
    let wrong = site.exits(1, "resolve Workspace/other --not-created");
    wrong.says(&["no create of Workspace/other waits", "Workspace/defaultproject/dev"]);
    site.exits(1, "resolve Workspace/dev --adopt ../up").says(&["is not a usable id"]);
    let id = cloud.control("GET", "state", None);
    let _ = id;
    let live = site.exits(0, "get Workspace dev -o wide").out;
    let id = live.lines().nth(1).unwrap().split_whitespace().find(|word| word.len() == 36).unwrap();
    let ran = site.exits(0, &format!("resolve Workspace/dev --adopt {id}"));
    ran.says(&["is recorded with the id", id]);
    site.exits(1, &format!("resolve Workspace/dev --adopt {id}")).says(&["nothing is indeterminate"]);
    site.exits(0, "apply --yes");
    assert_eq!(cloud.creates().values().copied().collect::<Vec<_>>(), [1]);
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}

/// Said wrongly, it is found all the same: names are unique here.
#[test]
fn what_is_said_never_to_have_been_made_is_not_made_twice() {
    let cloud = Cloud::start(&json!({}));
    let site = lost(&cloud);
    site.exits(0, "resolve Workspace/dev --not-created").says(&["recorded as never made"]);
    site.exits(0, "apply --yes");
    assert_eq!(cloud.creates().values().copied().collect::<Vec<_>>(), [1]);
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}

/// While nobody can look, the address stays stopped, and everything says how to go on.
#[test]
fn what_cannot_be_looked_at_stays_stopped() {
    let cloud = Cloud::start(&json!({}));
    let site = lost(&cloud);
    cloud.faults(&json!({
        "match": {"method": "GET", "operation": "rafay.workspaces.*"},
        "effect": {"type": "respond", "status": 403},
    }));
    let apply = site.command(&["apply", "--yes"]).spawn().unwrap();
    // Looking goes on until the settle window is over; a person need not wait for that.
    until("the looks", || {
        cloud.control("GET", "faults", None)[0]["fired"].as_u64().unwrap() > 2
    });
    crate::harness::signal(&apply, "INT");
    let ran: Ran = crate::harness::finish(apply);
    assert!([6, 130].contains(&ran.code), "{}: {}", ran.code, ran.all());
    assert_eq!(cloud.writes(0).len(), 1, "it was sent again");
    cloud.control("DELETE", "faults", None);
    site.exits(0, "apply --yes");
    assert_eq!(cloud.creates().values().copied().collect::<Vec<_>>(), [1]);
}
