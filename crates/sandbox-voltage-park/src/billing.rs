//! What things cost, and the calls that show it. Balances start with one deposit.

use super::account::{Account, Charge};

use serde_json::{Value, json};

use super::errors::{bad, mistake};
use super::input::Input;
use super::knobs::ZeroBalance;
use super::money::Money;
use super::paging::Page;
use super::record::{Family, Kept};
use super::render;
use super::world::{Call, World};
use plumb_sandbox::http::Response;
use plumb_sandbox::ids;
use plumb_sandbox::time::Timestamp;

/// The values of `types`.
pub(crate) const TYPES: &[&str] = &["virtual_machine", "baremetal", "storage_block", "storage"];

/// What the details of a transaction may be (contract 3.4).
pub(crate) const DETAIL_TYPES: &[&str] = &[
    "charge",
    "stripe_deposit",
    "payout",
    "baremetal_charge",
    "baremetal_payout",
    "storage_charge",
    "storage_payout",
    "other",
];

/// A day.
const DAY: std::time::Duration = std::time::Duration::from_hours(24);

/// Why a bill stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Deleted,
    Free,
}

/// Lets an object cost so much from now on.
pub(crate) fn charge(
    world: &mut World,
    organization: &str,
    family: Family,
    object: &str,
    rate: Money,
) {
    let now = world.now();
    let created = created_at(world, family, object).unwrap_or(now);
    let account = world.state.accounts.entry(organization.to_owned()).or_default();
    let running = account.open.get(object).and_then(|index| account.charges.get(*index));
    if running.is_some_and(|charge| charge.rate == rate) {
        return;
    }
    if rate == Money::ZERO {
        return stop(world, organization, object, Ending::Free);
    }
    account.close(object, now);
    let number = account.charges.len();
    account.open.insert(object.to_owned(), number);
    account.charges.push(Charge {
        id: ids::uuid_of(0, &format!("charge {object} {number}")),
        family,
        object: object.to_owned(),
        object_created: created,
        rate,
        from: now,
        until: None,
    });
}

/// Lets an object cost nothing from now on.
pub(crate) fn stop(world: &mut World, organization: &str, object: &str, ending: Ending) {
    let now = world.now();
    let Some(account) = world.state.accounts.get_mut(organization) else { return };
    account.close(object, now);
    if ending == Ending::Deleted {
        account.deleted.insert(object.to_owned(), now);
    }
}

/// Refuses an order that cannot be paid (V-53).
pub(crate) fn check_balance(world: &World, organization: &str) -> Result<(), Response> {
    let told = world.config.knobs.zero_balance != ZeroBalance::Off;
    let now = world.now();
    let cloud = &*world.state;
    let spent = cloud.accounts.get(organization).map_or(Money::ZERO, |account| {
        let running = account.open_charges().map(|charge| charge.amount_until(now));
        account.settled + running.sum()
    });
    if told || spent >= cloud.deposit {
        return Err(bad("the balance of the organization is empty"));
    }
    Ok(())
}

/// GET the price of an hour of everything.
#[expect(clippy::unnecessary_wraps, reason = "the form of every handler")]
pub(crate) fn hourly_rate(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let rate = world.state.hourly_rate(&call.caller);
    Ok(Response::json(200, &json!({ "rate_hourly": render::money(world, rate) })))
}

/// GET the transactions that touch some days, newest first.
pub(crate) fn transactions(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let page = Page::read(&mut input, 30);
    let types = input.texts("types");
    let start = input.day("earliest").unwrap_or(Timestamp::from_micros(0));
    let end = input.day("latest").map(|day| day.after(DAY));
    input.checked(world)?;
    let end = end.unwrap_or(Timestamp::from_micros(i64::MAX));
    let all = shown(world, &call.caller, &types, (start, end));
    Ok(Response::json(200, &page.envelope(&all, Clone::clone)))
}

/// GET the transactions of a month and what they did to the balance.
pub(crate) fn report(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let (year, month) = (input.path_number("year"), input.path_number("month"));
    let first = first_of(year, month);
    if first.is_none() && input.mistakes.is_empty() {
        let name = if (1..=12).contains(&month) { "year" } else { "month" };
        let location = json!(["path", name]);
        let given = json!(call.parameter(name));
        let message = "Value error, there is no such month";
        let context = Some(json!({ "error": {} }));
        input.mistakes.push(mistake("value_error", &location, message, &given, context));
    }
    input.checked(world)?;
    let start = first.unwrap_or(Timestamp::from_micros(0));
    let next = if month == 12 { first_of(year + 1, 1) } else { first_of(year, month + 1) };
    let end = next.unwrap_or(Timestamp::from_micros(i64::MAX));
    let cloud = &*world.state;
    let spent = |moment: Timestamp| cloud.spent(&call.caller, moment.min(world.now()));
    let opening = cloud.paid_before(start) - spent(start);
    let closing = cloud.paid_before(end) - spent(end);
    let all = shown(world, &call.caller, &[], (start, end));
    let body = json!({
        "transactions": all,
        "balance_at_period_start": render::money(world, opening),
        "balance_delta_in_period": render::money(world, closing - opening),
        "balance_at_period_end": render::money(world, closing),
    });
    Ok(Response::json(200, &body))
}

/// The transactions that touch a span, newest first, with what falls into the span.
fn shown(
    world: &World,
    organization: &str,
    types: &[String],
    (start, end): (Timestamp, Timestamp),
) -> Vec<Value> {
    let cloud = &*world.state;
    let until = end.min(world.now());
    let mut shown: Vec<Value> = Vec::new();
    if start > world.now() {
        return shown;
    }
    if types.is_empty() && start <= cloud.opened_at && cloud.opened_at < end {
        shown.push(deposit(world, organization));
    }
    if let Some(account) = cloud.accounts.get(organization) {
        let charges = account.charges.iter().filter(|charge| {
            charge.touches(start, end) && charge.is_of(types) && !charge.is_nothing()
        });
        shown.extend(charges.map(|charge| transaction(world, account, charge, (start, until))));
    }
    shown.reverse();
    shown
}

fn deposit(world: &World, organization: &str) -> Value {
    let cloud = &*world.state;
    json!({
        "id": ids::uuid_of(0, &format!("deposit {organization}")),
        "total_amount": render::money(world, cloud.deposit),
        "timestamp_creation": cloud.opened_at.with_millis(),
        "timestamp_completion": cloud.opened_at.with_millis(),
        "details": { "type": "stripe_deposit" },
        "period_amount": render::money(world, cloud.deposit),
    })
}

fn transaction(
    world: &World,
    account: &Account,
    charge: &Charge,
    (start, end): (Timestamp, Timestamp),
) -> Value {
    let mut instance = json!({
        "id": charge.object,
        "timestamp_creation": charge.object_created.with_millis(),
        "timestamp_deletion": account.deleted.get(&charge.object).map(|at| at.with_millis()),
    });
    let kind = match charge.family {
        Family::Machines => {
            instance["type"] = json!("virtual_machine_instance");
            instance["virtual_machine_id"] = json!(charge.object);
            "charge"
        }
        Family::Rentals => {
            instance["baremetal_rental_id"] = json!(charge.object);
            "baremetal_charge"
        }
        Family::Volumes | Family::Keys => "storage_charge",
    };
    json!({
        "id": charge.id,
        "total_amount": render::money(world, charge.amount_until(world.now())),
        "timestamp_creation": charge.from.with_millis(),
        "timestamp_completion": charge.until.map(Timestamp::with_millis),
        "details": { "type": kind, "linked_instance": instance },
        "period_amount": render::money(world, charge.amount_between(start, end)),
    })
}

fn first_of(year: i64, month: i64) -> Option<Timestamp> {
    let year = i16::try_from(year).ok().filter(|year| (1970..=9000).contains(year))?;
    Timestamp::of_date(year, i8::try_from(month).ok()?, 1)
}

fn created_at(world: &World, family: Family, object: &str) -> Option<Timestamp> {
    let cloud = &*world.state;
    let record = match family {
        Family::Machines => cloud.machines.get(object).map(Kept::record),
        Family::Rentals => cloud.rentals.get(object).map(Kept::record),
        Family::Volumes => cloud.volumes.get(object).map(Kept::record),
        Family::Keys => None,
    };
    record.map(|record| record.created_at)
}
