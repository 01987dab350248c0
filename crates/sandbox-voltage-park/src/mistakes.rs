//! The mistakes of a 422 that paths, queries and bodies have in common (contract 9.2).

use serde_json::{Value, json};

use super::errors::mistake;

/// A whole number in a text, as pydantic takes it: blanks around it and `.0` behind it are fine.
pub(crate) fn whole_number(text: &str) -> Option<i64> {
    let trimmed = text.trim();
    let (number, fraction) = trimmed.split_once('.').unwrap_or((trimmed, ""));
    if fraction.bytes().all(|byte| byte == b'0') { number.parse().ok() } else { None }
}

pub(crate) fn bad_number(location: &Value, input: &Value) -> Value {
    let message = "Input should be a valid integer, unable to parse string as an integer";
    mistake("int_parsing", location, message, input, None)
}

pub(crate) fn bad_uuid(location: &Value, text: &str) -> Value {
    let problem =
        format!("invalid length: expected length 32 for simple format, found {}", text.len());
    let message = format!("Input should be a valid UUID, {problem}");
    let context = json!({ "error": problem });
    mistake("uuid_parsing", location, &message, &json!(text), Some(context))
}

pub(crate) fn bad_choice(location: &Value, input: &Value, allowed: &[&str]) -> Value {
    let quoted: Vec<String> = allowed.iter().map(|it| format!("'{it}'")).collect();
    let expected = match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    };
    let message = format!("Input should be {expected}");
    mistake("enum", location, &message, input, Some(json!({ "expected": expected })))
}

/// The mistake of a number below its bound.
pub(crate) fn below(location: &Value, number: i64, least: i64, input: &Value) -> Option<Value> {
    let message = format!("Input should be greater than or equal to {least}");
    let context = json!({ "ge": least });
    let wrong = || mistake("greater_than_equal", location, &message, input, Some(context));
    (number < least).then(wrong)
}

pub(crate) fn above(location: &Value, number: i64, most: i64, input: &Value) -> Option<Value> {
    let message = format!("Input should be less than or equal to {most}");
    let context = json!({ "le": most });
    let wrong = || mistake("less_than_equal", location, &message, input, Some(context));
    (number > most).then(wrong)
}
