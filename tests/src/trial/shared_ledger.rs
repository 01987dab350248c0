//! Runs on a ledger that several machines share, in a store that goes wrong as stores on networks
//! do: one machine under every single trouble at every step of its store, and several at once,
//! interleaved call by call as a seed decides. No machine gives signs of life between its appends, so
//! that every run that waits is evicted by the next: what may only cost waiting must cost nothing else.

use crate::cloud::Cloud;
use crate::trial::appliers::{Together, a_person_decides};
use crate::trial::course::is_only_in_doubt;
use crate::trial::dice::Dice;
use crate::trial::oracle::{self, Instant};
use crate::trial::process::{Ended, Machine, Mishap, Wire};
use crate::trial::virtual_time::in_virtual_time;
use crate::trial::workload::Workload;
use plumb_engine::Clock as _;
use plumb_ledger::memory_objects::StoreTrouble;
use plumb_ledger::{LedgerError, MemoryObjects, Store};
use plumb_model::LedgerView;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// All that goes wrong with a store.
pub const TROUBLES: [StoreTrouble; 6] = [
    StoreTrouble::AnswerLost,
    StoreTrouble::Unavailable,
    StoreTrouble::Throttled,
    StoreTrouble::Refused,
    StoreTrouble::Cut,
    StoreTrouble::CutAfter,
];

/// Runs of each machine; far more than are needed.
const MOST_RUNS: u32 = 60;

/// Between two runs of a machine at least: longer than a sign of life holds.
const PAUSE: Duration = Duration::from_secs(61);

/// A machine that a CI starts again and again, each time with a connection of its own to the store.
struct Applier<'w> {
    machine: Machine<'w>,
    store: MemoryObjects,
    /// What goes wrong with the store in a run, by step.
    troubles: BTreeMap<u64, StoreTrouble>,
    dice: Dice,
}

/// Steps of the store in a run under no trouble.
///
/// # Errors
/// When no runtime can be had.
pub fn steps(workload: &Workload) -> Result<u64, String> {
    in_virtual_time(async {
        let cloud = Cloud::over(workload.world.clone());
        let store = store(&cloud);
        let connection = store.elsewhere(1);
        let mut machine = machine(workload, &cloud, 1, None).over(connection.clone());
        machine.apply().await;
        connection.steps()
    })
}

/// One machine, whose store has a trouble at a step of its first run.
///
/// # Errors
/// When no runtime can be had.
pub fn under_trouble(
    workload: &Workload,
    (trouble, step): (StoreTrouble, u64),
    seed: u64,
) -> Result<Together, String> {
    in_virtual_time(async {
        let cloud = Cloud::over(workload.world.clone());
        let store = store(&cloud);
        let machine = machine(workload, &cloud, seed, None);
        let troubles = BTreeMap::from([(step, trouble)]);
        let dice = Dice::new(seed);
        let mut applier = Applier { machine, store: store.clone(), troubles, dice };
        let mut together = applier.until_done().await;
        judge_the_end(workload, &cloud, &store, &mut together);
        together
    })
}

/// Several machines at once, each under troubles of its store and with a death at a call, as the seed
/// decides.
///
/// # Errors
/// When no runtime can be had.
pub fn together(workload: &Workload, machines: u64, seed: u64) -> Result<Together, String> {
    in_virtual_time(async {
        let cloud = Cloud::over(workload.world.clone());
        let store = store(&cloud);
        let appliers = (0..machines).map(|number| {
            let mut dice = Dice::new(seed.wrapping_mul(31).wrapping_add(number));
            let death = (1 + dice.below(60), Mishap::DeathAfter);
            let machine = machine(workload, &cloud, dice.below(1 << 30), Some(death));
            let kinds = TROUBLES.len() as u64;
            let some = (0..3).filter_map(|_| {
                let step = 1 + dice.below(120);
                let trouble = usize::try_from(dice.below(kinds)).ok();
                Some((step, *TROUBLES.get(trouble?)?))
            });
            let troubles = some.collect();
            Applier { machine, store: store.clone(), troubles, dice }
        });
        let mut appliers: Vec<Applier<'_>> = appliers.collect();
        let running = appliers.iter_mut().map(Applier::until_done);
        let mut together = Together::default();
        for part in futures_util::future::join_all(running).await {
            together.runs += part.runs;
            together.locked_out += part.locked_out;
            together.evicted += part.evicted;
            together.died += part.died;
            together.violations.extend(part.violations);
            together.story.extend(part.story);
        }
        judge_the_end(workload, &cloud, &store, &mut together);
        together
    })
}

fn store(cloud: &Cloud) -> MemoryObjects {
    let clock = cloud.clone();
    MemoryObjects::new(1, Arc::new(move || clock.now()))
}

fn machine<'w>(
    workload: &'w Workload,
    cloud: &Cloud,
    seed: u64,
    death: Option<(u64, Mishap)>,
) -> Machine<'w> {
    let mishaps = death.into_iter().collect();
    let wire = Wire::new(cloud.clone(), mishaps).at_the_pace_of(Dice::new(seed));
    Machine::new(workload, cloud.clone(), wire, seed)
}

impl Applier<'_> {
    /// Runs until nothing is left to do.
    async fn until_done(&mut self) -> Together {
        let (mut together, mut stops) = (Together::default(), 0);
        for run in 0..MOST_RUNS {
            tokio::time::sleep(Duration::from_millis(self.dice.below(3_000))).await;
            let connection = self.store.elsewhere(self.machine.seed.wrapping_add(run.into()));
            for (step, trouble) in std::mem::take(&mut self.troubles) {
                connection.trouble_at(step, trouble);
            }
            self.machine.objects = Some(connection);
            let ended = self.machine.apply().await;
            together.runs += 1;
            together.story.push(format!("{} run {run}: {ended}", self.machine.seed));
            match ended {
                Ended::Ran { plan, .. } if plan.is_empty() => return together,
                // What is late may still come; a person waits for a while before deciding.
                Ended::Ran { plan, .. } if is_only_in_doubt(&plan) => {
                    stops += 1;
                    if stops > 2 {
                        let store = Store::of_objects(Arc::new(self.store.elsewhere(5)));
                        a_person_decides(&store, &self.machine, &mut together);
                    }
                }
                Ended::Ran { .. } => {}
                Ended::Killed => together.died += 1,
                Ended::LockedOut => together.locked_out += 1,
                Ended::Evicted => together.evicted += 1,
                // The store is out of reach; what it holds is sound, which the next run shows.
                Ended::NoLedger(_) => together.cut_off += 1,
                Ended::KeyRefused | Ended::Unreachable | Ended::AnotherAccount => {
                    together.violations.push(ended.to_string());
                }
            }
            together.violations.extend(self.violations());
            tokio::time::sleep(PAUSE).await;
        }
        together.violations.push(format!("not done after {MOST_RUNS} runs"));
        together
    }

    /// What is wrong at this instant, by the world and by what any machine can read.
    fn violations(&self) -> Vec<String> {
        match view(&self.store, self.machine.workload) {
            Err(error) => vec![format!("the ledger cannot be read: {error}")],
            Ok(ledger) => {
                let world = self.machine.cloud.world();
                let workload = self.machine.workload;
                oracle::violations(&Instant { workload, world: &world, ledger: &ledger })
            }
        }
    }
}

fn view(store: &MemoryObjects, workload: &Workload) -> Result<LedgerView, LedgerError> {
    Store::of_objects(Arc::new(store.elsewhere(3))).read(&workload.stack)
}

fn judge_the_end(
    workload: &Workload,
    cloud: &Cloud,
    store: &MemoryObjects,
    together: &mut Together,
) {
    let world = cloud.world();
    match view(store, workload) {
        Err(error) => together.violations.push(format!("the ledger cannot be read: {error}")),
        Ok(ledger) => {
            let instant = Instant { workload, world: &world, ledger: &ledger };
            together.violations.extend(oracle::violations(&instant));
            together.violations.extend(oracle::lost_for_good(&instant));
        }
    }
    together.violations.extend(oracle::at_the_end(workload, &world));
    for name in store.names() {
        let bytes = store.content(&name).unwrap_or_default();
        together.violations.extend(workload.secrets_in(&name, &bytes));
    }
}
