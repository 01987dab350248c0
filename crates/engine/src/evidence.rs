//! Evidence beyond lists (RELIABILITY.md §2): objects are read by the ids on record, and the
//! account's bill is compared with what is listed. A bill for more than the lists show keeps a
//! thing from being taken for absent; a bill that agrees proves nothing by itself.

use crate::engine::Engine;
use crate::look::Looked;
use crate::survey::{Found, Wanted};
use futures_util::future::join_all;
use plumb_kind::{Snapshot, Unexplained};
use plumb_model::rules::CreateSafety;
use plumb_model::text::ServerText;
use plumb_model::{KindId, Observation, RemoteId, ResourceKey};
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

impl Engine {
    /// Looks by id for what is on record and was not listed: a lagging list must not look like a
    /// deletion. What cannot be read alone is held against the bill.
    pub(crate) async fn look_for_unlisted(&self, wanted: &Wanted, found: &mut Found) {
        let unlisted: Vec<(ResourceKey, RemoteId)> =
            found.unlisted(wanted).map(|(key, id)| (key.clone(), id.clone())).collect();
        let looks = unlisted.iter().map(|(key, id)| self.look_alone(key, Some(id)));
        let mut unreadable = Vec::new();
        for ((key, _), looked) in unlisted.iter().zip(join_all(looks).await) {
            match looked.map(|looked: Looked| looked.observation) {
                Some(Observation::Absent) => {}
                Some(observation) => {
                    found.objects.insert(key.clone(), observation);
                }
                None => unreadable.push(key.clone()),
            }
        }
        self.ask_the_bill(&unreadable, found).await;
    }

    /// Takes what the bill may speak of for unknown.
    async fn ask_the_bill(&self, keys: &[ResourceKey], found: &mut Found) {
        let mut bills: BTreeMap<&str, Bill> = BTreeMap::new();
        for key in keys {
            let rented = self.table.get(&key.kind).map(|rules| rules.create_safety)
                == Some(CreateSafety::AtMostOnce);
            let Some(provider) = self.registry.provider(&key.kind).filter(|_| rented) else {
                continue;
            };
            if !bills.contains_key(provider.name()) {
                bills.insert(provider.name(), self.bill(&key.kind).await);
            }
            if let Some(doubt) = bills.get(provider.name()).and_then(doubt) {
                found.objects.insert(key.clone(), Observation::Unknown(doubt));
            }
        }
    }

    /// Compares the bill of a kind's cloud with everything it lists, read now.
    pub(crate) async fn bill(&self, kind: &KindId) -> Bill {
        let billing = self.registry.provider(kind).and_then(plumb_kind::Provider::billing);
        let Some(billing) = billing else { return Bill::Silent };
        let collections = billing.evidence();
        let reads = collections.iter().map(|collection| async move {
            (collection.id.clone(), self.read_collection(kind, collection).await)
        });
        let snapshot = Snapshot(join_all(reads).await.into_iter().collect());
        let complete =
            collections.iter().all(|collection| snapshot.items(&collection.id).is_some());
        match billing.unexplained(&snapshot) {
            Some(unexplained) => Bill::Unexplained(unexplained),
            None if complete && billing.read_rate(&snapshot).is_some() => Bill::Silent,
            None => Bill::Unreadable,
        }
    }
}

/// Why something that is not listed is not taken for absent, when the bill says so.
pub(crate) fn doubt(bill: &Bill) -> Option<ServerText> {
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
