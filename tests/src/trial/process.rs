//! One process: plumb's crates as `apply --yes` puts them together, over a wire and a disk that
//! can end it at any point.

use crate::cloud::Cloud;
use crate::plumb::registry;
use crate::trial::Workload;
use plumb_engine::{
    BoxFuture, Engine, HttpRequest, HttpResponse, Interrupt, Settings, Settling, Transport,
    TransportError, Work,
};
use plumb_ledger::{Ledger, MemoryFolder};
use plumb_model::ledger::RunHead;
use plumb_model::text::Secret;
use plumb_model::{Plan, Report, RunId};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// How a process ended.
#[derive(Debug)]
pub enum Ended {
    /// It died.
    Killed,
    /// The ledger could not be opened or written.
    NoLedger(String),
    /// The key was refused; nothing was planned.
    KeyRefused,
    /// It planned, and carried the plan out unless a limit stopped it.
    Ran {
        /// The plan.
        plan: Box<Plan>,
        /// What it came to; none when a limit tripped.
        report: Option<Report>,
    },
}

/// One line: what was planned, what is blocked, what came of it.
impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed => formatter.write_str("killed"),
            Self::NoLedger(error) => write!(formatter, "no ledger: {error}"),
            Self::KeyRefused => formatter.write_str("key refused"),
            Self::Ran { plan, report } => {
                for blocked in &plan.blocked {
                    write!(formatter, "[{} {}: {}] ", blocked.code, blocked.key, blocked.message)?;
                }
                for tripped in &plan.tripped {
                    write!(formatter, "[{}: {}] ", tripped.code, tripped.message)?;
                }
                let outcomes = report.iter().flat_map(|report| &report.outcomes);
                for (id, outcome) in outcomes {
                    write!(formatter, "{id}: {outcome:?}; ")?;
                }
                write!(formatter, "{} actions", plan.actions.len())
            }
        }
    }
}

/// The point at which the process dies, if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// Before the call goes out.
    Before,
    /// When the call is done, before its answer is read.
    After,
}

/// The wire to all clouds: counts calls over the whole trial, and dies where it is told to.
#[derive(Clone, Debug)]
pub struct Wire {
    cloud: Cloud,
    calls: Arc<AtomicU64>,
    /// Where it dies, by call.
    deaths: Arc<Mutex<BTreeMap<u64, Death>>>,
    died: Arc<AtomicU64>,
    dead: Arc<AtomicBool>,
    killed: Arc<Notify>,
    /// The methods of all calls so far.
    log: Arc<Mutex<Vec<bool>>>,
}

impl Wire {
    /// A wire that dies at these calls.
    #[must_use]
    pub fn new(cloud: Cloud, deaths: BTreeMap<u64, Death>) -> Self {
        Self {
            cloud,
            calls: Arc::default(),
            deaths: Arc::new(Mutex::new(deaths)),
            died: Arc::default(),
            dead: Arc::default(),
            killed: Arc::default(),
            log: Arc::default(),
        }
    }

    /// How many calls went out so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// How often it died.
    #[must_use]
    pub fn deaths(&self) -> u64 {
        self.died.load(Ordering::Relaxed)
    }

    /// Lets it die at one more call.
    pub fn die_at(&self, call: u64, death: Death) {
        self.deaths.lock().unwrap_or_else(PoisonError::into_inner).insert(call, death);
    }

    /// For each call so far, whether it was a write.
    #[must_use]
    pub fn writes(&self) -> Vec<bool> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets a new process begin.
    fn revive(&self) {
        self.dead.store(false, Ordering::Relaxed);
    }

    async fn die(&self) -> ! {
        self.died.fetch_add(1, Ordering::Relaxed);
        self.dead.store(true, Ordering::Relaxed);
        self.killed.notify_waiters();
        std::future::pending().await
    }
}

impl Transport for Wire {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move {
            if self.dead.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
            let is_write = request.method != plumb_kind::Method::Get;
            self.log.lock().unwrap_or_else(PoisonError::into_inner).push(is_write);
            let death =
                self.deaths.lock().unwrap_or_else(PoisonError::into_inner).get(&number).copied();
            match death {
                Some(Death::Before) => self.die().await,
                Some(Death::After) => {
                    // The server works whether or not anyone reads its answer.
                    let _unread = self.cloud.send(request).await;
                    self.die().await
                }
                None => self.cloud.send(request).await,
            }
        })
    }
}

/// A machine on which processes run one after the other.
#[derive(Debug)]
pub struct Machine<'w> {
    /// What is applied.
    pub workload: &'w Workload,
    /// The clouds.
    pub cloud: Cloud,
    /// The wire.
    pub wire: Wire,
    /// The disk as it is now.
    pub disk: MemoryFolder,
    /// Where chance starts from.
    pub seed: u64,
    runs: u32,
}

impl<'w> Machine<'w> {
    /// A machine with an empty disk.
    #[must_use]
    pub fn new(workload: &'w Workload, cloud: Cloud, wire: Wire, seed: u64) -> Self {
        Self { workload, cloud, wire, disk: MemoryFolder::new(), seed, runs: 0 }
    }

    /// One run of `apply --yes`.
    pub async fn apply(&mut self) -> Ended {
        self.runs += 1;
        self.wire.revive();
        let killed = self.wire.killed.clone();
        let killed = killed.notified();
        tokio::pin!(killed);
        killed.as_mut().enable();
        tokio::select! {
            biased;
            () = &mut killed => Ended::Killed,
            ended = self.run() => ended,
        }
    }

    async fn run(&self) -> Ended {
        let workload = self.workload;
        let folder = Arc::new(self.disk.clone());
        let ledger = match Ledger::open_in(folder, &workload.stack) {
            Ok(ledger) => ledger,
            Err(error) => return Ended::NoLedger(error.to_string()),
        };
        let engine = self.engine();
        let (desired, interrupt, give_up) =
            (&workload.desired, Interrupt::never(), BTreeMap::new());
        let view = ledger.view();
        if !view.open_intents.is_empty() {
            let settling = Settling {
                desired,
                ledger: &view,
                journal: &ledger,
                interrupt: &interrupt,
                give_up: &give_up,
            };
            if let Err(error) = engine.settle(settling).await {
                return Ended::NoLedger(error.to_string());
            }
        }
        let view = ledger.view();
        let observed = engine.observe(desired, &view).await;
        if !engine.refused_keys().is_empty() {
            return Ended::KeyRefused;
        }
        let plan = plumb_planner::plan(desired, &observed.live, &view, &workload.policy);
        if !plan.tripped.is_empty() {
            return Ended::Ran { plan: Box::new(plan), report: None };
        }
        let head = self.head();
        let work = Work {
            plan: &plan,
            desired,
            observed: &observed,
            ledger: &view,
            journal: &ledger,
            events: &|_| {},
            interrupt: &interrupt,
            head: &head,
        };
        match engine.execute(work).await {
            Ok(report) => Ended::Ran { plan: Box::new(plan), report: Some(report) },
            Err(error) => Ended::NoLedger(error.to_string()),
        }
    }

    fn engine(&self) -> Engine {
        let settings = Settings { seed: self.seed, ..Settings::default() };
        let mut engine = Engine::new(registry(), Arc::new(self.cloud.clone()), settings);
        for (provider, key) in self.cloud.keys() {
            // The providers are the registry's own, so they are known.
            let _ = engine.connect_through(provider, Secret::new(key), Arc::new(self.wire.clone()));
        }
        engine
    }

    fn head(&self) -> RunHead {
        RunHead {
            run: RunId(format!("run-{}", self.runs)),
            at: plumb_engine::Clock::now(&self.cloud),
            command: "apply".to_owned(),
            who: "trial".to_owned(),
            commit: None,
            plan: None,
        }
    }
}
