//! The example repository, from nothing to all of it up, and then nothing to do.

use crate::harness::{Cloud, Ran, Site};
use serde_json::{Value, json};
use std::path::Path;

#[test]
fn it_comes_up_in_order_and_then_there_is_nothing_to_do() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_example();
    let ran = site.exits(0, "apply --yes");
    ran.says(&["Apply complete: 13 added, 0 changed, 0 destroyed."]);
    expected("apply.txt", &ran.out);

    let effects = cloud.effects(0);
    let at = |effect: &str| {
        let found = effects.iter().position(|line| line.starts_with(effect));
        found.unwrap_or_else(|| panic!("no {effect} in {effects:#?}"))
    };
    assert!(at("created Project/") < at("created Workspace/"));
    assert!(at("published Service/") < at("created ComputeInstance/"));
    let rented = at("created voltage-park/bare-metal/");
    assert!(at("created voltage-park/ssh-keys/") < rented);
    assert!(at("created voltage-park/storage/") < rented);
    for effect in cloud.raw_effects(0) {
        let computes = effect["object"].as_str().unwrap().starts_with("ComputeInstance/");
        if effect["kind"] == "published" && computes {
            assert_eq!(effect["detail"]["vpcDeployed"], true, "{effect}");
        }
    }
    assert!(cloud.creates().values().all(|count| *count == 1), "{:?}", cloud.creates());

    let (calls, count) = (cloud.calls(), cloud.effect_count());
    let again = site.exits(0, "apply --yes");
    again.says(&["No changes."]);
    assert!(cloud.calls() > calls);
    assert_eq!(cloud.writes(calls), [""; 0]);
    assert_eq!(cloud.effect_count(), count);
    site.exits(0, "plan --detailed-exitcode");
}

/// What the README shows first: no connection, no secret, one command.
#[test]
fn the_sandbox_inside_needs_nothing_else() {
    let mut site = Site::empty().with_example();
    site.variables.clear();
    let world = site.beside("world");
    let apply = ["apply", "--sandbox", "--yes", "--sandbox-data", world.to_str().unwrap()];
    let first = site.plumb(&apply);
    assert_eq!(first.code, 0, "{}", first.all());
    first.says(&["Apply complete: 13 added", "PLUMB_VAR_NOTEBOOK_PASSWORD is not set"]);
    let made = look_inside(&world);
    assert_eq!(made.iter().filter(|effect| effect.starts_with("created ")).count(), 13);

    let again = site.plumb(&apply);
    assert_eq!(again.code, 0, "{}", again.all());
    again.says(&["No changes."]);
    assert_eq!(look_inside(&world), made);
    assert!(!site.root().join(".plumb").exists(), "a rehearsal touched the repository");
}

fn look_inside(world: &Path) -> Vec<String> {
    let cloud = Cloud::of_folder(world);
    for effect in cloud.raw_effects(0) {
        let computes = effect["object"].as_str().unwrap().starts_with("ComputeInstance/");
        assert!(!computes || effect["detail"]["vpcDeployed"] != Value::Bool(false), "{effect}");
    }
    cloud.effects(0)
}

#[test]
fn its_plan_reads_well_in_every_format() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_example();
    expected("plan.txt", &site.exits(0, "plan").out);
    expected("plan.md", &site.exits(0, "plan --format markdown").out);
    let ran = site.exits(2, "plan --format json --detailed-exitcode --json-into ../plan.json");
    let plan = ran.json();
    assert_eq!(plan["counts"]["add"], 13, "{plan}");
    assert_eq!(plan["resource_changes"].as_array().unwrap().len(), 13);
    let beside = std::fs::read_to_string(site.beside("plan.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&beside).unwrap(), plan);
    assert_eq!(cloud.writes(0), [""; 0], "a plan wrote something");
    assert!(!site.root().join(".plumb").exists(), "a plan wrote a ledger");
}

#[test]
fn destroying_it_needs_its_name_and_respects_protection() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_example();
    site.exits(0, "apply --yes");
    let before = cloud.effect_count();
    let early = "--approve-early-termination ComputeInstance/l40s-node-1";
    let ran = site.exits(1, &format!("destroy {early}"));
    ran.says(&["nobody can be asked", "--confirm gpu-fleet"]);
    site.exits(1, &format!("destroy {early} --confirm another")).says(&["another", "gpu-fleet"]);
    assert_eq!(cloud.effect_count(), before);
    let ran = site.exits(4, &format!("destroy {early} --confirm gpu-fleet"));
    ran.says(&["PL0505", "h100-node-1"]);
    let gone: Vec<String> =
        cloud.effects(before).into_iter().filter(|effect| effect.starts_with("gone ")).collect();
    assert!(!gone.iter().any(|effect| effect.contains("h100-node-1")), "{gone:#?}");
    assert!(!gone.iter().any(|effect| effect.contains("Project/")), "{gone:#?}");
}

/// Compares with a file of `tests/expected`; `INSTA_UPDATE=always` writes it. The cloud is at another
/// port each time, and so the fingerprint is another.
#[track_caller]
fn expected(name: &str, text: &str) {
    let text = match text.split_once("plumb1_") {
        Some((before, after)) => {
            let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
            format!("{before}plumb1_FINGERPRINT{}", after.get(digits..).unwrap_or_default())
        }
        None => text.to_owned(),
    };
    insta::with_settings!({
        snapshot_path => "../expected", prepend_module_to_snapshot => false, omit_expression => true
    }, { insta::assert_snapshot!(name, text) });
}

/// A reader that goes away early ends the printing, not the run.
#[test]
fn a_closed_pipe_is_no_panic() {
    let site = Site::empty();
    let mut child = site.command(&["explain"]).spawn().unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut err).unwrap();
    let code = child.wait().unwrap().code();
    let ran = Ran { code: code.unwrap_or(-1), out: String::new(), err };
    ran.keeps_quiet_of(&["panicked"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}
