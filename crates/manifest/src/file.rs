//! One file that was read: its text stays, and what the reader made of it goes as soon as its
//! documents are resources. Whoever asks for a place later has it made again
//! (docs/decisions/0131-a-tree-is-dropped-when-its-file-is-done.md).

use crate::text::Text;
use crate::tree::{NodeId, Source, Tree};
use crate::yaml::{self, Parsed};
use plumb_model::Finding;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file that was read.
#[derive(Debug)]
pub(crate) struct File {
    source: Arc<Source>,
    /// The same text always makes the same tree, with the same nodes.
    tree: Mutex<Option<Arc<Tree>>>,
}

impl File {
    /// Reads a text: the file, the roots of its documents with their positions, and what is wrong.
    pub(crate) fn read(text: &Text) -> (Self, Vec<(u32, NodeId)>, Vec<Finding>) {
        let source = Source::new(&text.file, &text.text);
        let Parsed { tree, roots, findings } = yaml::parse(&source);
        (Self { source, tree: Mutex::new(Some(Arc::new(tree))) }, roots, findings)
    }

    /// Its name, as the user gave it.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.source.file
    }

    /// Its text.
    pub(crate) fn text(&self) -> &Arc<str> {
        &self.source.text
    }

    /// What the reader makes of it.
    pub(crate) fn tree(&self) -> Arc<Tree> {
        let mut tree = self.kept();
        tree.get_or_insert_with(|| Arc::new(yaml::parse(&self.source).tree)).clone()
    }

    /// Drops the tree.
    pub(crate) fn forget(&self) {
        *self.kept() = None;
    }

    /// Whoever panicked meanwhile left a whole tree behind, or none.
    fn kept(&self) -> MutexGuard<'_, Option<Arc<Tree>>> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
