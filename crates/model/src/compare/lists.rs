//! Lists that are compared: their elements by key, and sorted where their order means nothing.

use super::equal::text_of;
use crate::body::walk::{self, Place, Turn, Visitor};
use crate::body::{Body, element_key};
use crate::path::FieldPath;
use crate::rules::RuleSet;
use std::collections::BTreeMap;

/// A value that stands at `path`, with the lists whose order means nothing sorted.
pub(super) fn sorted(value: &Body, rules: RuleSet<'_>, path: &FieldPath) -> Option<Body> {
    walk::rebuild(value, rules, &mut path.clone(), &mut Sorting)
}

/// Sorts the lists whose order means nothing.
struct Sorting;

impl Visitor for Sorting {
    fn enter(&mut self, _place: &Place<'_>, _value: &Body) -> Turn {
        Turn::Into
    }

    fn leave(&mut self, place: &Place<'_>, rebuilt: Body, _was: &Body) -> Option<Body> {
        match (rebuilt, place.facets.unordered) {
            (Body::List(items), Some(_)) => {
                let mut items = items.to_vec();
                items.sort_by_key(text_of);
                Some(items.into())
            }
            (other, _) => Some(other),
        }
    }
}

/// The items of a list; none where there is no list.
pub(super) fn items_of(list: Option<&Body>) -> &[Body] {
    list.and_then(Body::as_array).unwrap_or_default()
}

/// The elements of a list by their key; of two with one key the first counts.
pub(super) fn elements<'a>(list: Option<&'a Body>, by: &str) -> BTreeMap<&'a str, &'a Body> {
    let keyed = items_of(list).iter().filter_map(|item| Some((element_key(item, by)?, item)));
    keyed.rev().collect()
}
