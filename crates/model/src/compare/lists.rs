//! Lists that are compared: their elements by key, and sorted where their order means nothing; and the
//! names of mappings that are.

use super::equal::text_of;
use crate::body::walk::{self, Place, Turn, Visitor};
use crate::body::{Body, element_key};
use crate::name::Name;
use crate::path::FieldPath;
use crate::rules::RuleSet;
use std::collections::BTreeMap;
use std::sync::Arc;

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

/// The names of two mappings, each in its order: all of them once, in order.
pub(super) fn united<'a>(
    ours: Vec<&'a Name>,
    theirs: impl Iterator<Item = &'a Name>,
) -> Vec<&'a Name> {
    let mut both = Vec::with_capacity(ours.len());
    let mut ours = ours.into_iter().peekable();
    for name in theirs {
        let is_same = |it: &&Name| Arc::ptr_eq(it, name) || *it == name;
        while let Some(before) = ours.next_if(|it| !is_same(it) && *it < name) {
            both.push(before);
        }
        ours.next_if(is_same);
        both.push(name);
    }
    both.extend(ours);
    both
}
