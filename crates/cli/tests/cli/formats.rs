//! What programs read: every report in JSON is what its schema says, and a form that a command has
//! not is refused. Where manifests are is said the same way everywhere.

use crate::harness::{Cloud, Site, rental, virtual_machine, workspace};
use serde_json::{Value, json};
use std::path::Path;

/// Two machines that cost money, and a workspace that does not.
fn fleet(cloud: &Cloud) -> Site {
    let documents = [rental("trainer", 16), virtual_machine("box"), workspace("dev")];
    let site = Site::at(cloud).with_documents("fleet", &documents);
    site.exits(0, "apply --yes");
    site
}

pub(crate) fn schema(name: &str) -> jsonschema::Validator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let text = std::fs::read_to_string(folder.join(format!("{name}.schema.json"))).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

#[track_caller]
pub(crate) fn valid(schema: &jsonschema::Validator, value: &Value, line: &str) {
    let mistakes: Vec<String> = schema.iter_errors(value).map(|it| it.to_string()).collect();
    assert_eq!(mistakes, [""; 0], "{line}\n{value:#}");
}

#[test]
fn every_report_is_what_its_schema_says() {
    let cloud = Cloud::start(&json!({}));
    let site = fleet(&cloud);
    let runs = site.exits(0, "history --format json").json();
    let run = runs["runs"][0]["run"].as_str().unwrap();
    let charged = site.exits(0, "cost transactions --format json").json();
    let month = charged["accounts"][0]["transactions"][0]["at"].as_str().unwrap();
    let month = month.get(..7).unwrap();
    for (line, name) in [
        ("get", "get"),
        ("get VirtualMachine box", "get"),
        ("get VirtualMachine --show-secrets", "get"),
        ("get Service", "get"),
        ("describe VirtualMachine box", "describe"),
        ("history", "history"),
        (&format!("history {run}"), "history"),
        ("graph", "graph"),
        ("doctor", "doctor"),
        ("export", "export"),
        ("explain", "explain"),
        ("explain PL0501", "explain"),
        ("catalog", "catalog"),
        ("cost", "cost"),
        ("cost transactions", "transactions"),
        (&format!("cost report {month}"), "transactions"),
        ("plan", "plan"),
        ("drift", "plan"),
    ] {
        let schema = schema(name);
        let value = site.exits(0, &format!("{line} --format json")).json();
        valid(&schema, &value, line);
        assert!(!schema.is_valid(&json!({})), "{name} says nothing");
    }
}

/// What a command did is data as well.
#[test]
fn what_was_done_is_what_its_schema_says() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud);
    let did = |line: &str, name: &str| {
        let value = site.exits(0, &format!("{line} --format json")).json();
        valid(&schema(name), &value, line);
        value
    };
    let named = did("init . --stack fleet", "init");
    let text = std::fs::read_to_string(site.root().join("plumb.yaml")).unwrap();
    assert!(text.contains(named["id"].as_str().unwrap()), "{named:#}\n{text}");
    assert_eq!((&named["name"], &named["file"]), (&json!("fleet"), &json!("./plumb.yaml")));
    site.write("box.yaml", &virtual_machine("box"));
    site.exits(0, "apply --yes");

    let stopped = did("action stop VirtualMachine/box --yes", "action");
    let whole = json!({
        "address": "VirtualMachine.voltagepark.com/box", "action": "stop", "nodes": [], "outcome": "done", "failure": null,
    });
    assert_eq!(stopped, whole);
    cloud.faults(&json!({
        "match": {"method": "PUT"}, "when": {"every": 1},
        "effect": {"type": "respond", "status": 422, "body": "{\"detail\": \"out of stock\"}"},
    }));
    let ran = site.exits(3, "action start VirtualMachine/box --yes --format json");
    let failed = ran.json();
    valid(&schema("action"), &failed, "action start");
    assert_eq!(
        (&failed["outcome"], &failed["failure"]["said"]),
        (&json!("failed"), &json!("out of stock"))
    );
    cloud.control("DELETE", "faults", None);

    assert_eq!(did("unlock", "unlock")["cleared"], Value::Null);
    let copied = did("ledger copy .plumb ../copy", "ledger-copied");
    assert_eq!(copied["resources"], 1);
    did("ledger push --ledger ../pushed", "ledger-copied");
}

#[test]
fn every_line_of_an_event_log_is_what_its_schema_says_and_has_its_time() {
    let cloud = Cloud::start(&json!({}));
    let site =
        Site::at(&cloud).with_documents("fleet", &[virtual_machine("box"), workspace("dev")]);
    cloud.faults(&json!({
        "match": {"method": "POST"}, "when": {"nth": 1},
        "effect": {"type": "respond", "status": 422, "body": "{\"detail\": \"no\"}"},
    }));
    site.exits(3, "apply --yes --events ../first");
    site.exits(0, "apply --yes --events ../second");
    site.exits(0, "action stop VirtualMachine/box --yes --events ../third");
    let schema = schema("event");
    for name in ["first", "second", "third"] {
        let text = std::fs::read_to_string(site.beside(name)).unwrap();
        let mut last = String::new();
        for line in text.lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            valid(&schema, &event, line);
            let at = event["at"].as_str().unwrap().to_owned();
            at.parse::<jiff::Timestamp>().unwrap();
            assert!(!schema.is_valid(&json!({"event": event["event"]})), "{line}");
            last = event["event"].as_str().unwrap().to_owned();
        }
        assert_eq!(last, "run_finished", "{name}: {text}");
    }
}

/// Manifests in JSON are manifests.
#[test]
fn an_export_in_json_is_a_stack() {
    let cloud = Cloud::start(&json!({}));
    let site = fleet(&cloud);
    let exported = site.exits(0, "export --owned --format json");
    let manifest = schema("plumb");
    let items = exported.json()["items"].as_array().unwrap().clone();
    assert_eq!(items.len(), 3, "{items:#?}");
    for item in &items {
        valid(&manifest, item, "export");
    }
    site.write("fleet.yaml", &exported.out);
    site.exits(0, "plan --detailed-exitcode");
}

#[test]
fn numbers_are_numbers_amounts_are_text_and_times_are_times() {
    let cloud = Cloud::start(&json!({}));
    let site = fleet(&cloud);
    let catalog = site.exits(0, "catalog --format json").json();
    assert_eq!(catalog["currency"], "USD");
    let row = &catalog["providers"][0]["sections"][0]["rows"][0];
    assert!(row["gpus"].is_u64(), "{row:#}");
    let price: f64 = row["compute_hourly"].as_str().unwrap().parse().unwrap();
    assert!(price > 0.0, "{row:#}");
    let cost = site.exits(0, "cost --format json").json();
    assert_eq!(cost["currency"], "USD");
    assert!(cost["accounts"][1]["hourly"].as_str().unwrap().parse::<f64>().unwrap() > 0.0);
    let run = &site.exits(0, "history --format json").json()["runs"][0];
    assert_eq!((&run["done"], &run["outcome"]), (&json!(5), &json!("done")));
    for field in ["started", "ended"] {
        run[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    }
}

#[test]
fn a_form_that_a_command_has_not_is_refused() {
    let site = Site::empty().with_workspace("dev");
    for (line, forms) in [
        ("get --format markdown", "table, wide, yaml, json, name"),
        ("describe Workspace dev --format markdown", "human, json, yaml"),
        ("graph --format sarif", "dot, mermaid, json"),
        ("export --format markdown", "yaml, json"),
        ("history --format markdown", "human, json"),
        ("doctor --format sarif", "human, json"),
        ("explain --format markdown", "human, json"),
        ("catalog --format sarif", "human, json, markdown"),
        ("cost --format sarif", "human, json, markdown"),
        ("cost report 2026-01 --format sarif", "human, json, markdown"),
        ("plan --format dot", "human, json, markdown, html, sarif, junit"),
        ("init --format yaml", "human, json"),
        ("unlock --format markdown", "human, json"),
        ("resolve Workspace/dev --not-created --format yaml", "human, json"),
        ("action stop Workspace/dev --format markdown", "human, json"),
        ("ledger copy a b --format markdown", "human, json"),
        ("key delete a --format markdown", "human, json"),
    ] {
        site.exits(1, line).says(&[&format!("[possible values: {forms}]")]);
    }
    for line in ["schema", "man", "completions bash", "sandbox serve"] {
        site.exits(1, &format!("{line} --format json")).says(&["unexpected argument '--format'"]);
    }
}

/// By position where a command is about a stack; by `--manifests` or `-f` in all of them.
#[test]
fn where_manifests_are_is_said_the_same_way_everywhere() {
    let site = Site::empty().with_workspace("dev");
    let elsewhere = site.beside("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let run = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let child = site.command(&words).current_dir(&elsewhere).spawn().unwrap();
        crate::harness::finish(child)
    };
    for command in ["validate", "plan", "drift", "graph", "unlock", "apply --yes", "doctor"] {
        for place in ["../fleet", "-f ../fleet", "--manifests ../fleet"] {
            let ran = run(&format!("{command} {place} --sandbox"));
            assert!([0, 2].contains(&ran.code), "{command} {place}\n{}", ran.all());
        }
        let both = run(&format!("{command} ../fleet --manifests ../fleet"));
        assert_eq!(both.code, 1, "{command}");
        both.says(&["cannot be used with", "--manifests"]);
    }
    for command in ["history", "export", "cost", "adopt Workspace/dev --yes"] {
        let ran = run(&format!("{command} -f ../fleet --sandbox"));
        assert_eq!(ran.code, 0, "{command}\n{}", ran.all());
    }
}

/// Whatever becomes of a command: the simulated clouds finish what they are at.
#[test]
fn the_sandbox_is_stopped_also_after_an_error() {
    let site = Site::empty().with_workspace("dev");
    for (code, line) in [
        (0, "get"),
        (1, "get Nothing"),
        (1, "plan --target Workspace/other"),
        (1, "action fly Workspace/dev"),
        (1, "catalog --provider nobody"),
        (1, "apply"),
    ] {
        let ran = site.exits(code, &format!("{line} --sandbox -v"));
        assert!(ran.err.contains("the sandbox is stopped"), "{line}\n{}", ran.all());
    }
}
