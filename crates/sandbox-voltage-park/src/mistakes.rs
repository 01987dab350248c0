//! The mistakes of a 422, and those that paths, queries and bodies have in common (contract 9.2).

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// One mistake of a 422.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Mistake {
    r#type: &'static str,
    loc: Vec<Step>,
    msg: String,
    input: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    ctx: Option<Value>,
}

/// A step on the way to a value.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Step {
    Name(&'static str),
    Index(usize),
}

impl Mistake {
    pub(crate) fn new(
        kind: &'static str,
        location: &[Step],
        message: impl Into<String>,
        input: &Value,
    ) -> Self {
        let (loc, msg, input) = (location.to_vec(), message.into(), input.clone());
        Mistake { r#type: kind, loc, msg, input, ctx: None }
    }

    /// The same mistake, and what there is to say of it.
    pub(crate) fn about(self, context: Value) -> Self {
        Mistake { ctx: Some(context), ..self }
    }

    /// What a rule of the application says against a value.
    pub(crate) fn of_rule(location: &[Step], problem: &str, input: &Value) -> Self {
        let message = format!("Value error, {problem}");
        Mistake::new("value_error", location, message, input).about(json!({ "error": {} }))
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", json!(self.loc), self.msg)
    }
}

/// A whole number in a text, as pydantic takes it: blanks around it and `.0` behind it are fine.
pub(crate) fn whole_number(text: &str) -> Option<i64> {
    let trimmed = text.trim();
    let (number, fraction) = trimmed.split_once('.').unwrap_or((trimmed, ""));
    if fraction.bytes().all(|byte| byte == b'0') { number.parse().ok() } else { None }
}

pub(crate) fn bad_number(location: &[Step], input: &Value) -> Mistake {
    let message = "Input should be a valid integer, unable to parse string as an integer";
    Mistake::new("int_parsing", location, message, input)
}

pub(crate) fn bad_uuid(location: &[Step], text: &str) -> Mistake {
    let problem =
        format!("invalid length: expected length 32 for simple format, found {}", text.len());
    let message = format!("Input should be a valid UUID, {problem}");
    Mistake::new("uuid_parsing", location, message, &json!(text)).about(json!({ "error": problem }))
}

pub(crate) fn bad_choice(location: &[Step], input: &Value, allowed: &[&str]) -> Mistake {
    let quoted: Vec<String> = allowed.iter().map(|it| format!("'{it}'")).collect();
    let expected = match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    };
    let message = format!("Input should be {expected}");
    Mistake::new("enum", location, message, input).about(json!({ "expected": expected }))
}

/// The mistake of a number below its bound.
pub(crate) fn below(location: &[Step], least: i64, input: &Value) -> Mistake {
    let message = format!("Input should be greater than or equal to {least}");
    Mistake::new("greater_than_equal", location, message, input).about(json!({ "ge": least }))
}

pub(crate) fn above(location: &[Step], most: i64, input: &Value) -> Mistake {
    let message = format!("Input should be less than or equal to {most}");
    Mistake::new("less_than_equal", location, message, input).about(json!({ "le": most }))
}
