//! JSON merge patches (RFC 7396).

use serde_json::{Value, json};

/// Merges a patch into a value, no deeper than bodies can be.
pub fn merge(target: &mut Value, patch: &Value, depth: usize) {
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Value::Object(fields) = target {
        for (name, value) in members {
            if value.is_null() {
                fields.remove(name);
            } else if depth < 128 {
                merge(fields.entry(name.clone()).or_insert(Value::Null), value, depth + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_removes_and_objects_merge() {
        let mut value = json!({ "a": 1, "b": { "c": 2, "d": 3 }, "e": [1] });
        merge(&mut value, &json!({ "a": null, "b": { "c": 4 }, "e": [2], "f": { "g": null } }), 0);
        assert_eq!(value, json!({ "b": { "c": 4, "d": 3 }, "e": [2], "f": {} }));
    }
}
