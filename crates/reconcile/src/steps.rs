//! The steps of a run, each over any journal: what a run does, one at a time.

use crate::accounts::{self, refuse_another_account};
use crate::error::{RunError, refuse_closed_keys, refuse_unreachable};
use crate::planned::Planned;
use plumb_engine::{Engine, EngineError, Events, Interrupt, Settled, Settling, Until, Work};
use plumb_manifest::Loaded;
use plumb_model::ledger::RunHead;
use plumb_model::moves::moves;
use plumb_model::{Desired, Journal, KindId, LedgerView, Policy, Report};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a run stands on: the clouds, and what is declared.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The connected clouds.
    pub engine: &'a Engine,
    /// What is declared.
    pub desired: &'a Desired,
    /// The files that declare it, where there are any: findings of a plan are located in them.
    pub loaded: Option<&'a Loaded>,
    /// How long after its deadline a create that never appeared is taken for not made, by kind.
    pub give_up: &'a BTreeMap<KindId, Duration>,
}

/// Settles the creates that earlier runs left open; sends nothing when there are none.
///
/// # Errors
/// When the journal cannot be written.
pub async fn settle(
    ground: &Ground<'_>,
    ledger: &LedgerView,
    journal: &dyn Journal,
    interrupt: &Interrupt,
    until: Until,
) -> Result<Settled, EngineError> {
    if ledger.open_intents.is_empty() {
        return Ok(Settled::default());
    }
    let Ground { engine, desired, give_up, .. } = *ground;
    engine.settle(Settling { ledger, desired, journal, interrupt, give_up, until }).await
}

/// An error when the ledger speaks of another account than a key is of.
///
/// # Errors
/// As [`refuse_another_account`], and when a cloud was never reached.
pub(crate) async fn identify<E>(
    ground: &Ground<'_>,
    ledger: &LedgerView,
) -> Result<(), RunError<E>> {
    let found = ground.engine.identify(ground.desired, ledger).await;
    refuse_unreachable(ground.engine)?;
    refuse_another_account(&found, ledger)
}

/// Looks at the clouds and plans.
///
/// # Errors
/// When a cloud was never reached, a key was refused, or is another account's than the one on
/// record.
pub async fn look<E>(
    ground: &Ground<'_>,
    ledger: &LedgerView,
    policy: Policy,
) -> Result<Planned, RunError<E>> {
    let Ground { engine, desired, loaded, .. } = *ground;
    let asked = engine.identify(desired, ledger);
    let renamed = ledger.clone().renamed(&moves(desired, ledger));
    let (mut observed, accounts) = tokio::join!(engine.observe(desired, &renamed, &policy), asked);
    refuse_unreachable(engine)?;
    refuse_closed_keys(engine)?;
    refuse_another_account(&accounts, ledger)?;
    observed.live.clouds = accounts::clouds(engine, &accounts, ledger);
    let ledger = renamed.without_ended_contracts(engine.now());
    let mut plan = plumb_planner::plan(desired, &observed.live, &ledger, &policy);
    if let Some(loaded) = loaded {
        loaded.locate(&mut plan.findings);
    }
    Ok(Planned::new(plan, observed, (ledger, policy), accounts))
}

/// Carries a plan out.
///
/// # Errors
/// When the journal cannot be written; what was done until then is in the error.
pub async fn carry_out(
    ground: &Ground<'_>,
    planned: &Planned,
    (ledger, journal): (&LedgerView, &dyn Journal),
    events: Events<'_>,
    interrupt: &Interrupt,
    head: &RunHead,
) -> Result<Report, EngineError> {
    if !planned.plan.actions.is_empty() || !ledger.entries.is_empty() {
        accounts::record(&planned.accounts, ledger, journal).await?;
    }
    let work = Work {
        plan: &planned.plan,
        desired: ground.desired,
        observed: &planned.observed,
        ledger,
        journal,
        events,
        interrupt,
        head,
    };
    ground.engine.execute(work).await
}
