//! Single faults and pairs of faults at every call of the workloads (RELIABILITY.md §8, T1 and
//! T2). Each case ends converged, with nothing twice and nothing lost at any instant, by the
//! sandbox's own ledger of effects.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

use plumb_tests::trial::{Course, Fault, Trouble, Workload, run, shrink, workloads};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Failures that are shrunk and shown; more would only repeat them.
const SHOWN: usize = 3;

/// What many cases came to.
#[derive(Debug, Default)]
struct Tally {
    cases: usize,
    fired: usize,
    runs: u32,
    calls: u64,
    resolved: u32,
    failed: usize,
    tests: Vec<String>,
}

impl Tally {
    fn take(&mut self, course: &Course, faults: &[Fault]) {
        self.cases += 1;
        self.fired += usize::from(course.fired >= faults.len());
        self.runs += course.runs;
        self.calls += course.calls;
        self.resolved += course.resolved;
        self.failed += usize::from(!course.violations.is_empty());
    }
}

/// Runs cases on all cores, and shrinks the first that fail.
fn all(workload: &Workload, cases: &[Vec<Fault>]) -> Tally {
    let tally = Mutex::new(Tally::default());
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(faults) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    try_one(workload, faults, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    eprintln!(
        "{}: {} cases, {} with every fault fired, {} runs, {} calls, {} settled by a person, \
         {} failed, {:.1?}",
        workload.name,
        tally.cases,
        tally.fired,
        tally.runs,
        tally.calls,
        tally.resolved,
        tally.failed,
        began.elapsed()
    );
    tally
}

fn try_one(workload: &Workload, faults: &[Fault], tally: &Mutex<Tally>) {
    let course = run(workload, faults, 1);
    let shows = {
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.take(&course, faults);
        !course.violations.is_empty() && tally.failed <= SHOWN
    };
    if shows {
        let (small, course) = shrink::shrink(workload, faults, 1);
        let test = shrink::as_test(workload, &small, 1, &course);
        tally.lock().unwrap_or_else(PoisonError::into_inner).tests.push(test);
    }
}

/// Every trouble at every call of the course without faults, and at every step of its disk.
fn singles(workload: &Workload) -> Vec<Fault> {
    let undisturbed = run(workload, &[], 1);
    assert_eq!(undisturbed.violations, [""; 0], "{}", workload.name);
    let calls = undisturbed.writes.iter().enumerate();
    let at_calls = calls.flat_map(|(at, is_write)| {
        let troubles = if *is_write { Trouble::TO_WRITES } else { Trouble::TO_READS };
        troubles.iter().map(move |trouble| Fault::new(at as u64 + 1, *trouble))
    });
    let at_steps = (1..=undisturbed.steps)
        .flat_map(|step| Trouble::TO_DISK.iter().map(move |trouble| Fault::new(step, *trouble)));
    at_calls.chain(at_steps).collect()
}

fn assert_holds(tally: &Tally, least_fired: usize) {
    assert!(tally.failed == 0, "{} failed, the first:\n{}", tally.failed, tally.tests.join("\n\n"));
    assert!(tally.fired >= least_fired, "only {} of {} fired", tally.fired, tally.cases);
}

/// The same workload where lists show new objects only after so many readings.
fn lagging(workload: &Workload, name: &'static str, list_calls: u64) -> Workload {
    let lag = json!({"list_calls": list_calls, "everywhere": true});
    let patch = json!({"knobs": {"voltage_park": {"create_visibility_lag": lag}}});
    // Each run reads each list at least once.
    let slack = u32::try_from(list_calls).unwrap();
    Workload { slack, ..workload.in_world(name, &patch).unwrap() }
}

#[test]
fn any_single_fault_is_survived() {
    let (kept, machines, mounted) = (
        workloads::kept().unwrap(),
        workloads::two_machines().unwrap(),
        workloads::mounted().unwrap(),
    );
    for workload in [
        lagging(&kept, "kept, lists lag by 3", 3),
        lagging(&machines, "two machines, lists lag by 3", 3),
        lagging(&machines, "two machines, lists lag by 10", 10),
        machines,
        mounted,
    ] {
        let singles = singles(&workload).into_iter();
        let cases: Vec<Vec<Fault>> = singles.map(|fault| vec![fault]).collect();
        let tally = all(&workload, &cases);
        assert_holds(&tally, cases.len());
    }
}
