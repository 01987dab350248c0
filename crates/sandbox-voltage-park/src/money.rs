//! Money: US dollars as whole hundred-millionths, exact where a volume's price per hour needs eight
//! places. No floats.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The smallest amounts in a dollar.
const UNITS: i64 = 100_000_000;

/// Microseconds in an hour.
const HOUR: i128 = 3_600_000_000;

/// An amount of US dollars, or dollars for each hour. Sums stop at the ends of the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// So many hundred-millionths of a dollar.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Money(units)
    }

    /// Reads a decimal with at most eight places.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || fraction.len() > 8 {
            return None;
        }
        let whole: i64 = whole.parse().ok()?;
        let fraction: i64 = format!("{fraction:0<8}").parse().ok()?;
        let units = whole.checked_mul(UNITS)?.checked_add(fraction)?;
        Some(Money(if negative { -units } else { units }))
    }

    /// So many times this.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Money(self.0.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX)))
    }

    /// What this price of an hour comes to in so many microseconds, rounded to the nearest unit.
    #[must_use]
    pub fn for_micros(self, micros: i64) -> Self {
        let exact = i128::from(self.0) * i128::from(micros);
        let half = if exact < 0 { -HOUR / 2 } else { HOUR / 2 };
        let limit = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
        Money(limit((exact + half) / HOUR))
    }
}

impl Money {
    /// As the prices of bare metal are printed: two places, and more only where they say something.
    #[must_use]
    pub(crate) fn short(self) -> String {
        let text = self.to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let fraction = fraction.trim_end_matches('0');
        format!("{whole}.{fraction:0<2}")
    }
}

impl fmt::Display for Money {
    /// Six places, as the vendor prints; two more where they say something.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let units = self.0.unsigned_abs();
        let (whole, fraction) = (units / UNITS.unsigned_abs(), units % UNITS.unsigned_abs());
        if fraction.is_multiple_of(100) {
            write!(formatter, "{sign}{whole}.{:06}", fraction / 100)
        } else {
            write!(formatter, "{sign}{whole}.{fraction:08}")
        }
    }
}

impl Add for Money {
    type Output = Money;

    fn add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Money;

    fn sub(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Money::parse(&text).ok_or_else(|| de::Error::custom("not a decimal with up to 8 places"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_print_and_parse() {
        for (text, shown) in [
            ("1.89", "1.890000"),
            ("0.00017408", "0.00017408"),
            ("0.017408", "0.017408"),
            ("-3", "-3.000000"),
            ("-0.5", "-0.500000"),
            ("1000000", "1000000.000000"),
        ] {
            let money = Money::parse(text).unwrap();
            assert_eq!(money.to_string(), shown);
            assert_eq!(Money::parse(shown), Some(money));
        }
        for text in ["", ".", "1.", ".5", "1.123456789", "1e3", "+1", "--1", "99999999999999"] {
            assert_eq!(Money::parse(text), None, "{text}");
        }
    }

    #[test]
    fn time_costs_to_the_nearest_unit() {
        let rate = Money::parse("2.49").unwrap();
        assert_eq!(rate.for_micros(3_600_000_000), rate);
        assert_eq!(rate.times(8).for_micros(1_800_000_000).to_string(), "9.960000");
        assert_eq!(Money::from_units(1).for_micros(1_799_999_999), Money::ZERO);
        assert_eq!(Money::from_units(1).for_micros(1_800_000_000), Money::from_units(1));
        assert_eq!(Money::from_units(i64::MAX).for_micros(i64::MAX), Money::from_units(i64::MAX));
    }
}
