//! A kind is its type: the schema of its documents and the rules of their fields, both from the
//! types of `metadata` and `spec`. Doc comments of those types are what an editor shows on hover;
//! what is special about a field stands at the field:
//!
//! ```text
//! /// What it is screwed into. Fixed once made.
//! #[schemars(extend("x-plumb" = [Immutable]))]
//! socket: String,
//! ```
//!
//! Documents are never read into these types: a value may stand elsewhere, or be a secret.

use plumb_model::key::ScopeLevel;
use plumb_model::rules::{Aspect, FieldRule, ReferenceRule};
use plumb_model::{KindId, KindRules, PathPattern};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The word under which a field's aspects stand until they are read: a list of [`Aspect`].
const ASPECTS: &str = "x-plumb";
/// The word under which stands the kind that a field names, as `Kind.group`.
const NAMES: &str = "x-plumb-names";

/// What a kind says of itself.
#[derive(Clone, Debug)]
pub struct KindType {
    /// Its rules. The fields' are those of its types, then those the kind adds.
    pub rules: KindRules,
    /// One line on what it is.
    pub summary: &'static str,
    /// The schema of its documents: see [`Kind::schema`](crate::Kind::schema).
    pub schema: Schema,
}

impl KindType {
    /// A kind of documents with `metadata` of type `M` and `spec` of type `S`. A spec may be left out
    /// where `S` is an `Option`. What a type does not name is refused, `metadata` names the scope
    /// as deep as the kind lives, and `status` is the server's.
    #[must_use]
    pub fn of<M: JsonSchema, S: JsonSchema>(rules: KindRules, summary: &'static str) -> Self {
        let settings =
            SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let mut generator = settings.into_generator();
        let schemas = [M::json_schema(&mut generator), S::json_schema(&mut generator)];
        Self::of_schemas(rules, summary, schemas.map(Schema::to_value))
    }

    /// What does not depend on the types, so that it is compiled once for all kinds.
    fn of_schemas(rules: KindRules, summary: &'static str, mut schemas: [Value; 2]) -> Self {
        let mut fields = vec![rule(PathPattern::literal("status"), Aspect::ServerOwned)];
        let mut references = rules.references.clone();
        for (schema, name) in schemas.iter_mut().zip(["metadata", "spec"]) {
            let place = PathPattern::literal(name);
            take_aspects(schema, &place, &mut fields);
            take_names(schema, &place, &mut references);
        }
        let [mut metadata, mut spec] = schemas;
        let mut required: Vec<&str> = vec!["metadata"];
        required.extend((!allows_null(&spec)).then_some("spec"));
        required.extend(["apiVersion", "kind"]);
        tidy(&mut metadata);
        tidy(&mut spec);
        trim_scope(&mut metadata, rules.level);
        let mut version = json!({"type": "string", "description": "The API's group and version."});
        match rules.aliases {
            [] => version["const"] = rules.api_version.into(),
            _ => version["enum"] = rules.api_versions().collect(),
        }
        let kind = json!({
            "const": rules.id.kind, "type": "string", "description": "What the document declares.",
        });
        let schema = json_schema!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": rules.id.kind,
            "description": summary,
            "type": "object",
            "properties": {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec},
            "required": required,
            "additionalProperties": false,
        });
        let rules = KindRules { fields: [fields, rules.fields].concat(), references, ..rules };
        Self { rules, summary, schema }
    }

    /// A document may say a `status`, as one that was read does: it is ignored.
    #[must_use]
    pub fn with_status(mut self) -> Self {
        let status =
            json!({"type": "object", "description": "Set by the server, and ignored here."});
        if let Some(Value::Object(properties)) = self.schema.get_mut("properties") {
            properties.insert("status".to_owned(), status);
        }
        self
    }
}

/// A mapping whose contents the API does not publish: sent as it is.
#[derive(Clone, Copy, Debug)]
pub struct Opaque;

impl JsonSchema for Opaque {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Opaque".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object"})
    }
}

fn rule(pattern: PathPattern, aspect: Aspect) -> FieldRule {
    FieldRule { pattern, aspect }
}

/// Takes the aspects out of a schema, as rules. What cannot be read stays, and the registry refuses
/// the word.
pub(crate) fn take_aspects(schema: &mut Value, here: &PathPattern, rules: &mut Vec<FieldRule>) {
    if let Some(said) = schema.get(ASPECTS) {
        // Aspects hold texts as long as the program lives, and so does the kind they are read for.
        let said: &'static Value = Box::leak(Box::new(said.clone()));
        if let (Ok(aspects), Value::Object(words)) =
            (Vec::<Aspect>::deserialize(said), &mut *schema)
        {
            words.remove(ASPECTS);
            rules.extend(aspects.into_iter().map(|aspect| rule(here.clone(), aspect)));
        }
    }
    for_each_place(schema, here, &mut |inner, place| take_aspects(inner, place, rules));
}

/// Takes the names of kinds out of a schema, as references. What is no kind's name stays, and the
/// registry refuses the word.
fn take_names(schema: &mut Value, here: &PathPattern, references: &mut Vec<ReferenceRule>) {
    let named = schema.get(NAMES).and_then(Value::as_str).and_then(|named| named.split_once('.'));
    if let Some((kind, group)) = named {
        references.push(ReferenceRule {
            pattern: here.clone(),
            kind: KindId::new(group, kind),
            beside: None,
        });
        if let Value::Object(words) = &mut *schema {
            words.remove(NAMES);
        }
    }
    for_each_place(schema, here, &mut |inner, place| take_names(inner, place, references));
}

/// The schemas directly in a schema, each with the fields it is about.
fn for_each_place(
    schema: &mut Value,
    here: &PathPattern,
    visit: &mut dyn FnMut(&mut Value, &PathPattern),
) {
    for_each_inner(schema, &mut |below, inner| match below {
        Below::Field(name) => visit(inner, &here.clone().key(name)),
        Below::Element => visit(inner, &here.clone().any_element()),
        Below::Same => visit(inner, here),
        Below::Anything => {}
    });
}

/// Where a schema inside a schema holds.
enum Below<'s> {
    /// For this field.
    Field(&'s str),
    /// For the elements of the list.
    Element,
    /// For fields that are not named.
    Anything,
    /// For the same value.
    Same,
}

/// The schemas directly in a schema.
fn for_each_inner(schema: &mut Value, visit: &mut dyn FnMut(Below<'_>, &mut Value)) {
    let Value::Object(words) = schema else { return };
    for (word, value) in words {
        match (word.as_str(), value) {
            ("properties", Value::Object(fields)) => {
                fields.iter_mut().for_each(|(name, inner)| visit(Below::Field(name), inner));
            }
            ("items", inner) => visit(Below::Element, inner),
            ("additionalProperties", inner) => visit(Below::Anything, inner),
            ("anyOf" | "oneOf" | "allOf", Value::Array(branches)) => {
                for inner in branches {
                    visit(Below::Same, inner);
                }
            }
            _ => {}
        }
    }
}

fn allows_null(schema: &Value) -> bool {
    let names = |list: &str| schema.get(list).and_then(Value::as_array).into_iter().flatten();
    names("type").any(|name| name == "null") || names("anyOf").any(is_null)
}

fn is_null(alternative: &Value) -> bool {
    alternative.get("type").is_some_and(|name| name == "null")
}

/// Takes out what Rust's types say and documents do not: "or null", formats, defaults of nothing.
/// What a type does not name is refused.
fn tidy(schema: &mut Value) {
    for_each_inner(schema, &mut |_, inner| tidy(inner));
    let Value::Object(words) = schema else { return };
    words.remove("$schema");
    words.remove("format");
    words.remove("title");
    if words.get("default").is_some_and(Value::is_null) {
        words.remove("default");
    }
    without_null(words);
    as_enum(words);
    if words.contains_key("properties") {
        words.entry("additionalProperties").or_insert(false.into());
    }
}

/// An optional field is left out, never null.
fn without_null(words: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = words.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            words.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = words.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(alternatives)) = words.get_mut("anyOf") else { return };
    alternatives.retain(|alternative| !is_null(alternative));
    if let [Value::Object(only)] = alternatives.as_slice() {
        let only = only.clone();
        words.remove("anyOf");
        for (word, value) in only {
            words.entry(word).or_insert(value);
        }
    }
}

/// Alternatives that are single texts read better as one list of values, what each means included.
fn as_enum(words: &mut Map<String, Value>) {
    let Some(Value::Array(alternatives)) = words.get("oneOf") else { return };
    let text = |value: &Value, word: &str| value.get(word)?.as_str().map(str::to_owned);
    let values: Option<Vec<String>> =
        alternatives.iter().map(|alternative| text(alternative, "const")).collect();
    let Some(values) = values else { return };
    let mut lines: Vec<String> =
        words.get("description").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    lines.extend(alternatives.iter().zip(&values).filter_map(|(alternative, value)| {
        Some(format!("{value}: {}", text(alternative, "description")?))
    }));
    words.remove("oneOf");
    words.insert("type".to_owned(), "string".into());
    words.insert("enum".to_owned(), values.into());
    words.insert("description".to_owned(), lines.join("\n").into());
}

/// Leaves of project and workspace what a kind of this level has.
fn trim_scope(metadata: &mut Value, level: ScopeLevel) {
    let (unknown, free): (&[&str], &[&str]) = match level {
        ScopeLevel::Global => (&["project", "workspace"], &[]),
        ScopeLevel::Project => (&["workspace"], &[]),
        ScopeLevel::Workspace => (&[], &[]),
        ScopeLevel::ProjectOrWorkspace => (&[], &["workspace"]),
    };
    if let Some(Value::Object(properties)) = metadata.get_mut("properties") {
        properties.retain(|name, _| !unknown.contains(&name.as_str()));
    }
    if let Some(Value::Array(required)) = metadata.get_mut("required") {
        required.retain(|name| {
            name.as_str().is_none_or(|name| !unknown.contains(&name) && !free.contains(&name))
        });
    }
}
