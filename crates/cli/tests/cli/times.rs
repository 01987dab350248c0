//! Times in manifests and in `plumb.yaml`: what is due is done by the next run, and is no drift afterwards.

use crate::harness::{Cloud, Site, machine, stack, virtual_machine, workspace};
use serde_json::json;

#[test]
fn what_has_lived_as_long_as_it_may_is_deleted_and_not_made_again() {
    let cloud = Cloud::start(&json!({}));
    let lives = |annotation: &str| {
        machine("node", "dev", &[])
            .replace("metadata:\n", &format!("metadata:\n  annotations: {annotation}\n"))
    };
    let documents = [workspace("dev"), lives("{plumb.dev/time-to-live: 24h}")];
    let site = Site::at(&cloud).with_documents("fleet", &documents);
    site.exits(0, "apply --yes");
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let documents = [workspace("dev"), lives("{plumb.dev/time-to-live: 1s}")];
    site.write("fleet.yaml", &documents.join("---\n"));
    // A contract holds it all the same.
    site.exits(2, "drift").says(&["PL0509", "ComputeInstance"]);
    let applied = site.exits(0, "apply --yes --approve-early-termination ComputeInstance/node");
    applied.says(&["its time is over, as its manifest says", "1 destroyed"]);
    site.exits(0, "drift");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes.", "it is not made again"]);
    let planned = site.exits(0, "plan --format json").json();
    let stays = planned["planned_values"]["root_module"]["resources"].as_array().unwrap();
    assert_eq!(stays.len(), 1, "{stays:#?}");

    let documents = [workspace("dev"), lives("{plumb.dev/time-to-live: 24h}")];
    site.write("fleet.yaml", &documents.join("---\n"));
    site.exits(0, "apply --yes").says(&["1 added"]);
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}

#[test]
fn what_expires_is_drift_until_it_is_gone() {
    let cloud = Cloud::start(&json!({}));
    let expires = |year: u32| {
        let annotation =
            format!("  annotations: {{plumb.dev/expires: \"{year}-01-01T00:00:00Z\"}}\n");
        virtual_machine("train").replace("metadata:\n", &format!("metadata:\n{annotation}"))
    };
    let site = Site::at(&cloud).with_documents("fleet", &[expires(2999)]);
    site.exits(0, "apply --yes");
    site.exits(0, "drift");
    site.write("fleet.yaml", &expires(2001));
    let drift = site.exits(2, "drift --metrics ../drift.prom");
    drift.says(&["Its time is over", "VirtualMachine/train"]);
    let metrics = std::fs::read_to_string(site.beside("drift.prom")).unwrap();
    assert!(metrics.contains("state=\"expired\"} 1"), "{metrics}");
    site.exits(0, "apply --yes").says(&["1 destroyed"]);
    site.exits(0, "drift");
    // What was never made is not made either.
    site.write("fleet.yaml", &expires(2001).replace("name: train", "name: later"));
    site.exits(0, "plan --detailed-exitcode").says(&["No changes.", "VirtualMachine/later"]);
}

#[test]
fn what_waits_for_a_window_is_told_and_fails_nothing() {
    let cloud = Cloud::start(&json!({}));
    let documents = [workspace("dev"), machine("node", "dev", &[])];
    let site = Site::at(&cloud).with_documents("fleet", &documents);
    site.exits(0, "apply --yes");
    // Closed whenever this runs: what is open for a minute a week is named for the day after tomorrow.
    let later = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC);
    let later = later.checked_add(jiff::Span::new().days(2)).unwrap();
    let hours = later.strftime("%a 00:00-00:01");
    let windows = format!("  windows:\n    - {{name: quiet, hours: [\"{hours}\"]}}");
    site.write("plumb.yaml", &stack("fleet", &windows));
    let documents = [workspace("dev"), workspace("other")];
    site.write("fleet.yaml", &documents.join("---\n"));
    let allowed = "--prune --approve-early-termination ComputeInstance/node";
    let before = cloud.calls();
    let opens = later.strftime("which opens %a %Y-%m-%d 00:00 UTC").to_string();
    site.exits(2, &format!("plan --detailed-exitcode {allowed}")).says(&["PL0518", &opens]);
    let applied = site.exits(0, &format!("apply --yes {allowed}"));
    applied.says(&["PL0518", "quiet (plumb.yaml:7)", "1 added"]);
    assert_eq!(cloud.writes(before).len(), 1, "{:?}", cloud.writes(before));
}

#[test]
fn a_time_with_a_mistake_is_refused_where_it_stands() {
    let site = Site::empty();
    for (setting, words) in [
        (
            "schedules: [{name: s, kind: VirtualMachine, hours: [Mon-Fri 8-20]}]",
            "Mon-Fri 08:00-20:00",
        ),
        ("schedules: [{name: s, kind: VirtualMachine, hours: []}]", "hours"),
        ("schedules: [{name: s, kind: Workspace, hours: [Mon 08:00-20:00]}]", "no power to switch"),
        (
            "schedules: [{name: s, kind: BareMetal, hours: [Mon 08:00-20:00], otherwise: released}]",
            "cannot give its resources back",
        ),
        ("schedules: [{name: s, kind: VirtualMachin, hours: [Mon 08:00-20:00]}]", "VirtualMachine"),
        ("windows: [{name: w, hours: [Mon 08:00-20:00], zone: Berlin}]", "Europe/Berlin"),
        ("windows: [{name: w, hours: [Mon 08:00-20:00], holds: [create]}]", "holds"),
        ("windows: [{name: w, hours: [Mon 08:00-20:00], having: {a: b}}]", "without a kind"),
    ] {
        site.write("plumb.yaml", &stack("fleet", &format!("  {setting}")));
        site.exits(1, "validate").says(&["plumb.yaml:", words]);
    }
    let site = Site::empty();
    for (annotations, words) in [
        ("{plumb.dev/time-to-live: 3d}", "a duration like"),
        ("{plumb.dev/time-to-live: 9000h}", "at most 366 days"),
        ("{plumb.dev/expires: 2026-12-24}", "2026-12-24T18:00:00Z"),
        (
            "{plumb.dev/expires: \"2026-12-24T18:00:00Z\", plumb.dev/prevent-destroy: \"true\"}",
            "cannot be kept",
        ),
    ] {
        let text = workspace("dev")
            .replace("metadata:\n", &format!("metadata:\n  annotations: {annotations}\n"));
        site.write("fleet.yaml", &text);
        site.exits(1, "validate").says(&["fleet.yaml:", words]);
    }
}
