//! Error answers in the API's form: `{detail: text}`, and the list of a 422 (contract 9).

use serde_json::{Value, json};

use super::knobs::{DuplicateNameCode, MissingCode};
use plumb_sandbox::http::Response;

/// An error with this status and text.
pub(crate) fn refused(status: u16, detail: &str) -> Response {
    Response::json(status, &json!({ "detail": detail }))
}

/// A business refusal: no capacity, no funds, bad state (V-48).
pub(crate) fn bad(detail: &str) -> Response {
    refused(400, detail)
}

/// The framework's answer to an unknown path.
pub(crate) fn no_path() -> Response {
    refused(404, "Not Found")
}

/// An unknown id, where a knob says how it is answered.
pub(crate) fn missing(code: MissingCode, what: &str) -> Response {
    let status = match code {
        MissingCode::NotFound => 404,
        MissingCode::BadRequest => 400,
    };
    refused(status, &format!("{what} not found"))
}

/// A taken name.
pub(crate) fn taken(code: DuplicateNameCode, name: &str) -> Response {
    let detail = format!("the name {name} is already in use");
    match code {
        DuplicateNameCode::BadRequest => bad(&detail),
        DuplicateNameCode::Conflict => refused(409, &detail),
        DuplicateNameCode::Unprocessable => {
            let message = format!("Value error, {detail}");
            let location = json!(["body", "name"]);
            let context = json!({ "error": {} });
            let input = json!(name);
            invalid(vec![mistake("value_error", &location, &message, &input, Some(context))])
        }
    }
}

/// A 422 with its mistakes.
pub(crate) fn invalid(mistakes: Vec<Value>) -> Response {
    let mut body = json!({});
    body["detail"] = Value::Array(mistakes);
    Response::json(422, &body)
}

/// One mistake of a 422 (contract 9.2).
pub(crate) fn mistake(
    kind: &str,
    location: &Value,
    message: &str,
    input: &Value,
    context: Option<Value>,
) -> Value {
    let mut mistake = json!({ "type": kind, "loc": location, "msg": message, "input": input });
    if let Some(context) = context {
        mistake["ctx"] = context;
    }
    mistake
}
