//! Where something can be put between plumb and what it stands on: the network, and the place of
//! its ledger. Nothing is, unless a test says so. What is put there is the test's business.

use crate::cloud::Cloud;
use plumb_engine::Transport;
use plumb_ledger::Folder;
use std::sync::Arc;

/// What stands between.
#[derive(Clone, Copy, Debug)]
pub struct Seams {
    /// What a run sends through, made from what it would send through else.
    pub transport: fn(Arc<dyn Transport>) -> Arc<dyn Transport>,
    /// Where a run keeps its ledger, made from where it would else, when the run begins. The cloud
    /// is as it is then.
    pub folder: fn(Arc<dyn Folder>, &Cloud) -> Arc<dyn Folder>,
}

/// Nothing.
impl Default for Seams {
    fn default() -> Self {
        Self { transport: |network| network, folder: |disk, _| disk }
    }
}
