//! Evidence beyond lists (docs/rules.md §2): objects are read by the ids on record, and the
//! account's bill is compared with what is listed. A bill for more than the lists show keeps a
//! thing from being taken for absent; a bill that agrees proves nothing by itself, and nothing at
//! all when the lists it was held against show the thing that earlier ones did not.

use crate::engine::Engine;
use crate::observing::look::Looked;
use crate::observing::survey::{Found, Wanted};
use futures_util::future::join_all;
use plumb_kind::{Billing, Kind, NotReadable, Snapshot, Unexplained};
use plumb_model::rules::CreateSafety;
use plumb_model::text::ServerText;
use plumb_model::{KindId, LiveObject, Money, Observation, RemoteId, ResourceKey, Scope};
use std::collections::BTreeMap;

/// What the bill says beyond the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bill {
    /// The cloud has none, or it agrees.
    Silent,
    /// It speaks of more than is listed.
    Unexplained(Unexplained),
    /// It could not be compared.
    Unreadable,
}

impl Bill {
    /// What a bill says beyond the lists it is held against.
    pub(crate) fn read(billing: &dyn Billing, snapshot: &Snapshot) -> Self {
        let evidence = billing.evidence();
        let complete = evidence.iter().all(|collection| snapshot.items(&collection.id).is_some());
        match billing.unexplained(snapshot) {
            Some(unexplained) => Self::Unexplained(unexplained),
            None if complete && billing.read_rate(snapshot).is_some() => Self::Silent,
            None => Self::Unreadable,
        }
    }
}

/// What the bill says, and the lists it was held against.
#[derive(Debug)]
pub(crate) struct Audit {
    bill: Bill,
    snapshot: Snapshot,
}

impl Audit {
    /// Whether the bill has room for something at a price an hour; for anything, where that is not
    /// known or the bill cannot be read.
    pub(crate) fn has_room(&self, price: Option<Money>) -> bool {
        match self.bill {
            Bill::Silent => false,
            Bill::Unreadable => true,
            Bill::Unexplained(Unexplained { billed, listed }) => {
                // Prices are rounded, each by less than this.
                let surplus = billed - listed + Money::MILLIONTH * 1_000;
                price.is_none_or(|price| price <= surplus)
            }
        }
    }

    /// Why something that was not listed before is not taken for absent.
    pub(crate) fn doubt(
        &self,
        kind: &dyn Kind,
        is_it: impl Fn(&LiveObject) -> bool,
    ) -> Option<ServerText> {
        for object in listed(kind, &self.snapshot) {
            match object {
                Ok(object) if is_it(&object) => {
                    return Some(ServerText::new("it was not listed at first, and then it was"));
                }
                Ok(_) => {}
                Err(error) => {
                    let text = format!("something is listed that could be it: {error}");
                    return Some(ServerText::new(&text));
                }
            }
        }
        doubt(&self.bill)
    }
}

impl Engine {
    /// Looks alone for what is on record and was not listed: a list that lags, or leaves something
    /// out, must not look like a deletion. What cannot be read alone is held against the bill.
    pub(crate) async fn look_for_unlisted(
        &self,
        wanted: &Wanted,
        snapshot: &Snapshot,
        found: &mut Found,
    ) {
        let unlisted: Vec<(ResourceKey, Option<RemoteId>)> =
            found.unlisted(wanted, snapshot).map(|(key, id)| (key.clone(), id.cloned())).collect();
        let looks = unlisted.iter().map(|(key, id)| self.look_alone(key, id.as_ref()));
        let (mut seen, mut unreadable) = (Vec::new(), Vec::new());
        for ((key, id), looked) in unlisted.iter().zip(join_all(looks).await) {
            match looked.map(|looked: Looked| looked.observation) {
                Some(Observation::Absent) => {}
                Some(observation) => seen.push((key.clone(), observation)),
                None => unreadable.extend(id.as_ref().map(|id| (key, id))),
            }
        }
        found.objects.extend(seen);
        self.ask_the_bill(&unreadable, found).await;
    }

    /// Takes what the bill may speak of for unknown.
    async fn ask_the_bill(&self, keys: &[(&ResourceKey, &RemoteId)], found: &mut Found) {
        let mut audits: BTreeMap<&str, Audit> = BTreeMap::new();
        for (key, id) in keys {
            let rented = self.table.get(&key.kind).map(|rules| rules.create_safety)
                == Some(CreateSafety::AtMostOnce);
            let provider = self.registry.provider(&key.kind).filter(|_| rented);
            let (Some(provider), Some(kind)) = (provider, self.kind(&key.kind)) else { continue };
            if !audits.contains_key(provider.name()) {
                audits.insert(provider.name(), self.audit(&key.kind).await);
            }
            let Some(audit) = audits.get(provider.name()) else { continue };
            if let Some(doubt) = audit.doubt(kind, |object| object.remote_id.as_ref() == Some(id)) {
                found.objects.insert((*key).clone(), Observation::Unknown(doubt));
            }
        }
    }

    /// Compares the bill of a kind's cloud with everything it lists, read now.
    pub(crate) async fn audit(&self, kind: &KindId) -> Audit {
        let billing = self.registry.provider(kind).and_then(plumb_kind::Provider::billing);
        let Some(billing) = billing else {
            return Audit { bill: Bill::Silent, snapshot: Snapshot::default() };
        };
        let collections = billing.evidence();
        let reads = collections.iter().map(|collection| async move {
            (collection.id.clone(), self.read_collection(kind, collection).await)
        });
        let snapshot = Snapshot(join_all(reads).await.into_iter().collect());
        let bill = Bill::read(billing, &snapshot);
        Audit { bill, snapshot }
    }
}

/// The objects of a kind that were listed. A list that was not read shows none.
pub(crate) fn listed<'a>(
    kind: &'a dyn Kind,
    snapshot: &'a Snapshot,
) -> impl Iterator<Item = Result<LiveObject, NotReadable>> + 'a {
    let collections = kind.collections(&Scope::Global).into_iter();
    collections.flat_map(|collection| {
        let items = snapshot.items(&collection.id).into_iter().flatten();
        let there = items.filter(|item| !kind.is_gone(item));
        there.map(|item| plumb_kind::read(kind, item, &collection.scope)).collect::<Vec<_>>()
    })
}

/// Why something that is not listed is not taken for absent, when the bill says so.
fn doubt(bill: &Bill) -> Option<ServerText> {
    let text = match bill {
        Bill::Silent => return None,
        Bill::Unexplained(Unexplained { billed, listed }) => format!(
            "it is not listed, and the account is billed {billed} an hour where everything that \
             is listed comes to {listed}"
        ),
        Bill::Unreadable => {
            "it is not listed, and the bill could not be read to make sure that it is gone"
                .to_owned()
        }
    };
    Some(ServerText::new(&text))
}

#[cfg(test)]
mod tests;
