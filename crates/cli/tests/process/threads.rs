//! A system that gives no threads: an error and its exit code, and no panic.

use crate::gate::Gate;
use crate::judge;
use crate::site::{Ran, Site, finish};
use crate::workload::Workload;

/// Runs where no thread finds room for its stack, which is as `ulimit -u` lets none begin; that limit
/// does not hold for root.
fn without_threads(site: &Site, line: &str) -> Ran {
    let stack = 64_u64 << 30;
    let preparation = format!("ulimit -v 8388608; export RUST_MIN_STACK={stack}");
    finish(site.prepared(&preparation, line).spawn().unwrap())
}

#[test]
fn without_threads_it_says_so_and_nothing_is_sent() {
    let gate = Gate::open();
    let site = Site::of(Workload::Rafay, &gate);
    for line in ["plan", "apply --yes", "drift", "get", "apply --yes --sandbox"] {
        let ran = without_threads(&site, line);
        assert_eq!(ran.code, 1, "{line}: {}", ran.text);
        for said in ["the system starts no thread", "ulimit -u"] {
            assert!(ran.text.contains(said), "{line}: {}", ran.text);
        }
    }
    assert_eq!(gate.writes(), 0);
    // What needs none works.
    for line in ["validate", "graph", "history"] {
        let ran = without_threads(&site, line);
        assert_eq!(ran.code, 0, "{line}: {}", ran.text);
    }
    judge::recovers(Workload::Rafay, &gate, &site, "without threads");
}
