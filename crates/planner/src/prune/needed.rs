//! What stays keeps what it needs: a delete is taken back while something that stays lives in the
//! resource or comes after it, and then so are the deletes of what that resource needs.

use crate::Decisions;
use crate::draft::{Decision, blocked};
use crate::scene::{Scene, Seen};
use crate::words;
use plumb_model::{Code, KindId, ResourceKey};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks each delete of something that is still needed.
pub(super) fn keep(scene: &Scene<'_>, decisions: &mut Decisions) {
    let mut going: BTreeSet<ResourceKey> = decisions
        .iter()
        .filter(|(_, decision)| decision.delete().is_some())
        .map(|(key, _)| key.clone())
        .collect();
    if going.is_empty() {
        return;
    }
    let needs = Needs::new(scene, &going);
    let mut kept: Vec<ResourceKey> = going
        .iter()
        .filter(|key| needs.by(key).any(|other| !going.contains(other)))
        .cloned()
        .collect();
    while let Some(key) = kept.pop() {
        if going.remove(&key) {
            kept.extend(needs.of(&key).filter(|other| going.contains(*other)).cloned());
        }
    }
    let waiting = waiting(decisions, &going, &needs);
    for (key, decision) in decisions.iter_mut().filter(|(key, _)| !going.contains(*key)) {
        if decision.delete().is_some() {
            let staying = words::few(needs.by(key).filter(|other| !going.contains(*other)));
            decision.block(if waiting.contains(key) {
                let message =
                    format!("still needed by {staying}, which waits for a maintenance window");
                let help = "run again while that window is open";
                blocked(key, Code::BLOCKED_WINDOW, message, help)
            } else {
                let message = format!("still needed by {staying}, which stays");
                let help = "delete what needs it first, or in the same run; or declare it again";
                blocked(key, Code::BLOCKED_STILL_NEEDED, message, help)
            });
        }
    }
}

/// What stays for nothing but a maintenance window: its own, or that of everything that still needs it.
fn waiting(
    decisions: &Decisions,
    going: &BTreeSet<ResourceKey>,
    needs: &Needs,
) -> BTreeSet<ResourceKey> {
    let holds = |decision: &Decision| {
        let code = decision.blocked.as_ref().map(|blocked| blocked.code);
        code == Some(Code::BLOCKED_WINDOW)
    };
    let held = decisions.iter().filter(|(_, decision)| holds(decision));
    let mut waiting: BTreeSet<ResourceKey> = held.map(|(key, _)| key.clone()).collect();
    let mut reached: Vec<ResourceKey> = waiting.iter().cloned().collect();
    while let Some(key) = reached.pop() {
        for needed in needs.of(&key).filter(|needed| !going.contains(*needed)) {
            let mut staying = needs.by(needed).filter(|other| !going.contains(*other));
            if staying.all(|other| waiting.contains(other)) && waiting.insert(needed.clone()) {
                reached.push(needed.clone());
            }
        }
    }
    waiting
}

/// Who needs whom, as far as it is about what is to go.
struct Needs {
    of: BTreeMap<ResourceKey, BTreeSet<ResourceKey>>,
    by: BTreeMap<ResourceKey, BTreeSet<ResourceKey>>,
}

impl Needs {
    fn new(scene: &Scene<'_>, going: &BTreeSet<ResourceKey>) -> Self {
        let mut by_kind: BTreeMap<&KindId, Vec<&ResourceKey>> = BTreeMap::new();
        for key in going {
            by_kind.entry(&key.kind).or_default().push(key);
        }
        let mut needs = Self { of: BTreeMap::new(), by: BTreeMap::new() };
        for key in existing(scene) {
            let needed = needed_by(scene, key, &by_kind);
            for other in needed.into_iter().filter(|other| going.contains(other) && other != key) {
                needs.by.entry(other.clone()).or_default().insert(key.clone());
                needs.of.entry(key.clone()).or_default().insert(other);
            }
        }
        needs
    }

    fn of(&self, key: &ResourceKey) -> impl Iterator<Item = &ResourceKey> {
        self.of.get(key).into_iter().flatten()
    }

    fn by(&self, key: &ResourceKey) -> impl Iterator<Item = &ResourceKey> {
        self.by.get(key).into_iter().flatten()
    }
}

/// Everything that is there, may be there, or is declared.
fn existing<'a>(scene: &Scene<'a>) -> BTreeSet<&'a ResourceKey> {
    let there = |key: &&ResourceKey| !matches!(scene.seen(key), Seen::Absent);
    let live = scene.live.objects.keys().chain(scene.ledger.entries.keys()).filter(there);
    let declared = scene.desired.resources().keys().filter(|key| scene.is_declared(key));
    live.chain(declared).collect()
}

fn needed_by(
    scene: &Scene<'_>,
    key: &ResourceKey,
    going: &BTreeMap<&KindId, Vec<&ResourceKey>>,
) -> BTreeSet<ResourceKey> {
    let mut needed: BTreeSet<ResourceKey> = scene.desired.ancestors(key).into_iter().collect();
    let resource = scene.desired.get(key).filter(|_| scene.is_declared(key));
    let (Some(resource), Some(rules)) = (resource, scene.rules(key)) else {
        needed.extend(scene.recorded_edges(key));
        return needed;
    };
    // A declared resource needs what its document says now; what only the ledger says is over.
    let kinds = rules.after.iter().map(|edge| &edge.kind);
    let kinds: BTreeSet<&KindId> =
        kinds.chain(rules.references.iter().map(|reference| &reference.kind)).collect();
    let candidates = kinds.into_iter().filter_map(|kind| going.get(kind)).flatten();
    needed.extend(
        candidates.filter(|other| scene.desired.needs(resource, other)).map(|key| (*key).clone()),
    );
    needed
}
