//! The known-bad reconcilers (RELIABILITY.md §6): each breaks one rule, and each is caught by an
//! oracle that knows nothing of the rule. The same cases hold without them.
//!
//! | reconciler | what it would do | caught by |
//! |---|---|---|
//! | retry on 5xx | sends a create again that the server has done before it failed | O2: the machine exists twice; O4: it took effect twice; O9: it costs twice what was announced |
//! | look once | takes a list that lags for proof that nothing was made, and sends the create again | O2: the machine exists twice |
//! | ignore 409 | takes a volume that somebody made meanwhile for its own, and resizes it | O3: a foreign volume is touched |
//! | no sync | says that a record is durable that a loss of power takes away | O6: a machine is in no ledger |
//! | record before send | knows of no doubt when it is killed before it learns the id | O6: a machine is in no ledger |
//! | page-shift blind | misses an object that slid to a page already read, and forgets it | O6: a key is in no ledger |
//! | 401 read as empty | takes what a refused key is shown for an empty list, and forgets what is on it | O6: a key is in no ledger |
//! | delete on mark | prunes a machine to which somebody copied the mark | O3: a foreign machine is touched |
//! | follow redirects | hands key and body to whatever server it is sent to | O5: the second server has the key |
//! | log headers | writes the key into the log | O5: the log has the key |
//! | unlock only on panic | keeps the ledger locked when it ends in any other way | O1: the next run cannot begin |
//! | non-atomic write | leaves half a file when it is killed, and no ledger | O1: the next run cannot begin |
//!
//! O1 to O9 are those of RELIABILITY.md §6. The world's own ledger of effects speaks for O2, O3 and
//! O6; plumb's word counts for nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod known_bad {
    pub(crate) mod commits;
    pub(crate) mod servers;
}

use cargo_metadata::{Dependency, DependencyKind};
use known_bad::commits;
use known_bad::servers::{self, BODY, KEY};
use plumb_ledger::memory::{MemoryFolder, Trouble as DiskTrouble};
use plumb_ledger::{DiskFolder, Holding, Ledger, LedgerError, Store};
use plumb_model::known_bad::{KnownBad, with};
use plumb_model::{Holder, RunId};
use plumb_sandbox::FaultRule;
use plumb_tests::canary::search::Search;
use plumb_tests::trial::workloads::{self, meddled, two_machines};
use plumb_tests::trial::{Course, Fault, Trouble, Workload, run};
use serde_json::json;
use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::sync::{Arc, Once};

/// What the oracles say: O2.
const TWICE: &str = "exists 2 times";
/// O3.
const FOREIGN: &str = "something foreign was touched";
/// O4.
const BEYOND_NEED: &str = "took effect 2 times, 1 without faults";
/// O9.
const BEYOND_PRICE: &str = "was announced";
/// O6.
const LOST: &str = "is lost";

/// The feature that the switches need.
const FEATURE: &str = "known-bad";

/// One case: what is applied, and what goes wrong.
struct Case<'w> {
    workload: &'w Workload,
    faults: Vec<Fault>,
}

impl Case<'_> {
    fn run(&self) -> Course {
        run(self.workload, &self.faults, 1)
    }
}

/// With the known-bad reconciler one of the cases is caught, in these words. The same case holds
/// without it, and what was planned to go wrong goes wrong in it.
fn expect_caught(bad: KnownBad, words: &str, cases: &[Case<'_>]) {
    for case in cases {
        case.workload.undisturbed();
    }
    let is_caught = |case: &&Case<'_>| {
        let course = with(bad, || case.run());
        course.violations.iter().any(|violation| violation.contains(words))
    };
    let caught = cases.iter().find(is_caught);
    let caught = caught.unwrap_or_else(|| panic!("{bad:?}: no oracle says {words:?}"));
    let (course, what) = (caught.run(), &caught.faults);
    assert_eq!(course.violations, [""; 0], "without {bad:?}: {what:?}\n{:#?}", course.story);
    let planned = what.len() + caught.workload.world.faults().states().len();
    assert_eq!(course.fired, planned, "{what:?}\n{:#?}", course.story);
}

/// These troubles at every write of a workload.
fn at_writes<'w>(workload: &'w Workload, troubles: &[Trouble]) -> Vec<Case<'w>> {
    let writes = run(workload, &[], 1).writes;
    let writes = writes.iter().enumerate().filter(|(_, is_write)| **is_write);
    writes
        .flat_map(|(at, _)| {
            let at = at as u64 + 1;
            troubles.iter().map(move |trouble| Fault::new(at, *trouble))
        })
        .map(|fault| Case { workload, faults: vec![fault] })
        .collect()
}

/// A loss of power at every step of a workload's disk, the last first: then most can be lost.
fn without_power(workload: &Workload) -> Vec<Case<'_>> {
    (1..=run(workload, &[], 1).steps)
        .rev()
        .map(|step| Case { workload, faults: vec![Fault::new(step, Trouble::PowerLoss)] })
        .collect()
}

/// The same in a world where lists show what is new only after so many readings.
fn lagging(workload: &Workload, list_calls: u32) -> Workload {
    let lag = json!({"list_calls": list_calls, "everywhere": true});
    let patch = json!({"knobs": {"voltage_park": {"create_visibility_lag": lag}}});
    workload.in_world("lagging", &patch).unwrap().with_slack(list_calls)
}

#[test]
fn retrying_on_a_server_error_is_caught_by_the_ledger_of_effects() {
    let machines = two_machines().unwrap();
    let cases = at_writes(&machines, &[Trouble::UnavailableAfter, Trouble::GatewayAfter]);
    for words in [TWICE, BEYOND_NEED, BEYOND_PRICE] {
        expect_caught(KnownBad::RetryOnServerError, words, &cases);
    }
}

#[test]
fn looking_once_is_caught_by_the_ledger_of_effects() {
    let lagging = lagging(&two_machines().unwrap(), 3);
    let cases = at_writes(&lagging, &[Trouble::LostAfter, Trouble::Late(10)]);
    expect_caught(KnownBad::LookOnce, TWICE, &cases);
}

#[test]
fn ignoring_a_conflict_is_caught_by_the_ledger_of_effects() {
    let taken = meddled::taken().unwrap();
    let cases = [Case { workload: &taken, faults: Vec::new() }];
    expect_caught(KnownBad::IgnoreConflict, FOREIGN, &cases);
}

#[test]
fn not_syncing_is_caught_by_the_ledger_of_effects() {
    let machines = two_machines().unwrap();
    expect_caught(KnownBad::NoSync, LOST, &without_power(&machines));
}

#[test]
fn recording_before_sending_is_caught_by_the_ledger_of_effects() {
    let machines = two_machines().unwrap();
    let cases = at_writes(&machines, &[Trouble::CrashAfter]);
    expect_caught(KnownBad::RecordBeforeSend, LOST, &cases);
}

#[test]
fn being_blind_to_shifting_pages_is_caught_by_the_ledger_of_effects() {
    let rule = meddled::somebody_leaves();
    expect_forgotten(KnownBad::PageShiftBlind, &meddled::crowded().unwrap(), &rule);
}

#[test]
fn reading_a_refused_key_as_empty_is_caught_by_the_ledger_of_effects() {
    let rule = meddled::keys_refused();
    expect_forgotten(KnownBad::RefusedKeyReadAsEmpty, &workloads::kept().unwrap(), &rule);
}

/// When the key is not declared any more, and this happens while the keys are listed, the ledger
/// goes on knowing it; with the known-bad reconciler it does not, although the key is there.
fn expect_forgotten(bad: KnownBad, first: &Workload, meanwhile: &FaultRule) {
    let second = meddled::without_key().unwrap();
    let apply = || commits::apply(first, &second, meanwhile);
    assert_eq!(apply(), [""; 0], "without {bad:?}");
    let violations = with(bad, apply);
    assert!(violations.iter().any(|violation| violation.contains(LOST)), "{violations:?}");
}

#[test]
fn deleting_on_a_mark_is_caught_by_the_ledger_of_effects() {
    let marked = meddled::marked().unwrap();
    let cases = [Case { workload: &marked, faults: Vec::new() }];
    expect_caught(KnownBad::DeleteOnMark, FOREIGN, &cases);
}

#[test]
fn following_redirects_is_caught_by_what_the_second_server_receives() {
    let (first, second) = servers::redirected();
    assert!(first.contains(KEY) && first.contains(BODY), "{first}");
    assert_eq!(second, "");
    let (_, second) = with(KnownBad::FollowRedirects, servers::redirected);
    assert!(second.contains(KEY) && second.contains(BODY), "{second}");
}

thread_local! {
    /// What this thread has logged since [`logged`] began to listen; nothing when it does not.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Everything that is logged, at its loudest, kept for the thread that wants it.
#[derive(Clone, Copy, Debug)]
struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| {
            if let Some(log) = log {
                log.extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Listens for the whole process: a subscriber of one thread alone misses what another thread
/// happened to log first, when nobody listened there.
fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(|| Log)
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        tracing::callsite::rebuild_interest_cache();
    });
}

/// What a trial writes into the log.
fn logged(workload: &Workload) -> String {
    listen();
    LOG.set(Some(Vec::new()));
    let course = run(workload, &[], 1);
    let log = LOG.take().unwrap();
    assert_eq!(course.violations, [""; 0]);
    String::from_utf8(log).unwrap()
}

#[test]
fn logging_headers_is_caught_by_a_search_of_the_log() {
    let machines = two_machines().unwrap();
    let key = machines.world.config().first_voltage_park_key();
    let search = Search::new(&[key.clone()].into()).unwrap();
    let log = logged(&machines);
    assert!(log.contains("POST"), "requests are logged: {log}");
    assert_eq!(search.hits("the log", log.as_bytes()), []);
    let log = with(KnownBad::LogHeaders, || logged(&machines));
    let hits = search.hits("the log", log.as_bytes());
    assert!(hits.iter().any(|hit| hit.secret == key), "{hits:?}");
}

fn holding() -> Holding {
    Holding {
        who: Holder {
            user: "trial".into(),
            host: "here".into(),
            run: RunId("run-1".to_owned()),
            url: None,
        },
        pid: 1,
        command: "apply".to_owned(),
        since: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// A run that has the lock and ends as it should.
fn ends_well(folder: &Path) {
    drop(Store::in_directory(folder).open("trial", &holding()).unwrap());
}

/// A run that has the lock and finds that it cannot go on.
fn ends_with_an_error(folder: &Path) {
    let disk = Arc::new(DiskFolder::create(folder).unwrap());
    drop(Ledger::open_in(disk, "another").unwrap());
    let refused = Store::in_directory(folder).open("trial", &holding());
    assert!(matches!(refused, Err(LedgerError::OtherStack { .. })), "{refused:?}");
}

fn ends_by_a_panic(folder: &Path) {
    let run = || {
        let _ledger = Store::in_directory(folder).open("trial", &holding()).unwrap();
        panic!("this run is to end here");
    };
    assert!(std::panic::catch_unwind(run).is_err());
}

/// Whether the next run is kept out after each way to end.
fn is_locked_out() -> [bool; 3] {
    [ends_well, ends_with_an_error, ends_by_a_panic].map(|end| {
        let folder = tempfile::tempdir().unwrap();
        end(folder.path());
        let next = Store::in_directory(folder.path()).open("trial", &holding());
        matches!(next, Err(LedgerError::Held { .. }))
    })
}

#[test]
fn unlocking_only_on_a_panic_is_caught_by_the_next_run() {
    assert_eq!(is_locked_out(), [false; 3]);
    assert_eq!(with(KnownBad::UnlockOnlyOnPanic, is_locked_out), [true, true, false]);
}

/// How a first run is killed at each step of its disk, and whether the next one can begin.
fn begins_after_a_kill() -> Vec<bool> {
    let begins = |disk: &MemoryFolder| Ledger::open_in(Arc::new(disk.clone()), "trial").is_ok();
    let whole = MemoryFolder::new();
    assert!(begins(&whole));
    let killed = (1..=whole.steps()).map(|step| {
        let disk = MemoryFolder::new();
        disk.trouble_at(step, DiskTrouble::Crash);
        assert!(!begins(&disk), "it is killed at step {step}");
        begins(&disk.after_kill())
    });
    killed.collect()
}

#[test]
fn writing_in_place_is_caught_by_the_run_after_a_kill() {
    assert!(begins_after_a_kill().iter().all(|begins| *begins));
    let begins = with(KnownBad::NonAtomicWrite, begins_after_a_kill);
    assert!(begins.iter().any(|begins| !begins), "{begins:?}");
}

#[test]
fn nothing_but_these_tests_can_switch_one_on() {
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec().unwrap();
    let mut enabled = Vec::new();
    for package in &metadata.packages {
        let with_it = |dependency: &&Dependency| dependency.features.iter().any(|it| it == FEATURE);
        for dependency in package.dependencies.iter().filter(with_it) {
            enabled.push((package.name.as_str(), dependency.name.as_str(), dependency.kind));
        }
        for (feature, parts) in &package.features {
            let names_it = parts.iter().any(|part| part.ends_with(FEATURE));
            assert!(!names_it, "{}: {feature} turns {FEATURE} on", package.name);
            assert!(feature != FEATURE || package.name == "plumb-model", "{}", package.name);
        }
    }
    assert_eq!(enabled, [("plumb-tests", "plumb-model", DependencyKind::Development)]);
}
