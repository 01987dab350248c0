//! One thing that costs money: whose it is, since when, by which contract, and what it would cost
//! stopped.

use super::rate::{Rate, Sum};
use crate::contract::Term;
use crate::live;
use jiff::Timestamp;
use plumb_kind::{Kind, LookedUp, Registry};
use plumb_model::claim::Claim;
use plumb_model::ledger::Contract;
use plumb_model::mark;
use plumb_model::rules::{MarkPlace, PowerControl};
use plumb_model::{
    Entry, KindRules, LedgerView, LiveObject, Money, Phase, Power, PriceBook, RemoteId,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::cmp::Reverse;

/// What one thing is judged by.
pub(super) struct Ground<'a> {
    pub(super) registry: &'a Registry,
    pub(super) looked_up: &'a LookedUp<'a>,
    pub(super) view: &'a LedgerView,
    pub(super) prices: &'a PriceBook,
    pub(super) now: Timestamp,
}

/// One thing that costs money.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Item {
    /// Its kind.
    pub(super) kind: String,
    /// Its name.
    pub(super) name: String,
    /// The project it is in.
    project: Option<String>,
    /// The workspace it is in.
    workspace: Option<String>,
    /// The vendor's id.
    #[schemars(with = "Option<String>")]
    pub(super) id: Option<RemoteId>,
    /// Its phase.
    status: String,
    /// On, off, or disassociated, where that is known.
    power: Option<String>,
    /// The stack whose it is, by its mark or by this ledger.
    stack: Option<String>,
    /// Whether it is this stack's.
    pub(super) ours: bool,
    /// Whether it is nobody's: it could carry a mark and carries none.
    unmanaged: bool,
    /// When it was made, where its cloud says so; else since when it is on record.
    #[schemars(with = "Option<String>")]
    since: Option<Timestamp>,
    /// What it costs.
    #[serde(flatten)]
    pub(super) rate: Rate,
    /// What it was charged this month; null where its cloud does not say.
    #[schemars(with = "Option<String>")]
    pub(super) month_to_date: Option<Money>,
    /// The contract it is rented by, while that lasts.
    pub(super) contract: Option<Owed>,
    /// What stopping it in the cheapest way its kind has would save an hour; null where it cannot be
    /// stopped, is stopped that way, or nobody knows.
    #[schemars(with = "Option<String>")]
    pub(super) stopping_saves_hourly: Option<Money>,
    /// Whether it is stopped, and billed all the same.
    pub(super) idle: bool,
}

/// A contract that lasts, from when it was first deployed, as the ledger has it; else from when it was made.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Owed {
    /// Its term.
    #[serde(flatten)]
    pub(super) term: Term,
    /// What the months that are left come to; null where the price is not known.
    #[schemars(with = "Option<String>")]
    pub(super) owed: Option<Money>,
}

impl Item {
    /// An object, as far as it costs money; `None` for one that is of no kind that is known.
    pub(super) fn of(object: &LiveObject, ground: &Ground<'_>) -> Option<Self> {
        let kind = ground.registry.kind(&object.key.kind)?;
        let rules = kind.rules();
        let entry = live::entry_of(ground.view, object);
        let key = entry.map_or(&object.key, |entry| &entry.key);
        let rate = rate(kind, object, ground);
        let claim = live::whose(ground.registry, object, ground.view);
        let stack = match claim {
            Some(Claim::Ours(_)) => Some(ground.view.stack.as_str()),
            Some(Claim::AnotherStacks(mark)) => Some(mark),
            _ => None,
        };
        let power = object.status.power;
        let is_stopped = matches!(power, Some(Power::Off | Power::Disassociated));
        Some(Self {
            kind: key.kind.kind.clone(),
            name: key.name.clone(),
            project: key.scope.project().map(str::to_owned),
            workspace: key.scope.workspace().map(str::to_owned),
            id: object.remote_id.clone(),
            status: object.status.phase.to_string(),
            power: power.map(|power| power.to_string()),
            ours: matches!(claim, Some(Claim::Ours(_))),
            unmanaged: stack.is_none() && rules.mark == MarkPlace::Object,
            stack: stack.map(|stack| mark::base(stack).to_owned()),
            since: rules.made_at(&object.body).or_else(|| entry?.since),
            month_to_date: None,
            contract: contract(rules, object, entry)
                .and_then(|contract| Owed::of(&contract, rate.hourly, ground.now)),
            stopping_saves_hourly: saved(kind, object).filter(|_| rate.hourly.is_some()),
            idle: is_stopped && rate.hourly != Some(Money::ZERO),
            rate,
        })
    }

    /// Whose it is, for people.
    pub(super) fn owner(&self) -> &str {
        match &self.stack {
            Some(stack) => mark::name(stack),
            None if self.unmanaged => "(nobody)",
            None => "(not this stack's)",
        }
    }

    /// Its kind and where it is.
    pub(super) fn address(&self) -> String {
        let place = [&self.project, &self.workspace].into_iter().flatten();
        let parts = [&self.kind].into_iter().chain(place).chain([&self.name]);
        parts.map(String::as_str).collect::<Vec<_>>().join("/")
    }

    /// Its row among what runs.
    pub(super) fn row(&self) -> Vec<String> {
        let status = [Some(&self.status), self.power.as_ref()].into_iter().flatten();
        let status: Vec<&str> = status.map(String::as_str).collect();
        let [hour, month] = self.rate.cells();
        let since = self.since.map_or_else(|| "-".to_owned(), day);
        vec![self.address(), hour, month, self.owner().to_owned(), since, status.join(", ")]
    }

    /// Its row among those with a contract; `None` when it has none.
    pub(super) fn contract_row(&self) -> Option<Vec<String>> {
        let Owed { term, owed } = self.contract.as_ref()?;
        let Term { months, ends, months_left, .. } = term;
        let ends = ends.map_or_else(|| "-".to_owned(), day);
        let owed = owed.map_or_else(|| "unknown".to_owned(), |owed| owed.to_cents().to_string());
        Some(vec![self.address(), owed, months_left.to_string(), months.to_string(), ends])
    }
}

impl Owed {
    fn of(contract: &Contract, hourly: Option<Money>, now: Timestamp) -> Option<Self> {
        let owed = hourly.map(|hourly| contract.owed(hourly, now));
        (!contract.is_over(now)).then_some(Self { term: Term::of(contract, now), owed })
    }
}

/// What something costs: as its cloud says, else as the stack's price book does.
fn rate(kind: &dyn Kind, object: &LiveObject, ground: &Ground<'_>) -> Rate {
    let told = object.hourly_by(ground.prices);
    Rate::of(told.map_or_else(|| kind.hourly(object, ground.looked_up), Ok))
}

/// The contract that is on record; else the one its fields name, from when it was made. What was never
/// deployed has none yet.
fn contract(rules: &KindRules, object: &LiveObject, entry: Option<&Entry>) -> Option<Contract> {
    if let Some(contract) = entry.and_then(|entry| entry.protections.contract.clone()) {
        return Some(contract);
    }
    let deployed = object.status.phase != Phase::NotDeployed;
    let months = rules.contract_months(&object.body).filter(|_| deployed)?;
    Some(Contract { months, since: rules.made_at(&object.body)? })
}

/// What stopping something would save.
fn saved(kind: &dyn Kind, object: &LiveObject) -> Option<Money> {
    let stoppable = kind.rules().power != PowerControl::None
        && object.status.power != Some(Power::Disassociated)
        && object.status.phase != Phase::NotDeployed;
    let saved = || Some(object.hourly? - kind.hourly_when_stopped(object)?);
    stoppable.then(saved).flatten()
}

/// The day of a moment, in UTC.
fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// Puts the dearest first, and before them those of which nobody knows a price.
pub(super) fn sort(items: &mut [Item]) {
    items.sort_by_cached_key(|item| {
        let hourly = item.rate.hourly;
        (hourly.is_some(), Reverse(hourly), item.address(), item.id.clone())
    });
}

impl<'i> FromIterator<&'i Item> for Sum {
    fn from_iter<I: IntoIterator<Item = &'i Item>>(items: I) -> Self {
        items.into_iter().fold(Self::default(), |sum, item| {
            let hourly = item.rate.hourly.unwrap_or_default();
            let owed = item.contract.as_ref().and_then(|contract| contract.owed);
            let idle = if item.idle { hourly } else { Money::ZERO };
            Self {
                resources: sum.resources + 1,
                hourly: sum.hourly + hourly,
                monthly: sum.monthly + hourly.a_month(),
                unpriced: sum.unpriced + usize::from(item.rate.hourly.is_none()),
                idle_hourly: sum.idle_hourly + idle,
                stopping_saves_hourly: sum.stopping_saves_hourly
                    + item.stopping_saves_hourly.unwrap_or_default(),
                owed: sum.owed + owed.unwrap_or_default(),
            }
        })
    }
}
