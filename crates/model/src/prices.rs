//! The stack's price book: what things cost an hour of which no cloud tells a price.

use crate::body::Body;
use crate::key::ResourceKey;
use crate::money::Money;
use crate::path::FieldPath;
use serde::Serialize;
use std::collections::BTreeMap;

/// Prices, in the order in which they stand: the first that fits holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PriceBook(pub Vec<Price>);

/// Some things, by what they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fit {
    /// Of the kind of this name.
    pub kind: String,
    /// Whose fields have these texts; of a list one item has it.
    pub having: BTreeMap<FieldPath, String>,
}

/// What some things cost an hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Price {
    /// Which things.
    pub of: Fit,
    /// Each, in dollars; or each of what `times` counts.
    pub hourly: Money,
    /// A field that counts: two GPUs cost twice as much as one.
    pub times: Option<FieldPath>,
}

impl PriceBook {
    /// What a thing costs an hour by the book; `None` where nothing in it fits, or what fits counts by
    /// a field that holds no number.
    #[must_use]
    pub fn hourly(&self, key: &ResourceKey, body: &Body) -> Option<Money> {
        let price = self.0.iter().find(|price| price.of.fits(key, body))?;
        match &price.times {
            Some(field) => price.hourly.for_quantity(&text(body.find(field)?)?),
            None => Some(price.hourly),
        }
    }
}

impl Fit {
    /// Whether a thing is one of them.
    #[must_use]
    pub fn fits(&self, key: &ResourceKey, body: &Body) -> bool {
        let has = |(field, wanted): (&FieldPath, &String)| match body.find(field) {
            Some(Body::List(items)) => items.iter().any(|item| text(item).as_ref() == Some(wanted)),
            Some(value) => text(value).as_ref() == Some(wanted),
            None => false,
        };
        self.kind == key.kind.kind && self.having.iter().all(has)
    }
}

/// A scalar as text, as documents write it.
#[must_use]
pub fn text(value: &Body) -> Option<String> {
    match value {
        Body::Text(text) => Some(text.to_string()),
        Body::Number(_) | Body::Bool(_) => Some(value.shown().to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body;

    fn price(having: &[(&str, &str)], hourly: &str, times: Option<&str>) -> Price {
        let having = having.iter();
        Price {
            of: Fit {
                kind: "Machine".to_owned(),
                having: having
                    .map(|(field, text)| (field.parse().unwrap(), (*text).to_owned()))
                    .collect(),
            },
            hourly: hourly.parse().unwrap(),
            times: times.map(|field| field.parse().unwrap()),
        }
    }

    #[test]
    fn the_first_that_fits_holds() {
        let book = PriceBook(vec![
            price(&[("spec.profile", "h100"), ("spec.spot", "true")], "1", None),
            price(&[("spec.profile", "h100")], "2.5", Some("spec.parts[GPU Count].value")),
            price(&[("spec.profile", "cpu")], "0.1", None),
        ]);
        let parts = |count: &str| body!([{"name": "GPU Count", "value": count}]);
        for (kind, body, expected) in [
            ("Machine", body!({"spec": {"profile": "h100", "spot": true}}), Some("1")),
            ("Machine", body!({"spec": {"profile": "h100", "parts": (parts("8"))}}), Some("20")),
            ("Machine", body!({"spec": {"profile": "h100", "parts": (parts("many"))}}), None),
            ("Machine", body!({"spec": {"profile": "h100", "parts": (parts("-8"))}}), None),
            ("Machine", body!({"spec": {"profile": "h100"}}), None),
            ("Machine", body!({"spec": {"profile": "cpu"}}), Some("0.1")),
            ("Machine", body!({"spec": {"profile": "l40s"}}), None),
            ("Machine", body!({}), None),
            ("Machine", body!({"spec": {"profile": ["l40s", "cpu"]}}), Some("0.1")),
            ("House", body!({"spec": {"profile": "cpu"}}), None),
        ] {
            let key = format!("{kind}.toy/m").parse().unwrap();
            let expected = expected.map(|amount| amount.parse().unwrap());
            assert_eq!(book.hourly(&key, &body), expected, "{kind} {body:?}");
        }
    }
}
