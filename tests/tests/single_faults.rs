//! Every single fault at every call and every step of the disk of six workloads (docs/rules.md §7,
//! T1). Each case ends converged, with nothing twice and nothing lost at any instant, by the
//! sandbox's own ledger of effects.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use mimalloc::MiMalloc;
use plumb_model::Policy;
use plumb_tests::trial::sweep::{self, Troubles};
use plumb_tests::trial::{Fault, Workload, workloads};

/// A trial allocates more than it does anything else.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Tries every single fault of a sort; `least` is how many of a hundred must fire.
fn survives(workload: &Workload, troubles: Troubles, least: usize) {
    let singles = sweep::singles(workload, troubles).unwrap().into_iter();
    let cases: Vec<Vec<Fault>> = singles.map(|fault| vec![fault]).collect();
    let tally = sweep::all(workload, &cases);
    tally.expect(cases.len() * least / 100).unwrap();
}

#[test]
fn common_faults_anywhere() {
    for workload in workloads::all().unwrap() {
        survives(&workload, Troubles::COMMON, 100);
    }
}

#[test]
fn rare_faults_anywhere() {
    for workload in workloads::all().unwrap() {
        survives(&workload, Troubles::RARE, 100);
        survives(&workload, Troubles::VERY_LATE, 100);
    }
}

/// Absence is proved: what a list leaves out, or an answer to a write says is gone, is neither made
/// again nor forgotten.
#[test]
fn what_servers_say_that_is_not_so() {
    for workload in workloads::all().unwrap() {
        survives(&workload, Troubles::LIES, 20);
    }
    let lost = workloads::lost_ledger().unwrap();
    survives(&lost, Troubles::LIES, 5);
    survives(&lost, Troubles::LONG_LIES, 5);
    for workload in workloads::pruned().unwrap() {
        survives(&workload, Troubles::LIES, 20);
        survives(&workload, Troubles::COMMON, 80);
    }
}

/// A run that is not what it seems: with the key of another account, or with a ledger that was not
/// left so. It makes nothing and forgets nothing, wherever the run before it ended.
#[test]
fn a_later_run_that_is_not_what_it_seems() {
    for workload in workloads::all().unwrap().into_iter().chain([workloads::extended().unwrap()]) {
        let cases = sweep::later_runs(&workload).unwrap();
        sweep::all(&workload, &cases).expect(cases.len() * 80 / 100).unwrap();
    }
}

/// What an update attempted, however far it came, is gone once Git takes it back.
#[test]
fn what_was_attempted_and_is_taken_back() {
    let workload = workloads::taken_back().unwrap();
    survives(&workload, Troubles::COMMON, 90);
    survives(&workload, Troubles::RARE, 90);
}

/// There must be a machine before somebody can lay hands on it.
#[test]
fn other_people_meddling_at_any_call() {
    for workload in [workloads::two_machines().unwrap(), workloads::mounted().unwrap()] {
        let policy = Policy { confirm_loss: true, ..Policy::default() };
        survives(&workload.allowing(policy), Troubles::MEDDLING, 25);
    }
}

/// Where names protect, a network that delivers requests twice makes nothing twice.
#[test]
fn any_call_delivered_twice() {
    for workload in [workloads::kept().unwrap(), workloads::deployed().unwrap()] {
        survives(&workload, Troubles::TWICE, 100);
    }
}
