//! Seeded histories (docs/rules.md §7, T3): a repository that changes from commit to commit, is
//! applied under faults while other people edit the clouds by hand, and goes back to an earlier
//! commit. Every commit ends with "planning again does nothing".
//!
//! `PLUMB_SEEDS=N` tries so many seeds; a fifth of them are fresh, the rest always the same.
//! `PLUMB_SEED=N` tries the one that a failure printed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use mimalloc::MiMalloc;
use plumb_tests::canary::keep;
use plumb_tests::trial::history::{self, Past};
use plumb_tests::trial::sweep::{on_all_cores, tell};
use plumb_tests::wish;
use std::sync::Mutex;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// A trial allocates more than it does anything else.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Histories that are tried when nothing else is wished for.
const SEEDS: usize = 2_500;
/// Failures that are shown.
const SHOWN: usize = 3;

/// The seeds to be tried: four fifths from 0 on, the rest new each time.
#[expect(clippy::disallowed_methods, reason = "what is new each time comes from the time")]
fn seeds() -> Vec<u64> {
    if let Some(one) = wish("PLUMB_SEED") {
        return vec![one.parse().expect("PLUMB_SEED is a number")];
    }
    let many = wish("PLUMB_SEEDS").map_or(SEEDS, |it| it.parse().expect("PLUMB_SEEDS is a number"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let fresh = u64::try_from(now.as_millis()).unwrap() << 16;
    let fixed = many - many / 5;
    (0..many as u64).map(|it| if it < fixed as u64 { it } else { fresh + it }).collect()
}

#[test]
fn histories_converge_whatever_happens() {
    let (began, seeds) = (Instant::now(), seeds());
    let tally = Mutex::new((Past::default(), Vec::new()));
    on_all_cores(seeds.len(), |number| {
        let past = history::run(seeds[number]);
        keep::trial(&past.story, &past.disk);
        let mut tally = tally.lock().unwrap();
        tally.0.count(&past);
        if !past.violations.is_empty() {
            tally.1.push((seeds[number], past));
        }
    });
    let (sum, mut failed) = tally.into_inner().unwrap();
    failed.sort_by_key(|(seed, _)| *seed);
    tell(&format!(
        "{} histories: {} commits, {} faults, {} edits by hand, {} runs, {} calls, {} settled by a \
         person, {} with a violation, {:.1?}",
        seeds.len(),
        sum.commits,
        sum.faults,
        sum.edits,
        sum.runs,
        sum.calls,
        sum.resolved,
        failed.len(),
        began.elapsed()
    ));
    for (seed, past) in failed.iter().take(SHOWN) {
        tell(&format!(
            "PLUMB_SEED={seed} cargo test -p plumb-tests --test histories\n  {}\n  {}",
            past.violations.join("; "),
            past.story.join("\n  ")
        ));
    }
    assert!(failed.is_empty(), "{} seeds failed", failed.len());
}

#[test]
fn a_seed_reproduces_byte_for_byte() {
    let seeds = [0, 7, 1_000_003];
    let first = seeds.map(history::run);
    let again = std::thread::spawn(move || seeds.map(history::run)).join().unwrap();
    for ((seed, first), again) in seeds.into_iter().zip(first).zip(again) {
        assert_eq!(first.story, again.story, "seed {seed}");
        assert_eq!(first.world, again.world, "seed {seed}");
        assert_eq!(first.disk, again.disk, "seed {seed}");
        assert_eq!(first, again, "seed {seed}");
        assert!(first.faults > 0 && first.world.len() > 1_000 && !first.disk.is_empty());
    }
}
