//! A place among those actions of a run that prepare, or that send.

use crate::executing::failure::contradiction;
use plumb_model::event::Failure;
use tokio::sync::{Semaphore, SemaphorePermit};

/// An action's place among those that prepare, then among those that send. Never both: an action
/// that waits for the one keeps the other only until it has it.
#[derive(Debug, Default)]
pub(crate) struct Place<'r> {
    pub(crate) preparing: Option<SemaphorePermit<'r>>,
    pub(crate) sending: Option<SemaphorePermit<'r>>,
    /// Whether something may have been sent from it.
    pub(crate) was_entered: bool,
}

impl<'r> Place<'r> {
    /// A place among those that prepare.
    pub(crate) async fn prepare(preparing: &'r Semaphore) -> Result<Self, Failure> {
        Ok(Self { preparing: Some(permit(preparing).await?), ..Self::default() })
    }

    /// Gives back whatever is held, for as long as nothing is sent.
    pub(crate) fn leave(&mut self) {
        (self.preparing, self.sending) = (None, None);
    }
}

/// Waits for a permit.
pub(crate) async fn permit(semaphore: &Semaphore) -> Result<SemaphorePermit<'_>, Failure> {
    // The semaphores of a run are never closed.
    semaphore
        .acquire()
        .await
        .map_err(|closed| contradiction(format!("a place of the run: {closed}")))
}
