//! OpenAPI 3.1 documents, built from the route table the router uses.

use serde_json::{Map, Value, json};

use crate::cloud::{Cloud, Description};
use crate::http::{Request, Response};
use crate::operation::{Operation, QueryKind, QueryParameter, Security};
use crate::world::World;

/// The document of one cloud.
#[must_use]
pub fn document(cloud: &dyn Cloud) -> Value {
    let description = cloud.description();
    let mut paths = Map::new();
    for operation in cloud.routes().operations() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_lowercase()] = described(operation, &description);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("Simulated {} API", description.title),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The part of the API that plumb's sandbox simulates.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": description.security_schemes,
            "schemas": description.schemas,
        },
    })
}

/// The answer to a request for a document, when it is one.
pub(crate) fn answer(world: &World, request: &Request) -> Option<Response> {
    let name = request.path.strip_prefix("/openapi/")?.strip_suffix(".json")?;
    let cloud = world.clouds().find(|cloud| cloud.name() == name)?;
    (request.method == "GET").then(|| Response::json(200, &document(cloud)))
}

fn described(operation: &Operation, description: &Description) -> Value {
    let path = operation.parameter_names().map(|name| {
        let schema = (description.path_parameter)(name);
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let query = operation.query.iter().map(query_parameter);
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": path.chain(query).collect::<Vec<_>>(),
        "responses": responses(operation, description.error),
        "security": security(operation.security),
        "x-coverage": operation.coverage,
    });
    if let Some(schema) = operation.request {
        described["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema.made() } },
        });
    }
    described
}

/// The ways in; one of them is enough.
fn security(security: Security) -> Value {
    let way = |scheme: &&str| match *scheme {
        "" => json!({}),
        scheme => json!({ scheme: [] }),
    };
    security.iter().map(way).collect()
}

fn query_parameter(parameter: &QueryParameter) -> Value {
    let schema = match parameter.kind {
        QueryKind::Integer(least) => json!({ "type": "integer", "minimum": least }),
        QueryKind::Between(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        QueryKind::LimitOrAll => json!({
            "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": 100 },
                { "type": "string", "enum": ["all"] },
            ],
        }),
        QueryKind::Whole => json!({ "type": "integer" }),
        QueryKind::Boolean => json!({ "type": "boolean" }),
        QueryKind::Text => json!({ "type": "string" }),
        QueryKind::Date => json!({ "type": "string", "format": "date" }),
        QueryKind::OneOf(values) => json!({ "type": "string", "enum": values }),
        QueryKind::AnyOf(values) => {
            json!({ "type": "array", "items": { "type": "string", "enum": values } })
        }
    };
    json!({ "name": parameter.name, "in": "query", "required": false, "schema": schema })
}

fn responses(operation: &Operation, error: fn(u16) -> &'static str) -> Value {
    let mut responses = Map::new();
    for &(status, meaning) in operation.responses {
        let mut response = json!({ "description": meaning });
        let content = match status {
            204 => None,
            0..400 => operation.answer.map(|answer| (operation.media, answer.made())),
            _ => Some(("application/json", reference(error(status)))),
        };
        if let Some((media, schema)) = content {
            response["content"] = json!({ media: { "schema": schema } });
        }
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

/// A schema that stands among those of its document.
#[must_use]
pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object with these members and no others; the optional ones may be missing.
#[must_use]
pub fn closed(required: &Value, optional: &Value) -> Value {
    let members = |of: &Value| of.as_object().cloned().unwrap_or_default();
    let needed: Vec<String> = members(required).keys().cloned().collect();
    let mut properties = members(required);
    properties.extend(members(optional));
    json!({
        "type": "object",
        "required": needed,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// A list of these.
#[must_use]
pub fn list_of(item: &Value) -> Value {
    json!({ "type": "array", "items": item })
}
