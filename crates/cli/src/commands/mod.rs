//! The commands, one a file: its arguments, what it does, and its report. A command reads its
//! arguments, does its work through the crates, and says how it ended; it decides nothing the
//! crates could decide. A new one is a file, and its lines in this one.

mod action;
mod adopt;
mod apply;
mod catalog;
mod completions;
pub(crate) mod cost;
mod destroy;
mod doctor;
mod drift;
mod explain;
mod export;
mod get;
mod graph;
mod history;
mod init;
mod man;
mod plan;
mod resolve;
mod sandbox;
pub(crate) mod schema;
mod unlock;
mod validate;

// What most commands need: they import it from here.
use crate::arguments::{Arguments, Carrying, Manifests, Paths, Planning, Printing, Shared};
use crate::context::Context;
use crate::exit::{Ended, Exit};
use crate::output::Output;
use crate::place::{Place, place};
use crate::problem::{Problem, broken, chain};
use crate::report::{self, Format, Report, TableFormat, Tables};
use clap::{Args, CommandFactory, Subcommand, ValueEnum};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Validate(validate::Validate),
    Init(init::Init),
    Plan(plan::Plan),
    Apply(apply::Apply),
    Drift(drift::Drift),
    Destroy(destroy::Destroy),
    Adopt(adopt::Adopt),
    Get(get::Get),
    Export(export::Export),
    Catalog(catalog::Catalog),
    Cost(cost::Cost),
    Action(action::Action),
    Graph(graph::Graph),
    History(history::History),
    Unlock(unlock::Unlock),
    Resolve(resolve::Resolve),
    Schema(schema::Schema),
    Explain(explain::Explain),
    Completions(completions::Completions),
    Man(man::Man),
    Sandbox(sandbox::Sandbox),
    Doctor(doctor::Doctor),
}

/// Runs a command.
pub(crate) fn run(command: Command, context: &mut Context) -> Result<Ended, Problem> {
    match command {
        Command::Validate(command) => command.run(context),
        Command::Init(command) => command.run(context),
        Command::Plan(command) => command.run(context),
        Command::Apply(command) => command.run(context),
        Command::Drift(command) => command.run(context),
        Command::Destroy(command) => command.run(context),
        Command::Adopt(command) => command.run(context),
        Command::Get(command) => command.run(context),
        Command::Export(command) => command.run(context),
        Command::Catalog(command) => command.run(context),
        Command::Cost(command) => command.run(context),
        Command::Action(command) => command.run(context),
        Command::Graph(command) => command.run(context),
        Command::History(command) => command.run(context),
        Command::Unlock(command) => command.run(context),
        Command::Resolve(command) => command.run(context),
        Command::Schema(command) => command.run(context),
        Command::Explain(command) => command.run(context),
        Command::Completions(command) => Ok(command.run(context)),
        Command::Man(command) => command.run(context),
        Command::Sandbox(command) => command.run(context),
        Command::Doctor(command) => Ok(command.run(context)),
    }
}

/// The JSON Schemas of what commands print with `--format json`, by the names of their files.
pub(crate) fn schemas() -> BTreeMap<String, Value> {
    BTreeMap::from([
        report::schema::<get::Found>("get"),
        report::schema::<export::Exported>("export"),
        report::schema::<catalog::Offers>("catalog"),
        report::schema::<cost::Costs>("cost"),
        report::schema::<cost::ledger::Accounts>("transactions"),
        report::schema::<graph::Dependencies>("graph"),
        report::schema::<history::Runs>("history"),
        report::schema::<explain::Codes>("explain"),
        report::schema::<doctor::Checks>("doctor"),
    ])
}
