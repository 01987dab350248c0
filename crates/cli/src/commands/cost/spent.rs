//! What a cloud has charged: this month so far and the months before, as its monthly reports say.

use crate::live;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use plumb_kind::{Billing, Charge, Collection, Snapshot};
use plumb_model::Money;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// So many months are shown, this one included.
const MONTHS: i64 = 3;

/// What a month was charged.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Period {
    /// The month: `2026-01`.
    pub(super) month: String,
    /// What was charged, until now where it is this month; null where that is not known.
    #[schemars(with = "Option<String>")]
    pub(super) charged: Option<Money>,
    /// Of this month: what it comes to at its end when everything goes on as it is.
    #[schemars(with = "Option<String>")]
    pub(super) expected: Option<Money>,
    /// Why it is not known; null where it is.
    pub(super) unknown_because: Option<String>,
}

/// What was charged month by month, this one first; of each, what for by id.
#[derive(Debug)]
pub(super) struct Spent(Vec<(Date, Charged)>);

/// What a month was charged for, by id; or why that is not known.
type Charged = Result<BTreeMap<String, Money>, String>;

/// The reports that say it.
pub(super) fn reports(billing: &dyn Billing, now: Timestamp) -> Vec<(Date, Collection)> {
    let this = now.to_zoned(TimeZone::UTC).date().first_of_month();
    let months = (0..MONTHS).filter_map(|back| this.checked_sub(back.months()).ok());
    months.map(|month| (month, billing.report(month.year(), month.month()))).collect()
}

impl Spent {
    /// What the reports say.
    pub(super) fn read(
        billing: &dyn Billing,
        reports: &[(Date, Collection)],
        snapshot: &Snapshot,
    ) -> Self {
        let charged = |collection: &Collection| match billing.read_report(collection, snapshot) {
            Some(Ok(report)) => Ok(by_subject(&report.charges)),
            Some(Err(why)) => Err(why.to_string()),
            None => Err(live::why_unread(collection, snapshot)),
        };
        Self(reports.iter().map(|(month, report)| (*month, charged(report))).collect())
    }

    /// What one thing was charged this month.
    pub(super) fn this_month(&self, id: &str) -> Option<Money> {
        let (_, charged) = self.0.first()?;
        Some(charged.as_ref().ok()?.get(id).copied().unwrap_or_default())
    }

    /// The months, the last one last, of what is counted. At what it costs an hour, this one goes on.
    pub(super) fn months(
        self,
        counts: impl Fn(&str) -> bool,
        hourly: Option<Money>,
        now: Timestamp,
    ) -> Vec<Period> {
        let month = |(at, (month, charged)): (usize, (Date, Charged))| {
            let unknown_because = charged.as_ref().err().cloned();
            let counted = |charged: BTreeMap<String, Money>| -> Money {
                charged.into_iter().filter(|(id, _)| counts(id)).map(|(_, amount)| amount).sum()
            };
            let charged = charged.ok().map(counted);
            let expected = || Some(charged? + hourly? * hours_left(month, now)?);
            let expected = if at == 0 { expected() } else { None };
            let month = month.strftime("%Y-%m").to_string();
            Period { month, charged, expected, unknown_because }
        };
        let mut months: Vec<Period> = self.0.into_iter().enumerate().map(month).collect();
        months.reverse();
        months
    }
}

/// What went out, by what for; what was paid in is no charge.
fn by_subject(charges: &[Charge]) -> BTreeMap<String, Money> {
    let mut sums: BTreeMap<String, Money> = BTreeMap::new();
    for charge in charges.iter().filter(|charge| charge.amount < Money::ZERO) {
        let sum = sums.entry(charge.subject.to_string()).or_default();
        *sum = *sum + charge.amount.magnitude();
    }
    sums
}

/// The hours from now to the end of a month.
fn hours_left(month: Date, now: Timestamp) -> Option<u64> {
    let next = month.checked_add(Span::new().months(1)).ok()?;
    let end = next.to_zoned(TimeZone::UTC).ok()?.timestamp();
    u64::try_from(end.duration_since(now).as_hours()).ok()
}
