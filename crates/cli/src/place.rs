//! Where a stack keeps what it knows, found without reading what it declares.

use crate::context::Context;
use crate::problem::Problem;
use crate::stack;
use plumb_ledger::Store;
use plumb_manifest::{Connections, Stack};
use std::path::PathBuf;

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
    /// The connections it uses.
    pub(crate) connections: Connections,
}

/// The place of a stack, from where the manifests are alone: these commands work also when the
/// manifests have errors.
pub(crate) fn place(paths: &[PathBuf], context: &Context) -> Result<Place, Problem> {
    let nothing = |_: &str| None;
    let outside = plumb_manifest::Outside { variable: &nothing, standard_input: None };
    let loaded = stack::load(paths, &outside, &context.shared)?;
    let store = stack::ledger_store(&loaded, context)?;
    let (settings, connections) = (loaded.stack.clone(), loaded.stack.connections);
    Ok(Place { store, stack: settings.mark(), settings, root: loaded.root, connections })
}

impl Place {
    /// An error when the stack has no name to write under.
    pub(crate) fn refuse_unnamed(&self) -> Result<(), Problem> {
        stack::refuse_unnamed(&self.settings, &self.root)
    }
}
