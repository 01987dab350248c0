//! The rate card of a profile (api §3.6): rates by dimension, in dollars an hour where they can be
//! . What something costs by it is `price`.

use plumb_model::text::escape;
use plumb_model::{Body, Money};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An amount an hour, or why it is not known.
pub(crate) type Hourly = Result<Money, String>;

/// Rates by dimension.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RateCard(BTreeMap<String, Vec<Rate>>);

/// A rate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rate {
    /// For one, in one unit of time.
    price: Option<Money>,
    currency: String,
    unit: String,
    /// For this value of what the dimension goes by only.
    pub(crate) option: Option<String>,
}

impl RateCard {
    /// That of a profile, as a list shows it.
    pub(crate) fn read(profile: &Body) -> Self {
        let card = profile.pointer("/status/globalSettings/billing/ratecard");
        let dimensions = card.and_then(Body::as_object).into_iter().flat_map(|card| card.iter());
        let read = |(name, rates): (&Arc<str>, &Body)| {
            let rates = rates.as_array().into_iter().flatten().map(Rate::read).collect();
            (name.to_string(), rates)
        };
        Self(dimensions.map(read).collect())
    }

    /// Whether it says nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rates of each dimension.
    pub(crate) fn dimensions(&self) -> impl Iterator<Item = (&str, &[Rate])> {
        self.0.iter().map(|(name, rates)| (name.as_str(), rates.as_slice()))
    }
}

impl Rate {
    fn read(item: &Body) -> Self {
        let text = |name: &str| item.get(name).and_then(as_text).unwrap_or_default();
        Self {
            price: item.get("price").and_then(Money::read),
            currency: text("currency"),
            unit: text("time_unit").trim().to_lowercase(),
            option: item.get("value").and_then(as_text).filter(|value| !value.is_empty()),
        }
    }

    /// For one, in an hour.
    ///
    /// # Errors
    /// Why that is not known.
    pub(crate) fn hourly(&self, dimension: &str) -> Hourly {
        let unreadable = || format!("its profile's rate for {dimension} is no amount");
        let price = self.price.ok_or_else(unreadable)?;
        if !self.currency.is_empty() && !self.currency.eq_ignore_ascii_case(Money::CURRENCY) {
            let currency = escape(&self.currency);
            return Err(format!("its profile's rate for {dimension} is in {currency}"));
        }
        Ok(match self.unit.as_str() {
            "s" | "sec" | "second" => price * 3_600,
            "min" | "minute" => price * 60,
            "h" | "hour" | "hourly" => price,
            "d" | "day" | "daily" => price.spread_over(24),
            "w" | "week" | "weekly" => price.spread_over(24 * 7),
            "month" | "monthly" => price.spread_over(730),
            "y" | "year" | "yearly" => price.spread_over(24 * 365),
            unit => {
                let unit = escape(unit);
                return Err(format!("its profile's rate for {dimension} is by {unit:?}"));
            }
        })
    }
}

/// A scalar as the text a variable's value would be.
pub(crate) fn as_text(value: &Body) -> Option<String> {
    match value {
        Body::Text(text) => Some(text.to_string()),
        Body::Number(_) | Body::Bool(_) => Some(value.shown().to_string()),
        _ => None,
    }
}
