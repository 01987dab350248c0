//! Two appliers at once over one world, interleaved call by call as a seed decides: on one ledger,
//! whose lock lets one in at a time, and each on a ledger of its own, where what cannot be prevented
//! must be noticed.

use crate::cloud::Cloud;
use crate::plumb::holding;
use crate::trial::course::is_only_in_doubt;
use crate::trial::dice::Dice;
use crate::trial::oracle::{self, Instant};
use crate::trial::person;
use crate::trial::process::{Ended, Machine, Mishap, Wire};
use crate::trial::virtual_time::in_virtual_time;
use crate::trial::workload::Workload;
use plumb_engine::Clock as _;
use plumb_ledger::{DiskFolder, Store, files};
use plumb_model::{Code, LedgerView};
use plumb_sandbox::{Edit, EffectKind};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Runs of each applier; far more than are needed.
const MOST_RUNS: u32 = 24;

/// What two appliers came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Together {
    /// Runs of both.
    pub runs: u32,
    /// Runs that found the ledger locked.
    pub locked_out: u32,
    /// Runs that another one took the ledger over from.
    pub evicted: u32,
    /// Runs that could not reach their store any more.
    pub cut_off: u32,
    /// Runs that died.
    pub died: u32,
    /// Machines that two ledgers made twice, and that were noticed.
    pub duplicates: usize,
    /// What must not be.
    pub violations: Vec<String>,
    /// What each run came to.
    pub story: Vec<String>,
}

/// Both on one ledger in a folder with its lock; one of them dies at a call that the seed decides.
/// In the end nothing is left to do, and nothing was made twice.
///
/// # Errors
/// When the machine gives no temporary folder.
pub fn on_one_ledger(workload: &Workload, seed: u64) -> Result<Together, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    in_virtual_time(async {
        let mut dice = Dice::new(seed);
        let cloud = Cloud::over(workload.world.clone());
        let death = (1 + dice.below(60), Mishap::DeathAfter);
        let first = applier(workload, &cloud, seed, BTreeMap::from([death]));
        let second = applier(workload, &cloud, !seed, BTreeMap::new());
        let [mut first, mut second] =
            [first, second].map(|machine| machine.sharing(folder.path().to_owned()));
        let pauses = [dice.clone(), Dice::new(!seed)];
        let (one, other) = tokio::join!(
            until_done(&mut first, folder.path(), pauses[0].clone()),
            until_done(&mut second, folder.path(), pauses[1].clone())
        );
        let mut together = Together::default();
        for part in [one, other] {
            together.runs += part.runs;
            together.locked_out += part.locked_out;
            together.died += part.died;
            together.violations.extend(part.violations);
            together.story.extend(part.story);
        }
        let ledger = view_of(folder.path());
        let world = cloud.world();
        let instant = Instant { workload, world: &world, ledger: &ledger };
        together.violations.extend(oracle::violations(&instant));
        together.violations.extend(oracle::at_the_end(workload, &world));
        together
    })
}

fn applier<'w>(
    workload: &'w Workload,
    cloud: &Cloud,
    seed: u64,
    mishaps: BTreeMap<u64, Mishap>,
) -> Machine<'w> {
    let wire = Wire::new(cloud.clone(), mishaps).at_the_pace_of(Dice::new(seed));
    Machine::new(workload, cloud.clone(), wire, seed)
}

fn view_of(folder: &Path) -> LedgerView {
    files::load(&DiskFolder::at(folder)).map(|read| read.view).unwrap_or_default()
}

/// One applier, as a CI would start it again and again until nothing is left to do.
async fn until_done(machine: &mut Machine<'_>, folder: &Path, mut dice: Dice) -> Together {
    let (mut together, mut stops) = (Together::default(), 0);
    for _ in 0..MOST_RUNS {
        tokio::time::sleep(Duration::from_millis(dice.below(3_000))).await;
        let ended = machine.apply().await;
        together.runs += 1;
        together.story.push(ended.to_string());
        match ended {
            Ended::Ran { plan, .. } if plan.is_empty() => return together,
            // What is late may still come; a person waits for a while before deciding.
            Ended::Ran { plan, .. } if is_only_in_doubt(&plan) => {
                stops += 1;
                if stops > 2 {
                    a_person_decides(&Store::in_directory(folder), machine, &mut together);
                }
            }
            Ended::Ran { .. } => {}
            Ended::Killed => together.died += 1,
            Ended::LockedOut => {
                together.locked_out += 1;
                tokio::time::sleep(Duration::from_mins(1)).await;
            }
            Ended::NoLedger(error) => {
                together.violations.push(format!("the ledger is not usable: {error}"));
                return together;
            }
            Ended::KeyRefused | Ended::Unreachable | Ended::AnotherAccount | Ended::Evicted => {
                together.violations.push(ended.to_string());
            }
        }
    }
    together.violations.push(format!("not done after {MOST_RUNS} runs"));
    together
}

/// A person looks into the console and says what became of each create in doubt, unless a run is under
/// way.
pub(super) fn a_person_decides(store: &Store, machine: &Machine<'_>, together: &mut Together) {
    let person = holding("a-person", "resolve", machine.cloud.now());
    let Ok(ledger) = store.open(&machine.workload.stack, &person) else { return };
    let said = person::decides(&ledger, &machine.cloud);
    together.story.extend(said.story);
    together.violations.extend(said.violations);
}

/// Each on a ledger of its own, as nobody should. Names protect keys and volumes; of machines there
/// may be two (docs/rules.md §2, limits): then neither applier goes on with that address, and no
/// machine is deleted, until a person has removed one.
///
/// # Errors
/// When no runtime can be had.
pub fn on_two_ledgers(workload: &Workload, seed: u64) -> Result<Together, String> {
    in_virtual_time(async {
        let cloud = Cloud::over(workload.world.clone());
        let mut first = applier(workload, &cloud, seed, BTreeMap::new());
        let mut second = applier(workload, &cloud, !seed, BTreeMap::new());
        let mut together = Together::default();
        tokio::join!(first.apply(), second.apply());
        expect_no_deletes(&cloud, &mut together);
        together.duplicates = twice(&cloud);
        for machine in [&mut first, &mut second] {
            tokio::time::sleep(Duration::from_mins(20)).await;
            let ended = machine.apply().await;
            together.runs += 1;
            together.story.push(ended.to_string());
            if together.duplicates > 0 && !says_duplicate(&ended) {
                together.violations.push(format!("a duplicate was not noticed: {ended}"));
            }
        }
        expect_no_deletes(&cloud, &mut together);
        remove_duplicates(&cloud);
        for machine in [&mut first, &mut second] {
            let rest = until_done_or_stopped(machine).await;
            together.runs += rest.runs;
            together.story.extend(rest.story);
            together.violations.extend(rest.violations);
        }
        if twice(&cloud) > 0 {
            together.violations.push("a machine was made twice again".to_owned());
        }
        together
    })
}

/// One applier, until nothing is left to do, or everything that is left waits for a person.
async fn until_done_or_stopped(machine: &mut Machine<'_>) -> Together {
    let mut together = Together::default();
    for _ in 0..MOST_RUNS {
        tokio::time::sleep(Duration::from_mins(2)).await;
        let ended = machine.apply().await;
        together.runs += 1;
        together.story.push(ended.to_string());
        if let Ended::Ran { plan, .. } = ended
            && (plan.actions.is_empty() || !plan.tripped.is_empty())
        {
            return together;
        }
    }
    together.violations.push(format!("not done after {MOST_RUNS} runs"));
    together
}

fn says_duplicate(ended: &Ended) -> bool {
    let about_duplicates = |code: Code| {
        [Code::BLOCKED_DUPLICATE, Code::BLOCKED_AMBIGUOUS, Code::BLOCKED_INDETERMINATE]
            .contains(&code)
    };
    let Ended::Ran { plan, .. } = ended else { return false };
    plan.blocked.iter().any(|blocked| about_duplicates(blocked.code))
}

/// Identities of which there are two now.
fn twice(cloud: &Cloud) -> usize {
    oracle::duplicates(&cloud.world()).len()
}

fn expect_no_deletes(cloud: &Cloud, together: &mut Together) {
    let world = cloud.world();
    let gone = world.effects().all().iter().filter(|effect| effect.kind == EffectKind::Deleted);
    together.violations.extend(gone.map(|effect| format!("{} was deleted", effect.object)));
}

/// A person removes the younger of every two.
fn remove_duplicates(cloud: &Cloud) {
    let mut world = cloud.world();
    for object in oracle::duplicates(&world) {
        // It was there a moment ago.
        let _ = world.edit(&Edit::Delete { object });
    }
}
