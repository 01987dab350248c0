//! What a run came to, at its end: one sentence, then whatever needs a person.

use crate::style::{Role, Style};
use crate::text::{address, escape, shell_word};
use crate::words::{self, append};
use plumb_model::event::{ActionOutcome, Failure, RunOutcome};
use plumb_model::policy::Purpose;
use plumb_model::{Action, Intent, Operation, Plan, Report, ResourceKey};
use std::collections::BTreeSet;

/// Whether a run did all that was asked for, and nothing is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// It did, and looking again found nothing left.
    Whole,
    /// Something is left, or blocked, or could not be looked at again.
    Part,
}

/// The summary of a run. Ends with a line break.
#[must_use]
pub fn summary(
    plan: &Plan,
    report: &Report,
    (purpose, extent): (Purpose, Extent),
    style: Style,
) -> String {
    let mut text = String::new();
    let ended = |wanted: fn(&ActionOutcome) -> bool| -> Vec<(&Action, &ActionOutcome)> {
        let ended = plan
            .actions
            .iter()
            .filter_map(|action| report.outcomes.get(&action.id).map(|outcome| (action, outcome)));
        ended.filter(|(_, outcome)| wanted(outcome)).collect()
    };
    let failed = ended(|outcome| matches!(outcome, ActionOutcome::Failed(_)));
    let moved = ended(|outcome| matches!(outcome, ActionOutcome::Moved { .. }));
    let pending = ended(|outcome| matches!(outcome, ActionOutcome::Pending { .. }));
    let cut = ended(|outcome| matches!(outcome, ActionOutcome::Interrupted { .. }));
    let lost = ended(|outcome| matches!(outcome, ActionOutcome::Indeterminate(_)));
    section(&mut text, style, "Failed:", &failed);
    section(&mut text, style, "Changed since the plan, and left alone:", &moved);
    section(&mut text, style, "Still under way:", &pending);
    section(&mut text, style, "Interrupted:", &cut);
    section(&mut text, style, "Not known to be made or not:", &lost);
    skipped(&mut text, plan, report, style);
    let sentence = sentence(plan, report, (purpose, extent));
    let role = if extent == Extent::Whole { Role::Strong } else { Role::Error };
    text.push_str(&style.paint(role, &sentence));
    text.push('\n');
    if let Some(next) = next_step(report.outcome(), purpose) {
        text.push_str(next);
        text.push('\n');
    }
    text
}

/// An outcome as a fragment that follows the operation's name: `failed: …`.
#[must_use]
pub fn outcome(outcome: &ActionOutcome) -> String {
    match outcome {
        ActionOutcome::Done => "done".to_owned(),
        ActionOutcome::Failed(failure) => {
            let said = failure
                .said
                .as_ref()
                .map(|said| format!(" (the server said: {})", escape(&said.to_string())));
            format!("failed: {}{}", escape(&failure.message), said.unwrap_or_default())
        }
        ActionOutcome::Pending { phase, waited_seconds } => {
            let waited = words::duration(waited_seconds.saturating_mul(1_000));
            format!("still under way after {waited}: {}", escape(&phase.to_string()))
        }
        ActionOutcome::Moved { fields, what } => {
            let fields: Vec<String> = fields.iter().map(|path| escape(&path.to_string())).collect();
            let fields =
                if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
            format!("not done: {}{fields}", escape(what))
        }
        ActionOutcome::Indeterminate(_) => {
            "indeterminate: the answer is lost, and looking did not settle it".to_owned()
        }
        ActionOutcome::Interrupted { sent: true } => "interrupted after it was sent".to_owned(),
        ActionOutcome::Interrupted { sent: false } => "interrupted, nothing was sent".to_owned(),
    }
}

fn section(text: &mut String, style: Style, heading: &str, ended: &[(&Action, &ActionOutcome)]) {
    if ended.is_empty() {
        return;
    }
    text.push_str(&style.paint(Role::Error, heading));
    text.push('\n');
    for (action, ended) in ended {
        let address = style.paint(Role::Strong, &address(&action.key));
        let operation = action.operation;
        match ended {
            ActionOutcome::Failed(failure) => {
                let message = escape(&failure.message);
                append(text, format_args!("  {address}: {operation} failed: {message}\n"));
                failure_lines(text, failure);
            }
            ActionOutcome::Indeterminate(intent) => {
                append(text, format_args!("  {address}: {}\n", outcome(ended)));
                intent_lines(text, &action.key, intent);
            }
            other => append(text, format_args!("  {address}: {operation} {}\n", outcome(other))),
        }
    }
    text.push('\n');
}

fn failure_lines(text: &mut String, failure: &Failure) {
    let said =
        failure.said.as_ref().map(|said| format!("the server said: {}", escape(&said.to_string())));
    let request = failure.request.as_ref().map(|request| format!("request: {}", escape(request)));
    let help = failure.help.as_ref().map(|help| format!("help: {}", escape(help)));
    for line in [said, request, help].into_iter().flatten() {
        append(text, format_args!("      {line}\n"));
    }
}

fn intent_lines(text: &mut String, key: &ResourceKey, intent: &Intent) {
    let address = shell_word(&address(key));
    let Intent { uid, attempt, at, deadline, key: _, digest: _, run: _ } = intent;
    let uid = escape(uid);
    append(
        text,
        format_args!(
            "      sent at {at} (try {attempt}, uid {uid}), looked for until {deadline}\n\
         \x20     the next run looks again by itself; to settle it by hand, look in the console, then\n\
         \x20     made:     plumb resolve {address} --adopt ID\n\
         \x20     not made: plumb resolve {address} --not-created\n"
        ),
    );
}

fn skipped(text: &mut String, plan: &Plan, report: &Report, style: Style) {
    if report.skipped.is_empty() {
        return;
    }
    text.push_str(&style.paint(Role::Warning, "Skipped:"));
    text.push('\n');
    for (id, reason) in &report.skipped {
        let what = plan.action(id).map_or_else(
            || words::action_name(&id.to_string()),
            |action| format!("{}: {}", address(&action.key), action.operation),
        );
        append(text, format_args!("  {what}: {}\n", words::skipped(reason)));
    }
    text.push('\n');
}

fn sentence(plan: &Plan, report: &Report, (purpose, extent): (Purpose, Extent)) -> String {
    let name = match purpose {
        Purpose::Converge => "Apply",
        Purpose::Destroy => "Destroy",
    };
    let word = match report.outcome() {
        RunOutcome::Done if extent == Extent::Whole => "complete",
        RunOutcome::Done | RunOutcome::Incomplete => "incomplete",
        RunOutcome::Indeterminate => "indeterminate",
        RunOutcome::Interrupted => "interrupted",
    };
    let done = |wanted: fn(Operation) -> bool| -> BTreeSet<&ResourceKey> {
        let done = plan.actions.iter().filter(|action| {
            wanted(action.operation)
                && matches!(report.outcomes.get(&action.id), Some(ActionOutcome::Done))
        });
        done.map(|action| &action.key).collect()
    };
    let added = done(|operation| operation == Operation::Create);
    let destroyed = done(|operation| operation == Operation::Delete);
    let touched = done(|operation| operation != Operation::Wait);
    let changed =
        touched.iter().filter(|key| !added.contains(**key) && !destroyed.contains(**key)).count();
    let mut sentence = format!(
        "{name} {word}: {} added, {changed} changed, {} destroyed",
        added.len(),
        destroyed.len()
    );
    let blocked = (plan.blocked.len(), "blocked");
    for (count, word) in troubles(report).into_iter().chain([blocked]) {
        if count > 0 {
            append(&mut sentence, format_args!(", {count} {word}"));
        }
    }
    sentence.push('.');
    sentence
}

fn troubles(report: &Report) -> [(usize, &'static str); 6] {
    let of = |wanted: fn(&ActionOutcome) -> bool| {
        report.outcomes.values().filter(|outcome| wanted(outcome)).count()
    };
    [
        (of(|outcome| matches!(outcome, ActionOutcome::Failed(_))), "failed"),
        (of(|outcome| matches!(outcome, ActionOutcome::Moved { .. })), "changed meanwhile"),
        (of(|outcome| matches!(outcome, ActionOutcome::Pending { .. })), "still under way"),
        (of(|outcome| matches!(outcome, ActionOutcome::Indeterminate(_))), "indeterminate"),
        (of(|outcome| matches!(outcome, ActionOutcome::Interrupted { .. })), "interrupted"),
        (report.skipped.len(), "skipped"),
    ]
}

fn next_step(outcome: RunOutcome, purpose: Purpose) -> Option<&'static str> {
    match (outcome, purpose) {
        (RunOutcome::Done, _) => None,
        (RunOutcome::Interrupted, Purpose::Converge) => {
            Some("What was made is recorded. Run `plumb apply` again to go on.")
        }
        (RunOutcome::Interrupted, Purpose::Destroy) => {
            Some("What was deleted is recorded. Run `plumb destroy` again to go on.")
        }
        (RunOutcome::Incomplete | RunOutcome::Indeterminate, Purpose::Converge) => {
            Some("Run `plumb apply` again to go on from here; what is done is not done twice.")
        }
        (RunOutcome::Incomplete | RunOutcome::Indeterminate, Purpose::Destroy) => {
            Some("Run `plumb destroy` again to go on from here.")
        }
    }
}
