//! A create whose answer is lost and that no look can settle: the address stops, a person or a later
//! run settles it.

use crate::harness::{Cloud, Site, until, workspace};
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
    ran.says(&["what became of 1 create", "Workspace/defaultproject/dev: once"]);
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
    let live = site.exits(0, "get Workspace dev -o wide").out;
    let id = live.lines().nth(1).unwrap().split_whitespace().find(|word| word.len() == 36).unwrap();
    let ran = site.exits(0, &format!("resolve Workspace/dev --adopt {id}"));
    ran.says(&["is recorded with the id", id]);
    site.exits(1, &format!("resolve Workspace/dev --adopt {id}"))
        .says(&["nothing is indeterminate"]);
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

/// While nobody can look, the address stays stopped, everything else goes on, and the exit code says
/// so; what a later run finds is taken.
#[test]
fn what_cannot_be_looked_at_stays_stopped() {
    let cloud = Cloud::start(&json!({}));
    let site = lost(&cloud);
    site.write("other.yaml", &workspace("other").replace("defaultproject", "vm-project"));
    cloud.faults(&json!({
        "match": {"method": "GET", "path": "*/projects/defaultproject/workspaces*"},
        "effect": {"type": "respond", "status": 403},
    }));
    site.exits(6, "plan").says(&["PL0513", "plumb resolve Workspace/defaultproject/dev"]);
    let stopped = site.exits(6, "apply --yes");
    stopped.says(&["PL0513", "--not-created", "Workspace/vm-project/other: created"]);
    site.exits(6, "apply --yes");
    assert_eq!(cloud.writes(0).len(), 2, "it was sent again");
    cloud.control("DELETE", "faults", None);
    site.exits(0, "apply --yes");
    assert!(cloud.creates().values().all(|count| *count == 1), "{:?}", cloud.creates());
    site.exits(0, "plan --detailed-exitcode");
}
