//! The ledger on a real folder: what it keeps, what it refuses, and how many syncs it takes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{
    applied, applied_with, event, finished, holding, intent, key, started, wait, wait_long,
};
use plumb_ledger::journal::{self, Wanted};
use plumb_ledger::{Ledger, LedgerError, MemoryFolder, Store, Surroundings, Unlocked};
use plumb_model::event::RunOutcome;
use plumb_model::ledger::Settlement;
use plumb_model::{Code, Journal, Record};
use std::fs;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

fn open(directory: &Path) -> Ledger {
    Store::in_directory(directory).open("ml", &holding()).unwrap()
}

#[test]
fn what_was_recorded_is_read_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("a/.plumb");
    let ledger = open(&directory);
    wait(ledger.append(vec![started(), intent("a")])).unwrap();
    wait(ledger.append(vec![applied("a"), applied("b"), intent("c")])).unwrap();
    wait(ledger.append(vec![Record::Forgotten { key: key("b") }])).unwrap();
    let before = ledger.view();
    drop(ledger);
    let after = open(&directory).view();
    assert_eq!(before.entries, after.entries);
    assert_eq!(before.open_intents, after.open_intents);
    assert_eq!(before.hash_key.hash("x"), after.hash_key.hash("x"));
    assert_eq!(after.entries.keys().collect::<Vec<_>>(), [&key("a")]);
    assert_eq!(after.open_intents.len(), 2);
}

#[test]
fn history_has_each_run_with_its_events() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    wait(ledger.append(vec![started()])).unwrap();
    wait(ledger.append(vec![event("one")])).unwrap();
    wait(ledger.append(vec![event("two")])).unwrap();
    let runs = ledger.history().unwrap();
    assert_eq!((runs.len(), runs[0].events.len(), runs[0].finished), (1, 2, None));
    wait(ledger.append(vec![finished()])).unwrap();
    drop(ledger);
    let runs = Store::in_directory(folder.path()).history("ml").unwrap();
    assert_eq!(runs[0].head.command, "apply");
    assert_eq!(runs[0].finished.unwrap().1, RunOutcome::Done);
}

/// Most of a journal are events, of which a view keeps nothing.
#[test]
fn a_view_is_read_without_events_and_misses_nothing_else() {
    let disk = MemoryFolder::new();
    let ledger = Ledger::open_in(Arc::new(disk.clone()), "ml").unwrap();
    wait(ledger.append(vec![started(), event("one"), intent("a")])).unwrap();
    wait(ledger.append(vec![applied("a"), event("two"), applied("b"), finished()])).unwrap();
    let records = |wanted| {
        let mut records = Vec::new();
        journal::read(&disk, 1, wanted, &mut |record| records.push(record)).unwrap();
        records
    };
    let mut expected = records(Wanted::Everything);
    let (starts, ends) = (expected[0].clone(), expected[6].clone());
    assert_eq!(records(Wanted::Runs), [starts, event("one"), event("two"), ends]);
    expected.retain(|record| !matches!(record, Record::RunEvent { .. }));
    assert_eq!(expected.len(), 5);
    assert_eq!(records(Wanted::WithoutEvents), expected);
}

#[test]
fn events_wait_but_not_for_ever() {
    let disk = MemoryFolder::new();
    let ledger = Ledger::open_in(Arc::new(disk.clone()), "ml").unwrap();
    wait(ledger.append(vec![started()])).unwrap();
    let before = disk.steps();
    for _ in 0..64 {
        wait(ledger.append(vec![event("x")])).unwrap();
    }
    assert_eq!(disk.steps(), before);
    wait(ledger.append(vec![event("x")])).unwrap();
    assert_eq!(disk.steps(), before + 2, "one write and one sync");
}

#[test]
fn appends_at_the_same_time_share_a_sync() {
    let disk = MemoryFolder::new();
    let ledger = Ledger::open_in(Arc::new(disk.clone()), "ml").unwrap();
    let before = disk.steps();
    let mut context = Context::from_waker(Waker::noop());
    let mut appends: Vec<_> = (0..20)
        .map(|number| Box::pin(ledger.append(vec![applied(&format!("n{number}"))])))
        .collect();
    for append in &mut appends {
        assert!(pin!(append).poll(&mut context).is_pending());
    }
    assert_eq!(disk.steps(), before);
    for append in &mut appends {
        assert!(matches!(pin!(append).poll(&mut context), Poll::Ready(Ok(()))));
    }
    assert_eq!(disk.steps(), before + 2, "one write and one sync");
    assert_eq!(ledger.view().entries.len(), 20);
}

#[test]
fn many_threads_append_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let ledger = &ledger;
            scope.spawn(move || {
                for number in 0..20 {
                    wait(ledger.append(vec![applied(&format!("t{thread}n{number}"))])).unwrap();
                }
            });
        }
    });
    drop(ledger);
    assert_eq!(open(folder.path()).view().entries.len(), 160);
}

#[test]
fn a_large_journal_is_turned_over_and_old_files_go() {
    let disk = MemoryFolder::new();
    for round in 0..15 {
        let ledger = Ledger::open_turning(Arc::new(disk.clone()), "ml", 0).unwrap();
        wait(ledger.append(vec![applied(&format!("r{round}"))])).unwrap();
    }
    let names = plumb_ledger::Folder::list(&disk).unwrap();
    let of = |prefix: &str| names.iter().filter(|name| name.starts_with(prefix)).count();
    assert_eq!((of("snapshot-"), of("journal-")), (10, 10), "{names:?}");
    assert_eq!(Ledger::open_in(Arc::new(disk), "ml").unwrap().view().entries.len(), 15);
}

#[test]
fn a_damaged_snapshot_is_made_up_for_by_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let disk = Arc::new(plumb_ledger::DiskFolder::create(folder.path()).unwrap());
        let ledger = Ledger::open_turning(disk, "ml", 0).unwrap();
        wait(ledger.append(vec![applied(&format!("r{round}"))])).unwrap();
    }
    let newest = folder.path().join("snapshot-000003");
    let mut bytes = fs::read(&newest).unwrap();
    bytes[40] ^= 1;
    fs::write(&newest, bytes).unwrap();
    assert_eq!(open(folder.path()).view().entries.len(), 3);
}

#[test]
fn damage_in_the_middle_is_an_error_and_a_torn_end_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    wait(ledger.append(vec![applied("a")])).unwrap();
    wait(ledger.append(vec![applied("b")])).unwrap();
    drop(ledger);
    let journal = folder.path().join("journal-000001");
    let sound = fs::read(&journal).unwrap();

    fs::write(&journal, &sound[..sound.len() - 3]).unwrap();
    let view = Store::in_directory(folder.path()).read("ml").unwrap();
    assert_eq!(view.entries.len(), 1);
    assert_eq!(fs::read(&journal).unwrap().len(), sound.len() - 3, "a reader mends nothing");
    let ledger = open(folder.path());
    wait(ledger.append(vec![applied("c")])).unwrap();
    drop(ledger);
    assert_eq!(open(folder.path()).view().entries.len(), 2);

    let mut damaged = sound.clone();
    damaged[120] ^= 1;
    fs::write(&journal, &damaged).unwrap();
    let error = Store::in_directory(folder.path()).open("ml", &holding()).unwrap_err();
    assert_eq!(error.code(), Some(Code::LEDGER_DAMAGED));
    assert!(error.help().contains("restore journal-000001"));
    assert_eq!(fs::read(&journal).unwrap(), damaged, "nothing was changed");

    let mut newer = sound;
    newer[8] = 2;
    fs::write(&journal, &newer).unwrap();
    let error = Store::in_directory(folder.path()).open("ml", &holding()).unwrap_err();
    assert_eq!(error.code(), Some(Code::LEDGER_NEWER));
}

#[test]
fn a_missing_segment_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Arc::new(plumb_ledger::DiskFolder::create(folder.path()).unwrap());
    drop(Ledger::open_turning(disk.clone(), "ml", u64::MAX).unwrap());
    for _ in 0..2 {
        drop(Ledger::open_turning(disk.clone(), "ml", 0).unwrap());
    }
    for name in ["snapshot-000001", "snapshot-000002", "journal-000002"] {
        fs::remove_file(folder.path().join(name)).ok();
    }
    let error = open_error(folder.path(), "ml");
    assert_eq!(
        error.to_string(),
        "the ledger file journal-000002 is damaged at byte 0: it is missing"
    );
}

fn open_error(directory: &Path, stack: &str) -> LedgerError {
    Store::in_directory(directory).open(stack, &holding()).unwrap_err()
}

#[test]
fn a_folder_belongs_to_one_stack() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    assert!(matches!(open_error(folder.path(), "other"), LedgerError::OtherStack { .. }));
    assert!(Store::in_directory(folder.path()).read("other").is_err());
}

#[test]
fn a_reader_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join(".plumb");
    let store = Store::in_directory(&directory);
    assert_eq!(store.read("ml").unwrap().stack, "ml");
    assert!(store.history("ml").unwrap().is_empty());
    assert!(!store.has_begun().unwrap());
    assert!(!directory.exists());
}

#[cfg(unix)]
#[test]
fn the_key_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join(".plumb");
    drop(open(&directory));
    let path = directory.join("key");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&directory)), (0o600, 0o700));
    assert_eq!(fs::read(&path).unwrap().len(), 32);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = open_error(&directory, "ml");
    assert!(matches!(error, LedgerError::OpenKey { .. }));
    assert!(error.help().starts_with("run `chmod 600 "));
    assert!(Store::in_directory(&directory).read("ml").is_err());
}

#[test]
fn a_lost_key_makes_secrets_unrecorded_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    wait(ledger.append(vec![applied("a")])).unwrap();
    drop(ledger);
    fs::remove_file(folder.path().join("key")).unwrap();
    assert!(
        Store::in_directory(folder.path()).read("ml").unwrap().entries[&key("a")].hashes.is_empty()
    );
    drop(open(folder.path()));
    // The next opening has a key again, and must not compare with the old one's hashes.
    assert!(open(folder.path()).view().entries[&key("a")].hashes.is_empty());
}

#[test]
fn a_second_run_is_told_who_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Store::in_directory(folder.path()).unlock().unwrap(), Unlocked::WasFree);
    let ledger = open(folder.path());
    let error = open_error(folder.path(), "ml");
    assert_eq!(error.code(), Some(Code::LOCK_HELD));
    let LedgerError::Held { holder: Some(held), .. } = error else { panic!("{error}") };
    assert_eq!(*held, holding());
    assert_eq!(
        Store::in_directory(folder.path()).unlock().unwrap(),
        Unlocked::StillHeld(Some(holding()))
    );
    // A plan needs no lock.
    assert!(Store::in_directory(folder.path()).read("ml").is_ok());
    drop(ledger);
    assert_eq!(Store::in_directory(folder.path()).unlock().unwrap(), Unlocked::WasFree);
    drop(open(folder.path()));
}

#[test]
fn what_a_dead_holder_left_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let left = serde_json::to_vec(&holding()).unwrap();
    fs::write(folder.path().join("holder.json"), left).unwrap();
    assert_eq!(Store::in_directory(folder.path()).unlock().unwrap(), Unlocked::Cleared(holding()));
    assert_eq!(Store::in_directory(folder.path()).unlock().unwrap(), Unlocked::WasFree);
}

#[test]
fn a_holder_cannot_drive_the_terminal() {
    let mut hostile = holding();
    hostile.who.user = "a\u{1b}[31m\n::error".into();
    assert!(!hostile.to_string().contains(['\u{1b}', '\n']));
}

#[test]
fn a_person_settles_a_create() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    wait(ledger.append(vec![intent("made"), intent("not-made")])).unwrap();
    ledger.resolve(&key("made"), Settlement::Applied(Some("vm-7".parse().unwrap()))).unwrap();
    ledger.resolve(&key("not-made"), Settlement::DeclaredNotCreated).unwrap();
    let again = ledger.resolve(&key("made"), Settlement::NotApplied).unwrap_err();
    assert!(matches!(*again, LedgerError::NothingToResolve(_)));
    drop(ledger);
    let view = open(folder.path()).view();
    assert!(view.open_intents.is_empty());
    assert_eq!(view.entries[&key("made")].remote_id.as_ref().unwrap().as_str(), "vm-7");
    assert!(!view.entries.contains_key(&key("not-made")));
}

#[test]
fn nothing_a_person_keeps_secret_is_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path());
    wait(ledger.append(vec![applied_with("a", 10)])).unwrap();
    drop(ledger);
}

/// What Git sees of a folder in which a ledger began.
fn seen_by_git(folder: &Path) -> Vec<String> {
    let run = |arguments: &[&str]| {
        let git = std::process::Command::new("git").current_dir(folder).args(arguments).output();
        String::from_utf8(git.unwrap().stdout).unwrap()
    };
    run(&["init", "-q"]);
    let listed = run(&["ls-files", "--others", "--exclude-standard"]);
    listed.lines().map(str::to_owned).collect()
}

#[test]
fn a_ledger_is_kept_out_of_git_and_nothing_else_is() {
    let begun = |prepare: &dyn Fn(&Path)| {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("ledger");
        prepare(&folder);
        let ledger = open(&folder);
        wait(ledger.append(vec![applied_with("a", 10)])).unwrap();
        (parent, folder)
    };
    let with = |names: &'static [&'static str]| {
        move |folder: &Path| {
            fs::create_dir(folder).unwrap();
            for name in names {
                fs::write(folder.join(name), "mine\n").unwrap();
            }
        }
    };
    // One that plumb makes, one that was there and is empty, one with the simulated clouds in it.
    let sandbox = |folder: &Path| fs::create_dir_all(folder.join("sandbox")).unwrap();
    let empty: [&dyn Fn(&Path); 3] = [&|_| {}, &with(&[]), &sandbox];
    for prepare in empty {
        let (_parent, folder) = begun(prepare);
        assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "*\n");
        assert_eq!(seen_by_git(&folder), [""; 0]);
    }
    let (_parent, folder) = begun(&with(&["fleet.yaml", "keys.md"]));
    assert_eq!(seen_by_git(&folder), ["fleet.yaml", "keys.md"]);
    let (_parent, folder) = begun(&with(&[".gitignore"]));
    assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "mine\n");
    // Whoever takes it away wants the ledger in Git.
    fs::remove_file(folder.join(".gitignore")).unwrap();
    drop(open(&folder));
    assert!(!folder.join(".gitignore").exists());
}

#[test]
fn a_lent_folder_is_a_store_like_any_other() {
    let store = Store::in_folder(Arc::new(MemoryFolder::new()));
    assert!(!store.has_begun().unwrap());
    let ledger = store.open("ml", &holding()).unwrap();
    ledger.record(vec![started(), applied("a"), finished()]).unwrap();
    assert!(store.has_begun().unwrap());
    assert_eq!(store.read("ml").unwrap().entries.len(), 1);
    assert_eq!(store.history("ml").unwrap()[0].head.who, holding().who);
    assert!(matches!(store.history("other"), Err(LedgerError::OtherStack { .. })));
    assert_eq!(store.unlock().unwrap(), Unlocked::WasFree);
}

#[test]
fn a_holder_is_told_once_with_its_page() {
    let text = holding().to_string();
    assert!(
        text.starts_with("ann@ci-7 (https://ci.example/runs/7), `apply`, process 42"),
        "{text}"
    );
    assert_eq!(text.matches("ci-7").count(), 1, "{text}");
}

/// A disk may be slow, and answers come meanwhile.
#[test]
fn who_appends_to_an_address_lets_others_run_until_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| Store::at(folder.path(), name, &Surroundings::default()).unwrap();
    for (store, is_written_meanwhile) in
        [(at("one"), true), (Store::in_directory(&folder.path().join("two")), false)]
    {
        let ledger = store.open("ml", &holding()).unwrap();
        let mut append = ledger.append(vec![applied("a")]);
        let mut context = Context::from_waker(Waker::noop());
        let polls = [(); 2].map(|()| append.as_mut().poll(&mut context).is_pending());
        assert_eq!(polls, [true, is_written_meanwhile], "{}", store.place());
        if is_written_meanwhile {
            wait_long(append);
        } else {
            drop(append);
        }
        assert_eq!(ledger.view().entries.len(), 1);
        drop(ledger);
        assert_eq!(store.read("ml").unwrap().entries.len(), 1);
    }
}
