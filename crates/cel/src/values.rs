//! Data as the language has it. Whole numbers are of one sort, so that they can be added.

use cel::Value;
use cel::objects::{Key, Map};
use serde_json::Number;
use std::collections::HashMap;
use std::sync::Arc;

/// A value of JSON.
pub(crate) fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(amount) => number(amount),
        serde_json::Value::String(text) => Value::String(Arc::new(text.clone())),
        serde_json::Value::Array(items) => Value::List(Arc::new(items.iter().map(value).collect())),
        serde_json::Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| (Key::String(Arc::new(name.clone())), value(field)));
            Value::Map(Map { map: Arc::new(fields.collect::<HashMap<_, _>>()) })
        }
    }
}

fn number(amount: &Number) -> Value {
    match (amount.as_i64(), amount.as_u64(), amount.as_f64()) {
        (Some(whole), ..) => Value::Int(whole),
        (None, Some(whole), _) => Value::UInt(whole),
        (None, None, Some(amount)) => Value::Float(amount),
        (None, None, None) => Value::Null,
    }
}

/// How many values there are, itself among them.
pub(crate) fn count(json: &serde_json::Value) -> u64 {
    let inside: u64 = match json {
        serde_json::Value::Array(items) => items.iter().map(count).sum(),
        serde_json::Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    };
    inside.saturating_add(1)
}

/// A scalar, or a short list of them, as the language writes it.
pub(crate) fn shown(value: &Value) -> Option<String> {
    Some(match value {
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null => "null".to_owned(),
        Value::String(text) => format!("{:?}", plumb_model::text::escape(text)),
        Value::List(items) if items.len() <= SHOWN_ITEMS => {
            let items = items.iter().map(shown).collect::<Option<Vec<String>>>()?;
            format!("[{}]", items.join(", "))
        }
        _ => return None,
    })
}

/// Longer lists tell nobody anything.
const SHOWN_ITEMS: usize = 8;
