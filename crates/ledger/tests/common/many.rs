//! A run over as many resources as a fleet has, on record.

use super::{event, finished, holding, key, run, started, time};
use plumb_ledger::Store;
use plumb_model::digest::Digest;
use plumb_model::ledger::{Protections, Provenance, Settlement};
use plumb_model::{Entry, Intent, Record, ResourceKey, body};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

fn entry(number: usize) -> Entry {
    let name = format!("node-{number:06}");
    let sent = body!({
        "apiVersion": "paas.envmgmt.io/v1",
        "kind": "Workspace",
        "metadata": {"name": name, "project": "ml", "labels": {"team": "research"},
            "description": "One of the nodes of the training fleet; see the runbook."},
        "spec": {"variables": [
            {"name": "Contract Term", "value": "12"},
            {"name": "node_os_image", "value": "default-image"},
            {"name": "Infiniband Configuration", "value": "true"}
        ]}
    });
    Entry {
        key: key(&name),
        remote_id: Some(format!("id-{number}").parse().unwrap()),
        provenance: Provenance::Created,
        since: Some(time(0)),
        sent: sent.into(),
        hashes: BTreeMap::new(),
        protections: Protections::default(),
        requires: BTreeSet::from([key("other")]),
    }
}

fn opened(key: &ResourceKey) -> Record {
    Record::IntentOpened(Intent {
        key: key.clone(),
        uid: "uid".into(),
        attempt: 1,
        digest: Digest::of_bytes(b"body"),
        at: time(0),
        deadline: time(600),
        run: run(),
    })
}

/// A run that makes so many things, and then changes each of them once.
pub(crate) fn run_over(count: usize, folder: &Path) {
    let ledger = Store::in_directory(folder).open("ml", &holding()).unwrap();
    ledger.record(vec![started()]).unwrap();
    let all: Vec<Entry> = (0..count).map(entry).collect();
    for some in all.chunks(100) {
        ledger.record(some.iter().map(|entry| opened(&entry.key)).collect()).unwrap();
        let made = some.iter().flat_map(|entry| {
            let key = entry.key.clone();
            let settlement = Settlement::Applied(entry.remote_id.clone());
            let settled = Record::IntentSettled { key, settlement };
            let told = ["started", "made"].map(|what| event(&format!("{}: {what}", entry.key)));
            let applied = [(); 2].map(|()| Record::Applied(Arc::new(entry.clone())));
            told.into_iter().chain([settled]).chain(applied)
        });
        ledger.record(made.collect()).unwrap();
    }
    ledger.record(vec![finished()]).unwrap();
}
