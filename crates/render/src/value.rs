//! Values of fields as text: on one line and cut to length, or on several for a diff.

use crate::text::escape;
use plumb_model::plan::Shown;
use plumb_model::text::SECRET_PLACEHOLDER;
use serde_json::Value;

/// A value on one line, at most about `longest` characters of it.
pub(crate) fn inline(shown: &Shown, longest: usize) -> String {
    match shown {
        Shown::Absent => "(none)".to_owned(),
        Shown::Plain(value) => clip(&one_line(value), longest),
        Shown::Secret => SECRET_PLACEHOLDER.to_owned(),
        Shown::SecretLineEnds => format!("{SECRET_PLACEHOLDER} (only the line ends differ)"),
        Shown::KnownAfterApply => "(known after apply)".to_owned(),
        Shown::Default(value) => format!("{} (default)", clip(&one_line(value), longest)),
    }
}

fn one_line(value: &Value) -> String {
    escape(&value.to_string())
}

/// The beginning of a text, and how much of it there is.
pub(crate) fn clip(text: &str, longest: usize) -> String {
    let length = text.chars().count();
    if length <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest).collect();
    format!("{kept}… ({length} characters)")
}

/// A value that reads better on several lines: a mapping, a list, a text of several lines, or a
/// text that holds JSON.
pub(crate) fn lines(shown: &Shown) -> Option<Vec<String>> {
    let (Shown::Plain(value) | Shown::Default(value)) = shown else { return None };
    let text = match value {
        Value::Object(_) | Value::Array(_) => pretty(value),
        Value::String(text) => match embedded_json(text) {
            Some(inside) => pretty(&inside),
            None if text.trim_end().contains('\n') => text.clone(),
            None => return None,
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => return None,
    };
    Some(text.lines().map(escape).collect())
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

fn embedded_json(text: &str) -> Option<Value> {
    let trimmed = text.trim_start();
    let looks_so = trimmed.starts_with('{') || trimmed.starts_with('[');
    looks_so.then(|| serde_json::from_str(text).ok()).flatten()
}
