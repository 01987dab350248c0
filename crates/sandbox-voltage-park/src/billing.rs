//! What things cost, and the calls that show it. Balances start with one deposit.

use super::account::{Account, Charge};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::answers::{Amount, Id, Moment};
use super::errors::bad;
use super::input::Input;
use super::knobs::ZeroBalance;
use super::mistakes::{Mistake, Step};
use super::money::Money;
use super::paging::Page;
use super::record::Family;
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

/// What an hour of everything costs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct HourlyRate {
    rate_hourly: Amount,
}

/// A charge or a deposit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct Transaction {
    id: Id,
    total_amount: Amount,
    timestamp_creation: Moment,
    timestamp_completion: Option<Moment>,
    details: Details,
    period_amount: Amount,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Details {
    #[schemars(extend("enum" = DETAIL_TYPES))]
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    linked_instance: Option<Instance>,
}

/// What a charge is for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Instance {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    virtual_machine_id: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baremetal_rental_id: Option<Id>,
    timestamp_creation: Moment,
    timestamp_deletion: Option<Moment>,
}

/// The transactions of a month.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    transactions: Vec<Transaction>,
    balance_at_period_start: Amount,
    balance_delta_in_period: Amount,
    balance_at_period_end: Amount,
}

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
    let created = world.state.record(family, object).map_or(now, |it| it.created_at);
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
    let rate_hourly = Amount::of(world, world.state.hourly_rate(&call.caller));
    Ok(Response::json(200, &HourlyRate { rate_hourly }))
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
    Ok(page.answer(&all, page.of(&all).to_vec()))
}

/// GET the transactions of a month and what they did to the balance.
pub(crate) fn report(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let mut input = Input::of(call);
    let (year, month) = (input.path_number("year"), input.path_number("month"));
    let first = first_of(year, month);
    if first.is_none() && input.notes.mistakes.is_empty() {
        let name = if (1..=12).contains(&month) { "year" } else { "month" };
        let location = ["path", name].map(Step::Name);
        let given = json!(call.parameter(name));
        input.note(Mistake::of_rule(&location, "there is no such month", &given));
    }
    input.checked(world)?;
    let start = first.unwrap_or(Timestamp::from_micros(0));
    let next = if month == 12 { first_of(year + 1, 1) } else { first_of(year, month + 1) };
    let end = next.unwrap_or(Timestamp::from_micros(i64::MAX));
    let cloud = &*world.state;
    let spent = |moment: Timestamp| cloud.spent(&call.caller, moment.min(world.now()));
    let opening = cloud.paid_before(start) - spent(start);
    let closing = cloud.paid_before(end) - spent(end);
    let report = Report {
        transactions: shown(world, &call.caller, &[], (start, end)),
        balance_at_period_start: Amount::of(world, opening),
        balance_delta_in_period: Amount::of(world, closing - opening),
        balance_at_period_end: Amount::of(world, closing),
    };
    Ok(Response::json(200, &report))
}

/// The transactions that touch a span, newest first, with what falls into the span.
fn shown(
    world: &World,
    organization: &str,
    types: &[String],
    (start, end): (Timestamp, Timestamp),
) -> Vec<Transaction> {
    let cloud = &*world.state;
    let until = end.min(world.now());
    let mut shown = Vec::new();
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

fn deposit(world: &World, organization: &str) -> Transaction {
    let cloud = &*world.state;
    let (amount, moment) = (Amount::of(world, cloud.deposit), Moment::from(cloud.opened_at));
    Transaction {
        id: Id(ids::uuid_of(0, &format!("deposit {organization}"))),
        total_amount: amount.clone(),
        timestamp_creation: moment.clone(),
        timestamp_completion: Some(moment),
        details: Details { r#type: "stripe_deposit", linked_instance: None },
        period_amount: amount,
    }
}

fn transaction(
    world: &World,
    account: &Account,
    charge: &Charge,
    (start, end): (Timestamp, Timestamp),
) -> Transaction {
    let id = Id::of(&charge.object);
    let mut instance = Instance {
        r#type: None,
        id: id.clone(),
        virtual_machine_id: None,
        baremetal_rental_id: None,
        timestamp_creation: charge.object_created.into(),
        timestamp_deletion: account.deleted.get(&charge.object).map(|at| Moment::from(*at)),
    };
    let kind = match charge.family {
        Family::Machines => {
            instance.r#type = Some("virtual_machine_instance");
            instance.virtual_machine_id = Some(id);
            "charge"
        }
        Family::Rentals => {
            instance.baremetal_rental_id = Some(id);
            "baremetal_charge"
        }
        Family::Volumes | Family::Keys => "storage_charge",
    };
    Transaction {
        id: Id::of(&charge.id),
        total_amount: Amount::of(world, charge.amount_until(world.now())),
        timestamp_creation: charge.from.into(),
        timestamp_completion: charge.until.map(Moment::from),
        details: Details { r#type: kind, linked_instance: Some(instance) },
        period_amount: Amount::of(world, charge.amount_between(start, end)),
    }
}

fn first_of(year: i64, month: i64) -> Option<Timestamp> {
    let year = i16::try_from(year).ok().filter(|year| (1970..=9000).contains(year))?;
    Timestamp::of_date(year, i8::try_from(month).ok()?, 1)
}
