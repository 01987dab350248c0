//! What of a value may be shown. Everything a comparison shows goes through here, so that a secret
//! deep inside a removed or retyped value does not leak.

use super::Comparison;
use super::equal::is_keyed;
use crate::path::{FieldPath, element_key};
use crate::plan::Shown;
use crate::rules::{Facets, Unordered};
use crate::text::SECRET_PLACEHOLDER;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How deep a value is shown; a deeper one is not shown at all.
const DEEPEST: usize = 64;

/// A value as it may be shown, by what is known of its own field.
#[must_use]
pub fn shown(value: Option<&Value>, facets: &Facets) -> Shown {
    match value {
        None | Some(Value::Null) => Shown::Absent,
        Some(_) if facets.secret => Shown::Secret,
        Some(value) => Shown::Plain(value.clone()),
    }
}

impl Comparison<'_> {
    /// A value as it may be shown at `path`, with placeholders where secrets stand in it.
    pub(super) fn show(&self, path: &FieldPath, value: Option<&Value>) -> Shown {
        match value {
            None | Some(Value::Null) => Shown::Absent,
            Some(value) => self.veiled(path, value).map_or(Shown::Secret, Shown::Plain),
        }
    }

    /// Whether a value that must not be shown stands below `path`, or at it.
    pub(super) fn hides_at_or_below(&self, path: &FieldPath) -> bool {
        let hashes = self.sent.map(|sent| sent.hashes);
        starts_within(self.secrets, path)
            || starts_within(self.filled, path)
            || hashes.is_some_and(|hashes| starts_within(hashes, path))
            || self.unknown.range(path.clone()..).next().is_some_and(|next| next.is_within(path))
    }

    fn is_hidden(&self, path: &FieldPath, facets: &Facets) -> bool {
        facets.secret
            || self.secrets.contains_key(path)
            || self.filled.contains_key(path)
            || self.unknown.contains(path)
            || self.sent.is_some_and(|sent| sent.hashes.contains_key(path))
    }

    fn veiled(&self, path: &FieldPath, value: &Value) -> Option<Value> {
        let facets = self.rules.at(path);
        if self.is_hidden(path, &facets) || path.segments().len() > DEEPEST {
            return None;
        }
        let placeholder = || Value::from(SECRET_PLACEHOLDER);
        match value {
            Value::Object(fields) => {
                let shown = fields.iter().map(|(name, field)| {
                    let field = self.veiled(&path.key(name), field);
                    (name.clone(), field.unwrap_or_else(placeholder))
                });
                Some(Value::Object(shown.collect::<Map<_, _>>()))
            }
            Value::Array(items) => match facets.unordered {
                Some(Unordered::By(by)) if is_keyed(items, by) => {
                    let shown = items.iter().map(|item| {
                        let place = path.item(by, element_key(item, by).unwrap_or_default());
                        self.veiled(&place, item).unwrap_or_else(placeholder)
                    });
                    Some(Value::Array(shown.collect()))
                }
                // Positions differ between the sides, so one hidden element hides the list.
                _ if self.hides_at_or_below(path) => None,
                _ => {
                    let shown = items.iter().enumerate().map(|(at, item)| {
                        self.veiled(&path.index(at), item).unwrap_or_else(placeholder)
                    });
                    Some(Value::Array(shown.collect()))
                }
            },
            scalar => Some(scalar.clone()),
        }
    }
}

/// Whether a map has a key at `path` or below it; sorted, these follow `path` directly.
fn starts_within<V>(map: &BTreeMap<FieldPath, V>, path: &FieldPath) -> bool {
    map.range(path.clone()..).next().is_some_and(|(next, _)| next.is_within(path))
}
