//! `plumb unlock`: what a dead run left of its lock.

use super::prelude::{
    Args, Context, Ended, Exit, Format, JsonSchema, Output, Paths, Problem, Report, Serialize,
    broken, place,
};
use plumb_ledger::{Holding, Unlocked};
use plumb_model::Holder;
use plumb_model::{Code, Finding};

/// Remove the traces of a lock whose run is dead.
#[derive(Debug, Args)]
pub(crate) struct Unlock {
    #[command(flatten)]
    paths: Paths,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

/// A ledger that nobody holds now.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Free {
    /// Where it is.
    ledger: String,
    /// Whose lock was cleared; null when it was not locked.
    cleared: Option<Dead>,
    #[serde(skip)]
    said: String,
}

/// A run that is dead.
#[derive(Debug, Serialize, JsonSchema)]
struct Dead {
    /// The run.
    run: String,
    /// The command.
    command: String,
    /// Whose it was.
    user: String,
    /// The machine.
    host: String,
    /// The process there.
    process: u32,
    /// The CI run's page, where it has one.
    page: Option<String>,
    /// When it took the lock: UTC, as in RFC 3339.
    since: String,
}

impl From<Holding> for Dead {
    fn from(holding: Holding) -> Self {
        let Holding { who: Holder { user, host, run, url }, pid, command, since } = holding;
        let (run, since) = (run.to_string(), since.to_string());
        Self { run, command, user, host, process: pid, page: url, since }
    }
}

impl Report for Free {
    fn human(&self, _output: &Output) -> String {
        self.said.clone()
    }
}

impl Unlock {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let place = place(&self.paths.all(), context)?;
        let (cleared, said) = match place.store.unlock().map_err(|error| broken(&error))? {
            Unlocked::WasFree => (None, "The ledger is not locked.".to_owned()),
            Unlocked::Cleared(holder) => {
                let said = format!("Cleared what was left of the lock of {holder}.");
                (Some(Dead::from(holder)), said)
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
        let free = Free { ledger: place.store.place(), cleared, said };
        self.format.print(&free, &context.output);
        Ok(Exit::Done.into())
    }
}
