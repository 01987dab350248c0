//! What a key is to us: ours, somebody's, nobody's, not there, or not known (DESIGN.md §4.2).

use crate::scene::{Scene, Seen};
use plumb_model::rules::MarkPlace;
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
    match &object.mark {
        Some(mark) if *mark == scene.ledger.stack => Standing::Ours(object, record),
        Some(_) => Standing::OtherStack(object),
        None => match (rules.mark, record) {
            (MarkPlace::Ledger, Some(_)) => Standing::Ours(object, record),
            // Some servers drop labels; the recorded id proves as much.
            (MarkPlace::Object, Some(entry)) if ids_match(entry, object) => {
                Standing::Ours(object, record)
            }
            _ => Standing::Unmarked(object),
        },
    }
}

/// Whether the ledger speaks of another object than this one.
pub(crate) fn ids_differ(entry: &Entry, object: &LiveObject) -> bool {
    let ids = entry.remote_id.as_ref().zip(object.remote_id.as_ref());
    ids.is_some_and(|(recorded, live)| recorded != live)
}

fn ids_match(entry: &Entry, object: &LiveObject) -> bool {
    entry.remote_id.is_some() && entry.remote_id == object.remote_id
}
