//! Workloads in worlds where somebody else meddles: takes our names, copies our marks, comes and
//! goes between two pages, refuses our key. And a first and a second commit of a repository.

use super::{BARE_METAL, KEPT, VIRTUAL_MACHINE, rented};
use crate::cloud::merge;
use crate::trial::workload::Workload;
use plumb_model::Policy;
use plumb_model::policy::Prune;
use plumb_sandbox::faults::CallFate;
use plumb_sandbox::{Edit, FaultEffect, FaultMatch, FaultRule, FaultTiming};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// So many times a list is read before somebody removes what is in the way.
const WHILE: u64 = 12;
/// Runs that what is in the way may cost.
const SLACK: u32 = 12;
/// The keys on a page (VP-22).
const PAGE: u64 = 150;
/// The list of keys.
const KEYS: &str = "*/organization/ssh-keys";

/// As [`super::kept`], but just before the volume is made, somebody makes one of its name, and
/// removes it a while later. The server refuses the name with 409.
///
/// # Errors
/// When it cannot be read.
pub fn taken() -> Result<Workload, String> {
    let conflict = json!({"voltage-park": {"knobs": {"dup_name_code": "409"}}});
    let mut taken = super::kept()?.in_world("taken", &conflict)?;
    let volume = json!({"kind": "voltage-park/storage", "name": "shared-data", "size_in_gb": 50});
    let object = "voltage-park/storage/shared-data".to_owned();
    taken.world.faults_mut().extend(vec![
        before("POST", "*/storage/", 1, edit(Edit::Create { object: volume })),
        before("GET", "*/storage/", WHILE, edit(Edit::Delete { object })),
    ]);
    taken.slack = SLACK;
    Ok(taken)
}

/// As [`super::two_machines`] with prune on, beside a machine that carries our stack's mark with a
/// uid nobody knows, until the person who copied the mark removes it.
///
/// # Errors
/// When it cannot be read.
pub fn marked() -> Result<Workload, String> {
    let tags = ["plumb.dev/stack=trial", "plumb.dev/uid=00000000000000000000000000000000"];
    let machine = json!({"id": foreign(0), "name": "old-train", "tags": tags});
    let mut config = rented();
    merge(&mut config, &json!({"voltage-park": {"seeded": {"virtual_machines": [machine]}}}));
    let machines = format!("{VIRTUAL_MACHINE}{BARE_METAL}");
    let mut marked = Workload::new("marked", config, &machines, &["hunter2-canary-1"])?;
    let object = format!("voltage-park/virtual-machines/{}", foreign(0));
    let removal = before("GET", "*/virtual-machines/", WHILE, edit(Edit::Delete { object }));
    marked.world.faults_mut().extend(vec![removal]);
    marked.policy = Policy { prune: Prune::On, ..Policy::default() };
    marked.slack = SLACK;
    Ok(marked)
}

/// As [`super::kept`], where somebody else has as many keys as a page holds: ours is alone on the
/// second page of its list.
///
/// # Errors
/// When it cannot be read.
pub fn crowded() -> Result<Workload, String> {
    let key = |number| json!({"id": foreign(number), "name": format!("key-{number:03}")});
    let keys: Vec<Value> = (0..PAGE).map(key).collect();
    let mut config = rented();
    let crowd = json!({
        "voltage-park": {"knobs": {"list_order": "oldest_first"}, "seeded": {"ssh_keys": keys}},
    });
    merge(&mut config, &crowd);
    Workload::new("crowded", config, KEPT, &[])
}

/// The commit after [`crowded`] and [`super::kept`]: the key is not declared any more.
///
/// # Errors
/// When it cannot be read.
pub fn without_key() -> Result<Workload, String> {
    Workload::new("without key", rented(), VOLUME, &[])
}

/// The owner of a key on the first page of [`crowded`] removes it just before the second page is
/// read for the first time.
#[must_use]
pub fn somebody_leaves() -> FaultRule {
    let object = format!("voltage-park/ssh-keys/{}", foreign(0));
    before("GET", KEYS, 2, edit(Edit::Delete { object }))
}

/// The list of keys answers 401, for as long as a run reads it.
#[must_use]
pub fn keys_refused() -> FaultRule {
    let (headers, call) = (BTreeMap::new(), CallFate::Skipped);
    let refused = FaultEffect::Respond { status: 401, headers, body: None, call };
    let rule = before("GET", KEYS, 1, refused);
    FaultRule { when: FaultTiming { count: Some(9), every: Some(1), ..rule.when }, ..rule }
}

/// The id of somebody else's object.
fn foreign(number: u64) -> String {
    format!("dec0dec0-0000-4000-8000-{number:012}")
}

fn edit(edit: Edit) -> FaultEffect {
    FaultEffect::Edit { edit }
}

/// Something that happens at the `nth` call of a method to a path.
fn before(method: &str, path: &str, nth: u64, effect: FaultEffect) -> FaultRule {
    FaultRule {
        name: format!("{method} {path} number {nth}"),
        matches: FaultMatch {
            method: Some(method.to_owned()),
            path: Some(path.to_owned()),
            operation: None,
        },
        when: FaultTiming { nth: Some(nth), ..FaultTiming::default() },
        effect,
    }
}

const VOLUME: &str = "
apiVersion: voltagepark.com/v1
kind: StorageVolume
metadata: {name: shared-data}
spec:
  size_in_gb: 100
";
