//! What a plan costs, and the limit on it.

use super::toys::key;
use super::world::{World, contract, dollars};
use plumb_model::live::BillDoubt;
use plumb_model::plan::{Commitment, ContractTurn, CostChange, HourlyChange};
use plumb_model::policy::Prune;
use plumb_model::resource::ReplaceWish;
use plumb_model::{Fit, Power, Price, PriceBook, body};
use std::collections::BTreeMap;

/// The costs of a plan: `Rental/r 0 1.99`, with a question mark for what is not known.
fn costs(world: &World) -> Vec<String> {
    let text = |money: Option<plumb_model::Money>| {
        money.map_or_else(|| "?".to_owned(), |money| money.to_string())
    };
    let line = |(key, cost): (&plumb_model::ResourceKey, &CostChange)| {
        format!("{key} {} -> {}", text(cost.before), text(cost.after))
    };
    world.plan().costs.iter().map(line).collect()
}

fn missing(name: &str) -> World {
    World::new().declare(name, body!({"spec": {"a": 1}}))
}

fn changed(name: &str) -> World {
    missing(name).owned(name, body!({"spec": {"a": 2}}))
}

fn stopped(power: Power) -> World {
    World::new()
        .settled("Rental/r", body!({}))
        .wish("Rental/r", |resource| resource.wishes.power = Some(power))
}

#[test]
fn each_resource_with_actions_has_a_cost_before_and_after() {
    let pruned =
        World::new().owned("Rental/r", body!({})).policy(|policy| policy.prune = Prune::On);
    let replaced = World::new()
        .declare("Rental/r", body!({"spec": {"gpus": 8}}))
        .owned("Rental/r", body!({"spec": {"gpus": 1}}))
        .wish("Rental/r", |resource| resource.wishes.replace = Some(ReplaceWish::Allowed));
    let waiting =
        World::new().settled("Rental/r", body!({})).phase("Rental/r", plumb_model::Phase::Pending);
    let rental = |world: World, now, declared| world.priced("Rental/r", now, declared);
    let (low, high) = (Some("0.1"), Some("1.99"));
    let table: [(World, &[&str]); 12] = [
        (rental(missing("Rental/r"), None, high), &["Rental/r $0.00 -> $1.99"]),
        (rental(missing("Rental/r"), None, None), &["Rental/r $0.00 -> ?"]),
        (rental(changed("Rental/r"), low, high), &["Rental/r $0.10 -> $1.99"]),
        (rental(changed("Rental/r"), None, high), &["Rental/r ? -> $1.99"]),
        (rental(pruned.clone(), high, None), &["Rental/r $1.99 -> $0.00"]),
        (rental(pruned, None, None), &["Rental/r ? -> $0.00"]),
        (rental(replaced, low, high), &["Rental/r $0.10 -> $1.99"]),
        (rental(stopped(Power::Off), high, high), &["Rental/r $1.99 -> $1.99"]),
        (rental(stopped(Power::Disassociated), high, low), &["Rental/r $1.99 -> $0.10"]),
        (rental(waiting.clone(), low, high), &["Rental/r $0.10 -> $0.10"]),
        (rental(waiting, None, high), &[]),
        (rental(World::new().settled("Rental/r", body!({})), low, high), &[]),
    ];
    for (world, expected) in table {
        assert_eq!(costs(&world), expected, "{:?}", world.lines());
    }
}

#[test]
fn only_kinds_that_cost_money_have_costs() {
    assert!(costs(&missing("House/h")).is_empty());
    let one = || missing("House/h").priced("House/h", None, Some("0.5"));
    assert_eq!(costs(&one()), ["House/h $0.00 -> $0.50"]);
    // Of another of the kind no price is known, so it counts.
    let both = one().declare("House/i", body!({}));
    assert_eq!(costs(&both), ["House/h $0.00 -> $0.50", "House/i $0.00 -> ?"]);
    let there = missing("House/i").settled("House/h", body!({})).priced("House/h", Some("1"), None);
    assert_eq!(costs(&there), ["House/i $0.00 -> ?"]);
    let expected = HourlyChange { known: dollars("0.5"), unknown: 1 };
    assert_eq!(both.plan().hourly_change(), expected);
}

#[test]
fn what_is_blocked_costs_nothing() {
    let world = missing("Rental/r").unknown("Rental/r").priced("Rental/r", None, Some("1"));
    assert!(costs(&world).is_empty());
}

/// Rentals to be made at these prices.
fn spending(prices: &[Option<&str>]) -> World {
    prices.iter().enumerate().fold(World::new(), |world, (at, price)| {
        let name = format!("Rental/r{at}");
        world.declare(&name, body!({})).priced(&name, None, *price)
    })
}

#[test]
fn the_limit_on_money() {
    type Amount = Option<&'static str>;
    // (prices, limit, --allow-hourly, what trips)
    let (amount, unpriced) = ("PL0522", "PL0523");
    let table: [(&[Amount], Amount, Amount, &[&str]); 10] = [
        (&[Some("100")], None, None, &[]),
        (&[None], None, None, &[]),
        (&[Some("9.5"), Some("0.5")], Some("10"), None, &[]),
        (&[Some("9.5"), Some("0.51")], Some("10"), None, &[amount]),
        (&[Some("9.5"), Some("0.51")], Some("10"), Some("10"), &[amount]),
        (&[Some("9.5"), Some("0.51")], Some("10"), Some("10.01"), &[]),
        (&[Some("1"), None], Some("10"), None, &[unpriced]),
        (&[Some("1"), None], Some("10"), Some("1000"), &[unpriced]),
        (&[Some("11"), None], Some("10"), None, &[amount, unpriced]),
        (&[], Some("0"), None, &[]),
    ];
    for (prices, limit, allowed, expected) in table {
        let world = spending(prices).policy(|policy| {
            policy.limits.hourly = limit.map(dollars);
            policy.allowed_hourly = allowed.map(dollars);
        });
        let tripped = world.plan().tripped;
        let codes: Vec<&str> = tripped.iter().map(|tripped| tripped.code.as_str()).collect();
        assert_eq!(codes, expected, "{prices:?} {limit:?} {allowed:?}");
    }
}

/// What may run already is not rented: the bill speaks of more than is seen, and of enough.
#[test]
fn a_bill_with_room_for_it_holds_a_rental() {
    let surplus =
        |billed, seen| Some(BillDoubt::Surplus { billed: dollars(billed), seen: dollars(seen) });
    // (bill, price, accepted, held)
    let table: [(Option<BillDoubt>, Option<&str>, &str, bool); 10] = [
        (None, Some("1.99"), "0", false),
        (surplus("5.97", "3.98"), Some("1.99"), "0", true),
        (surplus("5.96", "3.98"), Some("1.99"), "0", false),
        (surplus("5.969999", "3.98"), Some("1.99"), "0", true),
        (surplus("5.97", "3.98"), None, "0", true),
        (surplus("5.97", "3.98"), Some("1.99"), "1.99", false),
        (surplus("7.96", "3.98"), Some("1.99"), "1.99", true),
        (surplus("5.97", "3.98"), None, "1.99", false),
        (Some(BillDoubt::Unreadable), Some("1.99"), "0", true),
        (Some(BillDoubt::Unreadable), None, "99", true),
    ];
    for (bill, price, accepted, held) in table {
        let mut world = missing("Rental/r")
            .priced("Rental/r", None, price)
            .policy(|policy| policy.limits.unexplained_hourly = dollars(accepted));
        world.live.bills =
            bill.map(|bill| (key("Rental/r").kind.clone(), bill)).into_iter().collect();
        let plan = world.plan();
        let codes: Vec<&str> = plan.blocked.iter().map(|it| it.code.as_str()).collect();
        let expected: &[&str] = if held { &["PL0517"] } else { &[] };
        assert_eq!(codes, expected, "{bill:?} {price:?} {accepted}");
        assert_eq!(plan.actions.is_empty(), held, "{bill:?} {price:?} {accepted}");
    }
}

#[test]
fn a_tripped_limit_names_the_amount_to_allow() {
    let tripped = |prices: &[Option<&str>]| {
        let world = spending(prices).policy(|policy| policy.limits.hourly = Some(dollars("2")));
        world.plan().tripped.remove(0)
    };
    let two = tripped(&[Some("1.990000"), Some("1.89")]);
    assert_eq!(
        two.message,
        "the plan raises the bill by $3.88 an hour; the limit is $2.00 an hour"
    );
    assert_eq!(two.help, "if that is meant, say --allow-hourly 3.88");
    let unknown = tripped(&[Some("1"), None, None]);
    assert_eq!(
        unknown.message,
        "nobody knows what Rental/r1, Rental/r2 would cost, and the limit is $2.00 an hour"
    );
    let each = "--allow-unpriced Rental/r1 --allow-unpriced Rental/r2";
    assert!(unknown.help.ends_with(each), "{}", unknown.help);
    let odd = tripped(&[Some("2.0000001")]);
    assert_eq!(odd.help, "if that is meant, say --allow-hourly 2.0000001");
}

/// What nobody knows the price of is accepted by its name, or by what the stack says it costs.
#[test]
fn a_price_that_nobody_knows_is_accepted_by_name_or_said_by_the_stack() {
    let world =
        || spending(&[Some("1"), None]).policy(|policy| policy.limits.hourly = Some(dollars("2")));
    assert_eq!(world().plan().tripped.len(), 1);
    let named = world().policy(|policy| {
        policy.allowed_unpriced.insert(key("Rental/r1"));
    });
    assert!(named.plan().tripped.is_empty());
    let booked = |hourly: &str| {
        let of = Fit { kind: "Rental".to_owned(), having: BTreeMap::new() };
        let price = Price { of, hourly: dollars(hourly), times: None };
        world().policy(|policy| policy.prices = PriceBook(vec![price]))
    };
    // What the cloud says holds, whatever the book says.
    assert_eq!(costs(&booked("0.5")), ["Rental/r0 $0.00 -> $1.00", "Rental/r1 $0.00 -> $0.50"]);
    assert!(booked("0.5").plan().tripped.is_empty());
    let codes: Vec<&str> = booked("1.5").plan().tripped.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["PL0522"]);
}

/// What costs nobody knows what at present saves nothing when it changes; and what was never deployed
/// costs nothing yet.
#[test]
fn nothing_is_saved_by_what_has_no_price() {
    let limited = |world: World| world.policy(|policy| policy.limits.hourly = Some(dollars("2")));
    let unknown = limited(changed("Rental/r").priced("Rental/r", None, Some("3")));
    assert_eq!(unknown.plan().tripped[0].code.as_str(), "PL0522");
    let never = changed("Rental/r").phase("Rental/r", plumb_model::Phase::NotDeployed).priced(
        "Rental/r",
        Some("3"),
        Some("3"),
    );
    assert_eq!(costs(&never), ["Rental/r $0.00 -> $3.00"]);
}

#[test]
fn a_price_below_nothing_holds_up_what_has_it() {
    let plan = missing("Rental/r").priced("Rental/r", None, Some("-1")).plan();
    assert!(plan.actions.is_empty(), "{:?}", plan.actions);
    assert_eq!(plan.findings[0].code.as_str(), "PL0413");
}

#[test]
fn what_is_saved_pays_for_what_is_made() {
    let world = spending(&[Some("5")])
        .owned("Rental/old", body!({}))
        .priced("Rental/old", Some("4"), None)
        .policy(|policy| {
            policy.prune = Prune::On;
            policy.limits.hourly = Some(dollars("1"));
        });
    let plan = world.plan();
    assert!(plan.tripped.is_empty(), "{:?}", plan.tripped);
    assert_eq!(plan.hourly_change().known, dollars("1"));
    assert_eq!(plan.costs[&key("Rental/old")].rise(), Some(dollars("-4")));
}

#[test]
fn an_accepted_amount_changes_no_action() {
    let basis = |allowed: Option<&str>| {
        let world = spending(&[Some("5")]);
        world.policy(|policy| policy.allowed_hourly = allowed.map(dollars)).basis()
    };
    assert_eq!(basis(None), basis(Some("9")));
}

/// Five months into a contract of six, and six rentals of a year each.
#[test]
fn contracts_begin_and_end_early_for_an_amount() {
    let machine = "Machine/h/r/m";
    let world = || {
        World::new()
            .owned(machine, body!({}))
            .kept(machine, |entry| entry.protections.contract = Some(contract()))
            .priced(machine, Some("2"), None)
            .policy(|policy| policy.prune = Prune::On)
            .at("2026-06-30T12:00:00Z")
    };
    let refused = world().plan();
    assert_eq!(refused.blocked[0].code.as_str(), "PL0509");
    let message = &refused.blocked[0].message;
    assert!(message.ends_with("may be charged to its end: 1 month left, $1460.00"), "{message}");
    let named = world().policy(|policy| {
        policy.early_terminations.insert(key(machine));
    });
    let ended = |plan: plumb_model::Plan| plan.commitments;
    let early = Commitment {
        key: key(machine),
        turn: ContractTurn::EndsEarly,
        months: 1,
        amount: Some(dollars("1460")),
    };
    assert_eq!(ended(named.plan()), [early]);

    let new = |price: Option<&str>| {
        World::new()
            .settled("Room/h/r", body!({}))
            .declare(machine, body!({"spec": {"term": 12}}))
            .priced(machine, None, price)
    };
    let begun = |amount: Option<&str>| Commitment {
        key: key(machine),
        turn: ContractTurn::Begins,
        months: 12,
        amount: amount.map(dollars),
    };
    assert_eq!(ended(new(Some("2")).plan()), [begun(Some("17520"))]);
    assert_eq!(ended(new(None).plan()), [begun(None)]);
    let running = World::new()
        .settled("Room/h/r", body!({}))
        .settled(machine, body!({"spec": {"term": 12}}))
        .priced(machine, Some("2"), Some("2"));
    assert_eq!(ended(running.plan()), []);
}
