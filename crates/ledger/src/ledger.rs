//! The ledger of a stack, opened to write by one run. Where it is kept is the store's business.
//!
//! # Flow
//! An append is queued, lets other tasks go first once, and then whoever comes first writes and
//! syncs the whole queue as one frame: many appends at the same time cost one sync. Where a write
//! takes its time, a thread of its own does that, and whoever waits for it lets others run.
//!
//! # Guarantees
//! An append that answers `Ok` is durable. One that answers an error left nothing behind, unless
//! the ledger is broken from then on, which every later append says.

use crate::error::LedgerError;
use crate::folder::{Folder, Held};
use crate::history::{Past, Run};
use crate::holding::Holding;
use crate::journal::{self, Owner, Writer};
use crate::log::{FolderLog, Log};
use crate::{files, key, reserve};
use plumb_model::digest::HashKey;
use plumb_model::ledger::{Appending, Protections, Provenance, Settlement};
use plumb_model::{Entry, Journal, JournalError, LedgerView, Record, ResourceKey, Veiled, mark};
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

/// Above this size in bytes, opening the ledger turns the journal over.
pub const LARGE: u64 = 4 << 20;

/// So many run events wait for a durable record at most.
const EVENTS_WAITING: usize = 64;

/// A stack's ledger, locked by this run.
#[derive(Debug)]
pub struct Ledger {
    desk: Arc<Desk>,
    /// Who writes, where that is not whoever appends.
    clerk: Option<JoinHandle<()>>,
    /// Let go of last. `None` when whoever opened it keeps others out.
    lock: Option<Box<dyn Held>>,
    /// Who held it and gave no sign of life any more.
    evicted: Option<Holding>,
}

/// What appends go over.
#[derive(Debug)]
struct Desk {
    place: String,
    queue: Mutex<Queue>,
    /// Something was queued for the clerk, or there will be no more.
    bell: Condvar,
    writing: Mutex<Writing>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Queued>,
    closed: bool,
}

/// What one append at a time uses.
#[derive(Debug)]
struct Writing {
    log: Box<dyn Log>,
    view: LedgerView,
}

type Answer = Result<(), Arc<LedgerError>>;
type Slot = Arc<Mutex<Reply>>;

/// What became of an append.
#[derive(Debug, Default)]
struct Reply {
    answer: Option<Answer>,
    /// Who waits for it.
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Queued {
    task: Task,
    slot: Slot,
}

#[derive(Debug)]
enum Task {
    Append(Vec<Record>),
    /// Only be sure that nobody else has come to write.
    Hold,
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
        check_stack(&folder.place(), &contents.view, stack)?;
        let known = key::load(&*folder)?;
        check_key(&folder.place(), contents.key.as_deref(), known.as_ref())?;
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
        let place = folder.place();
        Ok(Self::over(place, Box::new(FolderLog::new(folder, writer)), view))
    }

    /// The ledger whose appends go to a log.
    pub(crate) fn over(place: String, log: Box<dyn Log>, view: LedgerView) -> Self {
        let writing = Mutex::new(Writing { log, view });
        let desk = Desk { place, queue: Mutex::default(), bell: Condvar::new(), writing };
        Self { desk: Arc::new(desk), clerk: None, lock: None, evicted: None }
    }

    /// The same, written by a thread of its own: what is appended meanwhile is written together.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn with_clerk(mut self) -> Result<Self, LedgerError> {
        let desk = self.desk.clone();
        let work = move || {
            while desk.wait() {
                desk.commit();
            }
        };
        let thread = std::thread::Builder::new().name("ledger".to_owned()).spawn(work);
        let thread = thread.map_err(LedgerError::io("start a thread for", &*self.desk.place))?;
        self.clerk = Some(thread);
        Ok(self)
    }

    /// The same, letting go of a lock when it ends.
    pub(crate) fn locked_by(mut self, lock: Box<dyn Held>) -> Self {
        self.lock = Some(lock);
        self
    }

    /// The same, taken over from somebody.
    pub(crate) fn after(mut self, evicted: Option<Holding>) -> Self {
        self.evicted = evicted;
        self
    }

    /// Who held the ledger, was not heard of for too long, and can write no more.
    #[must_use]
    pub fn evicted(&self) -> Option<&Holding> {
        self.evicted.as_ref()
    }

    /// What the ledger knows now.
    #[must_use]
    pub fn view(&self) -> LedgerView {
        guard(&self.desk.writing).view.clone()
    }

    /// All runs that are kept, the newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn history(&self) -> Result<Vec<Run>, LedgerError> {
        let mut past = Past::default();
        self.tell(&mut |record| past.absorb(record))?;
        Ok(past.runs())
    }

    /// Hands on the records that tell of the runs that are kept.
    pub(crate) fn tell(&self, each: &mut dyn FnMut(Record)) -> Result<(), LedgerError> {
        self.desk.commit();
        guard(&self.desk.writing).log.tell(each)
    }

    /// Appends records at once, all or none, and syncs them: [`Journal::append`] for callers that
    /// cannot await.
    ///
    /// # Errors
    /// What the disk says.
    pub fn record(&self, records: Vec<Record>) -> Result<(), Arc<LedgerError>> {
        let slot = self.desk.enqueue(Task::Append(records));
        self.desk.commit();
        answer(&slot).unwrap_or_else(|| Err(Arc::new(self.desk.broken())))
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
        let sent = guard(&self.desk.writing).view.open_intents.get(key).map(|intent| intent.at);
        let Some(since) = sent else {
            return Err(Arc::new(LedgerError::NothingToResolve(key.clone())));
        };
        let adopted = match &settlement {
            Settlement::Applied(id) => Some(Entry {
                key: key.clone(),
                remote_id: id.clone(),
                provenance: Provenance::Created,
                since: Some(since),
                sent: Veiled::default(),
                hashes: BTreeMap::new(),
                protections: Protections::default(),
                requires: BTreeSet::new(),
            }),
            Settlement::NotApplied | Settlement::DeclaredNotCreated => None,
        };
        let settled = Record::IntentSettled { key: key.clone(), settlement };
        let entry = adopted.map(|entry| Record::Applied(Arc::new(entry)));
        self.record(std::iter::once(settled).chain(entry).collect())
    }

    fn appending(&self, task: Task) -> Append<'_> {
        let slot = self.desk.enqueue(task);
        Append { ledger: self, slot, polled: Polled::Never }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        guard(&self.desk.queue).closed = true;
        self.desk.bell.notify_all();
        if let Some(Err(_)) = self.clerk.take().map(JoinHandle::join) {
            tracing::error!("the thread that writes the ledger ended before its time");
        }
        // Only run events can still wait here; nobody was told they were durable.
        self.desk.commit();
        self.lock.take();
    }
}

impl Desk {
    fn enqueue(&self, task: Task) -> Slot {
        let slot = Slot::default();
        guard(&self.queue).waiting.push(Queued { task, slot: slot.clone() });
        slot
    }

    /// Whether records may wait for others. Then they are queued.
    fn may_wait(&self, records: &mut Vec<Record>) -> bool {
        let only_events = records.iter().all(|record| matches!(record, Record::RunEvent { .. }));
        let queue = &mut guard(&self.queue).waiting;
        if !only_events || queue.len() >= EVENTS_WAITING {
            return false;
        }
        if !records.is_empty() {
            let task = Task::Append(std::mem::take(records));
            queue.push(Queued { task, slot: Slot::default() });
        }
        true
    }

    /// Waits for work; whether there will be more.
    fn wait(&self) -> bool {
        let queue = guard(&self.queue);
        let rung = self.bell.wait_while(queue, |queue| {
            let due = |queued: &Queued| guard(&queued.slot).waker.is_some();
            !queue.closed && !queue.waiting.iter().any(due)
        });
        !rung.unwrap_or_else(PoisonError::into_inner).closed
    }

    /// Writes and syncs everything queued, and answers all of it. When this returns, whatever was
    /// queued before has its answer, be it from here or from another task that was faster.
    fn commit(&self) {
        let mut writing = guard(&self.writing);
        let mut group = std::mem::take(&mut guard(&self.queue).waiting);
        writing.refuse_without_room(&mut group);
        writing.refuse_unheld(&mut group);
        if group.is_empty() {
            return;
        }
        let records: Vec<&Record> = group.iter().flat_map(Queued::records).collect();
        let outcome = writing.log.append(&records).map_err(Arc::new);
        if outcome.is_ok() {
            for record in records {
                writing.view.absorb(record);
            }
        }
        for queued in &group {
            queued.answer(outcome.clone());
        }
    }

    fn broken(&self) -> LedgerError {
        LedgerError::Broken { place: self.place.clone() }
    }
}

impl Queued {
    fn records(&self) -> &[Record] {
        match &self.task {
            Task::Append(records) => records,
            Task::Hold => &[],
        }
    }

    fn answer(&self, answer: Answer) {
        let mut reply = guard(&self.slot);
        reply.answer = Some(answer);
        if let Some(waker) = reply.waker.take() {
            waker.wake();
        }
    }
}

impl Writing {
    /// No create without the space to record its outcome: refuses intents while that space cannot
    /// be set aside, and lets everything else go on.
    fn refuse_without_room(&mut self, group: &mut Vec<Queued>) {
        let opens = |queued: &Queued| {
            queued.records().iter().any(|record| matches!(record, Record::IntentOpened(_)))
        };
        if !group.iter().any(opens) {
            return;
        }
        if let Err(error) = self.log.make_room() {
            let error = Arc::new(error);
            for queued in group.extract_if(.., |queued| opens(queued)) {
                queued.answer(Err(error.clone()));
            }
        }
    }

    /// Answers those who only ask whether this run still holds the ledger: an append that is made
    /// beside them says the same.
    fn refuse_unheld(&mut self, group: &mut Vec<Queued>) {
        let asks = |queued: &Queued| matches!(queued.task, Task::Hold);
        if !group.iter().all(asks) || group.is_empty() {
            return;
        }
        let held = self.log.hold().map_err(Arc::new);
        for queued in group.drain(..) {
            queued.answer(held.clone());
        }
    }
}

impl Journal for Ledger {
    fn append(&self, mut records: Vec<Record>) -> Appending<'_> {
        if self.desk.may_wait(&mut records) {
            return Box::pin(std::future::ready(Ok(())));
        }
        Box::pin(self.appending(Task::Append(records)))
    }

    fn hold(&self) -> Appending<'_> {
        if self.lock.as_ref().is_none_or(|lock| lock.is_sure()) {
            return Box::pin(std::future::ready(Ok(())));
        }
        Box::pin(self.appending(Task::Hold))
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

impl Append<'_> {
    /// Has it written: by the clerk, who is told whom to wake, or at once.
    fn have_written(&self, waker: &Waker) -> Option<Answer> {
        let desk = &self.ledger.desk;
        if self.ledger.clerk.is_none() {
            desk.commit();
            return Some(answer(&self.slot).unwrap_or_else(|| Err(Arc::new(desk.broken()))));
        }
        let mut reply = guard(&self.slot);
        if reply.answer.is_none() {
            reply.waker = Some(waker.clone());
        }
        let answer = reply.answer.take();
        drop(reply);
        // Under the queue's lock, so that the clerk does not look away between looking and waiting.
        let _queue = guard(&desk.queue);
        desk.bell.notify_all();
        answer
    }
}

impl Future for Append<'_> {
    type Output = Result<(), JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Polled::Never = self.polled {
            self.polled = Polled::Once;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let written = answer(&self.slot).or_else(|| self.have_written(context.waker()));
        let Some(answer) = written else { return Poll::Pending };
        let place = self.ledger.desk.place.clone();
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
    place: &str,
    written: Option<&str>,
    found: Option<&HashKey>,
) -> Result<(), LedgerError> {
    match (written, found.map(HashKey::id)) {
        (Some(written), Some(found)) if written != found => Err(LedgerError::OtherKey {
            place: place.to_owned(),
            written: written.to_owned(),
            found,
        }),
        _ => Ok(()),
    }
}

pub(crate) fn check_stack(place: &str, view: &LedgerView, wanted: &str) -> Result<(), LedgerError> {
    if view.stack.is_empty() || mark::is_of(&view.stack, wanted) {
        return Ok(());
    }
    Err(LedgerError::OtherStack {
        place: place.to_owned(),
        found: view.stack.clone(),
        wanted: wanted.to_owned(),
    })
}

fn answer(slot: &Slot) -> Option<Answer> {
    guard(slot).answer.take()
}

/// A thread that panicked with the lock held left whole values behind: all writes are single
/// assignments or come last.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
