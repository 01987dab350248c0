//! plumb without its command line: the crates put together in the order `apply` puts them, in a
//! temporary repository, over a simulated cloud.

use crate::cloud::Cloud;
use plumb_engine::{Acting, Clock, Engine, Interrupt, Observed, Settings, Settling, Work};
use plumb_kind::Registry;
use plumb_ledger::{Holding, Ledger, Store};
use plumb_manifest::{Outside, Stack};
use plumb_model::finding::Severity;
use plumb_model::ledger::RunHead;
use plumb_model::text::Secret;
use plumb_model::{
    Code, Desired, Event, Finding, Holder, LedgerView, Observation, Plan, Policy, Report,
    ResourceKey, RunId,
};
use plumb_rafay::RAFAY;
use plumb_voltage_park::VOLTAGE_PARK;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

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

/// What carrying a plan out came to.
#[derive(Debug)]
pub struct Ran {
    /// The plan.
    pub planned: Planned,
    /// The report; none when a limit stopped the run.
    pub report: Option<Report>,
    /// Everything the engine told.
    pub events: Vec<Event>,
}

/// Makes the policy of a run from the settings and the keys that can be named.
pub type PolicyOf<'p> =
    &'p (dyn Fn(&Declared, &LedgerView) -> Result<Policy, String> + Send + Sync);

/// Why nothing was planned.
#[derive(Debug)]
pub enum Refused {
    /// The manifests, or the key, are not acceptable.
    Findings(Vec<Finding>),
    /// The harness itself failed.
    Harness(String),
}

impl From<String> for Refused {
    fn from(text: String) -> Self {
        Self::Harness(text)
    }
}

/// The policy of `plumb.yaml`, and nothing from a command line.
#[must_use]
pub fn plain_policy(declared: &Declared) -> Policy {
    let Stack { prune, limits, .. } = declared.stack.clone();
    Policy { prune, limits, ..Policy::default() }
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

    /// The ledger.
    #[must_use]
    pub fn store(&self) -> Store {
        Store::in_directory(&self.ledger())
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

    /// Reads the manifests.
    ///
    /// # Errors
    /// With the findings, when one of them is an error.
    pub fn declare(&self, paths: &[PathBuf]) -> Result<Declared, Refused> {
        let variable = |name: &str| self.variables.get(name.strip_prefix("PLUMB_VAR_")?).cloned();
        let outside = Outside { variable: &variable, standard_input: None };
        let loaded = plumb_manifest::load(paths, &outside);
        let resolved = plumb_manifest::resolve(&loaded, &registry(), &outside);
        let findings = resolved.findings;
        match resolved.desired {
            Some(desired) => {
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
        let view = self
            .store()
            .read(&declared.stack.name)
            .map_err(|error| format!("ledger: {error:?}"))?;
        let policy = policy(&declared, &view)?;
        self.plan_over(&self.engine(), declared, &view, policy).await
    }

    /// Plans manifests of another folder, over this ledger.
    ///
    /// # Errors
    /// As [`Plumb::plan`].
    pub async fn plan_of(&self, folder: &Path) -> Result<Planned, Refused> {
        let declared = self.declare(&[folder.to_owned()])?;
        let view = self
            .store()
            .read(&declared.stack.name)
            .map_err(|error| format!("ledger: {error:?}"))?;
        let policy = plain_policy(&declared);
        self.plan_over(&self.engine(), declared, &view, policy).await
    }

    /// Plans, lets `between` happen, and carries the plan out, as `plumb apply --yes` does.
    ///
    /// # Errors
    /// When the manifests or the key are refused, or the ledger cannot be written.
    pub async fn apply(
        &mut self,
        policy: PolicyOf<'_>,
        between: &(dyn Fn(&Planned) -> Result<(), String> + Send + Sync),
        interrupt: &Interrupt,
    ) -> Result<Ran, Refused> {
        let declared = self.declare(&[self.root().to_owned()])?;
        let head = self.head();
        let ledger = self
            .store()
            .open(&declared.stack.name, &holding(&head))
            .map_err(|error| format!("ledger: {error:?}"))?;
        let engine = self.engine();
        let events = Mutex::new(Vec::new());
        let tell = |event: Event| events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        settle(&engine, &declared, &ledger, interrupt).await?;
        let view = ledger.view();
        let policy = policy(&declared, &view)?;
        let planned = self.plan_over(&engine, declared, &view, policy).await?;
        between(&planned)?;
        if !planned.plan.tripped.is_empty() {
            return Ok(Ran { planned, report: None, events: Vec::new() });
        }
        let Planned { declared, observed, plan, .. } = &planned;
        let work = Work {
            plan,
            desired: &declared.desired,
            observed,
            ledger: &view,
            journal: &ledger,
            events: &tell,
            interrupt,
            head: &head,
        };
        let report = engine.execute(work).await.map_err(|error| format!("engine: {error:?}"))?;
        let events = events.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Ran { planned, report: Some(report), events })
    }

    /// Writes what is live and marked as this stack's as manifests.
    ///
    /// # Errors
    /// When something cannot be written.
    pub async fn export(&self, into: &Path, include: Include<'_>) -> Result<(), String> {
        let engine = self.engine();
        let mut observed = engine.discover().await;
        engine.read_export_lookups(&mut observed).await;
        let text = manifests(&engine, &observed, include)?;
        fs::write(into.join("exported.yaml"), text).map_err(|error| error.to_string())
    }

    async fn plan_over(
        &self,
        engine: &Engine,
        declared: Declared,
        view: &LedgerView,
        policy: Policy,
    ) -> Result<Planned, Refused> {
        let observed = engine.observe(&declared.desired, view).await;
        if let Some(provider) = engine.refused_keys().first() {
            let message = format!("{provider} did not accept the API key");
            return Err(Refused::Findings(vec![Finding::error(Code::KEY_REFUSED, message)]));
        }
        let view = view.clone().without_ended_contracts(self.cloud.now());
        let mut plan = plumb_planner::plan(&declared.desired, &observed.live, &view, &policy);
        declared.loaded.locate(&mut plan.findings);
        Ok(Planned { declared, observed, plan, policy })
    }

    /// Does something to a live object by hand, as `plumb action` does.
    ///
    /// # Errors
    /// When the manifests or the ledger cannot be read, or there is nothing to act on.
    pub async fn act(&mut self, key: &ResourceKey, verb: &str) -> Result<Report, String> {
        let declared = self.declare(&[self.root().to_owned()]);
        let stack = declared.map_err(|refused| format!("{refused:?}"))?.stack.name;
        let head = RunHead { command: format!("action {verb}"), ..self.head() };
        let ledger = self
            .store()
            .open(&stack, &holding(&head))
            .map_err(|error| format!("ledger: {error:?}"))?;
        let acting = Acting {
            key,
            verb,
            parts: &[],
            patience: None,
            ledger: &ledger.view(),
            journal: &ledger,
            events: &|_| {},
            interrupt: &Interrupt::never(),
            head: &head,
        };
        self.engine().act(acting).await.map_err(|error| format!("engine: {error:?}"))
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

    fn head(&mut self) -> RunHead {
        self.runs += 1;
        RunHead {
            who: Holder {
                user: "harness".to_owned(),
                host: "nowhere".to_owned(),
                run: RunId(format!("run-{}", self.runs)),
                url: None,
            },
            at: self.cloud.now(),
            command: "apply".to_owned(),
            commit: None,
            plan: None,
        }
    }
}

/// Settles the creates an earlier run left open.
async fn settle(
    engine: &Engine,
    declared: &Declared,
    ledger: &Ledger,
    interrupt: &Interrupt,
) -> Result<(), String> {
    let view = ledger.view();
    if view.open_intents.is_empty() {
        return Ok(());
    }
    let desired = &declared.desired;
    let give_up = BTreeMap::new();
    let settling =
        Settling { desired, ledger: &view, journal: ledger, interrupt, give_up: &give_up };
    let settled = engine.settle(settling).await;
    settled.map(drop).map_err(|error| format!("engine: {error:?}"))
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
pub fn registry() -> Registry {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::new(&[&RAFAY, &VOLTAGE_PARK]));
    REGISTRY.clone()
}

/// Whether an error stands among findings.
#[must_use]
pub fn any_error(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}

fn holding(head: &RunHead) -> Holding {
    Holding {
        who: head.who.clone(),
        pid: std::process::id(),
        command: head.command.clone(),
        since: head.at,
    }
}
