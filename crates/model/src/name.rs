//! The names of fields. A fleet of one kind has the same ones again and again, and keeps each once.

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

/// The name of a field; bodies and paths share the common ones.
pub type Name = Arc<str>;

thread_local! {
    /// The names seen so far, so that a fleet of one kind keeps each of them once.
    static NAMES: RefCell<HashSet<Name>> = RefCell::default();
}

/// A name, shared with the other fields that have it.
pub(crate) fn name(text: &str) -> Name {
    // What a server makes up must not fill the memory.
    const MOST: usize = 4_096;
    const LONGEST: usize = 64;
    NAMES.with_borrow_mut(|names| {
        if let Some(known) = names.get(text) {
            return Arc::clone(known);
        }
        let name = Name::from(text);
        if names.len() < MOST && text.len() <= LONGEST {
            names.insert(Arc::clone(&name));
        }
        name
    })
}
