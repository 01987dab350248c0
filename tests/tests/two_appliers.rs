//! Two appliers at once, interleaved call by call by a seed: on one ledger, and on two.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use plumb_tests::trial::appliers::{self, Together};
use plumb_tests::trial::sweep::{on_all_cores, tell};
use plumb_tests::trial::{Workload, workloads};
use std::sync::Mutex;

const SEEDS: usize = 60;

/// Tries all seeds, and shows the first that fails.
fn tried(
    what: &str,
    workload: &Workload,
    together: fn(&Workload, u64) -> Result<Together, String>,
) -> Together {
    let sum = Mutex::new(Together::default());
    on_all_cores(SEEDS, |seed| {
        let came_to = together(workload, seed as u64).unwrap();
        let mut sum = sum.lock().unwrap();
        sum.runs += came_to.runs;
        sum.locked_out += came_to.locked_out;
        sum.died += came_to.died;
        sum.duplicates += came_to.duplicates;
        if !came_to.violations.is_empty() {
            sum.violations.push(format!("seed {seed}: {came_to:#?}"));
        }
    });
    let sum = sum.into_inner().unwrap();
    tell(&format!(
        "{what}, {}: {SEEDS} seeds, {} runs, {} locked out, {} died, {} duplicates noticed, {} with \
         a violation",
        workload.name,
        sum.runs,
        sum.locked_out,
        sum.died,
        sum.duplicates,
        sum.violations.len()
    ));
    assert!(sum.violations.is_empty(), "{}", sum.violations[0]);
    sum
}

#[test]
fn two_appliers_on_one_ledger_make_everything_once() {
    for workload in [workloads::two_machines().unwrap(), workloads::mounted().unwrap()] {
        let sum = tried("two appliers on one ledger", &workload, appliers::on_one_ledger);
        assert!(sum.locked_out > 0 && sum.died > 0);
    }
}

#[test]
fn two_appliers_on_two_ledgers_notice_what_they_made_twice() {
    let machines = workloads::two_machines().unwrap();
    let sum = tried("two appliers on two ledgers", &machines, appliers::on_two_ledgers);
    assert!(sum.duplicates > 0, "they never met");
}

#[test]
fn two_ledgers_make_nothing_twice_where_names_protect() {
    let kept = workloads::kept().unwrap();
    let sum = tried("two appliers on two ledgers", &kept, appliers::on_two_ledgers);
    assert_eq!(sum.duplicates, 0);
}
