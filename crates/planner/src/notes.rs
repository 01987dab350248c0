//! What is worth saying about the world as a whole: what nobody manages, what was left out.

use crate::draft::note;
use crate::scene::Scene;
use crate::words;
use plumb_model::rules::Access;
use plumb_model::{Code, Note, ResourceKey, Scope};
use std::collections::BTreeSet;

pub(crate) fn of_the_world(scene: &Scene<'_>) -> Vec<Note> {
    unmanaged(scene).into_iter().chain(left_out(scene)).collect()
}

/// Live objects that carry no mark, in projects and workspaces where the stack has something. The
/// organization itself is shared by its nature and not looked through.
fn unmanaged(scene: &Scene<'_>) -> Vec<Note> {
    let ours: BTreeSet<&Scope> =
        known(scene).into_iter().map(|key| &key.scope).filter(|s| **s != Scope::Global).collect();
    let nobodys = |key: &&ResourceKey| {
        let unmarked = scene
            .live
            .present(key)
            .is_some_and(|object| object.mark.is_none() && scene.claimed_by(object).is_none());
        let managed = scene.rules(key).is_some_and(|rules| rules.access == Access::Managed);
        unmarked
            && managed
            && ours.contains(&key.scope)
            && scene.desired.get(key).is_none()
            && scene.entry(key).is_none()
            && scene.may_delete(key)
    };
    let message = "it is there, and neither declared nor marked as anybody's";
    let unmanaged = scene.live.objects.keys().filter(nobodys);
    unmanaged.map(|key| note(key, Code::NOTE_UNMANAGED, message)).collect()
}

/// How much `--target` and `--exclude` left out.
fn left_out(scene: &Scene<'_>) -> Option<Note> {
    let skipped = known(scene).into_iter().filter(|key| {
        if scene.is_declared(key) { !scene.acts_on(key) } else { !scene.may_delete(key) }
    });
    let skipped: Vec<&ResourceKey> = skipped.collect();
    if skipped.is_empty() {
        return None;
    }
    let left = if skipped.len() == 1 { "is" } else { "are" };
    let message = format!(
        "{} {left} left out by --target or --exclude: {}",
        words::count(skipped.len(), "resource"),
        words::few(&skipped)
    );
    Some(Note { key: None, code: Code::NOTE_EXCLUDED, message })
}

/// Everything the stack declares or owns.
fn known<'a>(scene: &Scene<'a>) -> BTreeSet<&'a ResourceKey> {
    let declared = scene.desired.resources().keys().filter(|key| scene.is_declared(key));
    declared.chain(scene.ledger.entries.keys()).collect()
}
