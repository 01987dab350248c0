//! The known-bad reconcilers (docs/rules.md §6): each breaks one rule, and each is caught by an
//! oracle that knows nothing of the rule. The same cases hold without them. None of them is in plumb:
//! each is plumb with something put between it and what it stands on, the network or the place of
//! its ledger.
//!
//! | reconciler | what it would do | caught by |
//! |---|---|---|
//! | retry on 5xx | sends a create again that the server has done before it failed | O2: the machine exists twice; O4: it took effect twice; O9: it costs twice what was announced |
//! | look once | takes a list that lags for proof that nothing was made, and sends the create again | O2: the machine exists twice |
//! | ignore 409 | takes a volume that somebody made meanwhile for its own, and resizes it | O3: a foreign volume is touched |
//! | no sync | says that a record is durable that a loss of power takes away | O6: a machine is in no ledger |
//! | record before send | knows of no doubt when it is killed before it learns the id | O6: a machine is in no ledger |
//! | page-shift blind | misses an object that slid to a page already read, believes what it read once, and forgets it | O6: a key is in no ledger |
//! | 401 read as empty | takes what a refused key is shown for an empty list, and forgets what is on it | O6: a key is in no ledger |
//! | delete on mark | prunes a machine to which somebody copied the mark | O3: a foreign machine is touched |
//! | follow redirects | hands key and body to whatever server it is sent to | O5: the second server has the key |
//! | log headers | writes the key into the log | O5: the log has the key |
//! | unlock only on panic | keeps the ledger locked when it ends in any other way | O1: the next run cannot begin |
//! | non-atomic write | leaves half a file when it is killed, and no ledger | O1: the next run cannot begin |
//!
//! O1 to O9 are those of docs/rules.md §6. The world's own ledger of effects speaks for O2, O3 and
//! O6; plumb's word counts for nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod known_bad {
    pub(crate) mod commits;
    pub(crate) mod folders;
    pub(crate) mod servers;
    pub(crate) mod transports;
}

use known_bad::folders::{Wrong, spoiled};
use known_bad::servers::{self, BODY, KEY};
use known_bad::{commits, folders, transports};
use plumb_ledger::memory::{MemoryFolder, Trouble as DiskTrouble};
use plumb_ledger::{DiskFolder, Folder, Holding, Ledger, LedgerError, Store};
use plumb_model::{Holder, RunId};
use plumb_sandbox::FaultRule;
use plumb_tests::canary::search::Search;
use plumb_tests::simulated::Seen as _;
use plumb_tests::trial::workloads::{self, meddled, two_machines};
use plumb_tests::trial::{Course, Fault, Seams, Trouble, Workload, run};
use serde_json::json;
use std::cell::RefCell;
use std::fs;
use std::io;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
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

/// One case: what is applied, and what goes wrong.
struct Case<'w> {
    workload: &'w Workload,
    faults: Vec<Fault>,
}

/// What chance makes of a loss of power differs from seed to seed.
const SEEDS: u64 = 3;

impl Case<'_> {
    fn run(&self, seed: u64) -> Course {
        run(self.workload, &self.faults, seed)
    }
}

/// With the known-bad reconciler one of the cases is caught, in these words. The same case holds
/// without it, and what was planned to go wrong goes wrong in it.
fn expect_caught(bad: Seams, words: &str, cases: &[Case<'_>]) {
    let is_caught = |(case, seed): &(&Case<'_>, u64)| {
        let course = run(&case.workload.through(bad), &case.faults, *seed);
        course.violations.iter().any(|violation| violation.contains(words))
    };
    let mut tried = (1..=SEEDS).flat_map(|seed| cases.iter().map(move |case| (case, seed)));
    let caught = tried.find(is_caught);
    let (caught, seed) = caught.unwrap_or_else(|| panic!("no oracle says {words:?}"));
    let (course, what) = (caught.run(seed), &caught.faults);
    assert_eq!(course.violations, [""; 0], "{what:?}\n{:#?}", course.story);
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
    let patch = json!({"voltage-park": {"knobs": {"create_visibility_lag": lag}}});
    workload.in_world("lagging", &patch).unwrap().with_slack(list_calls)
}

#[test]
fn retrying_on_a_server_error_is_caught_by_the_ledger_of_effects() {
    let machines = two_machines().unwrap();
    let cases = at_writes(&machines, &[Trouble::UnavailableAfter, Trouble::GatewayAfter]);
    for words in [TWICE, BEYOND_NEED, BEYOND_PRICE] {
        expect_caught(transports::retrying_on_server_errors(), words, &cases);
    }
}

#[test]
fn looking_once_is_caught_by_the_ledger_of_effects() {
    let lagging = lagging(&two_machines().unwrap(), 3);
    let cases = at_writes(&lagging, &[Trouble::LostAfter, Trouble::Late(10)]);
    expect_caught(transports::looking_once(), TWICE, &cases);
}

#[test]
fn ignoring_a_conflict_is_caught_by_the_ledger_of_effects() {
    let taken = meddled::taken().unwrap();
    let cases = [Case { workload: &taken, faults: Vec::new() }];
    expect_caught(transports::ignoring_conflicts(), FOREIGN, &cases);
}

#[test]
fn not_syncing_is_caught_by_the_ledger_of_effects() {
    let machines = two_machines().unwrap();
    expect_caught(folders::not_syncing(), LOST, &without_power(&machines));
}

#[test]
fn recording_before_sending_is_caught_by_the_ledger_of_effects() {
    let machines = two_machines().unwrap();
    let cases = at_writes(&machines, &[Trouble::CrashAfter]);
    expect_caught(folders::recording_before_sending(), LOST, &cases);
}

#[test]
fn being_blind_to_shifting_pages_is_caught_by_the_ledger_of_effects() {
    let rule = meddled::somebody_leaves();
    expect_forgotten(transports::blind_to_shifting_pages(), &meddled::crowded().unwrap(), &rule);
}

#[test]
fn reading_a_refused_key_as_empty_is_caught_by_the_ledger_of_effects() {
    let rule = meddled::keys_refused();
    expect_forgotten(transports::reading_refusals_as_empty(), &workloads::kept().unwrap(), &rule);
}

/// When the key is not declared any more, and this happens while the keys are listed, the ledger
/// goes on knowing it; with the known-bad reconciler it does not, although the key is there.
fn expect_forgotten(bad: Seams, first: &Workload, meanwhile: &FaultRule) {
    let second = meddled::without_key().unwrap();
    assert_eq!(commits::apply(first, &second, meanwhile), [""; 0]);
    let violations = commits::apply(&first.through(bad), &second.through(bad), meanwhile);
    assert!(violations.iter().any(|violation| violation.contains(LOST)), "{violations:?}");
}

#[test]
fn deleting_on_a_mark_is_caught_by_the_ledger_of_effects() {
    let marked = meddled::marked().unwrap();
    let cases = [Case { workload: &marked, faults: Vec::new() }];
    expect_caught(folders::deleting_on_a_mark(), FOREIGN, &cases);
}

#[test]
fn following_redirects_is_caught_by_what_the_second_server_receives() {
    let (first, second) = servers::redirected(|plain| Box::new(plain));
    assert!(first.contains(KEY) && first.contains(BODY), "{first}");
    assert_eq!(second, "");
    let (_, second) = servers::redirected(|plain| Box::new(transports::FollowingRedirects(plain)));
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
    let key = machines.world.key("voltage-park");
    let search = Search::new(&[key.clone()].into()).unwrap();
    let log = logged(&machines);
    assert!(log.contains("POST"), "requests are logged: {log}");
    assert_eq!(search.hits("the log", log.as_bytes()), []);
    let log = logged(&machines.through(transports::logging_headers()));
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
fn ends_well(store: &Store) {
    drop(store.open("trial", &holding()).unwrap());
}

/// A run that has the lock and finds that it cannot go on.
fn ends_with_an_error(store: &Store) {
    let refused = store.open("another", &holding());
    assert!(matches!(refused, Err(LedgerError::OtherStack { .. })), "{refused:?}");
}

fn ends_by_a_panic(store: &Store) {
    let run = || {
        let _ledger = store.open("trial", &holding()).unwrap();
        panic!("this run is to end here");
    };
    assert!(std::panic::catch_unwind(AssertUnwindSafe(run)).is_err());
}

/// Whether the next run is kept out after each way to end.
fn is_locked_out(through: fn(Arc<dyn Folder>) -> Arc<dyn Folder>) -> [bool; 3] {
    [ends_well, ends_with_an_error, ends_by_a_panic].map(|end| {
        let folder = tempfile::tempdir().unwrap();
        let disk = Arc::new(DiskFolder::create(folder.path()).unwrap());
        drop(Ledger::open_in(disk.clone(), "trial").unwrap());
        end(&Store::in_folder(through(disk)));
        let next = Store::in_directory(folder.path()).open("trial", &holding());
        matches!(next, Err(LedgerError::Held { .. }))
    })
}

#[test]
fn unlocking_only_on_a_panic_is_caught_by_the_next_run() {
    assert_eq!(is_locked_out(|disk| disk), [false; 3]);
    let locked_out = is_locked_out(|disk| spoiled(disk, Wrong::UnlockOnlyOnPanic));
    assert_eq!(locked_out, [true, true, false]);
}

/// How a first run is killed at each step of its disk, and whether the next one can begin.
fn begins_after_a_kill(through: fn(Arc<dyn Folder>) -> Arc<dyn Folder>) -> Vec<bool> {
    let begins =
        |disk: &MemoryFolder| Ledger::open_in(through(Arc::new(disk.clone())), "trial").is_ok();
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
    assert!(begins_after_a_kill(|disk| disk).iter().all(|begins| *begins));
    let begins = begins_after_a_kill(|disk| spoiled(disk, Wrong::NonAtomicWrite));
    assert!(begins.iter().any(|begins| !begins), "{begins:?}");
}

/// Words of a switch in what is shipped.
const SWITCHES: [&str; 3] = ["known_bad", "known-bad", "KnownBad"];

#[test]
fn none_of_them_is_in_the_product() {
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec().unwrap();
    let mut looked_at = 0;
    for package in &metadata.packages {
        let manifest = fs::read_to_string(&package.manifest_path).unwrap();
        assert_eq!(switches_in(&manifest), [""; 0], "{}", package.manifest_path);
        let features: Vec<&String> = package.features.keys().collect();
        assert!(features.iter().all(|it| switches_in(it).is_empty()), "{features:?}");
        if package.name != "plumb-tests" {
            looked_at += look_at(&package.manifest_path.parent().unwrap().join("src").into());
        }
    }
    assert!(looked_at > 200, "only {looked_at} files were looked at");
}

/// Looks at all files of a folder; answers how many there are.
fn look_at(folder: &PathBuf) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let looked_at = entries.map(|path| {
        if path.is_dir() {
            return look_at(&path);
        }
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        assert_eq!(switches_in(&text), [""; 0], "{}", path.display());
        1
    });
    looked_at.sum()
}

fn switches_in(text: &str) -> Vec<&'static str> {
    SWITCHES.into_iter().filter(|word| text.contains(word)).collect()
}
