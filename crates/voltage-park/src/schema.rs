//! JSON Schemas of documents: how a kind's types become the schema of its documents, and the parts
//! several kinds share. Doc comments on those types are what an editor shows on hover.
//!
//! The types only describe; no document is ever read into them.

use plumb_model::KindRules;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

/// A UUID, with or without dashes, in any case (contract §1.1).
const UUID: &str =
    "^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$";

/// The schema of a kind's documents from the type that describes `metadata` and `spec`.
pub(crate) fn document<T: JsonSchema>(rules: &KindRules, summary: &str) -> Schema {
    let inline = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = inline.into_generator().into_root_schema_for::<T>().to_value();
    simplify(&mut schema, 0);
    if let Value::Object(root) = &mut schema {
        root.insert("title".to_owned(), rules.id.kind.as_str().into());
        root.insert("description".to_owned(), summary.into());
        constant(root, "apiVersion", rules.api_version, "The API's group and version.");
        constant(root, "kind", &rules.id.kind, "What the document declares.");
    }
    // What is no schema fits nothing, and the registry refuses it.
    Schema::try_from(schema).unwrap_or_else(|_| Schema::from(false))
}

/// Adds a required field that has one value only.
fn constant(root: &mut Map<String, Value>, field: &str, value: &str, description: &str) {
    let schema = json!({"const": value, "type": "string", "description": description});
    if let Some(Value::Object(properties)) = root.get_mut("properties") {
        properties.insert(field.to_owned(), schema);
    }
    if let Some(Value::Array(required)) = root.get_mut("required") {
        required.push(field.into());
    }
}

/// Takes out what Rust's types say and documents do not: "or null", number formats, and one
/// alternative per value of an enumeration.
fn simplify(schema: &mut Value, depth: usize) {
    const DEEPEST: usize = 32;
    if depth > DEEPEST {
        return;
    }
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| simplify(item, depth + 1)),
        Value::Object(keywords) => {
            for (keyword, value) in keywords.iter_mut() {
                if !matches!(keyword.as_str(), "enum" | "const" | "examples" | "default") {
                    simplify(value, depth + 1);
                }
            }
            // Under `properties` keys are field names; none of ours is a keyword treated here.
            if keywords.get("format").is_some_and(Value::is_string) {
                keywords.remove("format");
            }
            if keywords.get("default").is_some_and(Value::is_null) {
                keywords.remove("default");
            }
            only_what_is_there(keywords);
            one_enumeration(keywords);
        }
        _ => {}
    }
}

/// An optional field is left out, never null.
fn only_what_is_there(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if types.len() == 1
            && let Some(only) = types.pop()
        {
            schema.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(alternatives)) = schema.get_mut("anyOf") else { return };
    alternatives.retain(|alternative| alternative.get("type") != Some(&json!("null")));
    if alternatives.len() == 1
        && let Some(Value::Object(only)) = alternatives.pop()
    {
        schema.remove("anyOf");
        for (keyword, value) in only {
            schema.entry(keyword).or_insert(value);
        }
    }
}

/// Alternatives that are single texts become one list of values, with what each means.
fn one_enumeration(schema: &mut Map<String, Value>) {
    let Some(Value::Array(alternatives)) = schema.get("oneOf") else { return };
    let mut values = Vec::new();
    let mut lines = Vec::new();
    lines.extend(schema.get("description").and_then(Value::as_str).map(str::to_owned));
    for alternative in alternatives {
        let Some(value) = alternative.get("const").and_then(Value::as_str) else { return };
        let meaning = alternative.get("description").and_then(Value::as_str).unwrap_or_default();
        lines.push(format!("{value}: {meaning}"));
        values.push(value.to_owned());
    }
    schema.remove("oneOf");
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), values.into());
    schema.insert("description".to_owned(), lines.join("\n").into());
}

/// A server-made UUID.
pub(crate) fn uuid(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": UUID})
}

/// A list of server-made UUIDs.
pub(crate) fn uuids(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": uuid(generator)})
}

/// Wishes to plumb, and nothing else: the API has no annotations.
pub(crate) fn annotations(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "additionalProperties": {"type": "string"}})
}
