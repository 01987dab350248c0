//! Resources that have another name in the manifests now (`plumb.dev/moved-from`, or an id on record
//! in `plumb.dev/remote-id`): the ledger, as if
//! they had always had it. Only where the server knows things by their ids; elsewhere another name is
//! another thing.

use crate::desired::Desired;
use crate::key::ResourceKey;
use crate::ledger::{Entry, LedgerView, Record};
use crate::resource::Resource;
use crate::rules::Identity;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The key a resource had before, by what its manifest says.
#[must_use]
pub fn former(resource: &Resource) -> Option<ResourceKey> {
    let name = resource.wishes.moved_from.clone()?;
    (name != resource.key.name).then(|| resource.key.named(name))
}

/// The moves that can be followed, from the old key to the new one: the old one is on record and not
/// declared, the new one is not on record, and neither is being made.
#[must_use]
pub fn moves(desired: &Desired, ledger: &LedgerView) -> BTreeMap<ResourceKey, ResourceKey> {
    let mut moves = BTreeMap::new();
    for resource in desired.resources().values() {
        let key = &resource.key;
        let rules = desired.kinds().get(&key.kind);
        let renames = rules.is_some_and(|rules| rules.identity == Identity::Id);
        if !renames || ledger.entries.contains_key(key) {
            continue;
        }
        let Some(old) = former(resource).or_else(|| by_id(resource, ledger)) else { continue };
        let on_record = ledger.entries.contains_key(&old);
        let unsettled = [&old, key].into_iter().any(|key| ledger.open_intents.contains_key(key));
        if on_record && !unsettled && desired.get(&old).is_none() {
            moves.entry(old).or_insert_with(|| key.clone());
        }
    }
    moves
}

/// The key under which the object is on record that a manifest names by its id.
fn by_id(resource: &Resource, ledger: &LedgerView) -> Option<ResourceKey> {
    let id = resource.wishes.remote_id.as_ref()?;
    let mut entries = ledger.entries.values();
    let known = entries
        .find(|entry| entry.key.kind == resource.key.kind && entry.remote_id.as_ref() == Some(id));
    known.map(|entry| entry.key.clone())
}

/// What is recorded when moves are carried out.
#[must_use]
pub fn records(ledger: &LedgerView, moves: &BTreeMap<ResourceKey, ResourceKey>) -> Vec<Record> {
    let after = ledger.clone().renamed(moves);
    let forgotten = moves.keys().map(|key| Record::Forgotten { key: key.clone() });
    let changed = after.entries.values().filter(|entry| {
        ledger.entries.get(&entry.key).is_none_or(|before| before.requires != entry.requires)
    });
    let applied = changed.map(|entry| Record::Applied(Arc::new((**entry).clone())));
    forgotten.chain(applied).collect()
}

impl LedgerView {
    /// The view with entries under their new keys.
    #[must_use]
    pub fn renamed(mut self, moves: &BTreeMap<ResourceKey, ResourceKey>) -> Self {
        for (old, new) in moves {
            if let Some(entry) = self.entries.remove(old) {
                let entry = Entry { key: new.clone(), ..(*entry).clone() };
                self.entries.insert(new.clone(), Arc::new(entry));
            }
        }
        let is_moved =
            |entry: &Arc<Entry>| entry.requires.iter().any(|key| moves.contains_key(key));
        for entry in self.entries.values_mut().filter(|entry| is_moved(entry)) {
            let requires = entry.requires.iter();
            let requires = requires.map(|key| moves.get(key).unwrap_or(key).clone()).collect();
            Arc::make_mut(entry).requires = requires;
        }
        self
    }
}
