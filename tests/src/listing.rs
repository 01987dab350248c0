//! Plans and reports as the short text scenarios expect: one line a thing, in the plan's order.
//!
//! ```text
//! create Workspace/ml/dev
//! update ComputeInstance/ml/dev/n spec.variables[disk].value: "100" -> "200"
//! publish ComputeInstance/ml/dev/n => pending
//! blocked PL0503 ComputeInstance/ml/dev/m spec.computeType: "vm" -> "k8s"
//! note PL0530 Workspace/ml/old
//! error PL0402 ComputeInstance/ml/dev/m spec.variables[x] at m.yaml:7
//! tripped PL0520
//! ```
//!
//! Ids that the second cloud makes up are shown as `ID`.

use plumb_model::finding::Severity;
use plumb_model::plan::{Operation, Shown};
use plumb_model::{Action, ActionOutcome, FieldChange, Finding, Plan, Report};
use std::fmt::Write;

/// What a listing says when there is nothing to say.
const NOTHING: &str = "nothing\n";

/// A plan, and what carrying it out came to when it was.
#[must_use]
pub fn of_plan(plan: &Plan, report: Option<&Report>) -> String {
    let mut lines: Vec<String> = plan.actions.iter().map(|action| of(action, report)).collect();
    for blocked in &plan.blocked {
        let changes =
            if makes(&blocked.changes) { String::new() } else { changes(&blocked.changes) };
        lines.push(format!("blocked {} {}{changes}", blocked.code, blocked.key));
    }
    for note in &plan.notes {
        let key = note.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
        lines.push(format!("note {}{key}", note.code));
    }
    lines.extend(plan.findings.iter().map(finding));
    lines.extend(plan.tripped.iter().map(|tripped| format!("tripped {}", tripped.code)));
    text(&lines)
}

/// Findings alone, of manifests that are refused.
#[must_use]
pub fn of_findings(findings: &[Finding]) -> String {
    text(&findings.iter().map(finding).collect::<Vec<_>>())
}

fn text(lines: &[String]) -> String {
    if lines.is_empty() {
        return NOTHING.to_owned();
    }
    lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
        text
    })
}

fn of(action: &Action, report: Option<&Report>) -> String {
    let changes = match action.operation {
        Operation::Update => changes(&action.changes),
        _ => String::new(),
    };
    let outcome = report.map(|report| outcome(action, report)).unwrap_or_default();
    format!("{} {}{changes}{outcome}", action.operation, action.key)
}

fn outcome(action: &Action, report: &Report) -> &'static str {
    match report.outcomes.get(&action.id) {
        Some(ActionOutcome::Done) => "",
        Some(ActionOutcome::Failed(_)) => " => failed",
        Some(ActionOutcome::Pending { .. }) => " => pending",
        Some(ActionOutcome::Moved { .. }) => " => moved",
        Some(ActionOutcome::Indeterminate(_)) => " => indeterminate",
        Some(ActionOutcome::Interrupted { .. }) => " => interrupted",
        None if report.skipped.contains_key(&action.id) => " => skipped",
        None => " => forgotten",
    }
}

/// Whether the changes are those of something that is not there yet: its name is among them.
fn makes(changes: &[FieldChange]) -> bool {
    changes.iter().any(|change| change.path.to_string() == "metadata.name")
}

fn changes(changes: &[FieldChange]) -> String {
    let shown: Vec<String> = changes
        .iter()
        .map(|change| {
            format!("{}: {} -> {}", change.path, value(&change.before), value(&change.after))
        })
        .collect();
    if shown.is_empty() { String::new() } else { format!(" {}", shown.join("; ")) }
}

fn value(shown: &Shown) -> String {
    match shown {
        Shown::Absent => "none".to_owned(),
        Shown::Plain(value) => without_ids(&value.to_string()),
        Shown::Secret => "secret".to_owned(),
        Shown::SecretLineEnds => "secret with other line ends".to_owned(),
        Shown::KnownAfterApply => "known after apply".to_owned(),
        Shown::Default(value) => format!("default {value}"),
    }
}

/// Ids that servers make up say nothing, and are others when anything before them changes.
fn without_ids(text: &str) -> String {
    const LENGTH: usize = 36;
    let is_id = |text: &str| {
        text.char_indices().all(|(at, character)| match at {
            8 | 13 | 18 | 23 => character == '-',
            _ => character.is_ascii_hexdigit(),
        })
    };
    let mut shown = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some(id) = rest.get(..LENGTH).filter(|id| is_id(id)) {
            shown.push_str("ID");
            rest = &rest[id.len()..];
        } else {
            shown.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    shown
}

fn finding(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut line = format!("{severity} {}", finding.code);
    if let Some(key) = &finding.key {
        let _ = write!(line, " {key}");
    }
    if let Some(path) = &finding.path {
        let _ = write!(line, " {path}");
    }
    if let Some(span) = &finding.span {
        let file = span.file.rsplit('/').next().unwrap_or_default();
        let _ = write!(line, " at {file}:{}", span.line);
    }
    line
}

/// Every message in a plan and a report: what `says` looks into.
#[must_use]
pub fn messages(plan: &Plan, findings: &[Finding], report: Option<&Report>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for finding in plan.findings.iter().chain(findings) {
        lines.push(format!("{} {}", finding.message, finding.help.clone().unwrap_or_default()));
    }
    lines
        .extend(plan.blocked.iter().map(|blocked| format!("{} {}", blocked.message, blocked.help)));
    lines
        .extend(plan.tripped.iter().map(|tripped| format!("{} {}", tripped.message, tripped.help)));
    lines.extend(plan.notes.iter().map(|note| note.message.clone()));
    for outcome in report.into_iter().flat_map(|report| report.outcomes.values()) {
        match outcome {
            ActionOutcome::Failed(failure) => {
                let said = failure.said.as_ref().map(ToString::to_string).unwrap_or_default();
                let help = failure.help.clone().unwrap_or_default();
                lines.push(format!("{} {said} {help}", failure.message));
            }
            ActionOutcome::Moved { fields, what } => {
                let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
                lines.push(format!("{what} {}", fields.join(" ")));
            }
            ActionOutcome::Done
            | ActionOutcome::Pending { .. }
            | ActionOutcome::Indeterminate(_)
            | ActionOutcome::Interrupted { .. } => {}
        }
    }
    lines.join("\n")
}

/// The difference of two texts, for people.
#[must_use]
pub fn difference(expected: &str, actual: &str) -> String {
    let diff = similar::TextDiff::from_lines(expected, actual);
    diff.iter_all_changes().fold(String::new(), |mut text, change| {
        let sign = match change.tag() {
            similar::ChangeTag::Equal => ' ',
            similar::ChangeTag::Delete => '-',
            similar::ChangeTag::Insert => '+',
        };
        let _ = write!(text, "    {sign} {}", change.value());
        text
    })
}
