//! A person who looks into the clouds' consoles, and says what became of each create in doubt.

use crate::cloud::Cloud;
use crate::trial::oracle;
use plumb_ledger::Ledger;
use plumb_model::RemoteId;
use plumb_model::ledger::Settlement;

/// What a person has said.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// One line for each create.
    pub(super) story: Vec<String>,
    /// What the ledger did not take.
    pub(super) violations: Vec<String>,
}

/// Decides about every create in doubt, as the clouds have it.
pub(super) fn decides(ledger: &Ledger, cloud: &Cloud) -> Said {
    let mut said = Said::default();
    for intent in ledger.view().open_intents.values() {
        let id = oracle::made(&cloud.world(), &intent.uid);
        let settlement = match id.and_then(|id| id.parse::<RemoteId>().ok()) {
            Some(id) => Settlement::Applied(Some(id)),
            None => Settlement::DeclaredNotCreated,
        };
        said.story.push(format!("a person: {} {settlement:?}", intent.key));
        if let Err(error) = ledger.resolve(&intent.key, settlement) {
            said.violations.push(format!("cannot resolve {}: {error}", intent.key));
        }
    }
    said
}
