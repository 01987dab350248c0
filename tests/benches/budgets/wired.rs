//! plumb's crates put together as the command line puts them, over any transport. What is measured,
//! and against what, is not known here.

use crate::fleet::STACK;
use plumb_engine::{
    Clock, Connection, Engine, Interrupt, Observed, Settings, SystemClock, Transport, Work,
};
use plumb_ledger::{Holding, Ledger, Store};
use plumb_manifest::{Outside, load, resolve};
use plumb_model::ledger::{LedgerView, Protections, Provenance, RunHead};
use plumb_model::text::Secret;
use plumb_model::{
    Desired, Entry, Event, Holder, Plan, Policy, Record, Report, ResourceKey, RunId,
};
use plumb_tests::plumb::registry;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Nothing from outside the folder.
const OUTSIDE: Outside<'static> = Outside { variable: &|_| None, standard_input: None };

/// A repository and a connected engine.
#[derive(Debug)]
pub(crate) struct Wired {
    /// The engine.
    pub(crate) engine: Engine,
    root: PathBuf,
}

/// What carrying a plan out came to.
#[derive(Debug)]
pub(crate) struct Applied {
    /// The report.
    pub(crate) report: Report,
    /// From the run's beginning to its end, by the runtime's clock.
    pub(crate) elapsed: Duration,
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
        Self { engine, root: root.to_owned() }
    }

    /// Over HTTP and the machine's clock.
    pub(crate) fn over_http(root: &Path, endpoint: &str, key: &str) -> Self {
        let mut engine = Engine::new(registry(), Arc::new(SystemClock), Settings::default());
        let key = Secret::new(key.to_owned());
        let (provider, endpoint) = ("rafay".to_owned(), endpoint.to_owned());
        engine.connect(Connection { provider, endpoint, key }).unwrap();
        Self { engine, root: root.to_owned() }
    }

    /// What the manifests declare.
    pub(crate) fn declare(&self) -> Desired {
        declare(&self.root)
    }

    /// The ledger as it is.
    pub(crate) fn view(&self) -> LedgerView {
        Store::in_directory(&self.ledger_folder()).read(STACK).unwrap()
    }

    /// Looks at the world and plans.
    pub(crate) async fn plan(&self, desired: &Desired, view: &LedgerView) -> (Observed, Plan) {
        let observed = self.engine.observe(desired, view).await;
        let plan = plumb_planner::plan(desired, &observed.live, view, &Policy::default());
        assert!(plan.blocked.is_empty(), "blocked: {:#?}", plan.blocked.first());
        assert!(observed.live.gaps.is_empty(), "gaps: {:#?}", observed.live.gaps);
        (observed, plan)
    }

    /// Fills the ledger with what stands already, as if plumb had made it.
    pub(crate) async fn remember(&self) {
        let desired = self.declare();
        let ledger = self.ledger();
        let view = ledger.view();
        let observed = self.engine.observe(&desired, &view).await;
        let keys = desired.resources().keys();
        let entries = keys.filter_map(|key| entry(key, &desired, &observed));
        ledger.record(entries.map(|entry| Record::Applied(Box::new(entry))).collect()).unwrap();
    }

    /// Plans and carries the plan out.
    pub(crate) async fn apply(&self, interrupt: &Interrupt) -> Applied {
        let desired = self.declare();
        let ledger = self.ledger();
        let view = ledger.view();
        let (observed, plan) = self.plan(&desired, &view).await;
        let elapsed = Mutex::new(Duration::ZERO);
        let head = head();
        let work = Work {
            plan: &plan,
            desired: &desired,
            observed: &observed,
            ledger: &view,
            journal: &ledger,
            events: &|event| {
                if let Event::RunFinished { elapsed_milliseconds, .. } = event {
                    *elapsed.lock().unwrap() = Duration::from_millis(elapsed_milliseconds);
                }
            },
            interrupt,
            head: &head,
        };
        let report = self.engine.execute(work).await.unwrap();
        Applied { report, elapsed: elapsed.into_inner().unwrap() }
    }

    fn ledger_folder(&self) -> PathBuf {
        self.root.join(".plumb")
    }

    fn ledger(&self) -> Ledger {
        let RunHead { who, at, command, .. } = head();
        let holding = Holding { who, pid: std::process::id(), command, since: at };
        Store::in_directory(&self.ledger_folder()).open(STACK, &holding).unwrap()
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
        sent: desired.get(key)?.body.clone(),
        hashes: BTreeMap::new(),
        protections: Protections::default(),
        requires: desired.edges().get(key).cloned().unwrap_or_default(),
    })
}

fn head() -> RunHead {
    RunHead {
        who: Holder {
            user: "bench".into(),
            host: "here".into(),
            run: RunId("bench".to_owned()),
            url: None,
        },
        at: jiff::Timestamp::UNIX_EPOCH,
        command: "apply".to_owned(),
        commit: None,
        plan: None,
    }
}
