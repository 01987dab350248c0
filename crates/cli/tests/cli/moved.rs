//! Another name for the same thing: renamed where that can be, and never made a second time.

use crate::harness::{Cloud, Site, virtual_machine, workspace};
use serde_json::json;

fn annotated(document: &str, annotation: &str) -> String {
    let (head, spec) = document.split_once("spec:").unwrap();
    format!("{head}  annotations: {{{annotation}}}\nspec:{spec}")
}

fn moved(from: &str, to: &str) -> String {
    annotated(&virtual_machine(to), &format!("plumb.dev/moved-from: {from}"))
}

fn two(cloud: &Cloud) -> Site {
    let both = [virtual_machine("box"), virtual_machine("crate")];
    let site = Site::at(cloud).with_documents("fleet", &both);
    site.exits(0, "apply --yes");
    site
}

const MACHINES: &str = "voltage-park/virtual-machines";

#[test]
fn a_renamed_document_renames_its_machine() {
    let cloud = Cloud::start(&json!({}));
    let site = two(&cloud);
    site.write("fleet.yaml", &[virtual_machine("chest"), virtual_machine("crate")].join("---\n"));
    // Without a word it is another machine, and that it may be the same one is said.
    let ran = site.exits(0, "plan --prune");
    ran.says(&["PL0538 VirtualMachine/chest: VirtualMachine/box is no longer declared"]);
    ran.says(&["plumb.dev/moved-from: box", "1 to add, 0 to change, 1 to destroy"]);

    // All of the stack has another name, and nothing of it is gone.
    let both = [moved("box", "chest"), moved("crate", "barrel")];
    site.write("fleet.yaml", &both.join("---\n"));
    let plan = site.exits(0, "plan --prune");
    plan.says(&["metadata.name: \"box\" -> \"chest\"", "0 to add, 2 to change, 0 to destroy"]);
    plan.keeps_quiet_of(&["PL0521", "PL0538", "PL0534"]);
    site.exits(0, "apply --yes --prune").says(&["Apply complete: 0 added, 2 changed"]);
    assert_eq!(cloud.made(MACHINES), 2);
    assert!(!cloud.effects(0).iter().any(|effect| effect.starts_with("deleted")));
    let names = site.exits(0, "get VirtualMachine -o name").out;
    assert_eq!(names, "VirtualMachine/barrel\nVirtualMachine/chest\n");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    // Done is done: the annotation may stay, and may go.
    site.write("fleet.yaml", &[virtual_machine("chest"), virtual_machine("barrel")].join("---\n"));
    site.exits(0, "plan --detailed-exitcode --prune").says(&["No changes."]);
}

/// What is there under another name, by its id, is not gone.
#[test]
fn an_id_that_is_named_counts_as_there() {
    let cloud = Cloud::start(&json!({}));
    let site = two(&cloud);
    let list = site.exits(0, "get VirtualMachine -o json").json();
    let bound = |at: usize, name: &str| {
        let id = list["items"][at]["status"]["id"].as_str().unwrap();
        annotated(&virtual_machine(name), &format!("plumb.dev/remote-id: {id}"))
    };
    site.write("fleet.yaml", &[bound(0, "chest"), bound(1, "barrel")].join("---\n"));
    let plan = site.exits(0, "plan --prune");
    plan.says(&["0 to add, 2 to change, 0 to destroy"]).keeps_quiet_of(&["PL0521", "PL0534"]);
    site.exits(0, "apply --yes --prune");
    assert_eq!(cloud.made(MACHINES), 2);
    assert!(!cloud.effects(0).iter().any(|effect| effect.starts_with("deleted")));
    site.exits(0, "plan --detailed-exitcode --prune").says(&["No changes."]);
}

#[test]
fn what_cannot_be_renamed_is_not_made_a_second_time() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("one");
    site.exits(0, "apply --yes");
    let renamed = workspace("two") + "  annotations: {plumb.dev/moved-from: one}\n";
    site.write("one.yaml", &renamed);
    let ran = site.exits(4, "apply --yes --prune");
    ran.says(&["PL0504", "it was Workspace/defaultproject/one, which cannot be renamed"]);

    // Nor is what the ledger does not know.
    let site = two(&cloud);
    std::fs::remove_dir_all(site.root().join(".plumb")).unwrap();
    let both = [moved("box", "chest"), virtual_machine("crate")];
    site.write("fleet.yaml", &both.join("---\n"));
    let ran = site.exits(4, "apply --yes");
    ran.says(&["PL0501 it was VirtualMachine/box, which is there and not on record"]);
    ran.says(&["plumb.dev/remote-id: "]);
    assert_eq!(cloud.made(MACHINES), 2);
}
