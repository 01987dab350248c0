//! What the ledger should know after a plan although no action writes it: protections and declared
//! fields of resources that are as declared, and what is gone.

use plumb_model::ledger::{Contract, Protections, Provenance};
use plumb_model::{
    Code, Desired, Entry, LedgerView, Live, LiveObject, Plan, Record, Resource, ResourceKey,
};
use std::collections::{BTreeMap, BTreeSet};

/// The records to append when a plan is applied, before or after its actions; a plan that only
/// looks appends none.
///
/// # Guarantees
/// - Resources that are as declared get an entry like the one a write would have left: so that
///   `prevent-destroy` set on something unchanged protects it, taking it out lifts it, and a field
///   declared with the value it has is noticed when it is removed.
/// - What is neither declared nor there is forgotten.
/// - Nothing is recorded for a plan that a limit stopped: the world may not be ours.
/// - Applied once, the next call gives none.
#[must_use]
pub fn records(desired: &Desired, live: &Live, ledger: &LedgerView, plan: &Plan) -> Vec<Record> {
    if !plan.tripped.is_empty() {
        return Vec::new();
    }
    let unchanged = plan.unchanged.iter().filter_map(|key| {
        let (resource, object) = (desired.get(key)?, live.present(key)?);
        let entry = entry(desired, resource, object, ledger);
        let known = ledger.entries.get(key);
        (known != Some(&entry)).then(|| Record::Applied(Box::new(entry)))
    });
    let gone = gone(plan).into_iter().filter(|key| ledger.entries.contains_key(*key));
    let forgotten = gone.map(|key| Record::Forgotten { key: key.clone() });
    unchanged.chain(forgotten).collect()
}

/// What the plan says is gone and does nothing about.
fn gone(plan: &Plan) -> BTreeSet<&ResourceKey> {
    let acted: BTreeSet<&ResourceKey> = plan
        .actions
        .iter()
        .map(|action| &action.key)
        .chain(plan.blocked.iter().map(|blocked| &blocked.key))
        .collect();
    let gone = plan.notes.iter().filter(|note| note.code == Code::NOTE_GONE);
    gone.filter_map(|note| note.key.as_ref()).filter(|key| !acted.contains(*key)).collect()
}

fn entry(
    desired: &Desired,
    resource: &Resource,
    object: &LiveObject,
    ledger: &LedgerView,
) -> Entry {
    let known = ledger.entries.get(&resource.key);
    let hash = |(path, secret): (&plumb_model::FieldPath, &plumb_model::Secret)| {
        (path.clone(), ledger.hash_key.hash(secret.expose()))
    };
    Entry {
        key: resource.key.clone(),
        remote_id: object.remote_id.clone().or_else(|| known?.remote_id.clone()),
        provenance: known.map_or(Provenance::Adopted, |entry| entry.provenance),
        sent: resource.body.clone(),
        hashes: resource.secrets.iter().map(hash).collect::<BTreeMap<_, _>>(),
        protections: Protections {
            prevent_destroy: resource.wishes.prevent_destroy,
            contract: contract(desired, resource, object, known),
        },
        requires: desired.edges().get(&resource.key).cloned().unwrap_or_default(),
    }
}

/// The contract the ledger has; where it has none, the declared term since the last deployment.
fn contract(
    desired: &Desired,
    resource: &Resource,
    object: &LiveObject,
    known: Option<&Entry>,
) -> Option<Contract> {
    if let Some(entry) = known {
        return entry.protections.contract.clone();
    }
    let field = desired.kinds().get(resource.kind())?.contract_term.as_ref()?;
    let term = resource.field(field)?;
    let months =
        term.as_str().map_or_else(|| term.as_u64()?.try_into().ok(), |t| t.parse().ok())?;
    Some(Contract { months, since: object.status.completed_at? })
}
