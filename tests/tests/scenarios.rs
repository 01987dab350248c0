//! Runs every scenario below `scenarios/`, one test a group.
//!
//! `PLUMB_SCENARIO=group/name` runs one; `PLUMB_UPDATE_EXPECTED=1` writes the listings as they are
//! into the scenarios, to be reviewed as a diff.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use plumb_tests::discover::{self, Found};
use plumb_tests::{run, update};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// One test for each group folder; a folder without one fails `every_group_has_a_test`.
macro_rules! groups {
    ($($group:ident),+ $(,)?) => {
        $(#[test]
        fn $group() {
            run_group(stringify!($group));
        })+

        const GROUPS: &[&str] = &[$(stringify!($group)),+];
    };
}

groups!(
    adopt, create, destroy, edges, export, identity, immutable, keys, limits, machines, mixed,
    outside, ownership, power, profiles, projects, prune, publish, rentals, schedules, selection,
    stock, tags, trouble, update, users, volumes,
);

#[test]
fn every_group_has_a_test() {
    let folders: BTreeSet<String> = all().into_keys().collect();
    let tests: BTreeSet<String> = GROUPS.iter().map(ToString::to_string).collect();
    assert_eq!(folders, tests, "add new groups to the list in tests/scenarios.rs");
}

#[test]
fn there_are_enough_scenarios() {
    let count = all().values().map(Vec::len).sum::<usize>();
    assert!(count >= 280, "only {count} scenarios are left");
}

fn all() -> BTreeMap<String, Vec<Found>> {
    discover::scenarios().unwrap_or_else(|complaint| panic!("{complaint}"))
}

#[expect(clippy::disallowed_methods, reason = "switches of the person who runs the tests")]
fn switch(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn run_group(group: &str) {
    let only = switch("PLUMB_SCENARIO");
    let mut failed = Vec::new();
    for found in all().remove(group).unwrap_or_default() {
        if only.as_ref().is_some_and(|only| *only != found.name) {
            continue;
        }
        let outcome = run::run(&found);
        if switch("PLUMB_UPDATE_EXPECTED").is_some() {
            failed.extend(write_expected(&found, &outcome.listings));
        }
        if !outcome.complaints.is_empty() {
            let complaints = outcome.complaints.join("\n  ");
            failed.push(format!("{}: {}\n  {complaints}", found.name, found.scenario.about));
        }
    }
    assert!(failed.is_empty(), "{} failed\n\n{}\n", failed.len(), failed.join("\n\n"));
}

/// Answers with a complaint when not every listing was reached: nothing is written then.
fn write_expected(found: &Found, listings: &[String]) -> Option<String> {
    let path = found.folder.join("scenario.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let Some(updated) = update::with_listings(&text, listings) else {
        return Some(format!("{}: not every listing was reached; not written", found.name));
    };
    if updated != text {
        fs::write(&path, updated).unwrap();
    }
    None
}
