//! OpenAPI 3.1 documents, built from the route table the router uses.

use serde_json::{Map, Value, json};

use crate::http::{Request, Response};
use crate::operation::{Cloud, Operation, QueryKind, QueryParameter, all_operations};

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
            "title": format!("Simulated {} API", cloud.as_str()),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The part of the API that plumb's sandbox simulates.",
        },
        "security": [{ "key": [] }, { "keyId": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": { "type": "apiKey", "in": "header", "name": "X-API-KEY" },
                "keyId": { "type": "apiKey", "in": "header", "name": "X-RAFAY-API-KEYID" },
            },
            "schemas": { "Error": error_schema() },
        },
    })
}

/// The answer to a request for a document, when it is one.
pub(crate) fn answer(request: &Request) -> Option<Response> {
    let name = request.path.strip_prefix("/openapi/")?.strip_suffix(".json")?;
    let cloud = [Cloud::Rafay].into_iter().find(|cloud| cloud.as_str() == name)?;
    (request.method == "GET").then(|| Response::json(200, &document(cloud)))
}

fn described(operation: &Operation) -> Value {
    let path = operation.parameter_names().map(path_parameter);
    let query = operation.query.iter().map(query_parameter);
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "parameters": path.chain(query).collect::<Vec<_>>(),
        "responses": responses(operation),
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

fn path_parameter(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
}

fn query_parameter(parameter: &QueryParameter) -> Value {
    let schema = match parameter.kind {
        QueryKind::Integer(least) => json!({ "type": "integer", "minimum": least }),
        QueryKind::Boolean => json!({ "type": "boolean" }),
        QueryKind::Text => json!({ "type": "string" }),
        QueryKind::OneOf(values) => json!({ "type": "string", "enum": values }),
    };
    json!({ "name": parameter.name, "in": "query", "required": false, "schema": schema })
}

fn responses(operation: &Operation) -> Value {
    let mut responses = Map::new();
    for (status, meaning) in operation.responses {
        let mut response = json!({ "description": meaning });
        if *status >= 400 {
            let schema = json!({ "$ref": "#/components/schemas/Error" });
            response["content"] = json!({ "application/json": { "schema": schema } });
        }
        responses.insert(status.to_string(), response);
    }
    Value::Object(responses)
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "required": ["code", "internal", "external"],
        "properties": {
            "code": { "type": "integer" },
            "internal": { "type": "string" },
            "external": { "type": "string" },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_in_its_document() {
        let document = document(Cloud::Rafay);
        let paths = document["paths"].as_object().unwrap();
        let count: usize = paths.values().map(|path| path.as_object().unwrap().len()).sum();
        assert_eq!(count, all_operations().count());
        let create = &paths["/auth/v1/users/"]["post"]["requestBody"]["content"];
        let schema = &create["application/json"]["schema"];
        assert!(schema["properties"]["account"].is_object(), "{schema}");
    }
}
