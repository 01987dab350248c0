//! Carrying a scenario out: step by step, then one more look that must change nothing.

use crate::Complaint;
use crate::canary::keep::{self, Harness};
use crate::cloud::{Cloud, merge};
use crate::discover::Found;
use crate::expect;
use crate::listing;
use crate::oracle;
use crate::plumb::{Declared, Planned, Plumb, PolicyOf, Ran, Refused, plain_policy};
use crate::scenario::{Ending, LedgerFate, Look, Step, named};
use crate::simulated::Seen as _;
use plumb_engine::Interrupt;
use plumb_model::policy::{Coverage, Prune, Purpose, Selection, Strangers};
use plumb_model::{Event, Finding, LedgerView, Plan, Policy, Report, ResourceKey};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

/// The file with a stack's settings, which every scenario has.
pub const STACK_FILE: &str = "plumb.yaml";

/// What a scenario came to.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What does not hold, ready to be printed.
    pub complaints: Vec<Complaint>,
    /// The listings as they are now, one for each step that looks.
    pub listings: Vec<String>,
}

/// Runs a scenario in a runtime of its own, whose clock is paused.
#[must_use]
pub fn run(found: &Found) -> Outcome {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    match runtime {
        Ok(runtime) => runtime.block_on(carry_out(found)),
        Err(error) => Outcome { complaints: vec![error.to_string()], ..Outcome::default() },
    }
}

async fn carry_out(found: &Found) -> Outcome {
    let mut running = match Running::new(found) {
        Ok(running) => running,
        Err(complaint) => return Outcome { complaints: vec![complaint], ..Outcome::default() },
    };
    for (at, step) in found.scenario.steps.iter().enumerate() {
        if let Err(complaint) = running.step(at, step).await {
            running.complain(format!("step {}: {complaint}", at + 1));
            break;
        }
    }
    if let Err(complaint) = running.end().await {
        running.complain(complaint);
    }
    running.outcome
}

/// What one look came to.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) listing: String,
    pub(crate) messages: String,
    pub(crate) plan: Plan,
    policy: Policy,
    report: Option<Report>,
    pub(crate) events: Vec<Event>,
}

struct Running<'f> {
    found: &'f Found,
    plumb: Plumb,
    outcome: Outcome,
    secrets: BTreeSet<String>,
    /// What the last look saw.
    last: Option<Seen>,
}

impl<'f> Running<'f> {
    fn new(found: &'f Found) -> Result<Self, Complaint> {
        let mut world = found.world.clone();
        merge(&mut world, &found.scenario.world);
        crowd(&mut world, found.scenario.crowd);
        let cloud = Cloud::new(world)?;
        let mut secrets: BTreeSet<String> = found.scenario.variables.values().cloned().collect();
        secrets.extend(cloud.keys().map(|(_, key)| key));
        secrets.extend(cloud.world().secrets());
        for secret in &secrets {
            keep::secret(secret);
        }
        let mut plumb = Plumb::new(cloud)?;
        plumb.variables.clone_from(&found.scenario.variables);
        plumb.write(STACK_FILE, &found.source(STACK_FILE)?)?;
        Ok(Self { found, plumb, outcome: Outcome::default(), secrets, last: None })
    }

    fn complain(&mut self, complaint: Complaint) {
        self.outcome.complaints.push(complaint);
    }

    async fn step(&mut self, at: usize, step: &'f Step) -> Result<(), Complaint> {
        self.prepare(step)?;
        let Some((look, expected)) = step.look()? else { return Ok(()) };
        let before = self.plumb.cloud.world().requests().last_number();
        let began = tokio::time::Instant::now();
        let seen = self.look(step, look).await?;
        self.outcome.listings.push(seen.listing.clone());
        if seen.listing != expected {
            let difference = listing::difference(expected, &seen.listing);
            self.complain(format!("step {}: the {look:?} is another one:\n{difference}", at + 1));
        }
        if look == Look::Plan && !oracle::only_reads(&self.plumb.cloud.world(), before) {
            self.complain(format!("step {}: a plan sent more than reads", at + 1));
        }
        if let Some(seconds) = step.lasts
            && began.elapsed() < Duration::from_secs(seconds)
        {
            self.complain(format!("step {}: it took only {:?}", at + 1, began.elapsed()));
        }
        for complaint in expect::complaints(step, &self.plumb.cloud, &seen, before) {
            self.complain(format!("step {}: {complaint}", at + 1));
        }
        self.check_leaks(&seen);
        let did_everything =
            seen.report.as_ref().is_some_and(|report| report.skipped.is_empty() && done(report));
        self.last = Some(seen);
        if did_everything && look != Look::Export {
            self.nothing_left(&format!("step {}", at + 1)).await?;
        }
        Ok(())
    }

    /// Everything a step does before it looks.
    fn prepare(&mut self, step: &Step) -> Result<(), Complaint> {
        if step.world.get("faults").is_some() {
            let unfired = oracle::unfired(&self.plumb.cloud.world());
            self.outcome.complaints.extend(unfired);
        }
        if !step.world.is_null() {
            self.plumb.cloud.configure(&step.world)?;
        }
        if let Some(key) = &step.key {
            self.plumb.key.clone_from(key);
        }
        if let Some(key) = &step.voltage_park_key {
            self.plumb.voltage_park_key.clone_from(key);
        }
        if step.ledger == Some(LedgerFate::Lost) {
            fs::remove_dir_all(self.plumb.ledger()).map_err(|error| error.to_string())?;
        }
        self.secrets.extend(step.variables.values().cloned());
        for secret in step.variables.values() {
            keep::secret(secret);
        }
        self.plumb.variables.extend(step.variables.clone());
        self.files(step)?;
        for edit in step.outside.all() {
            self.plumb.cloud.world().edit(edit)?;
        }
        if let Some(seconds) = step.advance {
            self.plumb.cloud.world().advance(Duration::from_secs(seconds));
        }
        Ok(())
    }

    fn files(&self, step: &Step) -> Result<(), Complaint> {
        for (target, source) in step.write.all().iter().flat_map(crate::scenario::Write::pairs) {
            self.plumb.write(target, &self.found.source(source)?)?;
        }
        for change in step.change.all() {
            let path = self.plumb.root().join(&change.file);
            let text = fs::read_to_string(&path)
                .map_err(|error| format!("cannot change {}: {error}", change.file))?;
            match text.matches(&change.from).count() {
                1 => self.plumb.write(&change.file, &text.replace(&change.from, &change.to))?,
                count => {
                    return Err(format!(
                        "{:?} stands {count} times in {}",
                        change.from, change.file
                    ));
                }
            }
        }
        for name in step.remove.all() {
            fs::remove_file(self.plumb.root().join(name))
                .map_err(|error| format!("cannot remove {name}: {error}"))?;
        }
        Ok(())
    }

    async fn look(&mut self, step: &Step, look: Look) -> Result<Seen, Complaint> {
        match look {
            Look::Plan => {
                let policy = |declared: &Declared, view: &LedgerView| {
                    policy(step, Purpose::Converge, declared, view)
                };
                self.plan(&policy).await
            }
            Look::Apply => self.apply(step, Purpose::Converge).await,
            Look::Destroy => self.apply(step, Purpose::Destroy).await,
            Look::Export => self.export().await,
        }
    }

    async fn plan(&self, policy: PolicyOf<'_>) -> Result<Seen, Complaint> {
        match self.plumb.plan(policy).await {
            Ok(planned) => Ok(seen(planned, None, Vec::new())),
            Err(refused) => refusal(refused),
        }
    }

    async fn apply(&mut self, step: &Step, purpose: Purpose) -> Result<Seen, Complaint> {
        let policy = |declared: &Declared, view: &LedgerView| policy(step, purpose, declared, view);
        let cloud = self.plumb.cloud.clone();
        let between = || step.between.all().iter().try_for_each(|edit| cloud.world().edit(edit));
        let (interrupter, interrupt) = plumb_engine::interrupt();
        let interrupt = if step.interrupt_after.is_some() { interrupt } else { Interrupt::never() };
        let interrupting = async {
            match step.interrupt_after {
                Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
                None => std::future::pending().await,
            }
            interrupter.interrupt();
            std::future::pending::<()>().await;
        };
        let applied = tokio::select! {
            applied = self.plumb.apply(&policy, &between, &interrupt) => applied,
            () = interrupting => return Err("interrupted for ever".to_owned()),
        };
        match applied {
            Ok(Ran { planned, report, events, .. }) => Ok(seen(planned, report, events)),
            Err(refused) => refusal(refused),
        }
    }

    /// Exports what the manifests declare into a folder of its own, and plans that.
    async fn export(&self) -> Result<Seen, Complaint> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let declared = match self.plumb.declare(&[self.plumb.root().to_owned()]) {
            Ok(declared) => declared,
            Err(refused) => return refusal(refused),
        };
        let include = |key: &ResourceKey| declared.desired.get(key).is_some();
        self.plumb.export(folder.path(), &include).await?;
        keep::tree(Harness::Scenarios, folder.path(), &|_| false);
        fs::copy(self.plumb.root().join(STACK_FILE), folder.path().join(STACK_FILE))
            .map_err(|error| error.to_string())?;
        match self.plumb.plan_of(folder.path()).await {
            Ok(planned) => Ok(seen(planned, None, Vec::new())),
            Err(refused) => refusal(refused),
        }
    }

    fn check_leaks(&mut self, seen: &Seen) {
        let told = [
            ("the plan", serde_json::to_string(&seen.plan).unwrap_or_default()),
            ("the events", serde_json::to_string(&seen.events).unwrap_or_default()),
            ("a message", format!("{}{}", seen.listing, seen.messages)),
        ];
        for (place, text) in told {
            keep::text(Harness::Scenarios, place, text.as_bytes());
            let leaks = oracle::leaks(place, text.as_bytes(), &self.secrets);
            self.outcome.complaints.extend(leaks);
        }
    }

    /// After a run that did everything, the same look finds nothing to do.
    async fn nothing_left(&mut self, place: &str) -> Result<(), Complaint> {
        let Some(last) = &self.last else { return Ok(()) };
        let before = self.plumb.cloud.world().requests().last_number();
        let seen = self.plan(&|_: &Declared, _: &LedgerView| Ok(last.policy.clone())).await?;
        if !seen.plan.actions.is_empty() {
            let text = format!("{place}: planning again does something:\n{}", seen.listing);
            self.complain(text);
        }
        // What stays blocked may be asked about once more, with a body.
        let world = self.plumb.cloud.world();
        let quiet = if seen.plan.blocked.is_empty() {
            world.requests().is_get_only(before)
        } else {
            oracle::only_reads(&world, before)
        };
        drop(world);
        if !quiet {
            self.complain(format!("{place}: planning again sent more than GETs"));
        }
        Ok(())
    }

    /// The last look, and what the sandbox says.
    async fn end(&mut self) -> Result<(), Complaint> {
        let Some(last) = self.last.take() else { return Ok(()) };
        let before = self.plumb.cloud.world().requests().last_number();
        let seen = self.plan(&|_: &Declared, _: &LedgerView| Ok(last.policy.clone())).await?;
        if !oracle::only_reads(&self.plumb.cloud.world(), before) {
            self.complain("the last look sent more than reads".to_owned());
        }
        let in_the_way = |listing: &str| -> Vec<String> {
            let stands = |line: &&str| line.starts_with("blocked ") || line.starts_with("error ");
            listing.lines().filter(stands).map(str::to_owned).collect()
        };
        let (now, then) = (in_the_way(&seen.listing), in_the_way(&last.listing));
        let holds = match self.found.scenario.ends {
            Ending::Settled => seen.plan.is_empty() && now.is_empty(),
            Ending::Blocked => seen.plan.actions.is_empty() && !now.is_empty() && now == then,
            Ending::Refused => !now.is_empty() && now == then,
        };
        if !holds {
            let wanted = self.found.scenario.ends;
            self.complain(format!("it does not end {wanted:?}; the last look:\n{}", seen.listing));
        }
        let complaints =
            oracle::complaints(&self.plumb.cloud.world(), &self.found.scenario.manners);
        self.outcome.complaints.extend(complaints);
        keep::tree(Harness::Scenarios, &self.plumb.ledger(), &|_| false);
        let leaks = oracle::leaks_in_files(&self.plumb.ledger(), &self.secrets)?;
        self.outcome.complaints.extend(leaks);
        Ok(())
    }
}

/// Adds so many machines of somebody else to a world.
fn crowd(world: &mut Value, count: usize) {
    let machines = (0..count).map(|at| serde_json::json!({"name": format!("passer-by-{at}")}));
    let path = "/voltage-park/seeded/virtual_machines";
    if let Some(Value::Array(seeded)) = world.pointer_mut(path) {
        seeded.extend(machines);
    }
}

fn done(report: &Report) -> bool {
    report.outcomes.values().all(|outcome| *outcome == plumb_model::ActionOutcome::Done)
}

fn seen(planned: Planned, report: Option<Report>, events: Vec<Event>) -> Seen {
    let Planned { declared, plan, policy, .. } = planned;
    let mut messages = listing::messages(&plan, &declared.findings, report.as_ref());
    for event in &events {
        if let Event::Warned { message, .. } = event {
            messages.push('\n');
            messages.push_str(message);
        }
    }
    Seen {
        listing: listing::of_plan(&plan, report.as_ref()),
        messages,
        plan,
        policy,
        report,
        events,
    }
}

fn refusal(refused: Refused) -> Result<Seen, Complaint> {
    match refused {
        Refused::Harness(complaint) => Err(complaint),
        Refused::Findings(findings) => Ok(Seen {
            listing: listing::of_findings(&findings),
            messages: messages(&findings),
            ..Seen::default()
        }),
    }
}

fn messages(findings: &[Finding]) -> String {
    listing::messages(&Plan::default(), findings, None)
}

fn policy(
    step: &Step,
    purpose: Purpose,
    declared: &Declared,
    view: &LedgerView,
) -> Result<Policy, String> {
    let known = declared.desired.resources().keys().chain(view.entries.keys());
    let plain = plain_policy(declared);
    Ok(Policy {
        purpose,
        prune: if step.prune { Prune::On } else { plain.prune },
        selection: Selection {
            targets: named(&step.targets, &known)?,
            excludes: named(&step.excludes, &known)?,
        },
        coverage: Coverage::Whole,
        strangers: Strangers::Nearby,
        adopt: named(&step.adopt, &known)?,
        allowed_deletes: step.allow_deletes,
        allowed_hourly: None,
        allowed_unpriced: BTreeSet::new(),
        confirm_loss: step.confirm_loss,
        early_terminations: named(&step.approve, &known).unwrap_or_default(),
        ..plain
    })
}
