//! The stale-status guard (docs/contracts/rafay.md §4.4): for a while after a write, a status may still be the
//! previous operation's. Pure: statuses and times in, a judgement out.

use jiff::Timestamp;
use plumb_model::live::{LiveStatus, StatusOperation};
use plumb_model::{Phase, Power};
use std::time::Duration;
use tokio::time::Instant;

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited<'a> {
    /// That it is usable, whatever operation gets it there.
    Ready,
    /// That our deployment ends.
    Deployed,
    /// That it is switched on or off.
    Power(Power),
    /// That a verb, by name, ends.
    Verb(&'a str),
    /// That it is gone.
    Gone,
}

/// What a status means for what is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Nothing yet.
    UnderWay,
    /// It ended, and the status is ours.
    Ended(Ending),
    /// A terminal status that may be the previous operation's has not changed for so long that it
    /// is to be read once more and taken.
    Unchanged(Ending),
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Well,
    Badly,
}

/// Decides whether a status is the result of our operation.
///
/// # Guarantees
/// A terminal status counts only when the operation it names, if any, is ours, and
/// 1. the status before we submitted was not terminal, or
/// 2. something under way was seen after it, or
/// 3. it was completed after we submitted, by the server's clock, or
/// 4. we switch power, and the power is no longer what it was but what was asked for;
///
/// else it is `Unchanged` once it stood still for the provider's `stale_status` (60 s, R-43).
#[derive(Clone, Debug)]
pub(crate) struct Guard<'a> {
    awaited: Awaited<'a>,
    before: Option<LiveStatus>,
    submitted: Option<Timestamp>,
    patience: Duration,
    moved: bool,
    still: Option<(LiveStatus, Instant)>,
}

impl<'a> Guard<'a> {
    /// A guard for an operation. `before` is the status read just before it was submitted, `None`
    /// when there was no object; `submitted` is the server's clock at that moment.
    pub(crate) fn new(
        awaited: Awaited<'a>,
        before: Option<LiveStatus>,
        submitted: Option<Timestamp>,
        patience: Duration,
    ) -> Self {
        Self { awaited, before, submitted, patience, moved: false, still: None }
    }

    /// Judges a status that was read after submission.
    pub(crate) fn judge(&mut self, status: &LiveStatus, now: Instant) -> Judgement {
        if matches!(status.phase, Phase::Pending | Phase::Deleting | Phase::Unknown(_)) {
            (self.moved, self.still) = (true, None);
            return Judgement::UnderWay;
        }
        let Some(ending) = self.ending(status) else {
            self.still = None;
            return Judgement::UnderWay;
        };
        if self.names_ours(status) && (self.is_newer(status) || self.has_switched(status)) {
            return Judgement::Ended(ending);
        }
        match &self.still {
            Some((same, since)) if same == status => {
                if now.duration_since(*since) < self.patience {
                    Judgement::UnderWay
                } else {
                    Judgement::Unchanged(ending)
                }
            }
            _ => {
                self.still = Some((status.clone(), now));
                Judgement::UnderWay
            }
        }
    }

    /// How a terminal status would end the operation; `None` when it cannot be its result.
    fn ending(&self, status: &LiveStatus) -> Option<Ending> {
        match (self.awaited, &status.phase) {
            (Awaited::Gone, Phase::DeleteFailed) => Some(Ending::Badly),
            (Awaited::Gone, _) | (_, Phase::Pending | Phase::Deleting | Phase::Unknown(_)) => None,
            (_, Phase::Failed | Phase::DeleteFailed) => Some(Ending::Badly),
            // Not begun yet, unless it had begun.
            (_, Phase::NotDeployed) => self.moved.then_some(Ending::Badly),
            (Awaited::Power(wanted), Phase::Ready) => {
                let reached = status.power.is_none_or(|power| power == wanted);
                Some(if reached { Ending::Well } else { Ending::Badly })
            }
            (_, Phase::Ready) => Some(Ending::Well),
        }
    }

    fn names_ours(&self, status: &LiveStatus) -> bool {
        match (self.awaited, &status.operation) {
            (_, None) | (Awaited::Ready, _) => true,
            (Awaited::Deployed, Some(operation)) => *operation == StatusOperation::Deploy,
            (Awaited::Power(wanted), Some(operation)) => {
                *operation == StatusOperation::Power(wanted)
            }
            (Awaited::Verb(verb), Some(StatusOperation::Other(name))) => {
                name.raw().trim().eq_ignore_ascii_case(verb)
            }
            (Awaited::Verb(_), Some(_)) => false,
            (Awaited::Gone, Some(operation)) => *operation == StatusOperation::Delete,
        }
    }

    fn is_newer(&self, status: &LiveStatus) -> bool {
        let Some(before) = &self.before else { return true };
        let was_settled =
            matches!(before.phase, Phase::Ready | Phase::Failed | Phase::DeleteFailed);
        !was_settled || self.moved || self.completed_since(before, status)
    }

    /// An old status would still show the old power.
    fn has_switched(&self, status: &LiveStatus) -> bool {
        let before = self.before.as_ref().and_then(|before| before.power);
        match self.awaited {
            Awaited::Power(wanted) => {
                status.power == Some(wanted) && before.is_some_and(|power| power != wanted)
            }
            _ => false,
        }
    }

    /// The server's clock in an answer is cut to the second, so a time that was there before we
    /// submitted proves nothing even when it is later than that.
    fn completed_since(&self, before: &LiveStatus, status: &LiveStatus) -> bool {
        match (status.completed_at, self.submitted) {
            (Some(completed), Some(submitted)) => {
                completed > submitted && status.completed_at != before.completed_at
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
