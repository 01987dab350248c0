//! Exit codes: an API of their own, one list.

use plumb_reconcile::Verdict;
use std::process::ExitCode;

/// How a command ended. Scripts rely on the numbers; they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done, or nothing to do.
    Done,
    /// An error: bad input, no connection, a refused key.
    Error,
    /// Changes or drift are present (`plan --detailed-exitcode`, `drift`).
    Changes,
    /// Some actions failed, were skipped, or are still pending.
    Incomplete,
    /// Something is blocked, or a limit tripped.
    Blocked,
    /// Another run holds the lock.
    LockHeld,
    /// A create could not be settled.
    Indeterminate,
    /// The plan file is stale.
    StalePlan,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Incomplete => 3,
            Self::Blocked => 4,
            Self::LockHeld => 5,
            Self::Indeterminate => 6,
            Self::StalePlan => 7,
            Self::Interrupted => 130,
        }
    }
}

/// The one place where the end of a run becomes an exit code.
impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Done => Self::Done,
            Verdict::Changes => Self::Changes,
            Verdict::Declined => Self::Error,
            Verdict::Incomplete => Self::Incomplete,
            Verdict::Blocked => Self::Blocked,
            Verdict::Indeterminate => Self::Indeterminate,
            Verdict::Interrupted => Self::Interrupted,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// The list, for `--help` and the manual.
pub(crate) const TABLE: &str = "\
Exit codes:
    0  done, or nothing to do
    1  error: bad input, no connection, a refused key
    2  changes or drift are present (plan --detailed-exitcode, drift)
    3  some actions failed, were skipped, or are still pending
    4  blocked, or a limit tripped
    5  another run holds the lock
    6  a create could not be settled (see plumb resolve)
    7  the plan file is stale
  130  interrupted";
