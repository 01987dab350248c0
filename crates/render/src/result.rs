//! What a run came to, as JSON: the plan, what became of each of its steps, and how the run ended. Its
//! JSON Schema comes from the same types.

use crate::bill::ResultBill;
use crate::json::PlanDocument;
use crate::words;
use jiff::Timestamp;
use plumb_model::event::ActionOutcome;
use plumb_model::{Action, ActionId, Bill, Event, Finding, Money, Operation, Plan, ResourceKey};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The version of this shape. Additions raise the number after the dot.
pub const FORMAT: &str = "1.1";

/// What a run came to. Times are UTC, as in RFC 3339.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ResultDocument {
    /// The version of this shape.
    pub format_version: String,
    /// The plumb that ran.
    pub plumb_version: String,
    /// `apply`, `destroy` or `adopt`.
    pub command: String,
    /// The stack; null when the run ended before it was known.
    pub stack: Option<String>,
    /// When the run began.
    pub began: String,
    /// When it ended; null while it runs, and for ever when it was killed.
    pub ended: Option<String>,
    /// What the process exits with; null while it runs, and for ever when it was killed.
    pub exit_code: Option<u8>,
    /// What says so, as a fragment; null where nothing is to be said.
    pub reason: Option<String>,
    /// What the run was to do; null when it ended before it was planned.
    pub plan: Option<PlanDocument>,
    /// What became of each step of the plan.
    pub actions: Vec<ActionResult>,
    /// How many resources and steps came to what.
    pub counts: ResultCounts,
    /// What the run changed about the bill.
    pub cost: ResultCost,
    /// The bill as it was announced, held against what was found when the run was over; null where it did
    /// not look again, and where nothing costs money.
    pub bill: Option<ResultBill>,
    /// What kept the run from going on.
    pub findings: Vec<Value>,
    /// What another run would do, when this one did everything and looked again: steps that are left.
    pub left: Vec<String>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ActionResult {
    /// Its name in the plan.
    pub id: String,
    /// The resource.
    pub address: String,
    /// One of adopt, create, update, publish, power on, power off, disassociate, wait, delete.
    pub operation: String,
    /// What it came to.
    pub outcome: ActionEnd,
    /// The vendor's id, where one is known now.
    pub remote_id: Option<String>,
    /// When it began; null when it did not.
    pub began: Option<String>,
    /// When it ended; null when it did not.
    pub ended: Option<String>,
    /// How long it took, in milliseconds.
    pub elapsed_milliseconds: Option<u64>,
    /// Why it is not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<ActionFailure>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionEnd {
    /// Done.
    Done,
    /// Refused, or found not to be done.
    Failed,
    /// What it was planned from is another; nothing was sent.
    Moved,
    /// Sent, and still under way when its time was over.
    Pending,
    /// Not known: the answer is lost, and looking did not settle it.
    Indeterminate,
    /// Interrupted.
    Interrupted,
    /// Not begun: what it needs did not succeed, or the run was ended.
    Skipped,
    /// Begun, and nothing was heard of it any more: the run was ended at once.
    Unfinished,
    /// Not begun: the run ended before its turn.
    NotStarted,
}

impl ActionEnd {
    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Moved => "not done: it changed meanwhile",
            Self::Pending => "still under way",
            Self::Indeterminate => "indeterminate",
            Self::Interrupted => "interrupted",
            Self::Skipped => "skipped",
            Self::Unfinished => "not heard of again",
            Self::NotStarted => "not begun",
        }
    }
}

/// Why a step is not done.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ActionFailure {
    /// The stable code, where there is one.
    pub code: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The server's own words.
    pub said: Option<String>,
    /// What a person can do.
    pub help: Option<String>,
    /// The request: method and path, and the server's request id where it gave one.
    pub request: Option<String>,
}

/// How many resources and steps came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResultCounts {
    /// Resources made.
    pub added: usize,
    /// Resources changed, published, switched or taken over.
    pub changed: usize,
    /// Resources deleted.
    pub destroyed: usize,
    /// Steps that are done.
    pub done: usize,
    /// Steps that are not done, whatever the reason.
    pub not_done: usize,
    /// Resources that are blocked.
    pub blocked: usize,
}

/// What a run changed about the bill, in US dollars an hour as decimal text: the sums over the
/// resources of the plan of which the prices are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ResultCost {
    /// Always `USD`.
    pub currency: String,
    /// What they cost before.
    pub hourly_before: String,
    /// What they were to cost.
    pub hourly_planned: String,
    /// What they cost now, by what is done.
    pub hourly_after: String,
    /// The resources of which nobody knows what they cost now: a price is not known, or what became of
    /// a step.
    pub unknown: usize,
}

/// A run as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Run<'r> {
    /// The command.
    pub command: &'r str,
    /// When it began.
    pub began: Timestamp,
    /// The plan, and its fingerprint; none when it ended before.
    pub planned: Option<(&'r Plan, &'r PlanDocument)>,
    /// What happened, each with when.
    pub events: &'r [(Timestamp, Event)],
    /// What another run would do.
    pub left: Option<&'r Plan>,
    /// What was announced of the bill, and found afterwards.
    pub bill: Option<&'r Bill>,
    /// How it ended; none while it runs.
    pub end: Option<End<'r>>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug)]
pub struct End<'r> {
    /// When.
    pub at: Timestamp,
    /// The exit code.
    pub exit_code: u8,
    /// What says so.
    pub reason: Option<&'r str>,
    /// What kept it from going on.
    pub findings: &'r [Finding],
}

/// A run in this shape, by the given version of plumb.
#[must_use]
pub fn document(run: &Run<'_>, plumb_version: &str) -> ResultDocument {
    let Run { command, began, planned, events, left, bill, end } = run;
    let plan = planned.map(|(plan, _)| plan);
    let heard = heard(events);
    let nothing = Heard::default();
    let of = |action: &Action| result(action, heard.get(&action.id).unwrap_or(&nothing));
    let actions: Vec<ActionResult> =
        plan.into_iter().flat_map(|plan| &plan.actions).map(of).collect();
    ResultDocument {
        format_version: FORMAT.to_owned(),
        plumb_version: plumb_version.to_owned(),
        command: (*command).to_owned(),
        stack: plan.map(|plan| plan.stack.clone()),
        began: began.to_string(),
        ended: end.map(|end| end.at.to_string()),
        exit_code: end.map(|end| end.exit_code),
        reason: end.and_then(|end| end.reason.map(ToOwned::to_owned)),
        plan: planned.map(|(_, document)| document.clone()),
        counts: plan.map(|plan| counts(plan, &actions)).unwrap_or_default(),
        cost: cost(plan, &actions),
        bill: bill.map(ResultBill::of),
        actions,
        findings: end.iter().flat_map(|end| end.findings).map(|finding| json!(finding)).collect(),
        left: left.iter().flat_map(|plan| &plan.actions).map(|it| it.id.to_string()).collect(),
    }
}

/// What was heard of one step.
#[derive(Debug, Default)]
struct Heard<'e> {
    began: Option<Timestamp>,
    last: Option<(Timestamp, &'e Event)>,
}

fn heard(events: &[(Timestamp, Event)]) -> BTreeMap<&ActionId, Heard<'_>> {
    let mut all: BTreeMap<&ActionId, Heard<'_>> = BTreeMap::new();
    for (at, event) in events {
        match event {
            Event::ActionStarted { id, .. } => all.entry(id).or_default().began = Some(*at),
            Event::ActionFinished { id, .. } | Event::ActionSkipped { id, .. } => {
                all.entry(id).or_default().last = Some((*at, event));
            }
            Event::RunStarted { .. }
            | Event::ActionProgress { .. }
            | Event::ActionRetried { .. }
            | Event::Warned { .. }
            | Event::RunFinished { .. } => {}
        }
    }
    all
}

fn result(action: &Action, heard: &Heard<'_>) -> ActionResult {
    let mut result = ActionResult {
        id: action.id.to_string(),
        address: action.key.canonical(),
        operation: action.operation.to_string(),
        outcome: if heard.began.is_some() { ActionEnd::Unfinished } else { ActionEnd::NotStarted },
        remote_id: known_id(action),
        began: heard.began.map(|at| at.to_string()),
        ended: None,
        elapsed_milliseconds: None,
        failure: None,
    };
    match heard.last {
        Some((at, Event::ActionFinished { outcome, remote_id, elapsed_milliseconds, .. })) => {
            (result.outcome, result.failure) = came_to(outcome);
            result.remote_id = remote_id.as_ref().map(ToString::to_string).or(result.remote_id);
            result.ended = Some(at.to_string());
            result.elapsed_milliseconds = Some(*elapsed_milliseconds);
        }
        Some((_, Event::ActionSkipped { because, .. })) => {
            result.outcome = ActionEnd::Skipped;
            result.failure = Some(because_of(None, crate::words::skipped(because)));
        }
        _ => {}
    }
    result
}

fn known_id(action: &Action) -> Option<String> {
    Some(action.precondition.as_ref()?.remote_id.as_ref()?.to_string())
}

/// How a step ended, and why it is not done.
#[must_use]
pub fn came_to(outcome: &ActionOutcome) -> (ActionEnd, Option<ActionFailure>) {
    let end = match outcome {
        ActionOutcome::Done => return (ActionEnd::Done, None),
        ActionOutcome::Failed(_) => ActionEnd::Failed,
        ActionOutcome::Moved { .. } => ActionEnd::Moved,
        ActionOutcome::Pending { .. } => ActionEnd::Pending,
        ActionOutcome::Indeterminate(_) => ActionEnd::Indeterminate,
        ActionOutcome::Interrupted { .. } => ActionEnd::Interrupted,
    };
    let code = outcome.code().map(|code| code.to_string());
    let failure = match outcome {
        ActionOutcome::Failed(failure) => ActionFailure {
            code,
            message: failure.message.clone(),
            said: failure.said.as_ref().map(ToString::to_string),
            help: failure.help.clone(),
            request: failure.request.clone(),
        },
        other => because_of(code, crate::report::outcome(other)),
    };
    (end, Some(failure))
}

fn because_of(code: Option<String>, message: String) -> ActionFailure {
    ActionFailure { code, message, said: None, help: None, request: None }
}

impl ResultCounts {
    /// For people: `3 added, 0 changed, 1 destroyed, 2 blocked`.
    pub(crate) fn words(self) -> String {
        let mut parts = vec![
            format!("{} added", self.added),
            format!("{} changed", self.changed),
            format!("{} destroyed", self.destroyed),
        ];
        if self.not_done > 0 {
            parts.push(words::counted(self.not_done, "step not done", "steps not done"));
        }
        if self.blocked > 0 {
            parts.push(format!("{} blocked", self.blocked));
        }
        parts.join(", ")
    }
}

fn counts(plan: &Plan, actions: &[ActionResult]) -> ResultCounts {
    let done = |wanted: fn(Operation) -> bool| -> BTreeSet<&ResourceKey> {
        let both = plan.actions.iter().zip(actions);
        let done = both.filter(|(action, result)| {
            result.outcome == ActionEnd::Done && wanted(action.operation)
        });
        done.map(|(action, _)| &action.key).collect()
    };
    let added = done(|operation| operation == Operation::Create);
    let destroyed = done(|operation| operation == Operation::Delete);
    let touched = done(|operation| operation != Operation::Wait);
    let changed = touched.iter().filter(|it| !added.contains(**it) && !destroyed.contains(**it));
    let all_done = actions.iter().filter(|action| action.outcome == ActionEnd::Done).count();
    ResultCounts {
        added: added.len(),
        changed: changed.count(),
        destroyed: destroyed.len(),
        done: all_done,
        not_done: actions.len().saturating_sub(all_done),
        blocked: plan.blocked.len(),
    }
}

fn cost(plan: Option<&Plan>, actions: &[ActionResult]) -> ResultCost {
    let mut sums = [Money::ZERO; 3];
    let mut unknown = 0_usize;
    for (key, cost) in plan.into_iter().flat_map(|plan| &plan.costs) {
        let address = key.canonical();
        let steps =
            actions.iter().filter(|action| action.address == address && action.operation != "wait");
        let ends: BTreeSet<ActionEnd> = steps.map(|action| action.outcome).collect();
        let after = if ends.iter().all(|end| *end == ActionEnd::Done) {
            cost.after
        } else if ends.iter().all(|end| is_untouched(*end)) {
            cost.before
        } else {
            None
        };
        unknown = unknown.saturating_add(usize::from(after.is_none()));
        let parts = [cost.before, cost.after, after];
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum = [*sum, part.unwrap_or(Money::ZERO)].into_iter().sum();
        }
    }
    let [before, planned, after] = sums.map(Money::plain);
    ResultCost {
        currency: Money::CURRENCY.to_owned(),
        hourly_before: before,
        hourly_planned: planned,
        hourly_after: after,
        unknown,
    }
}

/// Whether nothing was sent, or nothing came of it.
fn is_untouched(end: ActionEnd) -> bool {
    use ActionEnd::{Failed, Moved, NotStarted, Skipped};
    matches!(end, Failed | Moved | NotStarted | Skipped)
}
