//! What all actions of a run share: the ledger's door, the event stream, what was seen last, and
//! the word to stop.

use crate::engine::{Engine, Events};
use crate::executing::interrupt::{Interrupt, Urgency};
use crate::observing::identity::Bindings;
use crate::observing::observe::Observed;
use crate::observing::poller::{Known, Pollers, Waits};
use plumb_kind::Snapshot;
use plumb_model::compare::{Comparison, Outcome, Series};
use plumb_model::event::Event;
use plumb_model::ledger::{Entry, Intent, LedgerView, Record, RunHead};
use plumb_model::plan::Because;
use plumb_model::{
    ActionId, Desired, FieldRule, Journal, JournalError, LiveObject, Operation, Plan, RemoteId,
    Resource, ResourceKey, RunId, Veiled,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

/// Events kept back for the next durable record, at most.
const HELD_BACK: usize = 512;

/// Nothing further may be sent: the ledger cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Halt;

/// What everything that acts needs: what is known of ids, and where it is recorded, told and
/// stopped.
#[derive(Clone, Copy)]
pub(crate) struct Means<'a> {
    pub(crate) ledger: &'a LedgerView,
    pub(crate) journal: &'a dyn Journal,
    pub(crate) events: Events<'a>,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) head: &'a RunHead,
}

/// A plan, and what it was made from beside the ledger.
#[derive(Clone, Copy)]
pub(crate) struct Planned<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) desired: &'a Desired,
    pub(crate) observed: &'a Observed,
}

/// What a verb has read before it: nothing.
static NOTHING_READ: Snapshot = Snapshot(BTreeMap::new());

/// A run.
pub(crate) struct Run<'r> {
    pub(crate) engine: &'r Engine,
    pub(crate) means: Means<'r>,
    /// What is carried out; a verb that a person uses is none.
    planned: Option<Planned<'r>>,
    /// What other actions of the plan require.
    required: BTreeSet<&'r ActionId>,
    /// Actions that read and build at the same time.
    pub(crate) preparing: Semaphore,
    /// Actions that send at the same time.
    pub(crate) sending: Semaphore,
    pub(crate) pollers: Pollers,
    /// Held by whoever reads a set that others write to, and then replaces it.
    pub(crate) replacing: tokio::sync::Mutex<()>,
    bindings: Known,
    series: Mutex<Series>,
    state: Mutex<State>,
    broken: watch::Sender<bool>,
}

/// The ids that are known.
type Ids = BTreeMap<ResourceKey, RemoteId>;

#[derive(Default)]
struct State {
    /// Shared, so that building a request does not copy it.
    ids: Arc<Ids>,
    /// The newest looks; `None` for what is gone since the run began.
    fresh: BTreeMap<ResourceKey, Option<LiveObject>>,
    /// What answers said that was made, and when: each until it is looked at or acted upon.
    made: BTreeMap<ResourceKey, (Instant, LiveObject)>,
    ledger: LedgerView,
    held_back: Vec<Record>,
    failure: Option<JournalError>,
}

impl<'r> Run<'r> {
    /// A run that carries a plan out.
    pub(crate) fn of_plan(engine: &'r Engine, means: Means<'r>, planned: Planned<'r>) -> Self {
        let live = &planned.observed.live;
        let seen = live.objects.keys().filter_map(|key| Some((key, Engine::id_in(live, key)?)));
        let recorded = means.ledger.entries.values().filter_map(|entry| recorded_id(entry));
        let ids = recorded.chain(seen).map(|(key, id)| (key.clone(), id)).collect();
        let mut bindings = bindings(engine, planned.desired, means.ledger, &ids);
        for action in &planned.plan.actions {
            bindings.expect(&engine.table, &action.key);
        }
        Self::new(engine, means, Some(planned), bindings, ids)
    }

    /// A run of one verb, which knows the ledger alone.
    pub(crate) fn of_verb(engine: &'r Engine, means: Means<'r>) -> Self {
        let recorded = means.ledger.entries.values().filter_map(|entry| recorded_id(entry));
        let ids = recorded.map(|(key, id)| (key.clone(), id)).collect();
        let bindings = bindings(engine, &Desired::default(), means.ledger, &ids);
        Self::new(engine, means, None, bindings, ids)
    }

    fn new(
        engine: &'r Engine,
        means: Means<'r>,
        planned: Option<Planned<'r>>,
        bindings: Bindings,
        ids: Ids,
    ) -> Self {
        let parallelism = engine.settings.parallelism.max(1);
        let bindings = Known::new(bindings);
        let ledger = means.ledger.clone();
        let actions = planned.iter().flat_map(|planned| &planned.plan.actions);
        Self {
            engine,
            means,
            planned,
            required: actions.flat_map(|action| &action.requires).collect(),
            preparing: Semaphore::new(parallelism),
            sending: Semaphore::new(parallelism),
            pollers: Pollers::new(bindings.clone()),
            bindings,
            series: Mutex::default(),
            replacing: tokio::sync::Mutex::default(),
            state: Mutex::new(State { ids: Arc::new(ids), ledger, ..State::default() }),
            broken: watch::Sender::new(false),
        }
    }

    /// What waits for the end of an action.
    pub(crate) fn waits_for(&self, id: &ActionId) -> Waits {
        if self.required.contains(id) { Waits::Something } else { Waits::Nothing }
    }

    /// The declared resource.
    pub(crate) fn resource(&self, key: &ResourceKey) -> Option<&'r Resource> {
        self.planned?.desired.get(key)
    }

    /// What the live world adds to the rules of a resource.
    pub(crate) fn refined(&self, key: &ResourceKey) -> &'r [FieldRule] {
        self.planned.map_or(&[], |planned| planned.observed.live.rules_of(key))
    }

    /// Compares something of a resource, among what was compared under the same rules.
    pub(crate) fn compare(&self, key: &ResourceKey, comparison: &Comparison<'_>) -> Outcome {
        let planned = self.planned.map(|planned| &planned.observed.live.refinements);
        let refinement = planned.and_then(|refinements| refinements.get(key));
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        comparison.run_among(series.under(&key.kind, refinement))
    }

    /// What a declared resource needs.
    pub(crate) fn needs(&self, key: &ResourceKey) -> Option<&'r BTreeSet<ResourceKey>> {
        self.planned?.desired.edges().get(key)
    }

    /// Whether an operation on a resource is planned.
    pub(crate) fn plans(&self, operation: Operation, key: &ResourceKey) -> bool {
        let mut actions = self.planned.iter().flat_map(|planned| planned.plan.actions_on(key));
        actions.any(|action| action.operation == operation)
    }

    /// Whether a resource is to go because its time is over: it stays on record then, so that it is not
    /// made again.
    pub(crate) fn expires(&self, key: &ResourceKey) -> bool {
        let mut actions = self.planned.iter().flat_map(|planned| planned.plan.actions_on(key));
        actions.any(|action| action.because.contains(&Because::Expired))
    }

    /// What was read before.
    pub(crate) fn snapshot(&self) -> &'r Snapshot {
        self.planned.map_or(&NOTHING_READ, |planned| &planned.observed.snapshot)
    }

    /// The run's name.
    pub(crate) fn id(&self) -> &RunId {
        &self.means.head.who.run
    }

    /// Tells an event, and keeps it for the history.
    pub(crate) fn tell(&self, event: Event) {
        let (run, at) = (self.id().clone(), self.engine.clock.now());
        self.state().held_back.push(Record::RunEvent { run, at, event: event.clone() });
        self.show(event);
    }

    /// Tells an event that the history need not know.
    pub(crate) fn show(&self, event: Event) {
        let events: Events<'_> = self.means.events;
        events(event);
    }

    /// Writes records, with the events kept back before them, and waits until they are durable.
    pub(crate) async fn append(&self, records: Vec<Record>) -> Result<(), Halt> {
        if self.is_broken() {
            return Err(Halt);
        }
        // What is kept back says nothing that is not in our view already.
        let mut batch = std::mem::take(&mut self.state().held_back);
        batch.extend_from_slice(&records);
        match self.means.journal.append(batch).await {
            Ok(()) => {
                let mut state = self.state();
                for record in &records {
                    state.ledger.absorb(record);
                }
                Ok(())
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Makes sure that this run still writes the ledger alone, right before something is sent.
    pub(crate) async fn hold(&self) -> Result<(), Halt> {
        self.means.journal.hold().await.map_err(|error| self.fail(error))
    }

    fn fail(&self, error: JournalError) -> Halt {
        tracing::debug!(%error, "the journal cannot be written");
        self.state().failure.get_or_insert(error);
        self.broken.send_replace(true);
        Halt
    }

    /// Writes a record with the next durable one, for what may be lost without harm.
    pub(crate) fn append_later(&self, record: Record) {
        let mut state = self.state();
        state.ledger.absorb(&record);
        state.held_back.push(record);
    }

    /// Writes kept back events when there are many.
    pub(crate) async fn relieve(&self) -> Result<(), Halt> {
        let crowded = self.state().held_back.len() >= HELD_BACK;
        if crowded { self.append(Vec::new()).await } else { Ok(()) }
    }

    /// What the ledger has of a resource now.
    pub(crate) fn entry(&self, key: &ResourceKey) -> Option<Entry> {
        self.state().ledger.entries.get(key).map(|entry| (**entry).clone())
    }

    /// What updates of a resource set that are not known to be complete.
    pub(crate) fn attempted(&self, key: &ResourceKey) -> Option<Veiled> {
        self.state().ledger.attempted.get(key).cloned()
    }

    /// A create of a resource that is in doubt.
    pub(crate) fn open_intent(&self, key: &ResourceKey) -> Option<Intent> {
        self.state().ledger.open_intents.get(key).cloned()
    }

    /// The newest look at an object, in this run or before it.
    pub(crate) fn freshest(&self, key: &ResourceKey) -> Option<LiveObject> {
        let fresh = self.state().fresh.get(key).cloned();
        fresh.unwrap_or_else(|| self.planned?.observed.live.present(key).cloned())
    }

    /// Remembers a look at an object.
    pub(crate) fn remember(&self, object: &LiveObject) {
        let mut state = self.state();
        if let Some(id) = &object.remote_id
            && state.ids.get(&object.key) != Some(id)
        {
            Arc::make_mut(&mut state.ids).insert(object.key.clone(), id.clone());
            self.bindings.change(|known| known.bind(&self.engine.table, &object.key, id));
        }
        state.fresh.insert(object.key.clone(), Some(object.clone()));
    }

    /// Remembers what an answer says that was made.
    pub(crate) fn remember_made(&self, object: LiveObject) {
        self.state().made.insert(object.key.clone(), (Instant::now(), object));
    }

    /// What an answer that is no older than `age` says that was made, once.
    pub(crate) fn take_made(&self, key: &ResourceKey, age: Duration) -> Option<LiveObject> {
        let (at, object) = self.state().made.remove(key)?;
        (at.elapsed() <= age).then_some(object)
    }

    /// Remembers the id of an object.
    pub(crate) fn remember_id(&self, key: &ResourceKey, id: RemoteId) {
        self.bindings.change(|known| known.bind(&self.engine.table, key, &id));
        Arc::make_mut(&mut self.state().ids).insert(key.clone(), id);
    }

    /// Remembers that something was made: a list is to show it.
    pub(crate) fn made(&self, key: &ResourceKey) {
        self.bindings.change(|known| known.made(key));
    }

    /// Forgets what was seen of an object that is gone.
    pub(crate) fn forget(&self, key: &ResourceKey) {
        let mut state = self.state();
        Arc::make_mut(&mut state.ids).remove(key);
        self.bindings.change(|known| known.release(key));
        state.fresh.insert(key.clone(), None);
    }

    /// What is known of identities now.
    pub(crate) fn bindings(&self) -> Arc<Bindings> {
        self.bindings.get()
    }

    /// The id of an object, newest first.
    pub(crate) fn remote_id(&self, key: &ResourceKey) -> Option<RemoteId> {
        self.state().ids.get(key).cloned()
    }

    /// All ids that are known.
    pub(crate) fn ids(&self) -> Arc<Ids> {
        self.state().ids.clone()
    }

    /// Whether nothing new may be started.
    pub(crate) fn is_stopping(&self) -> bool {
        self.is_broken() || self.means.interrupt.urgency() > Urgency::None
    }

    /// Whether the ledger cannot be written any more.
    pub(crate) fn is_broken(&self) -> bool {
        *self.broken.borrow()
    }

    /// Ends when nothing new may be started.
    pub(crate) async fn stopping(&self) {
        let mut broken = self.broken.subscribe();
        tokio::select! {
            biased;
            () = self.means.interrupt.reached(Urgency::Graceful) => {}
            // An error cannot be: the sender is ours.
            _ = broken.wait_for(|broken| *broken) => {}
        }
    }

    /// The error that broke the journal.
    pub(crate) fn take_failure(&self) -> Option<JournalError> {
        self.state().failure.take()
    }

    /// Milliseconds since a moment.
    pub(crate) fn milliseconds_since(started: Instant) -> u64 {
        u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn recorded_id(entry: &Entry) -> Option<(&ResourceKey, RemoteId)> {
    Some((&entry.key, entry.remote_id.clone()?))
}

fn bindings(engine: &Engine, desired: &Desired, ledger: &LedgerView, ids: &Ids) -> Bindings {
    let mut bindings = Bindings::new(&engine.table, desired, ledger);
    for (key, id) in ids {
        bindings.bind(&engine.table, key, id);
    }
    bindings
}
