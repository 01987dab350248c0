//! Applies of several machines on one ledger in a git repository: at the same moment, one asleep for longer
//! than its sign of life holds, one killed, one cut off from the repository.

use crate::gate::{Fate, Gate, Met, Point, Stop, Which};
use crate::judge;
use crate::site::{Ran, Site, finish, kill, signal};
use crate::workload::Workload;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const LOCK_HELD: i32 = 5;

/// How long somebody is waited for who takes the ledger over, in pauses; a loaded machine takes its time.
const PATIENCE: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);

/// What waits for the ledger as long as it takes.
const PATIENT: &str = "apply --yes --lock-timeout 5m";

/// A site with a ledger in a bare repository that other machines reach too. A sign of life of a run holds for
/// so long there.
fn sharing(mut site: Site, promise: &str) -> Site {
    let made = site.program("git").args(["init", "--quiet", "--bare"]).arg(bare(&site)).status();
    assert!(made.unwrap().success(), "this test needs the program `git`");
    site.variables.push(("PLUMB_LEDGER", format!("git+file://{}", bare(&site).display())));
    site.variables.push(("PLUMB_LEDGER_PROMISE", promise.to_owned()));
    site
}

/// The bare repository of the ledger.
fn bare(site: &Site) -> PathBuf {
    site.root().parent().unwrap().join("ledger.git")
}

/// Where the ledger's ref stands.
fn tip(site: &Site) -> String {
    let mut git = site.program("git");
    git.arg("-C").arg(bare(site)).args(["rev-parse", "refs/plumb/ledger"]);
    String::from_utf8(git.output().unwrap().stdout).unwrap()
}

fn write(nth: usize) -> Stop {
    Stop { which: Which::Write, nth, point: Point::Done }
}

/// A machine asleep, or dead, at a write; four more wait, one of which takes the ledger over.
fn taken_over(workload: Workload, nth: usize, end: fn(std::process::Child, &Gate) -> Option<Ran>) {
    let gate = Gate::open();
    let mut site = sharing(Site::of(workload, &gate), "5s");
    gate.stop_at(write(nth));
    let mut first = site.start("apply --yes");
    assert_eq!(gate.meet(&mut first), Met::Stopped);
    // Whoever takes it over is well, however slow this machine.
    site.variables.push(("PLUMB_LEDGER_PROMISE", "5m".to_owned()));
    let refused = site.run("apply --yes");
    assert_eq!(refused.code, LOCK_HELD, "{workload:?}, write {nth}: {}", refused.text);
    assert!(refused.text.contains(&format!("process {}", first.id())), "{}", refused.text);
    signal(&first, "STOP");
    let before = tip(&site);
    let others = [(); 4].map(|()| site.start(PATIENT));
    // Only an opening moves the ledger while the first one sleeps.
    for _ in 0..PATIENCE {
        if tip(&site) != before {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    let evicted = end(first, &gate);
    let ends = others.map(finish);
    let told = ends.iter().filter(|ran| ran.text.contains("Took the ledger over"));
    assert_eq!(told.count(), 1, "{workload:?}, write {nth}: {ends:#?}");
    assert!(ends.iter().all(|ran| ran.code == 0), "{workload:?}, write {nth}: {ends:#?}");
    if let Some(ran) = evicted {
        assert_eq!(ran.code, LOCK_HELD, "{workload:?}, write {nth}: {}", ran.text);
        assert!(ran.text.contains("was taken over by tester@"), "{}", ran.text);
    }
    judge::recovers(workload, &gate, &site, "a ledger that was taken over");
}

#[test]
fn who_slept_too_long_is_evicted_and_told_by_whom() {
    std::thread::scope(|scope| {
        for (workload, nth) in [(Workload::Rafay, 2), (Workload::Rental, 1)] {
            scope.spawn(move || {
                taken_over(workload, nth, |first, gate| {
                    signal(&first, "CONT");
                    gate.release(Fate::GoesOn);
                    Some(finish(first))
                });
            });
        }
    });
}

#[test]
fn who_was_killed_holds_nothing_up_for_long() {
    std::thread::scope(|scope| {
        for (workload, nth) in [(Workload::Rafay, 3), (Workload::Rental, 1)] {
            scope.spawn(move || {
                taken_over(workload, nth, |mut first, gate| {
                    kill(&mut first);
                    gate.release(Fate::Lost);
                    None
                });
            });
        }
    });
}

#[test]
fn five_at_the_same_moment_make_everything_once() {
    std::thread::scope(|scope| {
        for workload in Workload::ALL {
            scope.spawn(move || {
                let gate = Gate::open();
                let site = sharing(Site::of(workload, &gate), "1m");
                let ends = [(); 5].map(|()| site.start(PATIENT)).map(finish);
                assert!(ends.iter().all(|ran| ran.code == 0), "{workload:?}: {ends:#?}");
                let idle = ends.iter().filter(|ran| ran.text.contains("No changes."));
                assert_eq!(idle.count(), 4, "{workload:?}: {ends:#?}");
                judge::recovers(workload, &gate, &site, "five at once");
            });
        }
    });
}

/// What is not confirmed is not sent: a machine that cannot reach the repository stops.
#[test]
fn who_is_cut_off_sends_nothing_further() {
    let workload = Workload::Rafay;
    let gate = Gate::open();
    let site = sharing(Site::of(workload, &gate), "10s");
    gate.stop_at(write(2));
    let mut first = site.start("apply --yes");
    assert_eq!(gate.meet(&mut first), Met::Stopped);
    let elsewhere = site.root().join("../elsewhere.git");
    fs::rename(bare(&site), &elsewhere).unwrap();
    let writes = gate.writes();
    gate.release(Fate::GoesOn);
    let ran = finish(first);
    assert_eq!(ran.code, 3, "{}", ran.text);
    assert!(ran.text.contains("what is done cannot be recorded"), "{}", ran.text);
    assert_eq!(gate.writes(), writes, "something was sent that is in no ledger");
    fs::rename(elsewhere, bare(&site)).unwrap();
    let next = site.run(PATIENT);
    assert_eq!(next.code, 0, "{}", next.text);
    judge::recovers(workload, &gate, &site, "a repository out of reach");
}
