//! A stack with its clouds and its ledger: what plans and runs begin with.

use crate::error::RunError;
use crate::hooks::Hooks;
use crate::planned::Planned;
use crate::run::{Order, Ran, Running};
use crate::steps::{Ground, look};
use plumb_ledger::{LedgerError, Store};
use plumb_model::{Code, LedgerView, Policy};

/// A stack with its clouds and its ledger.
#[derive(Clone, Copy, Debug)]
pub struct Reconciler<'a> {
    /// The clouds, and what is declared.
    pub ground: Ground<'a>,
    /// Where the ledger is.
    pub store: &'a Store,
    /// The stack's name.
    pub stack: &'a str,
}

impl Reconciler<'_> {
    /// The ledger as it is, without a lock and without writing anything.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn ledger(&self) -> Result<LedgerView, LedgerError> {
        self.store.read(self.stack)
    }

    /// Looks and plans, without a lock and without writing anything.
    ///
    /// # Errors
    /// As a run, up to its plan.
    pub async fn plan<E>(
        &self,
        policy: impl FnOnce(&LedgerView) -> Result<Policy, E>,
    ) -> Result<Planned, RunError<E>> {
        let view = self.ledger()?;
        let policy = policy(&view).map_err(RunError::Hook)?;
        let planned = look(&self.ground, &view, policy).await?;
        let mut tripped = planned.plan.tripped.iter();
        if !tripped.any(|tripped| tripped.code == Code::LEDGER_BEHIND) {
            return Ok(planned);
        }
        // A run that writes meanwhile looks like that to whoever takes no lock.
        look(&self.ground, &self.ledger()?, planned.policy).await
    }

    /// One whole run.
    ///
    /// # Guarantees
    /// - Nothing is sent but reads before the ledger is locked, the hooks have seen the plan, and
    ///   consent is given.
    /// - A run that did everything looks again: [`Verdict::Done`](crate::Verdict::Done) means that
    ///   nothing was left to do.
    /// - Asked to stop before the plan is carried out, it stops at once; after that it finishes and
    ///   records what is in flight.
    ///
    /// # Errors
    /// What keeps the run from going on; what was sent until then is in the ledger.
    pub async fn run<H: Hooks>(
        &self,
        order: &Order<'_>,
        hooks: &H,
    ) -> Result<Ran, RunError<H::Error>> {
        let Self { ground, store, stack } = self;
        Running { ground, store, stack, order, hooks }.all().await
    }
}
