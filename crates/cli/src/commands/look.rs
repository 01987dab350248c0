//! Commands that only read what is at hand: `graph`, `history`, `unlock`.

use crate::arguments::{GraphLanguage, Shared};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::{Problem, broken};
use crate::stack;
use plumb_ledger::{Store, Unlocked};
use plumb_manifest::Stack;
use plumb_model::{Code, Finding};
use plumb_render::table::HistoryRow;
use plumb_render::{graph, table};
use std::path::PathBuf;

/// Prints the graph of dependencies.
pub(crate) fn graph(
    paths: &[PathBuf],
    language: GraphLanguage,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Problem> {
    let manifested = stack::read(paths, stack::Unset::Open, shared, environment, output)?;
    let edges = manifested.desired.edges();
    output.data(&match language {
        GraphLanguage::Dot => graph::dot(edges),
        GraphLanguage::Mermaid => graph::mermaid(edges),
    });
    Ok(Exit::Done)
}

/// Prints earlier runs, or one of them in full.
pub(crate) fn history(
    manifests: Option<PathBuf>,
    wanted: Option<&str>,
    shared: &Shared,
    output: &Output,
) -> Result<Exit, Problem> {
    let place = place(manifests, shared)?;
    let runs = place.store.history(&place.stack).map_err(|error| broken(&error))?;
    let Some(wanted) = wanted else {
        let row = |run: &'_ plumb_ledger::Run| {
            let events = run.events.iter().map(|(_, event)| event);
            (run.head.clone(), events.cloned().collect::<Vec<_>>(), run.finished)
        };
        let rows: Vec<_> = runs.iter().map(row).collect();
        let rows: Vec<HistoryRow<'_>> = rows
            .iter()
            .map(|(head, events, finished)| HistoryRow::new(head, events, *finished))
            .collect();
        output.data(&table::history(&rows, output.style()));
        return Ok(Exit::Done);
    };
    let run = runs.iter().find(|run| run.head.who.run.0 == wanted).ok_or_else(|| {
        let message = format!("the ledger has no run {wanted}");
        let help = "`plumb history` lists all runs";
        Problem::from(Finding::error(Code::UNKNOWN_REFERENCE, message).help(help))
    })?;
    let began = run.head.at;
    output.data(&format!("{} by {}, {}", run.head.command, run.head.who, began));
    for (at, event) in &run.events {
        let passed = at.as_millisecond().saturating_sub(began.as_millisecond());
        let passed = u64::try_from(passed).unwrap_or_default();
        output.data(&plumb_render::events::line(event, passed, output.style()));
    }
    Ok(Exit::Done)
}

/// Clears what a dead run left of its lock.
pub(crate) fn unlock(
    manifests: Option<PathBuf>,
    shared: &Shared,
    output: &Output,
) -> Result<Exit, Problem> {
    let place = place(manifests, shared)?;
    match place.store.unlock().map_err(|error| broken(&error))? {
        Unlocked::WasFree => output.data("The ledger is not locked."),
        Unlocked::Cleared(holder) => {
            output.data(&format!("Cleared what was left of the lock of {holder}."));
        }
        Unlocked::StillHeld(holder) => {
            let by = holder.map_or_else(String::new, |holder| format!(" by {holder}"));
            let message = format!("the lock is held{by}, and that process is alive");
            let help = "wait for it (--lock-timeout), or end the process; its lock ends with it";
            let finding = Finding::error(Code::LOCK_HELD, message).help(help);
            return Err(Problem::from(finding).exit(Exit::LockHeld));
        }
    }
    Ok(Exit::Done)
}

/// Where a stack keeps what it knows.
#[derive(Debug)]
pub(crate) struct Place {
    /// Where the ledger is.
    pub(crate) store: Store,
    /// The stack's mark, by which the ledger knows it.
    pub(crate) stack: String,
    /// The stack's settings.
    pub(crate) settings: Stack,
    /// The folder of the manifests.
    pub(crate) root: PathBuf,
    /// The connections it names.
    pub(crate) connections: Vec<String>,
}

/// The place of a stack, from the folder of the manifests alone: these commands work also when the
/// manifests have errors.
pub(crate) fn place(manifests: Option<PathBuf>, shared: &Shared) -> Result<Place, Problem> {
    let nothing = |_: &str| None;
    let outside = plumb_manifest::Outside { variable: &nothing, standard_input: None };
    let path = manifests.unwrap_or_else(|| PathBuf::from("."));
    let loaded = stack::load(&[path], &outside, shared)?;
    let store = stack::ledger_store(&loaded, shared)?;
    let (settings, connections) = (loaded.stack.clone(), loaded.stack.connections);
    Ok(Place { store, stack: settings.mark(), settings, root: loaded.root, connections })
}

impl Place {
    /// An error when the stack has no name to write under.
    pub(crate) fn refuse_unnamed(&self) -> Result<(), Problem> {
        stack::refuse_unnamed(&self.settings, &self.root)
    }
}
