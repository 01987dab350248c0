//! What a key is to us: ours, somebody's, nobody's, not there, or not known (docs/rules.md §9.2).

use crate::scene::{Scene, Seen};
use plumb_model::claim::{Claim, ids_differ};
use plumb_model::{Entry, KindRules, LiveObject, Phase, ResourceKey, ServerText};

/// What a key is to us.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Standing<'a> {
    Absent,
    Unknown(Option<&'a ServerText>),
    /// Present and ours, with what the ledger has of it.
    Ours(&'a LiveObject, Option<&'a Entry>),
    /// Ours and so young that only its outline is shown.
    Forming(&'a LiveObject),
    /// Present, and nothing says whose.
    Unmarked(&'a LiveObject),
    /// Present, with another stack's mark.
    OtherStack(&'a LiveObject),
    /// Present, and possibly another key's.
    Claimed(&'a LiveObject, &'a ResourceKey),
}

/// Classifies a key.
pub(crate) fn standing<'a>(
    scene: &Scene<'a>,
    key: &ResourceKey,
    rules: &KindRules,
) -> Standing<'a> {
    let object = match scene.seen(key) {
        Seen::Absent => return Standing::Absent,
        Seen::Unknown(reason) => return Standing::Unknown(reason),
        Seen::Present(object) => object,
    };
    if let Some(other) = scene.claimed_by(object) {
        return Standing::Claimed(object, other);
    }
    match whose(scene, object, rules) {
        standing if Scene::is_full(object) => standing,
        Standing::Ours(object, _) if object.status.phase == Phase::Pending => {
            Standing::Forming(object)
        }
        _ => Standing::Unknown(None),
    }
}

fn whose<'a>(scene: &Scene<'a>, object: &'a LiveObject, rules: &KindRules) -> Standing<'a> {
    let entry = scene.entry(&object.key);
    let record = entry.filter(|entry| !ids_differ(entry, object));
    match scene.claim(object, rules) {
        Claim::Ours(_) => Standing::Ours(object, record),
        Claim::AnotherStacks(_) => Standing::OtherStack(object),
        Claim::Unmarked | Claim::Copied => Standing::Unmarked(object),
        Claim::Undecided | Claim::Leaving => Standing::Unknown(None),
    }
}
