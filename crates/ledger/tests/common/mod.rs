//! What the tests of the ledger share: records, and a way to wait for an append.

#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod many;

use jiff::Timestamp;
use plumb_ledger::Holding;
use plumb_model::digest::Digest;
use plumb_model::event::{Event, RunOutcome};
use plumb_model::ledger::{Protections, Provenance, RunHead};
use plumb_model::{Entry, Holder, Intent, KindId, Record, ResourceKey, RunId, Scope};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

pub(crate) fn key(name: &str) -> ResourceKey {
    ResourceKey::new(
        KindId::new("paas.envmgmt.io", "Workspace"),
        Scope::Project("ml".into()),
        name.into(),
    )
}

pub(crate) fn applied(name: &str) -> Record {
    applied_with(name, 0)
}

/// An entry whose record is at least so many bytes long.
pub(crate) fn applied_with(name: &str, bytes: usize) -> Record {
    Record::Applied(Arc::new(Entry {
        key: key(name),
        remote_id: Some("id-1".parse().unwrap()),
        provenance: Provenance::Created,
        since: None,
        sent: plumb_model::body!({"spec": {"size": 0.1, "filling": ("x".repeat(bytes))}}).into(),
        hashes: BTreeMap::from([("spec.password".parse().unwrap(), "abc".into())]),
        protections: Protections::default(),
        requires: BTreeSet::from([key("other")]),
    }))
}

pub(crate) fn run() -> RunId {
    RunId("20260101T000000-abcd".into())
}

pub(crate) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn intent(name: &str) -> Record {
    Record::IntentOpened(Intent {
        key: key(name),
        uid: "uid".into(),
        attempt: 1,
        digest: Digest::of_bytes(b"body"),
        at: time(0),
        deadline: time(600),
        run: run(),
    })
}

pub(crate) fn started() -> Record {
    Record::RunStarted(RunHead {
        who: who(),
        at: time(0),
        command: "apply".into(),
        commit: None,
        plan: None,
        number: 1,
    })
}

pub(crate) fn event(message: &str) -> Record {
    let event = Event::Warned { key: None, message: message.into() };
    Record::RunEvent { run: run(), at: time(1), event }
}

pub(crate) fn finished() -> Record {
    Record::RunFinished { run: run(), at: time(2), outcome: RunOutcome::Done }
}

fn who() -> Holder {
    let url = Some("https://ci.example/runs/7".into());
    Holder { user: "ann".into(), host: "ci-7".into(), run: run(), url }
}

pub(crate) fn holding() -> Holding {
    Holding { who: who(), pid: 42, command: "apply".into(), since: time(0) }
}

/// Polls a future that needs nothing but to be polled again.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    for _ in 0..100 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
    panic!("never ready");
}

/// Waits for an append that a thread of the ledger's own writes.
pub(crate) fn wait_long(append: plumb_model::ledger::Appending<'_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(append).unwrap();
}
