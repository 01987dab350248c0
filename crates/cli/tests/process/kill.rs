//! `kill -9` of a running apply, at every call it makes and at moments in between, while the clouds
//! live on.
//!
//! A failing case prints itself as a row for [`run`]; it is as small as it can be: one stack, one
//! or two kills.

use crate::gate::{Fate, Gate, Met, Point, Stop, Which};
use crate::judge::{self, Rule, Violation};
use crate::site::{Journal, Site, kill, tell};
use crate::workload::Workload;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Kills that must have taken place, each at another place.
const LEAST_KILLS: usize = 600;

/// So many runs in a row are killed while they recover from a first kill.
const RUNS_KILLED_IN_A_ROW: usize = 5;

/// Most of a case is waiting for the next look at a machine that is being made, so that many run
/// at once.
const LANES: usize = 64;

/// When a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    /// At an exact point of a call, so long after it in microseconds; and what becomes of the call.
    At(Stop, u64, Fate),
    /// So many microseconds after the start.
    After(u64),
}

/// Where a process died: what had come of its calls, and what stood on the disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    workload: Workload,
    /// The runs that were killed before, and where.
    before: Vec<Moment>,
    /// Calls that had been taken in this and all runs before.
    calls: usize,
    /// What becomes of the call in flight.
    fate: Option<(Point, Fate)>,
    /// What the journal holds.
    journal: Option<Journal>,
}

/// What happens between the death and the next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Meanwhile {
    /// Nothing.
    Nothing,
    /// The settle windows pass.
    WindowsPass,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Case {
    workload: Workload,
    /// One for each run that is killed, in a row.
    kills: Vec<Moment>,
    meanwhile: Meanwhile,
}

/// What all cases came to.
#[derive(Debug, Default)]
struct Figures {
    kills: usize,
    /// The distinct places among them.
    places: BTreeSet<Place>,
    /// Runs that ended before their moment came.
    missed: usize,
    /// How many cases recovered in so many runs.
    recovered: BTreeMap<usize, usize>,
    problems: Vec<(Rule, String)>,
}

fn at(which: Which, nth: usize, point: Point) -> Stop {
    Stop { which, nth, point }
}

/// What an apply sends when nothing goes wrong, and how long it takes.
fn undisturbed(workload: Workload) -> (usize, usize, Duration) {
    let gate = Gate::open();
    let site = Site::of(workload, &gate);
    let began = Instant::now();
    let ran = site.run("apply --yes");
    let lasted = began.elapsed();
    assert_eq!(ran.code, 0, "{workload:?}: {}", ran.text);
    let (calls, writes) = (gate.methods().len(), gate.writes());
    judge::recovers(workload, &gate, &site, "undisturbed");
    (calls, writes, lasted)
}

/// Every place of one run.
fn moments(calls: usize, writes: usize, lasted: Duration) -> Vec<Moment> {
    let mut moments = Vec::new();
    for nth in 1..=calls {
        moments.push(Moment::At(at(Which::Call, nth, Point::Done), 0, Fate::Lost));
        let stop = at(Which::Call, nth, Point::Answered);
        moments.push(Moment::At(stop, 0, Fate::GoesOn));
    }
    for nth in 1..=writes {
        for fate in [Fate::Lost, Fate::Late(1), Fate::Late(4), Fate::Late(9)] {
            moments.push(Moment::At(at(Which::Write, nth, Point::Arrived), 0, fate));
        }
        // What was answered is being recorded.
        for pause in [700, 1_500, 3_000] {
            let stop = at(Which::Write, nth, Point::Answered);
            moments.push(Moment::At(stop, pause, Fate::GoesOn));
        }
    }
    // The start, where the ledger is made and nothing waits, and the whole.
    moments.extend((1..=20).map(|step| Moment::After(step * 1_500)));
    let lasted = u64::try_from(lasted.as_micros()).unwrap();
    moments.extend((1..=16).map(|step| Moment::After(lasted / 20 * step)));
    moments
}

/// A write whose answer is lost, and then one run after the other killed on its way to settle it,
/// each at one of its first calls.
fn chain(nth: usize, variant: usize, calls: usize) -> Vec<Moment> {
    let lost = Moment::At(at(Which::Write, nth, Point::Done), 0, Fate::Lost);
    let further = (0..RUNS_KILLED_IN_A_ROW).map(|run| {
        let call = 1 + (variant / 2 + 2 * run) % calls;
        if (variant + run).is_multiple_of(2) {
            Moment::At(at(Which::Call, call, Point::Done), 0, Fate::Lost)
        } else {
            Moment::At(at(Which::Call, call, Point::Answered), 0, Fate::GoesOn)
        }
    });
    std::iter::once(lost).chain(further).collect()
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for workload in Workload::ALL {
        let (calls, writes, lasted) = undisturbed(workload);
        for moment in moments(calls, writes, lasted) {
            // Nobody waits ten minutes here: what may never come is as old as that.
            let meanwhile = match moment {
                Moment::At(_, _, Fate::Late(1..=4)) if workload != Workload::Machines => {
                    Meanwhile::Nothing
                }
                _ => Meanwhile::WindowsPass,
            };
            cases.push(Case { workload, kills: vec![moment], meanwhile });
        }
        for nth in 1..=writes {
            // After the first third a run that recovers may have nothing left to do.
            let first = calls / 3;
            for variant in 0..2 * first {
                let kills = chain(nth, variant, first);
                cases.push(Case { workload, kills, meanwhile: Meanwhile::WindowsPass });
            }
        }
    }
    cases
}

/// Whether a kill took place.
fn kill_at(gate: &Gate, site: &Site, moment: Moment) -> bool {
    match moment {
        Moment::At(stop, pause, fate) => {
            gate.stop_at(stop);
            let mut apply = site.start("apply --yes");
            let met = gate.meet(&mut apply);
            std::thread::sleep(Duration::from_micros(pause));
            let killed = met == Met::Stopped && apply.try_wait().unwrap().is_none();
            kill(&mut apply);
            gate.release(fate);
            killed
        }
        Moment::After(microseconds) => {
            let mut apply = site.start("apply --yes");
            std::thread::sleep(Duration::from_micros(microseconds));
            let killed = apply.try_wait().unwrap().is_none();
            kill(&mut apply);
            killed
        }
    }
}

fn run(case: &Case, figures: &Mutex<Figures>) {
    let Case { workload, kills, meanwhile } = case;
    let gate = Gate::open();
    let site = Site::of(*workload, &gate);
    let mut places = Vec::new();
    for (at, moment) in kills.iter().enumerate() {
        if kill_at(&gate, &site, *moment) {
            places.push(Place {
                workload: *workload,
                before: kills[..at].to_vec(),
                calls: gate.methods().len(),
                fate: match moment {
                    Moment::At(stop, _, fate) => Some((stop.point, *fate)),
                    Moment::After(_) => None,
                },
                journal: site.journal(),
            });
        }
        if *meanwhile == Meanwhile::WindowsPass {
            site.settle_windows_pass();
        }
    }
    let recovered = judge::recover(*workload, &gate, &site);
    let mut figures = figures.lock().unwrap();
    figures.kills += places.len();
    figures.missed += kills.len() - places.len();
    figures.places.extend(places);
    match recovered {
        Ok(runs) => *figures.recovered.entry(runs).or_default() += 1,
        Err(Violation { rule, text }) => {
            figures.problems.push((rule, format!("{case:?}\nnot {rule:?}: {text}")));
        }
    }
}

/// The judge can find something: a person's word that is wrong makes a second machine.
#[test]
fn a_machine_that_comes_after_a_wrong_word_is_seen_to_be_there_twice() {
    let calls_before = {
        let gate = Gate::open();
        let site = Site::of(Workload::Machines, &gate);
        assert_eq!(site.run("apply --yes").code, 0);
        gate.methods().iter().position(|method| method == "POST").unwrap()
    };
    let gate = Gate::open();
    let site = Site::of(Workload::Machines, &gate);
    // It arrives when the run after the word has sent it again.
    let fate = Fate::Late(calls_before + 3);
    let late = Moment::At(at(Which::Write, 1, Point::Arrived), 0, fate);
    assert!(kill_at(&gate, &site, late));
    for key in site.view().open_intents.keys() {
        assert_eq!(site.run(&format!("resolve {key} --not-created --yes --offline")).code, 0);
    }
    site.run("apply --yes");
    assert_eq!(gate.late(), [""; 0]);
    let judged = judge::nothing_twice(Workload::Machines, &gate).unwrap_err();
    assert_eq!(judged.rule, Rule::Once, "{judged:?}");
}

#[test]
fn killed_anywhere_the_next_runs_finish_and_nothing_is_made_twice_or_lost() {
    let began = Instant::now();
    let cases = cases();
    let figures = Mutex::new(Figures::default());
    let next = Mutex::new(cases.iter());
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    let case = next.lock().unwrap().next();
                    let Some(case) = case else { break };
                    run(case, &figures);
                }
            });
        }
    });
    let figures = figures.into_inner().unwrap();
    tell(&format!("{} cases in {:.1?}: {figures}", cases.len(), began.elapsed()));
    let problems: Vec<&str> = figures.problems.iter().map(|(_, text)| text.as_str()).collect();
    assert!(problems.is_empty(), "{} cases fail:\n{}", problems.len(), problems.join("\n\n"));
    let places = figures.places.len();
    assert!(places >= LEAST_KILLS, "{} kills at {places} places took place", figures.kills);
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recovered = |runs| self.recovered.get(&runs).copied().unwrap_or_default();
        let broken = |rule| self.problems.iter().filter(|(broken, _)| *broken == rule).count();
        write!(
            formatter,
            "{} kills at {} distinct places ({} came too late); recovered in 1 run {}, in 2 runs {}, in 3 runs {}, not \
             recovered {}; duplicates {}, lost {}, restless {}, wrong exit codes {}",
            self.kills,
            self.places.len(),
            self.missed,
            recovered(1),
            recovered(2),
            recovered(3),
            broken(Rule::Finished),
            broken(Rule::Once),
            broken(Rule::Recorded),
            broken(Rule::Restful),
            broken(Rule::Said),
        )
    }
}
