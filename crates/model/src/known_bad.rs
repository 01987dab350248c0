//! The known-bad reconcilers (RELIABILITY.md §6): switches that each break one rule on purpose, so
//! that tests can show that breaking it is noticed. What a switch breaks lives at the rule itself,
//! which asks [`is`].
//!
//! # Guarantees
//! Without the feature `known-bad`, which only the tests of the whole turn on, [`is`] is a constant
//! `false`: what it guards is not in the program.

/// A reconciler that breaks one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnownBad {
    /// Sends a write again that a server in trouble may have done.
    RetryOnServerError,
    /// Takes the first list that does not show a create in doubt for proof that nothing was made.
    LookOnce,
    /// Takes "it is there already" for success.
    IgnoreConflict,
    /// Answers that a record is durable before it is.
    NoSync,
    /// Settles a create in the ledger before it is sent.
    RecordBeforeSend,
    /// Believes a list that changed while its pages were read.
    PageShiftBlind,
    /// Takes the list that a refused key gets for an empty one.
    RefusedKeyReadAsEmpty,
    /// Deletes whatever carries the stack's mark.
    DeleteOnMark,
    /// Goes where a server sends it, key and body included.
    FollowRedirects,
    /// Writes headers into the log.
    LogHeaders,
    /// Lets go of the ledger's lock only when the program panics.
    UnlockOnlyOnPanic,
    /// Writes files in place.
    NonAtomicWrite,
}

/// Whether this reconciler is the one that runs: never, in a program that is not a test.
#[cfg(not(feature = "known-bad"))]
#[must_use]
pub const fn is(_which: KnownBad) -> bool {
    false
}

#[cfg(feature = "known-bad")]
pub use switch::{is, with};

#[cfg(feature = "known-bad")]
mod switch {
    use super::KnownBad;
    use std::cell::Cell;

    thread_local! {
        static RUNNING: Cell<Option<KnownBad>> = const { Cell::new(None) };
    }

    /// Whether this reconciler is the one that runs in this thread.
    #[must_use]
    pub fn is(which: KnownBad) -> bool {
        RUNNING.get() == Some(which)
    }

    /// Runs something in this thread with a reconciler that breaks its rule.
    pub fn with<T>(which: KnownBad, run: impl FnOnce() -> T) -> T {
        let _before = Before(RUNNING.replace(Some(which)));
        run()
    }

    /// What ran before, and runs again when this is dropped, be it by a panic.
    struct Before(Option<KnownBad>);

    impl Drop for Before {
        fn drop(&mut self) {
            RUNNING.set(self.0);
        }
    }
}
