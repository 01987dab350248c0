//! Live objects that answer to a key beside the one that stands for it, or instead of it: reported
//! with their prices, never guessed between, never acted on (docs/rules.md §2, step 9).

use crate::draft::blocked;
use crate::scene::{Scene, Seen};
use crate::words;
use plumb_model::live::{Candidate, Rivals};
use plumb_model::{Blocked, Code, LiveObject, ResourceKey};

/// The block of a key whose mark further objects carry.
pub(crate) fn duplicates(scene: &Scene<'_>, key: &ResourceKey) -> Option<Blocked> {
    let Some(Rivals::Duplicates(others)) = scene.live.rivals.get(key) else { return None };
    let kind = &key.kind.kind;
    let (message, help) = if let [other] = others.as_slice() {
        let message = format!("a second {kind} carries its mark: {}", candidate(other));
        (message, "the recorded one is kept; delete the other by hand, plumb does not")
    } else {
        let others_are = words::count(others.len(), &format!("further {kind}"));
        let carry = if others.len() == 1 { "carries" } else { "carry" };
        let message = format!("{others_are} {carry} its mark: {}", candidates(others));
        (message, "the recorded one is kept; delete the others by hand, plumb does not")
    };
    Some(blocked(key, Code::BLOCKED_DUPLICATE, message, help))
}

/// The block of a key that several objects could be.
pub(crate) fn undecided(scene: &Scene<'_>, key: &ResourceKey) -> Option<Blocked> {
    let Some(Rivals::Undecided(others)) = scene.live.rivals.get(key) else { return None };
    let several = match scene.seen(key) {
        Seen::Unknown(Some(reason)) => reason.to_string(),
        Seen::Unknown(None) | Seen::Absent | Seen::Present(_) => {
            "several live objects could be it".to_owned()
        }
    };
    let message =
        format!("{several}, and nothing on record says which one is meant: {}", candidates(others));
    let help = "bind one with the annotation `plumb.dev/remote-id: ID`, or delete by hand what is \
                not needed: plumb deletes none of them";
    Some(blocked(key, Code::BLOCKED_AMBIGUOUS, message, help))
}

/// The block of a key under whose name an object stands that could be another key's.
pub(crate) fn claimed(object: &LiveObject, other: &ResourceKey) -> Blocked {
    let id = object.remote_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let message = format!("the live object of this name, {id}, could be {other}");
    let help = format!("see {other} first; one object is never taken for two resources");
    blocked(&object.key, Code::BLOCKED_AMBIGUOUS, message, help)
}

/// What answers to a key whose create is not settled: `; it could be …`.
pub(crate) fn suspects(scene: &Scene<'_>, key: &ResourceKey) -> String {
    let Some(rivals) = scene.live.rivals.get(key) else { return String::new() };
    let (Rivals::Undecided(others) | Rivals::Duplicates(others)) = rivals;
    format!("; it could be {}", candidates(others))
}

fn candidates(all: &[Candidate]) -> String {
    // Each of them is paid for, and a person needs its id.
    const MOST: usize = 20;
    words::some(all.iter().map(candidate), MOST)
}

/// `id ("name", $19.92 an hour)`.
fn candidate(candidate: &Candidate) -> String {
    let Candidate { id, name, hourly } = candidate;
    let price = hourly
        .map_or_else(|| "its price is not known".to_owned(), |price| format!("{price} an hour"));
    format!("{id} (\"{name}\", {price})")
}
