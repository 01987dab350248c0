//! What the planned actions change about the bill (docs/rules.md §9.6). Only of kinds that cost money:
//! those that say so, and those of which some price is known.

use crate::scene::Scene;
use plumb_model::plan::{Commitment, ContractTurn, CostChange, Operation};
use plumb_model::rules::Costs;
use plumb_model::{Action, KindId, Live, LiveObject, Money, ResourceKey};
use std::collections::{BTreeMap, BTreeSet};

/// The cost of each resource with actions, before and after.
pub(crate) fn of(scene: &Scene<'_>, actions: &[Action]) -> BTreeMap<ResourceKey, CostChange> {
    let priced = priced_kinds(scene.live);
    let costs_money = |key: &ResourceKey| {
        let costs = scene.rules(key).map(|rules| rules.costs);
        costs == Some(Costs::ByTheHour) || priced.contains(&key.kind)
    };
    let mut operations: BTreeMap<&ResourceKey, BTreeSet<Operation>> = BTreeMap::new();
    for action in actions.iter().filter(|action| costs_money(&action.key)) {
        operations.entry(&action.key).or_default().insert(action.operation);
    }
    let cost = |(key, operations): (&ResourceKey, BTreeSet<Operation>)| {
        Some((key.clone(), change(scene, key, &operations)?))
    };
    operations.into_iter().filter_map(cost).collect()
}

/// Why the price of resources is not known that will be as declared.
pub(crate) fn unpriced(
    scene: &Scene<'_>,
    costs: &BTreeMap<ResourceKey, CostChange>,
) -> BTreeMap<ResourceKey, String> {
    let unknown = costs.iter().filter(|(_, cost)| cost.after.is_none());
    let why = |key: &ResourceKey| scene.live.refinements.get(key)?.unpriced.clone();
    unknown.filter_map(|(key, _)| Some((key.clone(), why(key)?))).collect()
}

/// The contract of each resource with actions, in months.
pub(crate) fn contracts(scene: &Scene<'_>, actions: &[Action]) -> BTreeMap<ResourceKey, u32> {
    let months = |key: &ResourceKey| {
        let declared = scene.desired.get(key).filter(|_| scene.is_declared(key));
        match declared {
            Some(resource) => scene.rules(key)?.contract_months(&resource.body),
            None => Some(scene.entry(key)?.protections.contract.as_ref()?.months),
        }
    };
    let keys = actions.iter().map(|action| &action.key);
    keys.filter_map(|key| Some((key.clone(), months(key)?))).collect()
}

/// The contracts that the actions begin, and those that they end before their time.
pub(crate) fn commitments(
    scene: &Scene<'_>,
    actions: &[Action],
    costs: &BTreeMap<ResourceKey, CostChange>,
) -> Vec<Commitment> {
    let of = |action: &Action| {
        let key = &action.key;
        let cost = costs.get(key).copied().unwrap_or_default();
        let (turn, months, hourly) = match action.operation {
            Operation::Delete => {
                let months = left(scene, key)?;
                (ContractTurn::EndsEarly, months, cost.before)
            }
            Operation::Create | Operation::Publish if begins(action, cost) => {
                let body = &scene.desired.get(key)?.body;
                (ContractTurn::Begins, scene.rules(key)?.contract_months(body)?, cost.after)
            }
            _ => return None,
        };
        let amount = hourly.map(|hourly| hourly.a_month() * u64::from(months));
        Some(Commitment { key: key.clone(), turn, months, amount })
    };
    let all = actions.iter().filter_map(of);
    // A create and its publish begin one contract.
    let unlike = all.map(|one| ((one.turn, one.key.clone()), one));
    unlike.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// Whether a step begins a contract: what was never deployed costs nothing yet, and has none.
fn begins(action: &Action, cost: CostChange) -> bool {
    action.operation == Operation::Create || cost.before == Some(Money::ZERO)
}

/// The months that are left of a resource's contract; one that has begun counts whole.
pub(crate) fn left(scene: &Scene<'_>, key: &ResourceKey) -> Option<u32> {
    let contract = scene.entry(key)?.protections.contract.as_ref()?;
    Some(scene.ledger.as_of.map_or(contract.months, |now| contract.months_left(now)))
}

/// What a resource that is there costs an hour.
pub(crate) fn now(scene: &Scene<'_>, key: &ResourceKey) -> Option<Money> {
    current(scene, scene.live.present(key)?)
}

/// What a resource costs an hour when it is as declared: as its cloud says, else as the stack's price
/// book does.
pub(crate) fn declared(scene: &Scene<'_>, key: &ResourceKey) -> Option<Money> {
    let refinement = scene.live.refinements.get(key);
    let told = refinement.and_then(|refinement| refinement.hourly);
    told.or_else(|| scene.policy.prices.hourly(key, &scene.desired.get(key)?.body))
}

/// What something that stays costs an hour when the plan is carried out: as it is declared, else as it is.
/// What costs no money costs nothing.
pub(crate) fn planned(scene: &Scene<'_>, key: &ResourceKey) -> Option<Money> {
    let object = scene.live.present(key);
    let known = declared(scene, key).or_else(|| current(scene, object?));
    let costs = scene.rules(key).map(|rules| rules.costs);
    known.or_else(|| (costs == Some(Costs::Nothing)).then_some(Money::ZERO))
}

/// What an object costs an hour as it is.
fn current(scene: &Scene<'_>, object: &LiveObject) -> Option<Money> {
    object.hourly_by(&scene.policy.prices)
}

/// `None` when the operations cost nothing, and what it costs now is not known.
fn change(
    scene: &Scene<'_>,
    key: &ResourceKey,
    operations: &BTreeSet<Operation>,
) -> Option<CostChange> {
    let before = scene.live.hourly(key, &scene.policy.prices);
    let becomes_as_declared = |operation: &Operation| match operation {
        Operation::Create | Operation::Update | Operation::Publish | Operation::Power(_) => true,
        Operation::Adopt | Operation::Restart | Operation::Wait | Operation::Delete => false,
    };
    let after = if operations.iter().any(becomes_as_declared) {
        declared(scene, key)
    } else if operations.contains(&Operation::Delete) {
        Some(Money::ZERO)
    } else {
        Some(before?)
    };
    Some(CostChange { before, after })
}

/// The kinds of which a price is known, of a live object or a declared one.
fn priced_kinds(live: &Live) -> BTreeSet<&KindId> {
    let there = live
        .objects
        .keys()
        .filter(|key| live.present(key).is_some_and(|object| object.hourly.is_some()));
    let declared = live.refinements.iter().filter(|(_, refinement)| refinement.hourly.is_some());
    there.chain(declared.map(|(key, _)| key)).map(|key| &key.kind).collect()
}
