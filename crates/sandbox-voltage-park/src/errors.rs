//! Error answers in the API's form: `{detail: text}`, and the list of a 422 (contract 9).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::knobs::{DuplicateNameCode, MissingCode};
use super::mistakes::{Mistake, Step};
use plumb_sandbox::http::Response;

/// An error.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Error {
    detail: String,
}

/// The body of a 422 (contract 9.2).
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Invalid {
    detail: Vec<Mistake>,
}

/// An error with this status and text.
pub(crate) fn refused(status: u16, detail: &str) -> Response {
    Response::json(status, &Error { detail: detail.to_owned() })
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
            let location = ["body", "name"].map(Step::Name);
            invalid(vec![Mistake::of_rule(&location, &detail, &json!(name))])
        }
    }
}

/// A 422 with its mistakes.
pub(crate) fn invalid(mistakes: Vec<Mistake>) -> Response {
    Response::json(422, &Invalid { detail: mistakes })
}
