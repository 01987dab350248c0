//! Signals: the first ends gracefully, the second at once; applying again resumes.

use crate::harness::{Cloud, Site, finish, signal, until};
use serde_json::json;

/// Slow enough that a deployment is under way for seconds.
const SLOW: u32 = 300;

#[test]
fn an_interrupted_apply_says_what_is_left_and_the_next_resumes() {
    for name in ["INT", "TERM", "HUP"] {
        let cloud = Cloud::start(&json!({"time_scale": SLOW}));
        let site = Site::at(&cloud).with_example();
        let apply = site.command(&["apply", "--yes"]).spawn().unwrap();
        until("a deployment", || {
            cloud.effects(0).iter().any(|line| line.starts_with("published Service"))
        });
        signal(&apply, name);
        let ran = finish(apply);
        assert_eq!(ran.code, 130, "{name}: {}", ran.all());
        ran.says(&["Interrupted", "Service/gpu-fleet/vpc-main"]);
        assert!(!cloud.effects(0).iter().any(|line| line.contains("ComputeInstance")));
        cloud.control("POST", "clock", Some(&json!({"scale": crate::harness::FAST})));
        site.exits(0, "apply --yes");
        assert!(cloud.creates().values().all(|count| *count == 1), "{:?}", cloud.creates());
        site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
        let history = site.exits(0, "history");
        history.says(&["interrupted", "done"]);
    }
}

#[test]
fn a_second_signal_leaves_at_once_and_that_is_safe_too() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    cloud.faults(&json!({
        "match": {"method": "POST"}, "when": {"nth": 1}, "effect": {"type": "delay", "ms": 60_000},
    }));
    let apply = site.command(&["apply", "--yes"]).spawn().unwrap();
    until("the create", || cloud.effect_count() == 1);
    signal(&apply, "INT");
    std::thread::sleep(std::time::Duration::from_millis(200));
    signal(&apply, "INT");
    let ran = finish(apply);
    assert_eq!(ran.code, 130, "{}", ran.all());
    cloud.control("DELETE", "faults", None);
    site.exits(0, "apply --yes");
    assert_eq!(cloud.creates().values().copied().collect::<Vec<_>>(), [1]);
}
