//! A live object as a manifest: without what the server owns, masks or puts by itself, so that a
//! plan of it is empty.

use plumb_model::compare::{is_mask, is_zero};
use plumb_model::path::element_key;
use plumb_model::rules::{FieldRule, RuleSet, Unordered};
use plumb_model::{FieldPath, KindRules, LiveObject};
use serde_json::{Map, Value};

/// The prefix of plumb's own labels and annotations.
pub const OWN_PREFIX: &str = "plumb.dev/";

/// The document without server-owned, secret, masked, zero and default values. `refined` are the
/// rules the profile adds. Elements of keyed lists whose value is the default are left out whole.
#[must_use]
pub fn plain(live: &LiveObject, rules: &KindRules, refined: &[FieldRule]) -> Value {
    let set = RuleSet::new(&rules.fields, refined);
    let mut document = Map::new();
    document.insert("apiVersion".to_owned(), rules.api_version.into());
    document.insert("kind".to_owned(), rules.id.kind.clone().into());
    if let Value::Object(fields) = &live.body {
        for (name, value) in fields {
            if let Some(kept) = keep(set, &FieldPath::root().key(name), value, 0) {
                document.insert(name.clone(), kept);
            }
        }
    }
    Value::Object(document)
}

fn keep(rules: RuleSet<'_>, path: &FieldPath, value: &Value, depth: usize) -> Option<Value> {
    const DEEPEST: usize = 64;
    let facets = rules.at(path);
    let left_out = facets.server_owned || facets.secret || is_zero(value);
    if left_out || facets.default.as_ref() == Some(value) || depth > DEEPEST {
        return None;
    }
    match value {
        Value::String(text) if is_mask(text) => None,
        Value::Object(fields) => {
            let kept: Map<String, Value> = fields
                .iter()
                .filter(|(name, _)| !name.starts_with(OWN_PREFIX))
                .filter_map(|(name, value)| {
                    Some((name.clone(), keep(rules, &path.key(name), value, depth + 1)?))
                })
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        Value::Array(items) => {
            let kept: Vec<Value> = items
                .iter()
                .enumerate()
                .filter_map(|(at, item)| element(rules, path, facets.unordered, at, item, depth))
                .collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        _ => Some(value.clone()),
    }
}

fn element(
    rules: RuleSet<'_>,
    list: &FieldPath,
    unordered: Option<Unordered>,
    at: usize,
    item: &Value,
    depth: usize,
) -> Option<Value> {
    let Some(Unordered::By(by)) = unordered else {
        return keep(rules, &list.index(at), item, depth + 1);
    };
    let name = element_key(item, by)?;
    let path = list.item(by, name);
    let kept = keep(rules, &path, item, depth + 1)?;
    // An element of which only its name is left says nothing.
    let says_something = kept.as_object().is_none_or(|fields| fields.len() > 1);
    (says_something || item.as_object().is_some_and(|fields| fields.len() == 1)).then_some(kept)
}
