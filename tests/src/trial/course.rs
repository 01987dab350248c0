//! The course of a trial: runs one after the other, as an operator or a CI would start them, until
//! nothing is left to do, or until a person has to decide.
//!
//! Between two runs all there is are the world, the disk and what went over the wire: a [`Moment`].
//! A trial can go on from one with a further fault, which comes to the same as a trial that has
//! both faults from its beginning, so that what pairs of faults have in common is run once.

use crate::cloud::Cloud;
use crate::trial::disturbance::{Beginning, Disturbance};
use crate::trial::fault::{Fault, Trouble};
use crate::trial::oracle::{self, Effects, Instant};
use crate::trial::person;
use crate::trial::process::{Ended, Machine, MachinePast, Mishap, Wire, WirePast};
use crate::trial::virtual_time::in_virtual_time;
use crate::trial::workload::Workload;
use plumb_ledger::Ledger;
use plumb_ledger::memory::Trouble as DiskTrouble;
use plumb_model::{Code, Money, Plan};
use plumb_sandbox::World;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Runs until the trial is given up; far more than any fault plan needs.
const MOST_RUNS: u32 = 40;
/// Runs that may be needed once faults have stopped (O1), a person's word not counted.
const ENOUGH_RUNS: u32 = 3;
/// Between two runs.
const PAUSE: Duration = Duration::from_secs(90);

/// What a trial came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// How many of the planned faults took place.
    pub fired: usize,
    /// Runs of plumb.
    pub runs: u32,
    /// Runs that did not begin to be needed before the last fault was over.
    pub runs_after_faults: u32,
    /// Calls to clouds.
    pub calls: u64,
    /// Runs with which something was wrong as a whole.
    pub disturbed: usize,
    /// Steps of the disk.
    pub steps: u64,
    /// Creates a person had to settle.
    pub resolved: u32,
    /// For each call of the first run, whether it was a write.
    pub writes: Vec<bool>,
    /// The same of the whole trial.
    pub all_writes: Vec<bool>,
    /// What took effect.
    pub effects: Effects,
    /// What must not be.
    pub violations: Vec<String>,
    /// What each run came to, for whoever has to understand a violation.
    pub story: Vec<String>,
    /// The files of the ledger at the end.
    pub disk: BTreeMap<String, Vec<u8>>,
}

/// Between two runs of a trial.
#[derive(Debug)]
pub struct Moment {
    faults: Vec<Fault>,
    world: World,
    /// How long the world was watched.
    age: Duration,
    wire: WirePast,
    machine: MachinePast,
    disk_struck: bool,
    course: Course,
}

impl Moment {
    /// The same with an empty disk.
    #[must_use]
    pub(super) fn without_ledger(self) -> Self {
        Self { machine: self.machine.with_empty_disk(), ..self }
    }

    /// The objects of ours that exist.
    pub(super) fn objects(&self) -> BTreeSet<String> {
        oracle::objects(&self.world)
    }

    /// How many runs its machine has made.
    pub(super) fn machine_runs(&self) -> u32 {
        self.machine.runs()
    }

    /// How many calls went out before it.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.wire.calls()
    }
}

/// Applies a workload under faults until it converges, and judges every instant of it.
#[must_use]
pub fn run(workload: &Workload, faults: &[Fault], seed: u64) -> Course {
    course_of(workload, faults, seed, None).0
}

/// The same, with the moments before each run from which a trial with one more fault, at a later
/// call, can go on.
#[must_use]
pub fn run_in_moments(workload: &Workload, faults: &[Fault], seed: u64) -> (Course, Vec<Moment>) {
    course_of(workload, faults, seed, Some(Vec::new()))
}

fn course_of(
    workload: &Workload,
    faults: &[Fault],
    seed: u64,
    moments: Option<Vec<Moment>>,
) -> (Course, Vec<Moment>) {
    if !faults.is_empty() {
        workload.undisturbed();
    }
    carry_out(async { Trial { moments, ..Trial::new(workload, faults, seed) }.run().await })
}

/// Goes on from a moment with one more fault, at a call after it.
#[must_use]
pub fn go_on(workload: &Workload, moment: &Moment, further: &Fault, seed: u64) -> Course {
    workload.undisturbed();
    carry_out(async { Trial::at(workload, moment, further, seed).run().await }).0
}

fn carry_out(trial: impl Future<Output = (Course, Vec<Moment>)>) -> (Course, Vec<Moment>) {
    in_virtual_time(trial).unwrap_or_else(|error| {
        (Course { violations: vec![error], ..Course::default() }, Vec::new())
    })
}

struct Trial<'w> {
    faults: Vec<Fault>,
    cloud: Cloud,
    wire: Wire,
    machine: Machine<'w>,
    /// What an hour of what is not ours costs.
    bill_before: Money,
    disk_struck: bool,
    course: Course,
    /// The moments before runs, where they are wanted.
    moments: Option<Vec<Moment>>,
}

/// What is to happen after a run.
enum Next {
    Again,
    Converged,
    /// Only creates in doubt are left.
    Stopped,
}

impl<'w> Trial<'w> {
    fn new(workload: &'w Workload, faults: &[Fault], seed: u64) -> Self {
        let begun = workload.begun.as_deref();
        let mut world = begun.map_or(&workload.world, |moment| &moment.world).clone();
        world.faults_mut().extend(faults.iter().filter_map(Fault::rule).collect());
        let cloud = Cloud::after(world, begun.map_or(Duration::ZERO, |moment| moment.age));
        let wire = Wire::new(cloud.clone(), faults.iter().flat_map(mishaps).collect());
        let machine = Machine::new(workload, cloud.clone(), wire.clone(), seed);
        let machine = match begun {
            Some(moment) => machine.with_past(&moment.machine),
            None => machine,
        };
        if let Some(fault) = faults.iter().find(|fault| fault.trouble.is_of_the_disk()) {
            let trouble = match fault.trouble {
                Trouble::PowerLoss => DiskTrouble::Crash,
                _ => DiskTrouble::Error,
            };
            machine.disk.trouble_at(fault.at, trouble);
        }
        let faults = faults.to_vec();
        let (bill_before, course) = (oracle::bill(&workload.world), Course::default());
        let (disk_struck, moments) = (false, None);
        Self { faults, cloud, wire, machine, bill_before, disk_struck, course, moments }
    }

    /// A trial that goes on from a moment.
    fn at(workload: &'w Workload, moment: &Moment, further: &Fault, seed: u64) -> Self {
        let mut world = moment.world.clone();
        world.faults_mut().extend(further.rule_after(moment.wire.arrived()).into_iter().collect());
        let cloud = Cloud::after(world, moment.age);
        let wire = Wire::with_past(cloud.clone(), moment.wire.clone());
        for (call, mishap) in mishaps(further) {
            wire.plan(call, mishap);
        }
        let machine = Machine::new(workload, cloud.clone(), wire.clone(), seed);
        let machine = machine.with_past(&moment.machine);
        let faults = moment.faults.iter().chain([further]).cloned().collect();
        // One of its faults is still to come.
        let course = Course { runs_after_faults: 0, ..moment.course.clone() };
        let (bill_before, disk_struck) = (oracle::bill(&workload.world), moment.disk_struck);
        let moments = None;
        Self { faults, cloud, wire, machine, bill_before, disk_struck, course, moments }
    }

    /// Everything there is between two runs.
    fn moment(&self) -> Moment {
        Moment {
            faults: self.faults.clone(),
            world: self.cloud.world().clone(),
            age: self.cloud.age(),
            wire: self.wire.past().clone(),
            machine: self.machine.past(),
            disk_struck: self.disk_struck,
            course: self.course.clone(),
        }
    }

    async fn run(mut self) -> (Course, Vec<Moment>) {
        let beginning = Beginning::of(&self.machine);
        let (mut stops, mut converged) = (0, false);
        while self.course.runs < MOST_RUNS && self.course.violations.is_empty() && !converged {
            // With a fault to come, a person would still have waited.
            if self.moments.is_some() && self.course.resolved == 0 {
                let moment = self.moment();
                self.moments.get_or_insert_default().push(moment);
            }
            let faults_over = self.faults_are_over();
            let before = self.wire.calls();
            let disturbance = self.disturb(&beginning);
            let ended = self.machine.apply().await;
            self.course.runs += 1;
            self.course.runs_after_faults += u32::from(faults_over);
            if self.course.runs == 1 {
                self.course.writes = self.wire.writes();
            }
            self.course.story.push(format!("run {}: {ended}", self.course.runs));
            let next = match disturbance {
                Some(disturbance) => {
                    let violations = disturbance.end(&mut self.machine, &ended);
                    self.course.violations.extend(violations);
                    Next::Again
                }
                None => self.after(&ended, before),
            };
            self.judge(&ended);
            match next {
                Next::Again => {}
                Next::Converged => converged = true,
                // What is late may still come; a person waits for a while before deciding.
                Next::Stopped if !self.faults_are_over() => {}
                Next::Stopped => {
                    stops += 1;
                    if stops > 1 {
                        self.resolve();
                        self.course.runs_after_faults = 0;
                    }
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        let moments = self.moments.take().unwrap_or_default();
        (self.finish(converged), moments)
    }

    /// Lets something be wrong with the next run, where that is planned.
    fn disturb(&mut self, beginning: &Beginning) -> Option<Disturbance> {
        let next = u64::from(self.course.runs) + 1;
        let planned = |fault: &&Fault| fault.trouble.is_of_a_run() && fault.at == next;
        let fault = self.faults.iter().find(planned)?;
        let disturbance = Disturbance::begin(fault.trouble, &mut self.machine, beginning)?;
        self.course.disturbed += 1;
        Some(disturbance)
    }

    /// The machine as the next process finds it, and what is to happen.
    fn after(&mut self, ended: &Ended, calls_before: u64) -> Next {
        match ended {
            Ended::Killed => {
                self.machine.disk = self.machine.disk.after_kill();
                Next::Again
            }
            Ended::NoLedger(error) => {
                let struck = !self.disk_struck
                    && self.faults.iter().any(|fault| fault.trouble.is_of_the_disk());
                if !struck {
                    self.violate(format!("the ledger is not usable: {error}"));
                }
                self.disk_struck = true;
                if self.faults.iter().any(|fault| fault.trouble == Trouble::PowerLoss) {
                    let seed = self.machine.seed.wrapping_add(u64::from(self.course.runs));
                    self.machine.disk = self.machine.disk.after_power_loss(seed);
                }
                Next::Again
            }
            Ended::Ran { plan, .. } if plan.is_empty() => {
                self.expect_only_reads(calls_before);
                Next::Converged
            }
            Ended::Ran { plan, .. } if is_only_in_doubt(plan) => Next::Stopped,
            Ended::Ran { .. }
            | Ended::KeyRefused
            | Ended::Unreachable
            | Ended::AnotherAccount
            | Ended::LockedOut
            | Ended::Evicted => Next::Again,
        }
    }

    fn expect_only_reads(&mut self, since: u64) {
        let since = usize::try_from(since).unwrap_or(usize::MAX);
        let writes = self.wire.writes();
        if writes.iter().skip(since).any(|is_write| *is_write) {
            self.violate("an empty plan wrote something".to_owned());
        }
    }

    /// Nothing costs more than plans have said (O9).
    fn expect_announced(&mut self) {
        let bill = oracle::bill(&self.cloud.world());
        // Where a plan did not know a price, it said so, and there is nothing to hold it to.
        let Some(announced) = self.machine.announced() else { return };
        if bill > self.bill_before + announced {
            self.violate(format!("{bill} an hour, and {announced} was announced"));
        }
    }

    /// What the ledger on the disk says, read as the next process would.
    fn view(&self) -> Option<plumb_model::LedgerView> {
        plumb_ledger::files::load(&self.machine.disk.after_kill()).ok().map(|read| read.view)
    }

    /// Judges the moment after a run.
    fn judge(&mut self, ended: &Ended) {
        let Some(view) = self.view() else {
            return self.violate("the ledger cannot be read".to_owned());
        };
        self.expect_announced();
        let world = self.cloud.world();
        let instant = Instant { workload: self.machine.workload, world: &world, ledger: &view };
        let mut violations = oracle::violations(&instant);
        // What somebody does after the last look at it, a run cannot know.
        if let Ended::Ran { plan, report: Some(_), verdict } = ended
            && !self.is_meddled_with()
        {
            violations.extend(oracle::dishonest(&instant, plan, *verdict));
        }
        drop(world);
        self.course.violations.extend(violations);
    }

    /// A person looks into the console and says what became of each create in doubt.
    fn resolve(&mut self) {
        let disk = Arc::new(self.machine.disk.clone());
        let Ok(ledger) = Ledger::open_in(disk, &self.machine.workload.stack) else { return };
        let said = person::decides(&ledger, &self.cloud);
        self.course.resolved += u32::try_from(said.story.len()).unwrap_or(u32::MAX);
        self.course.story.extend(said.story);
        self.course.violations.extend(said.violations);
    }

    /// Whether every fault that can still fire has fired, and everything late has come.
    fn faults_are_over(&self) -> bool {
        let (calls, runs) = (self.wire.calls(), u64::from(self.course.runs));
        let (of_runs, others): (Vec<&Fault>, Vec<&Fault>) =
            self.faults.iter().partition(|fault| fault.trouble.is_of_a_run());
        let on_calls = others.into_iter().filter(|fault| !fault.trouble.is_of_the_disk());
        let last = on_calls.map(|fault| fault.at + fault.trouble.reach()).max();
        last.is_none_or(|last| calls >= last) && of_runs.iter().all(|fault| runs >= fault.at)
    }

    fn is_meddled_with(&self) -> bool {
        self.faults.iter().any(|fault| matches!(fault.trouble, Trouble::Meddled(_)))
    }

    fn violate(&mut self, what: String) {
        self.course.violations.push(what);
    }

    fn finish(mut self, converged: bool) -> Course {
        self.course.calls = self.wire.calls();
        self.course.all_writes = self.wire.writes();
        self.course.steps = self.machine.disk.steps();
        let server = self.cloud.world().faults().states().iter().filter(|it| it.fired > 0).count();
        let mishaps = usize::try_from(self.wire.happened()).unwrap_or(usize::MAX);
        let disk = self.faults.iter().filter(|fault| fault.trouble.is_of_the_disk());
        let disk = disk.filter(|fault| fault.at <= self.course.steps).count();
        self.course.fired = server + mishaps + disk + self.course.disturbed;
        let over = self.course.runs_after_faults > ENOUGH_RUNS + self.machine.workload.slack;
        if self.course.violations.is_empty() && (!converged || over) {
            let what =
                format!("it took {} runs after the last fault", self.course.runs_after_faults);
            self.violate(what);
        }
        let world = self.cloud.world();
        let workload = self.machine.workload;
        let mut violations = oracle::at_the_end(workload, &world);
        if let Some(ledger) = self.view() {
            violations.extend(oracle::lost_for_good(&Instant {
                workload,
                world: &world,
                ledger: &ledger,
            }));
        }
        self.course.effects = oracle::effects(&world);
        drop(world);
        if !self.faults.is_empty() && !self.is_meddled_with() {
            let (needed, faults) = (workload.undisturbed(), self.faults.len());
            violations.extend(oracle::beyond_need(needed, &self.course.effects, faults));
        }
        self.course.disk = self.machine.files();
        for (name, bytes) in &self.course.disk {
            violations.extend(workload.secrets_in(name, bytes));
        }
        violations
            .extend(workload.secrets_in("the story", self.course.story.join("\n").as_bytes()));
        self.course.violations.extend(violations);
        self.course
    }
}

/// What a fault does on the way, and at which calls.
fn mishaps(fault: &Fault) -> impl Iterator<Item = (u64, Mishap)> + use<> {
    let calls = match fault.trouble {
        Trouble::OmittedFor(calls) => calls,
        _ => 1,
    };
    let mishap = Mishap::of(fault.trouble);
    (fault.at..fault.at + calls).filter_map(move |call| Some((call, mishap?)))
}

/// Whether nothing can be done but wait for a person: every block is a create in doubt, or needs
/// one.
pub(super) fn is_only_in_doubt(plan: &Plan) -> bool {
    let in_doubt =
        |code: Code| [Code::BLOCKED_INDETERMINATE, Code::BLOCKED_DEPENDENCY].contains(&code);
    plan.actions.is_empty()
        && plan.tripped.is_empty()
        && plan.blocked.iter().all(|blocked| in_doubt(blocked.code))
}
