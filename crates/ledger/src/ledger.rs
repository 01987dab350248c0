//! The ledger of a stack, opened to write by one run or read by anyone.
//!
//! # Flow
//! An append is queued, lets other tasks go first once, and then whoever comes first writes and
//! syncs the whole queue as one frame: many appends at the same time cost one sync.
//!
//! # Guarantees
//! An append that answers `Ok` is durable. One that answers an error left nothing behind, unless
//! the ledger is broken from then on, which every later append says.

use crate::error::LedgerError;
use crate::folder::{DiskFolder, Folder};
use crate::history::{self, Run};
use crate::journal::{self, Writer};
use crate::lock::{Holder, Lock};
use crate::{key, reserve, store};
use plumb_model::ledger::{Appending, Protections, Provenance, Settlement};
use plumb_model::{Entry, Journal, JournalError, LedgerView, Record, ResourceKey};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

/// Above this size in bytes, opening the ledger turns the journal over.
pub const LARGE: u64 = 4 << 20;

/// So many run events wait for a durable record at most.
const EVENTS_WAITING: usize = 64;

/// A stack's ledger, locked by this run.
#[derive(Debug)]
pub struct Ledger {
    folder: Arc<dyn Folder>,
    queue: Mutex<Vec<Queued>>,
    store: Mutex<Store>,
    /// Let go of last. `None` when whoever opened it keeps others out.
    lock: Option<Lock>,
}

#[derive(Debug)]
struct Store {
    folder: Arc<dyn Folder>,
    writer: Writer,
    view: LedgerView,
    reserve: Reserve,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reserve {
    SetAside,
    /// Given back to a full disk: no create may be sent before it is set aside again.
    Released,
}

type Answer = Result<(), Arc<LedgerError>>;
type Slot = Arc<Mutex<Option<Answer>>>;

#[derive(Debug)]
struct Queued {
    records: Vec<Record>,
    slot: Slot,
}

impl Ledger {
    /// Opens the ledger in a folder to write, making the folder if need be.
    ///
    /// # Errors
    /// [`LedgerError::Held`] when another run has it; when it is damaged, newer, another stack's,
    /// or the disk is full or fails.
    pub fn open(directory: &Path, stack: &str, holder: &Holder) -> Result<Self, LedgerError> {
        let place = directory.display().to_string();
        let folder = DiskFolder::create(directory).map_err(LedgerError::io("make", place))?;
        let lock = Lock::acquire(directory, holder)?;
        let mut ledger = Self::open_in(Arc::new(folder), stack)?;
        ledger.lock = Some(lock);
        Ok(ledger)
    }

    /// Opens the ledger in any folder, without a lock: whoever calls sees to it that nobody else
    /// writes.
    ///
    /// # Errors
    /// As [`Ledger::open`], but for the lock.
    pub fn open_in(folder: Arc<dyn Folder>, stack: &str) -> Result<Self, LedgerError> {
        Self::open_turning(folder, stack, LARGE)
    }

    /// [`Ledger::open_in`], turning the journal over above `large` bytes.
    ///
    /// # Errors
    /// As [`Ledger::open_in`].
    pub fn open_turning(
        folder: Arc<dyn Folder>,
        stack: &str,
        large: u64,
    ) -> Result<Self, LedgerError> {
        let contents = store::load(&*folder)?;
        check_stack(&*folder, &contents.view, stack)?;
        let (mut number, mut view) = (contents.newest.max(1), contents.view);
        stack.clone_into(&mut view.stack);
        let mut whole = match contents.whole {
            Some(whole) => whole,
            None => journal::create(&*folder, number, stack)?,
        };
        let place = folder.place();
        let mut writer = Writer::open(&*folder, number, whole)
            .map_err(LedgerError::io("open", place.as_str()))?;
        let known = key::load(&*folder)?;
        let stale = known.is_none() && forget_hashes(&mut view);
        view.hash_key = known.map_or_else(|| key::create(&*folder), Ok)?;
        reserve::ensure(&*folder)?;
        if whole > large || stale {
            (number, whole) = store::turn_over(&*folder, number, &view)?;
            writer =
                Writer::open(&*folder, number, whole).map_err(LedgerError::io("open", place))?;
        }
        let store = Store { folder: folder.clone(), writer, view, reserve: Reserve::SetAside };
        Ok(Self { folder, queue: Mutex::default(), store: Mutex::new(store), lock: None })
    }

    /// What the ledger knows now.
    #[must_use]
    pub fn view(&self) -> LedgerView {
        guard(&self.store).view.clone()
    }

    /// All runs that are kept, the newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn history(&self) -> Result<Vec<Run>, LedgerError> {
        self.commit();
        history::read(&*self.folder)
    }

    /// Appends records at once, all or none, and syncs them: [`Journal::append`] for callers that
    /// cannot await.
    ///
    /// # Errors
    /// What the disk says.
    pub fn record(&self, records: Vec<Record>) -> Result<(), Arc<LedgerError>> {
        let slot = self.enqueue(records);
        self.commit();
        answer(&slot).unwrap_or_else(|| Err(Arc::new(self.broken())))
    }

    /// Settles an open create by a person's word. One that was made becomes an entry with its id,
    /// so that it is known to be ours; what was sent is not known any more, so that nothing counts
    /// as removed.
    ///
    /// # Errors
    /// [`LedgerError::NothingToResolve`] when the resource has no open create; what the disk says.
    pub fn resolve(
        &self,
        key: &ResourceKey,
        settlement: Settlement,
    ) -> Result<(), Arc<LedgerError>> {
        if !guard(&self.store).view.open_intents.contains_key(key) {
            return Err(Arc::new(LedgerError::NothingToResolve(key.clone())));
        }
        let adopted = match &settlement {
            Settlement::Applied(id) => Some(Entry {
                key: key.clone(),
                remote_id: id.clone(),
                provenance: Provenance::Created,
                sent: Value::Null,
                hashes: BTreeMap::new(),
                protections: Protections::default(),
                requires: BTreeSet::new(),
            }),
            Settlement::NotApplied | Settlement::DeclaredNotCreated => None,
        };
        let settled = Record::IntentSettled { key: key.clone(), settlement };
        let entry = adopted.map(|entry| Record::Applied(Box::new(entry)));
        self.record(std::iter::once(settled).chain(entry).collect())
    }

    fn enqueue(&self, records: Vec<Record>) -> Slot {
        let slot = Slot::default();
        guard(&self.queue).push(Queued { records, slot: slot.clone() });
        slot
    }

    /// Whether records may wait for others. Then they are queued.
    fn may_wait(&self, records: &mut Vec<Record>) -> bool {
        let only_events = records.iter().all(|record| matches!(record, Record::RunEvent { .. }));
        let mut queue = guard(&self.queue);
        if !only_events || queue.len() >= EVENTS_WAITING {
            return false;
        }
        if !records.is_empty() {
            queue.push(Queued { records: std::mem::take(records), slot: Slot::default() });
        }
        true
    }

    /// Writes and syncs everything queued, and answers all of it. When this returns, whatever was
    /// queued before has its answer, be it from here or from another task that was faster.
    fn commit(&self) {
        let mut store = guard(&self.store);
        let mut group = std::mem::take(&mut *guard(&self.queue));
        store.refuse_unreserved(&mut group);
        if group.is_empty() {
            return;
        }
        let records: Vec<&Record> = group.iter().flat_map(|queued| &queued.records).collect();
        let outcome = store.write(&records).map_err(Arc::new);
        if outcome.is_ok() {
            for record in records {
                store.view.absorb(record);
            }
        }
        for queued in &group {
            *guard(&queued.slot) = Some(outcome.clone());
        }
    }

    fn broken(&self) -> LedgerError {
        LedgerError::Broken { place: self.folder.place() }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // Only run events can still wait here; nobody was told they were durable.
        self.commit();
        self.lock.take();
    }
}

impl Store {
    /// No create without the space to record its outcome: refuses intents while that space cannot
    /// be set aside again, and lets everything else go on.
    fn refuse_unreserved(&mut self, group: &mut Vec<Queued>) {
        let opens = |queued: &Queued| {
            queued.records.iter().any(|record| matches!(record, Record::IntentOpened(_)))
        };
        if self.reserve == Reserve::SetAside || !group.iter().any(opens) {
            return;
        }
        match reserve::ensure(&*self.folder) {
            Ok(()) => self.reserve = Reserve::SetAside,
            Err(error) => {
                let error = Arc::new(error);
                for queued in group.extract_if(.., |queued| opens(queued)) {
                    *guard(&queued.slot) = Some(Err(error.clone()));
                }
            }
        }
    }

    /// Writes one frame. A failure is tried once more: on a full disk in the space set aside for
    /// it, else because a disk may fail once.
    fn write(&mut self, records: &[&Record]) -> Result<(), LedgerError> {
        let place = self.folder.place();
        if self.writer.is_broken() {
            return Err(LedgerError::Broken { place });
        }
        let frame = journal::framed(&records).map_err(LedgerError::io("encode", place.as_str()))?;
        let Err(first) = self.writer.append(&frame) else { return Ok(()) };
        if self.writer.is_broken() {
            return Err(LedgerError::io("write", place)(first));
        }
        if matches!(first.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            reserve::release(&*self.folder);
            self.reserve = Reserve::Released;
        }
        tracing::warn!(error = %first, "an append failed and is tried once more");
        self.writer.append(&frame).map_err(LedgerError::io("write", place))
    }
}

impl Journal for Ledger {
    fn append(&self, mut records: Vec<Record>) -> Appending<'_> {
        if self.may_wait(&mut records) {
            return Box::pin(std::future::ready(Ok(())));
        }
        Box::pin(Append { ledger: self, slot: self.enqueue(records), polled: Polled::Never })
    }
}

/// An append under way.
struct Append<'l> {
    ledger: &'l Ledger,
    slot: Slot,
    polled: Polled,
}

enum Polled {
    Never,
    /// Every other task that was ready has had its turn to append too.
    Once,
}

impl Future for Append<'_> {
    type Output = Result<(), JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Polled::Never = self.polled {
            self.polled = Polled::Once;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if guard(&self.slot).is_none() {
            self.ledger.commit();
        }
        let answer = answer(&self.slot).unwrap_or_else(|| Err(Arc::new(self.ledger.broken())));
        let place = self.ledger.folder.place();
        Poll::Ready(answer.map_err(|source| JournalError { place, source: source.into() }))
    }
}

/// A ledger read without its lock: nothing is written, and a run that writes meanwhile is not
/// disturbed.
#[derive(Debug)]
pub struct LedgerReader {
    folder: DiskFolder,
    view: LedgerView,
}

impl LedgerReader {
    /// Reads the ledger in a folder; one that does not exist is empty.
    ///
    /// # Errors
    /// When it is damaged, newer, another stack's, or cannot be read.
    pub fn read(directory: &Path, stack: &str) -> Result<Self, LedgerError> {
        /// A run that turns the journal over between two looks makes files go away.
        const TRIES: u32 = 3;
        let folder = DiskFolder::at(directory);
        let mut view = view_of(&folder);
        for _ in 1..TRIES {
            if view.is_ok() {
                break;
            }
            view = view_of(&folder);
        }
        let mut view = view?;
        check_stack(&folder, &view, stack)?;
        stack.clone_into(&mut view.stack);
        Ok(Self { folder, view })
    }

    /// What the ledger knows.
    #[must_use]
    pub fn view(&self) -> &LedgerView {
        &self.view
    }

    /// All runs that are kept, the newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn history(&self) -> Result<Vec<Run>, LedgerError> {
        history::read(&self.folder)
    }
}

fn view_of(folder: &DiskFolder) -> Result<LedgerView, LedgerError> {
    let mut view = store::load(folder)?.view;
    let key = key::load(folder)?;
    if key.is_none() {
        forget_hashes(&mut view);
    }
    view.hash_key = key.unwrap_or_default();
    Ok(view)
}

/// Hashes of a key that is lost compare with nothing: without them the secrets count as not
/// recorded, and not as changed. Answers whether there were any.
fn forget_hashes(view: &mut LedgerView) -> bool {
    let mut any = false;
    for entry in view.entries.values_mut() {
        any |= !entry.hashes.is_empty();
        entry.hashes.clear();
    }
    any
}

fn check_stack(folder: &dyn Folder, view: &LedgerView, wanted: &str) -> Result<(), LedgerError> {
    if view.stack.is_empty() || view.stack == wanted {
        return Ok(());
    }
    Err(LedgerError::OtherStack {
        place: folder.place(),
        found: view.stack.clone(),
        wanted: wanted.to_owned(),
    })
}

fn answer(slot: &Slot) -> Option<Answer> {
    guard(slot).take()
}

/// A thread that panicked with the lock held left whole values behind: all writes are single
/// assignments or come last.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
