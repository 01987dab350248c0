//! The bill after a run, held against what was announced.

use crate::cost::{machine_of, profile};
use crate::formats::{schema, valid};
use crate::harness::{Cloud, Site, workspace};
use serde_json::{Value, json};

/// The price rises between the plan and the end of the run: named, and no failure.
#[test]
fn a_bill_that_is_not_as_announced_is_said() {
    let cloud = Cloud::start(&json!({}));
    cloud.edit(&json!({"op": "create", "object": profile("bmaas-b200", 40.0, "USD")}));
    let site = Site::at(&cloud).with_documents("fleet", &[workspace("dev")]);
    site.exits(0, "apply --yes").keeps_quiet_of(&["announced"]);
    let node = |name: &str| machine_of(name, "bmaas-b200");
    site.write("fleet.yaml", &[workspace("dev"), node("one")].join("---\n"));
    site.exits(0, "apply --yes").says(&["what was changed costs $40.00/h, as announced."]);

    site.write("fleet.yaml", &[workspace("dev"), node("one"), node("two")].join("---\n"));
    let before = cloud.calls();
    site.exits(0, "plan");
    // After the plan of the apply, and before its last look.
    let at_call = cloud.calls() + (cloud.calls() - before) + 3;
    let dearer = json!({"op": "create", "object": profile("bmaas-b200", 41.5, "USD")});
    let edits = json!([{"at_call": at_call, "edit": dearer}]);
    cloud.control("POST", "config", Some(&json!({"out_of_band": edits})));
    let applied = site.exits(0, "apply --yes --json-into ../result.json");
    let key = "ComputeInstance/defaultproject/dev/two";
    applied.says(&["warning: what was changed costs $41.50/h, and $40.00/h was announced:"]);
    applied.says(&[&format!("{key}: $41.50/h instead of $40.00/h")]);
    let text = std::fs::read_to_string(site.beside("result.json")).unwrap();
    let result: Value = serde_json::from_str(&text).unwrap();
    let bill = &result["bill"];
    assert_eq!(
        (&bill["hourly_announced"], &bill["hourly_found"]),
        (&json!("40.0"), &json!("41.5"))
    );
    assert_eq!(bill["otherwise"][0]["hourly_found"], "41.5", "{bill:#}");
    valid(&schema("result"), &result, "apply");
    let left = site.exits(0, "plan --detailed-exitcode");
    left.says(&["No changes."]);
}
