//! What reading many documents takes, in bytes that are allocated: the same on every machine. The
//! texts, the keys and what differs is kept; the rest is kept once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "manifest/many.rs"]
mod many;
#[path = "manifest/toy.rs"]
mod toy;

use peak_alloc::PeakAlloc;
use plumb_manifest::{Outside, load, resolve};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The counter is the process's: one thing is measured at a time.
static TURN: Mutex<()> = Mutex::new(());

const OUTSIDE: Outside<'static> = Outside { variable: &|_| None, standard_input: None };
const FEW: usize = 2_000;
const MANY: usize = 20_000;

/// What reading so many documents takes at most, and what is left of it.
fn of(documents: usize) -> [usize; 2] {
    let folder = many::fleet(documents);
    let registry = toy::registry();
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let loaded = load(&[PathBuf::from(folder.path())], &OUTSIDE);
    let resolved = resolve(&loaded, &registry, &OUTSIDE);
    let spent = [MEMORY.peak_usage(), MEMORY.current_usage()].map(|bytes| bytes - before);
    assert_eq!(resolved.desired.map_or(0, |desired| desired.resources().len()), documents);
    spent
}

#[test]
fn a_document_takes_its_text_and_little_more() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let [peak, left] = of(MANY).map(|bytes| bytes / MANY);
    assert!(left < 1_500 && peak < 2_300, "{peak} bytes at most, {left} in the end, for each");
}

#[test]
fn ten_times_the_documents_take_ten_times_as_much() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (few, many) = (of(FEW), of(MANY));
    for (few, many) in few.into_iter().zip(many) {
        assert!(many < 11 * few, "{few} and {many}");
    }
}
