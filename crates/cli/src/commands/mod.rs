//! The commands, one a file: its arguments, what it does, and its report. A command reads its
//! arguments, does its work through the crates, and says how it ended; it decides nothing the
//! crates could decide. A new one is a file, and its lines in this one.

mod action;
mod adopt;
mod apply;
mod catalog;
mod completions;
pub(crate) mod cost;
mod describe;
mod destroy;
mod doctor;
mod drift;
mod events;
mod explain;
mod export;
mod get;
mod graph;
mod history;
mod init;
mod key;
mod ledger;
mod man;
mod plan;
mod policy;
mod prelude;
mod rehearse;
mod resolve;
mod sandbox;
pub(crate) mod schema;
mod stacks;
mod unlock;
mod usage;
mod validate;

use crate::context::Context;
use crate::exit::Ended;
use crate::problem::Problem;
use crate::report;
use clap::Subcommand;
use plumb_render::events::Stamped;
use plumb_render::result::ResultDocument;
use serde_json::Value;
use std::collections::BTreeMap;

/// One enum, and one match over it.
macro_rules! commands {
    ($($file:ident::$name:ident),+ $(,)?) => {
        /// The commands, in the order of the help.
        #[derive(Debug, Subcommand)]
        pub(crate) enum Command {
            $($name($file::$name)),+
        }

        /// Runs a command.
        pub(crate) fn run(command: Command, context: &mut Context) -> Result<Ended, Problem> {
            match command {
                $(Command::$name(command) => command.run(context)),+
            }
        }
    };
}

commands!(
    validate::Validate,
    init::Init,
    stacks::Stacks,
    plan::Plan,
    rehearse::Rehearse,
    apply::Apply,
    drift::Drift,
    policy::Policy,
    destroy::Destroy,
    adopt::Adopt,
    get::Get,
    describe::Describe,
    export::Export,
    catalog::Catalog,
    cost::Cost,
    events::Events,
    usage::Usage,
    action::Action,
    key::Key,
    graph::Graph,
    history::History,
    unlock::Unlock,
    ledger::Ledger,
    resolve::Resolve,
    schema::Schema,
    explain::Explain,
    completions::Completions,
    man::Man,
    sandbox::Sandbox,
    doctor::Doctor,
);

/// The JSON Schemas of what commands print with `--format json`, by the names of their files.
pub(crate) fn schemas() -> BTreeMap<String, Value> {
    BTreeMap::from([
        report::schema::<init::Named>("init"),
        report::schema::<stacks::Found>("stacks"),
        report::schema::<get::Found>("get"),
        report::schema::<describe::Description>("describe"),
        report::schema::<export::Exported>("export"),
        report::schema::<catalog::Offers>("catalog"),
        report::schema::<cost::Costs>("cost"),
        report::schema::<events::Happened>("events"),
        report::schema::<usage::Used>("usage"),
        report::schema::<cost::ledger::Accounts>("transactions"),
        report::schema::<action::Acted>("action"),
        report::schema::<rehearse::told::Rehearsal>("rehearsal"),
        report::schema::<graph::Dependencies>("graph"),
        report::schema::<policy::Tried>("policy-test"),
        report::schema::<history::Runs>("history"),
        report::schema::<unlock::Free>("unlock"),
        report::schema::<ledger::Checked>("ledger"),
        report::schema::<ledger::Copied>("ledger-copied"),
        report::schema::<resolve::Resolved>("resolve"),
        report::schema::<explain::Codes>("explain"),
        report::schema::<doctor::Checks>("doctor"),
        report::schema::<key::Created>("key-created"),
        report::schema::<key::Listed>("keys"),
        report::schema::<key::Deleted>("key-deleted"),
        report::schema::<ResultDocument>("result"),
        report::schema::<Stamped<'_>>("event"),
    ])
}
