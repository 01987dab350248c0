//! Live objects with a profile as manifests: without the profile's defaults, with secrets read
//! from the environment, with the power they have (docs/rules.md §8, `plumb export`).

use crate::profile::ProfileField;
use crate::variables;
use plumb_kind::export::variable_name;
use plumb_kind::{Snapshot, export};
use plumb_model::{Aspect, Body, FieldRule, KindRules, LiveObject, PathPattern, Power};
use serde_json::{Map, Value, json};

/// A live object as a manifest that plans empty.
pub(crate) fn with_profile(
    field: &ProfileField,
    rules: &KindRules,
    live: &LiveObject,
    snapshot: &Snapshot,
) -> Value {
    let profile = field.find(&live.body, &live.key.scope, snapshot).found().unwrap_or_default();
    let mut refined = profile.rules();
    // The server adds options of its own to every variable (api §11).
    let options = PathPattern::exactly(&variables::list_path()).any_element().key("options");
    refined.push(FieldRule { pattern: options, aspect: Aspect::ServerOwned });
    let mut document = export::plain(live, rules, &refined);
    let variables = live.body.pointer("/spec/variables").and_then(Body::as_array);
    let secrets: Vec<Value> = variables
        .into_iter()
        .flatten()
        .filter(|item| {
            let name = item.get("name").and_then(Body::as_str).unwrap_or_default();
            let rule = profile.variable(name);
            rule.is_some_and(|rule| rule.sensitive)
                || item.get("value").is_some_and(|value| value.is_mask() || value.is_hidden())
        })
        .filter_map(|item| from_environment(live, item.get("name")?.as_str()?))
        .collect();
    add_variables(&mut document, secrets);
    if live.status.power == Some(Power::Off) {
        annotate_power(&mut document);
    }
    document
}

fn from_environment(live: &LiveObject, variable: &str) -> Option<Value> {
    let name = variable_name(&[&live.key.kind.kind, &live.key.name, variable]);
    (!variable.is_empty()).then(|| json!({"name": variable, "value": {"valueFrom": {"var": name}}}))
}

/// Adds the secrets, in the place of what is left of them.
fn add_variables(document: &mut Value, secrets: Vec<Value>) {
    if secrets.is_empty() {
        return;
    }
    let Some(spec) = child(document, "spec") else { return };
    let list = spec.entry("variables").or_insert_with(|| json!([]));
    if let Value::Array(items) = list {
        let named =
            |item: &Value| secrets.iter().any(|known| known.get("name") == item.get("name"));
        items.retain(|item| !named(item));
        items.extend(secrets);
    }
}

fn annotate_power(document: &mut Value) {
    if let Some(metadata) = child(document, "metadata")
        && let Value::Object(annotations) = metadata.entry("annotations").or_insert(json!({}))
    {
        annotations.insert("plumb.dev/power".to_owned(), "off".into());
    }
}

fn child<'d>(document: &'d mut Value, field: &str) -> Option<&'d mut Map<String, Value>> {
    let fields = document.as_object_mut()?;
    fields.entry(field).or_insert_with(|| json!({})).as_object_mut()
}
