//! `plumb unlock`: what a dead run left of its lock.

use super::prelude::{Args, Context, Ended, Exit, Paths, Problem, broken, place};
use plumb_ledger::Unlocked;
use plumb_model::{Code, Finding};

/// Remove the traces of a lock whose run is dead.
#[derive(Debug, Args)]
pub(crate) struct Unlock {
    #[command(flatten)]
    paths: Paths,
}

impl Unlock {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let place = place(&self.paths.all(), context)?;
        let said = match place.store.unlock().map_err(|error| broken(&error))? {
            Unlocked::WasFree => "The ledger is not locked.".to_owned(),
            Unlocked::Cleared(holder) => {
                format!("Cleared what was left of the lock of {holder}.")
            }
            Unlocked::StillHeld(holder) => {
                let by = holder.map_or_else(String::new, |holder| format!(" by {holder}"));
                let message = format!("the lock is held{by}, and that process is alive");
                let help =
                    "wait for it (--lock-timeout), or end the process; its lock ends with it";
                let finding = Finding::error(Code::LOCK_HELD, message).help(help);
                return Err(Problem::from(finding).exit(Exit::LockHeld));
            }
        };
        context.output.data(&said);
        Ok(Exit::Done.into())
    }
}
