//! The run that ships, over any transport. What is measured, and against what, is not known here.

use crate::fleet::STACK;
use plumb_engine::{
    Clock, Connection, Engine, Interrupt, Observed, Settings, SystemClock, Transport,
};
use plumb_ledger::{Run, Store, Surroundings};
use plumb_manifest::{Outside, load, resolve};
use plumb_model::ledger::{LedgerView, Protections, Provenance};
use plumb_model::text::Secret;
use plumb_model::{Desired, Entry, Event, KindId, Plan, Policy, Record, Report, ResourceKey};
use plumb_reconcile::{Consent, Ground, Hooks, Order, Planned, Reconciler};
use plumb_tests::plumb::{holding, registry};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Nothing from outside the folder.
const OUTSIDE: Outside<'static> = Outside { variable: &|_| None, standard_input: None };

/// Nothing in doubt is given up.
static NEVER: BTreeMap<KindId, Duration> = BTreeMap::new();

/// A repository and a connected engine.
#[derive(Debug)]
pub(crate) struct Wired {
    /// The engine.
    pub(crate) engine: Engine,
    root: PathBuf,
    store: Store,
}

/// What carrying a plan out came to. The look that verifies it afterwards is no part of it.
#[derive(Debug)]
pub(crate) struct Applied {
    /// The report.
    pub(crate) report: Report,
    /// From the beginning to the end of carrying it out, by the runtime's clock.
    pub(crate) elapsed: Duration,
    /// Requests sent until the plan was carried out.
    pub(crate) requests: u64,
}

impl Wired {
    /// Over a transport and a clock, connected to these providers with these keys.
    pub(crate) fn over(
        root: &Path,
        keys: &[(&str, String)],
        clock: Arc<dyn Clock>,
        transport: &Arc<dyn Transport>,
    ) -> Self {
        let mut engine = Engine::new(registry(), clock, Settings::default());
        for (provider, key) in keys {
            let key = Secret::new(key.clone());
            engine.connect_through(provider, key, Arc::clone(transport)).unwrap();
        }
        Self::with(engine, root)
    }

    /// Over HTTP and the machine's clock.
    pub(crate) fn over_http(root: &Path, endpoint: &str, (provider, key): (&str, &str)) -> Self {
        let mut engine = Engine::new(registry(), Arc::new(SystemClock), Settings::default());
        let key = Secret::new(key.to_owned());
        let (provider, endpoint) = (provider.to_owned(), endpoint.to_owned());
        let (organization, in_flight) = (None, None);
        engine.connect(Connection { provider, endpoint, key, organization, in_flight }).unwrap();
        let store = Store::at(root, ".plumb", &Surroundings::default()).unwrap();
        Self::with(engine, root).recorded_in(store)
    }

    /// With its ledger in another store.
    pub(crate) fn recorded_in(self, store: Store) -> Self {
        Self { store, ..self }
    }

    fn with(engine: Engine, root: &Path) -> Self {
        let store = Store::in_directory(&root.join(".plumb"));
        Self { engine, root: root.to_owned(), store }
    }

    /// What the manifests declare.
    pub(crate) fn declare(&self) -> Desired {
        declare(&self.root)
    }

    /// Looks at the world and plans.
    pub(crate) async fn plan(&self, desired: &Desired) -> Plan {
        let Planned { plan, observed, .. } = self.look(desired).await;
        assert!(plan.blocked.is_empty(), "blocked: {:#?}", plan.blocked.first());
        assert!(observed.live.gaps.is_empty(), "gaps: {:#?}", observed.live.gaps);
        plan
    }

    /// Fills the ledger with what stands already, as if plumb had made it.
    pub(crate) async fn remember(&self) {
        let desired = self.declare();
        let observed = self.look(&desired).await.observed;
        let keys = desired.resources().keys();
        let entries = keys.filter_map(|key| entry(key, &desired, &observed));
        let ledger = self.store.open(STACK, &self.holding()).unwrap();
        ledger.record(entries.map(|entry| Record::Applied(Arc::new(entry))).collect()).unwrap();
    }

    /// The runs that are on record.
    pub(crate) fn runs(&self) -> Vec<Run> {
        self.store.history(STACK).unwrap()
    }

    /// Plans and carries the plan out.
    pub(crate) async fn apply(&self, interrupt: &Interrupt) -> Applied {
        let desired = self.declare();
        let measuring = Measuring {
            engine: &self.engine,
            elapsed: Mutex::default(),
            requests: AtomicU64::new(0),
        };
        let order = Order {
            holding: self.holding(),
            commit: None,
            lock_timeout: Duration::ZERO,
            interrupt,
        };
        let ran = self.reconciler(&desired).run(&order, &measuring).await.unwrap();
        Applied {
            report: ran.report.unwrap(),
            elapsed: measuring.elapsed.into_inner().unwrap(),
            requests: measuring.requests.into_inner(),
        }
    }

    /// Looks at the world, and plans whatever comes of it.
    pub(crate) async fn look(&self, desired: &Desired) -> Planned {
        let policy = |_: &LedgerView| Ok::<_, Infallible>(Policy::default());
        self.reconciler(desired).plan(policy).await.unwrap()
    }

    fn reconciler<'a>(&'a self, desired: &'a Desired) -> Reconciler<'a> {
        let ground = Ground { engine: &self.engine, desired, loaded: None, give_up: &NEVER };
        Reconciler { ground, store: &self.store, stack: STACK }
    }

    fn holding(&self) -> plumb_ledger::Holding {
        holding("bench", "apply", self.engine.now())
    }
}

/// Takes the measure of a run of `apply --yes`.
struct Measuring<'e> {
    engine: &'e Engine,
    elapsed: Mutex<Duration>,
    requests: AtomicU64,
}

impl Hooks for Measuring<'_> {
    type Error = Infallible;

    fn policy(&self, _ledger: &LedgerView) -> Result<Policy, Infallible> {
        Ok(Policy::default())
    }

    async fn consent(&self, planned: &Planned) -> Result<Consent, Infallible> {
        assert!(planned.plan.blocked.is_empty(), "blocked: {:#?}", planned.plan.blocked.first());
        Ok(Consent::Given)
    }

    fn tell(&self, event: Event) {
        if let Event::RunFinished { elapsed_milliseconds, .. } = event {
            *self.elapsed.lock().unwrap() = Duration::from_millis(elapsed_milliseconds);
        }
    }

    fn carried_out(&self, _plan: &Plan, _report: &Report) {
        self.requests.store(self.engine.requests(), Ordering::Relaxed);
    }
}

/// What the manifests of a folder declare.
pub(crate) fn declare(root: &Path) -> Desired {
    let loaded = load(&[root.to_owned()], &OUTSIDE);
    let resolved = resolve(&loaded, &registry(), &OUTSIDE);
    resolved.desired.unwrap_or_else(|| panic!("refused: {:#?}", resolved.findings.first()))
}

fn entry(key: &ResourceKey, desired: &Desired, observed: &Observed) -> Option<Entry> {
    Some(Entry {
        key: key.clone(),
        remote_id: observed.live.present(key)?.remote_id.clone(),
        provenance: Provenance::Created,
        since: None,
        sent: desired.get(key)?.body.clone().into(),
        hashes: BTreeMap::new(),
        protections: Protections::default(),
        requires: desired.edges().get(key).cloned().unwrap_or_default(),
    })
}
