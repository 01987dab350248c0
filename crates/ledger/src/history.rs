//! Past runs with their events, from the segments that are kept. How they are shown is a
//! renderer's business.

use crate::error::LedgerError;
use crate::files::Files;
use crate::folder::Folder;
use crate::journal::{self, Wanted};
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
pub fn read(folder: &dyn Folder) -> Result<Vec<Run>, LedgerError> {
    let mut runs: Vec<Run> = Vec::new();
    let mut places: BTreeMap<RunId, usize> = BTreeMap::new();
    for number in Files::list(folder)?.segments {
        for record in journal::read(folder, number, Wanted::Everything)?.records {
            absorb(record, &mut runs, &mut places);
        }
    }
    runs.reverse();
    Ok(runs)
}

fn absorb(record: Record, runs: &mut Vec<Run>, places: &mut BTreeMap<RunId, usize>) {
    match record {
        Record::RunStarted(head) => {
            places.insert(head.who.run.clone(), runs.len());
            runs.push(Run { head, events: Vec::new(), finished: None });
        }
        Record::RunEvent { run, at, event } => {
            if let Some(run) = known(runs, places, &run) {
                run.events.push((at, event));
            }
        }
        Record::RunFinished { run, at, outcome } => {
            if let Some(run) = known(runs, places, &run) {
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

fn known<'r>(
    runs: &'r mut [Run],
    places: &BTreeMap<RunId, usize>,
    run: &RunId,
) -> Option<&'r mut Run> {
    runs.get_mut(*places.get(run)?)
}
