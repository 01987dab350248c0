//! Words for findings: what a value is, what it should be, and how to write it so that it is.

use crate::scalar::quoted;
use crate::schema::Type;
use crate::tree::{Content, NodeId, Tree};
use plumb_model::text::escape;
use serde_json::Value;
use std::collections::BTreeSet;

/// The longest value a finding repeats.
const LONGEST: usize = 80;

/// What a field should be.
pub(crate) fn wanted(types: &BTreeSet<Type>) -> String {
    let both = types.contains(&Type::Number);
    let shown: Vec<&str> = types
        .iter()
        .filter(|kind| !(both && **kind == Type::Integer))
        .map(|kind| kind.shown())
        .collect();
    match shown.as_slice() {
        [] => "left out".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Of which sort a value is, without the value.
pub(crate) fn sort(tree: &Tree, node: NodeId) -> &'static str {
    match tree.content(node) {
        Content::Null => "empty",
        Content::Truth(_) => "true or false",
        Content::Number(_) => "a number",
        Content::Written(_) | Content::Decoded(_) => "text",
        Content::List(_) => "a list",
        Content::Mapping(_) => "a mapping",
    }
}

/// What a value is.
pub(crate) fn found(tree: &Tree, node: NodeId) -> String {
    match tree.content(node) {
        Content::Null => "empty".to_owned(),
        Content::Truth(truth) => truth.to_string(),
        Content::Number(_) => format!("the number {}", brief(tree, node)),
        Content::Written(_) | Content::Decoded(_) => match brief(tree, node) {
            text if text.len() < 30 => format!("the text {text}"),
            _ => "text".to_owned(),
        },
        Content::List(_) | Content::Mapping(_) => sort(tree, node).to_owned(),
    }
}

/// A value in few characters.
pub(crate) fn brief(tree: &Tree, node: NodeId) -> String {
    match tree.content(node) {
        Content::List(_) | Content::Mapping(_) | Content::Null => sort(tree, node).to_owned(),
        _ => {
            let text = tree.key_text(node).unwrap_or_default();
            let shown: String = text.chars().take(LONGEST).collect();
            let dots = if shown.len() < text.len() { "…" } else { "" };
            let shown = match tree.content(node) {
                Content::Written(_) | Content::Decoded(_) => quoted(&shown),
                _ => shown,
            };
            format!("{}{dots}", escape(&shown))
        }
    }
}

/// An allowed value as a person would write it.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => escape(text),
        other => other.to_string(),
    }
}

/// Whether what is said of a value may repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It may.
    Value,
    /// Only its sort may be said: it is a secret, or may be one.
    Sort,
}

/// What a value is, as far as it may be said.
pub(crate) fn found_or_sort(tree: &Tree, node: NodeId, repeat: Repeat) -> String {
    match repeat {
        Repeat::Value => found(tree, node),
        Repeat::Sort => sort(tree, node).to_owned(),
    }
}

/// How to write a value so that it has one of the types, as far as it may be said.
pub(crate) fn mended(
    tree: &Tree,
    node: NodeId,
    types: &BTreeSet<Type>,
    repeat: Repeat,
) -> Option<String> {
    match repeat {
        Repeat::Value => wrong_type(tree, node, types),
        Repeat::Sort => secret_of_wrong_type(tree, node, types).map(str::to_owned),
    }
}

/// How to write a value so that it has one of the types.
fn wrong_type(tree: &Tree, node: NodeId, types: &BTreeSet<Type>) -> Option<String> {
    let wants = |kind| types.contains(&kind);
    match tree.content(node) {
        Content::Null => Some("write a value, or remove the field".to_owned()),
        Content::Number(_) | Content::Truth(_) if wants(Type::String) => {
            Some(format!("put it in quotes: {}", quoted(&first_line(tree.written(node)))))
        }
        Content::Number(_) | Content::Truth(_) | Content::Written(_) | Content::Decoded(_)
            if wants(Type::Array) =>
        {
            Some(format!("write it as a list: [{}]", escape(&first_line(tree.written(node)))))
        }
        Content::Number(_) if wants(Type::Boolean) => Some("write true or false".to_owned()),
        Content::Written(_) | Content::Decoded(_) => text_as(tree.text(node)?, types),
        Content::List(_) if wants(Type::Object) => {
            Some("write its fields as name: value, without dashes".to_owned())
        }
        Content::List(_) | Content::Mapping(_) if wants(Type::String) => {
            Some(match as_json(tree, node) {
                Some(json) => format!("write it as one text, in quotes: {json}"),
                None => "write it as one text, in quotes".to_owned(),
            })
        }
        Content::Mapping(_) if wants(Type::Array) => {
            Some("write it as a list: put a dash before its first field".to_owned())
        }
        _ => None,
    }
}

/// The same for a value that may not be repeated.
fn secret_of_wrong_type(tree: &Tree, node: NodeId, types: &BTreeSet<Type>) -> Option<&'static str> {
    let wants = |kind| types.contains(&kind);
    match tree.content(node) {
        Content::Null => Some("write a value, or remove the field"),
        Content::Number(_) | Content::Truth(_) if wants(Type::String) => Some("put it in quotes"),
        Content::List(_) if wants(Type::Object) => {
            Some("write its fields as name: value, without dashes")
        }
        Content::List(_) | Content::Mapping(_) if wants(Type::String) => {
            Some("write it as one text, in quotes")
        }
        Content::Mapping(_) if wants(Type::Array) => {
            Some("write it as a list: put a dash before its first field")
        }
        _ => None,
    }
}

/// Text that should be something else: what it would be without quotes.
fn text_as(text: &str, types: &BTreeSet<Type>) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if types.contains(&Type::Boolean) {
        match lower.as_str() {
            "true" | "yes" | "on" | "1" => return Some("write true, without quotes".to_owned()),
            "false" | "no" | "off" | "0" => return Some("write false, without quotes".to_owned()),
            _ => {}
        }
    }
    if types.contains(&Type::Integer)
        && let Some(number) = crate::scalar::number(text)
    {
        return Some(format!("write {number}, without quotes"));
    }
    None
}

/// A short list or mapping as JSON in single quotes.
fn as_json(tree: &Tree, node: NodeId) -> Option<String> {
    // Few characters may stand for much, by aliases and merge keys.
    if tree.written(node).len() > 4 * LONGEST || tree.is_larger_than(node, LONGEST) {
        return None;
    }
    let json = tree.value(node).shown().to_string().replace('\'', "''");
    (json.len() <= 4 * LONGEST).then(|| escape(&format!("'{json}'")))
}

/// The beginning of what goes over several lines.
pub(crate) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(LONGEST).collect()
}
