//! What things cost: exact to the eighth place, over virtual days.

use plumb_sandbox_voltage_park::Money;
use plumb_sandbox_voltage_park::knobs::BareMetalOutcome;
use serde_json::{Value, json};

use super::park::{Park, items, rental};
use crate::client::{Seen as _, set_park};

const DAY: u64 = 86_400;

fn money(value: &Value) -> Money {
    Money::parse(value.as_str().unwrap()).unwrap()
}

fn transactions(park: &mut Park, query: &str) -> Vec<Value> {
    items(&park.get(&format!("/billing/transactions{query}")).body_json()).clone()
}

#[test]
fn the_rate_is_the_sum_of_what_is_there() {
    let mut park = Park::new();
    let check = |park: &mut Park| {
        let mut sum = Money::ZERO;
        for machine in items(&park.get("/virtual-machines/?limit=100").body_json()) {
            let freed = machine["status"] == "StoppedDisassociated";
            let name = if freed { "total_disassociated_per_hr" } else { "total_associated_per_hr" };
            sum = sum + money(&machine["pricing"][name]);
        }
        for path in ["/bare-metal/?limit=100", "/storage/?limit=100"] {
            for object in items(&park.get(path).body_json()) {
                if object["status"] != "Failed" {
                    sum = sum + money(&object["rate_hourly"]);
                }
            }
        }
        assert_eq!(park.hourly_rate(), sum.to_string());
        assert_eq!(park.world.voltage_park().hourly_rate("default"), sum);
    };
    check(&mut park);
    let first = park.add_machine("a");
    let second = park.add_machine("b");
    check(&mut park);
    park.power(&first, "stopped");
    park.power(&second, "stopped_disassociated");
    check(&mut park);
    let volume = park.add_volume("v");
    let running = park.add_running_rental("r");
    check(&mut park);
    park.patch(&format!("/storage/{volume}"), &json!({ "size_in_gb": 12_345 }));
    check(&mut park);
    park.turn(|knobs| knobs.bm_outcome = BareMetalOutcome::Failed);
    park.add_rental("f");
    check(&mut park);
    park.advance(900);
    check(&mut park);
    park.power(&second, "started");
    park.delete(&format!("/bare-metal/{running}"));
    park.delete(&format!("/virtual-machines/{first}"));
    check(&mut park);
    park.delete(&format!("/storage/{volume}"));
    check(&mut park);
}

#[test]
fn each_price_is_a_transaction_of_its_own() {
    let mut park = Park::new();
    let id = park.add_machine("a");
    park.advance(DAY);
    park.power(&id, "stopped");
    park.advance(DAY);
    park.power(&id, "stopped_disassociated");
    park.advance(3600);
    let list = transactions(&mut park, "");
    assert_eq!(list.len(), 3);
    let [freed, held, deposit] = list.as_slice() else { panic!("{list:?}") };
    assert_eq!(
        (&held["total_amount"], &freed["total_amount"]),
        (&json!("95.520000"), &json!("0.100000"))
    );
    assert_eq!(held["timestamp_completion"], "2026-01-03T00:00:00.000Z");
    assert_eq!(freed["timestamp_creation"], held["timestamp_completion"]);
    assert_eq!(freed["timestamp_completion"], Value::Null);
    assert_eq!(held["details"]["type"], "charge");
    let instance = &held["details"]["linked_instance"];
    assert_eq!(instance["type"], "virtual_machine_instance");
    assert_eq!((&instance["id"], &instance["virtual_machine_id"]), (&json!(id), &json!(id)));
    assert_eq!(instance["timestamp_creation"], "2026-01-01T00:00:00.000Z");
    assert_eq!(instance["timestamp_deletion"], Value::Null);
    assert_eq!(
        (&deposit["details"]["type"], &deposit["total_amount"]),
        (&json!("stripe_deposit"), &json!("1000000.000000"))
    );
    park.delete(&format!("/virtual-machines/{id}"));
    park.advance(DAY);
    let list = transactions(&mut park, "");
    assert_eq!(list[0]["total_amount"], "0.100000");
    let gone = &list[1]["details"]["linked_instance"]["timestamp_deletion"];
    assert_eq!(gone, "2026-01-03T01:00:00.000Z");
}

#[test]
fn storage_is_exact_to_the_eighth_place() {
    let mut park = Park::new();
    let body = json!({ "size_in_gb": 1, "name": "tiny" });
    assert_eq!(park.post("/storage/", &body).body_json()["rate_hourly"], "0.00017408");
    assert_eq!(
        park.get("/storage/hourly-rate").body_json(),
        json!({ "hourly_rate_per_gb": "0.00017408" })
    );
    park.advance(30 * DAY);
    assert_eq!(transactions(&mut park, "?types=storage")[0]["total_amount"], "0.12533760");
    park.advance(1);
    assert_eq!(transactions(&mut park, "?types=storage")[0]["total_amount"], "0.12533765");
}

#[test]
fn transactions_are_filtered_by_type_and_day() {
    let mut park = Park::new();
    park.add_machine("a");
    let rental = park.add_rental("a");
    park.add_volume("a");
    park.advance(2 * DAY);
    park.delete(&format!("/bare-metal/{rental}"));
    park.advance(2 * DAY);
    park.add_volume("b");
    park.advance(DAY);
    let kinds = |park: &mut Park, query: &str| {
        let list = transactions(park, query);
        let kinds = list.iter().map(|it| it["details"]["type"].as_str().unwrap().to_owned());
        kinds.collect::<Vec<_>>().join(" ")
    };
    for (query, expected) in [
        ("", "storage_charge storage_charge baremetal_charge charge stripe_deposit"),
        ("?types=baremetal", "baremetal_charge"),
        ("?types=virtual_machine&types=baremetal", "baremetal_charge charge"),
        ("?types=storage_block", ""),
        (
            "?types=null&earliest=null",
            "storage_charge storage_charge baremetal_charge charge stripe_deposit",
        ),
        ("?latest=2026-01-01", "storage_charge baremetal_charge charge stripe_deposit"),
        ("?earliest=2026-01-03", "storage_charge storage_charge charge"),
        ("?earliest=2026-01-02&latest=2026-01-02", "storage_charge baremetal_charge charge"),
        ("?earliest=2027-01-01", ""),
        ("?limit=1&offset=2", "baremetal_charge"),
    ] {
        assert_eq!(kinds(&mut park, query), expected, "{query}");
    }
    let day =
        transactions(&mut park, "?earliest=2026-01-02&latest=2026-01-02&types=virtual_machine");
    assert_eq!(
        (&day[0]["period_amount"], &day[0]["total_amount"]),
        (&json!("47.760000"), &json!("238.800000"))
    );
    for query in ["?types=beer", "?earliest=2026-13-01", "?latest=yesterday", "?earliest=2026-1-1"]
    {
        assert_eq!(park.get(&format!("/billing/transactions{query}")).status, 422, "{query}");
    }
}

#[test]
fn months_add_up() {
    let mut park = Park::new();
    let machine = park.add_machine("a");
    park.add_volume("v");
    park.advance(20 * DAY + 7);
    park.add_rental("r");
    park.advance(20 * DAY + 11);
    park.power(&machine, "stopped_disassociated");
    park.advance(30 * DAY + 13);
    let mut previous = None;
    for month in 1..=4 {
        let report = park.get(&format!("/billing/reports/2026/{month}/transactions")).body_json();
        let (start, end) =
            (money(&report["balance_at_period_start"]), money(&report["balance_at_period_end"]));
        assert_eq!(end - start, money(&report["balance_delta_in_period"]), "{month}");
        if let Some(previous) = previous {
            assert_eq!(start, previous, "{month}");
        }
        previous = Some(end);
        let mut sum = Money::ZERO;
        for transaction in report["transactions"].as_array().unwrap() {
            let amount = money(&transaction["period_amount"]);
            let paid_in = transaction["details"]["type"] == "stripe_deposit";
            sum = if paid_in { sum + amount } else { sum - amount };
        }
        assert_eq!(sum, end - start, "{month}");
    }
    let spent = park.world.voltage_park().spent("default", park.world.now());
    assert_eq!(previous, Some(Money::parse("1000000").unwrap() - spent));
    let report =
        |park: &mut Park, path: &str| park.get(&format!("/billing/reports/{path}/transactions"));
    let empty = report(&mut park, "2025/12").body_json();
    assert_eq!(
        (&empty["transactions"], &empty["balance_at_period_end"]),
        (&json!([]), &json!("0.000000"))
    );
    assert_eq!(report(&mut park, "2099/1").body_json()["balance_delta_in_period"], "0.000000");
    for path in ["2026/13", "2026/0", "0/1", "x/1", "2026/x", "99999999999/1"] {
        assert_eq!(report(&mut park, path).status, 422, "{path}");
    }
}

#[test]
fn an_empty_balance_refuses_orders() {
    let mut config = plumb_sandbox::WorldConfig::default();
    let deposit = Money::parse("19.92").unwrap();
    set_park(&mut config, |settings| settings.seeded.get_or_insert_default().deposit = deposit);
    let mut park = Park::with(config);
    for name in ["a", "b"] {
        let id = park.add_rental(name);
        park.advance(1200);
        park.delete(&format!("/bare-metal/{id}"));
    }
    park.add_rental("c");
    park.advance(1199);
    park.add_volume("v");
    park.advance(1);
    assert_eq!(park.post("/bare-metal/", &rental("d")).status, 400);
    park.add_key("abc");
}
