//! What a large ledger takes, in bytes that are allocated: the same on every machine. It is in
//! proportion to what is live, and to what is told of.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::many::run_over;
use peak_alloc::PeakAlloc;
use plumb_ledger::{Ledger, Store};
use plumb_model::LedgerView;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The counter is the process's: one thing is measured at a time.
static TURN: Mutex<()> = Mutex::new(());

const FEW: usize = 1_000;
const MANY: usize = 10_000;

/// What something takes at most while it is done, and what is left of it, in bytes.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize, usize) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let done = work();
    let (peak, after) = (MEMORY.peak_usage(), MEMORY.current_usage());
    (done, peak.saturating_sub(before), after.saturating_sub(before))
}

/// Opens a ledger that is turned over, whatever its length.
fn turned_over(folder: &Path) -> LedgerView {
    let folder = Arc::new(plumb_ledger::DiskFolder::at(folder));
    Ledger::open_turning(folder, "ml", 0).unwrap().view()
}

/// Peak and rest of turning over, of reading what that left, and the peak of telling what happened.
fn of(count: usize) -> [usize; 5] {
    let folder = tempfile::tempdir().unwrap();
    run_over(count, folder.path());
    let (view, turning, live) = measured(|| turned_over(folder.path()));
    assert_eq!(view.entries.len(), count);
    drop(view);
    let store = Store::in_directory(folder.path());
    let (view, reading, read) = measured(|| store.read("ml").unwrap());
    assert_eq!(view.entries.len(), count);
    drop(view);
    let (runs, telling, _) = measured(|| store.history("ml").unwrap());
    assert_eq!((runs.len(), runs[0].events.len()), (1, 2 * count));
    [turning, live, reading, read, telling]
}

#[test]
fn a_ledger_takes_what_is_live_and_little_more() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let [turning, live, reading, read, _] = of(MANY);
    assert!(live / MANY < 1_500, "{} bytes for each entry", live / MANY);
    assert!(turning < 2 * live, "{turning} to turn over {live}");
    assert!(reading < 3 * read, "{reading} to read {read}");
}

#[test]
fn a_ledger_of_ten_times_as_much_takes_ten_times_as_much() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (few, many) = (of(FEW), of(MANY));
    for (few, many) in few.into_iter().zip(many) {
        assert!(many < 11 * few, "{few} and {many}");
    }
}
