//! Amounts of money: exact decimals in US dollars, the only currency the clouds name. Rates per
//! hour are amounts too; what an amount is per is said by whoever holds it.

use crate::body::Body;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul, Sub};
use std::str::FromStr;

/// Hours in a month of a year's average length, for estimates by the month.
const HOURS_A_MONTH: Decimal = Decimal::from_parts(730, 0, 0, false, 0);

/// An amount in US dollars. Never a float: sums of many small rates stay exact. An overflow
/// saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(Decimal);

/// A text is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an amount of money")]
pub struct NotMoney;

impl Money {
    /// What every amount is in.
    pub const CURRENCY: &'static str = "USD";

    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// One dollar.
    pub const ONE: Self = Self(Decimal::ONE);

    /// The millionth part of a dollar: the last decimal of what a cloud bills.
    pub const MILLIONTH: Self = Self(Decimal::from_parts(1, 0, 0, false, 6));

    /// Reads an amount from a JSON string or number; servers write both (docs/contracts/voltage-park.md §1.1).
    #[must_use]
    pub fn read(value: &Body) -> Option<Self> {
        match value {
            Body::Text(text) => text.parse().ok(),
            Body::Number(number) => number.to_string().parse().ok(),
            _ => None,
        }
    }

    /// What an hourly rate comes to in a month of average length.
    #[must_use]
    pub fn a_month(self) -> Self {
        Self(self.0.saturating_mul(HOURS_A_MONTH))
    }

    /// What so much of something costs, at this price for one: `2.5`. `None` for what is no amount of
    /// anything.
    #[must_use]
    pub fn for_quantity(self, quantity: &str) -> Option<Self> {
        let quantity = Decimal::from_str(quantity.trim()).ok()?;
        let is_amount = !quantity.is_sign_negative() || quantity.is_zero();
        is_amount.then(|| Self(self.0.saturating_mul(quantity)))
    }

    /// What an hour costs of what costs this in so many hours.
    #[must_use]
    pub fn spread_over(self, hours: u32) -> Self {
        Self(self.0.checked_div(Decimal::from(hours)).unwrap_or_default())
    }

    /// So much of `parts` as this is of `whole`, rounded: how long a bar is.
    #[must_use]
    pub fn share_of(self, whole: Self, parts: u32) -> u32 {
        let share = self.0.saturating_mul(Decimal::from(parts)).checked_div(whole.0);
        let share = share.map(|share| share.round()).unwrap_or_default();
        u32::try_from(share).unwrap_or_default().min(parts)
    }

    /// Rounded to whole cents.
    #[must_use]
    pub fn to_cents(self) -> Self {
        Self(self.0.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    }

    /// A whole number: what is counted and is no money.
    #[must_use]
    pub fn of_count(count: u64) -> Self {
        Self(Decimal::from(count))
    }

    /// The decimal without zeros behind it.
    #[must_use]
    pub fn normalized(self) -> String {
        self.0.normalize().to_string()
    }

    /// Without its sign.
    #[must_use]
    pub fn magnitude(self) -> Self {
        Self(self.0.abs())
    }

    /// The plain decimal, as APIs write it: `1.990000`.
    #[must_use]
    pub fn plain(self) -> String {
        self.0.to_string()
    }
}

impl FromStr for Money {
    type Err = NotMoney;

    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let text = text.trim();
        let parsed = Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text));
        parsed.map(Self).map_err(|_| NotMoney)
    }
}

/// `$1.99`; as many places as needed, at least two and at most six.
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut amount = self.0.abs().round_dp(6).normalize();
        amount.rescale(amount.scale().max(2));
        let sign = if self.0.is_sign_negative() && !amount.is_zero() { "-" } else { "" };
        write!(formatter, "{sign}${amount}")
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.plain())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<u64> for Money {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(Decimal::from(times)))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_are_read_from_strings_and_numbers() {
        for (value, shown) in [
            (json!("1.890000"), Some("$1.89")),
            (json!("1.99"), Some("$1.99")),
            (json!(2.49), Some("$2.49")),
            (json!(8), Some("$8.00")),
            (json!("0.00017408"), Some("$0.000174")),
            (json!("-39.84"), Some("-$39.84")),
            (json!("1e-3"), Some("$0.001")),
            (json!("free"), None),
            (json!(null), None),
        ] {
            assert_eq!(Money::read(&value.into()).map(|money| money.to_string()).as_deref(), shown);
        }
    }

    #[test]
    fn sums_are_exact() {
        let tenth: Money = "0.1".parse().unwrap();
        let sum: Money = std::iter::repeat_n(tenth, 10).sum();
        assert_eq!(sum, "1".parse().unwrap());
        assert_eq!((tenth * 16).to_string(), "$1.60");
        assert_eq!(tenth.a_month().to_string(), "$73.00");
        assert_eq!("0.125".parse::<Money>().unwrap().to_cents().to_string(), "$0.13");
        assert_eq!(serde_json::to_value(tenth - sum).unwrap(), json!("-0.9"));
    }
}
