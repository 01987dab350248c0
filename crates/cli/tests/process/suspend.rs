//! STOP and CONT: a process that sleeps while the world goes on, as on a laptop that was closed.

use crate::gate::{Fate, Gate, Met, Point, Stop, Which};
use crate::judge;
use crate::site::{Site, finish, kill, signal};
use crate::workload::Workload;
use plumb_sandbox::WorldConfig;
use plumb_sandbox::store::Store;
use plumb_tests::simulated::clouds;
use std::time::Duration;

/// How long it sleeps where the world is served: long enough that timers are due.
const NAP: Duration = Duration::from_millis(1_500);

/// How long it sleeps with the clouds inside, whose time runs 600 times as fast: half an hour, so
/// that every settle window is over.
const SLEEP: Duration = Duration::from_secs(3);

fn writes() -> impl Iterator<Item = (Workload, usize)> {
    let of = |workload, count| (1..=count).map(move |nth| (workload, nth));
    of(Workload::Rafay, 5).chain(of(Workload::Machines, 2)).chain(of(Workload::Rental, 3))
}

/// Asleep at each write, done and not answered: the answer is there when it wakes, or the server
/// has hung up.
#[test]
fn what_was_answered_or_lost_in_its_sleep_is_settled_when_it_wakes() {
    std::thread::scope(|scope| {
        for (workload, nth) in writes() {
            for fate in [Fate::GoesOn, Fate::Lost] {
                scope.spawn(move || asleep_at(workload, nth, fate));
            }
        }
    });
}

fn asleep_at(workload: Workload, nth: usize, fate: Fate) {
    let gate = Gate::open();
    let site = Site::of(workload, &gate);
    gate.stop_at(Stop { which: Which::Write, nth, point: Point::Done });
    let mut apply = site.start("apply --yes");
    assert_eq!(gate.meet(&mut apply), Met::Stopped);
    signal(&apply, "STOP");
    gate.release(fate);
    std::thread::sleep(NAP);
    signal(&apply, "CONT");
    let ran = finish(apply);
    assert_eq!(ran.code, 0, "{workload:?}, write {nth}, {fate:?}: {}", ran.text);
    judge::recovers(workload, &gate, &site, &format!("asleep at write {nth}, {fate:?}"));
}

/// Asleep past every settle window, at any moment, then awake again or killed in its sleep.
#[test]
fn past_the_settle_window_nothing_is_made_twice() {
    std::thread::scope(|scope| {
        for workload in Workload::ALL {
            for step in 0..6 {
                scope.spawn(move || asleep_after(workload, Duration::from_millis(20 + step * 35)));
            }
        }
    });
}

fn asleep_after(workload: Workload, moment: Duration) {
    let site = Site::unconnected(workload);
    let line = "apply --yes --sandbox --sandbox-data ../world --ledger .plumb";
    let mut first = site.start(line);
    std::thread::sleep(moment);
    signal(&first, "STOP");
    std::thread::sleep(SLEEP);
    // Every other one never wakes.
    if moment.as_millis().is_multiple_of(2) {
        kill(&mut first);
    } else {
        signal(&first, "CONT");
        let ran = finish(first);
        assert!([0, 3, 6].contains(&ran.code), "{workload:?}, {moment:?}: {}", ran.text);
    }
    let mut codes = Vec::new();
    while codes.last() != Some(&0) {
        assert!(codes.len() < judge::MOST_RUNS, "{workload:?}, {moment:?}: {codes:?}");
        codes.push(site.run(line).code);
    }
    let folder = site.root().join("../world");
    let (world, _store, _problems) =
        Store::open(&folder, WorldConfig::default(), clouds()).unwrap();
    let effects = world.effects().all();
    judge::made_once(workload, effects)
        .unwrap_or_else(|it| panic!("{workload:?}, {moment:?}: {it:?}"));
    judge::all_recorded(effects, &site.view()).unwrap();
}
