//! The one walk over a body: how deep it goes, how the elements of a list are named, and which
//! fields say what a document is. Whatever compares, shows, records, exports or hides a body goes
//! this way, so that all of them agree on where a secret stands.

use super::{Body, OutputReference, element_key};
use crate::name::{Name, name};
use crate::path::{FieldPath, Matcher, Segment};
use crate::rules::{Facets, RuleSet, Unordered, Within};
use crate::text::Secret;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How deep a body is looked at, in steps from its root: as deep as manifests may be. What a server
/// puts deeper is sealed as a whole.
pub const DEEPEST: usize = 64;

/// What becomes of a value on the way.
#[derive(Debug)]
pub enum Turn {
    /// It is gone into; a scalar stays as it is.
    Into,
    /// This stands in its place.
    Put(Body),
    /// It is left out.
    LeaveOut,
}

/// Where the walk is.
#[derive(Debug)]
pub struct Place<'p> {
    /// Its path: elements of keyed lists by their key, others by position.
    pub path: &'p FieldPath,
    /// What the rules say about it.
    pub facets: &'p Facets,
}

/// What is done with the values of a body.
pub trait Visitor {
    /// Comes to a value.
    fn enter(&mut self, place: &Place<'_>, value: &Body) -> Turn;

    /// Leaves a list or mapping, with what has become of it; `None` leaves it out.
    fn leave(&mut self, _place: &Place<'_>, rebuilt: Body, _was: &Body) -> Option<Body> {
        Some(rebuilt)
    }
}

/// Walks a body from `path` on, and builds what the visitor makes of it.
pub fn rebuild(
    body: &Body,
    rules: RuleSet<'_>,
    path: &mut FieldPath,
    visitor: &mut dyn Visitor,
) -> Option<Body> {
    rebuild_within(body, &rules.within(path), path, visitor)
}

fn rebuild_within(
    body: &Body,
    rules: &Within<'_>,
    path: &mut FieldPath,
    visitor: &mut dyn Visitor,
) -> Option<Body> {
    let facets = rules.facets();
    let turn = visitor.enter(&Place { path, facets: &facets }, body);
    match turn {
        Turn::Put(other) => return Some(other),
        Turn::LeaveOut => return None,
        Turn::Into if !body.has_children() => return Some(body.clone()),
        Turn::Into if path.segments().len() >= DEEPEST => return Some(sealed(body)),
        Turn::Into => {}
    }
    let (mut rebuilt, mut is_same) = (Vec::new(), true);
    for (segment, was) in steps(body, &facets) {
        let rules = rules.step(&segment);
        path.push(segment.clone());
        let inner = rebuild_within(was, &rules, path, visitor);
        path.pop();
        is_same &= inner.as_ref().is_some_and(|inner| inner.is_one_with(was));
        rebuilt.extend(inner.map(|inner| (segment, inner)));
    }
    let rebuilt = match body {
        // What has not changed is shared, and no memory more.
        _ if is_same => body.clone(),
        Body::Fields(_) => Body::Fields(rebuilt.into_iter().filter_map(field).collect()),
        _ => rebuilt.into_iter().map(|(_, inner)| inner).collect(),
    };
    visitor.leave(&Place { path, facets: &facets }, rebuilt, body)
}

fn field((segment, value): (Segment, Body)) -> Option<(Name, Body)> {
    match segment {
        Segment::Key(name) => Some((name, value)),
        Segment::Item { .. } | Segment::Index(_) => None,
    }
}

/// The steps into a value: the fields of a mapping; the elements of a list, by their key when the
/// rules say so and every one has its own.
#[must_use]
pub fn steps<'b>(value: &'b Body, facets: &Facets) -> Vec<(Segment, &'b Body)> {
    match (value, facets.unordered) {
        (Body::Fields(fields), _) => {
            fields.iter().map(|(name, inner)| (Segment::Key(Name::clone(name)), inner)).collect()
        }
        (Body::List(items), Some(Unordered::By(by))) if is_keyed(items, by) => {
            let keyed = items.iter().filter_map(|item| Some((item.get(by)?.as_text()?, item)));
            keyed
                .map(|(is, item)| (Segment::Item { by: name(by), is: Name::clone(is) }, item))
                .collect()
        }
        (Body::List(items), _) => {
            items.iter().enumerate().map(|(at, item)| (Segment::Index(at), item)).collect()
        }
        _ => Vec::new(),
    }
}

/// Paths in which elements of lists stand by position, as walks write them: elements of keyed lists
/// by their key. Each list is looked at once.
#[must_use]
pub fn named<'p>(
    body: &Body,
    paths: impl IntoIterator<Item = &'p FieldPath>,
    rules: RuleSet<'_>,
) -> Vec<FieldPath> {
    let mut lists: BTreeMap<FieldPath, Option<&'static str>> = BTreeMap::new();
    let mut name = |path: &FieldPath| {
        let (mut walked, mut here) = (FieldPath::root(), Some(body));
        for segment in path.segments() {
            let key = here.and_then(Body::as_array).and_then(|items| {
                let by = *lists
                    .entry(walked.clone())
                    .or_insert_with(|| key_of(items, &rules.at(&walked)));
                Some((by?, element_key(here?.step(segment)?, by?)?))
            });
            here = here.and_then(|value| value.step(segment));
            walked.push(key.map_or_else(
                || segment.clone(),
                |(by, is)| Segment::Item { by: name(by), is: is.into() },
            ));
        }
        walked
    };
    paths.into_iter().map(&mut name).collect()
}

/// The field by which the elements of a list are known, when each has its own.
fn key_of(items: &[Body], facets: &Facets) -> Option<&'static str> {
    match facets.unordered {
        Some(Unordered::By(by)) if is_keyed(items, by) => Some(by),
        _ => None,
    }
}

/// Whether every element has its key, and none has another's.
#[must_use]
pub fn is_keyed(items: &[Body], by: &str) -> bool {
    let keys: BTreeSet<&str> = items.iter().filter_map(|item| element_key(item, by)).collect();
    keys.len() == items.len()
}

/// Whether a field of the root names the document's kind: part of the key, and never compared.
#[must_use]
pub fn is_identity(field: &str) -> bool {
    matches!(field, "apiVersion" | "kind")
}

/// The secrets of a body, by where they stand.
#[must_use]
pub fn secrets<'b>(body: &'b Body, rules: RuleSet<'_>) -> BTreeMap<FieldPath, &'b Secret> {
    let hidden = hidden(body, rules, FieldPath::root()).into_iter();
    hidden.filter_map(|(path, leaf)| Some((path, leaf.as_secret()?))).collect()
}

/// The outputs a body waits for, by where they will stand.
#[must_use]
pub fn outputs<'b>(body: &'b Body, rules: RuleSet<'_>) -> BTreeMap<FieldPath, &'b OutputReference> {
    let hidden = hidden(body, rules, FieldPath::root()).into_iter();
    hidden.filter_map(|(path, leaf)| Some((path, leaf.as_output()?))).collect()
}

/// The environment variables that are not set and a body needs, by where their values will stand.
#[must_use]
pub fn unset<'b>(body: &'b Body, rules: RuleSet<'_>) -> BTreeMap<FieldPath, &'b str> {
    let hidden = hidden(body, rules, FieldPath::root()).into_iter();
    hidden.filter_map(|(path, leaf)| Some((path, leaf.as_unset()?))).collect()
}

/// Everything hidden of a body that stands at `path`, with its own path.
pub(crate) fn hidden<'b>(
    body: &'b Body,
    rules: RuleSet<'_>,
    mut path: FieldPath,
) -> Vec<(FieldPath, &'b Body)> {
    let mut found = Vec::new();
    collect(body, rules, &mut path, &mut found);
    found
}

fn collect<'b>(
    body: &'b Body,
    rules: RuleSet<'_>,
    path: &mut FieldPath,
    found: &mut Vec<(FieldPath, &'b Body)>,
) {
    if body.is_hidden() {
        found.push((path.clone(), body));
    } else if body.holds_hidden() {
        for (segment, inner) in steps(body, &rules.at(path)) {
            path.push(segment);
            collect(inner, rules, path, found);
            path.pop();
        }
    }
}

/// Makes secrets of what the rules say is one, and of what is too deep to look at.
pub fn seal(body: &mut Body, rules: RuleSet<'_>) {
    for pattern in rules.secrets() {
        if body.has_place(pattern) {
            seal_at(body, pattern.matchers());
        }
    }
    if is_deeper(body, DEEPEST) {
        seal_below(body, DEEPEST);
    }
}

/// A value with every scalar in it a secret.
#[must_use]
pub fn sealed(value: &Body) -> Body {
    match value {
        Body::Null | Body::Secret(_) | Body::Output(_) | Body::Unset(_) => value.clone(),
        Body::Text(text) => Secret::new(&**text).into(),
        Body::Bool(_) | Body::Number(_) => Secret::literal(&value.shown()).into(),
        Body::List(items) => items.iter().map(sealed).collect(),
        Body::Fields(fields) => {
            Body::Fields(fields.iter().map(|(name, value)| (name, sealed(value))).collect())
        }
    }
}

fn seal_at(value: &mut Body, matchers: &[Matcher]) {
    let Some((first, rest)) = matchers.split_first() else {
        *value = sealed(value);
        return;
    };
    match (first, value) {
        (Matcher::Exactly(Segment::Key(name)), value) => {
            if let Some(inner) = value.get_mut(name) {
                seal_at(inner, rest);
            }
        }
        (Matcher::AnyKey, Body::Fields(fields)) => {
            fields.values_mut().for_each(|inner| seal_at(inner, rest));
        }
        (matcher, Body::List(items)) => {
            for (at, item) in Arc::make_mut(items).iter_mut().enumerate() {
                // Of several elements of one name each is meant.
                let is_meant = match matcher {
                    Matcher::AnyElement => true,
                    Matcher::Exactly(Segment::Index(position)) => *position == at,
                    Matcher::Exactly(Segment::Item { by, is }) => {
                        element_key(item, by) == Some(&**is)
                    }
                    Matcher::Exactly(Segment::Key(_)) | Matcher::AnyKey | Matcher::Wrong(_) => {
                        false
                    }
                };
                if is_meant {
                    let key = known_by(matcher).and_then(|by| Some((by, item.get(by)?.clone())));
                    seal_at(item, rest);
                    // By its key an element is found again: that is no secret.
                    if let Some(place) = key.as_ref().and_then(|(by, _)| item.get_mut(by)) {
                        *place = key.map(|(_, name)| name).unwrap_or_default();
                    }
                }
            }
        }
        (_, _) => {}
    }
}

/// The field by which a rule names an element.
fn known_by(matcher: &Matcher) -> Option<&str> {
    match matcher {
        Matcher::Exactly(Segment::Item { by, .. }) => Some(by),
        Matcher::Exactly(_) | Matcher::AnyKey | Matcher::AnyElement | Matcher::Wrong(_) => None,
    }
}

fn is_deeper(value: &Body, most: usize) -> bool {
    let Some(rest) = most.checked_sub(1) else { return value.has_children() };
    match value {
        Body::List(items) => items.iter().any(|item| is_deeper(item, rest)),
        Body::Fields(fields) => fields.values().any(|inner| is_deeper(inner, rest)),
        _ => false,
    }
}

fn seal_below(value: &mut Body, most: usize) {
    let Some(rest) = most.checked_sub(1) else {
        *value = sealed(value);
        return;
    };
    match value {
        Body::List(items) => {
            for item in Arc::make_mut(items) {
                seal_below(item, rest);
            }
        }
        Body::Fields(fields) => fields.values_mut().for_each(|inner| seal_below(inner, rest)),
        _ => {}
    }
}
