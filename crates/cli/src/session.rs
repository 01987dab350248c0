//! A session with the clouds: manifests read, connections made, the ledger found. The commands that
//! look, plan or act begin here.

use crate::arguments::Planning;
use crate::clouds::{Clouds, Needed};
use crate::context::Context;
use crate::environment::Environment;
use crate::output::{Output, message};
use crate::problem::{Problem, broken};
use crate::stack::{self, Manifested, Unset, one_of};
use jiff::Timestamp;
use plumb_ledger::{Holding, Store};
use plumb_model::facts::Facts;
use plumb_model::fingerprint::Fingerprint;
use plumb_model::policy::{Coverage, Prune, Purpose, Selection, Strangers};
use plumb_model::{
    Address, Code, Desired, Event, Finding, KindId, LedgerView, Policy, Resource, ResourceKey,
    RunId,
};
use plumb_reconcile::{Ground, Planned, Reconciler};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

/// Manifests, clouds and ledger of one command.
#[derive(Debug)]
pub(crate) struct Session {
    /// What is declared.
    pub(crate) manifested: Manifested,
    /// The clouds.
    pub(crate) clouds: Clouds,
    /// When it began.
    pub(crate) now: Timestamp,
    /// Whether the clouds are simulated.
    pub(crate) sandbox: bool,
    /// Where the ledger is.
    store: Store,
    /// The stack's mark.
    mark: String,
    /// How long after the last look creates in doubt are given up, by kind.
    give_up: BTreeMap<KindId, Duration>,
}

impl Session {
    /// Reads manifests and connects.
    pub(crate) async fn start(
        paths: &[PathBuf],
        unset: Unset,
        context: &Context,
    ) -> Result<Self, Problem> {
        stack::refuse_unnamed_pipe(paths, &context.shared)?;
        let manifested = stack::read(paths, unset, context)?;
        let store = manifested.ledger(context)?;
        let used = &manifested.loaded.stack.connections;
        let registry = manifested.registry.clone();
        let needed = needed(&manifested, &store)?;
        let clouds = Clouds::connect(registry, used, &needed, context).await?;
        refuse_unconnected(&manifested, &clouds)?;
        Ok(Self::over(manifested, (clouds, store), context))
    }

    /// The same over clouds that are connected already.
    pub(crate) fn over(
        manifested: Manifested,
        (clouds, store): (Clouds, Store),
        context: &Context,
    ) -> Self {
        let Context { shared, environment, .. } = context;
        let (mark, give_up) = (manifested.loaded.stack.mark(), manifested.give_up());
        let (now, sandbox) = (environment.now(), shared.sandbox);
        Self { manifested, clouds, now, sandbox, store, mark, give_up }
    }

    /// The same, but what is made and found is of the stack with this mark, in its ledger.
    pub(crate) fn owned_as(self, mark: String, store: Store) -> Self {
        Self { store, mark, ..self }
    }

    /// The same with resources that are a little changed, and still the same ones.
    pub(crate) fn changed(mut self, change: impl Fn(&mut Resource)) -> Self {
        let desired = &self.manifested.desired;
        let changed = desired.resources().values().cloned().map(|mut resource| {
            change(&mut resource);
            resource
        });
        // They were checked together before; what is the same ones stays in order.
        if let Ok(changed) = Desired::new(desired.kinds().clone(), changed) {
            self.manifested.desired = changed;
        }
        self
    }

    /// The stack's name.
    pub(crate) fn stack(&self) -> &str {
        &self.manifested.loaded.stack.name
    }

    /// The stack's mark: its name and id.
    pub(crate) fn mark(&self) -> &str {
        &self.mark
    }

    /// What a plan says and what it was made from.
    pub(crate) fn facts(&self, planned: &Planned) -> Facts {
        let mut settings = planned.policy.settings();
        // A plan is for one installation; the sandbox gets a new port each time.
        let connections = if self.sandbox { &[][..] } else { &self.clouds.endpoints };
        settings.insert("connections".to_owned(), json!(connections));
        settings.insert("sandbox".to_owned(), json!(self.sandbox));
        Facts::of(&planned.plan, planned.basis(&self.manifested.desired), settings)
    }

    /// What a plan is approved by.
    pub(crate) fn fingerprint(&self, planned: &Planned) -> Fingerprint {
        Fingerprint::of(&self.mark, &self.facts(planned))
    }

    /// An error when the stack has no name to write under.
    pub(crate) fn refuse_unnamed(&self) -> Result<(), Problem> {
        let loaded = &self.manifested.loaded;
        stack::refuse_unnamed(&loaded.stack, &loaded.root)
    }

    /// Says that the plan cannot be carried out, where that is so.
    pub(crate) fn note_unnamed(&self, output: &Output) {
        for finding in self.refuse_unnamed().err().into_iter().flat_map(|refused| refused.findings)
        {
            output.message(&format!("note: {} ({})", finding.message, finding.code));
        }
    }

    /// What plans and runs begin with.
    pub(crate) fn reconciler(&self) -> Reconciler<'_> {
        let Manifested { desired, loaded, .. } = &self.manifested;
        let ground = Ground {
            engine: &self.clouds.engine,
            desired,
            loaded: Some(loaded),
            give_up: &self.give_up,
        };
        Reconciler { ground, store: &self.store, stack: &self.mark }
    }

    /// Looks at the clouds and plans, without a lock and without writing anything.
    pub(crate) async fn plan(
        &self,
        planning: &Planning,
        (purpose, strangers): (Purpose, Strangers),
    ) -> Result<Planned, Problem> {
        let policy = |view: &LedgerView| {
            let policy = self.policy(planning, purpose, view)?;
            Ok(Policy { strangers, ..policy })
        };
        let planned = self.reconciler().plan(policy).await;
        planned.map_err(|error| self.clouds.problem(error))
    }

    /// Makes the ledger, so that there is a key to hash with: a plan file tells by hashes that no
    /// secret has changed since, which needs the key that applying it will use.
    pub(crate) fn begin_ledger(&self, environment: &Environment) -> Result<(), Problem> {
        self.refuse_unnamed()?;
        if self.store.has_begun().map_err(|error| broken(&error))? {
            return Ok(());
        }
        let holding = holding(environment, "plan");
        self.store.open(&self.mark, &holding).map(drop).map_err(|error| broken(&error))
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
            let one = |address| {
                let found = self.manifested.one(address, owned.iter().copied());
                found.or_else(|problem| self.gone(address, &owned).ok_or(problem))
            };
            addresses.iter().map(one).collect()
        };
        let prune = self.prune(planning)?;
        Ok(Policy {
            purpose,
            prune,
            selection: Selection {
                targets: keys(&planning.target)?,
                excludes: keys(&planning.exclude)?,
            },
            coverage: self.manifested.coverage,
            strangers: Strangers::Nearby,
            adopt: BTreeSet::new(),
            allowed_deletes: planning.allow_deletes,
            allowed_hourly: planning.allow_hourly,
            allowed_unpriced: keys(&planning.allow_unpriced)?,
            confirm_loss: planning.confirm_loss,
            early_terminations: keys(&planning.approve_early_termination)?,
            ..stack.policy()
        })
    }

    /// What an address meant in an earlier run, when nothing has it any more: a command that says
    /// "run again" can be run again.
    fn gone(&self, address: &Address, owned: &[&ResourceKey]) -> Option<ResourceKey> {
        let mut known = self.manifested.desired.resources().keys().chain(owned.iter().copied());
        if known.any(|key| address.names(key)) {
            return None;
        }
        let runs = self.store.history(&self.mark).ok()?;
        let finished =
            runs.iter().flat_map(|run| &run.events).filter_map(|(_, event)| match event {
                Event::ActionFinished { key, .. } if address.names(key) => Some(key),
                _ => None,
            });
        let finished = finished.collect();
        let key = one_of(address, &finished, &finished).ok()?;
        message(&format!("{key} is gone since an earlier run: there is nothing to do for it."));
        Some(key)
    }

    /// Whether this run prunes: never when it reads only a part of the stack's manifests. That
    /// everything goes must be said by whoever runs it, and not once and for all in plumb.yaml.
    fn prune(&self, planning: &Planning) -> Result<Prune, Problem> {
        match (self.manifested.coverage, planning.prune) {
            (Coverage::Whole, true) => Ok(Prune::On),
            (Coverage::Whole, false) if self.manifested.desired.resources().is_empty() => {
                Ok(Prune::Off)
            }
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
}

/// The clouds in which something is declared, or on record.
fn needed(manifested: &Manifested, store: &Store) -> Result<Needed, Problem> {
    let view = store.read(&manifested.loaded.stack.mark()).map_err(|error| broken(&error))?;
    let declared = manifested.desired.resources().keys();
    let known = declared.chain(view.entries.keys()).chain(view.open_intents.keys());
    Ok(Needed::of(&manifested.registry, known.map(|key| &key.kind)))
}

/// Every cloud whose kinds are declared needs a connection; the others do not.
fn refuse_unconnected(manifested: &Manifested, clouds: &Clouds) -> Result<(), Problem> {
    let mut keys = manifested.desired.resources().keys();
    keys.try_for_each(|key| clouds.require(&key.kind, &key.to_string()))
}

/// Who runs what, for lock and history.
pub(crate) fn holding(environment: &Environment, command: &str) -> Holding {
    let now = environment.now();
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let pid = std::process::id();
    // When it began, and which process it is.
    let run = RunId(format!("{stamp}-{pid}"));
    Holding { who: environment.who(&run), pid, command: command.to_owned(), since: now }
}
