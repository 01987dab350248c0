//! What ends soon, and how far ahead that is told: contracts, and the keys of connections. Whoever asks
//! brings the time.

use crate::ledger::Contract;
use jiff::{SignedDuration, Timestamp};

/// How far ahead an end is told, in days.
pub const AHEAD: [u32; 3] = [1, 7, 30];

/// The fewest of these days within which something ends. `None` when that is longer, or over.
#[must_use]
pub fn days_ahead(end: Timestamp, now: Timestamp) -> Option<u32> {
    let left = end.duration_since(now);
    let within = |days: &u32| left <= SignedDuration::from_hours(24 * i64::from(*days));
    AHEAD.into_iter().find(within).filter(|_| end > now)
}

/// The same of a contract. One of a month would be told from the day on which it begins: its end is told
/// from a week on.
#[must_use]
pub fn of_contract(contract: &Contract, now: Timestamp) -> Option<u32> {
    const SHORTEST: u32 = 1;
    const LATE: u32 = 7;
    let days = days_ahead(contract.end()?, now)?;
    (contract.months > SHORTEST || days <= LATE).then_some(days)
}

/// `within 7 days, at 2026-12-05 10:00 UTC`.
#[must_use]
pub fn words(end: Timestamp, days: u32) -> String {
    let span = if days == 1 { "a day".to_owned() } else { format!("{days} days") };
    format!("within {span}, at {}", moment(end))
}

/// A moment as people read it: `2026-12-05 10:00 UTC`.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_thirty_seven_and_one_day_ahead() {
        let end = "2026-12-31T10:00:00Z".parse().unwrap();
        for (now, days) in [
            ("2026-12-01T09:59:59Z", None),
            ("2026-12-01T10:00:00Z", Some(30)),
            ("2026-12-24T09:59:59Z", Some(30)),
            ("2026-12-24T10:00:00Z", Some(7)),
            ("2026-12-30T10:00:00Z", Some(1)),
            ("2026-12-31T09:59:59Z", Some(1)),
            ("2026-12-31T10:00:00Z", None),
            ("2027-12-31T10:00:00Z", None),
        ] {
            assert_eq!(days_ahead(end, now.parse().unwrap()), days, "{now}");
        }
        assert_eq!(words(end, 1), "within a day, at 2026-12-31 10:00 UTC");
        assert_eq!(words(end, 7), "within 7 days, at 2026-12-31 10:00 UTC");
    }

    #[test]
    fn a_contract_of_a_month_is_told_from_a_week_on() {
        let contract = |months| Contract { months, since: "2026-11-01T10:00:00Z".parse().unwrap() };
        for (months, now, days) in [
            (1, "2026-11-02T10:00:00Z", None),
            (1, "2026-11-25T10:00:00Z", Some(7)),
            (1, "2026-11-30T10:00:00Z", Some(1)),
            (1, "2026-12-01T10:00:00Z", None),
            (2, "2026-12-02T10:00:00Z", Some(30)),
            (u32::MAX, "2026-12-02T10:00:00Z", None),
        ] {
            let told = of_contract(&contract(months), now.parse().unwrap());
            assert_eq!(told, days, "{months} {now}");
        }
        let three = contract(3);
        assert_eq!(three.end(), Some("2027-02-01T10:00:00Z".parse().unwrap()));
        let hourly = "10".parse().unwrap();
        let owed = three.owed(hourly, "2026-12-15T00:00:00Z".parse().unwrap());
        assert_eq!(owed.to_string(), "$14600.00");
    }
}
