//! Histories: a repository that changes from commit to commit, applied under faults while other
//! people edit the clouds by hand. Everything follows from a seed (docs/rules.md §7, T3).

use crate::cloud::Cloud;
use crate::simulated::Seen as _;
use crate::trial::dice::Dice;
use crate::trial::fault::{Fault, Trouble};
use crate::trial::oracle::{self, Instant};
use crate::trial::person;
use crate::trial::process::{Ended, Machine, Mishap, Wire};
use crate::trial::virtual_time::in_virtual_time;
use crate::trial::workload::Workload;
use crate::trial::workloads;
use plumb_ledger::Ledger;
use plumb_model::policy::Prune;
use plumb_model::{Code, LedgerView, Plan, Policy};
use plumb_sandbox::Edit;
use plumb_sandbox::effects::SOMEBODY_ELSE;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// Runs a commit may need once its faults are over, a person's word not counted: one that is
/// pruned beside one that waits for it takes two.
const ENOUGH_RUNS: u32 = 5;
/// Runs after which a commit is given up.
const MOST_RUNS: u32 = 30;
/// Between two runs.
const PAUSE: Duration = Duration::from_mins(2);

/// The world in which all histories begin.
static TEMPLATE: LazyLock<Result<Workload, String>> = LazyLock::new(workloads::history);

/// What a history came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Past {
    /// Commits that were applied.
    pub commits: usize,
    /// Faults that were planned.
    pub faults: usize,
    /// Runs of plumb.
    pub runs: u32,
    /// Calls to clouds.
    pub calls: u64,
    /// Edits by other people.
    pub edits: u32,
    /// Creates a person had to settle.
    pub resolved: u32,
    /// What must not be.
    pub violations: Vec<String>,
    /// What happened, for whoever has to understand a violation; the same for the same seed.
    pub story: Vec<String>,
    /// The whole world at the end with everything that ever took effect, as JSON.
    pub world: String,
    /// The files of the ledger at the end.
    pub disk: BTreeMap<String, Vec<u8>>,
}

impl Past {
    /// Adds another's numbers.
    pub fn count(&mut self, other: &Self) {
        self.commits += other.commits;
        self.faults += other.faults;
        self.runs += other.runs;
        self.calls += other.calls;
        self.edits += other.edits;
        self.resolved += other.resolved;
    }
}

/// The manifests of each commit of a history: the last is an earlier one again.
#[must_use]
pub fn commits(seed: u64) -> Vec<String> {
    let mut dice = Dice::new(seed);
    let machines = 1 + dice.below(4);
    let many = 3 + dice.below(5);
    let mut commits: Vec<String> = (1..many).map(|_| manifests(&mut dice, machines)).collect();
    if let Some(earlier) = dice.pick(&commits).cloned() {
        commits.push(earlier);
    }
    commits
}

/// One commit: some of the fleet, each in one of its variants.
fn manifests(dice: &mut Dice, machines: u64) -> String {
    let mut text = String::new();
    let tags = ["[]", "[team-a]", "[team-a, night]"];
    let powers = ["started", "stopped", "stopped_disassociated"];
    for number in 0..machines {
        if dice.one_in(5) {
            continue;
        }
        let tags = dice.pick(&tags).copied().unwrap_or_default();
        let power = if dice.one_in(3) { dice.pick(&powers).copied() } else { None };
        let power = power.unwrap_or("started");
        let _ = write!(
            text,
            "---\napiVersion: voltagepark.com/v1\nkind: VirtualMachine\nmetadata: {{name: \
             vm-{number}}}\nspec: {{preset: {{gpu_count: 1}}, tags: {tags}, power: {power}}}\n"
        );
    }
    if !dice.one_in(4) {
        text.push_str(workloads::KEY);
    }
    let volume = !dice.one_in(4);
    if volume {
        let size = 100 + 50 * dice.below(3);
        let _ = write!(
            text,
            "---\napiVersion: voltagepark.com/v1\nkind: StorageVolume\nmetadata: {{name: \
             shared}}\nspec: {{size_in_gb: {size}}}\n"
        );
    }
    if !dice.one_in(3) {
        let tags = dice.pick(&tags).copied().unwrap_or_default();
        let mount = if volume && dice.one_in(2) { ", storage_id: shared" } else { "" };
        let _ = write!(
            text,
            "---\napiVersion: voltagepark.com/v1\nkind: BareMetal\nmetadata: {{name: \
             metal}}\nspec: {{location_id: a3111bd4-550a-47d0-838a-0a52bff2ae3f, gpu_count: 8, \
             network_type: ethernet, tags: {tags}{mount}}}\n"
        );
    }
    if !dice.one_in(3) {
        let _ = write!(
            text,
            "---\napiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata: {{name: dev, project: \
             ml}}\n---\napiVersion: paas.envmgmt.io/v1\nkind: ComputeInstance\nmetadata: {{name: \
             node, project: ml, workspace: dev}}\nspec:\n  computeType: baremetal\n  \
             computeProfile: {{name: bmaas-h100, systemCatalog: true}}\n"
        );
    }
    if text.is_empty() { workloads::KEY.to_owned() } else { text }
}

/// Applies a history.
#[must_use]
pub fn run(seed: u64) -> Past {
    let failed = |error: String| Past { violations: vec![error], ..Past::default() };
    let template = match &*TEMPLATE {
        Ok(template) => template,
        Err(error) => return failed(error.clone()),
    };
    let read = commits(seed).iter().map(|text| template.saying(text)).collect();
    let commits: Vec<Workload> = match read {
        Ok(commits) => commits,
        Err(error) => return failed(error),
    };
    let past = async { History::new(template, &commits, seed).run().await };
    in_virtual_time(past).unwrap_or_else(failed)
}

struct History<'w> {
    commits: &'w [Workload],
    dice: Dice,
    cloud: Cloud,
    wire: Wire,
    machine: Machine<'w>,
    /// The call up to which faults may still strike.
    faults_until: u64,
    past: Past,
}

impl<'w> History<'w> {
    fn new(template: &'w Workload, commits: &'w [Workload], seed: u64) -> Self {
        let cloud = Cloud::over(template.world.clone());
        let wire = Wire::new(cloud.clone(), BTreeMap::new());
        let machine = Machine::new(template, cloud.clone(), wire.clone(), seed);
        let dice = Dice::new(seed ^ 0xA5A5_5A5A_0F0F_F0F0);
        Self { commits, dice, cloud, wire, machine, faults_until: 0, past: Past::default() }
    }

    async fn run(mut self) -> Past {
        for (at, commit) in self.commits.iter().enumerate() {
            self.past
                .story
                .push(format!("commit {at}: {} resources", commit.desired.resources().len()));
            self.machine.workload = commit;
            self.plan_faults();
            if at > 0 && self.dice.one_in(2) {
                self.somebody_edits();
            }
            self.converge().await;
            if !self.past.violations.is_empty() {
                break;
            }
            self.past.commits += 1;
        }
        self.past.calls = self.wire.calls();
        self.past.world = self.cloud.world().dump().to_string();
        self.past.disk = self.machine.files();
        for (name, bytes) in &self.past.disk {
            self.past.violations.extend(self.machine.workload.secrets_in(name, bytes));
        }
        self.past
    }

    /// Up to two faults within the next calls.
    fn plan_faults(&mut self) {
        const TROUBLES: &[Trouble] = &[
            Trouble::LostBefore,
            Trouble::LostAfter,
            Trouble::Late(1),
            Trouble::Late(7),
            Trouble::Late(25),
            Trouble::Truncated,
            Trouble::UnavailableBefore,
            Trouble::UnavailableAfter,
            Trouble::GatewayAfter,
            Trouble::Throttled,
            Trouble::KeyRefused,
            Trouble::EmptyAnswer,
            Trouble::CrashBefore,
            Trouble::CrashAfter,
        ];
        for _ in 0..self.dice.below(3) {
            let Some(trouble) = self.dice.pick(TROUBLES).copied() else { continue };
            let ahead = 1 + self.dice.below(40);
            let fault = Fault::new(ahead, trouble);
            let at = self.wire.calls() + ahead;
            self.faults_until = self.faults_until.max(at + trouble.reach());
            self.past.faults += 1;
            self.past.story.push(format!("planned: {trouble:?} at call {at}"));
            if let Some(mishap) = Mishap::of(trouble) {
                self.wire.plan(at, mishap);
            }
            self.cloud.world().faults_mut().extend(fault.rule().into_iter().collect());
        }
    }

    /// Somebody changes something of ours by hand.
    fn somebody_edits(&mut self) {
        let objects: Vec<String> = {
            let world = self.cloud.world();
            let park = world.park();
            let machines =
                park.machines.live().map(|it| format!("virtual-machines/{}", it.record.id));
            let rentals = park.rentals.live().map(|it| format!("bare-metal/{}", it.record.id));
            machines.chain(rentals).map(|name| format!("voltage-park/{name}")).collect()
        };
        let Some(object) = self.dice.pick(&objects).cloned() else { return };
        let edit = match self.dice.below(5) {
            0 => Edit::Patch { object, patch: json!({"name": "renamed-by-hand"}) },
            1 => Edit::Patch { object, patch: json!({"tags": ["by-hand"]}) },
            2 => {
                let labels = BTreeMap::from([("extra".to_owned(), Some("1".to_owned()))]);
                Edit::Relabel { object, labels }
            }
            3 => Edit::PowerOff { object },
            _ => Edit::Delete { object },
        };
        self.past.story.push(format!("{SOMEBODY_ELSE}: {edit:?}"));
        if self.cloud.world().edit(&edit).is_ok() {
            self.past.edits += 1;
        }
    }

    /// Applies the present commit until nothing is left to do.
    async fn converge(&mut self) {
        let (mut needed, mut stopped) = (0, 0);
        for _ in 0..MOST_RUNS {
            let over = self.wire.calls() >= self.faults_until;
            let ended = self.machine.apply().await;
            self.past.runs += 1;
            self.past.story.push(format!("run {}: {ended}", self.past.runs));
            let next = self.after(&ended);
            self.judge();
            if next == Some(State::Converged) || !self.past.violations.is_empty() {
                return;
            }
            if let Ended::Ran { plan, .. } = &ended
                && self.deletes_by_hand(plan)
            {
                needed = 0;
            }
            needed += u32::from(over);
            if over && next == Some(State::InDoubt) {
                stopped += 1;
                if stopped > 1 {
                    self.resolve();
                    needed = 0;
                }
            }
            if needed > ENOUGH_RUNS {
                self.past.violations.push(format!("not converged after {needed} runs"));
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.past.violations.push("never converged".to_owned());
    }

    /// What lost its mark is not deleted by plumb: a person does it, as the help says.
    fn deletes_by_hand(&mut self, plan: &Plan) -> bool {
        let Some(view) = self.view() else { return false };
        let unproven = plan.blocked.iter().filter(|it| it.code == Code::BLOCKED_NO_PROOF);
        let ids = unproven.filter_map(|it| view.entries.get(&it.key)?.remote_id.clone());
        let mut world = self.cloud.world();
        let mut any = false;
        for id in ids {
            for family in ["virtual-machines", "bare-metal"] {
                let object = format!("voltage-park/{family}/{id}");
                any |= world.edit(&Edit::Delete { object }).is_ok();
            }
        }
        any
    }

    fn after(&mut self, ended: &Ended) -> Option<State> {
        match ended {
            Ended::Killed => {
                self.machine.disk = self.machine.disk.after_kill();
                None
            }
            Ended::NoLedger(error) => {
                self.past.violations.push(format!("the ledger is not usable: {error}"));
                None
            }
            Ended::Ran { plan, .. } if plan.is_empty() => Some(State::Converged),
            Ended::Ran { plan, .. } if is_only_in_doubt(plan) => Some(State::InDoubt),
            Ended::KeyRefused
            | Ended::Unreachable
            | Ended::AnotherAccount
            | Ended::LockedOut
            | Ended::Evicted
            | Ended::Ran { .. } => None,
        }
    }

    fn view(&self) -> Option<LedgerView> {
        plumb_ledger::files::load(&self.machine.disk.after_kill()).ok().map(|read| read.view)
    }

    fn judge(&mut self) {
        let Some(view) = self.view() else {
            return self.past.violations.push("the ledger cannot be read".to_owned());
        };
        let world = self.cloud.world();
        let instant = Instant { workload: self.machine.workload, world: &world, ledger: &view };
        let violations = oracle::violations(&instant);
        drop(world);
        self.past.violations.extend(violations);
    }

    /// A person says what became of each create in doubt.
    fn resolve(&mut self) {
        let disk = Arc::new(self.machine.disk.clone());
        let Ok(ledger) = Ledger::open_in(disk, &self.machine.workload.stack) else { return };
        let said = person::decides(&ledger, &self.cloud);
        self.past.resolved += u32::try_from(said.story.len()).unwrap_or(u32::MAX);
        self.past.story.extend(said.story);
        self.past.violations.extend(said.violations);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Converged,
    InDoubt,
}

fn is_only_in_doubt(plan: &Plan) -> bool {
    let in_doubt = BTreeSet::from([
        Code::BLOCKED_INDETERMINATE,
        Code::BLOCKED_DEPENDENCY,
        Code::BLOCKED_STILL_NEEDED,
    ]);
    plan.actions.is_empty()
        && plan.tripped.is_empty()
        && plan.blocked.iter().all(|blocked| in_doubt.contains(&blocked.code))
}

/// What the runs of a history may do: prune, and without limits that only a person could lift.
#[must_use]
pub fn policy() -> Policy {
    Policy {
        prune: Prune::On,
        allowed_deletes: Some(u32::MAX),
        confirm_loss: true,
        ..Policy::default()
    }
}
