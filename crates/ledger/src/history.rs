//! Past runs with their events, from the segments that are kept. How they are shown is a
//! renderer's business.

use crate::error::LedgerError;
use crate::files::Files;
use crate::journal::{self, Wanted};
use crate::reading::Reading;
use jiff::Timestamp;
use plumb_model::event::RunOutcome;
use plumb_model::ledger::RunHead;
use plumb_model::{Event, Record, RunId};
use std::collections::BTreeMap;

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Who ran what, and when.
    pub head: RunHead,
    /// What happened, in order.
    pub events: Vec<(Timestamp, Event)>,
    /// When and how it ended; `None` when it was killed, or still runs.
    pub finished: Option<(Timestamp, RunOutcome)>,
}

/// All runs that are kept, the newest first.
///
/// # Errors
/// When a segment is damaged or cannot be read.
pub fn read(place: &(impl Reading + ?Sized)) -> Result<Vec<Run>, LedgerError> {
    let mut past = Past::default();
    tell(place, &mut |record| past.absorb(record))?;
    Ok(past.runs())
}

/// Hands on the records that tell of runs, in the order in which they were written.
///
/// # Errors
/// When a segment is damaged or cannot be read.
pub(crate) fn tell(
    place: &(impl Reading + ?Sized),
    each: &mut dyn FnMut(Record),
) -> Result<(), LedgerError> {
    for number in Files::list(place)?.told() {
        journal::read(place, number, Wanted::Runs, each)?;
    }
    Ok(())
}

/// What such records come to.
#[derive(Debug, Default)]
pub(crate) struct Past {
    runs: Vec<Run>,
    places: BTreeMap<RunId, usize>,
}

impl Past {
    /// The runs, the newest first.
    pub(crate) fn runs(mut self) -> Vec<Run> {
        self.runs.reverse();
        self.runs
    }

    /// Takes a record in; those that tell of no run say nothing here.
    pub(crate) fn absorb(&mut self, record: Record) {
        match record {
            Record::RunStarted(head) => {
                self.places.insert(head.who.run.clone(), self.runs.len());
                self.runs.push(Run { head, events: Vec::new(), finished: None });
            }
            Record::RunEvent { run, at, event } => {
                if let Some(run) = self.known(&run) {
                    run.events.push((at, event));
                }
            }
            Record::RunFinished { run, at, outcome } => {
                if let Some(run) = self.known(&run) {
                    run.finished = Some((at, outcome));
                }
            }
            Record::IntentOpened(_)
            | Record::IntentSettled { .. }
            | Record::Attempted { .. }
            | Record::DeleteSent { .. }
            | Record::Applied(_)
            | Record::Forgotten { .. }
            | Record::AccountKnown { .. } => {}
        }
    }

    fn known(&mut self, run: &RunId) -> Option<&mut Run> {
        self.runs.get_mut(*self.places.get(run)?)
    }
}
