//! What a run announced of the bill, held against what its resources cost when it is over.

use crate::key::ResourceKey;
use crate::live::Live;
use crate::money::Money;
use crate::plan::Plan;
use crate::prices::PriceBook;

/// What was announced of the bill, and what was found; of the resources that a plan touches, in dollars
/// an hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// What they were to cost, where that was known.
    pub announced: Money,
    /// What they cost now, where that is known.
    pub found: Money,
    /// Those that cost something else than was announced.
    pub otherwise: Vec<Otherwise>,
    /// Those of which nobody knew a price before, and nobody does now.
    pub unknown: Vec<ResourceKey>,
}

/// A resource that costs something else than was announced. `None` is what nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Otherwise {
    /// The resource.
    pub key: ResourceKey,
    /// What it was to cost an hour.
    pub announced: Option<Money>,
    /// What it costs an hour.
    pub found: Option<Money>,
}

impl Bill {
    /// Holds a plan against what is there after it; `None` when nothing in it costs money.
    #[must_use]
    pub fn of(plan: &Plan, live: &Live, prices: &PriceBook) -> Option<Self> {
        let mut bill = Self::default();
        for (key, cost) in &plan.costs {
            let (announced, found) = (cost.after, live.hourly(key, prices));
            bill.announced = bill.announced + announced.unwrap_or_default();
            bill.found = bill.found + found.unwrap_or_default();
            match (announced, found) {
                (None, None) => bill.unknown.push(key.clone()),
                _ if announced == found => {}
                _ => bill.otherwise.push(Otherwise { key: key.clone(), announced, found }),
            }
        }
        (!plan.costs.is_empty()).then_some(bill)
    }
}
