//! Commands that only read what is at hand: `graph`, `history`, `unlock`, `resolve`.

use crate::arguments::{GraphLanguage, Shared};
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use crate::session::{broken, holder, run_id};
use crate::stack;
use plumb_ledger::{Ledger, LedgerReader, Unlocked};
use plumb_model::ledger::Settlement;
use plumb_model::{Address, Code, Finding, RemoteId};
use plumb_render::table::HistoryRow;
use plumb_render::{graph, table};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Prints the graph of dependencies.
pub(crate) fn graph(
    paths: &[PathBuf],
    language: GraphLanguage,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Problem> {
    let manifested = stack::read(paths, shared, environment, output)?;
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
    let (folder, name) = place(manifests, shared)?;
    let reader = LedgerReader::read(&folder, &name).map_err(|error| broken(&error))?;
    let runs = reader.history().map_err(|error| broken(&error))?;
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
    let run = runs.iter().find(|run| run.head.run.0 == wanted).ok_or_else(|| {
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
    let (folder, _) = place(manifests, shared)?;
    match plumb_ledger::unlock(&folder).map_err(|error| broken(&error))? {
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

/// Settles a create whose outcome is not known, by a person's word.
pub(crate) fn resolve(
    manifests: Option<PathBuf>,
    address: &Address,
    adopt: Option<&str>,
    shared: &Shared,
    (environment, output): (&Environment, &Output),
) -> Result<Exit, Problem> {
    let (folder, name) = place(manifests, shared)?;
    let run = run_id(environment);
    let holder = holder(environment, &run, "resolve");
    let ledger = Ledger::open(&folder, &name, &holder).map_err(|error| broken(&error))?;
    let view = ledger.view();
    let open: BTreeSet<_> = view.open_intents.keys().filter(|key| address.names(key)).collect();
    if open.is_empty() {
        let message = format!("no create of {address} waits to be settled");
        let waiting: Vec<String> = view.open_intents.keys().map(ToString::to_string).collect();
        let help = if waiting.is_empty() {
            "nothing is indeterminate in this ledger".to_owned()
        } else {
            format!("waiting: {}", waiting.join(", "))
        };
        return Err(Finding::error(Code::UNKNOWN_REFERENCE, message).help(help).into());
    }
    let key = stack::one_of(address, &open)?;
    let settlement = match adopt {
        None => Settlement::DeclaredNotCreated,
        Some(id) => {
            let id: RemoteId = id.parse().map_err(|error: plumb_model::key::NotAnId| {
                Problem::from(Finding::error(Code::INVALID_VALUE, error.to_string()))
            })?;
            Settlement::Applied(Some(id))
        }
    };
    ledger.resolve(&key, settlement).map_err(|error| broken(&error))?;
    output.data(&match adopt {
        Some(id) => format!("{key} is recorded with the id {id}. Plan to see what it still needs."),
        None => format!("{key} is recorded as never made. The next apply may make it."),
    });
    Ok(Exit::Done)
}

/// The ledger's folder and the stack's name, from the folder of the manifests alone: these commands
/// work also when the manifests have errors.
pub(crate) fn place(
    manifests: Option<PathBuf>,
    shared: &Shared,
) -> Result<(PathBuf, String), Problem> {
    let nothing = |_: &str| None;
    let outside = plumb_manifest::Outside { variable: &nothing, standard_input: None };
    let path = manifests.unwrap_or_else(|| PathBuf::from("."));
    let loaded = plumb_manifest::load(&[path], &outside);
    let folder = stack::ledger_folder(&loaded, shared)?;
    Ok((folder, loaded.stack.name))
}
