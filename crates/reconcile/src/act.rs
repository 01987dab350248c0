//! One verb on a live object, by hand.

use crate::accounts::{self, refuse_another_account};
use crate::error::RunError;
use crate::outcome::Outcome;
use plumb_engine::{Accounts, Acting, Engine, Events, Interrupt};
use plumb_ledger::{Holding, Store};
use plumb_model::ledger::RunHead;
use plumb_model::{Plan, Report, ResourceKey};

/// A verb, and what it is done to.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// The resource.
    pub key: &'a ResourceKey,
    /// The verb's name, one of its kind's.
    pub verb: &'a str,
    /// The parts of the object it is limited to; the whole when empty.
    pub parts: &'a [String],
}

/// Does a verb and waits until it is done, as a run of its own in the ledger, whose lock it does
/// not wait for. Whose the key is, is asked before; whether a cloud was reached, and took the key, is
/// the caller's to ask afterwards.
///
/// # Errors
/// What keeps it from being done, or recorded.
pub async fn act<E>(
    engine: &Engine,
    (store, stack): (&Store, &str),
    holding: &Holding,
    act: Act<'_>,
    events: Events<'_>,
    interrupt: &Interrupt,
) -> Result<(Outcome, Report), RunError<E>> {
    let ledger = store.open(stack, holding)?;
    let accounts = account_of(engine, act.key).await;
    refuse_another_account(&accounts, &ledger.view())?;
    if ledger.view().entries.contains_key(act.key) {
        accounts::record(&accounts, &ledger.view(), &ledger).await?;
    }
    let head = RunHead {
        who: holding.who.clone(),
        at: engine.now(),
        command: holding.command.clone(),
        commit: None,
        plan: None,
        number: ledger.view().generation.saturating_add(1),
    };
    let acting = Acting {
        key: act.key,
        verb: act.verb,
        parts: act.parts,
        patience: None,
        ledger: &ledger.view(),
        journal: &ledger,
        events,
        interrupt,
        head: &head,
    };
    let report = engine.act(acting).await?;
    let mut outcome = Outcome::of_report(&Plan::default(), &report);
    outcome.first.key.get_or_insert_with(|| act.key.clone());
    Ok((outcome, report))
}

/// Whose the key to a resource's cloud is.
pub async fn account_of(engine: &Engine, key: &ResourceKey) -> Accounts {
    match engine.registry().provider(&key.kind) {
        Some(provider) => engine.identify_one(provider).await.into_iter().collect(),
        None => Accounts::new(),
    }
}
