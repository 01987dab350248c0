//! What cannot be read back and is on record, put into an export: as it was sent, and where that was a
//! secret, as the variable it is to come from.

use plumb_kind::export::variable_name;
use plumb_model::body::walk::{self, Place, Turn, Visitor};
use plumb_model::path::Segment;
use plumb_model::rules::RuleSet;
use plumb_model::{Body, Entry, FieldPath, KindRules};
use serde_json::{Map, Value, json};

/// Puts into a document what its kind never shows.
pub(super) fn restore(document: &mut Value, rules: &KindRules, entry: &Entry) {
    let mut unread = Unread { entry, found: Vec::new() };
    let set = RuleSet::new(&rules.fields, &[]);
    walk::rebuild(&entry.sent, set, &mut FieldPath::root(), &mut unread);
    for (path, value) in unread.found {
        put(document, path.segments(), value);
    }
}

/// Gathers what never comes back, with what stands for it in a manifest.
struct Unread<'e> {
    entry: &'e Entry,
    found: Vec<(FieldPath, Value)>,
}

impl Unread<'_> {
    /// Where a secret is to come from: nobody has it on record.
    fn variable(&self, path: &FieldPath) -> Value {
        let key = &self.entry.key;
        let named = path.segments().iter().skip(1).filter_map(|segment| match segment {
            Segment::Key(name) => Some(&**name),
            Segment::Item { is, .. } => Some(&**is),
            Segment::Index(_) => None,
        });
        let parts: Vec<&str> =
            [key.kind.kind.as_str(), key.name.as_str()].into_iter().chain(named).collect();
        json!({"valueFrom": {"var": variable_name(&parts)}})
    }
}

impl Visitor for Unread<'_> {
    fn enter(&mut self, place: &Place<'_>, value: &Body) -> Turn {
        let hidden = || self.entry.hashes.keys().any(|at| at.is_within(place.path));
        if place.facets.at_creation {
            return Turn::LeaveOut;
        }
        if place.facets.secret && !value.has_children() {
            let variable = self.variable(place.path);
            self.found.push((place.path.clone(), variable));
            return Turn::LeaveOut;
        }
        // Of what holds a secret only that it was sent is on record.
        if place.facets.recorded && !hidden() {
            self.found.push((place.path.clone(), value.shown()));
            return Turn::LeaveOut;
        }
        Turn::Into
    }
}

/// Sets a field, making what is above it where it is missing.
fn put(place: &mut Value, path: &[Segment], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *place = value;
        return;
    };
    if place.is_null() {
        *place = match first {
            Segment::Key(_) => Value::Object(Map::new()),
            Segment::Item { .. } | Segment::Index(_) => Value::Array(Vec::new()),
        };
    }
    match (first, place) {
        (Segment::Key(name), Value::Object(fields)) => {
            put(fields.entry(&**name).or_insert(Value::Null), rest, value);
        }
        (Segment::Item { by, is }, Value::Array(items)) => {
            let is_it = |item: &Value| item.get(&**by).and_then(Value::as_str) == Some(&**is);
            let at = items.iter().position(is_it).unwrap_or_else(|| {
                items.push(json!({ &**by: &**is }));
                items.len() - 1
            });
            put(&mut items[at], rest, value);
        }
        (Segment::Index(at), Value::Array(items)) => {
            if items.len() <= *at {
                items.resize(at + 1, Value::Null);
            }
            put(&mut items[*at], rest, value);
        }
        _ => {}
    }
}
