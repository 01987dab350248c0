//! Paths into specs, and the walks over them: what is required, what is named, what is hidden, what
//! comes back in another order, what is left out as zero.

use serde_json::{Map, Value};

use super::knobs::{MASKED, Mask};
use plumb_sandbox::ids;

/// The deepest a walk goes; bodies are no deeper than their parser allows.
const DEEPEST: usize = 128;

/// Everything at a path: `a.b` goes into objects, `a[].b` into every item of a list.
pub(crate) fn at<'a>(spec: &'a Map<String, Value>, path: &str) -> Vec<&'a Value> {
    let mut found: Vec<&Value> = Vec::new();
    for (depth, part) in path.split('.').enumerate() {
        let (name, each) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
        let here: Vec<&Value> = match depth {
            0 => spec.get(name).into_iter().collect(),
            _ => found.into_iter().filter_map(|it| it.get(name)).collect(),
        };
        found = if each {
            here.into_iter().filter_map(Value::as_array).flatten().collect()
        } else {
            here
        };
    }
    found.retain(|value| !value.is_null());
    found
}

/// Whether a path of the spec holds this name: alone, or behind the `=` of a selector.
pub(crate) fn names(spec: &Map<String, Value>, path: &str, name: &str) -> bool {
    at(spec, path)
        .into_iter()
        .filter_map(Value::as_str)
        .any(|text| text == name || text.split(',').any(|it| it.rsplit('=').next() == Some(name)))
}

/// Hides every text below a path.
pub(crate) fn hide(value: &mut Value, path: &str, mask: Mask) {
    let (part, rest) = path.split_once('.').map_or((path, None), |(part, rest)| (part, Some(rest)));
    let (name, each) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
    let Some(members) = value.as_object_mut() else { return };
    match (members.get_mut(name), rest) {
        (None, _) => {}
        (Some(_), None) if mask == Mask::Omit => drop(members.remove(name)),
        (Some(found), None) => cover(found, 0),
        (Some(Value::Array(items)), Some(rest)) if each => {
            for item in items {
                hide(item, rest, mask);
            }
        }
        (Some(found), Some(rest)) => hide(found, rest, mask),
    }
}

/// Hides the value of every variable and the data of every file that says it is sensitive.
pub(crate) fn hide_sensitive(value: &mut Value, mask: Mask, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Object(members) => {
            let of_options = members.get("options").and_then(|it| it.get("sensitive"));
            let sensitive = members.get("sensitive").or(of_options) == Some(&Value::Bool(true));
            if sensitive {
                members.remove("data");
                match (mask, members.get_mut("value")) {
                    (_, None) => {}
                    (Mask::Omit, Some(_)) => drop(members.remove("value")),
                    (_, Some(value)) => cover(value, 0),
                }
            }
            members.values_mut().for_each(|it| hide_sensitive(it, mask, depth + 1));
        }
        Value::Array(items) => items.iter_mut().for_each(|it| hide_sensitive(it, mask, depth + 1)),
        _ => {}
    }
}

/// Puts lists whose items have names or keys into another order.
pub(crate) fn shuffle(value: &mut Value, salt: u64, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(|it| shuffle(it, salt, depth + 1));
        }
        Value::Array(items) => {
            for item in &mut *items {
                shuffle(item, salt, depth + 1);
            }
            let keyed = |item: &Value| item.get("name").or_else(|| item.get("key")).is_some();
            if items.iter().all(keyed) {
                items.sort_by_cached_key(|item| ids::hash(salt, &item.to_string()));
            }
        }
        _ => {}
    }
}

/// Adds what is not there, no deeper than the objects both have.
pub(crate) fn add(value: &mut Map<String, Value>, defaults: &Map<String, Value>) {
    for (name, default) in defaults {
        match (value.get_mut(name), default) {
            (None, _) => drop(value.insert(name.clone(), default.clone())),
            (Some(Value::Object(members)), Value::Object(more)) => {
                for (name, default) in more {
                    members.entry(name.clone()).or_insert_with(|| default.clone());
                }
            }
            (Some(_), _) => {}
        }
    }
}

/// The value without members that are false, zero, empty or null, but for the entries of label
/// maps, which are texts somebody chose. Bodies are at most as deep as their parser allows.
pub(crate) fn drop_zeros(value: Value, depth: usize) -> Value {
    match value {
        Value::Object(members) if depth < DEEPEST => {
            let kept = members.into_iter().filter_map(|(name, member)| {
                let chosen = name == "labels" || name == "annotations";
                let member = if chosen { member } else { drop_zeros(member, depth + 1) };
                (!is_zero(&member)).then_some((name, member))
            });
            Value::Object(kept.collect())
        }
        Value::Array(items) if depth < DEEPEST => {
            Value::Array(items.into_iter().map(|item| drop_zeros(item, depth + 1)).collect())
        }
        other => other,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}

fn cover(value: &mut Value, depth: usize) {
    match value {
        Value::Object(members) if depth < DEEPEST => {
            members.values_mut().for_each(|it| cover(it, depth + 1));
        }
        Value::Array(items) if depth < DEEPEST => {
            for item in items {
                cover(item, depth + 1);
            }
        }
        Value::Null | Value::Bool(_) => {}
        other => *other = Value::String(MASKED.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn paths_go_into_objects_and_lists() {
        let body = spec(&json!({ "a": { "b": "x" }, "c": [{ "d": "y" }, { "d": "z" }, {}] }));
        assert_eq!(at(&body, "a.b"), [&json!("x")]);
        assert_eq!(at(&body, "c[].d"), [&json!("y"), &json!("z")]);
        assert!(at(&body, "a.c").is_empty() && at(&body, "a[].b").is_empty());
        assert!(names(&body, "c[].d", "z") && !names(&body, "a.b", "z"));
        let selector = spec(&json!({ "selector": "rafay.dev/clusterName=gpu-1,team=ml" }));
        assert!(names(&selector, "selector", "gpu-1") && !names(&selector, "selector", "gpu"));
    }

    #[test]
    fn secrets_are_covered_or_left_out() {
        let body = json!({ "credentials": { "password": "p", "retries": 3 }, "list": [
            { "value": "v", "options": { "sensitive": true } },
            { "name": "f", "data": "d", "sensitive": true },
        ] });
        for (mask, credentials) in [
            (Mask::Stars, json!({ "password": MASKED, "retries": MASKED })),
            (Mask::Omit, Value::Null),
        ] {
            let mut shown = body.clone();
            hide(&mut shown, "credentials", mask);
            hide_sensitive(&mut shown, mask, 0);
            assert_eq!(shown.get("credentials").cloned().unwrap_or_default(), credentials);
            let text = shown.to_string();
            assert!(!text.contains("\"v\"") && !text.contains("\"d\""), "{text}");
        }
    }

    #[test]
    fn only_keyed_lists_are_shuffled() {
        let mut body = json!({ "keyed": [{ "name": "a" }, { "name": "b" }, { "name": "c" }],
            "plain": ["1", "2", "3"] });
        let before = body.clone();
        let mut moved = false;
        for salt in 0..20 {
            shuffle(&mut body, salt, 0);
            moved |= body["keyed"] != before["keyed"];
            assert_eq!(body["plain"], before["plain"]);
        }
        assert!(moved);
    }
}
