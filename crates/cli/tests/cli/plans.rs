//! What a plan contains, seen through what takes effect.

use crate::harness::{Cloud, Site, machine, stack, workspace};
use serde_json::{Value, json};

fn steps(plan: &Value) -> Vec<String> {
    let step = |step: &Value| {
        let address = step["address"].as_str().unwrap();
        format!("{} {}", step["operation"].as_str().unwrap(), address.rsplit('/').next().unwrap())
    };
    plan["operations"].as_array().unwrap().iter().map(step).collect()
}

#[test]
fn one_changed_variable_is_an_update_and_a_publish_of_that_instance() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_example();
    site.exits(0, "apply --yes");
    let effects = cloud.effect_count();
    site.change("inference/l40s-node.yaml", "value: \"true\"", "value: \"false\"");
    let plan = site.exits(2, "plan --format json --detailed-exitcode").json();
    assert_eq!(steps(&plan), ["update l40s-node-1", "publish l40s-node-1"]);
    site.exits(0, "apply --yes").says(&["Apply complete: 0 added, 1 changed, 0 destroyed."]);
    let node = "ComputeInstance/gpu-fleet/inference/l40s-node-1";
    let after: Vec<String> = cloud.effects(effects);
    assert_eq!(after, [format!("updated {node}"), format!("published {node}")]);
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}

#[test]
fn a_deleted_document_deletes_only_with_prune_and_children_first() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud);
    site.write("plumb.yaml", &stack("fleet", ""));
    site.write("stays.yaml", &workspace("stays"));
    site.write("dev.yaml", &workspace("dev"));
    site.write("node.yaml", &machine("node", "dev", &[]));
    site.exits(0, "apply --yes");
    let effects = cloud.effect_count();
    site.remove("dev.yaml");
    site.remove("node.yaml");

    let ran = site.exits(0, "apply --yes");
    ran.says(&[
        "PL0530",
        "Workspace/defaultproject/dev",
        "ComputeInstance/defaultproject/dev/node",
    ]);
    ran.says(&["prune is off", "No changes."]);
    assert_eq!(cloud.effects(effects), [""; 0]);

    // The contract has not ended, and what lives in the workspace keeps it.
    let ran = site.exits(4, "apply --yes --prune");
    ran.says(&["PL0509", "--approve-early-termination", "PL0512"]);
    assert_eq!(cloud.effects(effects), [""; 0]);

    let approve = "--prune --approve-early-termination ComputeInstance/node";
    let plan = site.exits(0, &format!("plan {approve} --format json")).json();
    assert_eq!(steps(&plan), ["delete node", "delete dev"]);
    site.exits(0, &format!("apply --yes {approve}"));
    let gone: Vec<String> =
        cloud.effects(effects).into_iter().filter(|line| line.starts_with("gone ")).collect();
    let expected =
        ["gone ComputeInstance/defaultproject/dev/node", "gone Workspace/defaultproject/dev"];
    assert_eq!(gone, expected);
    site.exits(0, "plan --prune --detailed-exitcode").says(&["No changes."]);
}

#[test]
fn a_part_of_the_stack_never_prunes_the_rest() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud);
    site.write("plumb.yaml", &stack("fleet", "  prune: true"));
    site.write("one.yaml", &workspace("one"));
    site.write("two.yaml", &workspace("two"));
    site.exits(0, "apply --yes");
    let effects = cloud.effect_count();
    site.exits(0, "apply --yes one.yaml").says(&["No changes."]);
    site.exits(1, "apply --yes --prune one.yaml").says(&["--prune needs all"]);
    assert_eq!(cloud.effects(effects), [""; 0]);
}

#[test]
fn protection_outlives_the_document() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("stays");
    let annotated = "  annotations:\n    plumb.dev/prevent-destroy: \"true\"\n";
    site.write("kept.yaml", &format!("{}{annotated}", workspace("kept")));
    site.exits(0, "apply --yes");
    let effects = cloud.effect_count();
    site.remove("kept.yaml");
    site.exits(0, "plan").says(&["PL0530"]);
    for command in ["plan --prune", "apply --yes --prune"] {
        let ran = site.exits(4, command);
        ran.says(&["PL0505", "Workspace/defaultproject/kept", "prevent-destroy"]);
    }
    assert_eq!(cloud.effects(effects), [""; 0]);
    // Lifted by applying once without it.
    site.write("kept.yaml", &workspace("kept"));
    site.exits(0, "apply --yes");
    site.remove("kept.yaml");
    site.exits(0, "apply --yes --prune").says(&["1 destroyed"]);
}

#[test]
fn targets_excludes_and_reasons() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("one");
    site.write("two.yaml", &workspace("two"));
    let plan = site.exits(0, "plan --target Workspace/two --format json").json();
    assert_eq!(steps(&plan), ["create two"]);
    let plan = site.exits(0, "plan --exclude Workspace/two --format json").json();
    assert_eq!(steps(&plan), ["create one"]);
    site.exits(1, "plan --target Workspace/three").says(&["no resource is called Workspace/three"]);
    site.exits(0, "apply --yes");
    site.exits(0, "plan --why")
        .says(&["metadata.labels: not declared; the server added it", "No changes."]);
}
