//! Single faults and pairs of faults at every call of the workloads (RELIABILITY.md §8, T1 and
//! T2). Each case ends converged, with nothing twice and nothing lost at any instant, by the
//! sandbox's own ledger of effects.
//!
//! All single faults are tried, and of the tens of thousands of pairs a part that is spread evenly;
//! `PLUMB_PAIRS=all` tries every pair, and `PLUMB_SEEDS=2500` so many histories. Both are meant for
//! an optimized build: `PLUMB_PAIRS=all cargo test --release -p plumb-tests --test reliability`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

use plumb_tests::trial::{Course, Fault, Trouble, Workload, history, run, shrink, workloads};
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

/// For every single fault, every further fault at each call after it.
fn pairs(workload: &Workload) -> Vec<Vec<Fault>> {
    let mut pairs = Vec::new();
    for first in singles(workload) {
        let course = run(workload, std::slice::from_ref(&first), 1);
        let after = if first.trouble.is_of_the_disk() { 0 } else { first.at };
        let calls = course.all_writes.iter().enumerate();
        for (at, is_write) in calls.skip(usize::try_from(after).unwrap()) {
            let troubles = if *is_write { Trouble::TO_WRITES } else { Trouble::TO_READS };
            let second = |trouble: &Trouble| Fault::new(at as u64 + 1, *trouble);
            pairs.extend(troubles.iter().map(|trouble| vec![first.clone(), second(trouble)]));
        }
    }
    pairs
}

/// What whoever runs the tests wants more of.
#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not of plumb")]
fn wish(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// All pairs when asked for, else some that are spread evenly.
fn part_of(pairs: Vec<Vec<Fault>>) -> Vec<Vec<Fault>> {
    if wish("PLUMB_PAIRS").is_some_and(|wanted| wanted == "all") {
        return pairs;
    }
    let stride = (pairs.len() / PAIRS).max(1);
    pairs.into_iter().step_by(stride).collect()
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
        workloads::deployed().unwrap(),
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

#[test]
fn any_pair_of_faults_is_survived_by_two_machines() {
    let machines = workloads::two_machines().unwrap();
    for workload in [
        lagging(&machines, "two machines, lists lag by 3", 3),
        lagging(&machines, "two machines, lists lag by 10", 10),
        machines,
    ] {
        let cases = part_of(pairs(&workload));
        let tally = all(&workload, &cases);
        // The second may have nothing to strike when the first changes the course.
        assert_holds(&tally, cases.len() * 9 / 10);
    }
}

/// Histories that are always tried.
const SEEDS: u64 = 40;
/// Pairs of a workload that are always tried.
const PAIRS: usize = 300;

#[test]
fn histories_converge_whatever_happens() {
    let began = Instant::now();
    let many: u64 = wish("PLUMB_SEEDS").and_then(|it| it.parse().ok()).unwrap_or(SEEDS);
    let next = std::sync::atomic::AtomicU64::new(0);
    let tally = Mutex::new((history::Past::default(), Vec::new()));
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= many {
                        return;
                    }
                    let past = history::run(seed);
                    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                    tally.0.commits += past.commits;
                    tally.0.faults += past.faults;
                    tally.0.runs += past.runs;
                    tally.0.calls += past.calls;
                    tally.0.edits += past.edits;
                    tally.0.resolved += past.resolved;
                    if !past.violations.is_empty() {
                        tally.1.push((seed, past));
                    }
                }
            });
        }
    });
    let (sum, mut failed) = tally.into_inner().unwrap();
    eprintln!(
        "{many} histories: {} commits, {} faults, {} edits by hand, {} runs, {} calls, {} settled \
         by a person, {} failed, {:.1?}",
        sum.commits,
        sum.faults,
        sum.edits,
        sum.runs,
        sum.calls,
        sum.resolved,
        failed.len(),
        began.elapsed()
    );
    failed.sort_by_key(|(seed, _)| *seed);
    for (seed, past) in failed.iter().take(SHOWN) {
        eprintln!("seed {seed}: {}\n  {}", past.violations.join("; "), past.story.join("\n  "));
    }
    assert!(failed.is_empty(), "{} seeds failed", failed.len());
}
