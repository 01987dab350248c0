//! Whose the connected clouds are, held against the ledger: a key of another account must neither rent
//! a second fleet nor forget the first.
//!
//! # Guarantees
//! - Nothing is planned, settled or sent while a key is another account's than the one on record.
//! - An account is put on record before anything is sent to it, and stays there.

use crate::error::RunError;
use plumb_engine::{Accounts, Engine, EngineError};
use plumb_model::live::{AccountProof, Cloud};
use plumb_model::{Account, Journal, KindId, LedgerView, Record, Report};

/// An error when a key is another account's than the one that the ledger speaks of.
///
/// # Errors
/// [`RunError::AnotherAccount`] with the first of them.
pub fn refuse_another_account<E>(found: &Accounts, ledger: &LedgerView) -> Result<(), RunError<E>> {
    for (provider, account) in found {
        if let (Some(account), Some(recorded)) = (account, ledger.accounts.get(*provider))
            && !account.is(recorded)
        {
            let (found, recorded) = (Box::new(account.clone()), Box::new(recorded.clone()));
            return Err(RunError::AnotherAccount { provider, found, recorded });
        }
    }
    Ok(())
}

/// Puts on record whose the keys are, where that is not known yet.
pub(crate) async fn record(
    found: &Accounts,
    ledger: &LedgerView,
    journal: &dyn Journal,
) -> Result<(), EngineError> {
    let known = found.iter().filter_map(|(provider, account)| Some((provider, account.as_ref()?)));
    let new = known.filter(|(provider, _)| !ledger.accounts.contains_key(**provider));
    let record = |(provider, account): (&&'static str, &Account)| Record::AccountKnown {
        provider: (*provider).to_owned(),
        account: account.clone(),
    };
    let records: Vec<Record> = new.map(record).collect();
    if records.is_empty() {
        return Ok(());
    }
    let appended = journal.append(records).await;
    appended.map_err(|source| EngineError::Journal { source, report: Box::new(Report::default()) })
}

/// The clouds that were looked at, as the planner has to know them.
pub(crate) fn clouds(engine: &Engine, found: &Accounts, ledger: &LedgerView) -> Vec<Cloud> {
    let registry = engine.registry();
    let kinds = |name: &str| -> Vec<KindId> {
        let provider = registry.providers().iter().find(|provider| provider.name() == name);
        let kinds = provider.into_iter().flat_map(|provider| provider.kinds());
        kinds.map(|kind| kind.rules().id.clone()).collect()
    };
    let cloud = |(provider, account): (&&'static str, &Option<Account>)| {
        let on_record = account.is_some() && ledger.accounts.contains_key(*provider);
        Cloud {
            provider: (*provider).to_owned(),
            kinds: kinds(provider).into_iter().collect(),
            account: if on_record { AccountProof::OnRecord } else { AccountProof::Missing },
        }
    };
    found.iter().map(cloud).collect()
}
