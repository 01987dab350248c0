//! Sweeps: many cases of a workload on all cores, counted, and the first failures made small.

use crate::canary::keep;
use crate::trial::course::{Course, Moment, go_on, run, run_in_moments};
use crate::trial::dice::Dice;
use crate::trial::fault::{Fault, Trouble};
use crate::trial::shrink;
use crate::trial::workload::Workload;
use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures that are shrunk and shown; more would only repeat them.
const SHOWN: usize = 3;

/// What many cases came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// The workload.
    pub name: &'static str,
    /// Cases tried.
    pub cases: usize,
    /// Cases in which every planned fault took place.
    pub fired: usize,
    /// Runs of plumb.
    pub runs: u32,
    /// Calls to clouds.
    pub calls: u64,
    /// Creates a person had to settle.
    pub resolved: u32,
    /// Cases with a violation.
    pub failed: usize,
    /// The first failures as ready-made tests.
    pub tests: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

impl Tally {
    fn take(&mut self, course: &Course, faults: &[Fault]) {
        self.cases += 1;
        self.fired += usize::from(course.fired >= faults.len());
        self.runs += course.runs;
        self.calls += course.calls;
        self.resolved += course.resolved;
        self.failed += usize::from(!course.violations.is_empty());
    }

    /// Says what it came to, where a test's own output is not held back, and fails when a case has
    /// a violation, or when fewer than `least_fired` cases had all of their faults.
    ///
    /// # Errors
    /// What failed, as tests to be copied.
    pub fn expect(&self, least_fired: usize) -> Result<(), String> {
        tell(&self.to_string());
        if self.failed > 0 {
            return Err(format!("{} failed, the first:\n{}", self.failed, self.tests.join("\n\n")));
        }
        if self.fired < least_fired {
            return Err(format!("only {} of {} fired", self.fired, self.cases));
        }
        Ok(())
    }
}

/// One line of figures.
impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, cases, fired, runs, calls, resolved, failed, took, .. } = self;
        write!(
            formatter,
            "{name}: {cases} cases, {fired} with every fault fired, {runs} runs, {calls} calls, \
             {resolved} settled by a person, {failed} with a violation, {took:.1?}"
        )
    }
}

/// Says something where a test's own output is not held back.
pub fn tell(line: &str) {
    // Figures are for people; a closed stream loses nothing else.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Does something for each number below `many`, on all cores.
pub fn on_all_cores(many: usize, each: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= many {
                        return;
                    }
                    each(number);
                }
            });
        }
    });
}

/// Cases of a sweep of which everything is kept for the search after the whole suite.
const KEPT: usize = 100;

/// Runs cases on all cores, and shrinks the first that fail.
#[must_use]
pub fn all(workload: &Workload, cases: &[Vec<Fault>]) -> Tally {
    let began = Instant::now();
    let tally = Mutex::new(Tally { name: workload.name, ..Tally::default() });
    on_all_cores(cases.len(), |number| {
        if let Some(faults) = cases.get(number) {
            let course = try_one(workload, faults, &tally);
            if number % (cases.len() / KEPT + 1) == 0 {
                keep::trial(&course.story, &course.disk);
            }
        }
    });
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    Tally { took: began.elapsed(), ..tally }
}

fn try_one(workload: &Workload, faults: &[Fault], tally: &Mutex<Tally>) -> Course {
    let course = run(workload, faults, 1);
    note(tally, workload, faults, &course);
    course
}

/// Counts what a case came to, and shrinks it when it is among the first that fail.
fn note(tally: &Mutex<Tally>, workload: &Workload, faults: &[Fault], course: &Course) {
    let shows = {
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.take(course, faults);
        !course.violations.is_empty() && tally.failed <= SHOWN
    };
    if shows {
        let (small, course) = shrink::shrink(workload, faults, 1);
        let test = shrink::as_test(workload, &small, 1, &course);
        tally.lock().unwrap_or_else(PoisonError::into_inner).tests.push(test);
    }
}

/// Which troubles are tried.
#[derive(Clone, Copy, Debug)]
pub struct Troubles {
    /// At calls that change nothing.
    pub reads: &'static [Trouble],
    /// At calls that change something.
    pub writes: &'static [Trouble],
    /// At steps of the disk.
    pub disk: &'static [Trouble],
}

impl Troubles {
    /// What is tried in pairs, too.
    pub const COMMON: Self =
        Self { reads: Trouble::TO_READS, writes: Trouble::TO_WRITES, disk: Trouble::TO_DISK };

    /// Everything else that clouds and wires do.
    pub const RARE: Self = Self { reads: Trouble::RARE, writes: Trouble::RARE, disk: &[] };

    /// Writes that take effect when a hundred other calls were answered.
    pub const VERY_LATE: Self = Self { reads: &[], writes: Trouble::VERY_LATE, disk: &[] };

    /// What other people do.
    pub const MEDDLING: Self =
        Self { reads: Trouble::MEDDLING, writes: Trouble::MEDDLING, disk: &[] };

    /// What servers say that is not so.
    pub const LIES: Self =
        Self { reads: Trouble::LIES_OF_LISTS, writes: Trouble::LIES_TO_WRITES, disk: &[] };

    /// What lists leave out for so long that only a bill speaks of it.
    pub const LONG_LIES: Self = Self { reads: Trouble::LONG_LIES, writes: &[], disk: &[] };

    /// A network that delivers requests twice.
    pub const TWICE: Self = Self { reads: &[Trouble::Twice], writes: &[Trouble::Twice], disk: &[] };

    /// What may happen to the calls of a course after one of them.
    fn at_calls(self, is_write: &[bool], after: u64) -> impl Iterator<Item = Fault> {
        let skipped = usize::try_from(after).unwrap_or(usize::MAX);
        is_write.iter().enumerate().skip(skipped).flat_map(move |(at, is_write)| {
            let troubles = if *is_write { self.writes } else { self.reads };
            troubles.iter().map(move |trouble| Fault::new(at as u64 + 1, *trouble))
        })
    }
}

/// Every trouble at every call of the course without faults, and at every step of its disk.
///
/// # Errors
/// When the course without faults has a violation.
pub fn singles(workload: &Workload, troubles: Troubles) -> Result<Vec<Fault>, String> {
    let undisturbed = run(workload, &[], 1);
    if !undisturbed.violations.is_empty() {
        return Err(format!("{}: {}", workload.name, undisturbed.violations.join("; ")));
    }
    let at_steps = (1..=undisturbed.steps)
        .flat_map(|step| troubles.disk.iter().map(move |trouble| Fault::new(step, *trouble)));
    Ok(troubles.at_calls(&undisturbed.writes, 0).chain(at_steps).collect())
}

/// For every write of the course without faults the process's death before or after it, and then a
/// run with which something is wrong as a whole; and such a run when everything went well.
///
/// # Errors
/// When the course without faults has a violation.
pub fn later_runs(workload: &Workload) -> Result<Vec<Vec<Fault>>, String> {
    const DEATHS: &[Trouble] = &[Trouble::CrashBefore, Trouble::CrashAfter];
    let deaths = singles(workload, Troubles { reads: &[], writes: DEATHS, disk: &[] })?;
    let firsts: Vec<Option<Fault>> = deaths.into_iter().map(Some).chain([None]).collect();
    let providers = workload.providers();
    let matters = |trouble: &&Trouble| match trouble {
        Trouble::StrangersKey(stranger) => providers.contains(stranger.provider()),
        // Only marks of a later run show it.
        Trouble::RolledBack => workload.begun.is_some() && workload.stack.contains('.'),
        _ => true,
    };
    let seconds = Trouble::OF_RUNS.iter().filter(matters).map(|trouble| Fault::new(2, *trouble));
    let pair = |second: Fault| {
        firsts.clone().into_iter().map(move |first| first.into_iter().chain([second.clone()]))
    };
    Ok(seconds.flat_map(pair).map(Iterator::collect).collect())
}

/// Tries every pair of a single fault and a further one at a call after it, and shrinks the first
/// that fail; or, with a stride, each so-manieth first with each so-manieth second. What the pairs of
/// a fault have in common is run once.
///
/// # Errors
/// When the course without faults has a violation.
pub fn pairs(workload: &Workload, stride: usize) -> Result<Tally, String> {
    let began = Instant::now();
    let firsts: Vec<Fault> =
        singles(workload, Troubles::COMMON)?.into_iter().step_by(stride).collect();
    let tally = Mutex::new(Tally { name: workload.name, ..Tally::default() });
    on_all_cores(firsts.len(), |number| {
        let Some(first) = firsts.get(number) else { return };
        let (course, moments) = run_in_moments(workload, std::slice::from_ref(first), 1);
        keep::trial(&course.story, &course.disk);
        if !course.violations.is_empty() {
            return note(&tally, workload, std::slice::from_ref(first), &course);
        }
        // Each begins at another second, so that all sorts of seconds are met.
        let seconds = seconds(first, &course).into_iter().skip(number % stride);
        for second in seconds.step_by(stride) {
            let Some(moment) = moment_before(&moments, &second) else { continue };
            let course = go_on(workload, moment, &second, 1);
            note(&tally, workload, &[first.clone(), second], &course);
        }
    });
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Tally { took: began.elapsed(), ..tally })
}

/// What may happen after a fault in the course that it leads to.
#[must_use]
pub fn seconds(first: &Fault, course: &Course) -> Vec<Fault> {
    Troubles::COMMON.at_calls(&course.all_writes, last_call(first)).collect()
}

/// The last moment before a fault. The first is before everything.
#[must_use]
pub fn moment_before<'m>(moments: &'m [Moment], fault: &Fault) -> Option<&'m Moment> {
    moments.iter().rev().find(|moment| moment.calls() < fault.at)
}

/// A triple from a seed: each fault is somewhere in the course that those before it lead to.
#[must_use]
pub fn triple(workload: &Workload, seed: u64) -> Vec<Fault> {
    let mut dice = Dice::new(seed);
    let mut faults: Vec<Fault> = Vec::new();
    for _ in 0..3 {
        let course = run(workload, &faults, 1);
        let after = faults.last().map_or(0, last_call);
        let next: Vec<Fault> = Troubles::COMMON.at_calls(&course.all_writes, after).collect();
        faults.extend(dice.pick(&next).cloned());
    }
    faults
}

/// The call a fault strikes; 0 for the disk's.
fn last_call(fault: &Fault) -> u64 {
    if fault.trouble.is_of_the_disk() { 0 } else { fault.at }
}
