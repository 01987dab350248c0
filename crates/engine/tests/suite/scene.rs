//! What every test needs: an engine on the cloud, a journal in memory, manifests, the steps of a
//! run, and plans put together by hand where a test is about one action.

use crate::cloud::Cloud;
use crate::cloud::kinds::{GROUP, Toy};
use plumb_engine::{Accounts, Clock, Engine, EngineError, Interrupt, Observed, Settings, Settled};
use plumb_kind::{Provider, Registry};
use plumb_model::digest::HashKey;
use plumb_model::event::{ActionOutcome, Failure, SkipReason};
use plumb_model::ledger::{Appending, Entry, LedgerView, Protections, Provenance, Record, RunHead};
use plumb_model::plan::{Because, Precondition};
use plumb_model::resource::Origin;
use plumb_model::{
    Action, ActionId, Body, Desired, Event, Holder, Journal, JournalError, KindId, KindTable,
    Operation, Phase, Plan, Policy, RemoteId, Report, Resource, ResourceKey, RunId, Scope, Secret,
    Span, Wishes, body,
};
use plumb_reconcile::{Ground, Planned};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

pub(crate) const STACK: &str = "fleet";

/// Tells the world's time.
pub(crate) struct WorldClock(Instant);

impl Clock for WorldClock {
    fn now(&self) -> jiff::Timestamp {
        let beginning: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        beginning.checked_add(self.0.elapsed()).unwrap()
    }
}

/// A journal in memory.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) records: Mutex<Vec<Record>>,
    /// Appends that still work; `None` for all.
    pub(crate) room: Mutex<Option<usize>>,
    pub(crate) takes: Duration,
    /// The append that fails, counted from 1, although there is room.
    pub(crate) hiccup: Mutex<Option<usize>>,
}

impl Journal for Memory {
    fn append(&self, records: Vec<Record>) -> Appending<'_> {
        Box::pin(async move {
            tokio::time::sleep(self.takes).await;
            if let Some(left) = self.hiccup.lock().unwrap().as_mut() {
                *left = left.wrapping_sub(1);
                if *left == 0 {
                    let source = "input/output error".into();
                    return Err(JournalError { place: "memory".into(), source });
                }
            }
            if let Some(room) = self.room.lock().unwrap().as_mut() {
                if *room == 0 {
                    let source = "no space left on device".into();
                    return Err(JournalError { place: "memory".into(), source });
                }
                *room -= 1;
            }
            self.records.lock().unwrap().extend(records);
            Ok(())
        })
    }
}

impl Memory {
    pub(crate) fn view(&self) -> LedgerView {
        let mut view = LedgerView {
            stack: STACK.into(),
            hash_key: HashKey::new(vec![7; 32]),
            ..LedgerView::default()
        };
        for record in self.records.lock().unwrap().iter() {
            view.absorb(record);
        }
        view
    }
}

/// An engine on a cloud, with a journal.
pub(crate) struct Scene {
    pub(crate) cloud: Cloud,
    pub(crate) engine: Engine,
    pub(crate) journal: Memory,
    pub(crate) events: Mutex<Vec<Event>>,
    pub(crate) interrupt: Interrupt,
    /// When creates in doubt are given up.
    pub(crate) give_up: BTreeMap<KindId, Duration>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        let cloud = Cloud::new();
        let engine = engine(&cloud, settings);
        Self {
            cloud,
            engine,
            journal: Memory::default(),
            events: Mutex::default(),
            interrupt: Interrupt::never(),
            give_up: BTreeMap::new(),
        }
    }

    /// A new process: a new engine on the same cloud and journal.
    pub(crate) fn restart(&mut self) {
        self.restart_with(Settings::default());
    }

    pub(crate) fn restart_with(&mut self, settings: Settings) {
        self.engine = engine(&self.cloud, settings);
    }

    pub(crate) async fn observe(&self, desired: &Desired) -> Observed {
        self.engine.observe(desired, &self.journal.view(), &Policy::default()).await
    }

    /// Settles what is open, as a run does.
    pub(crate) async fn settle(&self, desired: &Desired) -> Settled {
        self.settle_over(desired, &self.journal.view()).await.unwrap()
    }

    /// Settles what is open in a ledger, as a run does.
    pub(crate) async fn settle_over(
        &self,
        desired: &Desired,
        ledger: &LedgerView,
    ) -> Result<Settled, EngineError> {
        let ground = self.ground(desired);
        let until = plumb_engine::Until::Due;
        plumb_reconcile::settle(&ground, ledger, &self.journal, &self.interrupt, until).await
    }

    /// Looks and plans, as a run does.
    pub(crate) async fn look(&self, desired: &Desired) -> Planned {
        let (ledger, ground) = (self.journal.view(), self.ground(desired));
        let looked = plumb_reconcile::look::<Infallible>(&ground, &ledger, Policy::default());
        looked.await.unwrap()
    }

    /// Carries a plan out, as a run does.
    pub(crate) async fn carry_out(
        &self,
        desired: &Desired,
        planned: &Planned,
    ) -> Result<Report, EngineError> {
        let events = |event| self.events.lock().unwrap().push(event);
        let (ledger, ground) = (self.journal.view(), self.ground(desired));
        let ledger: (&LedgerView, &dyn Journal) = (&ledger, &self.journal);
        let head = head();
        plumb_reconcile::carry_out(&ground, planned, ledger, &events, &self.interrupt, &head).await
    }

    fn ground<'a>(&'a self, desired: &'a Desired) -> Ground<'a> {
        Ground { engine: &self.engine, desired, loaded: None, give_up: &self.give_up }
    }

    /// Observes, then executes.
    pub(crate) async fn execute(
        &self,
        desired: &Desired,
        plan: &Plan,
    ) -> Result<Report, EngineError> {
        let observed = self.observe(desired).await;
        self.execute_seen(desired, &observed, plan).await
    }

    pub(crate) async fn execute_seen(
        &self,
        desired: &Desired,
        observed: &Observed,
        plan: &Plan,
    ) -> Result<Report, EngineError> {
        let (plan, observed) = (plan.clone(), observed.clone());
        let from = (self.journal.view(), Policy::default());
        self.carry_out(desired, &Planned::new(plan, observed, from, Accounts::default())).await
    }

    /// Executes and expects every action to be done.
    pub(crate) async fn done(&self, desired: &Desired, plan: &Plan) {
        let report = self.execute(desired, plan).await.unwrap();
        for (id, outcome) in &report.outcomes {
            assert_eq!(*outcome, ActionOutcome::Done, "{id}");
        }
        assert_eq!(report.skipped, BTreeMap::new());
    }

    /// Executes one action and gives its outcome.
    pub(crate) async fn one(
        &self,
        desired: &Desired,
        operation: Operation,
        key: &ResourceKey,
    ) -> ActionOutcome {
        let report = self.execute(desired, &plan(&[step(operation, key, &[])])).await.unwrap();
        report.outcomes[&ActionId::new(operation, key)].clone()
    }

    pub(crate) fn warnings(&self) -> usize {
        let events = self.events.lock().unwrap();
        events.iter().filter(|event| matches!(event, Event::Warned { .. })).count()
    }
}

fn engine(cloud: &Cloud, settings: Settings) -> Engine {
    static TOY: Toy = Toy;
    let registry = Registry::new(&[&TOY as &'static dyn Provider]).unwrap();
    let mut engine = Engine::new(registry, Arc::new(WorldClock(Instant::now())), settings);
    engine.connect_through("toy", Secret::new("sesame"), Arc::new(cloud.clone())).unwrap();
    engine
}

pub(crate) fn head() -> RunHead {
    RunHead {
        who: Holder {
            user: "tester".into(),
            host: "here".into(),
            run: RunId("run-1".into()),
            url: None,
        },
        at: jiff::Timestamp::UNIX_EPOCH,
        command: "apply".into(),
        commit: None,
        plan: None,
        number: 1,
    }
}

pub(crate) fn key(kind: &str, folder: &str, name: &str) -> ResourceKey {
    let scope = if folder.is_empty() { Scope::Global } else { Scope::Project(folder.into()) };
    ResourceKey::new(KindId::new(GROUP, kind), scope, name.into())
}

pub(crate) fn folder(name: &str) -> ResourceKey {
    key("Folder", "", name)
}

/// A declared resource.
pub(crate) fn declare(key: &ResourceKey, spec: Body) -> Resource {
    let span = Span { file: "a.yaml".into(), line: 1, column: 1, start: 0, end: 0 };
    let origin = Origin { file: "a.yaml".into(), document: 0, item: None, span };
    Resource {
        key: key.clone(),
        body: body!({"metadata": {"name": key.name}, "spec": spec}),
        wishes: Wishes::default().into(),
        origin,
    }
}

pub(crate) fn desired(resources: impl IntoIterator<Item = Resource>) -> Desired {
    static TOY: Toy = Toy;
    let kinds = KindTable::new(TOY.kinds().iter().map(|kind| kind.rules().clone()));
    Desired::new(kinds, resources).unwrap()
}

pub(crate) fn step(
    operation: Operation,
    key: &ResourceKey,
    requires: &[(Operation, &ResourceKey)],
) -> Action {
    Action {
        id: ActionId::new(operation, key),
        key: key.clone(),
        operation,
        requires: requires.iter().map(|(operation, key)| ActionId::new(*operation, key)).collect(),
        changes: Vec::new(),
        because: BTreeSet::new(),
        precondition: None,
    }
}

pub(crate) fn because(mut action: Action, because: Because) -> Action {
    action.because.insert(because);
    action
}

pub(crate) fn if_phase(mut action: Action, phase: Phase) -> Action {
    action.precondition = Some(Precondition { phase: Some(phase), ..Precondition::default() });
    action
}

pub(crate) fn plan(actions: &[Action]) -> Plan {
    Plan { stack: STACK.into(), actions: actions.to_vec(), ..Plan::default() }
}

pub(crate) fn failed(outcome: &ActionOutcome) -> &Failure {
    match outcome {
        ActionOutcome::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn skipped(report: &Report, operation: Operation, key: &ResourceKey) -> SkipReason {
    report.skipped[&ActionId::new(operation, key)].clone()
}

/// Puts something that is there on record as made here.
pub(crate) fn on_record(scene: &Scene, key: &ResourceKey) {
    on_record_as(scene, key, None);
}

/// The same with its id.
pub(crate) fn on_record_as(scene: &Scene, key: &ResourceKey, remote_id: Option<RemoteId>) {
    let entry = Entry {
        key: key.clone(),
        remote_id,
        provenance: Provenance::Created,
        since: None,
        sent: plumb_model::Veiled::default(),
        hashes: BTreeMap::new(),
        protections: Protections::default(),
        requires: BTreeSet::new(),
    };
    scene.journal.records.lock().unwrap().push(Record::Applied(Arc::new(entry)));
}
