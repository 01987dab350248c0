//! How a run ended, in one word: what exit codes and results are made from.

use plumb_model::event::RunOutcome;
use plumb_model::{Blocked, Code, Plan, Report};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Done, or nothing to do.
    Done,
    /// Only looked, and there is something to do.
    Changes,
    /// Consent was refused; nothing was changed.
    Declined,
    /// Some actions failed, were skipped or are pending, or the world is still another.
    Incomplete,
    /// Something is blocked, or a limit tripped.
    Blocked,
    /// A create could not be settled, or what is to be created may be there already.
    Indeterminate,
    /// Somebody ended it.
    Interrupted,
}

/// What actions in a plan that is only looked at come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changes {
    /// [`Verdict::Changes`].
    Count,
    /// Nothing.
    DoNotCount,
}

impl Verdict {
    /// What a plan comes to by itself.
    #[must_use]
    pub fn of_plan(plan: &Plan, changes: Changes) -> Self {
        let unsettled = |blocked: &Blocked| {
            [Code::BLOCKED_INDETERMINATE, Code::BLOCKED_BILL].contains(&blocked.code)
        };
        if plan.blocked.iter().any(unsettled) {
            Self::Indeterminate
        } else if !plan.blocked.is_empty() || !plan.tripped.is_empty() {
            Self::Blocked
        } else if changes == Changes::Count && !plan.actions.is_empty() {
            Self::Changes
        } else {
            Self::Done
        }
    }

    /// What a report comes to by itself.
    #[must_use]
    pub fn of_report(report: &Report) -> Self {
        match report.outcome() {
            RunOutcome::Done => Self::Done,
            RunOutcome::Incomplete => Self::Incomplete,
            RunOutcome::Indeterminate => Self::Indeterminate,
            RunOutcome::Interrupted => Self::Interrupted,
        }
    }

    /// What a plan that was carried out comes to.
    #[must_use]
    pub fn of_run(plan: &Plan, report: &Report) -> Self {
        match Self::of_report(report) {
            Self::Done => Self::of_plan(plan, Changes::DoNotCount),
            ended => ended,
        }
    }

    /// What looking again after a run that did everything comes to.
    #[must_use]
    pub fn of_rest(again: &Plan) -> Self {
        if again.actions.is_empty() {
            Self::of_plan(again, Changes::DoNotCount)
        } else {
            Self::Incomplete
        }
    }
}
