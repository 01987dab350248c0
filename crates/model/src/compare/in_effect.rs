//! Fields of which it is known what is in effect of what is declared
//! (docs/decisions/0141-what-is-in-effect-is-read-elsewhere.md).

use super::equal::is_zero;
use super::lists::{items_of, sorted};
use super::{Sides, Walk};
use crate::body::Body;
use crate::plan::Shown;
use crate::rules::Facets;

impl<'a> Walk<'a> {
    /// A field of which it is known what is in effect: the same while that is all of it, and nothing
    /// that was sent is declared no more. What was sent and is not in effect is sent again.
    pub(super) fn in_effect(
        &mut self,
        declared: &Body,
        sides: Sides<'a>,
        facets: Facets,
        all: bool,
    ) {
        let said: Vec<Body> = items_of(Some(declared)).iter().map(|one| self.plain(one)).collect();
        let gone = |item: &&Body| !said.contains(&self.plain(item));
        let ours = sides.ours().into_iter().flat_map(items_of).filter(gone);
        let mut leaves: Vec<&Body> = Vec::new();
        for item in ours {
            if !leaves.contains(&item) {
                leaves.push(item);
            }
        }
        if all && leaves.is_empty() {
            return;
        }
        let held = items_of(sides.live);
        let leaves = leaves.into_iter().filter(|item| !held.contains(item));
        let before: Body = held.iter().chain(leaves).cloned().collect();
        let before = if is_zero(&before) { Shown::Absent } else { self.show(Some(&before)) };
        let after = self.show(Some(declared));
        self.differ(before, after, facets);
    }

    /// An element of the list the walk is at, with the lists in it whose order means nothing sorted.
    pub(super) fn plain(&self, element: &Body) -> Body {
        sorted(element, self.given.rules, &self.path.index(0)).unwrap_or_default()
    }
}
