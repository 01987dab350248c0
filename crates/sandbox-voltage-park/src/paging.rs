//! Pages of lists, and the envelope they come in (contract 1.3).

use serde::Serialize;

use super::answers::Listed;
use super::input::Input;
use plumb_sandbox::http::Response;

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

    /// Its part of all these items.
    pub(crate) fn of<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let rest = all.get(self.offset..).unwrap_or_default();
        rest.get(..self.limit).unwrap_or(rest)
    }

    /// Answers with what its part of all these items looks like.
    pub(crate) fn answer<T, S: Serialize>(&self, all: &[T], results: Vec<S>) -> Response {
        let has_next = self.offset.saturating_add(results.len()) < all.len();
        let (total_result_count, has_previous) = (all.len(), self.offset > 0);
        Response::json(200, &Listed { results, total_result_count, has_previous, has_next })
    }
}
