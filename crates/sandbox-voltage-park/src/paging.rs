//! Pages of lists, and the envelope they come in (contract 1.3).

use serde_json::{Value, json};

use super::input::Input;

/// What part of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

impl Page {
    /// Reads `limit` and `offset`; a negative offset acts as 0 (V-10).
    pub(crate) fn read(input: &mut Input<'_>, default_limit: i64) -> Self {
        let limit = input.limit(default_limit);
        let offset = input.number("offset", 0);
        let whole = |number: i64| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
        Page { limit: whole(limit), offset: whole(offset) }
    }

    /// The envelope of a page of all these items.
    pub(crate) fn envelope<T>(&self, all: &[T], show: impl Fn(&T) -> Value) -> Value {
        let shown = all.iter().skip(self.offset).take(self.limit);
        envelope(shown.map(show).collect(), all.len(), self.offset)
    }
}

/// The four fields of every list but one (V-11).
pub(crate) fn envelope(items: Vec<Value>, total: usize, offset: usize) -> Value {
    let mut envelope = json!({
        "total_result_count": total,
        "has_previous": offset > 0,
        "has_next": offset.saturating_add(items.len()) < total,
    });
    // Moved in, not copied: a page holds most of an answer's bytes.
    envelope["results"] = Value::Array(items);
    envelope
}
