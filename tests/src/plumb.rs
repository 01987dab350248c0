//! plumb without its command line: the run that ships, in a temporary repository, over a simulated
//! cloud.

use crate::cloud::Cloud;
use plumb_engine::{Clock, Engine, Interrupt, Observed, Settings};
use plumb_kind::Registry;
use plumb_ledger::{Holding, Store};
use plumb_manifest::{Outside, Resolved, Stack};
use plumb_model::finding::Severity;
use plumb_model::text::Secret;
use plumb_model::{
    Code, Desired, Event, Finding, Holder, KindId, LedgerView, Observation, Plan, Policy, Report,
    ResourceKey, RunId,
};
use plumb_rafay::RAFAY;
use plumb_reconcile::{Act, Consent, Ground, Hooks, Order, Reconciler, RunError, Verdict};
use plumb_voltage_park::VOLTAGE_PARK;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

/// The folder of the ledger, below the repository's root.
const LEDGER: &str = ".plumb";

/// A repository, a ledger, a key and a cloud.
#[derive(Debug)]
pub struct Plumb {
    /// The repository's folder; it is gone when this is.
    folder: tempfile::TempDir,
    /// The cloud.
    pub cloud: Cloud,
    /// The API key of the first cloud.
    pub key: String,
    /// The API key of the second.
    pub voltage_park_key: String,
    /// Variables by the name after `PLUMB_VAR_`.
    pub variables: BTreeMap<String, String>,
    runs: u32,
}

/// Manifests that were read and accepted.
#[derive(Debug)]
pub struct Declared {
    /// What they declare.
    pub desired: Desired,
    /// The settings in plumb.yaml.
    pub stack: Stack,
    /// Warnings.
    pub findings: Vec<Finding>,
    loaded: plumb_manifest::Loaded,
}

/// A plan and everything it was made from.
#[derive(Debug)]
pub struct Planned {
    /// The manifests.
    pub declared: Declared,
    /// The world.
    pub observed: Observed,
    /// The plan.
    pub plan: Plan,
    /// What the run may do.
    pub policy: Policy,
}

impl Planned {
    fn new(declared: Declared, planned: plumb_reconcile::Planned) -> Self {
        let plumb_reconcile::Planned { plan, observed, policy, .. } = planned;
        Self { declared, observed, plan, policy }
    }
}

/// What carrying a plan out came to.
#[derive(Debug)]
pub struct Ran {
    /// The plan.
    pub planned: Planned,
    /// The report; none when a limit stopped the run.
    pub report: Option<Report>,
    /// How the run ended.
    pub verdict: Verdict,
    /// Everything the engine told.
    pub events: Vec<Event>,
}

/// Makes the policy of a run from the settings and the keys that can be named.
pub type PolicyOf<'p> =
    &'p (dyn Fn(&Declared, &LedgerView) -> Result<Policy, String> + Send + Sync);

/// What happens between a plan and carrying it out.
pub type Between<'b> = &'b (dyn Fn() -> Result<(), String> + Send + Sync);

/// Why nothing was planned.
#[derive(Debug)]
pub enum Refused {
    /// The manifests, or the key, are not acceptable.
    Findings(Vec<Finding>),
    /// The harness itself failed.
    Harness(String),
}

impl From<RunError<String>> for Refused {
    fn from(error: RunError<String>) -> Self {
        match error {
            RunError::KeyRefused { provider, .. } => {
                let message = format!("{provider} did not accept the API key");
                Self::Findings(vec![Finding::error(Code::KEY_REFUSED, message)])
            }
            RunError::AnotherAccount { provider, found, recorded } => {
                let message = format!("{provider}: {found} instead of {recorded}");
                Self::Findings(vec![Finding::error(Code::ANOTHER_ACCOUNT, message)])
            }
            other => Self::Harness(format!("{other:?}")),
        }
    }
}

impl From<String> for Refused {
    fn from(text: String) -> Self {
        Self::Harness(text)
    }
}

/// The policy of `plumb.yaml`, and nothing from a command line.
#[must_use]
pub fn plain_policy(declared: &Declared) -> Policy {
    declared.stack.policy()
}

impl Plumb {
    /// An empty repository.
    ///
    /// # Errors
    /// When the machine gives no temporary folder.
    pub fn new(cloud: Cloud) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let [(_, key), (_, voltage_park_key)] = cloud.keys();
        Ok(Self { folder, cloud, key, voltage_park_key, variables: BTreeMap::new(), runs: 0 })
    }

    /// The repository's root.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The ledger's folder.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.root().join(LEDGER)
    }

    /// Writes a file of the repository.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write(&self, name: &str, text: &str) -> Result<(), String> {
        let path = self.root().join(name);
        let folder = path.parent().unwrap_or(self.root());
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        fs::write(&path, text).map_err(|error| format!("cannot write {name}: {error}"))
    }

    /// Reads the manifests, as what sends nothing does.
    ///
    /// # Errors
    /// With the findings, when one of them is an error.
    pub fn declare(&self, paths: &[PathBuf]) -> Result<Declared, Refused> {
        self.resolved(paths, |resolved| resolved)
    }

    fn resolved(
        &self,
        paths: &[PathBuf],
        taken: fn(Resolved) -> Resolved,
    ) -> Result<Declared, Refused> {
        let variable = |name: &str| self.variables.get(name.strip_prefix("PLUMB_VAR_")?).cloned();
        let outside = Outside { variable: &variable, standard_input: None };
        let loaded = plumb_manifest::load(paths, &outside);
        let resolved = taken(plumb_manifest::resolve(&loaded, &registry(), &outside));
        let findings = resolved.findings;
        match resolved.desired {
            Some(desired) => {
                let desired = desired.at(self.cloud.now(), &loaded.stack.schedules);
                Ok(Declared { desired, stack: loaded.stack.clone(), findings, loaded })
            }
            None => Err(Refused::Findings(findings)),
        }
    }

    /// Plans without a lock and without writing anything.
    ///
    /// # Errors
    /// When the manifests or the key are refused.
    pub async fn plan(&self, policy: PolicyOf<'_>) -> Result<Planned, Refused> {
        let declared = self.declare(&[self.root().to_owned()])?;
        self.look(declared, policy).await
    }

    /// Plans manifests of another folder, over this ledger.
    ///
    /// # Errors
    /// As [`Plumb::plan`].
    pub async fn plan_of(&self, folder: &Path) -> Result<Planned, Refused> {
        let declared = self.declare(&[folder.to_owned()])?;
        self.look(declared, &|declared: &Declared, _: &LedgerView| Ok(plain_policy(declared))).await
    }

    async fn look(&self, declared: Declared, policy: PolicyOf<'_>) -> Result<Planned, Refused> {
        let (engine, store, give_up) = (self.engine(), self.store(), BTreeMap::new());
        let reconciler = declared.reconciler(&engine, &store, &give_up);
        let planned = reconciler.plan(|view: &LedgerView| policy(&declared, view)).await?;
        Ok(Planned::new(declared, planned))
    }

    /// Plans, lets `between` happen, and carries the plan out, as `plumb apply --yes` does.
    ///
    /// # Errors
    /// When the manifests or the key are refused, or the ledger cannot be written.
    pub async fn apply(
        &mut self,
        policy: PolicyOf<'_>,
        between: Between<'_>,
        interrupt: &Interrupt,
    ) -> Result<Ran, Refused> {
        let declared = self.resolved(&[self.root().to_owned()], Resolved::to_send)?;
        let holding = self.holding("apply");
        let (engine, store, give_up) = (self.engine(), self.store(), BTreeMap::new());
        let hooks = Watching { declared: &declared, policy, between, events: Mutex::default() };
        let order = Order { holding, commit: None, lock_timeout: Duration::ZERO, interrupt };
        let ran = declared.reconciler(&engine, &store, &give_up).run(&order, &hooks).await?;
        let events = hooks.events.into_inner().unwrap_or_else(PoisonError::into_inner);
        let plumb_reconcile::Ran { outcome, planned, report } = ran;
        let planned = planned.ok_or_else(|| "it was stopped before it planned".to_owned())?;
        Ok(Ran {
            planned: Planned::new(declared, planned),
            report,
            verdict: outcome.verdict,
            events,
        })
    }

    /// Writes what is live and marked as this stack's as manifests.
    ///
    /// # Errors
    /// When something cannot be written.
    pub async fn export(&self, into: &Path, include: Include<'_>) -> Result<(), String> {
        let engine = self.engine();
        let mut observed = engine.discover(|_| true).await;
        engine.read_export_lookups(&mut observed).await;
        let text = manifests(&engine, &observed, include)?;
        fs::write(into.join("exported.yaml"), text).map_err(|error| error.to_string())
    }

    /// Does something to a live object by hand, as `plumb action` does.
    ///
    /// # Errors
    /// When the manifests or the ledger cannot be read, or there is nothing to act on.
    pub async fn act(&mut self, key: &ResourceKey, verb: &str) -> Result<Report, String> {
        let declared = self.declare(&[self.root().to_owned()]);
        let stack = declared.map_err(|refused| format!("{refused:?}"))?.stack.name;
        let holding = self.holding(&format!("action {verb}"));
        let (engine, store, never) = (self.engine(), self.store(), Interrupt::never());
        let act = Act { key, verb, parts: &[] };
        let acted: Result<_, RunError<String>> =
            plumb_reconcile::act(&engine, (&store, &stack), &holding, act, &|_| {}, &never).await;
        acted.map(|(_, report)| report).map_err(|error| format!("{error:?}"))
    }

    /// An engine that is connected to both clouds.
    #[must_use]
    pub fn engine(&self) -> Engine {
        let clock = Arc::new(self.cloud.clone());
        let mut engine = Engine::new(registry(), clock.clone(), Settings::default());
        // The providers are the registry's own, so they are known.
        let _ = engine.connect_through("rafay", Secret::new(self.key.clone()), clock.clone());
        let key = Secret::new(self.voltage_park_key.clone());
        let _ = engine.connect_through("voltage-park", key, clock);
        engine
    }

    fn store(&self) -> Store {
        Store::in_directory(&self.ledger())
    }

    /// Who runs the next run.
    fn holding(&mut self, command: &str) -> Holding {
        self.runs += 1;
        holding(&format!("run-{}", self.runs), command, self.cloud.now())
    }
}

impl Declared {
    fn reconciler<'a>(
        &'a self,
        engine: &'a Engine,
        store: &'a Store,
        give_up: &'a BTreeMap<KindId, Duration>,
    ) -> Reconciler<'a> {
        let ground = Ground { engine, desired: &self.desired, loaded: Some(&self.loaded), give_up };
        Reconciler { ground, store, stack: &self.stack.name }
    }
}

/// Follows a run of `apply --yes`.
struct Watching<'a> {
    declared: &'a Declared,
    policy: PolicyOf<'a>,
    between: Between<'a>,
    events: Mutex<Vec<Event>>,
}

impl Hooks for Watching<'_> {
    type Error = String;

    fn policy(&self, ledger: &LedgerView) -> Result<Policy, String> {
        (self.policy)(self.declared, ledger)
    }

    fn planned(
        &self,
        _planned: &plumb_reconcile::Planned,
        _ledger: &plumb_model::LedgerView,
    ) -> Result<(), String> {
        (self.between)()
    }

    async fn consent(&self, _planned: &plumb_reconcile::Planned) -> Result<Consent, String> {
        Ok(Consent::Given)
    }

    fn tell(&self, event: Event) {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}

/// Who runs a run of a test.
#[must_use]
pub fn holding(run: &str, command: &str, since: jiff::Timestamp) -> Holding {
    let who = Holder {
        user: "harness".to_owned(),
        host: "nowhere".to_owned(),
        run: RunId(run.to_owned()),
        url: None,
    };
    Holding { who, pid: std::process::id(), command: command.to_owned(), since }
}

/// The exported documents of what is live, as one text.
fn manifests(engine: &Engine, observed: &Observed, include: Include<'_>) -> Result<String, String> {
    let mut text = String::new();
    for observation in observed.live.objects.values() {
        let Observation::Present(object) = observation else { continue };
        if !include(&object.key) {
            continue;
        }
        let Some(kind) = engine.registry().kind(&object.key.kind) else { continue };
        let exported: Option<Value> = kind.export(object, &observed.snapshot);
        if let Some(document) = exported {
            text.push_str("---\n");
            text.push_str(&serde_yaml::to_string(&document).map_err(|error| error.to_string())?);
        }
    }
    Ok(text)
}

/// Which live objects are exported.
pub type Include<'i> = &'i (dyn Fn(&ResourceKey) -> bool + Send + Sync);

/// The kinds of all clouds, as the command line has them.
#[must_use]
#[expect(clippy::expect_used, reason = "without kinds nothing can be tried")]
pub fn registry() -> Registry {
    static REGISTRY: LazyLock<Registry> =
        LazyLock::new(|| Registry::new(&[&RAFAY, &VOLTAGE_PARK]).expect("the kinds are right"));
    REGISTRY.clone()
}

/// Whether an error stands among findings.
#[must_use]
pub fn any_error(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}
