//! `plumb export`: what it writes plans empty.

use crate::harness::{Cloud, Site};
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
    let missing = site.exits(1, "plan ../exported --ledger .plumb");
    missing.says(&["PL0305", "PLUMB_VAR_COMPUTE_INSTANCE_NOTEBOOK_VM_PASSWORD"]);
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
    let cloud = Cloud::start(&json!({"knobs": {"shuffle_variables": true, "list_thin": true}}));
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
