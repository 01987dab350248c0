//! The difference between what should exist and what does, as steps with nothing left to decide.
//!
//! # Flow
//! Policy rewrites the inputs (`scene`, `selection`); each declared resource is classified
//! (`standing`) and decided (`decide`) after those it needs; what is owned and not declared is
//! pruned (`prune`); edges give the order (`order`); prices are compared (`costs`); guards judge
//! the result (`guards`).
//!
//! # Guarantees
//! - Pure: no clock, network, environment, file or hash-ordered container.
//! - Total: any input gives a plan; what is not possible is in it as `Blocked`, with the way out.
//! - The same inputs give the same plan, byte for byte, whatever the order of documents.
//! - What could not be seen is never created, changed or deleted.
//! - Where several live objects could be one resource, none of them is touched.
//! - A delete needs prune (or destroy), the ledger, the mark, and a complete view.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

mod basis;
mod costs;
mod create;
mod decide;
mod difference;
mod draft;
mod guards;
mod notes;
mod order;
mod planned;
mod policies;
mod proof;
mod prune;
mod rails;
mod rivals;
mod scene;
mod selection;
mod standing;
mod windows;
mod words;

#[cfg(test)]
mod tests;

use draft::Decision;
use plumb_model::plan::{Basis, Operation};
use plumb_model::{Code, Desired, LedgerView, Live, Phase, Plan, Policy, ResourceKey, graph, mark};
use scene::Scene;
use std::collections::{BTreeMap, BTreeSet};

/// What was decided about each resource the run looks at.
type Decisions = BTreeMap<ResourceKey, Decision>;

/// Plans the steps from the live world to the desired one (docs/rules.md §9, §3).
///
/// The ledger is taken as it is given: a contract in its protections counts as running, so whoever
/// has a clock takes those that are over out of the view first.
#[must_use]
pub fn plan(desired: &Desired, live: &Live, ledger: &LedgerView, policy: &Policy) -> Plan {
    let scene = Scene::new(desired, live, ledger, policy);
    let mut decisions = decide_all(&scene);
    let pruned = prune::decide(&scene);
    let unchanged = decisions
        .iter()
        .filter(|(_, decision)| decision.steps.is_empty() && decision.blocked.is_none())
        .map(|(key, _)| key.clone())
        .collect();
    decisions.extend(pruned);
    let actions = order::actions(&scene, &decisions).unwrap_or_else(|circle| {
        refuse(&mut decisions, &circle);
        Vec::new()
    });
    let costs = costs::of(&scene, &actions);
    let mut plan = Plan {
        stack: mark::name(&ledger.stack).to_owned(),
        unpriced: costs::unpriced(&scene, &costs),
        commitments: costs::commitments(&scene, &actions, &costs),
        costs,
        contracts: costs::contracts(&scene, &actions),
        actions,
        unchanged,
        coverage: scene.coverage(),
        looked_at: decisions.keys().cloned().collect(),
        ..Plan::default()
    };
    plan.notes.extend(notes::renamed(&scene, &decisions));
    plan.hidden.reserve(decisions.values().map(|decision| decision.hidden.len()).sum());
    for decision in decisions.into_values() {
        plan.blocked.extend(decision.duplicates);
        plan.blocked.extend(decision.blocked);
        plan.notes.extend(decision.notes);
        plan.findings.extend(decision.findings);
        plan.hidden.extend(decision.hidden);
    }
    plan.notes.extend(notes::of_the_world(&scene));
    plan.notes.sort_by(|a, b| (&a.key, a.code, &a.message).cmp(&(&b.key, b.code, &b.message)));
    plan.tripped = guards::judge(&scene, &plan);
    plan
}

/// What a plan was made from: the inputs are those that it was planned with.
#[must_use]
pub fn basis(
    plan: &Plan,
    desired: &Desired,
    live: &Live,
    ledger: &LedgerView,
    policy: &Policy,
) -> Basis {
    basis::of(plan, &Scene::new(desired, live, ledger, policy))
}

/// Nothing is done when no order of the steps is right: every one that was to be taken is blocked.
fn refuse(decisions: &mut Decisions, circle: &BTreeSet<ResourceKey>) {
    let shown: Vec<String> = circle.iter().map(ToString::to_string).collect();
    let message = format!("no order of steps is right among {}", shown.join(", "));
    for (key, decision) in decisions.iter_mut().filter(|(_, it)| !it.steps.is_empty()) {
        decision.block(draft::blocked(key, Code::INTERNAL, message.clone(), "please report this"));
    }
}

/// Decides each selected resource after the ones it needs.
fn decide_all(scene: &Scene<'_>) -> Decisions {
    let mut decisions = Decisions::new();
    if scene.is_destroying() {
        return decisions;
    }
    let edges = scene.desired.edges();
    // A `Desired` has no cycles; the fallback keeps the function total, and ordering the steps
    // refuses what comes of it.
    let order = graph::order(edges).unwrap_or_else(|_| edges.keys().cloned().collect());
    for key in order.iter().filter(|key| scene.acts_on(key) && scene.is_declared(key)) {
        let Some(resource) = scene.desired.get(key) else { continue };
        let mut decision = decide::decide(scene, resource, &decisions);
        notes::timed(scene, resource, &mut decision);
        windows::hold_back(scene, &resource.body, key, &mut decision);
        if decision.writes()
            && let Some(in_the_way) = missing_requirement(scene, key, &decisions)
        {
            decision.block(in_the_way);
        }
        decisions.insert(key.clone(), decision);
    }
    decisions
}

/// The block of something `key` needs that is not there to be used, as a block of `key`.
fn missing_requirement(
    scene: &Scene<'_>,
    key: &ResourceKey,
    decisions: &Decisions,
) -> Option<plumb_model::Blocked> {
    let usable = |other: &ResourceKey| {
        scene.live.present(other).is_some_and(|object| object.status.phase == Phase::Ready)
    };
    scene.desired.edges().get(key)?.iter().filter(|other| !usable(other)).find_map(|other| {
        let (why, help) = if scene.is_over(other) {
            let help = "let that one live longer, or take this one out too";
            ("whose time is over".to_owned(), help.to_owned())
        } else {
            let reason = decisions.get(other)?.blocked.as_ref()?;
            let why = format!("which is blocked ({})", reason.code);
            (why, format!("see {other} first; nothing is done here until it can be used"))
        };
        let message = format!("it needs {other}, {why}");
        Some(draft::blocked(key, Code::BLOCKED_DEPENDENCY, message, help))
    })
}

/// Whether an operation changes something at the server.
fn is_write(operation: Operation) -> bool {
    match operation {
        Operation::Adopt
        | Operation::Create
        | Operation::Update
        | Operation::Publish
        | Operation::Power(_)
        | Operation::Restart
        | Operation::Delete => true,
        Operation::Wait => false,
    }
}
