//! When two values count as equal: zero values, masks, sets, JSON and case. No rules, no paths.

use crate::body::Body;
use serde_json::Value;

/// The zero values, which servers leave out: null, false, 0, empty text, list or mapping.
#[must_use]
pub fn is_zero(value: &Body) -> bool {
    match value {
        Body::Null => true,
        Body::Bool(truth) => !truth,
        Body::Number(number) => number.as_f64() == Some(0.0),
        Body::Text(text) => text.is_empty(),
        Body::List(items) => items.is_empty(),
        Body::Fields(fields) => fields.values().all(is_zero),
        Body::Secret(secret) => is_zero(&secret.to_json().into()),
        Body::Output(_) | Body::Unset(_) => false,
    }
}

/// Whether a mask stands anywhere in a value.
pub(super) fn holds_mask(value: &Body) -> bool {
    value.any(&Body::is_mask)
}

/// A value's text in clear, for sorting.
pub(super) fn text_of(value: &Body) -> String {
    value.with_secrets_in_clear().to_string()
}

/// Whether two lists hold the same values, each as often.
pub(super) fn same_set(left: &[Body], right: &[Body]) -> bool {
    let sorted = |items: &[Body]| {
        let mut texts: Vec<String> = items.iter().map(text_of).collect();
        texts.sort();
        texts
    };
    left.len() == right.len() && sorted(left) == sorted(right)
}

/// Whether two texts hold the same JSON.
pub(super) fn same_json(left: &str, right: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<Value>(text).ok();
    matches!((parse(left), parse(right)), (Some(left), Some(right)) if left == right)
}

pub(super) fn same_case(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

/// Whether two numbers are the same although one is written with a fraction (`1` and `1.0`).
pub(super) fn same_number(left: &Body, right: &Body) -> bool {
    matches!((left, right), (Body::Number(left), Body::Number(right))
        if left.as_f64().is_some() && left.as_f64() == right.as_f64())
}
