//! What a run announced of the bill, and what was found when it was over: in words, and as data.

use crate::money::{grouped, named, short};
use crate::style::{Role, Style};
use crate::text::address;
use crate::words::append;
use plumb_model::bill::{Bill, Otherwise};
use plumb_model::{Money, ResourceKey};
use schemars::JsonSchema;
use serde::Serialize;

/// What was announced of the bill, and what was found: of the resources of the plan, in US dollars an
/// hour as decimal text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResultBill {
    /// What they were to cost, where that was known.
    pub hourly_announced: String,
    /// What they cost now, where that is known.
    pub hourly_found: String,
    /// Those that cost something else than was announced.
    pub otherwise: Vec<ResultOtherwise>,
    /// Those of which nobody knew a price before, and nobody does now.
    pub unknown: Vec<String>,
}

/// A resource that costs something else than was announced; null is what nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResultOtherwise {
    /// The resource.
    pub address: String,
    /// What it was to cost an hour.
    pub hourly_announced: Option<String>,
    /// What it costs an hour.
    pub hourly_found: Option<String>,
}

impl ResultBill {
    /// A bill in this shape.
    #[must_use]
    pub fn of(bill: &Bill) -> Self {
        let otherwise = |one: &Otherwise| ResultOtherwise {
            address: one.key.canonical(),
            hourly_announced: one.announced.map(Money::plain),
            hourly_found: one.found.map(Money::plain),
        };
        Self {
            hourly_announced: bill.announced.plain(),
            hourly_found: bill.found.plain(),
            otherwise: bill.otherwise.iter().map(otherwise).collect(),
            unknown: bill.unknown.iter().map(ResourceKey::canonical).collect(),
        }
    }
}

/// The bill for people, one sentence; a difference is a warning, and names the resources. Ends with a
/// line break.
#[must_use]
pub fn words(bill: &Bill, style: Style) -> String {
    let sentence = sentence(bill);
    let is_otherwise = !bill.otherwise.is_empty();
    let head = if is_otherwise {
        style.paint(Role::Warning, &format!("warning: {sentence}:"))
    } else {
        format!("Bill: {sentence}.")
    };
    let mut text = format!("{head}\n");
    for line in differences(bill) {
        append(&mut text, format_args!("  {line}\n"));
    }
    text
}

/// `what was changed costs $63.58/h, as announced`, without an end.
pub(crate) fn sentence(bill: &Bill) -> String {
    let Bill { announced, found, otherwise, unknown } = bill;
    let [found, announced] = [found, announced].map(|sum| an_hour(Some(*sum)));
    let told = if otherwise.is_empty() {
        format!("what was changed costs {found}, as announced")
    } else {
        format!("what was changed costs {found}, and {announced} was announced")
    };
    if unknown.is_empty() {
        return told;
    }
    format!("{told}; not known for {}", named(unknown.iter().map(address).collect()))
}

/// A line for each resource that costs something else.
pub(crate) fn differences(bill: &Bill) -> Vec<String> {
    let line = |one: &Otherwise| {
        let [found, announced] = [one.found, one.announced].map(an_hour);
        format!("{}: {found} instead of {announced}", address(&one.key))
    };
    bill.otherwise.iter().map(line).collect()
}

fn an_hour(amount: Option<Money>) -> String {
    amount.map_or_else(
        || "an unknown price".to_owned(),
        |amount| format!("{}/h", grouped(&short(amount).to_string())),
    )
}
