//! What may follow a request (docs/rules.md §1): a table keyed by what the request does and what
//! it came to, and how long to pause. There is no other retry in plumb.

use crate::clock::Jitter;
use crate::transport::outcome::{self, Outcome, Rejection};
use jiff::Timestamp;
use plumb_kind::{Effect, Refusal};
use std::time::Duration;

/// What may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It worked: go on.
    Proceed,
    /// Send it again after a pause.
    Repeat,
    /// Look at the object before anything else is sent.
    Look,
    /// Neither repeating nor looking changes it.
    GiveUp,
}

/// The table.
#[must_use]
pub fn decide(effect: Effect, outcome: &Outcome) -> Decision {
    match (outcome, effect) {
        (Outcome::Applied(_), _) | (Outcome::Gone | Outcome::SaidGone, Effect::Read) => {
            Decision::Proceed
        }
        (Outcome::NotApplied(Rejection::NotSent | Rejection::Throttled), _)
        | (Outcome::Unknown(_), Effect::Read | Effect::Assign) => Decision::Repeat,
        (Outcome::Unknown(_), _)
        | (
            Outcome::Conflict,
            Effect::Create | Effect::Upsert | Effect::Publish | Effect::Act | Effect::Delete,
        )
        | (Outcome::Gone, Effect::Delete) => Decision::Look,
        (Outcome::NotApplied(_) | Outcome::Gone | Outcome::SaidGone | Outcome::Conflict, _) => {
            Decision::GiveUp
        }
    }
}

/// Whether a refusal may be that of a name that is taken, or of a delete of what is gone: some
/// servers answer both like any other bad request (V-23, V-43).
pub(crate) fn may_hide_a_conflict(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::NotApplied(Rejection::Refused(Refusal::Request)))
}

/// The longest pause between two tries.
pub const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// The longest pause a server in trouble may ask for.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(2);
/// The longest pause that is believed to be meant.
const LONGEST_ASKED: Duration = Duration::from_hours(24);
/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The pause before try number `next` (2 is the first repeat): 1 s, 2 s, 4 s …, shortened by
/// chance to no less than half, and no shorter than the server asked for.
#[must_use]
pub fn pause(next: u32, asked: Option<Duration>, jitter: &Jitter) -> Duration {
    let doubled = 2_u32.checked_pow(next.saturating_sub(2)).unwrap_or(u32::MAX);
    let grown = FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE);
    jitter.shorten(grown).max(asked.unwrap_or_default().min(LONGEST_RETRY_AFTER))
}

/// Reads `Retry-After`: seconds or an HTTP date, a day at most. What cannot be read, or is past, asks
/// for nothing. A date is measured on the server's own clock when known.
#[must_use]
pub fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are more than the longest pause.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST_ASKED));
    }
    let until = outcome::http_date(text)?;
    let stretch = Duration::try_from(until.duration_since(now)).ok()?;
    Some(stretch.min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests;
