//! Who holds a ledger's lock, and what clearing one comes to. How a lock is taken is the folder's
//! business.

use jiff::Timestamp;
use plumb_model::Holder;
use plumb_model::text::escape;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who holds a lock, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Who.
    #[serde(flatten)]
    pub who: Holder,
    /// The process on their host.
    pub pid: u32,
    /// The command: `apply`.
    pub command: String,
    /// Since when.
    pub since: Timestamp,
}

impl fmt::Display for Holding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, pid, command, since } = self;
        let run = &who.run;
        let text = format!("{who}, `{command}`, process {pid}, run {run}, since {since}");
        formatter.write_str(&escape(&text))
    }
}

/// What clearing a lock came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlocked {
    /// Nobody held it, and nothing was left behind.
    WasFree,
    /// A process that is gone had left its name, which is cleared now.
    Cleared(Holding),
    /// A living process holds it: it was left alone. Ending that process frees it.
    StillHeld(Option<Holding>),
}
