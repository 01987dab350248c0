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
    Ok(runs(records(place)?))
}

/// The records that tell of runs, in the order in which they were written.
///
/// # Errors
/// When a segment is damaged or cannot be read.
pub(crate) fn records(place: &(impl Reading + ?Sized)) -> Result<Vec<Record>, LedgerError> {
    let mut told = Vec::new();
    for number in Files::list(place)?.told() {
        let records = journal::read(place, number, Wanted::Everything)?.records;
        told.extend(records.into_iter().filter(tells_of_a_run));
    }
    Ok(told)
}

/// What such records come to, the newest run first.
pub(crate) fn runs(records: Vec<Record>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut places: BTreeMap<RunId, usize> = BTreeMap::new();
    for record in records {
        absorb(record, &mut runs, &mut places);
    }
    runs.reverse();
    runs
}

fn tells_of_a_run(record: &Record) -> bool {
    matches!(record, Record::RunStarted(_) | Record::RunEvent { .. } | Record::RunFinished { .. })
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
