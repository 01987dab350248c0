//! Guard rails of a stack: refused by name, line, resource and figure, before anything is sent.

use crate::harness::{Cloud, Site, machine, rental, stack, workspace};
use serde_json::json;

fn place(rental: &str, place: &str) -> String {
    rental.replace("Dallas", place)
}

#[test]
fn at_most_sixteen_gpus_is_about_what_runs_too() {
    let cloud = Cloud::start(&json!({}));
    let two = || vec![rental("one", 8), rental("two", 8)];
    let site = Site::at(&cloud).with_documents("fleet", &two());
    let rails = "  rails:\n    - name: small fleet\n      most: {gpus: 16, hourly: \"60\"}";
    site.write("plumb.yaml", &stack("fleet", rails));
    site.exits(0, "apply --yes");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);

    let third = place(&rental("three", 8), "Ashton");
    site.write("fleet.yaml", &[two(), vec![third]].concat().join("---\n"));
    let before = cloud.calls();
    let refused = site.exits(4, "apply --yes --allow-hourly 1000");
    refused.says(&[
        "PL0524",
        "small fleet (plumb.yaml:7)",
        "24 GPUs planned, and the most is 16 GPUs",
    ]);
    refused.says(&["BareMetal/one", "BareMetal/three"]);
    assert_eq!(cloud.writes(before), [""; 0]);
    let plan = site.exits(4, "plan --format json --detailed-exitcode").json();
    assert_eq!(plan["tripped"][0]["code"], "PL0524", "{:#}", plan["tripped"]);
    assert_eq!((&plan["applyable"], &plan["errored"]), (&json!(false), &json!(true)));

    // What only takes away passes, and what is left counts.
    site.write("fleet.yaml", &rental("one", 8));
    site.exits(0, "apply --yes --prune");
    let swapped = [rental("one", 8), place(&rental("four", 8), "Ashton")];
    site.write("fleet.yaml", &swapped.join("---\n"));
    site.exits(0, "apply --yes");
}

#[test]
fn places_names_and_contracts_have_rails() {
    let cloud = Cloud::start(&json!({}));
    let node = machine("node", "dev", &[]);
    let documents = [workspace("dev"), node, rental("one", 8)];
    let site = Site::at(&cloud).with_documents("fleet", &documents);
    let instance = "ComputeInstance/defaultproject/dev/node";
    for (rail, says) in [
        (
            "kind: BareMetal, among: {spec.location_id: [Ashton]}",
            ["BareMetal/one", "spec.location_id is \"Dallas\", and Ashton is allowed"],
        ),
        ("kind: BareMetal, has: {spec.tags: [team]}", ["BareMetal/one", "has no spec.tags"]),
        ("like: {metadata.name: \"*e*\"}", ["", ""]),
        ("kind: Workspace, like: {metadata.name: \"ml-*\"}", ["dev", "must look like \"ml-*\""]),
        ("mostEach: {contractMonths: 0}", [instance, "1 month, and the most is 0 months"]),
        (
            "kind: ComputeInstance, among: {spec.computeProfile.name: [gpu-vm]}",
            [instance, "spec.computeProfile.name is \"bmaas-l40s\""],
        ),
        // Nobody says how many there are.
        ("most: {gpus: 100}", [instance, "spec.gpus"]),
        ("most: {hourly: \"28.39\"}", ["$28.40 an hour planned", "the most is $28.39 an hour"]),
        ("most: {hourly: \"28.40\"}", ["", ""]),
    ] {
        site.write("plumb.yaml", &stack("fleet", &format!("  rails:\n    - {{name: r, {rail}}}")));
        if says[0].is_empty() {
            site.exits(0, "plan").says(&[" to add"]);
        } else {
            site.exits(4, "plan --detailed-exitcode").says(&["PL0524", "r (plumb.yaml:7)"]);
            site.exits(4, "apply --yes").says(&says);
        }
    }
    let said = "  rails:\n    - {name: r, most: {gpus: 16}}\n  gpus:\n    - {kind: ComputeInstance, \
                having: {spec.computeProfile.name: bmaas-l40s}, count: 8}";
    site.write("plumb.yaml", &stack("fleet", said));
    site.exits(0, "apply --yes");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}

#[test]
fn a_rail_with_a_mistake_is_refused_where_it_stands() {
    let site = Site::empty();
    for (rail, words) in [
        ("{name: r}", "it asks for nothing"),
        ("{name: r, most: {gpu: 1}}", "gpu"),
        ("{name: r, most: {gpus: many}}", "gpus"),
        ("{name: r, kind: BareMetol, most: {gpus: 1}}", "did you mean BareMetal?"),
        ("{name: r, having: {spec.a: b}, most: {gpus: 1}}", "having stands without a kind"),
        ("{name: r, among: {\"a[\": [b]}}", "spec.rails names the field"),
        ("{most: {gpus: 1}}", "name"),
    ] {
        site.write("plumb.yaml", &stack("fleet", &format!("  rails:\n    - {rail}")));
        site.exits(1, "validate").says(&["plumb.yaml:", words]);
    }
}
