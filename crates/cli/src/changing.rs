//! A whole run (`plumb apply`, `plumb adopt`, `plumb destroy`), with a person or a CI job in front
//! of it. What a run does is `plumb_reconcile`'s; here is who is shown what, and who consents.

use crate::approval::Reviewed;
use crate::arguments::{Carrying, Format, Planning, Printing};
use crate::context::Context;
use crate::environment::Environment;
use crate::exit::{Ended, Exit};
use crate::findings;
use crate::output::Output;
use crate::problem::Problem;
use crate::progress::{Log, Progress};
use crate::recording::Recording;
use crate::session::{Session, holding};
use crate::stack::Unset;
use plumb_engine::{Interrupt, Interrupter};
use plumb_ledger::Holding;
use plumb_model::policy::Purpose;
use plumb_model::{
    Address, Bill, Code, Event, Finding, LedgerView, Plan, Policy, Report, ResourceKey,
};
use plumb_reconcile::{Consent, Hooks, Order, Outcome, Planned, Ran, Verdict};
use plumb_render::html;
use plumb_render::human::{self, Detail};
use plumb_render::json::{self, PlanDocument};
use plumb_render::markdown;
use plumb_render::report::{self, Extent};
use plumb_render::worlds::Worlds;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
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
    /// What was reviewed: only that is carried out.
    pub(crate) reviewed: Option<Reviewed>,
    /// How to be sure.
    pub(crate) consent: Asking,
    /// How it is carried out.
    pub(crate) carrying: Carrying,
    /// The command, for lock and history.
    pub(crate) command: &'static str,
}

/// What allows a run to change things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// Consent was given on the command line.
    Nobody,
    /// A person types yes.
    ForYes,
    /// A person types the stack's name, or has given it on the command line.
    ForTheStacksName(Option<String>),
}

impl Asking {
    /// A person is asked, unless the command line says `--yes`.
    pub(crate) fn unless(yes: bool) -> Self {
        if yes { Self::Nobody } else { Self::ForYes }
    }
}

/// Runs, and writes what it came to as it was asked for.
pub(crate) fn run(wanted: &Wanted, context: &Context) -> Result<Ended, Problem> {
    let recording = Recording::begin(wanted.command, &wanted.carrying.printing, context);
    let ended = follow(wanted, &recording, context);
    recording.end(ended)
}

fn follow(wanted: &Wanted, recording: &Recording<'_>, context: &Context) -> Result<Ended, Problem> {
    context.block_on(async {
        let unset = match wanted.purpose {
            Purpose::Converge => Unset::Refused,
            Purpose::Destroy => Unset::Open,
        };
        let session = Session::start(&wanted.paths, unset, context).await?;
        session.refuse_unnamed()?;
        if let Some(reviewed) = &wanted.reviewed {
            reviewed.refuse_of_another_stack(&session)?;
        }
        let Context { environment, output, .. } = context;
        let (interrupter, interrupt) = plumb_engine::interrupt();
        let progress = OnceLock::new();
        let session = &session;
        let following = Following { session, wanted, environment, output, recording, progress };
        tokio::select! {
            // Signals are listened for before anything begins that could say so.
            biased;
            () = watch_signals(&interrupter, output) => Ok(Exit::Interrupted.into()),
            result = following.run(&interrupt) => result,
        }
    })
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

/// Follows a run at a terminal or in a log.
struct Following<'a> {
    session: &'a Session,
    wanted: &'a Wanted,
    environment: &'a Environment,
    output: &'a Output,
    recording: &'a Recording<'a>,
    /// The moving part, once there is something to carry out.
    progress: OnceLock<Progress<'a>>,
}

impl Following<'_> {
    async fn run(&self, interrupt: &Interrupt) -> Result<Ended, Problem> {
        let order = Order {
            holding: holding(self.environment, self.wanted.command),
            commit: commit_of(&self.session.manifested.loaded.root, self.environment),
            lock_timeout: self.wanted.carrying.lock_timeout,
            interrupt,
        };
        let ran = self.session.reconciler().run(&order, self).await;
        let Ran { outcome, report, .. } =
            ran.map_err(|error| self.session.clouds.problem(error))?;
        let left_alone = matches!(outcome.verdict, Verdict::Declined | Verdict::Interrupted);
        if report.is_none() && left_alone {
            self.output.message("Nothing was changed.");
        }
        Ok(outcome.into())
    }

    fn finish_progress(&self) {
        if let Some(progress) = self.progress.get() {
            progress.finish();
        }
    }

    /// What a person is asked, and the answer that is taken for consent.
    async fn ask(&self, question: &str, answer: &str) -> Consent {
        match self.output.ask_meanwhile(question).await {
            Some(given) if given == answer => Consent::Given,
            _ => Consent::Refused,
        }
    }
}

impl Hooks for Following<'_> {
    type Error = Problem;

    fn policy(&self, ledger: &LedgerView) -> Result<Policy, Problem> {
        let Wanted { planning, purpose, adopt, .. } = self.wanted;
        let mut policy = self.session.policy(planning, *purpose, ledger)?;
        for address in adopt {
            let key = self.session.manifested.one(address, [])?;
            policy.selection.targets.insert(key.clone());
            policy.adopt.insert(key);
        }
        Ok(policy)
    }

    fn waiting(&self, holding: Option<&Holding>) {
        let who = holding.map_or_else(String::new, |holding| format!(" by {holding}"));
        self.output.message(&format!("Waiting for the lock, which is held{who}."));
    }

    fn took_over(&self, from: &Holding) {
        let words = "Took the ledger over: no sign of life any more of";
        self.output.message(&format!("{words} {from}."));
    }

    fn settling(&self, open: &[(ResourceKey, Duration)]) {
        self.output.message(&plumb_render::settling(open));
    }

    /// Shows the plan: as data in the format that was asked for.
    fn planned(&self, planned: &Planned, ledger: &LedgerView) -> Result<(), Problem> {
        if let Some(reviewed) = &self.wanted.reviewed {
            reviewed.refuse_if_stale((planned, ledger), self.session)?;
        }
        let Wanted { planning, carrying, .. } = self.wanted;
        if self.recording.is_wanted() {
            self.recording.planned(&planned.plan, document(self.session, planned))?;
        }
        // As data, the plan is a part of the result; who reads along has it beside.
        let printing = Printing { json_into: None, ..carrying.printing.clone() };
        match printing.format {
            Format::Human | Format::Sarif | Format::Junit => {
                show(self.session, planned, (planning, &printing), None, self.output)
            }
            Format::Json | Format::Markdown | Format::Html => {
                let style = self.output.error_style();
                self.output.message(&human::plan(&planned.plan, Detail::Plan, style));
                Ok(())
            }
        }
    }

    async fn consent(&self, _planned: &Planned) -> Result<Consent, Problem> {
        let stack = self.session.stack();
        match &self.wanted.consent {
            Asking::Nobody => Ok(Consent::Given),
            Asking::ForTheStacksName(Some(name)) if name == stack => Ok(Consent::Given),
            Asking::ForTheStacksName(Some(name)) => {
                let message = format!("--confirm says {name:?}, and the stack is called {stack:?}");
                Err(Finding::error(Code::INVALID_VALUE, message).into())
            }
            Asking::ForYes | Asking::ForTheStacksName(None)
                if !self.environment.is_interactive() =>
            {
                let message = "nobody can be asked here".to_owned();
                let help = if self.wanted.consent == Asking::ForYes {
                    "say --yes to go on without asking".to_owned()
                } else {
                    format!("say --confirm {stack} to go on without asking")
                };
                Err(Finding::error(Code::INVALID_VALUE, message).help(help).into())
            }
            Asking::ForYes => {
                Ok(self.ask("\nCarry this out? Only `yes` is taken for it: ", "yes").await)
            }
            Asking::ForTheStacksName(None) => {
                let question = format!("\nType the stack's name ({stack}) to delete all of this: ");
                Ok(self.ask(&question, stack).await)
            }
        }
    }

    fn begins(&self, plan: &Plan) -> Result<(), Problem> {
        let log = self.wanted.carrying.events.as_deref().map(Log::create).transpose()?;
        let style = self.output.error_style();
        self.progress.get_or_init(|| Progress::new(self.output, style, plan.actions.len(), log));
        Ok(())
    }

    fn tell(&self, event: Event) {
        let at = self.environment.now();
        if let Some(progress) = self.progress.get() {
            progress.tell(at, &event);
        }
        self.recording.tell(at, event);
    }

    fn carried_out(&self, _plan: &Plan, _report: &Report) {
        self.finish_progress();
    }

    fn billed(&self, bill: &Bill) {
        self.recording.billed(bill);
    }

    fn left(&self, again: &Plan) {
        self.recording.left(again);
        self.output.message(
            "The world is still not what the manifests say; this is what another run would do:",
        );
        self.output.message(&human::plan(again, Detail::Plan, self.output.error_style()));
    }

    /// Sums up when all is said: that it is complete can only be said after looking again.
    fn ended(&self, plan: &Plan, report: &Report, outcome: Option<&Outcome>) {
        if plan.actions.is_empty() {
            return;
        }
        let extent = match outcome.map(|outcome| outcome.verdict) {
            Some(Verdict::Done) if !self.output.has_lost() => Extent::Whole,
            _ => Extent::Part,
        };
        let style = self.output.style();
        let summary = report::summary(plan, report, (self.wanted.purpose, extent), style);
        let text = format!("{summary}{}", self.recording.bill(style));
        match self.wanted.carrying.printing.format {
            Format::Human => self.output.data(&text),
            Format::Json | Format::Markdown | Format::Html | Format::Sarif | Format::Junit => {
                self.output.message(&text);
            }
        }
    }
}

/// Prints a plan in the format that was asked for, its findings beside it, and at its end the command
/// that carries out exactly it, where there is one.
pub(crate) fn show(
    session: &Session,
    planned: &Planned,
    (planning, printing): (&Planning, &Printing),
    approval: Option<&str>,
    output: &Output,
) -> Result<(), Problem> {
    let plan = &planned.plan;
    let show = |all: &[Finding]| {
        findings::show(all, &session.manifested.excerpts(all), output);
    };
    show(&session.manifested.findings);
    let text = match printing.format {
        Format::Human => {
            // Findings have their excerpts on standard error; once is enough.
            show(&plan.findings);
            let shown = Plan { findings: Vec::new(), ..plan.clone() };
            let detail = if planning.why { Detail::Why } else { Detail::Plan };
            let approval =
                approval.map(|command| format!("\nTo carry out exactly this:\n{command}\n"));
            format!(
                "{}{}",
                human::plan(&shown, detail, output.style()),
                approval.unwrap_or_default()
            )
        }
        Format::Markdown => markdown::plan(plan, approval),
        Format::Html => html::plan(plan, approval).map_err(|error| {
            Finding::error(Code::INTERNAL, format!("the page cannot be put together: {error}"))
        })?,
        Format::Json => as_json(session, planned),
        Format::Sarif => {
            let log = plumb_render::sarif::log(&plan.findings, findings::VERSION);
            findings::pretty(&log)
        }
        Format::Junit => findings::as_tests(&session.manifested.files(), &plan.findings),
    };
    output.data(&text);
    write_json(session, planned, printing)
}

/// Writes the plan beside what is printed, when that was asked for.
pub(crate) fn write_json(
    session: &Session,
    planned: &Planned,
    printing: &Printing,
) -> Result<(), Problem> {
    let Some(path) = &printing.json_into else { return Ok(()) };
    std::fs::write(path, as_json(session, planned)).map_err(|error| Problem::file(path, error))
}

fn as_json(session: &Session, planned: &Planned) -> String {
    findings::pretty(&document(session, planned))
}

/// A plan as data.
fn document(session: &Session, planned: &Planned) -> PlanDocument {
    let fingerprint = session.fingerprint(planned).to_string();
    let desired = &session.manifested.desired;
    let worlds = Worlds { desired, live: &planned.observed.live };
    json::plan(&planned.plan, Some(worlds), &fingerprint, findings::VERSION)
}

/// The Git commit of the manifests, where there is one.
fn commit_of(root: &Path, environment: &Environment) -> Option<String> {
    let output = environment
        .git()
        .arg("-C")
        .arg(root)
        .args(["rev-parse", "--verify", "--quiet", "HEAD"])
        .stdin(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let commit = text.trim();
    (output.status.success() && commit.len() >= 40).then(|| commit.to_owned())
}
