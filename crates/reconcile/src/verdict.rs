//! How a run ended, in one word: what exit codes and results are made from. What says so is in
//! [`outcome`](crate::outcome).

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
