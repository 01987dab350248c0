//! What a run asks and tells whoever started it.

use crate::outcome::Outcome;
use crate::planned::Planned;
use plumb_ledger::Holding;
use plumb_model::{Bill, Event, LedgerView, Plan, Policy, Report, ResourceKey};
use std::future::Future;
use std::time::Duration;

/// Whether a plan may be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// It may.
    Given,
    /// It may not; nothing is changed.
    Refused,
}

/// What a run asks and tells. A hook that answers with an error ends the run before anything
/// further is sent.
pub trait Hooks: Sync {
    /// Why a hook ends a run.
    type Error;

    /// What the run may do, now that the ledger can be read.
    ///
    /// # Errors
    /// When what was asked for names something that is not there.
    fn policy(&self, ledger: &LedgerView) -> Result<Policy, Self::Error>;

    /// The lock is held by somebody else and is waited for. Told once.
    fn waiting(&self, _holding: Option<&Holding>) {}

    /// The ledger was taken over from a run that gave no sign of life for too long.
    fn took_over(&self, _from: &Holding) {}

    /// Creates that an earlier run left open are looked for, each for so long at most.
    fn settling(&self, _open: &[(ResourceKey, Duration)]) {}

    /// The plan is made, from what the ledger knows. Told also when a limit keeps it from being carried out.
    ///
    /// # Errors
    /// When it is not the plan that was reviewed, or cannot be shown.
    fn planned(&self, _planned: &Planned, _ledger: &LedgerView) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Whether the plan, which has actions and trips no limit, may be carried out.
    ///
    /// # Errors
    /// When nobody can be asked.
    fn consent(
        &self,
        planned: &Planned,
    ) -> impl Future<Output = Result<Consent, Self::Error>> + Send;

    /// The plan is about to be carried out.
    ///
    /// # Errors
    /// When what is to follow the run cannot be made ready.
    fn begins(&self, _plan: &Plan) -> Result<(), Self::Error> {
        Ok(())
    }

    /// Something happens.
    fn tell(&self, _event: Event) {}

    /// The plan was carried out, as far as it could be; whether anything is left is looked at next.
    fn carried_out(&self, _plan: &Plan, _report: &Report) {}

    /// A run that did everything has looked again: what was announced of the bill, and what was found. Told
    /// before what is left.
    fn billed(&self, _bill: &Bill) {}

    /// A run that did everything leaves this to do, or blocked.
    fn left(&self, _again: &Plan) {}

    /// The run is over. Told last, once its plan was carried out; whether anything is left could
    /// not be looked at when the run ends with an error.
    fn ended(&self, _plan: &Plan, _report: &Report, _outcome: Option<&Outcome>) {}
}
