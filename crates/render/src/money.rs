//! What a plan costs, in words: of each resource, of the whole plan, and what switching something
//! means for the bill. Where nobody knows a price, that is said.

use crate::overview::{Change, Touched};
use crate::text::{address, escape};
use plumb_model::phase::Power;
use plumb_model::plan::{Commitment, ContractTurn, CostChange, HourlyChange, Operation};
use plumb_model::{Money, Plan, ResourceKey};
use std::cmp::Reverse;

/// So many resources are named with what they cost; the rest is summed up.
const MOST_NAMED: usize = 5;

/// What a plan costs, in parts that fit on one line or under each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Total {
    /// `Cost: +$41.82/h (about +$30,528.60 a month)`.
    pub(crate) head: String,
    /// Name and change of the resources that change most.
    pub(crate) parts: Vec<(String, String)>,
    /// `not known for VirtualMachine/odd`.
    pub(crate) unknown: Option<String>,
}

impl Total {
    /// What a plan costs; `None` when nothing in it costs money.
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        let HourlyChange { known, unknown } = plan.hourly_change();
        if plan.costs.is_empty() {
            return None;
        }
        let parts = parts(plan);
        let head = match (known == Money::ZERO, parts.is_empty()) {
            (true, true) if unknown > 0 => "Cost".to_owned(),
            (true, true) => "Cost: no change".to_owned(),
            (true, false) => "Cost: no change in sum".to_owned(),
            (false, _) => {
                let month = grouped(&signed(known.a_month().to_cents()));
                format!("Cost: {} (about {month} a month)", an_hour(short(known)))
            }
        };
        let unknown = (unknown > 0).then(|| format!("not known for {}", unpriced(plan)));
        Some(Self { head, parts, unknown })
    }

    /// All of it on one line, which ends with a full stop.
    pub(crate) fn line(&self) -> String {
        let parts: Vec<String> =
            self.parts.iter().map(|(name, change)| format!("{name} {change}")).collect();
        let mut line = self.head.clone();
        if !parts.is_empty() {
            line = format!("{line}: {}", parts.join(", "));
        }
        match &self.unknown {
            Some(unknown) if line == "Cost" => format!("{line}: {unknown}."),
            Some(unknown) => format!("{line}; {unknown}."),
            None => format!("{line}."),
        }
    }

    /// The parts under each other, amounts below amounts.
    pub(crate) fn lines(&self) -> Vec<String> {
        let width = |text: &str| text.chars().count();
        let names = self.parts.iter().map(|(name, _)| width(name)).max().unwrap_or_default();
        let changes = self.parts.iter().map(|(_, change)| width(change)).max().unwrap_or_default();
        let part = |(name, change): &(String, String)| format!("{name:names$}  {change:>changes$}");
        self.parts.iter().map(part).chain(self.unknown.clone()).collect()
    }
}

/// The names of what has a price that nobody knows.
fn unpriced(plan: &Plan) -> String {
    let unknown = plan.costs.iter().filter(|(_, cost)| cost.rise().is_none());
    named(unknown.map(|(key, _)| address(key)).collect())
}

/// The first of some names, and how many more there are.
pub(crate) fn named(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}

/// The largest changes by name, and the sum of the others.
fn parts(plan: &Plan) -> Vec<(String, String)> {
    let mut rises: Vec<(&ResourceKey, Money)> = plan
        .costs
        .iter()
        .filter_map(|(key, cost)| Some((key, cost.rise()?)))
        .filter(|(_, rise)| *rise != Money::ZERO)
        .collect();
    rises.sort_by_key(|(key, rise)| (Reverse(rise.magnitude()), *key));
    // A remainder of one takes no less room than its name.
    let named = if rises.len() == MOST_NAMED + 1 { rises.len() } else { MOST_NAMED };
    let rest = rises.split_off(named.min(rises.len()));
    let mut parts: Vec<(String, String)> =
        rises.into_iter().map(|(key, rise)| (address(key), an_hour(rise))).collect();
    if !rest.is_empty() {
        let sum = rest.iter().map(|(_, rise)| *rise).sum();
        parts.push((format!("and {} more", rest.len()), an_hour(sum)));
    }
    parts
}

/// The contracts that a plan begins and ends early, on one line; `None` when there are none:
/// `Contracts: 2 begin, of 1 to 12 months: $20,743.68 until they end.`
pub(crate) fn contracts(plan: &Plan) -> Option<String> {
    let of = |turn: ContractTurn| -> Vec<&Commitment> {
        plan.commitments.iter().filter(|commitment| commitment.turn == turn).collect()
    };
    let parts = [
        part_of_contracts(&of(ContractTurn::EndsEarly)).map(|(count, months, amount)| {
            let verb = if count == 1 { "ends" } else { "end" };
            format!("{count} {verb} early, {months} before the end: {amount} may still be charged")
        }),
        part_of_contracts(&of(ContractTurn::Begins)).map(|(count, months, amount)| {
            let (verb, end) =
                if count == 1 { ("begins", "it ends") } else { ("begin", "they end") };
            format!("{count} {verb}, of {months}: {amount} until {end}")
        }),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("Contracts: {}.", parts.join("; ")))
}

/// How many, for how long, and what they come to.
fn part_of_contracts(all: &[&Commitment]) -> Option<(usize, String, String)> {
    let months = || all.iter().map(|commitment| commitment.months);
    let (shortest, longest) = (months().min()?, months().max()?);
    let unit = if longest == 1 { "month" } else { "months" };
    let months = if shortest == longest {
        format!("{longest} {unit}")
    } else {
        format!("{shortest} to {longest} {unit}")
    };
    let known: Money = all.iter().filter_map(|commitment| commitment.amount).sum();
    let unknown: Vec<String> = all
        .iter()
        .filter(|commitment| commitment.amount.is_none())
        .map(|commitment| address(&commitment.key))
        .collect();
    let amount = grouped(&known.to_cents().to_string());
    let amount = if unknown.is_empty() {
        amount
    } else {
        format!("{amount} and what nobody knows of {}", named(unknown))
    };
    Some((all.len(), months, amount))
}

/// What happens to a resource and what that costs: `create, then wait (+$1.99/h)`.
pub(crate) fn summary(touched: &Touched<'_>) -> String {
    let why = touched.unpriced.map(|why| format!(": {}", escape(why))).unwrap_or_default();
    let cost = of_resource(touched).map(|cost| format!(" ({cost}{why})")).unwrap_or_default();
    format!("{}{cost}", touched.operations())
}

/// What a resource's own line says about its price: `+$1.99/h`; `None` when there is nothing to
/// say.
pub(crate) fn of_resource(touched: &Touched<'_>) -> Option<String> {
    let cost = touched.cost?;
    let Some(rise) = cost.rise() else { return Some("price not known".to_owned()) };
    match (touched.change, cost.after) {
        _ if rise == Money::ZERO => None,
        (Change::Create | Change::Delete, _) | (_, None) => Some(an_hour(rise)),
        (_, Some(after)) => Some(format!("{}, to {after}/h", an_hour(rise))),
    }
}

/// What switching something off means, by operation: `power off: still billed $1.99/h`.
pub(crate) fn consequences(touched: &Touched<'_>) -> Vec<String> {
    let existed = touched.change != Change::Create && touched.change != Change::Replace;
    let cost = touched.cost.unwrap_or_default();
    let saved = cost.rise().filter(|rise| existed && *rise < Money::ZERO).map(Money::magnitude);
    let switched = touched.actions.iter().filter_map(|action| match action.operation {
        Operation::Power(power) => Some(power),
        _ => None,
    });
    let words = switched.filter_map(|power| Some((power, switched_off(power, saved, cost)?)));
    words.map(|(power, words)| format!("{}: {words}", Operation::Power(power))).collect()
}

fn switched_off(power: Power, saved: Option<Money>, cost: CostChange) -> Option<String> {
    match (power, saved) {
        (Power::On, _) => None,
        (Power::Off, Some(saved)) => Some(format!("saves {saved}/h")),
        (Power::Off, None) => Some(format!("still billed {}/h", cost.after?)),
        (Power::Disassociated, Some(saved)) => {
            Some(format!("saves {saved}/h, starting again needs free stock"))
        }
        (Power::Disassociated, None) => Some("starting again needs free stock".to_owned()),
    }
}

/// A sum of dollars without the fractions of cents of what is in it.
pub(crate) fn short(sum: Money) -> Money {
    if sum.magnitude() >= Money::ONE { sum.to_cents() } else { sum }
}

/// `+$1.99/h`.
fn an_hour(amount: Money) -> String {
    format!("{}/h", signed(amount))
}

fn signed(amount: Money) -> String {
    if amount > Money::ZERO { format!("+{amount}") } else { amount.to_string() }
}

/// With commas between thousands.
pub(crate) fn grouped(amount: &str) -> String {
    let start = amount.find(|c: char| c.is_ascii_digit()).unwrap_or(amount.len());
    let (sign, digits) = amount.split_at_checked(start).unwrap_or((amount, ""));
    let (whole, cents) = digits.split_once('.').unwrap_or((digits, ""));
    let mut text = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && whole.len().saturating_sub(at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if cents.is_empty() { text } else { format!("{text}.{cents}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (given, expected) in [
            ("+$30528.60", "+$30,528.60"),
            ("-$1234567.00", "-$1,234,567.00"),
            ("$0.00", "$0.00"),
            ("$999.99", "$999.99"),
            ("$1000", "$1,000"),
            ("none", "none"),
        ] {
            assert_eq!(grouped(given), expected);
        }
    }
}
