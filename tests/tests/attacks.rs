//! The YAML attack set: what a hostile pull request may hold. Each attack is answered within a
//! budget of time and memory, and never with a panic: refused with findings that say where and what,
//! or loaded as what it says.
//!
//! Small attacks are files and folders in `tests/attacks/`; large ones are made by `attacks/large`
//! and folders with links and devices by `attacks/folders`. The answers stand in
//! `tests/attacks/expected.snap`: `INSTA_UPDATE=always` writes them anew, to be reviewed, and
//! `PLUMB_ATTACK=NAME` tries one. `--nocapture` shows what each took. What is only large and must
//! not be refused is in `attacks/ordinary`, what reading takes is measured in `attacks/measure`.

// What the system says about links and devices is part of the answers.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::format_collect,
    reason = "tests"
)]

mod attacks {
    pub(crate) mod answer;
    pub(crate) mod folders;
    pub(crate) mod kustomizations;
    pub(crate) mod large;
    pub(crate) mod measure;
    pub(crate) mod ordinary;
}

use attacks::answer::{Answer, complaints, shown};
use attacks::{folders, large, measure};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[test]
fn every_attack_is_answered_within_its_budget() {
    let _alone = measure::alone();
    let place = tempfile::tempdir().unwrap();
    let only = switch("PLUMB_ATTACK");
    let (mut listing, mut wrong) = (String::new(), Vec::new());
    let attacks = attacks(place.path());
    assert!(attacks.len() >= 150, "only {} attacks are left", attacks.len());
    for (name, path) in &attacks {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        make(name, path);
        let answer = Answer::of(name, path);
        println!("{name}: {}", answer.spent);
        wrong.extend(complaints(&answer).iter().map(|complaint| format!("{name}: {complaint}")));
        write!(listing, "{name}: {}", shown(&answer, path)).unwrap();
        remove(path);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if only.is_none() {
        compare(&listing);
    }
}

/// The names of all attacks and where each will be.
fn attacks(place: &Path) -> Vec<(String, PathBuf)> {
    let mut names: Vec<String> = fs::read_dir(files())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "expected.snap" && !name.starts_with('.'))
        .collect();
    names.extend(large::ATTACKS.iter().map(|(name, _)| format!("large/{name}")));
    names.extend(folders::ATTACKS.iter().map(|(name, _)| format!("folders/{name}")));
    names.sort();
    let all: BTreeSet<&String> = names.iter().collect();
    assert_eq!(all.len(), names.len(), "two attacks have one name");
    names.into_iter().map(|name| (name.clone(), place.join(name))).collect()
}

/// The folder of the small attacks.
pub(crate) fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("attacks")
}

/// Puts an attack where it is tried.
pub(crate) fn make(name: &str, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if let Some(name) = name.strip_prefix("large/") {
        let (_, make) = large::ATTACKS.iter().find(|(known, _)| *known == name).unwrap();
        return fs::write(path, make()).unwrap();
    }
    if let Some(name) = name.strip_prefix("folders/") {
        fs::create_dir_all(path).unwrap();
        let (_, make) = folders::ATTACKS.iter().find(|(known, _)| *known == name).unwrap();
        return make(path);
    }
    let original = files().join(name);
    if original.is_file() {
        fs::copy(original, path).unwrap();
        return;
    }
    fs::create_dir_all(path).unwrap();
    for entry in fs::read_dir(original).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), path.join(entry.file_name())).unwrap();
    }
    if name == "value-from" {
        folders::complete_value_from(path);
    }
}

fn remove(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else {
        fs::remove_file(path).unwrap();
    }
}

fn compare(listing: &str) {
    insta::with_settings!({
        snapshot_path => files(), prepend_module_to_snapshot => false, omit_expression => true
    }, { insta::assert_snapshot!("expected", listing) });
}

#[expect(clippy::disallowed_methods, reason = "switches of the person who runs the tests")]
fn switch(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A measurement that nothing exceeds would prove nothing.
#[test]
fn what_is_measured_is_what_was_spent() {
    let _alone = measure::alone();
    let (bytes, spent) = measure::measured(|| vec![1_u8; 10 << 20]);
    assert!(spent.memory >= bytes.len() && spent.memory < 2 * bytes.len(), "{spent}");
    let (sum, spent) = measure::measured(|| {
        let began = Instant::now();
        let mut sum = 0_u64;
        while began.elapsed().as_millis() < 200 {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        sum
    });
    // Others use the machine too, so this may have had less of it, and never more.
    assert!(sum > 0 && spent.time.as_millis() >= 5, "{spent}");
    let ((), rested) = measure::measured(|| std::thread::sleep(Duration::from_millis(100)));
    assert!(rested.time.as_millis() < 50 && rested.memory < 1 << 20, "{rested}");
}
