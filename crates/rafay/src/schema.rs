//! JSON Schemas of documents: the parts several kinds share, and how a kind's types become the
//! schema of its documents. Doc comments here are what an editor shows on hover.
//!
//! The types only describe; no document is ever read into them.

use plumb_model::KindRules;
use plumb_model::key::ScopeLevel;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A DNS-1123 label.
const NAME_PATTERN: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

/// The schema of a kind's documents from the type that describes `metadata`, `spec` and `status`.
pub(crate) fn document<T: JsonSchema>(rules: &KindRules, summary: &str) -> Schema {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema, 0);
    if let Value::Object(root) = &mut schema {
        root.insert("title".to_owned(), rules.id.kind.as_str().into());
        root.insert("description".to_owned(), summary.into());
        add_envelope(root, rules);
        trim_scope(root, rules.level);
    }
    // What is no schema fits nothing, and the registry refuses it.
    Schema::try_from(schema).unwrap_or_else(|_| Schema::from(false))
}

fn add_envelope(root: &mut Map<String, Value>, rules: &KindRules) {
    let texts = [
        ("apiVersion", rules.api_version, "The API's group and version."),
        ("kind", rules.id.kind.as_str(), "What the document declares."),
    ];
    for (field, value, description) in texts {
        if let Some(Value::Object(properties)) = root.get_mut("properties") {
            let constant = json!({"const": value, "type": "string", "description": description});
            properties.insert(field.to_owned(), constant);
        }
        if let Some(Value::Array(required)) = root.get_mut("required") {
            required.push(field.into());
        }
    }
}

/// Kinds of a project have no workspace.
fn trim_scope(root: &mut Map<String, Value>, level: ScopeLevel) {
    if level == ScopeLevel::Workspace {
        return;
    }
    let metadata = root.get_mut("properties").and_then(|all| all.get_mut("metadata"));
    let Some(metadata) = metadata else { return };
    if let Some(Value::Object(properties)) = metadata.get_mut("properties") {
        properties.remove("workspace");
    }
    if let Some(Value::Array(required)) = metadata.get_mut("required") {
        required.retain(|field| field != "workspace");
    }
}

/// Takes out what Rust's types say and documents do not: "or null", formats, titles, defaults.
fn tidy(schema: &mut Value, depth: usize) {
    const DEEPEST: usize = 32;
    if depth > DEEPEST {
        return;
    }
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if name != "enum" && name != "const" && name != "examples" {
                    tidy(value, depth + 1);
                }
            }
            // Below `properties` the keys are names of fields, not keywords; ours are no keywords.
            fields.remove("format");
            without_null(fields);
            as_enum(fields);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, depth + 1)),
        _ => {}
    }
}

fn without_null(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    let is_null = |alternative: &Value| *alternative == json!({"type": "null"});
    if let Some(Value::Array(alternatives)) = schema.get_mut("anyOf") {
        alternatives.retain(|alternative| !is_null(alternative));
        if let [Value::Object(only)] = alternatives.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            for (keyword, value) in only {
                schema.entry(keyword).or_insert(value);
            }
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
}

/// Alternatives that are single texts read better as one list of values, what each means included.
fn as_enum(schema: &mut Map<String, Value>) {
    let Some(Value::Array(alternatives)) = schema.get("oneOf") else { return };
    let text = |value: &Value, keyword: &str| value.get(keyword)?.as_str().map(str::to_owned);
    let values: Option<Vec<String>> =
        alternatives.iter().map(|alternative| text(alternative, "const")).collect();
    let Some(values) = values else { return };
    let mut lines: Vec<String> =
        schema.get("description").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    lines.extend(alternatives.iter().zip(&values).filter_map(|(alternative, value)| {
        Some(format!("{value}: {}", text(alternative, "description")?))
    }));
    schema.remove("oneOf");
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), values.into());
    schema.insert("description".to_owned(), lines.join("\n").into());
}

/// Metadata of a `paas.envmgmt.io/v1` object.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
pub(crate) struct Metadata {
    /// The object's name: lower-case letters, digits and dashes. A new name is a new object.
    #[schemars(schema_with = "name")]
    name: (),
    /// The name of the project it lives in.
    #[schemars(schema_with = "name")]
    project: (),
    /// The name of the workspace it lives in.
    #[schemars(schema_with = "name")]
    workspace: (),
    /// The name people see in the console.
    display_name: Option<String>,
    /// What it is for.
    description: Option<String>,
    /// Labels. Those of others are kept; plumb adds its own mark, plumb.dev/stack.
    labels: Option<BTreeMap<String, String>>,
    /// Annotations. Those that begin with plumb.dev/ are wishes to plumb and are not sent.
    annotations: Option<BTreeMap<String, String>>,
    /// Set by the server, and ignored here.
    id: Option<String>,
    /// Set by the server, and ignored here.
    #[schemars(rename = "projectID")]
    project_id: Option<String>,
    /// Set by the server, and ignored here.
    created_at: Option<String>,
    /// Set by the server, and ignored here.
    modified_at: Option<String>,
    /// Set by the server, and ignored here.
    created_by: Option<Opaque>,
    /// Set by the server, and ignored here.
    modified_by: Option<Opaque>,
}

/// A name of a paas object or a project.
pub(crate) fn name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": NAME_PATTERN, "minLength": 1, "maxLength": 63})
}

/// A mapping whose contents the API does not publish: sent as it is.
pub(crate) struct Opaque;

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

/// Names a profile.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
pub(crate) struct ProfileReference {
    /// The profile's name, for instance bmaas-h100.
    #[schemars(length(min = 1))]
    name: String,
    /// Whether the profile is one of the system catalog, shared with every project.
    system_catalog: Option<bool>,
}

/// One setting of the profile.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
pub(crate) struct Variable {
    /// The variable's name, exactly as the profile spells it.
    #[schemars(length(min = 1))]
    name: String,
    /// How the value is read.
    value_type: Option<ValueType>,
    /// Always text: put numbers, true and false in quotes, and write JSON as text.
    value: String,
    /// The profile's own settings of the variable. Rarely written by hand.
    options: Option<VariableOptions>,
}

/// How a variable's value is read.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "describes a document; never read")]
enum ValueType {
    /// As it stands. What is meant when nothing is said.
    Text,
    /// As JSON, written as text.
    Json,
    /// As HCL, written as text: lists and maps of a module.
    Hcl,
    /// As an expression of the environment manager.
    Expression,
}

/// Settings of a variable.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct VariableOptions {
    /// What the variable is for.
    description: Option<String>,
    /// Whether it must have a value.
    required: Option<bool>,
    /// Whether its value is a secret.
    sensitive: Option<bool>,
    /// Whether only the profile may set it.
    read_only: Option<bool>,
    /// Whether it is fixed once set.
    immutable: Option<bool>,
    /// Whether it is masked when shown.
    mask: Option<bool>,
    /// A schema for its value.
    schema: Option<Opaque>,
    /// Which values are allowed.
    #[schemars(rename = "override")]
    overriding: Option<Opaque>,
    /// How the console shows it.
    display_metadata: Option<Opaque>,
}

/// Where something runs.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
pub(crate) struct DatacenterReference {
    /// The datacenter's name.
    name: Option<String>,
}

/// Metadata of a project.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
pub(crate) struct ProjectMetadata {
    /// The project's name: lower-case letters, digits and dashes. A new name is a new project.
    #[schemars(schema_with = "name")]
    name: (),
    /// Wishes to plumb; every key begins with plumb.dev/. The API has no annotations here.
    annotations: Option<BTreeMap<String, String>>,
}
