//! When two values count as equal: zero values, masks, sets, JSON and case. No rules, no paths.

use crate::path::element_key;
use serde_json::Value;
use std::collections::BTreeSet;

/// The zero values, which servers leave out: null, false, 0, empty text, list or mapping.
#[must_use]
pub fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_zero),
    }
}

/// Whether a text is a mask (`********`) and not a value.
#[must_use]
pub fn is_mask(text: &str) -> bool {
    text.len() >= 3 && text.bytes().all(|byte| byte == b'*')
}

/// Whether a mask stands anywhere in a value.
pub(super) fn holds_mask(value: &Value) -> bool {
    match value {
        Value::String(text) => is_mask(text),
        Value::Array(items) => items.iter().any(holds_mask),
        Value::Object(fields) => fields.values().any(holds_mask),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

pub(super) fn has_children(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// A scalar's text, as a secret would have it.
pub(super) fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether every element has its key, and none has another's.
pub(super) fn is_keyed(items: &[Value], by: &str) -> bool {
    let keys: BTreeSet<&str> = items.iter().filter_map(|item| element_key(item, by)).collect();
    keys.len() == items.len()
}

/// Whether two lists hold the same values, each as often.
pub(super) fn same_set(left: &[Value], right: &[Value]) -> bool {
    let sorted = |items: &[Value]| {
        let mut texts: Vec<String> = items.iter().map(Value::to_string).collect();
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
pub(super) fn same_number(left: &Value, right: &Value) -> bool {
    matches!((left, right), (Value::Number(left), Value::Number(right))
        if left.as_f64().is_some() && left.as_f64() == right.as_f64())
}
