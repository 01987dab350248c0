//! One process: the run that ships, as `apply --yes`, over a wire and a disk that can end it at any
//! point.

use crate::cloud::Cloud;
use crate::plumb::{holding, registry};
use crate::trial::Workload;
use crate::trial::dice::Dice;
use crate::trial::fault::{Meddling, Trouble};
use crate::trial::oracle;
use plumb_engine::{
    BoxFuture, Clock, Engine, EngineError, HttpRequest, HttpResponse, Interrupt, Settings,
    Transport, TransportError,
};
use plumb_ledger::{Folder as _, LedgerError, MemoryFolder, MemoryObjects, Store};
use plumb_model::text::Secret;
use plumb_model::{LedgerView, Money, Plan, Policy, Report, ResourceKey};
use plumb_reconcile::{Consent, Ground, Hooks, Order, Planned, Ran, Reconciler, RunError, Verdict};
use plumb_sandbox::Edit;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How a process ended.
#[derive(Debug)]
pub enum Ended {
    /// It died.
    Killed,
    /// The ledger could not be opened or written.
    NoLedger(String),
    /// Another run holds the ledger.
    LockedOut,
    /// Another run took the ledger over in the middle of this one.
    Evicted,
    /// The key was refused; nothing was planned.
    KeyRefused,
    /// A cloud was never reached; nothing was planned.
    Unreachable,
    /// A key was of another account than the one on record; nothing was planned.
    AnotherAccount,
    /// It planned, and carried the plan out unless a limit stopped it.
    Ran {
        /// The plan.
        plan: Box<Plan>,
        /// What it came to; none when a limit tripped.
        report: Option<Report>,
        /// How it ended.
        verdict: Verdict,
    },
}

impl From<Result<Ran, RunError<Infallible>>> for Ended {
    fn from(ran: Result<Ran, RunError<Infallible>>) -> Self {
        match ran {
            Ok(Ran { planned: Some(planned), report, outcome }) => {
                let verdict = outcome.verdict;
                Self::Ran { plan: Box::new(planned.plan), report, verdict }
            }
            // Nobody asks a run of a trial to stop but by killing it.
            Ok(Ran { planned: None, .. }) => Self::Killed,
            Err(RunError::KeyRefused { .. }) => Self::KeyRefused,
            Err(RunError::Unreachable { .. } | RunError::GivenUp { .. }) => Self::Unreachable,
            Err(RunError::AnotherAccount { .. }) => Self::AnotherAccount,
            Err(RunError::Ledger(LedgerError::Held { .. })) => Self::LockedOut,
            Err(RunError::Ledger(error)) => Self::NoLedger(error.to_string()),
            Err(RunError::Engine(error)) if was_evicted(&error) => Self::Evicted,
            Err(RunError::Engine(error)) => Self::NoLedger(error.to_string()),
            Err(RunError::Hook(never)) => match never {},
        }
    }
}

fn was_evicted(error: &EngineError) -> bool {
    let EngineError::Journal { source, .. } = error else { return false };
    let ledger = source.source.downcast_ref::<Arc<LedgerError>>();
    ledger.is_some_and(|error| matches!(**error, LedgerError::Evicted { .. }))
}

/// One line: what was planned, what is blocked, what came of it.
impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed => formatter.write_str("killed"),
            Self::NoLedger(error) => write!(formatter, "no ledger: {error}"),
            Self::LockedOut => formatter.write_str("locked out"),
            Self::Evicted => formatter.write_str("evicted"),
            Self::KeyRefused => formatter.write_str("key refused"),
            Self::Unreachable => formatter.write_str("unreachable"),
            Self::AnotherAccount => formatter.write_str("another account"),
            Self::Ran { plan, report, verdict } => {
                write!(formatter, "{verdict:?}: ")?;
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

/// What happens on the way to the cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The process dies before the call goes out.
    DeathBefore,
    /// The process dies when the call is done, before its answer is read.
    DeathAfter,
    /// The machine's clock is an hour ahead from now on.
    ClockAhead,
    /// The machine's clock is an hour late from now on.
    ClockBack,
    /// Somebody does this to the machine of ours that was made last.
    Meddling(Meddling),
    /// The answer, if it is a list, leaves out its last item.
    Omission,
}

impl Mishap {
    /// What a trouble does on the way, if it strikes there.
    #[must_use]
    pub fn of(trouble: Trouble) -> Option<Self> {
        Some(match trouble {
            Trouble::CrashBefore => Self::DeathBefore,
            Trouble::CrashAfter => Self::DeathAfter,
            Trouble::ClockAhead => Self::ClockAhead,
            Trouble::ClockBack => Self::ClockBack,
            Trouble::Meddled(meddling) => Self::Meddling(meddling),
            Trouble::Omitted | Trouble::OmittedFor(_) => Self::Omission,
            _ => return None,
        })
    }
}

/// The wire to all clouds: counts calls over the whole trial, and has its mishaps where it is told
/// to.
#[derive(Clone, Debug)]
pub struct Wire {
    cloud: Cloud,
    past: Arc<Mutex<WirePast>>,
    dead: Arc<AtomicBool>,
    killed: Arc<Notify>,
    /// How long each call takes on the way, in milliseconds below 50; nothing when it takes none.
    pace: Option<Arc<Mutex<Dice>>>,
}

/// What went over a wire so far, and what is to happen on it.
#[derive(Clone, Debug, Default)]
pub struct WirePast {
    /// For each call, whether it was a write.
    writes: Vec<bool>,
    /// Calls that got as far as the cloud.
    arrived: u64,
    /// What happens, by call.
    mishaps: BTreeMap<u64, Mishap>,
    happened: u64,
    /// How far the machine's clock is ahead of the world's.
    hours_ahead: i64,
}

impl WirePast {
    /// How many calls went out.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.writes.len() as u64
    }

    /// How many calls got as far as the cloud.
    #[must_use]
    pub fn arrived(&self) -> u64 {
        self.arrived
    }
}

impl Wire {
    /// A wire with mishaps at these calls.
    #[must_use]
    pub fn new(cloud: Cloud, mishaps: BTreeMap<u64, Mishap>) -> Self {
        Self::with_past(cloud, WirePast { mishaps, ..WirePast::default() })
    }

    /// A wire on which things went on before.
    #[must_use]
    pub fn with_past(cloud: Cloud, past: WirePast) -> Self {
        let past = Arc::new(Mutex::new(past));
        Self { cloud, past, dead: Arc::default(), killed: Arc::default(), pace: None }
    }

    /// The same wire, on which each call takes as long as the dice say: two appliers on two such
    /// wires interleave.
    #[must_use]
    pub fn at_the_pace_of(self, dice: Dice) -> Self {
        Self { pace: Some(Arc::new(Mutex::new(dice))), ..self }
    }

    /// What went over it so far.
    pub fn past(&self) -> MutexGuard<'_, WirePast> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls went out so far.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.past().calls()
    }

    /// How many mishaps took place.
    #[must_use]
    pub fn happened(&self) -> u64 {
        self.past().happened
    }

    /// Plans one more mishap.
    pub fn plan(&self, call: u64, mishap: Mishap) {
        self.past().mishaps.insert(call, mishap);
    }

    /// For each call so far, whether it was a write.
    #[must_use]
    pub fn writes(&self) -> Vec<bool> {
        self.past().writes.clone()
    }

    /// Lets a new process begin.
    fn revive(&self) {
        self.dead.store(false, Ordering::Relaxed);
    }

    async fn die(&self) -> ! {
        self.past().happened += 1;
        self.dead.store(true, Ordering::Relaxed);
        self.killed.notify_waiters();
        std::future::pending().await
    }

    /// Moves the machine's clock.
    fn turn_clock(&self, hours: i64) {
        let mut past = self.past();
        past.hours_ahead += hours;
        past.happened += 1;
    }

    /// Lets somebody lay hands on the machine of ours that was made last, if there is one.
    fn meddle(&self, meddling: Meddling) {
        let mut world = self.cloud.world();
        let Some(object) = oracle::newest_machine(&world) else { return };
        let edit = match meddling {
            Meddling::Delete => Edit::Delete { object },
            Meddling::Rename => Edit::Patch { object, patch: json!({"name": "renamed-by-hand"}) },
            Meddling::Untag => Edit::Patch { object, patch: json!({"tags": ["by-hand"]}) },
            Meddling::PowerOff => Edit::PowerOff { object },
        };
        if world.edit(&edit).is_ok() {
            self.past().happened += 1;
        }
    }

    /// Takes the last item out of a list, and lets its total agree. What is no list, or has none,
    /// stays as it is.
    fn omit(&self, mut answer: HttpResponse) -> HttpResponse {
        let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else { return answer };
        if leave_out_last(&mut body) {
            self.past().happened += 1;
            answer.body = body.to_string().into_bytes();
        }
        answer
    }

    /// Takes note of a call that goes out, and says what happens to it.
    fn begin(&self, request: &HttpRequest) -> Option<Mishap> {
        let mut past = self.past();
        past.writes.push(request.method != plumb_kind::Method::Get);
        let mishap = past.mishaps.get(&past.calls()).copied();
        past.arrived += u64::from(mishap != Some(Mishap::DeathBefore));
        mishap
    }
}

impl Transport for Wire {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move {
            if self.dead.load(Ordering::Relaxed) {
                std::future::pending::<()>().await;
            }
            if let Some(pace) = &self.pace {
                let pause = pace.lock().unwrap_or_else(PoisonError::into_inner).below(50);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            match self.begin(&request) {
                None => {}
                Some(Mishap::DeathBefore) => self.die().await,
                Some(Mishap::DeathAfter) => {
                    // The server works whether or not anyone reads its answer.
                    let _unread = self.cloud.send(request).await;
                    self.die().await;
                }
                Some(Mishap::ClockAhead) => self.turn_clock(1),
                Some(Mishap::ClockBack) => self.turn_clock(-1),
                Some(Mishap::Meddling(meddling)) => self.meddle(meddling),
                Some(Mishap::Omission) => return Ok(self.omit(self.cloud.send(request).await?)),
            }
            self.cloud.send(request).await
        })
    }
}

/// Takes the last item out of a list in the shape of either cloud, with a total that agrees; whether
/// there was one.
fn leave_out_last(body: &mut Value) -> bool {
    const ITEMS: [&str; 4] = ["/results", "/items", "/users", "/groups"];
    const TOTALS: [&str; 3] = ["/total_result_count", "/count", "/metadata/count"];
    let place = if body.is_array() {
        Some("")
    } else {
        ITEMS.into_iter().find(|at| body.pointer(at).is_some())
    };
    let items = place.and_then(|at| body.pointer_mut(at)?.as_array_mut());
    let Some(items) = items.filter(|items| !items.is_empty()) else { return false };
    items.pop();
    let left = items.len();
    for total in TOTALS {
        if let Some(total) = body.pointer_mut(total).filter(|total| total.is_u64()) {
            *total = json!(left);
        }
    }
    true
}

/// The machine's clock, which may be wrong.
impl Clock for Wire {
    fn now(&self) -> jiff::Timestamp {
        let ahead = jiff::SignedDuration::from_hours(self.past().hours_ahead);
        self.cloud.now().saturating_add(ahead).unwrap_or_default()
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
    /// A folder with a lock that is used in the place of the disk, when there is one.
    shared: Option<PathBuf>,
    /// A store that others may use too, in the place of the disk, when there is one.
    pub objects: Option<MemoryObjects>,
    /// The keys that are used in the place of the clouds' own, by provider.
    pub keys: Option<[(&'static str, String); 2]>,
    /// Where chance starts from.
    pub seed: u64,
    /// The most that any plan so far said each resource would cost an hour; `None` where a plan
    /// did not know.
    announced: Mutex<Announced>,
    runs: u32,
}

type Announced = BTreeMap<ResourceKey, Option<Money>>;

/// What a machine remembers between two runs.
#[derive(Debug)]
pub struct MachinePast {
    disk: MemoryFolder,
    announced: Announced,
    runs: u32,
}

impl MachinePast {
    /// How many runs it has made.
    pub(super) fn runs(&self) -> u32 {
        self.runs
    }

    /// The same of a machine whose disk was lost.
    #[must_use]
    pub(super) fn with_empty_disk(self) -> Self {
        Self { disk: MemoryFolder::with_seed(1), ..self }
    }
}

impl<'w> Machine<'w> {
    /// A machine with an empty disk.
    #[must_use]
    pub fn new(workload: &'w Workload, cloud: Cloud, wire: Wire, seed: u64) -> Self {
        Self {
            workload,
            cloud,
            wire,
            disk: MemoryFolder::with_seed(seed),
            shared: None,
            objects: None,
            keys: None,
            seed,
            announced: Mutex::default(),
            runs: 0,
        }
    }

    /// What it remembers between two runs.
    #[must_use]
    pub fn past(&self) -> MachinePast {
        let announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // A copy: clones are handles on the same disk.
        MachinePast { disk: self.disk.copy(), announced, runs: self.runs }
    }

    /// The same machine with what another remembered between two runs.
    #[must_use]
    pub fn with_past(self, past: &MachinePast) -> Self {
        let announced = Mutex::new(past.announced.clone());
        Self { disk: past.disk.copy(), announced, runs: past.runs, ..self }
    }

    /// The same with a ledger in a real folder, which others may use too.
    #[must_use]
    pub fn sharing(self, folder: PathBuf) -> Self {
        Self { shared: Some(folder), ..self }
    }

    /// The same with a ledger in a store that others may use too.
    #[must_use]
    pub fn over(self, objects: MemoryObjects) -> Self {
        Self { objects: Some(objects), ..self }
    }

    /// The files of the disk as they are now, but for space that is only set aside.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let names = self.disk.list().unwrap_or_default().into_iter();
        let names = names.filter(|name| !name.starts_with("reserve"));
        names.filter_map(|name| Some((name.clone(), self.disk.read(&name).ok()?))).collect()
    }

    /// What an hour of everything that was ever announced may cost; `None` when a plan did not
    /// know.
    #[must_use]
    pub fn announced(&self) -> Option<Money> {
        let announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        announced.values().copied().sum()
    }

    /// Takes note of what a plan says things will cost.
    fn announce(&self, plan: &Plan) {
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, cost) in &plan.costs {
            let known = announced.entry(key.clone()).or_insert(cost.after);
            *known = known.zip(cost.after).map(|(before, now)| before.max(now));
        }
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
        let (engine, store, give_up) = (self.engine(), self.store(), BTreeMap::new());
        let (desired, stack) = (self.workload.declared_at(self.runs), &self.workload.stack);
        let ground = Ground { engine: &engine, desired, loaded: None, give_up: &give_up };
        let reconciler = Reconciler { ground, store: &store, stack };
        let order = Order {
            holding: holding(&format!("run-{}", self.runs), "apply", self.wire.now()),
            commit: None,
            lock_timeout: Duration::ZERO,
            interrupt: &Interrupt::never(),
        };
        reconciler.run(&order, self).await.into()
    }

    fn store(&self) -> Store {
        if let Some(objects) = &self.objects {
            return Store::of_objects(Arc::new(objects.clone()));
        }
        match &self.shared {
            None => {
                let seams = &self.workload.seams;
                Store::in_folder((seams.folder)(Arc::new(self.disk.clone()), &self.cloud))
            }
            Some(folder) => Store::in_directory(folder),
        }
    }

    fn engine(&self) -> Engine {
        let settings = Settings { seed: self.seed, ..Settings::default() };
        let mut engine = Engine::new(registry(), Arc::new(self.wire.clone()), settings);
        for (provider, key) in self.keys.clone().unwrap_or_else(|| self.cloud.keys()) {
            let wire = (self.workload.seams.transport)(Arc::new(self.wire.clone()));
            // The providers are the registry's own, so they are known.
            let _ = engine.connect_through(provider, Secret::new(key), wire);
        }
        engine
    }
}

impl Hooks for Machine<'_> {
    type Error = Infallible;

    fn policy(&self, _ledger: &LedgerView) -> Result<Policy, Infallible> {
        Ok(self.workload.policy.clone())
    }

    fn planned(&self, planned: &Planned, _ledger: &LedgerView) -> Result<(), Infallible> {
        self.announce(&planned.plan);
        Ok(())
    }

    async fn consent(&self, _planned: &Planned) -> Result<Consent, Infallible> {
        Ok(Consent::Given)
    }
}
