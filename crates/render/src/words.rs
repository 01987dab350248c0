//! The words for reasons and counts, in one place, so that every renderer says the same.

use plumb_model::Operation;
use plumb_model::event::{RunOutcome, SkipReason};
use plumb_model::phase::Power;
use plumb_model::plan::{Because, HiddenReason};
use std::fmt::{self, Write as _};

/// Why an action is in the plan.
#[must_use]
pub fn because(reason: &Because) -> &'static str {
    match reason {
        Because::Missing => "it is declared and does not exist",
        Because::Unmarked => "it exists and is taken over",
        Because::Unrecorded => "it carries this stack's mark, and the ledger does not know it",
        Because::Changed => "declared fields differ",
        Because::AfterCreate => "some fields can only be set after it is made",
        Because::NotDeployed => "it was never deployed",
        Because::Failed => "its last deployment failed",
        Because::Updated => "the change takes effect by a deployment",
        Because::Power => "its power is not as declared",
        Because::Pending => "something is already under way",
        Because::Replaced => "an immutable field changes, and replacing is allowed",
        Because::NotDeclared => "it is ours and no longer declared",
        Because::Expired => "its time is over, as its manifest says",
        Because::Destroyed => "the stack is destroyed",
        Because::DeletionUnfinished => "its deletion was begun and not finished",
    }
}

/// Why a difference is not shown.
#[must_use]
pub fn hidden(reason: HiddenReason) -> &'static str {
    match reason {
        HiddenReason::ServerDefault => "not declared; the server added it, or somebody else",
        HiddenReason::ServerOwned => "owned by the server",
        HiddenReason::MaskedSecret => "not readable, and unchanged since it was last sent",
        HiddenReason::NotRecorded => "not readable, and nothing is on record to compare with",
        HiddenReason::NotKnownYet => {
            "fixed when it is made, and what it would be is only known after the apply"
        }
        HiddenReason::NotSet => "not compared: the environment variable it is in is not set",
        HiddenReason::StaysAsSent => {
            "not declared any more; not readable, and stays as it was sent"
        }
        HiddenReason::Ignored => "ignored by the plumb.dev/ignore annotation",
        HiddenReason::Order => "only the order differs, and order means nothing here",
        HiddenReason::ZeroValue => "empty on both sides: absent, or the zero value",
        HiddenReason::SameJson => "the same JSON, written differently",
        HiddenReason::SameCase => "the same text in another case",
        HiddenReason::Default => "the default: one side says it, the other leaves it out",
    }
}

/// What is being done while an operation runs.
#[must_use]
pub fn doing(operation: Operation) -> &'static str {
    match operation {
        Operation::Adopt => "adopting",
        Operation::Create => "creating",
        Operation::Update => "updating",
        Operation::Publish => "publishing",
        Operation::Power(Power::On) => "powering on",
        Operation::Power(Power::Off) => "powering off",
        Operation::Power(Power::Disassociated) => "disassociating",
        Operation::Restart => "restarting",
        Operation::Wait => "waiting",
        Operation::Delete => "deleting",
    }
}

/// What has been done when an operation is over.
#[must_use]
pub fn done(operation: Operation) -> &'static str {
    match operation {
        Operation::Adopt => "adopted",
        Operation::Create => "created",
        Operation::Update => "updated",
        Operation::Publish => "published",
        Operation::Power(Power::On) => "powered on",
        Operation::Power(Power::Off) => "powered off",
        Operation::Power(Power::Disassociated) => "disassociated",
        Operation::Restart => "restarted",
        Operation::Wait => "ready",
        Operation::Delete => "deleted",
    }
}

/// Why an action was not started.
#[must_use]
pub fn skipped(reason: &SkipReason) -> String {
    match reason {
        SkipReason::Requires(action) => {
            format!("it needs `{}`, which did not succeed", action_name(&action.to_string()))
        }
        SkipReason::Interrupted => "the run was interrupted".to_owned(),
        SkipReason::KeyRefused => "the key was refused, so nothing more is sent".to_owned(),
    }
}

/// How a run ended.
#[must_use]
pub fn run_outcome(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Done => "done",
        RunOutcome::Incomplete => "incomplete",
        RunOutcome::Indeterminate => "indeterminate",
        RunOutcome::Interrupted => "interrupted",
    }
}

/// An action's id as people read it: the full key in it in its short form.
pub(crate) fn action_name(id: &str) -> String {
    let name = id.split_once('/').and_then(|(head, tail)| {
        let (operation, kind) = head.rsplit_once(' ')?;
        let (kind, _group) = kind.split_once('.')?;
        Some(format!("{operation} {kind}/{tail}"))
    });
    crate::text::escape(name.as_deref().unwrap_or(id))
}

/// Milliseconds as people read them: `0.3s`, `45s`, `2m05s`, `1h02m`.
#[must_use]
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1_000;
    match seconds {
        0..10 => format!("{seconds}.{}s", milliseconds % 1_000 / 100),
        10..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// `1 month` or `12 months`.
pub(crate) fn counted_months(months: u32) -> String {
    counted(usize::try_from(months).unwrap_or(usize::MAX), "month", "months")
}

/// `1 thing` or `2 things`.
pub(crate) fn counted(count: usize, one: &str, several: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {several}") }
}

/// Appends formatted text.
pub(crate) fn append(text: &mut String, arguments: fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = text.write_fmt(arguments);
}
