//! Plan files: carried out as reviewed, or not at all.

use crate::harness::{Cloud, Site, stack, workspace};
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
    for (from, to) in [("\"plumb_plan\":3", "\"plumb_plan\":99"), ("\"sandbox\"", "\"sandbx\"")] {
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

/// What is kept of a live object are its differences: a manifest that moves changes them, and the
/// object did not move.
#[test]
fn a_stale_plan_names_the_side_that_moved() {
    let cloud = Cloud::start(&json!({}));
    let site = reviewed(&cloud);
    site.exits(0, "apply ../plan");
    site.change("one.yaml", "  project:", "  description: new\n  project:");
    site.exits(0, "plan -o ../plan").says(&["1 to change"]);
    site.change("one.yaml", "description: new", "description: newer");
    let ran = site.exits(7, "apply ../plan");
    ran.says(&["this changed: manifest of Workspace/defaultproject/one\n"]);
    ran.keeps_quiet_of(&["live object", "ledger entry"]);
    site.change("one.yaml", "description: newer", "description: new");
    cloud.edit(&json!({"op": "patch", "object": "Workspace/defaultproject/one",
        "patch": {"metadata": {"description": "theirs"}}}));
    let ran = site.exits(7, "apply ../plan");
    let field = "live object Workspace/defaultproject/one, metadata.description";
    ran.says(&[&format!("this changed: {field}: (none) -> \"theirs\"\n")]);
}

/// A plan that everybody forgot is not carried out, though the world happens to be the same.
#[test]
fn a_plan_file_expires() {
    let cloud = Cloud::start(&json!({}));
    let site = reviewed(&cloud);
    let text = std::fs::read_to_string(site.beside("plan")).unwrap();
    let mut plan: serde_json::Value = serde_json::from_str(&text).unwrap();
    let made: jiff::Timestamp = plan["made"].as_str().unwrap().parse().unwrap();
    let mut made_hours_ago = |hours: i64| {
        let then = made - jiff::SignedDuration::from_hours(hours);
        plan["made"] = json!(then.to_string());
        // The head of the file comes first, whatever the order of names.
        let rest = plan.to_string().replacen('{', ",", 1).replacen("\"plumb_plan\":3,", "", 1);
        std::fs::write(site.beside("plan"), format!("{{\"plumb_plan\":3{rest}")).unwrap();
    };
    made_hours_ago(7 * 24 + 1);
    site.exits(7, "apply ../plan").says(&["PL0601", "a plan holds for 168h", "planLifetime"]);
    made_hours_ago(-1);
    site.exits(7, "apply ../plan").says(&["PL0601", "clocks"]);
    made_hours_ago(2);
    site.write("plumb.yaml", &stack("fleet", "  planLifetime: 1h"));
    site.exits(7, "apply ../plan").says(&["a plan holds for 1h"]);
    site.write("plumb.yaml", &stack("fleet", "  planLifetime: 31h"));
    assert_eq!(cloud.effect_count(), 0);
    site.exits(0, "apply ../plan").says(&["Apply complete: 1 added"]);
}
