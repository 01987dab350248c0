//! What the clouds offer and what they charge: `plumb catalog`, `plumb cost`, and the details of
//! `plumb get`.

use crate::harness::{Cloud, Site, rental, virtual_machine, workspace};
use serde_json::{Value, json};

const VOLUME: &str = "apiVersion: voltagepark.com/v1\nkind: StorageVolume\nmetadata:\n  name: \
                      data\nspec:\n  size_in_gb: 100\n";

/// One of each that costs money, and a Rafay workspace that does not.
fn rented(cloud: &Cloud) -> Site {
    let documents =
        [rental("trainer", 16), virtual_machine("box"), VOLUME.to_owned(), workspace("dev")];
    let site = Site::at(cloud).with_documents("fleet", &documents);
    site.exits(0, "apply --yes");
    site
}

fn section<'v>(catalog: &'v Value, title: &str) -> &'v Vec<Value> {
    let sections = catalog["providers"][0]["sections"].as_array().unwrap();
    let found = sections.iter().find(|section| section["title"] == title);
    found.unwrap_or_else(|| panic!("{catalog:#}"))["rows"].as_array().unwrap()
}

#[test]
fn the_catalog_has_three_forms() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud);
    let human = site.exits(0, "catalog");
    human.says(&["Virtual machine presets", "Bare-metal locations", "h100-sxm5-80gb", "Dallas"]);
    human.says(&["$1.89", "$2.49", "TensorML 24 Everything"]);
    let markdown = site.exits(0, "catalog --format markdown");
    markdown.says(&["### Bare-metal locations", "| --- |"]);
    let catalog = site.exits(0, "catalog --format json --provider voltage-park").json();
    assert_eq!(catalog["providers"][0]["provider"], "voltage-park");
    let presets = section(&catalog, "Virtual machine presets");
    assert_eq!(presets.len(), 4, "{catalog:#}");
    assert!(presets.iter().all(|preset| preset["id"].as_str().unwrap().len() == 36));
    assert_eq!(section(&catalog, "Bare-metal locations").len(), 2);
    site.exits(1, "catalog --format sarif").says(&["possible values: human, json, markdown"]);
    site.exits(1, "catalog --provider voltage-prk").says(&["did you mean voltage-park?"]);
    assert_eq!(cloud.writes(0), [""; 0]);
}

/// Stock that goes is seen to go.
#[test]
fn the_catalog_shows_what_is_left() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud);
    let free = || {
        let catalog = site.exits(0, "catalog --format json").json();
        let rows = section(&catalog, "Bare-metal locations").clone();
        let dallas = rows.into_iter().find(|row| row["city"] == "Dallas").unwrap();
        dallas["infiniband_free"].as_u64().unwrap()
    };
    let before = free();
    rented(&cloud);
    assert_eq!(free(), before - 16);
}

#[test]
fn what_runs_is_shown_with_its_price_and_its_owner() {
    let cloud = Cloud::start(&json!({}));
    let site = rented(&cloud);
    cloud.edit(&json!({"op": "create", "object": {
        "kind": "voltage-park/virtual-machines", "name": "somebodys",
        "config_id": "928dc7be-5236-49a7-9d7d-c01ba6d783f5",
        "tags": [],
    }}));
    let human = site.exits(0, "cost");
    human.says(&["BareMetal", "trainer", "$39.84", "(nobody)", "somebodys", "Everything listed"]);
    let lines: Vec<&str> = human.out.lines().collect();
    let column = |line: &str| line.find('$').map(|at| at + line[at..].find('.').unwrap());
    let listed = lines.iter().skip_while(|line| !line.starts_with("voltage-park"));
    let listed = listed.skip(1).take_while(|line| !line.starts_with("What stopping"));
    let rates: Vec<_> = listed.filter_map(|line| column(line)).collect();
    assert!(rates.windows(2).all(|pair| pair[0] == pair[1]), "{}", human.out);

    let account = &site.exits(0, "cost --format json").json()["accounts"][1];
    let names: Vec<&str> = account["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|resource| resource["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["trainer", "somebodys", "box", "data"], "{account:#}");
    let stacks: Vec<&Value> =
        account["resources"].as_array().unwrap().iter().map(|found| &found["stack"]).collect();
    assert_eq!(stacks, [&json!("fleet"), &Value::Null, &json!("fleet"), &json!("fleet")]);
    assert_eq!(account["hourly"], account["listed_hourly"]);
    assert_eq!(account["unexplained"], Value::Null);
    site.exits(0, "cost --format markdown").says(&["| BareMetal/trainer | $39.84 |", "| ---: |"]);
    assert_eq!(cloud.writes(0).iter().filter(|line| !line.starts_with("POST")).count(), 0);
}

/// A list that lags hides what is billed: that is said in words.
#[test]
fn a_bill_for_more_than_is_listed_is_said() {
    let cloud = Cloud::start(&json!({}));
    let site = rented(&cloud);
    cloud.knobs("voltage-park", &json!({"create_visibility_lag": {"seconds": 100_000_000}}));
    cloud.edit(&json!({"op": "create", "object": {
        "kind": "voltage-park/virtual-machines", "name": "hidden",
        "config_id": "c6fd6253-cbb6-4ea8-a20c-47644b431f1c",
    }}));
    site.exits(0, "cost").says(&["$1.99 an hour", "something no list shows"]);
    let found = site.exits(0, "cost --format json").json();
    assert_eq!(found["accounts"][1]["unexplained"]["surplus"], "1.990000", "{found:#}");
    site.exits(0, "doctor").says(&["note  bill", "no list shows"]);
}

#[test]
fn charges_are_filtered_and_months_are_accounted() {
    let cloud = Cloud::start(&json!({}));
    let site = rented(&cloud);
    let all = site.exits(0, "cost transactions").out;
    assert!(all.contains("baremetal_charge") && all.contains("stripe_deposit"), "{all}");
    let some = site.exits(0, "cost transactions --type baremetal --format json").json();
    let kinds = |value: &Value| -> Vec<String> {
        let charges = value["accounts"][0]["transactions"].as_array().unwrap();
        charges.iter().map(|charge| charge["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&some), ["baremetal_charge"], "{some:#}");
    let old = site.exits(0, "cost transactions --until 2001-01-01 --format json").json();
    assert_eq!(kinds(&old), [""; 0], "{old:#}");
    let requests = cloud.requests(0);
    let sent = |text: &str| requests.iter().any(|request| request.contains(text));
    assert!(sent("types=baremetal") && sent("latest=2001-01-01"), "{requests:#?}");
    site.exits(1, "cost transactions --since 2026-02-01 --until 2026-01-01").says(&["before"]);

    let first = &site.exits(0, "cost transactions --format json").json()["accounts"][0];
    let month = first["transactions"][0]["at"].as_str().unwrap().get(..7).unwrap().to_owned();
    site.exits(0, &format!("cost report {month}")).says(&["at the beginning", "at the end"]);
    let report = site.exits(0, &format!("cost report {month} --format json")).json();
    assert_eq!(report["accounts"][0]["month"], month.as_str());
    assert!(report["accounts"][0]["transactions"].as_array().unwrap().len() >= 3, "{report:#}");
    for wrong in ["2026", "2026-13", "2026-1", "january"] {
        site.exits(1, &format!("cost report {wrong}")).says(&["is not a month"]);
    }
}

#[test]
fn one_object_is_described() {
    let cloud = Cloud::start(&json!({}));
    let site = rented(&cloud);
    let id = cloud.the_one("bare-metal");
    for name in ["trainer", id.as_str()] {
        let shown = site.exits(0, &format!("get BareMetal {name}"));
        shown.says(&["2, each with 8 x h100-sxm5-80gb", "infiniband", "$39.84 an hour", &id]);
    }
    site.exits(0, "get VirtualMachine box").says(&["TensorML 24 Everything", "disassociated"]);
    site.exits(0, "get StorageVolume data").says(&["mount address", "100 GB"]);
    let wide = site.exits(0, "get VirtualMachine -o wide");
    wide.says(&["HOURLY", "$1.99", &cloud.the_one("virtual-machines")]);
    let document = &site.exits(0, "get BareMetal trainer -o json").json()["items"][0];
    assert_eq!(document["status"]["id"], id.as_str());
    assert_eq!(document["details"]["network"], "infiniband", "{document:#}");
    let calls = cloud.calls();
    site.exits(0, "get SSHKey");
    assert_eq!(cloud.requests(calls).len(), 1, "only its own list is read");
}

/// What has no bill is told apart from what has no connection.
#[test]
fn a_cloud_that_is_not_connected_is_named_with_its_variables() {
    let cloud = Cloud::start(&json!({}));
    let mut site = Site::at(&cloud);
    site.variables.remove("VOLTAGE_PARK_ENDPOINT");
    site.variables.remove("VOLTAGE_PARK_API_KEY");
    let calls = cloud.calls();
    for line in ["cost transactions", "catalog --provider voltage-park", "get VirtualMachine"] {
        let ran = site.exits(1, line);
        ran.says(&["PL0605", "voltage-park", "PLUMB_VOLTAGE_PARK_API_KEY"]);
        ran.says(&["https://cloud-api.voltagepark.com"]).keeps_quiet_of(&["PLUMB_RAFAY"]);
    }
    assert_eq!(cloud.requests(calls), [""; 0]);
    site.exits(0, "catalog").says(&["No connected cloud has a catalog"]);
    site.exits(0, "cost").says(&["note: voltage-park is not connected, and not counted"]);
    site.set("VOLTAGE_PARK_API_KEY", "a key alone");
    site.exits(0, "get Project").says(&["defaultproject"]);
}
