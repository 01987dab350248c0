//! Events of a run as plain lines, one each, for CI logs. As JSON lines they are serialised as they
//! are, with the time ([`Stamped`]), by way of [`inert_json`](crate::inert_json), and need no renderer.

use crate::report;
use crate::style::{Role, Style};
use crate::text::{address, escape};
use crate::words;
use jiff::Timestamp;
use plumb_model::event::ActionOutcome;
use plumb_model::{ActionId, Event, Operation, ResourceKey};
use schemars::JsonSchema;
use serde::Serialize;

/// A line of an event log: an event, and when it happened.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Stamped<'e> {
    /// When, in UTC, as in RFC 3339.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: &'e Event,
}

/// An event on one line, without a line break: `[ 12.3s] Kind/name: publishing... deploying (45s)`.
/// `elapsed_milliseconds` is the time since the run began.
#[must_use]
pub fn line(event: &Event, elapsed_milliseconds: u64, style: Style) -> String {
    let seconds = elapsed_milliseconds / 1_000;
    let tenths = elapsed_milliseconds % 1_000 / 100;
    let time = style.paint(Role::Quiet, &format!("[{:>7}]", format!("{seconds}.{tenths}s")));
    format!("{time} {}", text(event, style))
}

fn text(event: &Event, style: Style) -> String {
    match event {
        Event::RunStarted { run, actions, plan: _ } => {
            let run = escape(&run.0);
            format!("run {run} started: {}", words::counted(*actions, "action", "actions"))
        }
        Event::ActionStarted { id: _, key, operation } => {
            format!("{}: {}...", address(key), words::doing(*operation))
        }
        Event::ActionProgress { id, key, phase, reason, elapsed_milliseconds } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let state = escape(&format!("{phase}{reason}"));
            let passed = words::duration(*elapsed_milliseconds);
            format!("{}: {}... {state} ({passed})", address(key), doing(id, key))
        }
        Event::ActionRetried { id, key, attempt, delay_milliseconds, because } => {
            let delay = words::duration(*delay_milliseconds);
            let because = escape(because);
            let text = format!("{}... try {attempt} in {delay}: {because}", doing(id, key));
            format!("{}: {}", address(key), style.paint(Role::Warning, &text))
        }
        Event::ActionFinished {
            id: _,
            key,
            operation,
            outcome,
            remote_id,
            elapsed_milliseconds,
        } => {
            let passed = words::duration(*elapsed_milliseconds);
            let id = remote_id.as_ref().map(|id| format!(", id {id}")).unwrap_or_default();
            let (role, text) = match outcome {
                ActionOutcome::Done => (Role::Add, words::done(*operation).to_owned()),
                other => (Role::Error, format!("{operation} {}", report::outcome(other))),
            };
            format!("{}: {} ({passed}{id})", address(key), style.paint(role, &text))
        }
        Event::ActionSkipped { id, key, because } => {
            let operation = operation(id, key);
            let text = format!("{operation} skipped: {}", words::skipped(because));
            format!("{}: {}", address(key), style.paint(Role::Warning, &text))
        }
        Event::Warned { key, message } => {
            let about = key.as_ref().map(|key| format!("{}: ", address(key))).unwrap_or_default();
            let warning = style.paint(Role::Warning, "warning");
            format!("{about}{warning}: {}", escape(message))
        }
        Event::RunFinished { outcome, elapsed_milliseconds } => {
            let passed = words::duration(*elapsed_milliseconds);
            format!("run {} after {passed}", words::run_outcome(*outcome))
        }
    }
}

/// The operation an action's id names.
fn operation(id: &ActionId, key: &ResourceKey) -> String {
    let id = id.to_string();
    let operation = id.strip_suffix(&key.canonical()).unwrap_or("action");
    escape(operation.trim_end())
}

fn doing(id: &ActionId, key: &ResourceKey) -> String {
    let found = Operation::ALL.into_iter().find(|operation| ActionId::new(*operation, key) == *id);
    found.map_or_else(|| operation(id, key), |operation| words::doing(operation).to_owned())
}
