//! A contract as people and programs are told of it.

use jiff::Timestamp;
use plumb_model::ledger::Contract;
use plumb_model::{ResourceKey, ending};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Contracts, by what has them.
pub(crate) type Terms = BTreeMap<ResourceKey, Term>;

/// The term of a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Term {
    /// Its length in months.
    pub(crate) months: u32,
    /// When it began (RFC 3339).
    #[schemars(with = "String")]
    pub(crate) since: Timestamp,
    /// When it ends (RFC 3339); null beyond the calendar.
    #[schemars(with = "Option<String>")]
    pub(crate) ends: Option<Timestamp>,
    /// Months that are left; one that has begun counts whole, and 0 is over.
    pub(crate) months_left: u32,
}

impl Term {
    /// What of a contract is left at a time.
    pub(crate) fn of(contract: &Contract, now: Timestamp) -> Self {
        Self {
            months: contract.months,
            since: contract.since,
            ends: contract.end(),
            months_left: contract.months_left(now),
        }
    }

    /// `to 2026-12-05, 2 months left`: for a table.
    pub(crate) fn short(&self) -> String {
        let Some(ends) = self.ends else { return "without an end".to_owned() };
        let day = ends.strftime("%Y-%m-%d");
        match self.months_left {
            0 => format!("over since {day}"),
            1 => format!("to {day}, 1 month left"),
            left => format!("to {day}, {left} months left"),
        }
    }

    /// `12 months, from … to …; 7 months left`: for a sentence.
    pub(crate) fn long(&self) -> String {
        let months =
            |count| if count == 1 { "1 month".to_owned() } else { format!("{count} months") };
        let ends = self.ends.map_or_else(|| "no end".to_owned(), ending::moment);
        let (term, since) = (months(self.months), ending::moment(self.since));
        match self.months_left {
            0 => format!("{term}, from {since}; over since {ends}"),
            left => format!("{term}, from {since} to {ends}; {} left", months(left)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_told_with_its_end_and_what_is_left() {
        let contract = Contract { months: 6, since: "2026-01-31T10:00:00Z".parse().unwrap() };
        let at = |now: &str| Term::of(&contract, now.parse().unwrap());
        for (now, short, long) in [
            ("2026-02-01T00:00:00Z", "to 2026-07-31, 6 months left", "6 months left"),
            ("2026-07-30T00:00:00Z", "to 2026-07-31, 1 month left", "UTC; 1 month left"),
            ("2026-08-01T00:00:00Z", "over since 2026-07-31", "over since 2026-07-31 10:00 UTC"),
        ] {
            let term = at(now);
            assert_eq!(term.short(), short);
            assert!(term.long().ends_with(long), "{}", term.long());
        }
        let endless = Contract { months: u32::MAX, ..contract };
        assert_eq!(Term::of(&endless, endless.since).short(), "without an end");
    }
}
