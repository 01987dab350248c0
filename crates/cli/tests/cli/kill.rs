//! `kill -9` of a running apply, at every write it sends and at moments in between, while the cloud
//! lives on. The next apply finishes the work, and everything was created once: the cloud's own
//! ledger says so.
//!
//! This holds where a create may be sent again. A machine that is rented at most once and was
//! announced, but perhaps never ordered, stops instead: that is in `resolving`.

use crate::harness::{Cloud, Site, until};
use serde_json::json;
use std::time::Duration;

/// When the process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// When this write has taken effect and its answer has not arrived. Counts from 1.
    AtWrite(u64),
    /// When this write has arrived and nothing came of it yet.
    BeforeWrite(u64),
    /// So many milliseconds after the start.
    After(u64),
}

/// The writes of the example's first apply.
const WRITES: u64 = 15;

fn moments() -> Vec<Moment> {
    let at = (1..=WRITES).map(Moment::AtWrite);
    let before = [1, 2, 6, 8, 12].map(Moment::BeforeWrite);
    let after = [10, 60, 300, 1000, 1030, 1060, 1900].map(Moment::After);
    at.chain(before).chain(after).collect()
}

/// The same with the sandbox that the process carries inside, and that dies with it: the world is
/// kept as far as it had come.
#[test]
fn a_rehearsal_that_is_killed_goes_on_where_it_was() {
    std::thread::scope(|scope| {
        for milliseconds in [30, 120, 250, 500, 1500] {
            scope.spawn(move || {
                let site = Site::empty().with_repeatable_example();
                let world = site.beside("world");
                let apply =
                    ["apply", "--sandbox", "--yes", "--sandbox-data", world.to_str().unwrap()];
                let mut first = site.command(&apply).spawn().unwrap();
                std::thread::sleep(Duration::from_millis(milliseconds));
                assert!(first.try_wait().unwrap().is_none(), "it had ended by itself");
                first.kill().unwrap();
                first.wait().unwrap();
                let ran = site.plumb(&apply);
                assert_eq!(ran.code, 0, "{milliseconds} ms:\n{}", ran.all());
                let creates = Cloud::of_folder(&world).creates();
                assert_eq!(creates.len(), 9, "{milliseconds} ms: {creates:?}");
                assert!(
                    creates.values().all(|count| *count == 1),
                    "{milliseconds} ms: {creates:?}"
                );
            });
        }
    });
}

#[test]
fn an_apply_that_is_killed_is_finished_by_the_next_and_nothing_is_made_twice() {
    let moments = moments();
    assert!(moments.len() >= 20);
    // Most of the time is waiting, so several run at once.
    let lanes = 6;
    std::thread::scope(|scope| {
        for lane in 0..lanes {
            let moments = moments.iter().skip(lane).step_by(lanes);
            scope.spawn(move || moments.for_each(|moment| kill_at(*moment)));
        }
    });
}

fn kill_at(moment: Moment) {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_repeatable_example();
    let hold = |nth: u64, effect: serde_json::Value| {
        cloud.faults(&json!({"match": {"method": "POST"}, "when": {"nth": nth}, "effect": effect}));
    };
    match moment {
        Moment::AtWrite(nth) => hold(nth, json!({"type": "delay", "ms": 60_000})),
        // It takes effect long after, as if by a slow queue: when others have called.
        Moment::BeforeWrite(nth) => hold(nth, json!({"type": "late_effect", "after_calls": 3})),
        Moment::After(_) => {}
    }
    let mut apply = site.command(&["apply", "--yes"]).spawn().unwrap();
    match moment {
        Moment::After(milliseconds) => std::thread::sleep(Duration::from_millis(milliseconds)),
        Moment::AtWrite(_) | Moment::BeforeWrite(_) => {
            until("the write", || cloud.control("GET", "faults", None)[0]["fired"] == 1);
        }
    }
    assert!(apply.try_wait().unwrap().is_none(), "{moment:?}: it had ended by itself");
    apply.kill().unwrap();
    apply.wait().unwrap();
    cloud.control("DELETE", "faults", None);

    // What takes effect late may move under a plan that was made before it; another run goes on.
    let tries = if matches!(moment, Moment::BeforeWrite(_)) { 3 } else { 1 };
    let mut ran = site.plumb(&["apply", "--yes"]);
    for _ in 1..tries {
        if ran.code != 0 {
            ran = site.plumb(&["apply", "--yes"]);
        }
    }
    assert_eq!(ran.code, 0, "{moment:?}:\n{}", ran.all());
    let creates = cloud.creates();
    assert_eq!(creates.len(), 9, "{moment:?}: {creates:?}");
    assert!(creates.values().all(|count| *count == 1), "{moment:?}: {creates:?}");
    let (calls, effects) = (cloud.calls(), cloud.effect_count());
    let again = site.plumb(&["apply", "--yes"]);
    assert_eq!(again.code, 0, "{moment:?}:\n{}", again.all());
    assert_eq!(cloud.writes(calls), [""; 0], "{moment:?}:\n{}", again.all());
    assert_eq!(cloud.effect_count(), effects, "{moment:?}");
}
