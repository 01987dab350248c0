//! Whose the keys are. What follows from it is the run's business.

use crate::engine::Engine;
use crate::transport::outcome::Outcome;
use futures_util::future::join_all;
use plumb_kind::Provider;
use plumb_model::{Account, Desired, KindId, LedgerView};
use std::collections::BTreeMap;

/// The account of each connected provider that matters; `None` where it could not be read.
pub type Accounts = BTreeMap<&'static str, Option<Account>>;

impl Engine {
    /// Asks each connected provider at which something is declared or on record whose the key is.
    /// Sends nothing but reads.
    pub async fn identify(&self, desired: &Desired, ledger: &LedgerView) -> Accounts {
        let keys = desired.resources().keys().chain(ledger.entries.keys());
        let kinds = keys.chain(ledger.open_intents.keys()).map(|key| &key.kind);
        let mut kinds: Vec<&KindId> = kinds.collect();
        kinds.dedup();
        let providers = kinds.into_iter().filter_map(|kind| self.registry.provider(kind));
        let providers: BTreeMap<&'static str, &'static dyn Provider> =
            providers.map(|provider| (provider.name(), provider)).collect();
        let asked = providers.into_values().map(|provider| self.identify_one(provider));
        join_all(asked).await.into_iter().flatten().collect()
    }

    /// Asks one provider whose the key is; `None` when it is not connected.
    pub async fn identify_one(
        &self,
        provider: &'static dyn Provider,
    ) -> Option<(&'static str, Option<Account>)> {
        let session = self.session_with(provider.name())?;
        let Some(identification) = provider.identification() else {
            return Some((provider.name(), None));
        };
        let answer = session.read_aside(&identification.request).await;
        let account = match (&answer.outcome, session.organization()) {
            // A partner's key acts in the organization that it names, whosever it is.
            (Outcome::Applied(_), Some(inside)) => Account::new(Some(inside), None),
            (Outcome::Applied(body), None) => (identification.read)(body),
            _ => None,
        };
        if account.is_none() {
            tracing::warn!(
                provider = provider.name(),
                because = answer.why(),
                "whose the key is could not be read"
            );
        }
        Some((provider.name(), account))
    }
}
