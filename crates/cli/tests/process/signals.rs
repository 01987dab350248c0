//! Signals that ask a run to stop: the first finishes what is in flight and records it, the second
//! leaves at once, and both are safe.

use crate::binary::plumb;
use crate::gate::{Fate, Gate, Met, Point, Stop, Which};
use crate::judge;
use crate::site::{Ran, SIGNALLED, Site, finish, hears, kill, need, signal, wait};
use crate::workload::Workload;
use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// What an interrupted run exits with.
const INTERRUPTED: i32 = 130;

/// A run that has nothing to finish ends within this.
const SOON: Duration = Duration::from_secs(5);

/// What it says when it has noticed the first signal.
const NOTICED: &str = "Interrupted:";

/// Clouds, a repository, and an apply that has come to a stop in them.
fn stopped(workload: Workload, stop: Stop) -> (Gate, Site, Child) {
    let gate = Gate::open();
    let site = Site::of(workload, &gate);
    gate.stop_at(stop);
    let mut apply = site.start("apply --yes");
    assert_eq!(gate.meet(&mut apply), Met::Stopped, "{workload:?}, {stop:?}");
    (gate, site, apply)
}

fn write(nth: usize) -> Stop {
    Stop { which: Which::Write, nth, point: Point::Done }
}

/// Every write of every stack.
fn writes() -> Vec<(Workload, usize)> {
    let of = |workload, count| (1..=count).map(move |nth| (workload, nth));
    of(Workload::Rafay, 5).chain(of(Workload::Machines, 2)).chain(of(Workload::Rental, 3)).collect()
}

/// Runs cases beside each other: most of each is waiting.
fn beside<T: Sync>(cases: &[T], case: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        for one in cases {
            scope.spawn(|| case(one));
        }
    });
}

#[test]
fn the_first_signal_finishes_and_records_what_is_in_flight() {
    let names = ["INT", "TERM", "HUP"].into_iter();
    let cases = names.flat_map(|name| writes().into_iter().map(move |write| (name, write)));
    beside(&cases.collect::<Vec<_>>(), |(name, (workload, nth))| {
        let (gate, site, mut apply) = stopped(*workload, write(*nth));
        signal(&apply, name);
        hears(&mut apply, NOTICED);
        let sent = gate.writes();
        gate.release(Fate::GoesOn);
        let ran = finish(apply);
        assert_eq!(ran.code, INTERRUPTED, "{workload:?} at {nth}: {}", ran.text);
        assert!(gate.writes() <= sent + 1, "{workload:?} at {nth}: it began something new");
        judge::nothing_lost(&gate, &site.view()).unwrap();
        judge::recovers(*workload, &gate, &site, &format!("{name} at write {nth}"));
    });
}

#[test]
fn the_second_signal_leaves_at_once() {
    beside(&writes(), |(workload, nth)| {
        let (gate, site, mut apply) = stopped(*workload, write(*nth));
        signal(&apply, "INT");
        hears(&mut apply, NOTICED);
        let ran = ends_soon(apply, "INT");
        assert_eq!(ran.code, INTERRUPTED, "{workload:?} at {nth}: {}", ran.text);
        gate.release(Fate::Lost);
        site.settle_windows_pass();
        judge::recovers(*workload, &gate, &site, &format!("INT twice at write {nth}"));
    });
}

/// A run that only reads has nothing to finish: it does not wait for a server that says nothing.
#[test]
fn while_it_only_reads_one_signal_is_enough() {
    let calls: Vec<usize> = (1..=6).collect();
    beside(&calls, |nth| {
        let stop = Stop { which: Which::Call, nth: *nth, point: Point::Arrived };
        let (gate, site, apply) = stopped(Workload::Rafay, stop);
        let ran = ends_soon(apply, "INT");
        assert_eq!(ran.code, INTERRUPTED, "call {nth}: {}", ran.text);
        assert_eq!(gate.writes(), 0);
        gate.release(Fate::Lost);
        judge::recovers(Workload::Rafay, &gate, &site, "INT while it looks");
    });
}

/// The same while it looks for a create that an earlier run left open.
#[test]
fn while_it_settles_one_signal_is_enough() {
    let (gate, site, mut apply) =
        stopped(Workload::Machines, Stop { which: Which::Write, nth: 1, point: Point::Arrived });
    kill(&mut apply);
    gate.release(Fate::Lost);
    let mut settling = site.start("apply --yes");
    hears(&mut settling, "Looking for what became of");
    let ran = ends_soon(settling, "TERM");
    assert_eq!(ran.code, INTERRUPTED, "{}", ran.text);
    site.settle_windows_pass();
    judge::recovers(Workload::Machines, &gate, &site, "TERM while it settles");
}

#[test]
fn while_it_waits_for_the_lock_one_signal_is_enough() {
    let (gate, site, apply) = stopped(Workload::Rafay, write(1));
    let mut second = site.start("apply --yes --lock-timeout 10m");
    hears(&mut second, "Waiting for the lock");
    let ran = ends_soon(second, "INT");
    assert_eq!(ran.code, INTERRUPTED, "{}", ran.text);
    gate.release(Fate::GoesOn);
    let first = finish(apply);
    assert_eq!(first.code, 0, "{}", first.text);
    judge::recovers(Workload::Rafay, &gate, &site, "INT while it waits for the lock");
}

/// The same while a person is asked: on a terminal, where the interrupt is a key.
#[test]
fn while_it_asks_one_signal_is_enough() {
    const INTERRUPT_KEY: &[u8] = &[3];
    need("script");
    let gate = Gate::open();
    let site = Site::of(Workload::Rafay, &gate);
    let mut command = site.program("script");
    command.args(["-qefc", &format!("{} apply", plumb()), "/dev/null"]);
    let mut asking = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut screen = asking.stdout.take().unwrap();
    let (mut shown, mut piece) = (Vec::new(), [0; 4096]);
    while !String::from_utf8_lossy(&shown).contains("Only `yes`") {
        let length = screen.read(&mut piece).unwrap();
        assert!(length > 0, "{}", String::from_utf8_lossy(&shown));
        shown.extend_from_slice(&piece[..length]);
    }
    asking.stdin.as_mut().unwrap().write_all(INTERRUPT_KEY).unwrap();
    let began = Instant::now();
    assert_eq!(wait(&mut asking), INTERRUPTED);
    assert!(began.elapsed() < SOON, "took {:?}", began.elapsed());
    assert_eq!(gate.writes(), 0);
    judge::recovers(Workload::Rafay, &gate, &site, "INT while it asks");
}

/// Commands that change nothing die of a signal like every program, and leave nothing behind.
#[test]
fn a_plan_dies_of_a_signal_and_leaves_nothing() {
    let gate = Gate::open();
    let site = Site::of(Workload::Rafay, &gate);
    gate.stop_at(Stop { which: Which::Call, nth: 3, point: Point::Arrived });
    let mut plan = site.start("plan");
    assert_eq!(gate.meet(&mut plan), Met::Stopped);
    // INT may be ignored from birth, in a script that runs in the background.
    assert_eq!(ends_soon(plan, "TERM").code, SIGNALLED);
    gate.release(Fate::Lost);
    assert!(!site.ledger().exists());
}

fn ends_soon(process: Child, name: &str) -> Ran {
    let began = Instant::now();
    signal(&process, name);
    let ran = finish(process);
    assert!(began.elapsed() < SOON, "took {:?}: {}", began.elapsed(), ran.text);
    ran
}
