//! What happened to what is deployed, as events and usage are read from it (contract 9, R-104).

use serde::{Deserialize, Serialize};

use super::key::ObjectKey;
use plumb_sandbox::time::Timestamp;

/// Entries kept; the oldest are forgotten first.
const CAPACITY: usize = 100_000;

/// One thing that happened to an instance or a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// Counts from 1.
    pub number: u64,
    /// When.
    pub at: Timestamp,
    /// To what.
    pub key: ObjectKey,
    /// Its `metadata.id`.
    pub id: String,
    /// The name of the profile it is made from.
    pub profile: String,
    /// The status it came to, as reads show it; `created` and `destroyed` besides.
    pub status: String,
}

/// Everything that happened, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chronicle {
    count: u64,
    entries: std::collections::VecDeque<Happening>,
}

impl Chronicle {
    /// Every entry, oldest first.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Happening> {
        self.entries.iter()
    }

    /// Adds an entry; its number is given to it.
    pub(crate) fn add(&mut self, happening: Happening) {
        self.count += 1;
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(Happening { number: self.count, ..happening });
    }
}
