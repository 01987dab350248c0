//! `plumb export`: what it writes plans empty.

use crate::harness::{Cloud, Site, files, rental, virtual_machine};
use serde_json::json;

#[test]
fn what_is_exported_plans_empty() {
    let cloud = Cloud::start(&json!({}));
    let mut site = Site::at(&cloud).with_example();
    site.exits(0, "apply --yes");
    let ran = site.exits(0, "export --project gpu-fleet --into ../exported");
    ran.says(&["Wrote 8 manifests"]);
    let rest = site.exits(0, "export User SSHKey StorageVolume VirtualMachine BareMetal");
    std::fs::write(site.beside("exported/rest.yaml"), &rest.out).unwrap();
    std::fs::copy(site.root().join("plumb.yaml"), site.beside("exported/plumb.yaml")).unwrap();

    // A sensitive value is never written; the manifest says where it has to come from.
    let missing = site.exits(0, "plan ../exported --ledger .plumb");
    missing.says(&["PL0539", "PLUMB_VAR_COMPUTE_INSTANCE_NOTEBOOK_VM_PASSWORD is not set"]);
    site.set("PLUMB_VAR_COMPUTE_INSTANCE_NOTEBOOK_VM_PASSWORD", "Notebook-secret-2");
    let ran = site.exits(0, "plan ../exported --ledger .plumb --detailed-exitcode");
    ran.says(&["No changes."]).keeps_quiet_of(&["Notes:", "warning"]);
    site.exits(0, "validate ../exported").says(&["Valid: 13 resources."]);

    // Without the ledger what carries the mark is taken on record again, and the rest taken over.
    let ran = site.exits(2, "plan ../exported --detailed-exitcode");
    ran.says(&[
        "Project/gpu-fleet: adopt",
        "User/researcher@example.com: adopt",
        "datasets: adopt",
    ]);
    ran.says(&["Plan: 0 to add, 13 to change, 0 to destroy."]);
}

#[test]
fn everything_can_be_exported_and_nothing_is_made_of_it() {
    let cloud =
        Cloud::start(&json!({"rafay": {"knobs": {"shuffle_variables": true, "list_thin": true}}}));
    let mut site = Site::at(&cloud).with_example();
    site.exits(0, "apply --yes");
    let ran = site.exits(0, "export");
    ran.keeps_quiet_of(&["ComputeProfile", "defaultproject", "plumb.dev/stack", "********"]);
    std::fs::create_dir(site.beside("all")).unwrap();
    std::fs::write(site.beside("all/all.yaml"), &ran.out).unwrap();
    std::fs::copy(site.root().join("plumb.yaml"), site.beside("all/plumb.yaml")).unwrap();
    site.set("PLUMB_VAR_COMPUTE_INSTANCE_NOTEBOOK_VM_PASSWORD", "Notebook-secret-2");
    let plan = site.exits(0, "plan ../all --ledger .plumb --format json").json();
    for step in plan["operations"].as_array().unwrap() {
        // Projects that nobody manages yet are offered to be taken over.
        assert_eq!(step["operation"], "adopt", "{step}");
        assert!(step["address"].as_str().unwrap().starts_with("Project.auth/"), "{step}");
    }
}

/// What is exported together refers to each other by name.
#[test]
fn references_are_by_name_where_both_are_exported() {
    let cloud = Cloud::start(&json!({}));
    let volume = "apiVersion: voltagepark.com/v1\nkind: StorageVolume\nmetadata:\n  name: data\n\
                  spec:\n  size_in_gb: 100\n";
    let mounted = rental("trainer", 8) + "  storage_id: data\n";
    let site = Site::at(&cloud).with_documents("fleet", &[volume.to_owned(), mounted]);
    site.exits(0, "apply --yes");
    site.exits(0, "export --into ../exported").says(&["Wrote "]);
    let text = std::fs::read_to_string(site.beside("exported/baremetal/trainer.yaml")).unwrap();
    assert!(text.contains("storage_id: data"), "{text}");
    site.exits(0, "export BareMetal").says(&["storage_id: "]).keeps_quiet_of(&["storage_id: data"]);
    let plan = site.exits(0, "plan ../exported --ledger .plumb --format json").json();
    let steps = plan["operations"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["operation"] == "adopt"), "{steps:#?}");
    assert_eq!(plan["blocked"], json!([]));
}

/// Machines that nobody manages, two of one name and two whose names differ in case, and those of
/// another stack.
#[test]
fn machines_of_nobody_are_bound_by_their_ids_and_nothing_is_written_over() {
    let cloud = Cloud::start(&json!({}));
    let machines = ["dev", "Dev", "second"].map(virtual_machine);
    let made =
        Site::at(&cloud).with_documents("made", &[&machines[..], &[rental("trainer", 8)]].concat());
    let others = Site::at(&cloud).with_documents("others", &[virtual_machine("theirs")]);
    made.exits(0, "apply --yes");
    others.exits(0, "apply --yes");
    let forget = |kind: &str, name: &str, patch: &serde_json::Value| {
        let shown = made.exits(0, &format!("get {kind} {name} -o json")).json();
        let id = shown["items"][0]["status"]["id"].as_str().unwrap().to_owned();
        let collection = if kind == "BareMetal" { "bare-metal" } else { "virtual-machines" };
        let object = format!("voltage-park/{collection}/{id}");
        cloud.edit(&json!({"op": "patch", "object": object, "patch": patch}));
    };
    for name in ["dev", "Dev"] {
        forget("VirtualMachine", name, &json!({"tags": []}));
    }
    forget("VirtualMachine", "second", &json!({"tags": [], "name": "dev"}));
    forget("BareMetal", "trainer", &json!({"tags": []}));

    let site = Site::at(&cloud);
    let ran = site.exits(0, "export --into ../exported");
    ran.says(&["note: VirtualMachine/theirs belongs to the stack others and is left out"]);
    ran.says(&["Wrote "]);
    let written = files(&site.beside("exported"));
    let of_machines: Vec<String> = written
        .keys()
        .filter_map(|path| path.strip_prefix(site.beside("exported/virtualmachine")).ok())
        .map(|path| path.to_string_lossy().to_lowercase())
        .collect();
    assert_eq!(of_machines.len(), 3, "{of_machines:?}");
    let apart: std::collections::BTreeSet<&String> = of_machines.iter().collect();
    assert_eq!(apart.len(), 3, "{of_machines:?}");
    for (path, bytes) in
        written.iter().filter(|(path, _)| path.extension().is_some_and(|it| it == "yaml"))
    {
        let text = String::from_utf8_lossy(bytes);
        assert!(text.starts_with("# yaml-language-server: $schema="), "{}", path.display());
    }
    let bound = written
        .values()
        .filter(|bytes| String::from_utf8_lossy(bytes).contains("plumb.dev/remote-id: "));
    assert_eq!(bound.count(), 4);

    let ran = site.exits(1, "export --into ../exported");
    ran.says(&["are there already", "--force", "nothing was written"]);
    assert_eq!(files(&site.beside("exported")), written);
    site.exits(0, "export --into ../exported --force");

    let plan = site.exits(0, "plan ../exported --format json").json();
    let empty = json!([]);
    assert_eq!((&plan["blocked"], &plan["tripped"]), (&empty, &empty), "{plan:#}");
    let steps = plan["operations"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["operation"] == "adopt"), "{steps:#?}");
    site.exits(0, "apply ../exported --yes").says(&["Apply complete: 0 added"]);
    site.exits(0, "plan ../exported --detailed-exitcode").says(&["No changes."]);
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 4);
}
