//! `plumb rehearse`: the plan, carried out in simulated clouds. What they begin with is in [`seed`], what
//! goes wrong in [`trouble`], what is told in [`told`].

mod seed;
pub(crate) mod told;
mod trouble;

use super::prelude::{Args, Context, Ended, Paths, Planning, Problem, TableFormat, chain};
use crate::providers;
use crate::session::{Session, holding};
use crate::stack::Unset;
use jiff::Timestamp;
use plumb_model::policy::{Purpose, Strangers};
use plumb_model::{Bill, Code, Event, Finding, LedgerView, Plan, Policy};
use plumb_reconcile::{Changes, Consent, Hooks, Order, Outcome, Planned, Ran, Verdict};
use plumb_render::human::{self, Detail};
use plumb_sandbox::{Sandbox, SharedWorld, WorldConfig};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use told::{Beginning, Heard, Rehearsal};

/// How much faster than the wall clock a rehearsal runs: what takes twenty minutes takes ten seconds, and a
/// look every tenth of a second is one every twelve seconds.
const PACE: u32 = 120;

/// What goes wrong is tried again so often, as a person would.
const RUNS: usize = 3;

/// Carry the plan out in simulated clouds, and tell order, duration and cost. Needs no key, and
/// changes neither a real cloud nor the real ledger.
#[derive(Debug, Args)]
pub(crate) struct Rehearse {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    planning: Planning,
    /// Begin with what this export has (`plumb export --owned --into DIR`), as the stack's; with empty
    /// accounts when missing.
    #[arg(long, value_name = "DIR", conflicts_with = "live")]
    from: Option<PathBuf>,
    /// Begin with what the stack owns in the real clouds, which are read with the operator's keys.
    #[arg(long)]
    live: bool,
    /// Lose answers, and refuse requests with 500, 503 and 429, at calls that follow from SEED.
    #[arg(long, value_name = "SEED")]
    faults: Option<u64>,
    /// What the simulated clouds offer, as `plumb sandbox serve --config` takes it.
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: TableFormat,
}

impl Rehearse {
    pub(super) fn run(self, context: &mut Context) -> Result<Ended, Problem> {
        self.refuse_pipe()?;
        let live =
            if self.live { Some(seed::Live::read(&self.paths.all(), context)?) } else { None };
        let folder = seed::folder()?;
        // The ledger, too, is in there: the real one is never written.
        context.shared.sandbox = true;
        context.shared.sandbox_data = Some(folder.path().to_owned());
        context.shared.ledger = None;
        let config = match &self.world {
            Some(path) => providers::world(path)?,
            None => WorldConfig::default(),
        };
        let context = &*context;
        let rehearsed = context.block_on(async {
            let world = start(config, context).await?;
            let paths = self.paths.all();
            let beginning = match (&self.from, &live) {
                (Some(from), _) => {
                    seed::plant(&world, &[(from, seed::Whose::Stacks)], &paths, context).await?;
                    Beginning::Export
                }
                (None, Some(live)) => {
                    seed::plant(&world, &live.folders(), &paths, context).await?;
                    Beginning::Live
                }
                (None, None) => Beginning::Nothing,
            };
            self.rehearse(&world, beginning, context).await
        })?;
        let (told, outcome) = rehearsed;
        self.format.print(&told, &context.output);
        Ok(outcome.into())
    }

    /// An error when standard input would have to be read twice: for what is there, and for the plan.
    fn refuse_pipe(&self) -> Result<(), Problem> {
        let is_piped = self.paths.all().iter().any(|path| path == Path::new("-"));
        if !is_piped || (self.from.is_none() && !self.live) {
            return Ok(());
        }
        let message = "standard input cannot be read beside --from or --live";
        let help = "write the manifests into a file, and name that";
        Err(Finding::error(Code::INVALID_VALUE, message).help(help).into())
    }

    async fn rehearse(
        &self,
        world: &SharedWorld,
        beginning: Beginning,
        context: &Context,
    ) -> Result<(Rehearsal, Outcome), Problem> {
        world.with(|world| {
            world.set_time_scale(PACE);
            world.faults_mut().extend(self.faults.map(trouble::of_seed).unwrap_or_default());
        });
        let session = Session::start(&self.paths.all(), Unset::Refused, context).await?;
        session.refuse_unnamed()?;
        let session = session.changed(seed::unbind);
        let mut heard = Heard::default();
        let mut outcome = self.once(&session, &mut heard, context).await?;
        while is_worth_another(outcome.verdict) && heard.runs() < RUNS && self.faults.is_some() {
            outcome = self.once(&session, &mut heard, context).await?;
        }
        let met = world.with(|world| {
            let met = world.faults_mut().states().iter().map(|rule| rule.fired).sum();
            world.faults_mut().clear();
            met
        });
        let faults = self.faults.map(|seed| told::Faults { seed, met });
        let strangers = (Purpose::Converge, Strangers::Nearby);
        let again = session.plan(&self.planning, strangers).await?.plan;
        let found = Outcome::of_plan(&again, Changes::Count);
        if outcome.verdict == Verdict::Done && found.verdict != Verdict::Done {
            outcome = Outcome::of_rest(&again);
        }
        let told = Rehearsal::of(session.stack(), beginning, faults, (&heard, &again), PACE);
        Ok((told, outcome))
    }

    /// One run, as an apply that asks nobody.
    async fn once(
        &self,
        session: &Session,
        heard: &mut Heard,
        context: &Context,
    ) -> Result<Outcome, Problem> {
        let (_interrupter, interrupt) = plumb_engine::interrupt();
        let order = Order {
            holding: holding(&context.environment, "rehearse"),
            commit: None,
            lock_timeout: Duration::ZERO,
            interrupt: &interrupt,
        };
        let began = context.environment.now();
        let hooks = Watching { session, planning: &self.planning, context, seen: Mutex::default() };
        let ran = session.reconciler().run(&order, &hooks).await;
        let Ran { outcome, .. } = ran.map_err(|error| session.clouds.problem(error))?;
        let Seen { plan, events, bill } =
            hooks.seen.into_inner().unwrap_or_else(PoisonError::into_inner);
        heard.run((began, context.environment.now()), plan, events, bill);
        Ok(outcome)
    }
}

/// Whether another run may get further.
fn is_worth_another(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Incomplete | Verdict::Indeterminate)
}

/// Starts the simulated clouds, in memory.
async fn start(config: WorldConfig, context: &Context) -> Result<SharedWorld, Problem> {
    let started = Sandbox::start(config, providers::simulated(), None).await;
    let running = started.map_err(|error| {
        let message = format!("the simulated clouds cannot start: {}", chain(&error));
        Finding::error(Code::UNREADABLE_FILE, message).help("see what --world says")
    })?;
    for problem in &running.problems {
        context.output.message(&format!("warning: {problem}"));
    }
    let world = running.world.clone();
    context.runs(running);
    Ok(world)
}

/// Follows a run, and says yes to it.
struct Watching<'a> {
    session: &'a Session,
    planning: &'a Planning,
    context: &'a Context,
    seen: Mutex<Seen>,
}

/// What is seen of a run.
#[derive(Default)]
struct Seen {
    plan: Plan,
    events: Vec<(Timestamp, Event)>,
    bill: Option<Bill>,
}

impl Watching<'_> {
    fn see(&self, see: impl FnOnce(&mut Seen)) {
        see(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Hooks for Watching<'_> {
    type Error = Problem;

    fn policy(&self, ledger: &LedgerView) -> Result<Policy, Problem> {
        self.session.policy(self.planning, Purpose::Converge, ledger)
    }

    fn planned(&self, planned: &Planned, _ledger: &LedgerView) -> Result<(), Problem> {
        let output = &self.context.output;
        output.message(&human::plan(&planned.plan, Detail::Plan, output.error_style()));
        self.see(|seen| seen.plan = planned.plan.clone());
        Ok(())
    }

    async fn consent(&self, _planned: &Planned) -> Result<Consent, Problem> {
        Ok(Consent::Given)
    }

    fn tell(&self, event: Event) {
        let at = self.context.environment.now();
        self.see(|seen| seen.events.push((at, event)));
    }

    fn billed(&self, bill: &Bill) {
        self.see(|seen| seen.bill = Some(bill.clone()));
    }
}
