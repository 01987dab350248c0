//! The schemas that editors use: the kinds' own, with what the front end adds to them —
//! `valueFrom` wherever a scalar may stand, and plumb's annotations.

use crate::schema::{Schema, Type, contradiction};
use crate::stack::{API_VERSION, StackDocument};
use crate::value_from::{self, FIXED};
use crate::wishes::ANNOTATIONS;
use plumb_kind::Registry;
use plumb_kind::export::OWN_PREFIX;
use plumb_kind::schema::SchemaMistake;
use plumb_model::Finding;
use plumb_model::rules::{Access, KindRules};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Names under `$defs` of the two forms of `valueFrom`.
const FILLED: &str = "plumb.valueFrom";
const FILLED_BY_OUTPUT: &str = "plumb.valueFromOutput";

/// The published schemas by file name: one for each kind that may be declared, one for
/// `plumb.yaml`, and `plumb.schema.json` for all of them together.
///
/// # Errors
/// A finding that tells of an internal contradiction: the registry understood these schemas.
pub fn schemas(registry: &Registry) -> Result<BTreeMap<String, Value>, Finding> {
    let mut files = BTreeMap::new();
    let mut parts = Vec::new();
    for kind in registry.kinds().filter(|kind| kind.rules().access == Access::Managed) {
        let rules = kind.rules();
        let name = format!("{}_{}", rules.api_version.replace('/', "_"), rules.id.kind);
        let schema = published(kind.schema().as_value(), rules)
            .map_err(|mistakes| contradiction(&rules.id.to_string(), &mistakes))?;
        parts.push((name.clone(), schema.clone()));
        files.insert(format!("{name}.schema.json"), schema);
    }
    let stack = stack_schema();
    parts.push((format!("{}_Stack", API_VERSION.replace('/', "_")), stack.clone()));
    files.insert("stack.schema.json".to_owned(), stack);
    files.insert("plumb.schema.json".to_owned(), combined(parts));
    Ok(files)
}

/// The schema of `plumb.yaml`.
pub(crate) fn stack_schema() -> Value {
    schemars::schema_for!(StackDocument).to_value()
}

/// All kinds in one schema: each stands under `$defs`, with its own references moved along.
fn combined(parts: Vec<(String, Value)>) -> Value {
    let mut definitions = Map::new();
    let mut branches = Vec::new();
    for (name, mut schema) in parts {
        move_references(&mut schema, &format!("#/$defs/{name}"));
        if let Value::Object(fields) = &mut schema {
            fields.remove("$schema");
        }
        branches.push(json!({"$ref": format!("#/$defs/{name}")}));
        definitions.insert(name, schema);
    }
    json!({
        "$schema": DIALECT,
        "title": "plumb",
        "description": "Any document plumb reads.",
        "oneOf": branches,
        "$defs": definitions
    })
}

fn move_references(schema: &mut Value, below: &str) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(target) if name == "$ref" => {
                        *target = format!("{below}{}", target.trim_start_matches('#'));
                    }
                    value => move_references(value, below),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                move_references(item, below);
            }
        }
        _ => {}
    }
}

fn published(schema: &Value, rules: &KindRules) -> Result<Value, Vec<SchemaMistake>> {
    let whole = schema.clone();
    let mut schema = schema.clone();
    inline_metadata(&mut schema, &whole);
    if let Some(Value::Object(definitions)) = schema.get_mut("$defs") {
        for definition in definitions.values_mut() {
            fill(definition, &whole, &[])?;
        }
    }
    fill(&mut schema, &whole, &FIXED)?;
    let Value::Object(fields) = &mut schema else { return Ok(schema) };
    fields.insert("$schema".to_owned(), DIALECT.into());
    fields.entry("title").or_insert_with(|| rules.id.kind.as_str().into());
    if let Some(properties) = object_in(fields, "properties") {
        let version = match rules.aliases {
            [] => json!({"const": rules.api_version}),
            _ => json!({"enum": rules.api_versions().collect::<Vec<_>>()}),
        };
        properties.insert("apiVersion".to_owned(), version);
        properties.insert("kind".to_owned(), json!({"const": rules.id.kind}));
        if let Some(metadata) = object_in(properties, "metadata") {
            describe_metadata(metadata);
        }
    }
    require(fields, &["apiVersion", "kind"]);
    if let Some(definitions) = object_in(fields, "$defs") {
        definitions.insert(FILLED.to_owned(), filled(&value_from::schema()));
        definitions.insert(FILLED_BY_OUTPUT.to_owned(), filled(&value_from::outputs_schema()));
    }
    Ok(schema)
}

fn require(fields: &mut Map<String, Value>, names: &[&str]) {
    let required = fields.entry("required").or_insert_with(|| json!([]));
    if let Value::Array(required) = required {
        for name in names {
            if !required.iter().any(|known| known == name) {
                required.push((*name).into());
            }
        }
    }
}

fn filled(inner: &Value) -> Value {
    json!({
        "type": "object",
        "properties": {value_from::FIELD: inner},
        "required": [value_from::FIELD],
        "additionalProperties": false
    })
}

/// Puts the schema of `metadata` in its place when that only refers to it: plumb's annotations
/// are described there, and only there.
fn inline_metadata(schema: &mut Value, whole: &Value) {
    let Some(metadata) = schema.pointer_mut("/properties/metadata") else { return };
    let target = metadata.get("$ref").and_then(Value::as_str);
    let target = target.and_then(|target| whole.pointer(target.trim_start_matches('#')));
    if let Some(Value::Object(target)) = target {
        let mut inlined = target.clone();
        if let Some(description) = metadata.get("description") {
            inlined.insert("description".to_owned(), description.clone());
        }
        *metadata = Value::Object(inlined);
    }
}

/// Allows `valueFrom` at every place inside a schema where a scalar may stand. `fixed` are the
/// paths below this schema where it may not.
fn fill(schema: &mut Value, whole: &Value, fixed: &[&str]) -> Result<(), Vec<SchemaMistake>> {
    let Value::Object(keywords) = schema else { return Ok(()) };
    if let Some(Value::Object(properties)) = keywords.get_mut("properties") {
        for (name, place) in properties {
            let below: Vec<&str> = fixed
                .iter()
                .filter_map(|path| path.strip_prefix(name.as_str())?.strip_prefix('.'))
                .collect();
            let form = value_from_at(place, whole)?.filter(|_| !fixed.contains(&name.as_str()));
            fill(place, whole, &below)?;
            allow(place, form);
        }
    }
    for name in ["items", "additionalProperties"] {
        if let Some(place) = keywords.get_mut(name) {
            let form = value_from_at(place, whole)?;
            fill(place, whole, &[])?;
            allow(place, form);
        }
    }
    for name in ["anyOf", "oneOf", "allOf"] {
        if let Some(Value::Array(branches)) = keywords.get_mut(name) {
            for branch in branches {
                fill(branch, whole, fixed)?;
            }
        }
    }
    Ok(())
}

/// The form of `valueFrom` that may stand at a place, when that may be a scalar.
fn value_from_at(place: &Value, whole: &Value) -> Result<Option<&'static str>, Vec<SchemaMistake>> {
    let Some(types) = Schema::part(whole, place)?.root_types() else { return Ok(None) };
    let other = types.contains(&Type::Boolean) || types.contains(&Type::Integer);
    let other = other.then_some(FILLED_BY_OUTPUT);
    Ok(if types.contains(&Type::String) { Some(FILLED) } else { other })
}

/// Allows `valueFrom` beside what a place allows.
fn allow(place: &mut Value, form: Option<&str>) {
    let Some(form) = form else { return };
    let mut wrapped = Map::new();
    if let Some(description) = place.as_object_mut().and_then(|it| it.remove("description")) {
        wrapped.insert("description".to_owned(), description);
    }
    let form = json!({"$ref": format!("#/$defs/{form}")});
    wrapped.insert("anyOf".to_owned(), json!([place.take(), form]));
    *place = Value::Object(wrapped);
}

/// plumb's annotations among the others, and no labels of plumb's.
fn describe_metadata(metadata: &mut Map<String, Value>) {
    let Some(properties) = object_in(metadata, "properties") else { return };
    let only_own = !properties.contains_key("annotations");
    let Some(annotations) = object_in(properties, "annotations") else { return };
    annotations.insert("type".to_owned(), "object".into());
    if only_own {
        annotations.insert("additionalProperties".to_owned(), false.into());
        annotations.insert("minProperties".to_owned(), 1.into());
    }
    let names: Vec<&str> = ANNOTATIONS
        .iter()
        .filter_map(|annotation| annotation.name.strip_prefix(OWN_PREFIX))
        .collect();
    let unknown = format!(r"^plumb\.dev/(?!({})$)", names.join("|"));
    annotations.insert("patternProperties".to_owned(), json!({unknown: false}));
    if let Some(known) = object_in(annotations, "properties") {
        for annotation in &ANNOTATIONS {
            let schema = json!({
                "type": "string",
                "pattern": annotation.pattern,
                "description": annotation.description
            });
            known.insert(annotation.name.to_owned(), schema);
        }
    }
    if let Some(Value::Object(labels)) = properties.get_mut("labels") {
        labels.insert("patternProperties".to_owned(), json!({r"^plumb\.dev/": false}));
    }
}

/// The object under a keyword, made when it is not there; `None` when something else is.
fn object_in<'v>(
    fields: &'v mut Map<String, Value>,
    name: &str,
) -> Option<&'v mut Map<String, Value>> {
    fields.entry(name).or_insert_with(|| json!({})).as_object_mut()
}
