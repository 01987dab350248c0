//! `plumb ledger`: checks a ledger, and copies one to another place. Where a stack's ledger is, its
//! settings say; a copy changes neither them nor what it is made of.

use super::prelude::{
    Args, Context, Ended, Exit, Format, JsonSchema, Manifests, Output, Place, Problem, Report,
    Serialize, Subcommand, broken, place,
};
use crate::session::holding;
use crate::stack::store_at;
use plumb_ledger::Store;
use plumb_manifest::DEFAULT_LEDGER;
use plumb_model::LedgerView;

/// Check a ledger, or copy it to another place.
#[derive(Debug, Args)]
pub(crate) struct Ledger {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Read all of it, and say what it knows.
    Check(Check),
    /// Copy the one in .plumb beside plumb.yaml to where the stack's ledger is to be.
    Push(Way),
    /// Copy the stack's ledger to .plumb beside plumb.yaml: for a backup, or to leave a store.
    Pull(Way),
    /// Copy one ledger to where none is.
    Copy(Copy),
}

#[derive(Debug, Args)]
struct Check {
    #[command(flatten)]
    manifests: Manifests,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

#[derive(Debug, Args)]
struct Way {
    #[command(flatten)]
    manifests: Manifests,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

#[derive(Debug, Args)]
struct Copy {
    /// The ledger that is copied.
    #[arg(value_name = "FROM")]
    from: String,
    /// Where no ledger is yet.
    #[arg(value_name = "TO")]
    to: String,
    #[command(flatten)]
    way: Way,
}

/// What was copied.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Copied {
    /// The ledger that was copied.
    from: String,
    /// Where it is now as well.
    to: String,
    /// Resources that it knows.
    resources: usize,
}

impl Report for Copied {
    fn human(&self, _output: &Output) -> String {
        let Self { from, to, resources } = self;
        format!("Copied {resources} resources from {from} to {to}.")
    }
}

/// What a ledger knows.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Checked {
    /// Where it is.
    ledger: String,
    /// The stack, with its id.
    stack: String,
    /// Resources that are the stack's.
    resources: usize,
    /// Addresses of creates that are not settled.
    in_doubt: Vec<String>,
    /// Addresses whose deletes were sent and are not known to have ended.
    leaving: Vec<String>,
    /// The number of the last run that wrote.
    last_run: u64,
    /// Runs whose history is kept.
    runs: usize,
}

impl Ledger {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        match &self.what {
            What::Check(Check { manifests, format }) => {
                let place = place(&manifests.all(), context)?;
                format.print(&Checked::of(&place)?, &context.output);
            }
            What::Push(way) => {
                let place = place(&way.manifests.all(), context)?;
                copy(&place, (&local(&place), &place.store), way, context)?;
            }
            What::Pull(way) => {
                let place = place(&way.manifests.all(), context)?;
                copy(&place, (&place.store, &local(&place)), way, context)?;
            }
            What::Copy(Copy { from, to, way }) => {
                let place = place(&way.manifests.all(), context)?;
                let store = |address: &String| {
                    let root = if address.starts_with("git:") { &*place.root } else { "".as_ref() };
                    store_at(root, address, &context.environment)
                };
                copy(&place, (&store(from)?, &store(to)?), way, context)?;
            }
        }
        Ok(Exit::Done.into())
    }
}

/// The ledger beside plumb.yaml.
fn local(place: &Place) -> Store {
    Store::in_directory(&place.root.join(DEFAULT_LEDGER))
}

fn copy(
    place: &Place,
    (from, to): (&Store, &Store),
    way: &Way,
    context: &Context,
) -> Result<(), Problem> {
    place.refuse_unnamed()?;
    let holding = holding(&context.environment, "ledger copy");
    let view = from.copy_to(to, &place.stack, &holding).map_err(|error| broken(&error))?;
    let (from, to) = (from.place(), to.place());
    let LedgerView { entries, .. } = &view;
    let copied = Copied { from, to, resources: entries.len() };
    way.format.print(&copied, &context.output);
    if place.store.place() != copied.to {
        let note = "note: the stack's ledger is where it was";
        context.output.message(&format!("{note}: {}", place.store.place()));
    }
    Ok(())
}

impl Checked {
    fn of(place: &Place) -> Result<Self, Problem> {
        let view = place.store.read(&place.stack).map_err(|error| broken(&error))?;
        let runs = place.store.history(&place.stack).map_err(|error| broken(&error))?;
        Ok(Self {
            ledger: place.store.place(),
            stack: place.stack.clone(),
            resources: view.entries.len(),
            in_doubt: view.open_intents.keys().map(ToString::to_string).collect(),
            leaving: view.leaving.iter().map(ToString::to_string).collect(),
            last_run: view.generation,
            runs: runs.len(),
        })
    }
}

impl Report for Checked {
    fn human(&self, _output: &Output) -> String {
        let Self { ledger, stack, resources, in_doubt, leaving, last_run, runs } = self;
        let sound = format!(
            "The ledger {ledger} of {stack} is sound: {resources} resources, {runs} runs kept, the last \
             has number {last_run}.\n"
        );
        let lists = [("Creates that are not settled", in_doubt), ("Deletes under way", leaving)];
        let told = lists.into_iter().filter(|(_, list)| !list.is_empty());
        let lines = told.map(|(title, addresses)| format!("{title}: {}\n", addresses.join(", ")));
        std::iter::once(sound).chain(lines).collect()
    }
}
