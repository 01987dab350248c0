//! What is ours and not declared: deleted where pruning is on and every proof is there, else said
//! (docs/rules.md §9.5). Destroying is the same with nothing declared.

mod needed;

use crate::Decisions;
use crate::decide::{blocks, steps};
use crate::draft::{Decision, Step, blocked};
use crate::proof;
use crate::rivals;
use crate::scene::{Scene, Seen};
use crate::windows;
use plumb_model::claim::Claim;
use plumb_model::mark;
use plumb_model::plan::{Because, Operation};
use plumb_model::rules::Access;
use plumb_model::text::escape;
use plumb_model::{Blocked, Code, LiveObject, Phase, ResourceKey};
use std::collections::{BTreeMap, BTreeSet};

/// Decides about everything that is ours by ledger or mark and not declared.
pub(crate) fn decide(scene: &Scene<'_>) -> Decisions {
    let mut decisions: Decisions =
        candidates(scene).into_iter().map(|key| (key.clone(), candidate(scene, key))).collect();
    for (key, decision) in &mut decisions {
        if let Some(object) = scene.live.present(key) {
            windows::hold_back(scene, &object.body, key, decision);
        }
    }
    needed::keep(scene, &mut decisions);
    decisions
}

fn candidates<'a>(scene: &Scene<'a>) -> BTreeSet<&'a ResourceKey> {
    let marked = scene.live.objects.keys().filter(|key| {
        let object = scene.live.present(key);
        object.is_some_and(|object| {
            let is_ours = |carried: &String| mark::is_of(carried, &scene.ledger.stack);
            object.mark.as_ref().is_some_and(is_ours) && scene.claimed_by(object).is_none()
        })
    });
    let owned = scene.ledger.entries.keys().chain(scene.live.rivals.keys()).chain(marked);
    // What was sent and not settled is told whatever is read.
    let unsettled = scene.ledger.open_intents.keys().filter(|key| scene.is_selected(key));
    let owned = owned.chain(scene.over()).filter(|key| scene.may_delete(key));
    owned.chain(unsettled).filter(|key| !scene.is_declared(key)).collect()
}

/// Its own deletion is possible beside duplicates of it; they are reported, and nothing else.
fn candidate(scene: &Scene<'_>, key: &ResourceKey) -> Decision {
    if scene.ledger.open_intents.contains_key(key) {
        return Decision::only(blocks::indeterminate(scene, key));
    }
    if let Some(blocked) = rivals::undecided(scene, key) {
        return if scene.removes(key) {
            Decision::only(blocked)
        } else {
            let message = format!("it is not declared any more; {}", blocked.message);
            noted(key, Code::NOTE_NOT_DECLARED, message)
        };
    }
    let duplicates = rivals::duplicates(scene, key);
    Decision { duplicates, ..alone(scene, key) }
}

fn alone(scene: &Scene<'_>, key: &ResourceKey) -> Decision {
    if let Some(other) = scene.bound_to(key) {
        let message = format!("what it was is {other} now, by the id on record, and is left alone");
        return noted(key, Code::NOTE_NOT_DECLARED, message);
    }
    match scene.seen(key) {
        Seen::Absent if scene.is_over(key) => {
            let message =
                "its time is over, as its manifest says, and it is gone; it is not made again";
            noted(key, Code::NOTE_ENDED, message)
        }
        Seen::Absent => {
            // Nothing has to be sent; the ledger forgets it (`Plan::gone`).
            let message = scene.lives_as(key).map_or_else(
                || "it is gone, and not declared".to_owned(),
                |other| format!("it has another name now: {other}"),
            );
            noted(key, Code::NOTE_GONE, message)
        }
        Seen::Unknown(reason) if scene.removes(key) => {
            Decision::only(blocks::unknown(key, reason, false))
        }
        Seen::Unknown(_) => {
            let message = "it is not declared any more, and could not be seen";
            noted(key, Code::NOTE_UNREAD, message)
        }
        Seen::Present(object) => present(scene, object),
    }
}

fn present(scene: &Scene<'_>, object: &LiveObject) -> Decision {
    let key = &object.key;
    if let Some(other) = scene.claimed_by(object) {
        let message = format!("the live object of its name could be {other}, and is left alone");
        return noted(key, Code::NOTE_NOT_DECLARED, message);
    }
    let claim = scene.rules(key).map(|rules| scene.claim(object, rules));
    if let Some(Claim::AnotherStacks(other)) = claim {
        // Everything of ours was to go, and this stays, and is paid for.
        if scene.is_destroying() && scene.entry(key).is_some() {
            return Decision::only(marked_by_another(key, other));
        }
        let message =
            format!("it now carries the mark of the stack {:?}, and is left alone", escape(other));
        return noted(key, Code::NOTE_NOT_DECLARED, message);
    }
    if !scene.removes(key) {
        let message = if scene.entry(key).is_some() {
            "it is not declared any more; it stays, because prune is off (--prune deletes it)"
        } else {
            "it carries this stack's mark, and neither the documents nor the ledger know it"
        };
        return noted(key, Code::NOTE_NOT_DECLARED, message);
    }
    // Whoever prunes did not mean this one; whoever destroys everything is told that it stays.
    let unnamed = scene.rules(key).is_some_and(|rules| proof::is_unnamed(scene, key, rules));
    if unnamed && !scene.is_destroying() {
        let message = format!(
            "it is not declared any more; it stays, because things of this kind are deleted only when \
             they are named (--prune --target {key})"
        );
        return noted(key, Code::NOTE_NOT_DECLARED, message);
    }
    match obstacle(scene, object) {
        Some(blocked) => Decision::only(blocked),
        None => Decision { steps: delete(scene, object), ..Decision::default() },
    }
}

fn obstacle(scene: &Scene<'_>, object: &LiveObject) -> Option<Blocked> {
    let key = &object.key;
    let Some(rules) = scene.rules(key).filter(|rules| rules.access == Access::Managed) else {
        let help = "delete it by hand";
        return Some(blocked(key, Code::READ_ONLY_KIND, "its kind is not managed here", help));
    };
    if is_protected(scene, key) {
        let help = "to lift the protection, declare it without the annotation, and apply once";
        let message = "plumb.dev/prevent-destroy was set when it was last applied";
        return Some(blocked(key, Code::BLOCKED_PROTECTED, message, help));
    }
    proof::may_delete(scene, object, rules).err().map(|blocked| *blocked)
}

/// The protection outlives the text: the ledger's word counts beside the document's.
fn is_protected(scene: &Scene<'_>, key: &ResourceKey) -> bool {
    let recorded = scene.entry(key).is_some_and(|entry| entry.protections.prevent_destroy);
    recorded || scene.desired.get(key).is_some_and(|resource| resource.wishes.prevent_destroy)
}

fn delete(scene: &Scene<'_>, object: &LiveObject) -> Vec<Step> {
    let because = if scene.is_destroying() {
        Because::Destroyed
    } else if scene.is_over(&object.key) {
        Because::Expired
    } else {
        Because::NotDeclared
    };
    let mut delete = Step::new(Operation::Delete, because);
    let mut steps = Vec::new();
    match object.status.phase {
        // A delete while something is under way is refused.
        Phase::Pending | Phase::Unknown(_) => {
            steps.push(Step::new(Operation::Wait, Because::Pending));
        }
        Phase::Deleting | Phase::DeleteFailed => {
            delete.because.insert(Because::DeletionUnfinished);
        }
        Phase::NotDeployed | Phase::Ready | Phase::Failed => {}
    }
    steps.push(delete);
    steps::arm(&mut steps, object, &BTreeMap::new());
    steps
}

/// A thing of ours, by the ledger, that somebody put another stack's mark on.
fn marked_by_another(key: &ResourceKey, other: &str) -> Blocked {
    let other = escape(other);
    let message = format!(
        "the ledger knows it as ours, and it now carries the mark of the stack {other:?}: it is left \
         alone, and runs on"
    );
    let help = format!(
        "if it is {other:?}'s by now, that stack destroys it; else put its plumb.dev/stack mark back \
         by hand and destroy again, or delete it by hand"
    );
    blocked(key, Code::BLOCKED_OTHER_STACK, message, help)
}

fn noted(key: &ResourceKey, code: Code, message: impl Into<String>) -> Decision {
    let mut decision = Decision::default();
    decision.note(key, code, message);
    decision
}
