//! `plumb apply`, `plumb adopt`, `plumb destroy`: plan, ask, carry out, verify.
//!
//! # Flow
//! lock, settle what an earlier run left open, observe, plan, show, ask, execute, observe and plan
//! again. The last plan must be empty.

use crate::arguments::{Format, Planning, Shared};
use crate::commands::plan as printing;
use crate::commands::plan_file::PlanFile;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::{Problem, chain};
use crate::progress::Progress;
use crate::session::{Planned, Session, holding, run_id};
use plumb_engine::{EngineError, Interrupt, Interrupter, Settling, Urgency, Work};
use plumb_ledger::Ledger;
use plumb_model::event::RunOutcome;
use plumb_model::ledger::RunHead;
use plumb_model::policy::Purpose;
use plumb_model::{Address, Code, Event, Finding, Plan, Policy, Report, RunId};
use plumb_render::report;
use std::fs::File;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a run is asked to do.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The manifests.
    pub(crate) paths: Vec<PathBuf>,
    /// What limits or widens the plan.
    pub(crate) planning: Planning,
    /// Converge or destroy.
    pub(crate) purpose: Purpose,
    /// Resources to take over although they differ.
    pub(crate) adopt: Vec<Address>,
    /// The reviewed plan, when a plan file is carried out.
    pub(crate) reviewed: Option<PlanFile>,
    /// How to be sure.
    pub(crate) consent: Consent,
    /// How long to wait for the lock.
    pub(crate) lock_timeout: Duration,
    /// The command, for lock and history.
    pub(crate) command: &'static str,
}

/// What allows a run to change things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    /// Given on the command line.
    Given,
    /// A person types yes.
    Ask,
    /// A person types the stack's name, or has given it on the command line.
    StackName(Option<String>),
}

/// Everything one run carries around.
struct Running<'a> {
    session: &'a Session,
    wanted: &'a Wanted,
    shared: &'a Shared,
    environment: &'a Environment,
    output: &'a Output,
    run: RunId,
    interrupt: Interrupt,
}

/// Runs.
pub(crate) async fn run(
    wanted: Wanted,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Problem> {
    let shared = match &wanted.reviewed {
        Some(file) => file.shared(shared),
        None => shared.clone(),
    };
    let session = Session::start(&wanted.paths, &shared, environment, output).await?;
    let (interrupter, interrupt) = plumb_engine::interrupt();
    let run = run_id(environment);
    let running = Running {
        session: &session,
        wanted: &wanted,
        shared: &shared,
        environment,
        output,
        run,
        interrupt,
    };
    let result = tokio::select! {
        // Signals are listened for before anything begins that could say so.
        biased;
        () = watch_signals(&interrupter, output) => Ok(Exit::Interrupted),
        result = running.all() => result,
    };
    session.stop().await;
    result
}

/// The first signal asks for a graceful end, the second to leave at once. Ends with the third, which
/// nothing waits for any more.
pub(crate) async fn watch_signals(interrupter: &Interrupter, output: &Output) {
    let mut signals = crate::signals::Signals::watch();
    signals.next().await;
    output.message(
        "\nInterrupted: finishing and recording what is in flight. Interrupt again to leave at once; \
         that is safe too.",
    );
    interrupter.interrupt();
    signals.next().await;
    interrupter.interrupt();
    signals.next().await;
}

impl Running<'_> {
    async fn all(&self) -> Result<Exit, Problem> {
        let holding = holding(self.environment, &self.run, self.wanted.command);
        let wait = self.wanted.lock_timeout;
        let locked = self.session.locked(&holding, wait, self.output);
        let Some(ledger) = self.unless_stopped(locked).await? else { return Ok(self.stopped()) };
        let prepared = self.unless_stopped(self.prepare(&ledger)).await?;
        let Some((policy, planned)) = prepared else { return Ok(self.stopped()) };
        if !planned.plan.tripped.is_empty() {
            return Ok(Exit::Blocked);
        }
        if !planned.plan.actions.is_empty() {
            match self.unless_stopped(self.consents()).await? {
                Some(true) => {}
                Some(false) => {
                    self.output.message("Nothing was changed.");
                    return Ok(Exit::Error);
                }
                None => return Ok(self.stopped()),
            }
        }
        let report = self.execute(&planned, &ledger).await?;
        if planned.plan.actions.is_empty() {
            return Ok(exit_of_plan(&planned.plan));
        }
        let style = self.output.style();
        let summary = report::summary(&planned.plan, &report, self.wanted.purpose, style);
        self.say(&summary);
        let exit = exit_of_run(&planned.plan, &report);
        if exit != Exit::Done {
            return Ok(exit);
        }
        let verified = self.unless_stopped(self.verify(&ledger, &policy)).await?;
        Ok(verified.unwrap_or(Exit::Interrupted))
    }

    /// What only looks, waits or asks ends as soon as somebody wants the run to stop: nothing is in
    /// flight that would have to be finished. `None` then.
    async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<Option<T>, Problem> {
        tokio::select! {
            biased;
            () = self.interrupt.reached(Urgency::Graceful) => Ok(None),
            result = work => result.map(Some),
        }
    }

    /// Stopped before anything was sent.
    fn stopped(&self) -> Exit {
        self.output.message("Nothing was changed.");
        Exit::Interrupted
    }

    /// Settles what is open, looks, plans and shows the plan.
    async fn prepare(&self, ledger: &Ledger) -> Result<(Policy, Planned), Problem> {
        self.settle(ledger).await?;
        let view = ledger.view();
        let policy = self.policy(&view)?;
        let planned = self.session.plan(&view, &policy).await?;
        if let Some(reviewed) = &self.wanted.reviewed {
            reviewed.refuse_if_stale(&planned.plan, self.session)?;
        }
        self.show(&planned.plan)?;
        Ok((policy, planned))
    }

    /// Settles the creates an earlier run left open.
    async fn settle(&self, ledger: &Ledger) -> Result<(), Problem> {
        let view = ledger.view();
        if view.open_intents.is_empty() {
            return Ok(());
        }
        let count = view.open_intents.len();
        self.output.message(&format!("Settling {count} create(s) that an earlier run left open."));
        let settling = Settling {
            desired: &self.session.manifested.desired,
            ledger: &view,
            journal: ledger,
            interrupt: &self.interrupt,
            give_up: &self.session.manifested.give_up(),
        };
        let settled = self.session.clouds.engine.settle(settling).await;
        settled.map_err(|error| unrecorded(&error))?;
        self.session.clouds.refuse_closed_keys()
    }

    fn policy(&self, view: &plumb_model::LedgerView) -> Result<Policy, Problem> {
        let mut policy = self.session.policy(&self.wanted.planning, self.wanted.purpose, view)?;
        for address in &self.wanted.adopt {
            let key = self.session.manifested.one(address, [])?;
            policy.selection.targets.insert(key.clone());
            policy.adopt.insert(key);
        }
        Ok(policy)
    }

    /// Shows the plan: as data in the format that was asked for.
    fn show(&self, plan: &Plan) -> Result<(), Problem> {
        printing::show(self.session, plan, &self.wanted.planning, self.shared, self.output)
    }

    fn say(&self, text: &str) {
        match self.shared.format {
            Format::Human => self.output.data(text),
            Format::Json | Format::Markdown | Format::Sarif => self.output.message(text),
        }
    }

    async fn consents(&self) -> Result<bool, Problem> {
        let stack = self.session.stack();
        match &self.wanted.consent {
            Consent::Given => Ok(true),
            Consent::StackName(Some(name)) if name == stack => Ok(true),
            Consent::StackName(Some(name)) => {
                let message = format!("--confirm says {name:?}, and the stack is called {stack:?}");
                Err(Finding::error(Code::INVALID_VALUE, message).into())
            }
            Consent::Ask | Consent::StackName(None) if !self.environment.is_interactive() => {
                let message = "nobody can be asked here".to_owned();
                let help = if self.wanted.consent == Consent::Ask {
                    "say --yes to go on without asking".to_owned()
                } else {
                    format!("say --confirm {stack} to go on without asking")
                };
                Err(Finding::error(Code::INVALID_VALUE, message).help(help).into())
            }
            Consent::Ask => {
                let question = "\nCarry this out? Only `yes` is taken for it: ";
                Ok(self.output.ask_meanwhile(question).await.as_deref() == Some("yes"))
            }
            Consent::StackName(None) => {
                let question = format!("\nType the stack's name ({stack}) to delete all of this: ");
                Ok(self.output.ask_meanwhile(&question).await.as_deref() == Some(stack))
            }
        }
    }

    async fn execute(&self, planned: &Planned, ledger: &Ledger) -> Result<Report, Problem> {
        let log = self.event_log()?;
        let style = self.output.error_style();
        let progress = Progress::new(self.output, style, planned.plan.actions.len(), log);
        let events = |event: Event| progress.tell(&event);
        let head = RunHead {
            who: self.environment.who(&self.run),
            at: self.environment.now(),
            command: self.wanted.command.to_owned(),
            commit: commit_of(&self.session.manifested.loaded.root),
            plan: Some(planned.plan.basis.fingerprint()),
        };
        let view = ledger.view();
        let work = Work {
            plan: &planned.plan,
            desired: &self.session.manifested.desired,
            observed: &planned.observed,
            ledger: &view,
            journal: ledger,
            events: &events,
            interrupt: &self.interrupt,
            head: &head,
        };
        let report = self.session.clouds.engine.execute(work).await;
        progress.finish();
        report.map_err(|error| unrecorded(&error))
    }

    fn event_log(&self) -> Result<Option<File>, Problem> {
        let Some(path) = &self.shared.events else { return Ok(None) };
        File::create(path).map(Some).map_err(|error| Problem::file(path, error))
    }

    /// Looks again: after a run that did everything, nothing may be left to do.
    async fn verify(&self, ledger: &Ledger, policy: &Policy) -> Result<Exit, Problem> {
        let view = ledger.view();
        let policy = Policy { adopt: std::collections::BTreeSet::new(), ..policy.clone() };
        let again = self.session.plan(&view, &policy).await?.plan;
        if again.actions.is_empty() {
            return Ok(exit_of_plan(&again));
        }
        self.output.message(
            "The world is still not what the manifests say; this is what another run would do:",
        );
        let detail = plumb_render::human::Detail::Plan;
        self.output.message(&plumb_render::human::plan(&again, detail, self.output.error_style()));
        Ok(Exit::Incomplete)
    }
}

fn exit_of_plan(plan: &Plan) -> Exit {
    printing::exit_of(plan, false)
}

fn exit_of_run(plan: &Plan, report: &Report) -> Exit {
    match report.outcome() {
        RunOutcome::Done => exit_of_plan(plan),
        RunOutcome::Incomplete => Exit::Incomplete,
        RunOutcome::Indeterminate => Exit::Indeterminate,
        RunOutcome::Interrupted => Exit::Interrupted,
    }
}

/// The ledger could not be written.
pub(crate) fn unrecorded(error: &EngineError) -> Problem {
    let finding = Finding::error(Code::UNREADABLE_FILE, chain(error)).help(
        "mend the ledger's folder (space, permissions) and run again: what was sent is settled \
         first",
    );
    Problem::from(finding).exit(Exit::Incomplete)
}

/// The Git commit of the manifests, where there is one. Git runs without the repository's own
/// hooks, helpers or configuration of programs.
fn commit_of(root: &Path) -> Option<String> {
    let output = std::process::Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"])
        .args(["rev-parse", "--verify", "--quiet", "HEAD"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let commit = text.trim();
    (output.status.success() && commit.len() >= 40).then(|| commit.to_owned())
}
