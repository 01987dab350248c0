//! What moved since a plan was reviewed, in words: first what names a field, and never what only
//! follows from something else that is named.

use crate::text::{address, escape};
use crate::value;
use plumb_model::facts::{Moved, Subject, Then};
use plumb_model::plan::{Basis, CostChange, FieldChange};
use plumb_model::{FieldPath, ResourceKey};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The longest value that is shown of a field, in characters.
const LONGEST_VALUE: usize = 60;

/// What moved, a fragment each. What is kept of a live object are its differences from the manifest:
/// where that moved, only coming and going, or a value that is another, says that the object did too.
/// Steps are only told of resources of which nothing else is.
#[must_use]
pub fn fragments(moved: &[Moved]) -> Vec<String> {
    let keys = |wanted: &dyn Fn(&Moved) -> bool| -> BTreeSet<&ResourceKey> {
        moved.iter().filter(|moved| wanted(moved)).filter_map(|moved| moved.subject.key()).collect()
    };
    let documents = keys(&|moved| matches!(moved.subject, Subject::Manifest(_)));
    let is_told = |moved: &Moved, key: &ResourceKey| !documents.contains(key) || is_live(moved);
    let fields = keys(&|moved| match &moved.subject {
        Subject::Field(key, _) => is_told(moved, key),
        _ => false,
    });
    let tells = |moved: &Moved| match &moved.subject {
        Subject::Setting(_) | Subject::Manifest(_) | Subject::Record(_) | Subject::Price(_) => true,
        Subject::Field(key, _) => is_told(moved, key),
        Subject::Object(key) => {
            came_or_went(moved) || !(documents.contains(key) || fields.contains(key))
        }
        Subject::Difference(..) | Subject::Action(..) | Subject::Blocked(..) => false,
    };
    let told = keys(&tells);
    let steps = |moved: &&Moved| match &moved.subject {
        Subject::Action(key, _) | Subject::Blocked(key, _) => !told.contains(key),
        _ => false,
    };
    let first = moved.iter().filter(|moved| tells(moved));
    first.chain(moved.iter().filter(steps)).map(words).collect()
}

fn words(moved: &Moved) -> String {
    let Moved { subject, then, now } = moved;
    match subject {
        Subject::Setting(name) => {
            let now = now.as_ref().map_or_else(|| "nothing".to_owned(), plain);
            match then {
                Then::Known(then) => format!("{} was {}, and is {now}", setting(name), plain(then)),
                Then::Nothing | Then::Unknown => format!("{} is now {now}", setting(name)),
            }
        }
        Subject::Manifest(key) => format!("manifest of {}", address(key)),
        Subject::Record(key) => format!("ledger entry of {}", address(key)),
        Subject::Object(key) => format!("live object {}{}", address(key), presence(moved)),
        Subject::Difference(key, path) | Subject::Field(key, path) => field(key, path, moved),
        Subject::Action(key, operation) if now.is_some() => {
            format!("{operation} of {} was not planned", address(key))
        }
        Subject::Action(key, operation) => {
            format!("{operation} of {} is not planned any more", address(key))
        }
        Subject::Blocked(key, code) if now.is_some() => {
            format!("{} is blocked ({code})", address(key))
        }
        Subject::Blocked(key, code) => format!("{} is not blocked any more ({code})", address(key)),
        Subject::Price(key) => price(key, moved),
    }
}

/// `live object X, metadata.description: "old" -> "theirs"`.
fn field(key: &ResourceKey, path: &FieldPath, moved: &Moved) -> String {
    let before = |said: &Value| {
        let change: FieldChange = read(said)?;
        Some(value::inline(&change.before, LONGEST_VALUE))
    };
    let declared = moved.now.as_ref().and_then(read::<FieldChange>);
    let declared = declared.map(|change| value::inline(&change.after, LONGEST_VALUE));
    let then = match &moved.then {
        Then::Known(said) => before(said),
        // Its field was as declared.
        Then::Nothing => declared,
        Then::Unknown => None,
    };
    let then = then.unwrap_or_else(|| "another value".to_owned());
    let now = moved.now.as_ref().and_then(before).unwrap_or_else(|| "as declared".to_owned());
    format!("live object {}, {}: {then} -> {now}", address(key), escape(&path.to_string()))
}

fn presence(moved: &Moved) -> &'static str {
    let absent = json!(Basis::absent());
    match (&moved.then, &moved.now) {
        (_, Some(now)) if *now == absent => " is gone",
        (Then::Known(then), Some(_)) if *then == absent => " is there, and was not",
        _ => "",
    }
}

fn came_or_went(moved: &Moved) -> bool {
    !presence(moved).is_empty()
}

/// Whether the live value of a field moved, whatever became of the declared one.
fn is_live(moved: &Moved) -> bool {
    let before = |said: &Value| read::<FieldChange>(said).map(|change| change.before);
    match (&moved.then, &moved.now) {
        (Then::Known(then), Some(now)) => before(then) != before(now),
        _ => false,
    }
}

fn price(key: &ResourceKey, moved: &Moved) -> String {
    let after = |said: &Value| {
        let cost: CostChange = read(said)?;
        Some(cost.after.map_or_else(|| "not known".to_owned(), |price| format!("{price}/h")))
    };
    let then = match &moved.then {
        Then::Known(said) => after(said),
        Then::Nothing => Some("nothing".to_owned()),
        Then::Unknown => None,
    };
    let then = then.unwrap_or_else(|| "another".to_owned());
    let now = moved.now.as_ref().and_then(after).unwrap_or_else(|| "nothing".to_owned());
    format!("price of {}: {then} -> {now}", address(key))
}

fn read<T: DeserializeOwned>(said: &Value) -> Option<T> {
    T::deserialize(said).ok()
}

fn setting(name: &str) -> String {
    escape(&name.replace('_', " "))
}

fn plain(said: &Value) -> String {
    value::inline(&plumb_model::plan::Shown::Plain(said.clone()), LONGEST_VALUE)
}
