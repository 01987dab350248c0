//! Pairs of faults on a virtual machine and a rental (RELIABILITY.md §8, T2): two creates that
//! nothing protects from happening twice, in worlds whose lists lag by 0, 3 and 10 readings.
//!
//! `PLUMB_PAIRS=all` tries all of the hundred thousand pairs, otherwise a part that is spread evenly;
//! `PLUMB_TRIPLES=N` tries N triples. Both are meant for an optimized build.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use plumb_tests::trial::{Fault, sweep, workloads};
use plumb_tests::wish;
use std::sync::Mutex;

/// Pairs of a workload that are always tried.
const PAIRS: usize = 2_000;
/// Triples of a workload that are always tried.
const TRIPLES: usize = 30;

/// All pairs when asked for, else some that are spread evenly.
fn part_of(pairs: Vec<Vec<Fault>>) -> Vec<Vec<Fault>> {
    let wanted = match wish("PLUMB_PAIRS") {
        Some(all) if all == "all" => return pairs,
        Some(wanted) => wanted.parse().expect("PLUMB_PAIRS is a number or \"all\""),
        None => PAIRS,
    };
    let stride = (pairs.len() / wanted.max(1)).max(1);
    pairs.into_iter().step_by(stride).collect()
}

#[test]
fn any_pair_is_survived_by_two_machines() {
    for workload in workloads::two_machines_with_lagging_lists().unwrap() {
        let cases = part_of(sweep::pairs(&workload).unwrap());
        let tally = sweep::all(&workload, &cases);
        // The second may have nothing to strike when the first changes the course.
        tally.expect(cases.len() * 9 / 10).unwrap();
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
