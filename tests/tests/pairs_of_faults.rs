//! Pairs of faults (docs/rules.md §7, T2) on creates that nothing protects from happening twice:
//! every pair on a virtual machine and on a rental, and some on both together, in worlds whose
//! lists lag.
//!
//! `PLUMB_PAIRS=all` tries all pairs on both together, a hundred thousand, and `PLUMB_PAIRS=N` each
//! N-th first fault with each N-th second; `PLUMB_PAIRS_OF_ONE=N` does that to the pairs on one machine;
//! `PLUMB_TRIPLES=N` tries N triples.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use mimalloc::MiMalloc;
use plumb_tests::trial::{Fault, course, sweep, workloads};
use plumb_tests::wish;
use std::slice::from_ref;
use std::sync::Mutex;

/// A trial allocates more than it does anything else.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Each so-manieth first and second fault is always tried on two machines.
const STRIDE: usize = 10;
/// Triples of a workload that are always tried.
const TRIPLES: usize = 30;

fn stride() -> usize {
    match wish("PLUMB_PAIRS") {
        Some(all) if all == "all" => 1,
        Some(many) => many.parse().expect("PLUMB_PAIRS is a number or \"all\""),
        None => STRIDE,
    }
}

#[test]
fn every_pair_is_survived_by_one_machine() {
    let stride = wish("PLUMB_PAIRS_OF_ONE").map_or(1, |it| it.parse().expect("a number"));
    for workload in workloads::one_machine_with_lagging_lists().unwrap() {
        let tally = sweep::pairs(&workload, stride).unwrap();
        // The second may have nothing to strike when the first changes the course.
        tally.expect(tally.cases * 9 / 10).unwrap();
    }
}

#[test]
fn any_pair_is_survived_by_two_machines() {
    for workload in workloads::two_machines_with_lagging_lists().unwrap() {
        let tally = sweep::pairs(&workload, stride()).unwrap();
        tally.expect(tally.cases * 9 / 10).unwrap();
    }
}

#[test]
fn triples_are_survived_by_two_machines() {
    let many = wish("PLUMB_TRIPLES").map_or(TRIPLES, |it| it.parse().expect("a number"));
    for workload in workloads::two_machines_with_lagging_lists().unwrap() {
        let cases = Mutex::new(Vec::new());
        sweep::on_all_cores(many, |seed| {
            let triple = sweep::triple(&workload, seed as u64);
            cases.lock().unwrap().push(triple);
        });
        let cases = cases.into_inner().unwrap();
        sweep::all(&workload, &cases).expect(cases.len() * 8 / 10).unwrap();
    }
}

/// What two faults have in common is run once for many pairs: that must come to what each pair
/// comes to when it is run from its beginning.
#[test]
fn going_on_from_a_moment_comes_to_the_same_as_beginning_anew() {
    for workload in workloads::one_machine_with_lagging_lists().unwrap() {
        let firsts = sweep::singles(&workload, sweep::Troubles::COMMON).unwrap();
        let mut later = 0;
        for first in firsts.iter().step_by(13) {
            let (course, moments) = course::run_in_moments(&workload, from_ref(first), 1);
            let seconds = sweep::seconds(first, &course);
            for second in seconds.iter().skip(firsts.len() % 11).step_by(23) {
                let moment = sweep::moment_before(&moments, second).unwrap();
                later += usize::from(moment.calls() > 0);
                let resumed = course::go_on(&workload, moment, second, 1);
                let pair: [Fault; 2] = [first.clone(), second.clone()];
                assert_eq!(resumed, course::run(&workload, &pair, 1), "{pair:?}");
            }
        }
        assert!(later > 5, "only {later} went on from a later moment");
    }
}
