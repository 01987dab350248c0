//! Two applies on one ledger: at the same moment, one asleep with the lock in its hand, one killed
//! while the other waits.

use crate::gate::{Fate, Gate, Met, Point, Stop, Which};
use crate::judge;
use crate::site::{Site, finish, kill, signal};
use crate::workload::Workload;
use std::time::Duration;

/// What a run exits with that finds the lock held.
const LOCK_HELD: i32 = 5;

fn write(nth: usize) -> Stop {
    Stop { which: Which::Write, nth, point: Point::Done }
}

#[test]
fn at_the_same_moment_one_works_and_the_other_says_so() {
    std::thread::scope(|scope| {
        for workload in Workload::ALL.into_iter().cycle().take(12) {
            scope.spawn(move || {
                let gate = Gate::open();
                let site = Site::of(workload, &gate);
                let both = [site.start("apply --yes"), site.start("apply --yes")];
                let mut ends = both.map(finish);
                ends.sort_by_key(|ran| ran.code);
                // Where the first was so quick that it had ended, the second found nothing to do.
                let codes = ends.each_ref().map(|ran| ran.code);
                assert!(codes == [0, 0] || codes == [0, LOCK_HELD], "{workload:?}: {ends:#?}");
                judge::recovers(workload, &gate, &site, "two at once");
            });
        }
    });
}

#[test]
fn who_may_wait_waits_and_finds_nothing_to_do() {
    std::thread::scope(|scope| {
        for workload in Workload::ALL {
            scope.spawn(move || {
                let gate = Gate::open();
                let site = Site::of(workload, &gate);
                let line = "apply --yes --lock-timeout 60s";
                let ends = [site.start(line), site.start(line)].map(finish);
                assert!(ends.iter().all(|ran| ran.code == 0), "{workload:?}: {ends:#?}");
                let idle = ends.iter().filter(|ran| ran.text.contains("No changes."));
                assert_eq!(idle.count(), 1, "{workload:?}: {ends:#?}");
                judge::recovers(workload, &gate, &site, "two in a row");
            });
        }
    });
}

/// How many writes came, once what was sent before has arrived: a loaded machine takes its time.
fn settled(gate: &Gate) -> usize {
    loop {
        let writes = gate.writes();
        std::thread::sleep(Duration::from_millis(500));
        if gate.writes() == writes {
            return writes;
        }
    }
}

/// However long the holder sleeps: the lock is its own as long as it lives.
#[test]
fn a_sleeping_holder_keeps_its_lock() {
    std::thread::scope(|scope| {
        for (workload, nth) in
            [(Workload::Rafay, 3), (Workload::Machines, 1), (Workload::Rental, 3)]
        {
            scope.spawn(move || {
                let gate = Gate::open();
                let site = Site::of(workload, &gate);
                gate.stop_at(write(nth));
                let mut first = site.start("apply --yes");
                assert_eq!(gate.meet(&mut first), Met::Stopped);
                signal(&first, "STOP");
                let writes = settled(&gate);
                for line in ["apply --yes", "apply --yes --lock-timeout 1s", "unlock"] {
                    let refused = site.run(line);
                    assert_eq!(refused.code, LOCK_HELD, "{line}: {}", refused.text);
                    let holder = format!("process {}", first.id());
                    assert!(refused.text.contains(&holder), "{line}: {}", refused.text);
                }
                assert_eq!(gate.writes(), writes, "{workload:?}: something was sent");
                signal(&first, "CONT");
                gate.release(Fate::GoesOn);
                let first = finish(first);
                assert_eq!(first.code, 0, "{workload:?}: {}", first.text);
                judge::recovers(workload, &gate, &site, "a sleeping holder");
            });
        }
    });
}

/// The lock dies with its holder; the one that waited settles what the holder had in flight.
#[test]
fn who_waits_goes_on_when_the_holder_is_killed() {
    std::thread::scope(|scope| {
        let rafay = (1..=5).map(|nth| (Workload::Rafay, nth));
        for (workload, nth) in rafay.chain((1..=3).map(|nth| (Workload::Rental, nth))) {
            scope.spawn(move || {
                let gate = Gate::open();
                let site = Site::of(workload, &gate);
                gate.stop_at(write(nth));
                let mut first = site.start("apply --yes");
                assert_eq!(gate.meet(&mut first), Met::Stopped);
                let second = site.start("apply --yes --lock-timeout 60s");
                std::thread::sleep(Duration::from_millis(200));
                kill(&mut first);
                gate.release(Fate::Lost);
                let ran = finish(second);
                assert_eq!(ran.code, 0, "{workload:?}, write {nth}: {}", ran.text);
                judge::recovers(workload, &gate, &site, "a killed holder");
            });
        }
    });
}
