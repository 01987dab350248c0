//! `plumb drift`: names what differs, exits with 2, writes nothing; silent when only the server's
//! habits show.

use crate::harness::{Cloud, Site, files};
use serde_json::json;

#[test]
fn an_edit_a_deletion_and_an_addition_are_named() {
    // Lists come back reordered, secrets masked, defaults added: none of it is drift.
    let cloud = Cloud::start(&json!({"knobs": {
        "shuffle_variables": true, "add_defaults": true, "merged_variables": true,
        "mask": "********", "drop_zero_values": true,
    }}));
    let site = Site::at(&cloud).with_example();
    site.exits(0, "apply --yes");
    let ledger = files(&site.root().join(".plumb"));
    let (calls, effects) = (cloud.calls(), cloud.effect_count());

    let quiet = site.exits(0, "drift");
    quiet.says(&["No drift."]);
    for knobs in [json!({"mask": "omit"}), json!({"mask": "plaintext"}), json!({"list_thin": true})]
    {
        cloud.knobs(&knobs);
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
    let plan = site.exits(2, "drift --format json").json();
    assert_eq!((&plan["counts"]["add"], &plan["counts"]["change"]), (&json!(1), &json!(1)));

    assert_eq!(cloud.writes(calls), [""; 0], "drift wrote something");
    assert_eq!(cloud.effect_count(), effects);
    assert_eq!(files(&site.root().join(".plumb")), ledger, "drift wrote into the ledger");

    site.exits(0, "apply --yes");
    site.exits(2, "drift").says(&["Unmanaged            Workspace/gpu-fleet/somebodys"]);
}
