//! Guard rails of a stack: what its planned world must be like as a whole, whatever of it changes.

use crate::body::Body;
use crate::key::ResourceKey;
use crate::money::Money;
use crate::path::FieldPath;
use crate::prices::Fit;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The rails of a stack, and how many GPUs things have that do not say so themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rails {
    /// The rails, in the order in which they stand.
    pub rails: Vec<Rail>,
    /// How many GPUs things have: the first that fits holds.
    pub gpus: Vec<(Fit, u64)>,
}

/// One rail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rail {
    /// What it is called.
    pub name: String,
    /// Where it stands: `plumb.yaml:12`. It asks for the same wherever that is.
    #[serde(skip)]
    pub place: String,
    /// Which things it is about; all when it names no kind.
    pub about: Option<Fit>,
    /// What all of them come to at most.
    pub most: BTreeMap<Measure, Money>,
    /// What each of them has at most.
    pub most_each: BTreeMap<Measure, Money>,
    /// Fields, and the values they may have.
    pub among: BTreeMap<FieldPath, BTreeSet<String>>,
    /// Fields, and how their values look: `*` stands for anything.
    pub like: BTreeMap<FieldPath, String>,
    /// Fields that must be there, and what they must have in them.
    pub has: BTreeMap<FieldPath, BTreeSet<String>>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Measure {
    /// GPUs.
    Gpus,
    /// Dollars an hour.
    Hourly,
    /// Dollars in a month of 730 hours.
    Monthly,
    /// Resources.
    Resources,
    /// Months of a contract.
    ContractMonths,
    /// Hours until it is gone, from when it is made.
    LifetimeHours,
}

impl Measure {
    /// A figure with its unit.
    #[must_use]
    pub fn shown(self, figure: Money) -> String {
        let number = figure.normalized();
        let plural = if number == "1" { "" } else { "s" };
        match self {
            Self::Gpus => format!("{number} GPU{plural}"),
            Self::Hourly => format!("{figure} an hour"),
            Self::Monthly => format!("{} a month", figure.to_cents()),
            Self::Resources => format!("{number} resource{plural}"),
            Self::ContractMonths => format!("{number} month{plural}"),
            Self::LifetimeHours => format!("{number} hour{plural} to live"),
        }
    }
}

impl Rail {
    /// Whether it is about a thing.
    #[must_use]
    pub fn is_about(&self, key: &ResourceKey, body: &Body) -> bool {
        self.about.as_ref().is_none_or(|fit| fit.fits(key, body))
    }
}

impl fmt::Display for Rail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", crate::text::escape(&self.name), self.place)
    }
}

/// Whether a text looks like a pattern, in which `*` stands for anything.
#[must_use]
pub fn looks_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    let rest =
        middle.iter().try_fold(rest, |rest, part| rest.split_once(part).map(|(_, behind)| behind));
    rest.is_some_and(|rest| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (text, pattern, like) in [
            ("ml-one", "ml-*", true),
            ("ml-", "ml-*", true),
            ("ml", "ml-*", false),
            ("one", "one", true),
            ("ones", "one", false),
            ("a-b-c", "a*b*c", true),
            ("abc", "*", true),
            ("", "*", true),
            ("", "", true),
            ("ab", "a*bb", false),
            ("aXbYb", "a*b*b", true),
        ] {
            assert_eq!(looks_like(text, pattern), like, "{text} {pattern}");
        }
    }
}
