//! The checked-in corpora of the fuzz targets (`fuzz/corpus/`), replayed in every test run: what a
//! fuzzer once found stays found.
//!
//! `PLUMB_CORPUS=answers/odd` tries one input; any path to a file works too, with the target's name
//! before a colon: `PLUMB_CORPUS=journal:crash-1234`. `PLUMB_FUZZ_SECONDS=600` goes on that long
//! with inputs near those of the corpora, and keeps what fails in `fuzz/artifacts/`;
//! `PLUMB_FUZZ_SEED=N` begins elsewhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::match_wild_err_arm,
    reason = "tests"
)]

use plumb_tests::fuzzing::{TARGETS, Target, mutated};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Inputs a corpus begins with at least.
const FEWEST: usize = 10;
/// Bytes of an input: a corpus is for people, too.
const LARGEST: u64 = 64 << 10;
/// What no input of this size may take.
const SLOW: Duration = Duration::from_secs(2);
/// Inputs near a corpus that every run tries.
const NEAR_MISSES: u64 = 150;

#[test]
fn answers_of_clouds_are_read() {
    replay("answers");
}

#[test]
fn journals_are_read() {
    replay("journal");
}

#[test]
fn manifests_are_read() {
    replay("manifest");
}

/// Short inputs are the ones a fuzzer begins with, and no corpus holds all of them.
#[test]
fn every_short_input_is_read() {
    for (name, target) in TARGETS {
        for byte in 0..=u8::MAX {
            try_one(name, target, &[byte], &format!("the byte {byte:#04x}"));
        }
        try_one(name, target, &[], "nothing");
    }
}

#[test]
fn answers_near_the_corpus_are_read() {
    near_misses("answers");
}

#[test]
fn journals_near_the_corpus_are_read() {
    near_misses("journal");
}

#[test]
fn manifests_near_the_corpus_are_read() {
    near_misses("manifest");
}

#[test]
fn every_corpus_has_its_target() {
    let mut folders: Vec<String> = fs::read_dir(corpora())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, TARGETS.map(|(name, _)| name));
}

fn target(name: &str) -> Target {
    TARGETS.into_iter().find(|(known, _)| *known == name).unwrap().1
}

/// Tries what seeds make of a corpus.
fn near_misses(name: &str) {
    let target = target(name);
    let corpus: Vec<Vec<u8>> = inputs(name).iter().map(|input| fs::read(input).unwrap()).collect();
    let number = |name: &str| switch(name).map(|text| text.parse::<u64>().unwrap());
    let (first, seconds) = (number("PLUMB_FUZZ_SEED").unwrap_or(0), number("PLUMB_FUZZ_SECONDS"));
    let began = Instant::now();
    for seed in first.. {
        let enough = match seconds {
            Some(seconds) => began.elapsed() >= Duration::from_secs(seconds),
            None => seed - first >= NEAR_MISSES,
        };
        if enough {
            println!("{name}: {} inputs", seed - first);
            return;
        }
        let input = mutated(&corpus, seed);
        let (outcome, took) = timed(target, &input);
        // Whoever fuzzes for long does other things meanwhile: slow is what is slow twice.
        let slow = seconds.is_some() && took > SLOW && timed(target, &input).1 > SLOW;
        if slow || !matches!(outcome, Ok(Ok(()))) {
            let artifacts = corpora().join("../artifacts").join(name);
            fs::create_dir_all(&artifacts).unwrap();
            let kept = artifacts.join(format!("seed-{seed}"));
            fs::write(&kept, &input).unwrap();
            let how = if slow { "is slow" } else { "fails" };
            let complaint = outcome.ok().and_then(Result::err).unwrap_or_default();
            panic!("{name}: seed {seed} {how}, kept in {}: {complaint}", kept.display());
        }
    }
}

fn timed(target: Target, input: &[u8]) -> (std::thread::Result<Result<(), String>>, Duration) {
    let started = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(input)));
    (outcome, started.elapsed())
}

fn replay(name: &str) {
    let target = target(name);
    let inputs = inputs(name);
    for input in &inputs {
        try_one(name, target, &fs::read(input).unwrap(), &input.display().to_string());
    }
}

fn try_one(name: &str, target: Target, bytes: &[u8], what: &str) {
    match catch_unwind(AssertUnwindSafe(|| target(bytes))) {
        Ok(Ok(())) => {}
        Ok(Err(complaint)) => panic!("{name}: {what}: {complaint}"),
        Err(_) => panic!("{name}: {what} makes it panic"),
    }
}

/// The inputs of a corpus, or the one that is asked for.
fn inputs(name: &str) -> Vec<PathBuf> {
    if let Some(only) = switch("PLUMB_CORPUS") {
        let below = only.strip_prefix(name).and_then(|rest| rest.strip_prefix('/'));
        let elsewhere = only.strip_prefix(name).and_then(|rest| rest.strip_prefix(':'));
        let below = below.map(|file| corpora().join(name).join(file));
        return below.or(elsewhere.map(PathBuf::from)).into_iter().collect();
    }
    let mut inputs: Vec<PathBuf> =
        fs::read_dir(corpora().join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    assert!(inputs.len() >= FEWEST, "only {} inputs are left", inputs.len());
    for input in &inputs {
        assert!(input.metadata().unwrap().len() <= LARGEST, "{} is too large", input.display());
    }
    inputs
}

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus")
}

#[expect(clippy::disallowed_methods, reason = "a switch of the person who runs the tests")]
fn switch(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
