//! The money of an organization: one charge for each stretch of time an object has had one price, by
//! the second (V-51).
//!
//! Amounts are sizes; whether money came or went says the type of a transaction (V-60).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::money::Money;
use super::record::Family;
use plumb_sandbox::time::Timestamp;

/// The money of an organization, apart from what it began with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) charges: Vec<Charge>,
    /// The charge that runs, by object.
    pub(crate) open: BTreeMap<String, usize>,
    /// When each object that is gone was deleted.
    pub(crate) deleted: BTreeMap<String, Timestamp>,
    /// What ended charges come to.
    pub(crate) settled: Money,
}

/// A stretch of time with one price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) family: Family,
    pub(crate) object: String,
    pub(crate) object_created: Timestamp,
    pub(crate) rate: Money,
    pub(crate) from: Timestamp,
    pub(crate) until: Option<Timestamp>,
}

impl Charge {
    /// What it comes to from its beginning until a moment.
    pub(crate) fn amount_until(&self, moment: Timestamp) -> Money {
        let end = self.until.map_or(moment, |until| until.min(moment));
        let micros = end.as_micros().saturating_sub(self.from.as_micros());
        self.rate.for_micros(micros.max(0))
    }

    /// What it comes to between two moments. Adjacent spans add up to the last unit.
    pub(crate) fn amount_between(&self, start: Timestamp, end: Timestamp) -> Money {
        self.amount_until(end) - self.amount_until(start)
    }

    pub(crate) fn touches(&self, start: Timestamp, end: Timestamp) -> bool {
        self.from < end && self.until.is_none_or(|until| until > start)
    }

    /// Whether it is over before it began to cost.
    pub(crate) fn is_nothing(&self) -> bool {
        self.until == Some(self.from)
    }

    pub(crate) fn is_of(&self, types: &[String]) -> bool {
        let own = match self.family {
            Family::Machines => "virtual_machine",
            Family::Rentals => "baremetal",
            Family::Volumes | Family::Keys => "storage",
        };
        types.is_empty() || types.iter().any(|it| it == own)
    }
}

impl Account {
    pub(crate) fn rate(&self) -> Money {
        self.open_charges().map(|charge| charge.rate).sum()
    }

    pub(crate) fn spent_until(&self, moment: Timestamp) -> Money {
        self.charges.iter().map(|charge| charge.amount_until(moment)).sum()
    }

    pub(crate) fn open_charges(&self) -> impl Iterator<Item = &Charge> {
        self.open.values().filter_map(|index| self.charges.get(*index))
    }

    pub(crate) fn close(&mut self, object: &str, now: Timestamp) {
        let Some(index) = self.open.remove(object) else { return };
        if let Some(charge) = self.charges.get_mut(index) {
            charge.until = Some(now.max(charge.from));
            self.settled = self.settled + charge.amount_until(now);
        }
    }
}
