//! `plumb events` and `plumb usage`: what the cloud tells of the past, as tables and as data.

use crate::formats::{schema, valid};
use crate::harness::{Cloud, Site};
use serde_json::json;

#[test]
fn what_happened_and_what_was_used_are_told() {
    let cloud = Cloud::start(&json!({"time_scale": 1}));
    let site = Site::at(&cloud);
    site.exits(0, "events").says(&["Events"]).keeps_quiet_of(&["network"]);
    let network = json!({
        "apiVersion": "paas.envmgmt.io/v1", "kind": "Service",
        "metadata": {"name": "network", "project": "defaultproject"},
        "spec": {"serviceProfile": {"name": "vpc", "systemCatalog": true}},
    });
    let services = "/apis/paas.envmgmt.io/v1/projects/defaultproject/services";
    cloud.asked("POST", services, Some(&network));
    cloud.asked("POST", &format!("{services}/network/publish"), None);
    site.exits(0, "events --since 1h").says(&["network", "defaultproject"]);
    let told = site.exits(0, "events --format json").json();
    valid(&schema("events"), &told, "events");
    let rows = told["providers"][0]["sections"][0]["rows"].as_array().unwrap();
    assert!(!rows.is_empty(), "{told:#}");
    let calls = cloud.calls();
    let used = site.exits(0, "usage --since 30d --format json").json();
    valid(&schema("usage"), &used, "usage");
    let titles = used["providers"][0]["sections"].as_array().unwrap();
    assert_eq!(titles.len(), 2, "{used:#}");
    assert!(cloud.requests(calls).iter().all(|line| line.contains("range_from=")));
    site.exits(1, "events --provider nowhere").says(&["no cloud is called nowhere"]);
    site.exits(0, "events --provider voltage-park").keeps_quiet_of(&["network"]);
}
