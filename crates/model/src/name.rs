//! The names of fields. A fleet of one kind has the same ones again and again, and keeps each once.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::cell::RefCell;
use std::hash::BuildHasher;
use std::sync::Arc;

/// The name of a field; bodies and paths share the common ones.
pub type Name = Arc<str>;

/// The names seen so far, by their hashes: of two that have the same, the first.
#[derive(Default)]
struct Names {
    known: HashTable<(u64, Name)>,
    hashing: DefaultHashBuilder,
}

thread_local! {
    static NAMES: RefCell<Names> = RefCell::default();
}

/// A name, shared with the other fields that have it.
pub(crate) fn name(text: &str) -> Name {
    // What a server makes up must not fill the memory.
    const MOST: usize = 4_096;
    const LONGEST: usize = 64;
    NAMES.with_borrow_mut(|names| {
        let hash = names.hashing.hash_one(text);
        match names.known.find(hash, |(known, _)| *known == hash) {
            Some((_, known)) if **known == *text => Arc::clone(known),
            None if names.known.len() < MOST && text.len() <= LONGEST => {
                let name = Name::from(text);
                names.known.insert_unique(hash, (hash, Arc::clone(&name)), |(known, _)| *known);
                name
            }
            _ => Name::from(text),
        }
    })
}
