//! Crashes and disk errors at every step: what answered `Ok` is there afterwards, and never a half.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{applied, event, intent, key, wait};
use plumb_ledger::memory::{MemoryFolder, Trouble};
use plumb_ledger::{Folder, Ledger, LedgerError};
use plumb_model::{Journal, LedgerView, Record};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The journal is turned over at every opening.
const ALWAYS: u64 = 0;

const SEEDS: u64 = 12;

/// How each append of two entries ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Ok,
    Failed,
}

fn open(disk: &MemoryFolder) -> Result<Ledger, LedgerError> {
    Ledger::open_turning(Arc::new(disk.clone()), "ml", ALWAYS)
}

fn pair(number: usize) -> Vec<Record> {
    vec![applied(&format!("a{number}")), applied(&format!("b{number}"))]
}

/// Opens the ledger twice and appends five times each; answers how each append ended.
fn workload(disk: &MemoryFolder) -> BTreeMap<usize, Ended> {
    let mut ended = BTreeMap::new();
    for round in 0..2 {
        let Ok(ledger) = open(disk) else { continue };
        for number in round * 5..round * 5 + 5 {
            wait(ledger.append(vec![event("waits for the next")])).unwrap();
            let outcome = wait(ledger.append(pair(number)));
            ended.insert(number, if outcome.is_ok() { Ended::Ok } else { Ended::Failed });
        }
    }
    ended
}

fn check(view: &LedgerView, ended: &BTreeMap<usize, Ended>, what: &str) {
    for number in 0..10 {
        let has = |side: &str| view.entries.contains_key(&key(&format!("{side}{number}")));
        assert_eq!(has("a"), has("b"), "half of append {number}: {what}");
        if ended.get(&number) == Some(&Ended::Ok) {
            assert!(has("a"), "append {number} answered Ok and is lost: {what}");
        }
    }
}

/// The disk is opened again, twice, and used in between.
fn recover(disk: &MemoryFolder, ended: &BTreeMap<usize, Ended>, what: &str) {
    let ledger = open(disk).unwrap_or_else(|error| panic!("{error}: {what}"));
    check(&ledger.view(), ended, what);
    wait(ledger.append(vec![applied("after")])).unwrap();
    drop(ledger);
    let view = open(disk).unwrap_or_else(|error| panic!("{error}: {what}")).view();
    check(&view, ended, what);
    assert!(view.entries.contains_key(&key("after")), "{what}");
}

#[test]
fn a_crash_at_any_step_loses_nothing_and_leaves_no_half() {
    let whole = MemoryFolder::new();
    assert!(workload(&whole).values().all(|ended| *ended == Ended::Ok));
    assert!(whole.steps() > 60, "the workload has steps to crash at");
    let mut fired = 0;
    for step in 1..=whole.steps() {
        let disk = MemoryFolder::new();
        disk.trouble_at(step, Trouble::Crash);
        let ended = workload(&disk);
        fired += usize::from(disk.steps() >= step);
        recover(&disk.after_kill(), &ended, &format!("killed at step {step}"));
        for seed in 0..SEEDS {
            let what = format!("power lost at step {step}, seed {seed}");
            recover(&disk.after_power_loss(seed), &ended, &what);
        }
    }
    assert_eq!(fired as u64, whole.steps());
}

#[test]
fn a_disk_error_at_any_step_is_all_or_none() {
    let steps = {
        let whole = MemoryFolder::new();
        workload(&whole);
        whole.steps()
    };
    for trouble in [Trouble::Error, Trouble::Failing] {
        for step in 1..=steps {
            let disk = MemoryFolder::new();
            disk.trouble_at(step, trouble);
            let ended = workload(&disk);
            let what = format!("{trouble:?} at step {step}");
            recover(&disk.after_kill(), &ended, &what);
            recover(&disk.after_power_loss(step), &ended, &what);
            if trouble == Trouble::Error {
                let lost = ended.values().filter(|ended| **ended == Ended::Failed).count();
                assert_eq!(lost, 0, "one error of an append is tried again: {what}");
            }
        }
    }
}

#[test]
fn an_append_that_failed_is_not_there() {
    let disk = MemoryFolder::new();
    let ledger = open(&disk).unwrap();
    wait(ledger.append(pair(0))).unwrap();
    let used = disk.used();
    // No space for the record, nor in what the reserve gives back.
    disk.limit(Some(used));
    let large = common::applied_with("large", 1 << 20);
    assert!(wait(ledger.append(vec![applied("small"), large])).is_err());
    assert!(!ledger.view().entries.contains_key(&key("small")));
    wait(ledger.append(vec![applied("next")])).unwrap();
    drop(ledger);
    let view = open(&disk.after_kill()).err().map(|error| error.to_string());
    assert!(view.unwrap().contains("reserve space"), "a full disk is said at the next opening");
    disk.limit(None);
    let view = open(&disk).unwrap().view();
    assert!(view.entries.contains_key(&key("next")) && !view.entries.contains_key(&key("small")));
}

#[test]
fn a_full_disk_still_takes_the_outcome_and_refuses_the_next_create() {
    let disk = MemoryFolder::new();
    let ledger = open(&disk).unwrap();
    wait(ledger.append(vec![intent("a")])).unwrap();
    disk.limit(Some(disk.used()));
    wait(ledger.append(vec![common::applied_with("a", 20_000)])).unwrap();
    let refused = wait(ledger.append(vec![intent("b")])).unwrap_err();
    assert!(std::error::Error::source(&refused).unwrap().to_string().contains("reserve space"));
    wait(ledger.append(vec![applied("c")])).unwrap();
    let view = ledger.view();
    assert!(view.entries.contains_key(&key("a")) && view.entries.contains_key(&key("c")));
    assert!(!view.open_intents.contains_key(&key("b")));
    disk.limit(None);
    wait(ledger.append(vec![intent("b")])).unwrap();
    assert!(disk.list().unwrap().contains(&"reserve".to_owned()));
}

#[test]
fn a_disk_that_stays_broken_is_said_every_time() {
    let disk = MemoryFolder::new();
    let ledger = open(&disk).unwrap();
    disk.trouble_at(disk.steps() + 1, Trouble::Failing);
    assert!(wait(ledger.append(pair(0))).is_err());
    let second = wait(ledger.append(pair(1))).unwrap_err();
    assert!(std::error::Error::source(&second).unwrap().to_string().contains("failed earlier"));
    assert!(ledger.view().entries.is_empty());
}

#[test]
fn what_an_opening_has_seen_stays() {
    let disk = MemoryFolder::new();
    let ledger = open(&disk).unwrap();
    // Killed between the write and its sync: whole, and not durable.
    disk.trouble_at(disk.steps() + 2, Trouble::Crash);
    assert!(wait(ledger.append(pair(0))).is_err());
    for seed in 0..SEEDS {
        let next = disk.after_kill();
        let ledger = Ledger::open_in(Arc::new(next.clone()), "ml").unwrap();
        assert!(ledger.view().entries.contains_key(&key("a0")));
        let view = open(&next.after_power_loss(seed)).unwrap().view();
        assert!(view.entries.contains_key(&key("a0")), "seed {seed}");
    }
}
