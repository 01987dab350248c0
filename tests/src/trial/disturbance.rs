//! What is wrong with a whole run: its key is a stranger's, or its ledger is not as it was left. The
//! run has to notice, to say so, and neither to make, delete nor forget anything.

use crate::trial::fault::Trouble;
use crate::trial::process::{Ended, Machine};
use crate::trial::workload::{STRANGERS_KEY, STRANGERS_VOLTAGE_PARK_KEY};
use plumb_ledger::{Folder as _, MemoryFolder, folder};
use plumb_model::{Code, LedgerView};
use plumb_sandbox::EffectKind;

/// The file of the ledger's key.
const KEY: &str = "key";

/// How a trial began.
#[derive(Clone, Debug)]
pub struct Beginning {
    disk: MemoryFolder,
    effects: u64,
}

impl Beginning {
    /// How it is now.
    #[must_use]
    pub fn of(machine: &Machine<'_>) -> Self {
        Self { disk: machine.disk.copy(), effects: machine.cloud.world().effects().count() }
    }
}

/// Something that is wrong with a run, and how everything was before.
#[derive(Debug)]
pub struct Disturbance {
    trouble: Trouble,
    effects: u64,
    disk: MemoryFolder,
}

impl Disturbance {
    /// Disturbs the next run; `None` where the trouble is none, because nothing of ours is anywhere
    /// yet.
    #[must_use]
    pub fn begin(
        trouble: Trouble,
        machine: &mut Machine<'_>,
        beginning: &Beginning,
    ) -> Option<Self> {
        let before = view(&machine.disk)?;
        let disk = machine.disk.copy();
        match trouble {
            Trouble::StrangersKey(stranger) => {
                before.accounts.get(stranger.provider())?;
                let keys = machine.cloud.keys().map(|(provider, key)| {
                    let is_it = provider == stranger.provider();
                    let strangers = if provider == "rafay" {
                        STRANGERS_KEY
                    } else {
                        STRANGERS_VOLTAGE_PARK_KEY
                    };
                    (provider, if is_it { strangers.to_owned() } else { key })
                });
                machine.keys = Some(keys);
            }
            Trouble::SwappedHashKey => {
                machine.disk.read(KEY).ok()?;
                folder::replace(&machine.disk, KEY, &[7; 32]).ok()?;
            }
            Trouble::RolledBack => {
                let world = machine.cloud.world();
                let mut since = world.effects().all().iter().filter(|it| it.id > beginning.effects);
                since.find(|it| it.kind == EffectKind::Created)?;
                drop(world);
                machine.disk = beginning.disk.copy();
            }
            _ => return None,
        }
        let effects = machine.cloud.world().effects().count();
        Some(Self { trouble, effects, disk })
    }

    /// Puts right what was wrong, and says what the run should not have done.
    #[must_use]
    pub fn end(self, machine: &mut Machine<'_>, ended: &Ended) -> Vec<String> {
        let mut violations = Vec::new();
        let noticed = match self.trouble {
            Trouble::StrangersKey(_) => matches!(ended, Ended::AnotherAccount),
            Trouble::RolledBack => matches!(ended, Ended::Ran { plan, report: None, .. }
                if plan.tripped.iter().any(|tripped| tripped.code == Code::LEDGER_BEHIND)),
            _ => matches!(ended, Ended::NoLedger(_)),
        };
        if !noticed {
            violations.push(format!("a run with {:?} went on: {ended}", self.trouble));
        }
        if machine.cloud.world().effects().count() != self.effects {
            violations.push(format!("a run with {:?} changed something", self.trouble));
        }
        machine.keys = None;
        if matches!(self.trouble, Trouble::SwappedHashKey | Trouble::RolledBack) {
            machine.disk = self.disk.copy();
        }
        let (before, after) = (view(&self.disk), view(&machine.disk));
        let known = |view: Option<LedgerView>| view.map(|view| (view.entries, view.open_intents));
        if known(before) != known(after) {
            violations.push(format!("a run with {:?} changed the ledger", self.trouble));
        }
        violations
    }
}

fn view(disk: &MemoryFolder) -> Option<LedgerView> {
    plumb_ledger::files::load(disk).ok().map(|read| read.view)
}
