//! Tables: worlds and what the bill says beyond them, transactions as they come, questions.

#![expect(clippy::needless_pass_by_value, reason = "body! reads best by value")]

use super::*;
use crate::worlds::{A, B, V, World, line};
use plumb_model::{Body, body};

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn machine(status: &str) -> Body {
    body!({"id": A, "status": status, "pricing": {
        "total_associated_per_hr": "1.990000", "total_disassociated_per_hr": "0.100000"}})
}

fn rental(status: &str) -> Body {
    body!({"id": B, "status": status, "rate_hourly": "19.920000"})
}

fn volume() -> Body {
    body!({"id": V, "status": "active", "rate_hourly": "0.017408"})
}

/// A world of a bill and three lists.
fn world(billed: Body, machines: Body, rentals: Body, volumes: Body) -> World {
    World::default()
        .listing(collections::hourly_rate(), body!([{"rate_hourly": billed}]))
        .listing(collections::virtual_machines(), machines)
        .listing(collections::rentals(), rentals)
        .listing(collections::volumes(), volumes)
}

#[test]
fn the_bill_is_held_against_the_lists() {
    let (one, none) = (|item: Body| body!([item]), || body!([]));
    let odd = body!({"id": A, "status": "Running", "pricing": {
        "total_associated_per_hr": 1.99, "total_disassociated_per_hr": 0.1}});
    let cases = [
        ("nothing at all", "0", none(), none(), none(), None),
        ("running", "1.99", one(machine("Running")), none(), none(), None),
        ("stopped is billed as running", "1.99", one(machine("Stopped")), none(), none(), None),
        ("disassociated", "0.1", one(machine("StoppedDisassociated")), none(), none(), None),
        ("relocating", "0.1", one(machine("Relocating")), none(), none(), None),
        ("numbers for strings", "1.99", one(odd), none(), none(), None),
        ("a rental", "19.92", none(), one(rental("Running")), none(), None),
        ("a pending rental", "19.92", none(), one(rental("Pending")), none(), None),
        ("a failed rental", "0", none(), one(rental("Failed")), none(), None),
        ("a volume", "0.017408", none(), none(), one(volume()), None),
        (
            "all of them",
            "21.927408",
            one(machine("Running")),
            one(rental("Running")),
            one(volume()),
            None,
        ),
        // Less than is listed is no evidence of anything.
        ("less", "0", one(machine("Running")), one(rental("Running")), none(), None),
        ("rounded", "1.990001", one(machine("Running")), none(), none(), None),
        ("rounded too far", "1.990002", one(machine("Running")), none(), none(), Some("1.99")),
        ("a machine more", "1.99", none(), none(), none(), Some("0")),
        ("a second machine", "3.98", one(machine("Running")), none(), none(), Some("1.99")),
        ("a volume more", "19.937408", none(), one(rental("Running")), none(), Some("19.92")),
        (
            "billed as running",
            "1.99",
            one(machine("StoppedDisassociated")),
            none(),
            none(),
            Some("0.1"),
        ),
        ("billed although failed", "19.92", none(), one(rental("Failed")), none(), Some("0")),
        (
            "new words explain the least",
            "1.99",
            one(machine("Hibernating")),
            none(),
            none(),
            Some("0.1"),
        ),
        (
            "no price explains nothing",
            "1.99",
            one(body!({"status": "Running"})),
            none(),
            none(),
            Some("0"),
        ),
        ("terminated", "0.1", one(machine("Terminated")), none(), none(), Some("0")),
    ];
    for (name, billed, machines, rentals, volumes, surplus) in cases {
        for rate in [body!(billed), serde_json::from_str(billed).unwrap()] {
            let world = world(rate, machines.clone(), rentals.clone(), volumes.clone());
            let expected =
                surplus.map(|listed| Unexplained { billed: money(billed), listed: money(listed) });
            assert_eq!(ACCOUNT.unexplained(&world.snapshot), expected, "{name}");
        }
    }
}

#[test]
fn a_small_surplus_is_seen_among_many() {
    let machines: Vec<Body> = std::iter::repeat_n(machine("Running"), 1_000).collect();
    for (billed, seen) in [("1990", false), ("1990.001", false), ("1990.017408", true)] {
        let world = world(body!(billed), body!(machines), body!([]), body!([]));
        assert_eq!(ACCOUNT.unexplained(&world.snapshot).is_some(), seen, "{billed}");
    }
}

#[test]
fn what_was_not_read_says_nothing() {
    let lists = ACCOUNT.evidence();
    assert_eq!(lists.len(), 4);
    for left_out in &lists {
        let mut world = world(body!("5"), body!([]), body!([]), body!([]));
        assert!(ACCOUNT.unexplained(&world.snapshot).is_some());
        world.snapshot.0.remove(&left_out.id);
        assert_eq!(ACCOUNT.unexplained(&world.snapshot), None, "{:?}", left_out.id);
    }
    let unreadable = world(body!("a lot"), body!([]), body!([]), body!([]));
    assert_eq!(ACCOUNT.read_rate(&unreadable.snapshot), None);
    assert_eq!(ACCOUNT.unexplained(&unreadable.snapshot), None);
    let printed = world(body!("2.500000"), body!([]), body!([]), body!([]));
    assert_eq!(ACCOUNT.read_rate(&printed.snapshot), Some(money("2.5")));
}

/// The transaction of the vendor's page, with an amount.
fn printed() -> Body {
    body!({
        "id": "123e4567-e89b-12d3-a456-426614174000",
        "total_amount": "9.950000",
        "timestamp_creation": "2025-05-16T08:45:32.108Z",
        "timestamp_completion": "2025-05-16T08:45:32.108Z",
        "details": {
            "type": "charge",
            "linked_instance": {
                "type": "virtual_machine_instance",
                "id": "123e4567-e89b-12d3-a456-426614174001",
                "virtual_machine_id": "123e4567-e89b-12d3-a456-426614174002",
                "timestamp_creation": "2025-05-16T08:45:32.108Z",
                "timestamp_deletion": "2025-05-16T08:45:32.108Z"
            }
        },
        "period_amount": "1.990000"
    })
}

fn told(charge: &Charge) -> String {
    let Charge { at, kind, subject, amount } = charge;
    format!("{at} {kind} {subject} {amount}")
}

#[test]
fn transactions_are_read() {
    let with = |at: &str, value: Body| {
        let mut item = printed();
        *item.pointer_mut(at).unwrap() = value;
        item
    };
    let baremetal = body!({"type": "baremetal_charge",
        "linked_instance": {"id": A, "baremetal_rental_id": B}});
    let storage = body!({"type": "storage_charge", "linked_instance": {"id": V}});
    let deposit = body!({"type": "stripe_deposit"});
    let note = body!({"type": "other", "note_public": "goodwill"});
    let day = "2025-05-16T08:45:32.108Z";
    let transaction = "123e4567-e89b-12d3-a456-426614174000";
    let machine = "123e4567-e89b-12d3-a456-426614174002";
    for (item, expected) in [
        (printed(), format!("{day} charge {machine} -$1.99")),
        (with("/period_amount", body!(-1.99)), format!("{day} charge {machine} -$1.99")),
        (with("/period_amount", body!(null)), format!("{day} charge {machine} -$9.95")),
        (with("/total_amount", body!("text")), format!("{day} charge {machine} -$1.99")),
        (with("/details", baremetal), format!("{day} baremetal_charge {B} -$1.99")),
        (with("/details", storage), format!("{day} storage_charge {V} -$1.99")),
        (with("/details", deposit), format!("{day} stripe_deposit {transaction} $1.99")),
        (with("/details", note), format!("{day} other goodwill $1.99")),
    ] {
        let collection = ACCOUNT.charges(&ChargeFilter::default());
        let world = World::default().listing(collection.clone(), body!([item]));
        let charges = ACCOUNT.read_charges(&collection, &world.snapshot).unwrap().unwrap();
        assert_eq!(charges.iter().map(told).collect::<Vec<_>>(), [expected]);
    }
    for (at, value, why) in [
        ("/timestamp_creation", body!("yesterday"), "its timestamp_creation is no time"),
        ("/details", body!({}), "its details have no type"),
    ] {
        let error = charge::read(&with(at, value)).unwrap_err().to_string();
        assert_eq!(error, format!("cannot read the transaction {transaction}: {why}"));
    }
    let text = body!({"id": V, "timestamp_creation": day, "details": {"type": "charge"},
                      "total_amount": "text", "period_amount": "text"});
    let error = charge::read(&text).unwrap_err().to_string();
    assert_eq!(error, format!("cannot read the transaction {V}: its amount is no amount of money"));
}

#[test]
fn a_report_is_read() {
    let collection = ACCOUNT.report(2024, 10);
    assert_eq!(
        line(&collection.request),
        "GET /api/v1/billing/reports/2024/10/transactions (read)"
    );
    let answer = body!({"transactions": [printed()], "balance_at_period_start": "100",
        "balance_delta_in_period": -1.99, "balance_at_period_end": "98.010000"});
    let read = |answer: Body| {
        let world = World::default().listing(collection.clone(), body!([answer]));
        ACCOUNT.read_report(&collection, &world.snapshot).unwrap()
    };
    let report = read(answer.clone()).unwrap();
    assert_eq!(report.balance_at_start, money("100"));
    assert_eq!(report.change, money("-1.99"));
    assert_eq!(report.balance_at_end, money("98.01"));
    assert_eq!(report.charges.len(), 1);
    for field in answer.as_object().unwrap().keys() {
        let mut damaged = answer.clone();
        damaged[&**field] = body!("text");
        assert!(read(damaged).is_err(), "{field}");
    }
    assert_eq!(ACCOUNT.read_report(&collection, &Snapshot::default()), None);
}

#[test]
fn questions_are_asked_as_the_contract_says() {
    let filter = ChargeFilter {
        kinds: vec!["virtual_machine".into(), "storage".into()],
        earliest: Some("2024-10-01".parse().unwrap()),
        latest: Some("2024-10-26".parse().unwrap()),
    };
    let asked = ACCOUNT.charges(&filter);
    assert_eq!(
        line(&asked.request),
        "GET /api/v1/billing/transactions?types=virtual_machine&types=storage\
         &earliest=2024-10-01&latest=2024-10-26 (read)"
    );
    let all = ACCOUNT.charges(&ChargeFilter::default());
    assert_eq!(line(&all.request), "GET /api/v1/billing/transactions (read)");
    assert_ne!(asked.id, all.id, "different questions are different collections");
    assert_eq!(line(&ACCOUNT.rate().request), "GET /api/v1/billing/hourly-rate (read)");
}
