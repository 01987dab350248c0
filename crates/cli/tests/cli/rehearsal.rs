//! `plumb rehearse`: the example is carried out in simulated clouds, without a key, without a network but
//! loopback, and without a trace; also with trouble, and beginning with an export.

use crate::formats::{schema, valid};
use crate::harness::{Cloud, Site, files, machine, stack, workspace};
use serde_json::{Value, json};

fn steps(told: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let steps = told["steps"].as_array().unwrap().iter();
    steps.map(|step| (text(&step["address"]), text(&step["operation"]))).collect()
}

/// Nothing that a rehearsal began is left, beside the manifests least of all.
#[test]
fn the_example_is_rehearsed_without_a_key_and_without_a_trace() {
    let site = Site::empty().with_example();
    let before = files(&site.root());
    let ran = site.exits(0, "rehearse . --format json");
    ran.says(&["Plan: 13 to add, 0 to change, 0 to destroy."]);
    let told = ran.json();
    valid(&schema("rehearsal"), &told, "rehearse");
    assert_eq!(files(&site.root()), before);
    assert_eq!(
        (&told["runs"], &told["left"], &told["faults"]),
        (&json!(1), &json!([]), &Value::Null)
    );
    assert_eq!(told["counts"], json!({"add": 13, "change": 0, "destroy": 0}));
    let cost = |field: &str| told["cost"][field].as_str().unwrap().parse::<f64>().unwrap();
    let (found, change) = (cost("hourly_found"), cost("hourly_change"));
    assert!(found > 70.0 && (found - change).abs() < 0.000_001, "{found} {change}");
    // What a cluster takes in the real world, and what it waits for.
    let longest = &told["resources"][0];
    let took = longest["seconds"].as_u64().unwrap();
    assert!(longest["address"].as_str().unwrap().ends_with("/train-k8s"), "{longest}");
    assert!((1_200..3_600).contains(&took), "{longest}");
    let steps = steps(&told);
    let at = |address: &str, operation: &str| {
        let wanted = (address.to_owned(), operation.to_owned());
        steps.iter().position(|step| *step == wanted).unwrap_or_else(|| panic!("{steps:#?}"))
    };
    let network = at("Service/gpu-fleet/vpc-main", "publish");
    assert!(network < at("ComputeInstance/gpu-fleet/training/train-k8s", "create"), "{steps:#?}");
}

#[test]
fn trouble_is_met_and_overcome() {
    let mut site = Site::empty().with_repeatable_example();
    // The real ledger is nowhere, and nobody asks.
    site.set("PLUMB_LEDGER", "/nowhere/at/all");
    let told = site.exits(0, "rehearse --faults 7 --format json").json();
    assert!(told["faults"]["met"].as_u64().unwrap() >= 6, "{:#}", told["faults"]);
    assert_eq!(told["left"], json!([]), "{told:#}");
    let human = site.exits(0, "rehearse --faults 7");
    human.says(&["Trouble of seed 7 was met by", "A second plan has nothing to do."]);
}

/// Only the difference to what is there is carried out, and what nobody declares any more is deleted only
/// when that is asked for.
#[test]
fn an_export_is_what_it_begins_with() {
    let cloud = Cloud::start(&json!({}));
    let documents = [workspace("dev"), workspace("old"), machine("node", "dev", &[])];
    let site = Site::at(&cloud).with_documents("fleet", &documents);
    site.exits(0, "apply --yes");
    site.exits(0, "export --owned --into ../there");
    let calls = cloud.calls();
    let more = [workspace("dev"), machine("node", "dev", &[]), machine("more", "dev", &[])];
    site.write("fleet.yaml", &more.join("---\n"));
    let told = site.exits(0, "rehearse --from ../there --format json").json();
    let more = "ComputeInstance/defaultproject/dev/more";
    let expected = ["create", "publish"].map(|step| (more.to_owned(), step.to_owned()));
    assert_eq!(steps(&told), expected, "{told:#}");
    let pruned = site.exits(0, "rehearse --from ../there --prune --format json").json();
    assert_eq!(pruned["counts"], json!({"add": 1, "change": 0, "destroy": 1}), "{pruned:#}");
    assert_eq!(cloud.calls(), calls, "an export is read, and no cloud");
    // The same from the clouds themselves, which are only read.
    let told = site.exits(0, "rehearse --live --format json").json();
    assert_eq!((steps(&told), &told["beginning"]), (expected.to_vec(), &json!("live")), "{told:#}");
    let writes = cloud.requests(calls).iter().filter(|line| !line.starts_with("GET")).count();
    assert_eq!(writes, 0);
}

/// What an export cannot have (passwords, what is used once) is as the stack declares it, and what it binds by
/// ids of the real clouds is found without them.
#[test]
fn a_whole_fleet_that_was_exported_leaves_nothing_to_do() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_example();
    site.exits(0, "apply --yes");
    // Without the ledger everything is bound by ids.
    site.exits(0, "export --ledger ../nothing --into ../there");
    let told = site.exits(0, "rehearse --from ../there --format json").json();
    assert_eq!((steps(&told), &told["left"]), (Vec::new(), &json!([])), "{told:#}");
    assert_eq!(told["counts"], json!({"add": 0, "change": 0, "destroy": 0}));
}

/// It ends as the apply would end.
#[test]
fn what_stops_an_apply_stops_a_rehearsal() {
    let site =
        Site::empty().with_documents("fleet", &[workspace("dev"), machine("node", "dev", &[])]);
    site.write("plumb.yaml", &stack("fleet", "  limits: {hourly: \"1.00\"}"));
    let ran = site.exits(4, "rehearse");
    ran.says(&["In the way:", "PL0522", "A second plan would still do:"]);
    site.exits(0, "rehearse --allow-hourly 10 --format markdown")
        .says(&["### In this order", "| 1 |"]);
    // What the simulated clouds do not offer is named, with what to do.
    site.write("seed/one.yaml", &machine("odd", "nowhere", &[]));
    let ran = site.exits(1, "rehearse fleet.yaml --from seed --allow-hourly 10");
    ran.says(&["the simulated clouds cannot begin with it", "--world"]);
    site.exits(1, "rehearse --from seed --live").says(&["cannot be used with"]);
    site.exits(1, "rehearse - --stack fleet --live")
        .says(&["standard input cannot be read beside"]);
}
