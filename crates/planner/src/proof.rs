//! What a delete needs before it may happen, be it a prune or a replace (docs/rules.md §9.5,
//! §3): two proofs of ownership, a complete view, and no protection.

use crate::costs;
use crate::draft::blocked;
use crate::scene::Scene;
use crate::words;
use plumb_model::claim::{Claim, Proof, ids_differ};
use plumb_model::ledger::Provenance;
use plumb_model::rules::{Deletion, MarkPlace};
use plumb_model::{Blocked, Code, KindRules, LiveObject, ResourceKey};

/// Checks ownership, view and contract of something that is there.
///
/// # Errors
/// The first of them that is missing.
pub(crate) fn may_delete(
    scene: &Scene<'_>,
    object: &LiveObject,
    rules: &KindRules,
) -> Result<(), Box<Blocked>> {
    owned(scene, object, rules)?;
    named(scene, &object.key, rules)?;
    complete_view(scene, &object.key)?;
    no_contract(scene, &object.key)
}

/// Mark and ledger; where there is no place for a mark, the ledger's record that we made it: what
/// was only found and taken over is never deleted without a mark (docs/contracts/rafay.md §5.1).
fn owned(scene: &Scene<'_>, object: &LiveObject, rules: &KindRules) -> Result<(), Box<Blocked>> {
    let key = &object.key;
    let missing = |what: &str| {
        let help = format!(
            "if it is this stack's, declare it and run `plumb adopt {key}`; else delete it by hand"
        );
        Err(Box::new(blocked(key, Code::BLOCKED_NO_PROOF, what, help)))
    };
    let Some(entry) = scene.entry(key) else {
        let what = "it carries this stack's mark, but the ledger does not know it";
        let help = "if it is this stack's, declare it as it is and apply, which takes it on \
                    record; else delete it by hand";
        return Err(Box::new(blocked(key, Code::BLOCKED_NO_PROOF, what, help)));
    };
    if ids_differ(entry, object) {
        return missing("the ledger knows another object of this name, by its id");
    }
    match (rules.mark, scene.claim(object, rules)) {
        (MarkPlace::Object, Claim::Ours(Proof::Mark)) => Ok(()),
        (MarkPlace::Object, _) if !Scene::is_full(object) => {
            let help = "what cannot be seen is not taken for proof; run again when it is shown";
            let message = "only its outline could be seen, not its mark";
            Err(Box::new(blocked(key, Code::BLOCKED_UNKNOWN, message, help)))
        }
        // The server does not show marks: there is one proof less to be had.
        (MarkPlace::Object, Claim::Ours(Proof::Record))
            if entry.provenance == Provenance::CreatedUnmarked =>
        {
            Ok(())
        }
        (MarkPlace::Object, _) => {
            missing("the ledger knows it, but it does not carry this stack's mark")
        }
        (MarkPlace::Ledger, _) if entry.provenance != Provenance::Created => {
            missing("it was taken over and not made here, and its kind has no place for a mark")
        }
        (MarkPlace::Ledger, Claim::Ours(Proof::Record)) => Ok(()),
        (MarkPlace::Ledger, _) => missing("the ledger does not know this very object"),
    }
}

/// Whether something whose kind is deleted only by name is not named.
pub(crate) fn is_unnamed(scene: &Scene<'_>, key: &ResourceKey, rules: &KindRules) -> bool {
    let named = &scene.policy.selection.targets;
    rules.deletion == Deletion::WhenNamed && !named.contains(key)
}

fn named(scene: &Scene<'_>, key: &ResourceKey, rules: &KindRules) -> Result<(), Box<Blocked>> {
    if !is_unnamed(scene, key, rules) {
        return Ok(());
    }
    let message = "things of this kind are deleted only when they are named, and it is not";
    let help = format!("if it is to go, with everything in it, say --target {key}");
    Err(Box::new(blocked(key, Code::BLOCKED_PROTECTED, message, help)))
}

fn complete_view(scene: &Scene<'_>, key: &ResourceKey) -> Result<(), Box<Blocked>> {
    let Some(gap) = scene.gap_over(key).or_else(|| scene.gap_within(key)) else { return Ok(()) };
    let message =
        format!("{} in {} could not be listed: {}", gap.kind, words::scope(&gap.scope), gap.reason);
    let help = "a delete needs a complete view; run again when the list answers";
    Err(Box::new(blocked(key, Code::BLOCKED_GAP, message, help)))
}

fn no_contract(scene: &Scene<'_>, key: &ResourceKey) -> Result<(), Box<Blocked>> {
    let contract = scene.entry(key).and_then(|entry| entry.protections.contract.as_ref());
    let Some(contract) = contract else { return Ok(()) };
    if scene.policy.early_terminations.contains(key) {
        return Ok(());
    }
    let left = costs::left(scene, key).unwrap_or(contract.months);
    let hourly = costs::now(scene, key);
    let amount = hourly.map(|hourly| (hourly.a_month() * u64::from(left)).to_cents());
    let amount = amount.map(|amount| format!(", {amount}")).unwrap_or_default();
    let message = format!(
        "its contract of {} since {} has not ended, and may be charged to its end: {} left{amount}",
        words::months(contract.months),
        words::day(&contract.since),
        words::months(left),
    );
    let help = format!("to end it early, say --approve-early-termination {key}");
    Err(Box::new(blocked(key, Code::BLOCKED_CONTRACT, message, help)))
}
