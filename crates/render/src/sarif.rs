//! Findings as SARIF 2.1.0, which code hosts and editors read. Every code is a rule, with the text
//! of `plumb explain`.

use crate::text::escape;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use plumb_model::explanations::{EXPLANATIONS, Explanation};
use plumb_model::{Finding, Severity, Span};
use serde_json::{Value, json};

/// What may not stand as it is in a relative reference (RFC 3986); the slash may.
const REFERENCE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// All findings as one run of `plumb` in the given version.
#[must_use]
pub fn log(findings: &[Finding], version: &str) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "plumb",
                "version": version,
                "rules": EXPLANATIONS.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn rule(explanation: &Explanation) -> Value {
    json!({
        "id": explanation.code.as_str(),
        "shortDescription": {"text": explanation.title},
        "fullDescription": {"text": explanation.text},
        "help": {"text": explanation.text},
    })
}

fn result(finding: &Finding) -> Value {
    let help = finding.help.as_ref().map(|help| format!("\n{}", escape(help)));
    let text = format!("{}{}", escape(&finding.message), help.unwrap_or_default());
    let mut result = json!({
        "ruleId": finding.code.as_str(),
        "level": level(finding.severity),
        "message": {"text": text},
        "locations": location(finding).into_iter().collect::<Vec<_>>(),
    });
    let index = EXPLANATIONS.iter().position(|known| known.code == finding.code);
    let related: Vec<Value> = finding.related.iter().map(related).collect();
    if let Some(fields) = result.as_object_mut() {
        fields.extend(index.map(|index| ("ruleIndex".to_owned(), json!(index))));
        if !related.is_empty() {
            fields.insert("relatedLocations".to_owned(), Value::Array(related));
        }
    }
    result
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// Where a finding is: in a file, in a resource, or both.
fn location(finding: &Finding) -> Option<Value> {
    let path = finding.path.as_ref().map(ToString::to_string).unwrap_or_default();
    let name = match &finding.key {
        Some(key) => format!("{key} {path}"),
        None => path,
    };
    let logical =
        (!name.trim().is_empty()).then(|| json!([{"fullyQualifiedName": escape(name.trim())}]));
    let physical = finding.span.as_ref().map(physical);
    if logical.is_none() && physical.is_none() {
        return None;
    }
    let mut location = serde_json::Map::new();
    location.extend(physical.map(|physical| ("physicalLocation".to_owned(), physical)));
    location.extend(logical.map(|logical| ("logicalLocations".to_owned(), logical)));
    Some(Value::Object(location))
}

fn physical(span: &Span) -> Value {
    let file = span.file.replace('\\', "/");
    let file = file.strip_prefix("./").unwrap_or(&file);
    json!({
        "artifactLocation": {"uri": utf8_percent_encode(file, REFERENCE).to_string()},
        "region": {
            "startLine": span.line.max(1),
            "startColumn": span.column.max(1),
            "byteOffset": span.start,
            "byteLength": span.end.saturating_sub(span.start),
        },
    })
}

fn related((span, text): &(Span, String)) -> Value {
    json!({"physicalLocation": physical(span), "message": {"text": escape(text)}})
}
