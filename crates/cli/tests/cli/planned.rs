//! Plan files: carried out as reviewed, or not at all.

use crate::harness::{Cloud, Site, workspace};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

fn reviewed(cloud: &Cloud) -> Site {
    let site = Site::at(cloud).with_workspace("one");
    site.exits(0, "plan -o ../plan").says(&["Written to ../plan", "plumb apply ../plan"]);
    site
}

#[test]
fn a_reviewed_plan_is_carried_out() {
    let cloud = Cloud::start(&json!({}));
    let site = reviewed(&cloud);
    let mode = std::fs::metadata(site.beside("plan")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // It was consented to when it was reviewed, so nobody is asked.
    site.exits(0, "apply ../plan").says(&["Apply complete: 1 added"]);
    assert_eq!(cloud.effects(0), ["created Workspace/defaultproject/one"]);
    // Carried out once; a second time the world has moved.
    let ran = site.exits(7, "apply ../plan");
    ran.says(&["PL0601", "live object Workspace/defaultproject/one", "ledger entry of Workspace"]);
    assert_eq!(cloud.effect_count(), 1);
}

/// A target that cannot be read is not left out: the plan would be about more than was reviewed.
#[test]
fn a_plan_file_that_names_no_address_is_refused() {
    let cloud = Cloud::start(&json!({}));
    let site = reviewed(&cloud);
    let text = std::fs::read_to_string(site.beside("plan")).unwrap();
    let text = text.replace("\"targets\":[]", "\"targets\":[\"Workspace\"]");
    std::fs::write(site.beside("plan"), text).unwrap();
    site.exits(7, "apply ../plan").says(&["PL0601", "\"Workspace\" is not an address"]);
    assert_eq!(cloud.effect_count(), 0);
}

#[test]
fn a_stale_plan_is_refused_and_says_what_moved() {
    let cloud = Cloud::start(&json!({}));
    let site = reviewed(&cloud);
    site.change("one.yaml", "  project:", "  description: new\n  project:");
    let ran = site.exits(7, "apply ../plan");
    ran.says(&["PL0601", "manifest of Workspace/defaultproject/one", "plan again"]);

    let site = reviewed(&cloud);
    site.write("two.yaml", &workspace("two"));
    let ran = site.exits(7, "apply ../plan");
    ran.says(&["manifest of Workspace/defaultproject/two"]);

    let site = reviewed(&cloud);
    cloud.edit(&json!({"op": "create", "object": {
        "apiVersion": "paas.envmgmt.io/v1", "kind": "Workspace",
        "metadata": {"name": "one", "project": "defaultproject"},
    }}));
    let ran = site.exits(7, "apply ../plan");
    ran.says(&["live object Workspace/defaultproject/one"]);
    assert_eq!(cloud.writes(0), [""; 0]);
}

#[test]
fn a_plan_is_for_one_installation() {
    let (cloud, other) = (Cloud::start(&json!({})), Cloud::start(&json!({})));
    let mut site = reviewed(&cloud);
    site.set("PLUMB_RAFAY_ENDPOINT", &other.endpoint);
    site.exits(7, "apply ../plan").says(&["another endpoint"]);
    assert_eq!(other.writes(0), [""; 0]);
}

#[test]
fn a_damaged_plan_file_is_refused() {
    let cloud = Cloud::start(&json!({}));
    let site = reviewed(&cloud);
    let text = std::fs::read_to_string(site.beside("plan")).unwrap();
    for (from, to) in [("\"plumb_plan\":1", "\"plumb_plan\":99"), ("\"sandbox\"", "\"sandbx\"")] {
        std::fs::write(site.beside("plan"), text.replacen(from, to, 1)).unwrap();
        site.exits(7, "apply ../plan").says(&["PL0601", "plan again"]);
    }
    let (half, _) = text.split_at(text.len() / 2);
    std::fs::write(site.beside("plan"), half).unwrap();
    site.exits(7, "apply ../plan").says(&["plan again"]);
    assert_eq!(cloud.writes(0), [""; 0]);
}

/// The options of the plan are in the file: pruning that was reviewed is carried out.
#[test]
fn a_plan_file_remembers_how_it_was_asked_for() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("one");
    site.write("two.yaml", &workspace("two"));
    site.exits(0, "apply --yes");
    site.remove("two.yaml");
    site.exits(0, "plan --prune -o ../plan");
    site.exits(0, "apply ../plan").says(&["1 destroyed"]);
}
