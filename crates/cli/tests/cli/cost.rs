//! `plumb cost` over both clouds: whose what runs is, what it costs and why that is not known, contracts,
//! what is idle.

use crate::harness::{Cloud, Site, machine, rental, stack, virtual_machine, workspace};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
use serde_json::{Value, json};

/// A profile of the system catalog with this price an hour.
pub(crate) fn profile(name: &str, price: f64, currency: &str) -> Value {
    let rates = json!({"instance": [{"price": price, "currency": currency, "time_unit": "h"}]});
    json!({
        "apiVersion": "paas.envmgmt.io/v1",
        "kind": "ComputeProfile",
        "metadata": {"name": name, "project": "system-catalog"},
        "spec": {"computeType": "baremetal", "variables": [{"name": "Contract Term", "value": "1"}]},
        "status": {"globalSettings": {"billing": {"currency": [currency], "ratecard": rates}}},
    })
}

/// A machine of the workspace `dev` made from a profile.
pub(crate) fn machine_of(name: &str, profile: &str) -> String {
    machine(name, "dev", &[]).replace("bmaas-l40s", profile)
}

/// A cloud whose time began some hours ago, and not before this month: its hours pass fast, and what it
/// charges is to be this month's.
fn cloud_of_this_month() -> Cloud {
    let now = Zoned::now().with_time_zone(TimeZone::UTC);
    let first = now.first_of_month().unwrap().start_of_day().unwrap();
    let epoch = first.max(&now - 6.hours()).timestamp();
    Cloud::start(&json!({ "epoch": epoch }))
}

/// Two stacks in both clouds, and a machine that is nobody's.
fn fleets(cloud: &Cloud) -> (Site, Site) {
    for (name, currency) in [("bmaas-b200", "USD"), ("bmaas-eu", "EUR")] {
        cloud.edit(&json!({"op": "create", "object": profile(name, 40.0, currency)}));
    }
    let ours = [
        workspace("dev"),
        rental("trainer", 16),
        virtual_machine("box"),
        machine_of("node", "bmaas-b200"),
        machine_of("odd", "bmaas-eu"),
    ];
    let (ours, theirs) = (Site::at(cloud).with_documents("fleet", &ours), Site::at(cloud));
    let theirs = theirs.with_documents("lab", &[virtual_machine("bench")]);
    ours.exits(0, "apply --yes");
    theirs.exits(0, "apply --yes");
    cloud.edit(&json!({"op": "create", "object": {
        "kind": "voltage-park/virtual-machines", "name": "somebodys", "tags": [],
        "config_id": "928dc7be-5236-49a7-9d7d-c01ba6d783f5",
    }}));
    (ours, theirs)
}

fn found<'v>(costs: &'v Value, name: &str) -> &'v Value {
    let accounts = costs["accounts"].as_array().unwrap().iter();
    let mut all = accounts.flat_map(|account| account["resources"].as_array().unwrap());
    all.find(|item| item["name"] == name).unwrap_or_else(|| panic!("{name}: {costs:#}"))
}

#[test]
fn both_clouds_are_shown_with_owners_prices_and_contracts() {
    let cloud = cloud_of_this_month();
    let (ours, _theirs) = fleets(&cloud);
    let costs = ours.exits(0, "cost --format json").json();
    for (name, hourly, stack, unmanaged) in [
        ("trainer", json!("39.840000"), json!("fleet"), false),
        ("node", json!("40.0"), json!("fleet"), false),
        ("odd", Value::Null, json!("fleet"), false),
        ("bench", json!("1.990000"), json!("lab"), false),
        ("somebodys", json!("3.980000"), Value::Null, true),
    ] {
        let item = found(&costs, name);
        let seen = (&item["hourly"], &item["stack"], &item["unmanaged"]);
        assert_eq!(seen, (&hourly, &stack, &json!(unmanaged)), "{item:#}");
        assert!(item["since"].is_string(), "{item:#}");
    }
    // What is not known is named, with its reason, and is not nothing.
    let why = "its profile's rate for instance is in EUR";
    assert_eq!(found(&costs, "odd")["unknown_because"], why);
    assert_eq!((&costs["total"]["unpriced"], &costs["total"]["resources"]), (&json!(1), &json!(6)));
    assert_eq!(costs["accounts"][0]["hourly"], Value::Null, "{costs:#}");
    let term = &found(&costs, "node")["contract"];
    assert_eq!((&term["months_left"], &term["owed"]), (&json!(1), &json!("29200.0")));
    assert_eq!(found(&costs, "box")["stopping_saves_hourly"], "1.890000");
    assert_eq!(found(&costs, "trainer")["stopping_saves_hourly"], "0.000000");
    let owners: Vec<&str> = costs["owners"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["owner"].as_str().unwrap())
        .collect();
    assert_eq!(owners.first(), Some(&"fleet"), "{costs:#}");
    assert!(owners.contains(&"lab") && owners.contains(&"(nobody)"), "{owners:?}");
    // What the cloud charged, and what it comes to at the month's end.
    let months = costs["accounts"][1]["months"].as_array().unwrap();
    let charged: f64 = months[2]["charged"].as_str().unwrap().parse().unwrap();
    let expected: f64 = months[2]["expected"].as_str().unwrap().parse().unwrap();
    assert!(months.len() == 3 && charged > 0.0 && expected >= charged, "{months:#?}");
    assert!(found(&costs, "trainer")["month_to_date"].is_string());
    assert_eq!(found(&costs, "node")["month_to_date"], Value::Null);

    let human = ours.exits(0, "cost");
    human.says(&["Everything that runs costs $87.80 an hour", "and 1 whose price nobody knows"]);
    human.says(&["owed until its contracts end: $29,200.00", "Prices that nobody knows", why]);
    human.says(&["Whose it is", "(nobody)", "rafay: it does not say what the account is billed"]);
    let markdown = ours.exits(0, "cost --format markdown");
    markdown.says(&["| ComputeInstance/defaultproject/dev/node | $40.00 | $29200.00 | fleet |"]);
    assert_eq!(cloud.writes(0).iter().filter(|line| !line.starts_with("POST")).count(), 0);
}

#[test]
fn with_manifests_it_is_the_share_of_their_stack() {
    let cloud = Cloud::start(&json!({}));
    let (ours, _theirs) = fleets(&cloud);
    let share = ours.exits(0, "cost -f . --format json").json();
    let total = &share["total"];
    assert_eq!((&share["stack"], &total["resources"]), (&json!("fleet"), &json!(4)), "{share:#}");
    ours.exits(0, "cost -f .")
        .says(&["The stack fleet costs"])
        .keeps_quiet_of(&["bench", "somebodys"]);
    // The stack's own price book says what the cloud does not.
    let book = "  prices:\n    - {kind: ComputeInstance, having: {spec.computeProfile.name: bmaas-eu}, \
                hourly: \"43\"}";
    ours.write("plumb.yaml", &stack("fleet", book));
    let share = ours.exits(0, "cost -f . --format json").json();
    assert_eq!(found(&share, "odd")["hourly"], "43", "{share:#}");
    assert_eq!(share["total"]["unpriced"], 0, "{share:#}");
}

/// What is stopped and billed all the same is a candidate; what gave its resources back saves nothing more.
#[test]
fn what_is_stopped_and_billed_is_idle() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    site.exits(0, "apply --yes");
    site.exits(0, "cost").keeps_quiet_of(&["Idle"]);
    site.exits(0, "action stop VirtualMachine/box --yes");
    site.exits(0, "cost").says(&["Idle: stopped, and billed all the same", "ready, off", "$1.99"]);
    let costs = site.exits(0, "cost --format json").json();
    assert_eq!(costs["total"]["idle_hourly"], "1.990000", "{costs:#}");
    site.exits(0, "action disassociate VirtualMachine/box --yes");
    let costs = site.exits(0, "cost --format json").json();
    let item = found(&costs, "box");
    assert_eq!((&item["hourly"], &item["idle"]), (&json!("0.100000"), &json!(true)), "{item:#}");
    assert_eq!(item["stopping_saves_hourly"], Value::Null, "{item:#}");
}

/// A list that cannot be read may hide what costs money.
#[test]
fn what_cannot_be_listed_or_accounted_is_said() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    site.exits(0, "apply --yes");
    let refused = |operation: &str, status: u16| {
        json!({
            "match": {"operation": operation},
            "when": {"every": 1},
            "effect": {"type": "respond", "status": status},
        })
    };
    let monthly = "voltage-park.billing.report";
    cloud.faults(&json!([refused(monthly, 422), refused("rafay.services.list", 403)]));
    let ran = site.exits(1, "cost --format json");
    ran.says(&["charged is not known", "Service of defaultproject could not be listed"]);
    assert_eq!(ran.json()["accounts"][1]["months"][2]["charged"], Value::Null);
}
