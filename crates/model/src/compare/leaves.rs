//! The declared leaves of a resource: what a create sets, and what a plan depends on.

use super::equal::{is_keyed, is_zero};
use super::{DEEPEST, Difference, is_identity};
use crate::digest::Digest;
use crate::path::{FieldPath, Segment, element_key};
use crate::plan::Shown;
use crate::resource::Resource;
use crate::rules::{Facets, RuleSet, Unordered};
use serde_json::Value;
use std::collections::BTreeMap;

/// The paths of all declared leaves that are compared with the live object, for preconditions:
/// what a plan depends on. Secrets and other resources' outputs are left out, because a digest of
/// them in a plan could be guessed.
#[must_use]
pub fn declared_leaves(resource: &Resource, rules: RuleSet<'_>) -> Vec<FieldPath> {
    let hidden = |path: &FieldPath| {
        starts_within(&resource.secrets, path) || starts_within(&resource.outputs, path)
    };
    let mut paths: Vec<FieldPath> = leaves(&resource.body, rules)
        .into_iter()
        .filter(|(_, _, facets)| !(facets.recorded || facets.write_only || facets.secret))
        .map(|(path, _, _)| path)
        .filter(|path| !resource.wishes.ignore.iter().any(|pattern| pattern.covers(path)))
        .filter(|path| !hidden(path))
        .collect();
    paths.sort();
    paths
}

/// Everything a create sets, as differences from nothing, by path. Outputs in `filled` are known
/// and not shown; the others are known after the apply.
#[must_use]
pub fn creation(
    resource: &Resource,
    filled: &BTreeMap<FieldPath, Value>,
    rules: RuleSet<'_>,
) -> Vec<Difference> {
    let after = |path: &FieldPath, value: &Value, facets: &Facets| {
        if resource.outputs.keys().any(|output| output.is_within(path)) {
            let known =
                resource.outputs.keys().all(|out| !out.is_within(path) || filled.contains_key(out));
            return Some(if known { Shown::Secret } else { Shown::KnownAfterApply });
        }
        if facets.secret || starts_within(&resource.secrets, path) {
            return Some(Shown::Secret);
        }
        (!is_zero(value)).then(|| Shown::Plain(value.clone()))
    };
    let mut differences: Vec<Difference> = leaves(&resource.body, rules)
        .into_iter()
        .filter_map(|(path, value, facets)| {
            let after = after(&path, value, &facets)?;
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
    live: &Value,
    paths: impl IntoIterator<Item = &'p FieldPath>,
) -> BTreeMap<FieldPath, Option<Digest>> {
    let digest = |path: &FieldPath| path.find(live).filter(|value| !is_zero(value)).map(Digest::of);
    paths.into_iter().map(|path| (path.clone(), digest(path))).collect()
}

/// Every leaf that is not the server's: scalars, and lists whose elements have no identity.
fn leaves<'v>(body: &'v Value, rules: RuleSet<'_>) -> Vec<(FieldPath, &'v Value, Facets)> {
    let mut found = Vec::new();
    collect(&mut FieldPath::root(), body, rules, &mut found);
    found
}

fn collect<'v>(
    path: &mut FieldPath,
    value: &'v Value,
    rules: RuleSet<'_>,
    found: &mut Vec<(FieldPath, &'v Value, Facets)>,
) {
    let facets = rules.at(path);
    if facets.server_owned {
        return;
    }
    let mut step = |path: &mut FieldPath, segment: Segment, child: &'v Value| {
        path.push(segment);
        collect(path, child, rules, found);
        path.pop();
    };
    let depth = path.segments().len();
    match (value, facets.unordered) {
        (Value::Object(fields), _) if depth < DEEPEST && !is_only_its_key(path, value) => {
            let known_by = key_field(path).map(str::to_owned);
            for (name, child) in fields {
                if !(depth == 0 && is_identity(name)) && known_by.as_ref() != Some(name) {
                    step(path, Segment::Key(name.clone()), child);
                }
            }
        }
        (Value::Array(items), Some(Unordered::By(by)))
            if depth < DEEPEST && is_keyed(items, by) =>
        {
            for item in items {
                let is = element_key(item, by).unwrap_or_default().to_owned();
                step(path, Segment::Item { by: by.to_owned(), is }, item);
            }
        }
        _ => found.push((path.clone(), value, facets)),
    }
}

/// The field by which the element at `path` is known; it is equal by construction.
pub(super) fn key_field(path: &FieldPath) -> Option<&str> {
    match path.segments().last() {
        Some(Segment::Item { by, .. }) => Some(by),
        Some(Segment::Key(_) | Segment::Index(_)) | None => None,
    }
}

/// Whether an element says nothing but its key, so that being there is all it says.
pub(super) fn is_only_its_key(path: &FieldPath, value: &Value) -> bool {
    key_field(path).is_some() && value.as_object().is_some_and(|fields| fields.len() == 1)
}

fn starts_within<V>(map: &BTreeMap<FieldPath, V>, path: &FieldPath) -> bool {
    map.keys().any(|other| other.is_within(path))
}
