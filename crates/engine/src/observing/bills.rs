//! Before anything is rented: whether the bill has room for it to run already (docs/rules.md §2). A
//! ledger that was lost, and lists that leave something out, must not rent it again.

use crate::engine::Engine;
use crate::observing::evidence::{Bill, listed};
use crate::observing::observe::Observed;
use crate::observing::survey::Wanted;
use plumb_kind::{Billing, Kind, Provider, Unexplained};
use plumb_model::live::BillDoubt;
use plumb_model::rules::CreateSafety;
use plumb_model::{
    Desired, KindId, LedgerView, LiveObject, Money, Observation, RemoteId, ResourceKey,
};
use std::collections::{BTreeMap, BTreeSet};

/// The bill of each kind of which something is to be rented.
type Bills = BTreeMap<KindId, &'static dyn Billing>;

impl Engine {
    /// Keeps the lists that a bill is held against, where something may be rented.
    pub(crate) fn keep_witnesses(
        &self,
        desired: &Desired,
        ledger: &LedgerView,
        wanted: &mut Wanted,
    ) {
        let bills = self.bills(desired, |key| !ledger.entries.contains_key(key));
        for collection in bills.values().flat_map(|billing| billing.evidence()) {
            wanted.keep(collection.id);
        }
    }

    /// Notes what the bills say beyond what is seen, of kinds of which something that is not on
    /// record is to be rented. Reads what of the evidence was not read yet.
    pub(crate) async fn hold_against_bills(
        &self,
        desired: &Desired,
        ledger: &LedgerView,
        observed: &mut Observed,
    ) {
        let before = self.requests();
        let is_new = |key: &ResourceKey| {
            !ledger.entries.contains_key(key)
                && observed.live.objects.get(key) == Some(&Observation::Absent)
        };
        let bills = self.bills(desired, is_new);
        let mut wanted = Wanted::default();
        for (kind, billing) in &bills {
            for collection in billing.evidence() {
                wanted.lookup(kind, collection);
            }
        }
        let more = self.read_collections(&wanted, &observed.snapshot).await;
        observed.snapshot.0.extend(more.0);
        for (kind, billing) in bills {
            let doubt = self.bill_doubt(billing, ledger, observed);
            observed.live.bills.extend(doubt.map(|doubt| (kind, doubt)));
        }
        observed.requests += self.requests() - before;
    }

    /// The bills of the kinds of declared resources that are new, and must not be made twice.
    fn bills(&self, desired: &Desired, is_new: impl Fn(&ResourceKey) -> bool) -> Bills {
        let rented = desired.resources().keys().filter(|key| {
            self.table.get(&key.kind).map(|rules| rules.create_safety)
                == Some(CreateSafety::AtMostOnce)
                && is_new(key)
        });
        let kinds: BTreeSet<&KindId> = rented.map(|key| &key.kind).collect();
        let billed = kinds.into_iter().filter_map(|kind| {
            Some((kind.clone(), self.registry.provider(kind).and_then(Provider::billing)?))
        });
        billed.collect()
    }

    /// What a bill says beyond what is seen, as far as that can be said.
    fn bill_doubt(
        &self,
        billing: &dyn Billing,
        ledger: &LedgerView,
        observed: &Observed,
    ) -> Option<BillDoubt> {
        let Unexplained { billed, listed } = match Bill::read(billing, &observed.snapshot) {
            Bill::Silent => return None,
            Bill::Unreadable => return Some(BillDoubt::Unreadable),
            Bill::Unexplained(unexplained) => unexplained,
        };
        let seen = listed + self.uncounted(billing, ledger, observed)?;
        (billed > seen).then_some(BillDoubt::Surplus { billed, seen })
    }

    /// What the things of ours come to that no list counts: the newest are in none yet, and show no
    /// price in one. `None` when somebody else's is listed of which nobody says what it costs: it
    /// may be all that is billed.
    fn uncounted(
        &self,
        billing: &dyn Billing,
        ledger: &LedgerView,
        observed: &Observed,
    ) -> Option<Money> {
        let evidence = billing.evidence();
        let kinds: Vec<&dyn Kind> =
            evidence.iter().filter_map(|collection| self.kind(collection.kind.as_ref()?)).collect();
        let listed = kinds.iter().flat_map(|kind| listed(*kind, &observed.snapshot));
        let listed: Vec<LiveObject> = listed.collect::<Result<_, _>>().ok()?;
        let recorded = ledger.entries.values().filter_map(|entry| entry.remote_id.as_ref());
        let recorded: BTreeSet<&RemoteId> = recorded.collect();
        let is_ours =
            |object: &LiveObject| object.remote_id.as_ref().is_some_and(|id| recorded.contains(id));
        if listed.iter().any(|object| object.hourly.is_none() && !is_ours(object)) {
            return None;
        }
        let priced = listed.iter().filter(|object| object.hourly.is_some());
        let counted: BTreeSet<&RemoteId> =
            priced.filter_map(|object| object.remote_id.as_ref()).collect();
        let is_billed = |key: &ResourceKey| kinds.iter().any(|kind| kind.rules().id == key.kind);
        let is_counted = |key: &ResourceKey| {
            let id = ledger.entries.get(key).and_then(|entry| entry.remote_id.as_ref());
            id.is_some_and(|id| counted.contains(id))
        };
        let ours: BTreeSet<&ResourceKey> =
            ledger.entries.keys().chain(ledger.open_intents.keys()).collect();
        let uncounted = ours.into_iter().filter(|key| is_billed(key) && !is_counted(key));
        Some(uncounted.filter_map(|key| price(observed, key)).sum())
    }
}

/// What a resource costs an hour: as it is, else as it is declared.
fn price(observed: &Observed, key: &ResourceKey) -> Option<Money> {
    let live = observed.live.present(key).and_then(|object| object.hourly);
    live.or_else(|| observed.live.refinements.get(key)?.hourly)
}
