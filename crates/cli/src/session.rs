//! A session with the clouds: manifests read, connections made, the ledger found. The commands that
//! look, plan or act begin here.

use crate::arguments::{Planning, Shared};
use crate::clouds::Clouds;
use crate::environment::Environment;
use crate::output::Output;
use crate::problem::Problem;
pub(crate) use crate::problem::broken;
use crate::stack::{self, Coverage, Manifested};
use jiff::Timestamp;
use plumb_engine::Observed;
use plumb_ledger::{Holding, Ledger, LedgerError, Store};
use plumb_model::policy::{Prune, Purpose, Selection};
use plumb_model::{Address, Code, Finding, LedgerView, Plan, Policy, ResourceKey, RunId};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// Manifests, clouds and ledger of one command.
#[derive(Debug)]
pub(crate) struct Session {
    /// What is declared.
    pub(crate) manifested: Manifested,
    /// The clouds.
    pub(crate) clouds: Clouds,
    /// Where the ledger is.
    pub(crate) ledger: Store,
    /// When the command began: contracts that ended before it protect nothing any more.
    now: Timestamp,
}

/// A plan, and what it was made from.
#[derive(Debug)]
pub(crate) struct Planned {
    /// The plan.
    pub(crate) plan: Plan,
    /// What was seen.
    pub(crate) observed: Observed,
}

impl Session {
    /// Reads manifests and connects.
    pub(crate) async fn start(
        paths: &[PathBuf],
        shared: &Shared,
        environment: &Environment,
        output: &Output,
    ) -> Result<Self, Problem> {
        let manifested = stack::read(paths, shared, environment, output)?;
        let ledger = manifested.ledger(shared)?;
        let names = &manifested.loaded.stack.connections;
        let registry = manifested.registry.clone();
        let clouds = Clouds::connect(registry, names, shared, environment).await?;
        refuse_unconnected(&manifested, &clouds)?;
        Ok(Self { manifested, clouds, ledger, now: environment.now() })
    }

    /// The stack's name.
    pub(crate) fn stack(&self) -> &str {
        &self.manifested.loaded.stack.name
    }

    /// The ledger as it is, without a lock and without writing anything.
    pub(crate) fn reading_view(&self) -> Result<LedgerView, Problem> {
        self.ledger.read(self.stack()).map_err(|error| broken(&error))
    }

    /// Makes the ledger, so that there is a key to hash with: a plan file tells by hashes that no
    /// secret has changed since, which needs the key that applying it will use.
    pub(crate) fn begin_ledger(&self, environment: &Environment) -> Result<(), Problem> {
        if self.ledger.has_begun().map_err(|error| broken(&error))? {
            return Ok(());
        }
        let holding = holding(environment, &run_id(environment), "plan");
        self.ledger.open(self.stack(), &holding).map(drop).map_err(|error| broken(&error))
    }

    /// The ledger, locked for this run. Waits for another's lock as long as allowed.
    pub(crate) async fn locked(
        &self,
        holding: &Holding,
        wait: Duration,
        output: &Output,
    ) -> Result<Ledger, Problem> {
        const PAUSE: Duration = Duration::from_millis(500);
        let began = std::time::Instant::now();
        let mut told = false;
        loop {
            match self.ledger.open(self.stack(), holding) {
                Ok(ledger) => return Ok(ledger),
                Err(LedgerError::Held { holder, .. }) if began.elapsed() < wait => {
                    if !told {
                        let who = holder.map_or_else(String::new, |holder| format!(" by {holder}"));
                        output.message(&format!("Waiting for the lock, which is held{who}."));
                        told = true;
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(broken(&error)),
            }
        }
    }

    /// Looks at the clouds and plans.
    pub(crate) async fn plan(
        &self,
        view: &LedgerView,
        policy: &Policy,
    ) -> Result<Planned, Problem> {
        let desired = &self.manifested.desired;
        let observed = self.clouds.engine.observe(desired, view).await;
        self.clouds.refuse_unreachable()?;
        self.clouds.refuse_closed_keys()?;
        let seen = view.clone().without_ended_contracts(self.now);
        let mut plan = plumb_planner::plan(desired, &observed.live, &seen, policy);
        self.manifested.loaded.locate(&mut plan.findings);
        Ok(Planned { plan, observed })
    }

    /// The policy of a run, from plumb.yaml and the command line.
    pub(crate) fn policy(
        &self,
        planning: &Planning,
        purpose: Purpose,
        view: &LedgerView,
    ) -> Result<Policy, Problem> {
        let stack = &self.manifested.loaded.stack;
        let keys = |addresses: &[Address]| -> Result<BTreeSet<ResourceKey>, Problem> {
            let owned: Vec<&ResourceKey> = view.entries.keys().collect();
            let one = |address| self.manifested.one(address, owned.iter().copied());
            addresses.iter().map(one).collect()
        };
        let prune = self.prune(planning)?;
        Ok(Policy {
            purpose,
            prune,
            limits: stack.limits.clone(),
            selection: Selection {
                targets: keys(&planning.target)?,
                excludes: keys(&planning.exclude)?,
            },
            adopt: BTreeSet::new(),
            allowed_deletes: planning.allow_deletes,
            allowed_hourly: planning.allow_hourly,
            confirm_loss: planning.confirm_loss,
            early_terminations: keys(&planning.approve_early_termination)?,
        })
    }

    /// Whether this run prunes: never when it reads only a part of the stack's manifests.
    fn prune(&self, planning: &Planning) -> Result<Prune, Problem> {
        match (self.manifested.coverage, planning.prune) {
            (Coverage::Whole, true) => Ok(Prune::On),
            (Coverage::Whole, false) => Ok(self.manifested.loaded.stack.prune),
            (Coverage::Part, false) => Ok(Prune::Off),
            (Coverage::Part, true) => {
                let message = "--prune needs all of the stack's manifests".to_owned();
                let help = "name the stack's folder and nothing else: what is not read would be \
                            taken for no longer declared";
                Err(Finding::error(Code::INVALID_VALUE, message).help(help).into())
            }
        }
    }

    /// The policy when nothing is said on the command line.
    pub(crate) fn plain_policy(&self) -> Policy {
        let limits = self.manifested.loaded.stack.limits.clone();
        Policy { limits, ..Policy::default() }
    }

    /// Ends the session.
    pub(crate) async fn stop(self) {
        self.clouds.stop().await;
    }
}

/// Every cloud whose kinds are declared needs a connection; the others do not.
fn refuse_unconnected(manifested: &Manifested, clouds: &Clouds) -> Result<(), Problem> {
    let mut keys = manifested.desired.resources().keys();
    keys.try_for_each(|key| clouds.require(&key.kind, &key.to_string()))
}

/// Who runs what, for lock and history.
pub(crate) fn holding(environment: &Environment, run: &RunId, command: &str) -> Holding {
    Holding {
        who: environment.who(run),
        pid: std::process::id(),
        command: command.to_owned(),
        since: environment.now(),
    }
}

/// A name for a run: when it began, and which process it is.
pub(crate) fn run_id(environment: &Environment) -> RunId {
    let now = environment.now().strftime("%Y%m%dT%H%M%SZ").to_string();
    RunId(format!("{now}-{}", std::process::id()))
}
