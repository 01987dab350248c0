//! The declared leaves of a resource: what a create sets, and what a plan depends on.

use super::Difference;
use super::equal::is_zero;
use crate::body::Body;
use crate::body::walk::{self, DEEPEST, is_identity, is_keyed};
use crate::digest::Digest;
use crate::name::Name;
use crate::path::{FieldPath, Segment};
use crate::plan::Shown;
use crate::resource::Resource;
use crate::rules::{Facets, RuleSet, Unordered};
use std::collections::BTreeMap;

/// The paths of all declared leaves that are compared with the live object, for preconditions:
/// what a plan depends on. Secrets and other resources' outputs are left out, because a digest of
/// them in a plan could be guessed.
#[must_use]
pub fn declared_leaves(resource: &Resource, rules: RuleSet<'_>) -> Vec<FieldPath> {
    let mut paths: Vec<FieldPath> = leaves(&resource.body, rules)
        .into_iter()
        .filter(|(_, _, facets)| !(facets.recorded || facets.write_only || facets.secret))
        .filter(|(_, value, _)| !value.holds_hidden())
        .map(|(path, _, _)| path)
        .filter(|path| !resource.wishes.ignore.iter().any(|pattern| pattern.covers(path)))
        .collect();
    paths.sort();
    paths
}

/// Everything a create of `declared` sets, as differences from nothing, by path. Outputs that
/// still stand in it are known after the apply.
#[must_use]
pub fn creation(declared: &Body, rules: RuleSet<'_>) -> Vec<Difference> {
    let after = |value: &Body, facets: &Facets| {
        if value.any(&Body::is_open) {
            return Some(Shown::KnownAfterApply);
        }
        // Of what is no secret as a whole, only the secrets in it are not shown.
        let veiled = if facets.recorded { value.is_hidden() } else { value.holds_hidden() };
        if facets.secret || veiled {
            return Some(Shown::Secret);
        }
        (!is_zero(value)).then(|| Shown::Plain(value.shown()))
    };
    let mut differences: Vec<Difference> = leaves(declared, rules)
        .into_iter()
        .filter_map(|(path, value, facets)| {
            let after = after(value, &facets)?;
            Some(Difference { path, before: Shown::Absent, after, facets })
        })
        .collect();
    differences.sort_by(|a, b| a.path.cmp(&b.path));
    differences
}

/// The digests of a live body's values at some paths, for a plan's preconditions. Zero values and
/// absence digest alike.
#[must_use]
pub fn digests_at<'p>(
    live: &Body,
    paths: impl IntoIterator<Item = &'p FieldPath>,
) -> BTreeMap<FieldPath, Option<Digest>> {
    let digest = |path: &FieldPath| {
        let value = live.find(path).filter(|value| !is_zero(value))?;
        Some(Digest::of(&value.shown()))
    };
    paths.into_iter().map(|path| (path.clone(), digest(path))).collect()
}

/// Every leaf that is not the server's: scalars, and lists whose elements have no identity.
fn leaves<'v>(body: &'v Body, rules: RuleSet<'_>) -> Vec<(FieldPath, &'v Body, Facets)> {
    let mut found = Vec::new();
    collect(&mut FieldPath::root(), body, rules, &mut found);
    found
}

fn collect<'v>(
    path: &mut FieldPath,
    value: &'v Body,
    rules: RuleSet<'_>,
    found: &mut Vec<(FieldPath, &'v Body, Facets)>,
) {
    let facets = rules.at(path);
    if facets.server_owned {
        return;
    }
    let is_whole = match value {
        Body::Fields(_) => is_only_its_key(path, value),
        Body::List(items) => {
            !matches!(facets.unordered, Some(Unordered::By(by)) if is_keyed(items, by))
        }
        _ => true,
    };
    if is_whole || path.segments().len() >= DEEPEST {
        return found.push((path.clone(), value, facets));
    }
    let known_by = key_field(path).cloned();
    let root = path.segments().is_empty();
    let says_nothing = |segment: &Segment| {
        matches!(segment, Segment::Key(name)
            if (root && is_identity(name)) || known_by.as_ref() == Some(name))
    };
    for (segment, inner) in walk::steps(value, &facets) {
        if !says_nothing(&segment) {
            path.push(segment);
            collect(path, inner, rules, found);
            path.pop();
        }
    }
}

/// The field by which the element at `path` is known; it is equal by construction.
pub(super) fn key_field(path: &FieldPath) -> Option<&Name> {
    match path.segments().last() {
        Some(Segment::Item { by, .. }) => Some(by),
        Some(Segment::Key(_) | Segment::Index(_)) | None => None,
    }
}

/// Whether an element says nothing but its key, so that being there is all it says.
pub(super) fn is_only_its_key(path: &FieldPath, value: &Body) -> bool {
    key_field(path).is_some() && value.as_object().is_some_and(|fields| fields.len() == 1)
}
