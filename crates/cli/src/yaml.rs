//! Documents as YAML that every reader understands the same way.

use plumb_render::inert_json;
use serde_json::Value;

/// A document as YAML. Strings that YAML 1.1 readers take for something else are quoted, which the
/// emitter does not do by itself.
pub(crate) fn text(document: &Value) -> String {
    let mut text = String::new();
    mapping_or_scalar(document, 0, &mut text);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Documents one behind the other, each as YAML.
pub(crate) fn texts(documents: impl IntoIterator<Item = impl serde::Serialize>) -> String {
    let one = |document| text(&serde_json::to_value(document).unwrap_or_default());
    documents.into_iter().map(one).collect::<Vec<_>>().join("---\n")
}

/// The order in which people expect the fields of a document.
const FIRST: &[&str] = &["apiVersion", "kind", "metadata", "name", "project", "workspace"];

fn mapping_or_scalar(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let rank = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(99);
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| (rank(name), *name));
            for (position, (name, value)) in fields.into_iter().enumerate() {
                if position > 0 {
                    text.push_str(&" ".repeat(indent));
                }
                text.push_str(&scalar(&Value::from(name.as_str())));
                text.push(':');
                below(value, indent, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    text.push_str(&" ".repeat(indent));
                }
                text.push_str("- ");
                mapping_or_scalar(item, indent + 2, text);
            }
        }
        _ => {
            text.push_str(&scalar(value));
            text.push('\n');
        }
    }
}

fn below(value: &Value, indent: usize, text: &mut String) {
    let nested = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if nested {
        text.push('\n');
        text.push_str(&" ".repeat(indent + 2));
        mapping_or_scalar(value, indent + 2, text);
    } else {
        text.push(' ');
        mapping_or_scalar(value, indent, text);
    }
}

/// A scalar, plain only where no reader could take it for anything but text.
fn scalar(value: &Value) -> String {
    let Value::String(text) = value else { return value.to_string() };
    let safe = |c: char| c.is_ascii_alphanumeric() || "-_./@ ".contains(c);
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let plain = begins_well
        && text.chars().all(safe)
        && !text.ends_with(' ')
        && !MISREAD.iter().any(|word| word.eq_ignore_ascii_case(text));
    if plain { text.clone() } else { inert_json(&Value::from(text.as_str()).to_string()) }
}

/// Words that some YAML reader takes for a truth value or nothing.
const MISREAD: &[&str] =
    &["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_reads_back_and_surprises_nobody() {
        let document = json!({
            "spec": {"list": [{"name": "no", "value": "1"}, [], {}], "text": "a: b #c\n\u{2028}"},
            "kind": "X", "apiVersion": "v1", "empty": {}, "none": null, "n": 1.5,
        });
        let yaml = text(&document);
        assert!(yaml.starts_with("apiVersion: v1\nkind: X\n"), "{yaml}");
        assert!(yaml.contains("name: \"no\"") && yaml.contains("value: \"1\""), "{yaml}");
        let back: Value = serde_yaml::from_str(&yaml).unwrap();
        assert_eq!(back, document);
    }
}
