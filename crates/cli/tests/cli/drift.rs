//! `plumb drift`: names what differs, exits with 2, writes nothing; silent when only the server's
//! habits show.

use crate::harness::{Cloud, Site, files, machine, virtual_machine, workspace};
use serde_json::json;

#[test]
fn an_edit_a_deletion_and_an_addition_are_named() {
    // Lists come back reordered, secrets masked, defaults added: none of it is drift.
    let cloud = Cloud::start(&json!({"rafay": {"knobs": {
        "shuffle_variables": true, "add_defaults": true, "merged_variables": true,
        "mask": "********", "drop_zero_values": true,
    }}}));
    let site = Site::at(&cloud).with_example();
    site.exits(0, "apply --yes");
    let ledger = files(&site.root().join(".plumb"));
    let (calls, effects) = (cloud.calls(), cloud.effect_count());

    let quiet = site.exits(0, "drift");
    quiet.says(&["No drift."]);
    for knobs in [json!({"mask": "omit"}), json!({"mask": "plaintext"}), json!({"list_thin": true})]
    {
        cloud.knobs("rafay", &knobs);
        site.exits(0, "drift");
    }
    assert_eq!(cloud.effect_count(), effects);

    cloud.edit(&json!([
        {"op": "patch", "object": "ComputeInstance/gpu-fleet/inference/l40s-node-1", "patch":
            {"spec": {"variables": [{"name": "assign_public_ip", "value": "false"}]}}},
        {"op": "republish", "object": "ComputeInstance/gpu-fleet/inference/l40s-node-1"},
        {"op": "delete", "object": "ComputeInstance/gpu-fleet/inference/notebook-vm"},
        {"op": "create", "object": {"apiVersion": "paas.envmgmt.io/v1", "kind": "Workspace",
            "metadata": {"name": "somebodys", "project": "gpu-fleet"}}},
    ]));
    let effects = cloud.effect_count();
    let ran = site.exits(2, "drift --metrics ../drift.prom");
    ran.says(&[
        "Missing              ComputeInstance/gpu-fleet/inference/notebook-vm",
        "Changed              ComputeInstance/gpu-fleet/inference/l40s-node-1",
        "Unmanaged            Workspace/gpu-fleet/somebodys",
        "spec.variables[assign_public_ip].value: \"false\" -> \"true\"",
    ]);
    ran.keeps_quiet_of(&["h100-node-1", "train-k8s", "vpc-main", "researcher"]);
    let metrics = std::fs::read_to_string(site.beside("drift.prom")).unwrap();
    for state in ["missing", "changed", "unmanaged"] {
        let line = format!("plumb_drift_resources{{stack=\"gpu-fleet\",state=\"{state}\"}} 1\n");
        assert!(metrics.contains(&line), "{metrics}");
    }
    let tests = site.exits(2, "drift --format junit").out;
    for text in [
        "<testsuites tests=\"14\" failures=\"3\" errors=\"0\">",
        "<failure message=\"Changed: spec.variables[assign_public_ip].value\" type=\"changed\">inference/l40s-node.yaml:",
        "<failure message=\"Missing",
        "name=\"Workspace/gpu-fleet/training\" file=\"",
    ] {
        assert!(tests.contains(text), "{text:?} is not in:\n{tests}");
    }
    let plan = site.exits(2, "drift --format json").json();
    assert_eq!((&plan["counts"]["add"], &plan["counts"]["change"]), (&json!(1), &json!(1)));

    assert_eq!(cloud.writes(calls), [""; 0], "drift wrote something");
    assert_eq!(cloud.effect_count(), effects);
    assert_eq!(files(&site.root().join(".plumb")), ledger, "drift wrote into the ledger");

    site.exits(0, "apply --yes");
    site.exits(2, "drift").says(&["Unmanaged            Workspace/gpu-fleet/somebodys"]);
}

/// What could not be looked at is neither the same nor another: an error, and not drift.
#[test]
fn a_cloud_that_is_down_is_an_error_and_not_drift() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.exits(0, "apply --yes");
    cloud.faults(&json!([{
        "match": {"operation": "rafay.workspaces.list"}, "when": {"every": 1},
        "effect": {"type": "respond", "status": 403},
    }, {
        "match": {"operation": "rafay.workspaces.get"}, "when": {"every": 1},
        "effect": {"type": "respond", "status": 403},
    }]));
    let ran = site.exits(1, "drift --metrics ../drift.prom");
    ran.says(&["Not all could be looked at", "Not seen             Workspace/defaultproject/dev"]);
    ran.keeps_quiet_of(&["No drift. The live world", "  Blocked  "]);
    let metrics = std::fs::read_to_string(site.beside("drift.prom")).unwrap();
    assert!(metrics.contains("state=\"unseen\"} 1\n"), "{metrics}");
    let plan = site.exits(1, "drift --format json").json();
    assert_eq!((&plan["complete"], &plan["coverage"]), (&json!(false), &json!("whole")));
}

/// Nothing is said about the whole after a look at a part.
#[test]
fn a_part_is_not_the_whole() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.write("two.yaml", &workspace("two"));
    site.exits(0, "apply --yes");
    site.exits(0, "plan").says(&["Everything in stack fleet is as its manifests say."]);
    let part = "What was looked at of stack fleet is as its manifests say.";
    for of in ["--target Workspace/dev", "--exclude Workspace/two", "dev.yaml"] {
        site.exits(0, &format!("plan {of}")).says(&[part]).keeps_quiet_of(&["Everything"]);
        site.exits(0, &format!("plan --format markdown {of}")).says(&[part]);
        let plan = site.exits(0, &format!("plan --format json {of}")).json();
        assert_eq!(plan["coverage"], "part");
        let ran = site.exits(0, &format!("drift {of}"));
        ran.says(&["No drift in what was looked at"]).keeps_quiet_of(&["The live world"]);
    }
}

/// Nobody may know of it, and it is paid for.
#[test]
fn machines_that_nobody_manages_are_told_with_their_price() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    let others = Site::at(&cloud).with_documents("others", &[virtual_machine("forgotten")]);
    site.exits(0, "apply --yes");
    others.exits(0, "apply --yes");
    // Another stack's is managed.
    site.exits(0, "drift").says(&["No drift. The live world is what the manifests say."]);
    let id = site.exits(0, "get VirtualMachine forgotten -o json").json();
    let id = id["items"][0]["status"]["id"].as_str().unwrap().to_owned();
    let object = format!("voltage-park/virtual-machines/{id}");
    cloud.edit(&json!({"op": "patch", "object": object, "patch": {"tags": []}}));
    let ran = site.exits(2, "drift");
    ran.says(&["Unmanaged            VirtualMachine/forgotten: ", "it costs $1.99 an hour"]);
}

/// That one field cannot be changed does not make the other one less of a difference.
#[test]
fn what_is_blocked_and_differs_is_both() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.write("node.yaml", &machine("node", "dev", &[("assign_public_ip", "true")]));
    site.exits(0, "apply --yes");
    site.change("node.yaml", "bmaas-l40s", "bmaas-h100");
    site.change("node.yaml", "value: \"true\"", "value: \"false\"");
    let ran = site.exits(2, "drift");
    ran.says(&[
        "Changed              ComputeInstance/defaultproject/dev/node",
        "Blocked              ComputeInstance/defaultproject/dev/node",
        "spec.variables[assign_public_ip].value",
    ]);
    // What is not there is not replaced, whatever is fixed about it.
    site.write("fresh.yaml", &machine("fresh", "nowhere", &[]));
    let ran = site.exits(4, "plan --target ComputeInstance/fresh");
    ran.says(&["PL0308", "spec.computeProfile"]).keeps_quiet_of(&["forces replacement"]);
}

/// A key that is not accepted any more one morning stops everything: it is told ahead, and is no drift.
#[test]
#[expect(clippy::disallowed_methods, reason = "the command reckons by the machine's clock")]
fn a_key_that_ends_soon_is_told_ahead() {
    let cloud = Cloud::start(&json!({"time_scale": 1}));
    let mut site = Site::at(&cloud).with_workspace("dev");
    site.unset("VOLTAGE_PARK_ENDPOINT");
    site.unset("VOLTAGE_PARK_API_KEY");
    site.exits(0, "apply --yes");
    site.exits(0, "drift").keeps_quiet_of(&["PL0546"]);
    site.exits(0, "doctor").keeps_quiet_of(&["the key to rafay ends", "is accepted until"]);
    let ends = |days: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days - 1);
        cloud.knobs(
            "rafay",
            &json!({"key_expires_at": at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()}),
        );
    };
    for (days, words) in [(30, "30 days"), (7, "7 days"), (1, "a day")] {
        ends(days);
        let told = site.exits(0, "drift --metrics ../drift.prom");
        told.says(&["No drift.", "Ends soon:", "PL0546 the key to rafay ends within "]);
        told.says(&[&format!("within {words}, at ")]);
        let metrics = std::fs::read_to_string(site.beside("drift.prom")).unwrap();
        assert!(metrics.contains("what=\"key\"} 1\n"), "{metrics}");
        let notes = site.exits(0, "drift --format json").json()["notes"].to_string();
        assert!(notes.contains("PL0546"), "{notes}");
        let doctor = site.exits(0, "doctor");
        doctor.says(&[&format!("note  key          the key to rafay ends within {words}, at ")]);
    }
    ends(400);
    site.exits(0, "drift").keeps_quiet_of(&["PL0546"]);
    site.exits(0, "doctor").says(&["ok    key          the key to rafay is accepted until "]);
}
