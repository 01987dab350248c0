//! OpenAPI 3.1 documents, built from the route table the router uses.

use serde_json::{Map, Value, json};

use crate::http::{Request, Response};
use crate::operation::{Cloud, Operation, QueryKind, QueryParameter, Security, all_operations};

/// The document of one cloud.
#[must_use]
pub fn document(cloud: Cloud) -> Value {
    let mut paths = Map::new();
    for operation in all_operations().filter(|it| it.cloud == cloud) {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_lowercase()] = described(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("Simulated {} API", cloud.title()),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The part of the API that plumb's sandbox simulates.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": security_schemes(cloud),
            "schemas": {
                "Error": cloud.error_schema(),
                "Invalid": invalid_schema(),
            },
        },
    })
}

/// The answer to a request for a document, when it is one.
pub(crate) fn answer(request: &Request) -> Option<Response> {
    let name = request.path.strip_prefix("/openapi/")?.strip_suffix(".json")?;
    let cloud = Cloud::ALL.into_iter().find(|cloud| cloud.as_str() == name)?;
    (request.method == "GET").then(|| Response::json(200, &document(cloud)))
}

fn described(operation: &Operation) -> Value {
    let path = operation.parameter_names().map(|name| path_parameter(operation.cloud, name));
    let query = operation.query.iter().map(query_parameter);
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": path.chain(query).collect::<Vec<_>>(),
        "responses": responses(operation),
        "security": security(operation.security),
        "x-coverage": operation.coverage,
    });
    if let Some(schema) = operation.request {
        described["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": schema() } },
        });
    }
    described
}

/// The ways in; one of them is enough.
fn security(security: Security) -> Value {
    match security {
        Security::ApiKey => json!([{ "key": [] }, { "keyId": [] }]),
        Security::Bearer => json!([{ "bearer": [] }]),
        Security::TokenOrBearer => json!([{ "token": [] }, { "bearer": [] }]),
        Security::OpenLately => json!([{}, { "bearer": [] }]),
        Security::Open => json!([{}]),
    }
}

fn security_schemes(cloud: Cloud) -> Value {
    match cloud {
        Cloud::Rafay => json!({
            "key": { "type": "apiKey", "in": "header", "name": "X-API-KEY" },
            "keyId": { "type": "apiKey", "in": "header", "name": "X-RAFAY-API-KEYID" },
        }),
        Cloud::VoltagePark => json!({
            "bearer": { "type": "http", "scheme": "bearer" },
            "token": { "type": "apiKey", "in": "header", "name": "x-api-token" },
        }),
    }
}

fn path_parameter(cloud: Cloud, name: &str) -> Value {
    let schema = match (cloud, name) {
        (Cloud::Rafay, _) => json!({ "type": "string" }),
        (Cloud::VoltagePark, "year" | "month") => json!({ "type": "integer" }),
        (Cloud::VoltagePark, _) => json!({ "type": "string", "format": "uuid" }),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
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

fn responses(operation: &Operation) -> Value {
    let mut responses = Map::new();
    for (status, meaning) in operation.responses {
        let mut response = json!({ "description": meaning });
        if *status >= 400 {
            let schema = match (operation.cloud, status) {
                (Cloud::VoltagePark, 422) => json!({ "$ref": "#/components/schemas/Invalid" }),
                _ => json!({ "$ref": "#/components/schemas/Error" }),
            };
            response["content"] = json!({ "application/json": { "schema": schema } });
        }
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

impl Cloud {
    fn title(self) -> &'static str {
        match self {
            Cloud::Rafay => "rafay",
            Cloud::VoltagePark => "Voltage Park On-Demand",
        }
    }

    fn error_schema(self) -> Value {
        match self {
            Cloud::Rafay => json!({
                "type": "object",
                "required": ["code", "internal", "external"],
                "properties": {
                    "code": { "type": "integer" },
                    "internal": { "type": "string" },
                    "external": { "type": "string" },
                },
            }),
            Cloud::VoltagePark => json!({
                "type": "object",
                "required": ["detail"],
                "properties": { "detail": { "type": "string" } },
            }),
        }
    }
}

/// The body of a 422 (Voltage Park contract 9.2).
fn invalid_schema() -> Value {
    json!({
        "type": "object",
        "required": ["detail"],
        "properties": {
            "detail": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["type", "loc", "msg", "input"],
                    "properties": {
                        "type": { "type": "string" },
                        "loc": {
                            "type": "array",
                            "items": { "anyOf": [{ "type": "string" }, { "type": "integer" }] },
                        },
                        "msg": { "type": "string" },
                        "input": {},
                        "ctx": { "type": "object" },
                    },
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_in_its_document() {
        let mut count = 0;
        for cloud in Cloud::ALL {
            let document = document(cloud);
            for operation in all_operations().filter(|it| it.cloud == cloud) {
                let method = operation.method.as_str().to_lowercase();
                let described = &document["paths"][operation.path][&method];
                let codes: Vec<&str> = described["responses"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .map(String::as_str)
                    .collect();
                let mut listed: Vec<String> =
                    operation.responses.iter().map(|(status, _)| status.to_string()).collect();
                listed.sort_unstable();
                assert_eq!(codes, listed, "{operation:?}");
                count += 1;
            }
        }
        assert_eq!(count, all_operations().count());
        let document = document(Cloud::Rafay);
        let paths = document["paths"].as_object().unwrap();
        let create = &paths["/auth/v1/users/"]["post"]["requestBody"]["content"];
        let schema = &create["application/json"]["schema"];
        assert!(schema["properties"]["account"].is_object(), "{schema}");
    }
}
