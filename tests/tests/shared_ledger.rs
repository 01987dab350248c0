//! Runs on a ledger that several machines share (docs/rules.md §2): every trouble of its store at every
//! step, and two and five machines at once. Nothing twice and nothing lost, at any instant, by the
//! sandbox's own ledger of effects.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use mimalloc::MiMalloc;
use plumb_tests::trial::appliers::Together;
use plumb_tests::trial::sweep::{on_all_cores, tell};
use plumb_tests::trial::{shared_ledger, workloads};
use std::sync::Mutex;

/// A trial allocates more than it does anything else.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Tries many cases, and shows the first that fails.
fn tried(what: &str, cases: usize, case: impl Fn(usize) -> Together + Sync) -> Together {
    let sum = Mutex::new(Together::default());
    on_all_cores(cases, |number| {
        let came_to = case(number);
        let mut sum = sum.lock().unwrap();
        sum.runs += came_to.runs;
        sum.locked_out += came_to.locked_out;
        sum.evicted += came_to.evicted;
        sum.cut_off += came_to.cut_off;
        sum.died += came_to.died;
        if !came_to.violations.is_empty() {
            sum.violations.push(format!("case {number}: {came_to:#?}"));
        }
    });
    let sum = sum.into_inner().unwrap();
    tell(&format!(
        "{what}: {cases} cases, {} runs, {} locked out, {} evicted, {} cut off, {} died, {} with a violation",
        sum.runs,
        sum.locked_out,
        sum.evicted,
        sum.cut_off,
        sum.died,
        sum.violations.len()
    ));
    assert!(sum.violations.is_empty(), "{}", sum.violations[0]);
    sum
}

#[test]
fn every_trouble_of_the_store_at_every_step() {
    for workload in workloads::all().unwrap() {
        let steps = shared_ledger::steps(&workload).unwrap();
        let cases: Vec<_> = shared_ledger::TROUBLES
            .into_iter()
            .flat_map(|trouble| (1..=steps).map(move |step| (trouble, step)))
            .collect();
        let what = format!("a store in trouble, {}", workload.name);
        let sum = tried(&what, cases.len(), |number| {
            shared_ledger::under_trouble(&workload, cases[number], 7).unwrap()
        });
        assert!(sum.evicted > 0 && sum.cut_off > 0);
    }
}

#[test]
fn several_machines_on_one_ledger_make_everything_once() {
    for workload in [workloads::two_machines().unwrap(), workloads::mounted().unwrap()] {
        for (machines, seeds) in [(2, 60), (5, 30)] {
            let what = format!("{machines} machines on a shared ledger, {}", workload.name);
            let sum = tried(&what, seeds, |seed| {
                shared_ledger::together(&workload, machines, seed as u64).unwrap()
            });
            assert!(sum.evicted > 0 && sum.locked_out > 0 && sum.died > 0);
        }
    }
}
