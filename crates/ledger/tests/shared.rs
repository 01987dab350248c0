//! A ledger that several machines share: who may write, what is never lost, and what a store may do to it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{applied, event, finished, holding, intent, key, started, time, wait, wait_long};
use jiff::Timestamp;
use plumb_ledger::memory_objects::StoreTrouble;
use plumb_ledger::objects::{Creation, Threads};
use plumb_ledger::{Holding, LedgerError, MemoryObjects, Objects, Store, Surroundings, Unlocked};
use plumb_model::{Code, Journal, Record, RunId};
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A clock that tests set, in seconds.
#[derive(Clone, Default)]
struct Clock(Arc<AtomicI64>);

impl Clock {
    fn store(&self) -> MemoryObjects {
        let clock = self.clone();
        MemoryObjects::new(1, Arc::new(move || time(clock.0.load(Ordering::Relaxed))))
    }

    fn passes(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

fn of(objects: &MemoryObjects) -> Store {
    Store::of_objects(Arc::new(objects.clone()))
}

fn named(run: &str) -> Holding {
    let mut holding = holding();
    holding.who.run = RunId(run.to_owned());
    holding
}

fn names(view: &plumb_model::LedgerView) -> Vec<&str> {
    view.entries.keys().map(|key| key.name.as_ref()).collect()
}

#[test]
fn what_one_machine_wrote_another_reads() {
    let objects = Clock::default().store();
    let ledger = of(&objects).open("ml", &named("one")).unwrap();
    wait(ledger.append(vec![started(), intent("a")])).unwrap();
    wait(ledger.append(vec![event("made"), applied("a"), applied("b")])).unwrap();
    let before = ledger.view();
    drop(ledger);
    let elsewhere = of(&objects.elsewhere(2));
    let after = elsewhere.read("ml").unwrap();
    assert_eq!((&after.entries, &after.open_intents), (&before.entries, &before.open_intents));
    assert_eq!(after.hash_key.hash("x"), before.hash_key.hash("x"));
    let ledger = elsewhere.open("ml", &named("two")).unwrap();
    assert_eq!(ledger.evicted(), None);
    ledger.record(vec![finished()]).unwrap();
    assert_eq!(elsewhere.history("ml").unwrap()[0].events.len(), 1);
    assert!(matches!(elsewhere.read("other"), Err(LedgerError::OtherStack { .. })));
    assert!(elsewhere.has_begun().unwrap() && !of(&Clock::default().store()).has_begun().unwrap());
}

#[test]
fn one_run_writes_and_the_next_is_told_who() {
    let clock = Clock::default();
    let objects = clock.store();
    let first = of(&objects).open("ml", &named("one")).unwrap();
    let elsewhere = of(&objects.elsewhere(2));
    for _ in 0..3 {
        let error = elsewhere.open("ml", &named("two")).unwrap_err();
        let LedgerError::Held { holder: Some(holder), .. } = &error else { panic!("{error}") };
        assert_eq!(holder.who.run, RunId("one".into()));
        assert_eq!(elsewhere.unlock().unwrap(), Unlocked::StillHeld(Some((**holder).clone())));
        clock.passes(19);
    }
    drop(first);
    assert_eq!(elsewhere.unlock().unwrap(), Unlocked::WasFree);
    assert_eq!(elsewhere.open("ml", &named("two")).unwrap().evicted(), None);
}

#[test]
fn a_run_that_is_not_heard_of_is_evicted_and_writes_no_more() {
    let clock = Clock::default();
    let objects = clock.store();
    let first = of(&objects).open("ml", &named("one")).unwrap();
    first.record(vec![intent("a")]).unwrap();
    wait(first.hold()).unwrap();
    clock.passes(61);
    let elsewhere = of(&objects.elsewhere(2));
    let second = elsewhere.open("ml", &named("two")).unwrap();
    assert_eq!(second.evicted().unwrap().who.run, RunId("one".into()));
    assert_eq!(second.view().open_intents.len(), 1);
    let held = wait(first.hold()).unwrap_err();
    let lost = held.source.downcast_ref::<Arc<LedgerError>>().unwrap();
    assert_eq!(lost.code(), Some(Code::LEDGER_EVICTED));
    for _ in 0..2 {
        let error = first.record(vec![applied("a")]).unwrap_err();
        let LedgerError::Evicted { by: Some(by), .. } = &*error else { panic!("{error}") };
        assert_eq!(by.who.run, RunId("two".into()));
    }
    // Nor does its end let anybody in.
    drop(first);
    second.record(vec![applied("b")]).unwrap();
    let third = of(&objects.elsewhere(3)).open("ml", &named("three"));
    assert!(matches!(third, Err(LedgerError::Held { .. })));
    assert_eq!(names(&elsewhere.read("ml").unwrap()), ["b"]);
    // A dead one's hold is cleared by hand only once its promise is over.
    clock.passes(61);
    assert!(matches!(elsewhere.unlock().unwrap(), Unlocked::Cleared(_)));
    assert_eq!(elsewhere.unlock().unwrap(), Unlocked::WasFree);
}

/// A run that stood still while its numbers were used, snapshots made and objects dropped many times over
/// still finds the way closed.
#[test]
fn a_run_that_stood_still_for_ages_writes_nothing() {
    let clock = Clock::default();
    let objects = clock.store();
    let mut sleepers = Vec::new();
    for run in 0..500 {
        let ledger = of(&objects.elsewhere(run)).open("ml", &named("many")).unwrap();
        ledger.record(vec![applied(&format!("n{}", run % 7))]).unwrap();
        if run % 97 == 5 {
            sleepers.push(ledger);
            clock.passes(61);
        }
    }
    let kept = objects.names();
    assert!(kept.len() < 1_300, "{} objects", kept.len());
    assert!(kept.contains("journal-000001"), "an opening is dropped");
    assert!(!kept.contains("journal-000002"), "what a run appended is dropped, its opening is not");
    for sleeper in sleepers {
        assert!(wait(sleeper.hold()).is_err());
        assert!(sleeper.record(vec![applied("late")]).is_err());
    }
    let view = of(&objects).read("ml").unwrap();
    assert_eq!(view.entries.len(), 7);
    assert!(of(&objects).history("ml").is_ok());
}

/// Whatever goes wrong at whatever step: what was confirmed is there, once, in its order, and the next run
/// goes on from it.
#[test]
fn what_was_confirmed_survives_every_trouble_of_the_store() {
    use StoreTrouble::{AnswerLost, Cut, CutAfter, Refused, Throttled, Unavailable};
    let mut seen = 0;
    for trouble in [AnswerLost, Unavailable, Throttled, Refused, Cut, CutAfter] {
        for step in 1..40 {
            let clock = Clock::default();
            let objects = clock.store();
            of(&objects).open("ml", &named("zero")).unwrap().record(vec![applied("zero")]).unwrap();
            let troubled = objects.elsewhere(2);
            troubled.trouble_at(step, trouble);
            let mut confirmed = vec!["zero".to_owned()];
            if let Ok(ledger) = of(&troubled).open("ml", &named("one")) {
                for number in 0..6 {
                    let name = format!("n{number}");
                    match ledger.record(vec![applied(&name)]) {
                        Ok(()) => confirmed.push(name),
                        Err(_) => assert!(ledger.record(vec![applied("later")]).is_err()),
                    }
                }
            }
            seen += u64::from(troubled.steps() >= step);
            clock.passes(61);
            let next = of(&objects.elsewhere(3)).open("ml", &named("two")).unwrap();
            let view = next.view();
            let there = names(&view);
            let all = confirmed.iter().all(|name| there.contains(&name.as_str()));
            assert!(
                all && !there.contains(&"later"),
                "{trouble:?} {step}: {confirmed:?} {there:?}"
            );
            assert!(there.len() <= confirmed.len() + 1, "{trouble:?} {step}: {there:?}");
            next.record(vec![applied("two")]).unwrap();
            if matches!(trouble, AnswerLost | Unavailable | Throttled) {
                assert_eq!(confirmed.len(), 7, "{trouble:?} {step}: one lost answer ends no run");
            }
        }
    }
    assert!(seen > 70, "{seen} troubles came about");
}

/// Two runs at the same time, one of which was believed dead: of their appends only one line goes on.
#[test]
fn two_writers_never_both_succeed() {
    for order in 0_u32..256 {
        let clock = Clock::default();
        let objects = clock.store();
        let first = of(&objects.elsewhere(2)).open("ml", &named("one")).unwrap();
        clock.passes(61);
        let mut second = None;
        let mut told = Vec::new();
        for step in 0..8 {
            let name = format!("n{step}");
            if order >> step & 1 == 0 {
                told.extend(first.record(vec![applied(&name)]).is_ok().then_some(name));
            } else if let Some(second) = &second {
                let _: &plumb_ledger::Ledger = second;
                second.record(vec![applied(&name)]).unwrap();
                told.push(name);
            } else {
                second = of(&objects.elsewhere(3)).open("ml", &named("two")).ok();
            }
        }
        let view = of(&objects).read("ml").unwrap();
        assert_eq!(names(&view), told, "{order:b}");
    }
}

#[test]
fn damage_is_named_and_nothing_is_skipped() {
    let objects = Clock::default().store();
    let ledger = of(&objects).open("ml", &named("one")).unwrap();
    ledger.record(vec![applied("a")]).unwrap();
    ledger.record(vec![applied("b")]).unwrap();
    drop(ledger);
    for name in ["journal-000002", "journal-000003"] {
        let copy = objects.copy(7);
        let whole = copy.content(name).unwrap();
        for bytes in [&whole[..whole.len() - 1], b"", &[&whole[..], b"x"].concat()] {
            copy.overwrite(name, bytes.to_vec());
            for error in [
                of(&copy).read("ml").map(|_| ()).unwrap_err(),
                of(&copy).open("ml", &named("two")).map(|_| ()).unwrap_err(),
            ] {
                assert_eq!(error.code(), Some(Code::LEDGER_DAMAGED), "{error}");
            }
        }
    }
}

/// Hashes of a key that is gone say nothing, and are gone for good: under another key every secret would
/// look changed, and machines be replaced.
#[test]
fn a_lost_key_takes_its_hashes_along_and_nothing_else() {
    let objects = Clock::default().store();
    let ledger = of(&objects).open("ml", &named("one")).unwrap();
    let body = plumb_model::body!({"spec": {"size": 2}}).into();
    let attempted = Record::Attempted { key: key("a"), body };
    let leaving = Record::DeleteSent { key: key("b") };
    ledger.record(vec![applied("a"), applied("b"), attempted, leaving]).unwrap();
    let before = ledger.view();
    assert!(before.entries.values().all(|entry| !entry.hashes.is_empty()));
    drop(ledger);
    objects.lose("key");
    for run in ["two", "three"] {
        let view = of(&objects).open("ml", &named(run)).unwrap().view();
        assert!(view.entries.values().all(|entry| entry.hashes.is_empty()), "{run}");
        assert_eq!(view.entries.len(), 2);
        assert_eq!((&view.attempted, &view.leaving), (&before.attempted, &before.leaving));
        let read = of(&objects).read("ml").unwrap();
        assert_eq!(read.entries, view.entries);
    }
}

/// A store that takes its time, and counts.
#[derive(Debug)]
struct Slow {
    objects: MemoryObjects,
    made: AtomicU32,
    beats: AtomicU32,
    read: AtomicU32,
    at_once: Mutex<()>,
    began: std::time::Instant,
}

impl Objects for Slow {
    fn place(&self) -> String {
        "slow".to_owned()
    }
    fn list(&self) -> io::Result<Vec<String>> {
        self.objects.list()
    }
    fn read(&self, names: &[String]) -> io::Result<Vec<Vec<u8>>> {
        let read = u32::try_from(names.len()).unwrap();
        self.read.fetch_add(read, Ordering::Relaxed);
        self.objects.read(names)
    }
    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<Creation> {
        let _one = self.at_once.try_lock().expect("one append at a time");
        self.made.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(20));
        self.objects.create(name, bytes)
    }
    fn put(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.beats.fetch_add(1, Ordering::Relaxed);
        self.objects.put(name, bytes)
    }
    fn remove(&self, names: &[String]) -> io::Result<()> {
        self.objects.remove(names)
    }
    fn promise(&self) -> Duration {
        Duration::from_millis(200)
    }
    fn now(&self) -> Timestamp {
        time(0).saturating_add(self.began.elapsed()).unwrap()
    }
    fn threads(&self) -> Threads {
        Threads::Own
    }
}

#[tokio::test]
async fn appends_at_the_same_time_are_one_object_and_signs_of_life_go_on() {
    let objects = Clock::default().store();
    let slow = Slow {
        objects,
        made: AtomicU32::new(0),
        beats: AtomicU32::new(0),
        read: AtomicU32::new(0),
        at_once: Mutex::default(),
        began: std::time::Instant::now(),
    };
    let slow = Arc::new(slow);
    let store = Store::of_objects(slow.clone());
    let ledger = store.open("ml", &named("one")).unwrap();
    let before = slow.made.load(Ordering::Relaxed);
    let name = |number: usize| format!("n{number}");
    let appends = (0..100).map(|number| ledger.append(vec![applied(&name(number))]));
    let ended = futures_util::future::join_all(appends).await;
    assert!(ended.iter().all(Result::is_ok));
    let objects = slow.made.load(Ordering::Relaxed) - before;
    assert!(objects <= 3, "100 appends made {objects} objects");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(slow.beats.load(Ordering::Relaxed) >= 4);
    ledger.hold().await.unwrap();
    let waiting = Store::of_objects(slow.clone());
    for asked in [true, false] {
        let before = slow.read.load(Ordering::Relaxed);
        assert!(matches!(waiting.open("ml", &named("two")), Err(LedgerError::Held { .. })));
        let read = slow.read.load(Ordering::Relaxed) - before;
        // The other readings of the sign of life are the run's own.
        assert_eq!(read > 3, asked, "whoever waits reads {read} objects");
    }
    drop(ledger);
    let ledger = store.open("ml", &named("two")).unwrap();
    assert_eq!(ledger.view().entries.len(), 100);
}

fn bare() -> (tempfile::TempDir, Store, Surroundings) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fleet.git");
    git(folder.path(), &["init", "-q", "--bare", "fleet.git"]);
    let surroundings = surroundings(folder.path());
    let address = format!("git+file://{}", path.display());
    let store = Store::at(Path::new(""), &address, &surroundings).unwrap();
    (folder, store, surroundings)
}

fn surroundings(temporary: &Path) -> Surroundings {
    let path = ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned());
    Surroundings {
        variables: [path].into(),
        temporary: temporary.to_owned(),
        ..Surroundings::default()
    }
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let ran = Command::new("git").current_dir(folder).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn a_repository_holds_a_ledger_on_a_ref_that_nobody_checks_out() {
    let (folder, store, surroundings) = bare();
    assert!(!store.has_begun().unwrap());
    assert!(store.read("ml").unwrap().entries.is_empty());
    let ledger = store.open("ml", &named("one")).unwrap();
    wait_long(ledger.append(vec![started(), applied("a")]));
    wait_long(ledger.append(vec![applied("b"), finished()]));
    let address = format!("git+file://{}/fleet.git", folder.path().display());
    let elsewhere = || Store::at(Path::new(""), &address, &surroundings).unwrap();
    assert!(matches!(elsewhere().open("ml", &named("two")), Err(LedgerError::Held { .. })));
    drop(ledger);
    let second = elsewhere().open("ml", &named("two")).unwrap();
    assert_eq!(names(&second.view()), ["a", "b"]);
    // What git keeps of it on this machine is nobody else's: the ledger's key is among it.
    let ours = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
    let ours: Vec<_> = ours.filter(|it| it.file_name() != "fleet.git").collect();
    assert_eq!(ours.len(), 4, "each has one for appends and one for signs of life");
    for entry in ours {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{:?}", entry.path());
    }
    drop(second);
    assert_eq!(store.history("ml").unwrap().len(), 1);
    let refs = git(&folder.path().join("fleet.git"), &["for-each-ref", "--format=%(refname)"]);
    assert_eq!(refs, "refs/plumb/ledger\nrefs/plumb/ledger-holder\n");
    drop(store);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "repositories of our own are gone: {left:?}");
}

/// Whoever appends is alive, whether signs of life come through or not.
#[test]
fn an_append_is_a_sign_of_life() {
    let clock = Clock::default();
    let objects = clock.store();
    let first = of(&objects).open("ml", &named("one")).unwrap();
    let elsewhere = of(&objects.elsewhere(2));
    clock.passes(50);
    first.record(vec![applied("a")]).unwrap();
    clock.passes(50);
    let error = elsewhere.open("ml", &named("two")).unwrap_err();
    assert!(matches!(error, LedgerError::Held { .. }), "{error}");
    clock.passes(20);
    let second = elsewhere.open("ml", &named("two")).unwrap();
    assert_eq!(second.evicted().map(|holding| &holding.who.run), Some(&RunId("one".into())));
}

/// The remote of the repository that the manifests are in, with what it says about reaching it.
#[test]
fn a_remote_is_found_by_its_name_from_the_folder_of_the_manifests() {
    let (folder, _, surroundings) = bare();
    git(folder.path(), &["clone", "-q", "fleet.git", "clone"]);
    let clone = folder.path().join("clone");
    std::fs::create_dir(clone.join("manifests")).unwrap();
    // What it says of hooks is not heard.
    git(&clone, &["config", "core.hooksPath", "/nowhere"]);
    let store = Store::at(&clone.join("manifests"), "git:origin#refs/plumb/other", &surroundings);
    let store = store.unwrap();
    store.open("ml", &named("one")).unwrap().record(vec![applied("a")]).unwrap();
    let refs = git(&folder.path().join("fleet.git"), &["for-each-ref", "--format=%(refname)"]);
    assert!(refs.starts_with("refs/plumb/other\n"), "{refs}");
    assert_eq!(git(&clone, &["status", "--porcelain"]), "");
    // Asking again helps nobody: it is said at once.
    let began = Instant::now();
    let unknown = Store::at(&clone, "git:upstream", &surroundings).unwrap();
    let error = unknown.read("ml").unwrap_err();
    let text = plumb_model::text::chain(&error);
    assert!(text.contains("No such remote 'upstream'"), "{text}");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

/// A run that comes back after others wrote is refused, and told who.
#[test]
fn a_repository_lets_one_line_of_appends_go_on() {
    let (folder, store, surroundings) = bare();
    let first = store.open("ml", &named("one")).unwrap();
    first.record(vec![applied("a")]).unwrap();
    let bare = folder.path().join("fleet.git");
    git(&bare, &["update-ref", "-d", "refs/plumb/ledger-holder"]);
    let address = format!("git+file://{}", bare.display());
    let elsewhere = Store::at(Path::new(""), &address, &surroundings).unwrap();
    let error = elsewhere.open("ml", &named("two")).unwrap_err();
    assert!(matches!(error, LedgerError::Held { .. }), "its append still holds");
    // As if the first had stood still until its promise was over.
    git(&bare, &["update-ref", "refs/plumb/ledger-holder", &beat(&bare, 1)]);
    let second = elsewhere.open("ml", &named("two")).unwrap();
    second.record(vec![applied("b")]).unwrap();
    let error = first.record(vec![applied("late")]).unwrap_err();
    assert!(matches!(&*error, LedgerError::Evicted { .. }), "{error}");
    second.record(vec![applied("c")]).unwrap();
    assert_eq!(names(&elsewhere.read("ml").unwrap()), ["a", "b", "c"]);
}

/// A commit that says that an opening's run holds nothing any more.
fn beat(bare: &Path, opened: u32) -> String {
    let file = bare.join("beat");
    std::fs::write(&file, format!(r#"{{"opened":{opened},"until":null}}"#)).unwrap();
    let blob = git(bare, &["hash-object", "-w", "beat"]);
    let listed = bare.join("listed");
    std::fs::write(&listed, format!("100644 blob {}\tholder\n", blob.trim())).unwrap();
    let tree = Command::new("git")
        .current_dir(bare)
        .arg("mktree")
        .stdin(std::fs::File::open(listed).unwrap())
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    let who = ["-c", "user.name=a", "-c", "user.email=a@b"];
    let commit = git(bare, &[&who[..], &["commit-tree", tree.trim(), "-m", "beat"]].concat());
    commit.trim().to_owned()
}

#[test]
fn a_ledger_is_copied_whole_and_never_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let local = Store::in_directory(&folder.path().join(".plumb"));
    let ledger = local.open("ml", &named("one")).unwrap();
    ledger.record(vec![started(), applied("a"), intent("b"), event("made"), finished()]).unwrap();
    let known = ledger.view();
    drop(ledger);
    let objects = Clock::default().store();
    let shared = of(&objects);
    local.copy_to(&shared, "ml", &named("push")).unwrap();
    let back = Store::in_directory(&folder.path().join("back"));
    shared.copy_to(&back, "ml", &named("pull")).unwrap();
    for store in [&shared, &back] {
        let view = store.read("ml").unwrap();
        assert_eq!((&view.entries, &view.open_intents), (&known.entries, &known.open_intents));
        assert_eq!(view.hash_key.hash("x"), known.hash_key.hash("x"));
        assert_eq!(store.history("ml").unwrap(), local.history("ml").unwrap());
        let error = local.copy_to(store, "ml", &named("again")).unwrap_err();
        assert!(matches!(error, LedgerError::NotEmpty { .. }), "{error}");
        let ledger = store.open("ml", &named("two")).unwrap();
        ledger.record(vec![applied("c")]).unwrap();
        drop(ledger);
        assert_eq!(names(&store.read("ml").unwrap()), ["a", "c"]);
    }
    assert!(key("b") == known.open_intents.keys().next().unwrap().clone());
}
