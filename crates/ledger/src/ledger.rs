//! The ledger of a stack, opened to write by one run. Where it is kept is the store's business.
//!
//! # Flow
//! An append is queued, lets other tasks go first once, and then whoever comes first writes and
//! syncs the whole queue as one frame: many appends at the same time cost one sync.
//!
//! # Guarantees
//! An append that answers `Ok` is durable. One that answers an error left nothing behind, unless
//! the ledger is broken from then on, which every later append says.

use crate::error::LedgerError;
use crate::folder::{Folder, Held};
use crate::history::{self, Run};
use crate::journal::{self, Owner, Writer};
use crate::{files, key, reserve};
use plumb_model::digest::HashKey;
use plumb_model::ledger::{Appending, Protections, Provenance, Settlement};
use plumb_model::{Entry, Journal, JournalError, LedgerView, Record, ResourceKey, Veiled, mark};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
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
    writing: Mutex<Writing>,
    /// Let go of last. `None` when whoever opened it keeps others out.
    lock: Option<Box<dyn Held>>,
}

/// What one append at a time uses.
#[derive(Debug)]
struct Writing {
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
    /// Opens the ledger in any folder, without a lock: whoever calls sees to it that nobody else
    /// writes.
    ///
    /// # Errors
    /// When it is damaged, newer, another stack's, or the disk is full or fails.
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
        let contents = files::load(&*folder)?;
        check_stack(&*folder, &contents.view, stack)?;
        let known = key::load(&*folder)?;
        check_key(&*folder, contents.key.as_deref(), known.as_ref())?;
        let (mut number, mut view) = (contents.newest.max(1), contents.view);
        let written_for = std::mem::replace(&mut view.stack, stack.to_owned());
        if known.is_none() {
            forget_hashes(&mut view);
        }
        let new = if known.is_none() { Some(key::make(&*folder)?) } else { None };
        view.hash_key = known.or_else(|| new.as_ref().map(key::NewKey::key)).unwrap_or_default();
        let mut whole = if let Some(whole) = contents.whole {
            whole
        } else {
            let owner = Owner { stack, key: &view.hash_key };
            journal::create(&*folder, number, owner)?
        };
        let place = folder.place();
        let mut writer = Writer::open(&*folder, number, whole)
            .map_err(LedgerError::io("open", place.as_str()))?;
        reserve::ensure(&*folder)?;
        // A segment is tied to its stack, and to the key of its hashes, from its beginning.
        let tied = written_for == stack && contents.key == Some(view.hash_key.id());
        let untied = contents.newest > 0 && !tied;
        if whole > large || untied {
            (number, whole) = files::turn_over(&*folder, number, &view)?;
            writer =
                Writer::open(&*folder, number, whole).map_err(LedgerError::io("open", place))?;
        }
        if let Some(new) = new {
            new.keep(&*folder)?;
        }
        let writing = Writing { folder: folder.clone(), writer, view, reserve: Reserve::SetAside };
        Ok(Self { folder, queue: Mutex::default(), writing: Mutex::new(writing), lock: None })
    }

    /// The same, letting go of a lock when it ends.
    pub(crate) fn locked_by(mut self, lock: Box<dyn Held>) -> Self {
        self.lock = Some(lock);
        self
    }

    /// What the ledger knows now.
    #[must_use]
    pub fn view(&self) -> LedgerView {
        guard(&self.writing).view.clone()
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
        if !guard(&self.writing).view.open_intents.contains_key(key) {
            return Err(Arc::new(LedgerError::NothingToResolve(key.clone())));
        }
        let adopted = match &settlement {
            Settlement::Applied(id) => Some(Entry {
                key: key.clone(),
                remote_id: id.clone(),
                provenance: Provenance::Created,
                sent: Veiled::default(),
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
        let mut writing = guard(&self.writing);
        let mut group = std::mem::take(&mut *guard(&self.queue));
        writing.refuse_unreserved(&mut group);
        if group.is_empty() {
            return;
        }
        let records: Vec<&Record> = group.iter().flat_map(|queued| &queued.records).collect();
        let outcome = writing.write(&records).map_err(Arc::new);
        if outcome.is_ok() {
            for record in records {
                writing.view.absorb(record);
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

impl Writing {
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

/// Hashes of a key that is lost compare with nothing: without them the secrets count as not
/// recorded, and not as changed.
pub(crate) fn forget_hashes(view: &mut LedgerView) {
    for entry in view.entries.values_mut().filter(|entry| !entry.hashes.is_empty()) {
        Arc::make_mut(entry).hashes.clear();
    }
}

/// A key of another moment than the journal would make every secret look changed.
pub(crate) fn check_key(
    folder: &dyn Folder,
    written: Option<&str>,
    found: Option<&HashKey>,
) -> Result<(), LedgerError> {
    match (written, found.map(HashKey::id)) {
        (Some(written), Some(found)) if written != found => {
            Err(LedgerError::OtherKey { place: folder.place(), written: written.to_owned(), found })
        }
        _ => Ok(()),
    }
}

pub(crate) fn check_stack(
    folder: &dyn Folder,
    view: &LedgerView,
    wanted: &str,
) -> Result<(), LedgerError> {
    if view.stack.is_empty() || mark::is_of(&view.stack, wanted) {
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
