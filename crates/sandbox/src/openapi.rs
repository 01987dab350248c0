//! OpenAPI 3.1 documents, built from the route table the router uses.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::cloud::{Cloud, Description};
use crate::http::{Request, Response};
use crate::operation::{self, Operation, QueryKind, QueryParameter, Security};
use crate::world::World;

/// The types of a document: of answers what is written counts, of bodies what is read.
struct Types {
    answers: SchemaGenerator,
    bodies: SchemaGenerator,
}

/// The document of one cloud.
#[must_use]
pub fn document(cloud: &dyn Cloud) -> Value {
    let description = cloud.description();
    let mut types = Types::none();
    let mut paths = Map::new();
    for operation in cloud.routes().operations() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_lowercase()] =
            described(operation, &description, &mut types);
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
            "schemas": types.schemas(),
        },
    })
}

/// The answer to a request for a document, when it is one.
pub(crate) fn answer(world: &World, request: &Request) -> Option<Response> {
    let name = request.path.strip_prefix("/openapi/")?.strip_suffix(".json")?;
    let cloud = world.clouds().find(|cloud| cloud.name() == name)?;
    (request.method == "GET").then(|| Response::json(200, &document(cloud)))
}

impl Types {
    fn none() -> Self {
        let settings = SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = "/components/schemas".into());
        let answers = settings.clone().for_serialize().with_transform(RecursiveTransform(close));
        Types { answers: answers.into_generator(), bodies: settings.into_generator() }
    }

    /// Those that have a name.
    fn schemas(mut self) -> Map<String, Value> {
        let mut schemas = self.bodies.take_definitions(true);
        schemas.extend(self.answers.take_definitions(true));
        schemas
    }
}

/// Objects of answers are closed: a member that stands in no schema is an undocumented one.
fn close(schema: &mut Schema) {
    if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
}

fn described(operation: &Operation, description: &Description, types: &mut Types) -> Value {
    let path = operation.parameter_names().map(|name| {
        let schema = (description.path_parameter)(name);
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let query = operation.query.iter().map(query_parameter);
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": path.chain(query).collect::<Vec<_>>(),
        "responses": responses(operation, description.error, &mut types.answers),
        "security": security(operation.security),
        "x-coverage": operation.coverage,
    });
    if let Some(schema) = operation.request {
        described["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema.made(&mut types.bodies) } },
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

fn responses(
    operation: &Operation,
    error: fn(u16) -> operation::Schema,
    types: &mut SchemaGenerator,
) -> Value {
    let mut responses = Map::new();
    for &(status, meaning) in operation.responses {
        let mut response = json!({ "description": meaning });
        let content = match status {
            204 => None,
            0..400 => operation.answer.map(|answer| (operation.media, answer.made(types))),
            _ => Some(("application/json", error(status).made(types))),
        };
        if let Some((media, schema)) = content {
            response["content"] = json!({ media: { "schema": schema } });
        }
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::operation::Schema;

    /// Shown or taken.
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Thing {
        #[serde(default)]
        id: u8,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        parts: Vec<Part>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Part {}

    #[test]
    fn answers_are_what_is_written_and_closed_and_bodies_what_is_read() {
        let mut types = Types::none();
        let thing = Schema::of::<Thing>();
        let shown = thing.made(&mut types.answers);
        assert_eq!(shown, json!({ "$ref": "#/components/schemas/Thing" }));
        let answers = types.schemas();
        let names: Vec<&str> = answers.keys().map(String::as_str).collect();
        assert_eq!(names, ["Part", "Thing"]);
        assert_eq!(answers["Thing"]["required"], json!(["id"]));
        assert_eq!(answers["Thing"]["additionalProperties"], false);
        let mut types = Types::none();
        assert_eq!(thing.made(&mut types.bodies), shown);
        let bodies = types.schemas();
        assert_eq!(bodies["Thing"]["required"], json!(["parts"]));
        assert_eq!(bodies["Thing"].get("additionalProperties"), None);
    }
}
