//! What rails and policies say of a fleet that is nowhere yet.

use plumb_model::plan::Tripped;
use plumb_model::{
    Code, Desired, LedgerView, Live, Money, Observation, Policy, Refinement, ResourceKey,
};
use std::collections::BTreeMap;

/// The refusals of all rails and policies, when this is all there will be: nothing of it is there, and what
/// no price is given for costs what the price book says.
#[must_use]
pub fn judge(
    desired: &Desired,
    prices: &BTreeMap<ResourceKey, Money>,
    policy: &Policy,
) -> Vec<Tripped> {
    let absent = |key: &ResourceKey| (key.clone(), Observation::Absent);
    let refined = |(key, hourly): (&ResourceKey, &Money)| {
        (key.clone(), Refinement { hourly: Some(*hourly), ..Refinement::default() })
    };
    let nowhere = Live {
        objects: desired.resources().keys().map(absent).collect(),
        refinements: prices.iter().map(refined).collect(),
        ..Live::default()
    };
    let plan = plumb_planner::plan(desired, &nowhere, &LedgerView::default(), policy);
    let is_of_the_world = |it: &Tripped| [Code::LIMIT_RAIL, Code::LIMIT_POLICY].contains(&it.code);
    plan.tripped.into_iter().filter(is_of_the_world).collect()
}
