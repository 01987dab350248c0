//! What happens by itself after a while, on the virtual clock.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use plumb_sandbox::time::Timestamp;

/// Something that happens by itself. Whoever is gone or changed by then does not care.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Event {
    /// A new machine has its address.
    MachineReady(String),
    /// A machine has moved.
    Relocated(String),
    /// A rental is made or rebooted.
    RentalReady(String),
    /// A volume can be used.
    VolumeActive(String),
    /// The balance has been empty for too long.
    OutOfMoney,
}

/// The events to come, by time and then in the order they were set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Timers {
    events: BTreeSet<(Timestamp, u64, Event)>,
    set: u64,
}

impl Timers {
    /// Lets something happen so many seconds from now.
    pub(crate) fn set(&mut self, now: Timestamp, seconds: u64, event: Event) {
        self.set += 1;
        self.events.insert((now.after(Duration::from_secs(seconds)), self.set, event));
    }

    /// Takes the first event.
    pub(crate) fn pop(&mut self) -> Option<Event> {
        self.events.pop_first().map(|(_, _, event)| event)
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.events.first().map(|(due, ..)| *due)
    }

    /// Whether something of this sort is to come.
    pub(crate) fn expects(&self, event: &Event) -> bool {
        self.events.iter().any(|(_, _, known)| known == event)
    }
}
