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
            "schemas": schemas(cloud),
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
        (Cloud::VoltagePark, "year") => {
            json!({ "type": "integer", "minimum": 1970, "maximum": 9000 })
        }
        (Cloud::VoltagePark, "month") => {
            json!({ "type": "integer", "minimum": 1, "maximum": 12 })
        }
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
        let schema = match (operation.cloud, status) {
            (_, 204) => None,
            (_, 0..400) => operation.answer.map(|schema| schema()),
            (Cloud::VoltagePark, 422) => Some(reference("Invalid")),
            _ => Some(reference("Error")),
        };
        if let Some(schema) = schema {
            response["content"] = json!({ "application/json": { "schema": schema } });
        }
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

/// The schemas that others refer to.
fn schemas(cloud: Cloud) -> Value {
    let mut schemas = match cloud {
        Cloud::Rafay => crate::rafay::answer_schemas(),
        Cloud::VoltagePark => crate::voltage_park::answer_schemas(),
    };
    schemas["Error"] = cloud.error_schema();
    if cloud == Cloud::VoltagePark {
        schemas["Invalid"] = invalid_schema();
    }
    schemas
}

/// A schema that stands among those of its document.
pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object with these members and no others; the optional ones may be missing.
pub(crate) fn closed(required: &Value, optional: &Value) -> Value {
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
pub(crate) fn list_of(item: &Value) -> Value {
    json!({ "type": "array", "items": item })
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
    use std::collections::BTreeSet;

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
    #[test]
    fn every_reference_leads_somewhere() {
        for cloud in Cloud::ALL {
            let document = document(cloud);
            let text = document.to_string();
            let known = document["components"]["schemas"].as_object().unwrap();
            let named = text.split("#/components/schemas/").skip(1);
            let named: BTreeSet<&str> =
                named.map(|rest| rest.split('"').next().unwrap_or_default()).collect();
            let known: BTreeSet<&str> = known.keys().map(String::as_str).collect();
            assert_eq!(named, known, "{cloud:?}");
        }
    }

    #[test]
    fn every_answer_but_an_empty_one_has_a_schema() {
        // Contract 5.2 leaves the bodies of these calls open; the sandbox sends none.
        let bare = |operation: &Operation| {
            operation.id.starts_with("rafay.users.") && operation.answer.is_none()
        };
        for operation in all_operations().filter(|it| !bare(it)) {
            let empty = operation.responses.iter().any(|(status, _)| *status == 204);
            assert_eq!(operation.answer.is_none(), empty, "{operation:?}");
        }
    }
}
