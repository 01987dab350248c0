//! What of a value may be shown. Everything a comparison shows goes through here, so that a secret
//! deep inside a removed or retyped value does not leak.

use super::Comparison;
use crate::body::Body;
use crate::body::walk::{self, Place, Turn, Visitor, is_keyed};
use crate::path::FieldPath;
use crate::plan::Shown;
use crate::rules::{Facets, Unordered};
use crate::text::SECRET_PLACEHOLDER;

impl Comparison<'_> {
    /// A value as it may be shown at `path`, with placeholders where secrets stand in it.
    pub(super) fn show(&self, path: &FieldPath, value: Option<&Body>) -> Shown {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Shown::Absent };
        if self.is_hidden(path, value, &self.rules.at(path)) {
            return Shown::Secret;
        }
        let shown = walk::rebuild(value, self.rules, &mut path.clone(), &mut Veiling(self));
        Shown::Plain(shown.unwrap_or_default().shown())
    }

    /// Whether a value that must not be shown stands at `path` or below it, in this value, in what
    /// is declared there, or in what was last sent.
    pub(super) fn hides_at_or_below(&self, path: &FieldPath, value: Option<&Body>) -> bool {
        let mut on_record =
            self.sent.into_iter().flat_map(|sent| sent.hashes.range(path.clone()..));
        value.into_iter().chain(self.declared.find(path)).any(Body::holds_hidden)
            || on_record.next().is_some_and(|(next, _)| next.is_within(path))
    }

    fn is_hidden(&self, path: &FieldPath, value: &Body, facets: &Facets) -> bool {
        let is_list = value.is_array();
        let keyed = matches!((value, facets.unordered),
            (Body::List(items), Some(Unordered::By(by))) if is_keyed(items, by));
        facets.secret
            || value.is_hidden()
            || self.declared.find(path).is_some_and(Body::is_hidden)
            || self.sent.is_some_and(|sent| sent.hashes.contains_key(path))
            // Positions differ between the sides, so one hidden element hides the list.
            || (is_list && !keyed && self.hides_at_or_below(path, Some(value)))
    }
}

/// Puts placeholders where nothing may be shown.
struct Veiling<'c>(&'c Comparison<'c>);

impl Visitor for Veiling<'_> {
    fn enter(&mut self, place: &Place<'_>, value: &Body) -> Turn {
        if self.0.is_hidden(place.path, value, place.facets) {
            return Turn::Put(SECRET_PLACEHOLDER.into());
        }
        Turn::Into
    }
}
