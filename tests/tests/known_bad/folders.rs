//! The known-bad reconcilers that go wrong where the ledger is kept: what stands between the ledger
//! and the disk does what the ledger never would.

use plumb_ledger::Ledger;
use plumb_ledger::folder::Held;
use plumb_ledger::frame::{self, Next};
use plumb_ledger::{Folder, Holding, LedgerError, LogFile, Unlocked};
use plumb_model::ledger::{Protections, Provenance, Settlement};
use plumb_model::{Entry, KindId, Record, RemoteId, ResourceKey, Scope, Veiled};
use plumb_tests::cloud::Cloud;
use plumb_tests::simulated::Seen as _;
use plumb_tests::trial::Seams;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A record counts as durable before it is.
    NoSync,
    /// A create is settled before it is sent.
    RecordBeforeSend,
    /// Files are written in place.
    NonAtomicWrite,
    /// The lock ends only when the program panics.
    UnlockOnlyOnPanic,
}

/// Answers that a record is durable before it is.
pub(crate) fn not_syncing() -> Seams {
    Seams { folder: |disk, _| spoiled(disk, Wrong::NoSync), ..Seams::default() }
}

/// Settles a create in the ledger before it is sent.
pub(crate) fn recording_before_sending() -> Seams {
    Seams { folder: |disk, _| spoiled(disk, Wrong::RecordBeforeSend), ..Seams::default() }
}

/// Deletes whatever carries the stack's mark: the mark is taken for proof that we made it.
pub(crate) fn deleting_on_a_mark() -> Seams {
    Seams { folder: believing_marks, ..Seams::default() }
}

/// A folder in which this goes wrong.
pub(crate) fn spoiled(folder: Arc<dyn Folder>, wrong: Wrong) -> Arc<dyn Folder> {
    Arc::new(Spoiled { folder, wrong })
}

#[derive(Debug)]
struct Spoiled {
    folder: Arc<dyn Folder>,
    wrong: Wrong,
}

impl Spoiled {
    /// The file in whose place another is written first.
    fn in_place<'n>(&self, beside: &'n str) -> Option<&'n str> {
        beside.strip_suffix(".new").filter(|_| self.wrong == Wrong::NonAtomicWrite)
    }
}

impl Folder for Spoiled {
    fn place(&self) -> String {
        self.folder.place()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.folder.list()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.folder.read(name)
    }

    fn length(&self, name: &str) -> io::Result<u64> {
        self.folder.length(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.folder.write(self.in_place(name).unwrap_or(name), bytes)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        if self.in_place(from) == Some(to) { Ok(()) } else { self.folder.rename(from, to) }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.folder.remove(name)
    }

    fn sync(&self) -> io::Result<()> {
        self.folder.sync()
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(SpoiledLog { log: self.folder.open(name)?, wrong: self.wrong }))
    }

    fn prepare(&self) -> io::Result<()> {
        self.folder.prepare()
    }

    fn lock(&self, holding: &Holding) -> Result<Box<dyn Held>, LedgerError> {
        let held = self.folder.lock(holding)?;
        match self.wrong {
            Wrong::UnlockOnlyOnPanic => Ok(Box::new(Kept(Some(held)))),
            _ => Ok(held),
        }
    }

    fn unlock(&self) -> Result<Unlocked, LedgerError> {
        self.folder.unlock()
    }

    fn is_open_to_others(&self, name: &str) -> io::Result<bool> {
        self.folder.is_open_to_others(name)
    }

    fn random(&self, count: usize) -> io::Result<Vec<u8>> {
        self.folder.random(count)
    }
}

/// A lock that whoever ends in any other way than by a panic keeps.
#[derive(Debug)]
struct Kept(Option<Box<dyn Held>>);

impl Held for Kept {}

impl Drop for Kept {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::mem::forget(self.0.take());
        }
    }
}

#[derive(Debug)]
struct SpoiledLog {
    log: Box<dyn LogFile>,
    wrong: Wrong,
}

impl LogFile for SpoiledLog {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.log.append(bytes)?;
        match (self.wrong, settled(bytes)) {
            (Wrong::RecordBeforeSend, records) if !records.is_empty() => {
                let payload = serde_json::to_vec(&records).unwrap();
                self.log.append(&frame::encode(&payload).unwrap())
            }
            _ => Ok(()),
        }
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.log.truncate(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.wrong == Wrong::NoSync { Ok(()) } else { self.log.sync() }
    }
}

/// What says that the creates which a frame announces were made.
fn settled(bytes: &[u8]) -> Vec<Record> {
    let Next::Frame { payload, .. } = frame::next(bytes, 0) else { return Vec::new() };
    let records: Vec<Record> = serde_json::from_slice(payload).unwrap_or_default();
    let opened = records.into_iter().filter_map(|record| match record {
        Record::IntentOpened(intent) => Some(intent.key),
        _ => None,
    });
    opened
        .flat_map(|key| {
            let settlement = Settlement::Applied(None);
            [Record::IntentSettled { key: key.clone(), settlement }, made(key, None)]
        })
        .collect()
}

/// What says that something is ours, and that we made it.
fn made(key: ResourceKey, remote_id: Option<RemoteId>) -> Record {
    Record::Applied(Arc::new(Entry {
        key,
        remote_id,
        provenance: Provenance::Created,
        since: None,
        sent: Veiled::default(),
        hashes: BTreeMap::new(),
        protections: Protections::default(),
        requires: BTreeSet::new(),
    }))
}

/// Takes every machine on record that carries the mark.
fn believing_marks(folder: Arc<dyn Folder>, cloud: &Cloud) -> Arc<dyn Folder> {
    let ledger = Ledger::open_in(folder.clone(), "trial").unwrap();
    let known = ledger.view();
    let is_known =
        |id: &RemoteId| known.entries.values().any(|it| it.remote_id.as_ref() == Some(id));
    let world = cloud.world();
    let machines = world.park().machines.live().map(|machine| &machine.record);
    let marked = machines.filter(|it| it.tags.iter().any(|tag| tag == "plumb.dev/stack=trial"));
    let records = marked.filter_map(|record| {
        let id: RemoteId = record.id.parse().unwrap();
        let kind = KindId::new("voltagepark.com", "VirtualMachine");
        let key = ResourceKey::new(kind, Scope::Global, record.name.clone());
        (!is_known(&id)).then(|| made(key, Some(id)))
    });
    ledger.record(records.collect()).unwrap();
    drop(ledger);
    folder
}
