//! Prices at Rafay: from the rate card of a profile, from the stack's price book, and what a limit on money
//! makes of those that nobody knows.

use crate::harness::{Cloud, Site, machine, stack, workspace};
use serde_json::{Value, json};

/// A profile of the system catalog with this rate card.
fn profile(name: &str, card: &Value) -> Value {
    json!({
        "apiVersion": "paas.envmgmt.io/v1",
        "kind": "ComputeProfile",
        "metadata": {"name": name, "project": "system-catalog"},
        "spec": {"computeType": "baremetal", "variables": [
            {"name": "Contract Term", "value": "1"},
            {"name": "assign_public_ip", "value": "false"},
        ]},
        "status": {"globalSettings": {"billing": {"currency": ["USD"], "ratecard": card}}},
    })
}

fn rate(price: f64, currency: &str) -> Value {
    json!([{"price": price, "currency": currency, "time_unit": "h"}])
}

/// A world with one more profile, and a stack with one machine made from it, its public address on.
fn fleet(card: &Value) -> (Cloud, Site) {
    let cloud = Cloud::start(&json!({}));
    cloud.edit(&json!({"op": "create", "object": profile("bmaas-b200", card)}));
    let node = machine("node", "dev", &[("assign_public_ip", "true")]);
    let node = node.replace("bmaas-l40s", "bmaas-b200");
    let site = Site::at(&cloud).with_documents("fleet", &[workspace("dev"), node]);
    (cloud, site)
}

#[test]
fn a_rate_card_says_what_a_plan_costs() {
    let card = json!({"instance": rate(39.8, "USD"), "public_ip": rate(0.2, "USD")});
    let (cloud, site) = fleet(&card);
    let planned = site.exits(2, "plan --detailed-exitcode");
    planned.says(&["create, then publish (+$40.00/h)"]);
    planned.says(&["Contracts: 1 begins, of 1 month: $29,200.00 until it ends."]);
    let plan = site.exits(0, "plan --format json").json();
    assert_eq!(plan["cost"]["hourly_change"], "40.0", "{:#}", plan["cost"]);
    assert_eq!(plan["commitments"][0]["amount"], "29200.0", "{:#}", plan["commitments"]);
    assert_eq!((&plan["cost"]["unknown"], &plan["cost"]["unpriced"]), (&json!(0), &json!([])));
    site.write("plumb.yaml", &stack("fleet", "  limits: {hourly: \"1.00\"}"));
    site.exits(4, "apply --yes").says(&["PL0522", "$40.00", "$1.00", "--allow-hourly 40.00"]);
    assert_eq!(cloud.effect_count(), 1, "{:?}", cloud.effects(0));
    site.exits(0, "apply --yes --allow-hourly 40");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    // What is deleted is saved.
    site.write("fleet.yaml", &workspace("dev"));
    let held = site.exits(4, "plan --prune");
    held.says(&["PL0509", "may be charged to its end: 1 month left, $29200.00"]);
    let named = site.exits(0, "plan --prune --approve-early-termination ComputeInstance/node");
    let early = "1 ends early, 1 month before the end: $29,200.00 may still be charged.";
    named.says(&["(-$40.00/h)", early]);
}

#[test]
fn a_limit_does_not_pass_a_price_that_nobody_knows() {
    for (card, why) in [
        (json!({}), "its profile bmaas-b200 has no rate card"),
        (json!({"instance": rate(1.0, "EUR")}), "its profile's rate for instance is in EUR"),
        (json!({"support": rate(1.0, "USD")}), "goes by no variable of it"),
    ] {
        let (cloud, site) = fleet(&card);
        let node = "ComputeInstance/defaultproject/dev/node";
        site.exits(0, "plan").says(&["price not known: ", why, &format!("not known for {node}")]);
        let plan = site.exits(0, "plan --format json").json();
        assert_eq!(plan["cost"]["unknown"], 1, "{:#}", plan["cost"]);
        site.write("plumb.yaml", &stack("fleet", "  limits: {hourly: \"1000\"}"));
        let refused = site.exits(4, "apply --yes --allow-hourly 1000");
        refused.says(&["PL0523", node, why, "spec.prices", &format!("--allow-unpriced {node}")]);
        assert_eq!(cloud.effect_count(), 1, "{:?}", cloud.effects(0));
        site.exits(0, "plan --allow-unpriced ComputeInstance/node");

        // The stack's own price book, by what it is made from.
        let book = "  limits: {hourly: \"1000\"}\n  prices:\n    - {kind: ComputeInstance, having: \
                    {spec.computeProfile.name: bmaas-b200}, hourly: \"41.5\"}";
        site.write("plumb.yaml", &stack("fleet", book));
        site.exits(0, "apply --yes").says(&["+$41.50/h"]);
        site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    }
}

#[test]
fn a_negative_price_is_an_error() {
    let (cloud, site) = fleet(&json!({"instance": rate(-3.0, "USD")}));
    site.exits(4, "apply --yes").says(&["PL0413", "less than nothing"]);
    let made = cloud.effects(0);
    assert!(!made.iter().any(|effect| effect.contains("node")), "{made:?}");
}

#[test]
fn a_price_book_with_a_mistake_is_refused_where_it_stands() {
    let (_cloud, site) = fleet(&json!({}));
    for (price, words) in [
        ("{kind: ComputeInstanze, hourly: 1}", "did you mean ComputeInstance?"),
        ("{kind: ComputeInstance, hourly: \"-1\"}", "hourly"),
        ("{kind: ComputeInstance}", "hourly"),
        ("{kind: ComputeInstance, hourly: 1, times: \"a[\"}", "spec.prices names the field"),
    ] {
        site.write("plumb.yaml", &stack("fleet", &format!("  prices:\n    - {price}")));
        site.exits(1, "validate").says(&["plumb.yaml:", words]);
    }
}

/// What nobody manages is listed beside what is ours: nothing is asked for to know its price.
#[test]
fn a_strangers_price_costs_no_request() {
    let (cloud, site) = fleet(&json!({"instance": rate(1.0, "USD")}));
    site.exits(0, "apply --yes");
    let requests = || {
        let before = cloud.calls();
        site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
        cloud.calls() - before
    };
    let alone = requests();
    for name in ["one", "two"] {
        cloud.edit(&json!({"op": "create", "object": {
            "apiVersion": "paas.envmgmt.io/v1",
            "kind": "ComputeInstance",
            "metadata": {"name": name, "project": "defaultproject", "workspace": "dev"},
            "spec": {"computeProfile": {"name": format!("gone-{name}"), "systemCatalog": true}},
        }}));
    }
    assert_eq!(requests(), alone);
}
