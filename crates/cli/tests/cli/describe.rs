//! `plumb describe`: what whoever is on call needs to know of one object, and nothing that is secret.

use crate::formats::{schema, valid};
use crate::harness::{Cloud, Site, machine, rental, stack, virtual_machine, workspace};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;

/// What the second cloud itself says below a path, read with its key.
fn asked(cloud: &Cloud, path: &str) -> Value {
    let address = cloud.endpoint.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let key = &cloud.voltage_park_key;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         authorization: Bearer {key}\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(body).unwrap()
}

#[test]
fn a_machine_is_logged_in_to_through_the_port_that_its_cloud_forwards() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    site.exits(0, "apply --yes");
    let id = cloud.the_one("virtual-machines");
    let answer = asked(&cloud, &format!("/api/v1/virtual-machines/{id}"));
    let forward = &answer["port_forwards"][0];
    assert_eq!(forward["internal_port"], 22, "{answer:#}");
    let (port, host) = (&forward["external_port"], answer["public_ip"].as_str().unwrap());
    let command = format!("ssh -p {port} ubuntu@{host}");
    for named in ["VirtualMachine box", "virtualmachine box", "VirtualMachine/box"] {
        let ran = site.exits(0, &format!("describe {named}"));
        ran.says(&[&format!(" {command}\n"), &format!("{port} leads to 22"), &id]);
    }
    let told = site.exits(0, &format!("describe VirtualMachine {id} --format json")).json();
    assert_eq!(told["access"]["ssh"], json!([{"command": command, "from": "anywhere"}]));
    let forwards = json!([{"external": port, "internal": 22}]);
    assert_eq!((&told["access"]["forwards"], &told["id"]), (&forwards, &json!(id)));
    // Nobody logs in to what is switched off.
    site.exits(0, "action stop VirtualMachine/box --yes");
    let off = site.exits(0, "describe VirtualMachine box");
    off.says(&[
        &format!("{command}   (when it is on: it is off)"),
        "action stop VirtualMachine/box",
    ]);
}

/// Every kind of every cloud, as this build lists them.
#[test]
fn every_kind_is_described() {
    const PARTNER: &str = "ra2.partner.canary-of-descriptions";
    let cloud = Cloud::start(&json!({"rafay": {"keys": [{"key": PARTNER, "partner": true}]}}));
    let mut site = Site::at(&cloud).with_example();
    site.set("PLUMB_RAFAY_API_KEY", PARTNER);
    site.exits(0, "apply --yes");
    let mut other = Site::at(&cloud).with_documents("other", &[]);
    other.set("PLUMB_RAFAY_API_KEY", PARTNER);
    other.set("PLUMB_VAR_PASSWORD", "canary-of-described-people");
    other.set("PLUMB_VAR_SECRET", "canary-of-described-rows");
    other.copy(&crate::rows::folder("whole"), "whole");
    for row in crate::rows::rows() {
        other.write(&format!("rows/{}.yaml", row.kind), &row.first);
    }
    other.exits(0, "apply --yes");
    let machine = json!({
        "apiVersion": "infra.k8smgmt.io/v3", "kind": "BaremetalMachine",
        "metadata": {"name": "metal", "project": "ml"}, "spec": {},
    });
    let inventory = "/apis/infra.k8smgmt.io/v3/projects/ml/baremetalmachines";
    cloud.asked("POST", inventory, Some(&machine));
    let help = site.exits(1, "describe Nothing x").err;
    let (_, kinds) = help.split_once("the kinds are ").unwrap();
    let kinds = kinds.lines().next().unwrap().split(", ").map(str::to_owned);
    let kinds: BTreeSet<String> = kinds.collect();
    let names = site.exits(0, "get --all -o name").out;
    let schema = schema("describe");
    let mut described = BTreeSet::new();
    for address in names.lines() {
        let kind = address.split_once('/').unwrap().0.to_owned();
        if !described.insert(kind.clone()) {
            continue;
        }
        let told = site.exits(0, &format!("describe {address} --format json")).json();
        valid(&schema, &told, address);
        assert_eq!(told["address"], address);
        assert!(["ready", "none"].contains(&told["phase"].as_str().unwrap()), "{told:#}");
        let state = told["drift"]["state"].as_str().unwrap();
        assert!(["same", "not_declared"].contains(&state), "{address} {:#}", told["drift"]);
        let price = &told["price"];
        assert!(!price["because"].as_str().unwrap().is_empty(), "{address} {price:#}");
        assert_eq!(price["hourly"].is_null(), price["monthly"].is_null(), "{address} {price:#}");
        assert!(!told["owner"]["because"].as_str().unwrap().is_empty(), "{told:#}");
        let human = site.exits(0, &format!("describe {address}"));
        human.says(&["Object\n", "Money\n", "Whose\n", "Drift\n", address]);
        let yaml = site.exits(0, &format!("describe {address} --format yaml")).out;
        let read: Value = serde_yaml::from_str(&yaml).unwrap();
        assert_eq!(read["address"], address);
    }
    assert_eq!(described, kinds);
}

#[test]
fn an_instance_is_described_with_contract_owner_run_and_drift() {
    let cloud = Cloud::start(&json!({}));
    let node = machine("node", "dev", &[("assign_public_ip", "true")]).replace("\"1\"", "\"12\"");
    let site = Site::at(&cloud).with_documents("fleet", &[workspace("dev"), node]);
    let book = "  prices:\n    - {kind: ComputeInstance, hourly: \"10\"}";
    site.write("plumb.yaml", &stack("fleet", book));
    site.exits(0, "apply --yes");
    let line = "describe ComputeInstance/defaultproject/dev/node";
    let told = site.exits(0, &format!("{line} --format json")).json();
    let contract = &told["contract"];
    assert_eq!((&contract["months"], &contract["months_left"]), (&json!(12), &json!(12)));
    let hourly: f64 = told["price"]["hourly"].as_str().unwrap().parse().unwrap();
    let owed: f64 = contract["owed"].as_str().unwrap().parse().unwrap();
    assert!((owed - hourly * 730.0 * 12.0).abs() < 0.01, "{told:#}");
    assert_eq!((&told["owner"]["stack"], &told["owner"]["ours"]), (&json!("fleet"), &json!(true)));
    assert_eq!(told["last_run"]["command"], "apply");
    assert_eq!(told["last_run"]["did"], json!(["created", "published"]), "{told:#}");
    assert_eq!(told["drift"]["state"], "same", "{:#}", told["drift"]);
    let public = told["access"]["public"][0].as_str().unwrap();
    assert_eq!(told["access"]["ssh"][0]["command"], format!("ssh ubuntu@{public}"));

    cloud.edit(&json!([
        {"op": "patch", "object": "ComputeInstance/defaultproject/dev/node", "patch":
            {"spec": {"variables": [{"name": "assign_public_ip", "value": "false"}]}}},
        {"op": "republish", "object": "ComputeInstance/defaultproject/dev/node"},
    ]));
    let shown = site.exits(0, line);
    let inside = "(from inside its network)";
    shown.says(&["it differs", "apply would", "update, publish", "12 months left", "owed", inside]);
    shown.says(&["~ spec.variables[assign_public_ip].value: \"false\" -> \"true\""]);
    let told = site.exits(0, &format!("{line} --format json")).json();
    let field = json!({"path": "spec.variables[assign_public_ip].value", "live": "false",
                       "declared": "true"});
    assert_eq!(told["drift"]["fields"], json!([field]));

    // Another stack says whose it is, and compares nothing.
    site.write("plumb.yaml", &stack("other", ""));
    site.write("fleet.yaml", &workspace("else"));
    let elsewhere = format!("{line} --ledger ../other");
    let other = site.exits(0, &elsewhere);
    other.says(&["the stack fleet: its mark says so", "not declared", "since when is not in this"]);
    // Neither does one whose manifests have mistakes, or are not there.
    site.write("fleet.yaml", "apiVersion: nonsense\n");
    site.exits(0, &elsewhere).says(&["not compared: ", "PL0"]);
    site.remove("fleet.yaml");
    site.exits(0, &elsewhere).says(&["the stack fleet", "not declared: "]);
}

#[test]
fn an_output_that_may_be_a_secret_is_shown_by_its_name_alone() {
    let password = "Canary-described-5";
    let cloud = Cloud::start(&json!({"rafay": {
        "knobs": {"mask": "plaintext"}, "secrets": {"node_login_password": password},
    }}));
    let site =
        Site::at(&cloud).with_documents("fleet", &[workspace("dev"), machine("node", "dev", &[])]);
    site.exits(0, "apply --yes");
    for format in ["human", "json", "yaml"] {
        let line = format!("describe ComputeInstance node --format {format}");
        site.exits(0, &line).says(&["node_login_password"]).keeps_quiet_of(&[password]);
        let revealed = site.exits(0, &format!("{line} --reveal node_login_password"));
        revealed.says(&[password]);
    }
    let told = site.exits(0, "describe ComputeInstance node");
    told.says(&[
        "node_login_username",
        "ubuntu",
        "(hidden; --reveal node_login_password shows it)",
    ]);
    let wrong = site.exits(1, "describe ComputeInstance node --reveal password");
    wrong.says(&["it has no output \"password\"", "its outputs are"]).keeps_quiet_of(&[password]);
}

#[test]
fn what_names_nothing_or_several_is_told() {
    let cloud = Cloud::start(&json!({}));
    let documents = [workspace("dev"), rental("trainer", 8)];
    let site = Site::at(&cloud).with_documents("fleet", &documents);
    site.exits(0, "apply --yes");
    site.exits(1, "describe Workspce dev").says(&["did you mean Workspace?"]);
    site.exits(1, "describe Workspace").says(&["nothing says which Workspace to describe"]);
    site.exits(1, "describe Workspace nobody").says(&["nothing of that name was found"]);
    site.exits(1, "describe Workspace/other/dev").says(&["nothing of that name was found"]);
    cloud.edit(&json!([
        {"op": "create", "object": {"apiVersion": "paas.envmgmt.io/v1", "kind": "Workspace",
            "metadata": {"name": "dev", "project": "system-catalog"}}},
    ]));
    let several = site.exits(1, "describe Workspace dev");
    several.says(&["2 objects are called that", "Workspace/system-catalog/dev"]);
    let one = site.exits(0, "describe Workspace dev --project defaultproject");
    one.says(&["Workspace/defaultproject/dev", "this stack, fleet"]);
    let other = site.exits(0, "describe Workspace/system-catalog/dev");
    other.says(&["nobody's: it carries no mark, and this ledger does not know it"]);
}

/// When a contract ends is known to the ledger: `get` shows it where it has room.
#[test]
fn a_contract_is_shown_with_its_end_where_there_is_room() {
    let cloud = Cloud::start(&json!({}));
    let node = machine("node", "dev", &[]).replace("\"1\"", "\"6\"");
    let site = Site::at(&cloud).with_documents("fleet", &[workspace("dev"), node]);
    site.exits(0, "apply --yes");
    let wide = site.exits(0, "get ComputeInstance -o wide");
    wide.says(&["CONTRACT", ", 6 months left"]);
    let document = site.exits(0, "get ComputeInstance -o json").json()["items"][0].clone();
    let contract = &document["status"]["contract"];
    assert_eq!((&contract["months"], &contract["months_left"]), (&json!(6), &json!(6)));
    let ends: jiff::Timestamp = contract["ends"].as_str().unwrap().parse().unwrap();
    let since: jiff::Timestamp = contract["since"].as_str().unwrap().parse().unwrap();
    assert!((181..=184).contains(&(ends.duration_since(since).as_hours() / 24)), "{contract:#}");
    // Where no ledger is, none is known.
    std::fs::create_dir(site.beside("elsewhere")).unwrap();
    let elsewhere = site.exits(0, "get ComputeInstance -o wide -f ../elsewhere");
    elsewhere.says(&["node"]).keeps_quiet_of(&["CONTRACT"]);
    site.exits(0, "get Workspace -o wide").keeps_quiet_of(&["CONTRACT"]);
}
