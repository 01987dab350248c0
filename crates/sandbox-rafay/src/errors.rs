//! Error answers in the API's form: `{code, internal, external}` (contract 2.6).

use schemars::JsonSchema;
use serde::Serialize;

use super::knobs::{ConflictStyle, Knobs, NotFoundStyle};
use plumb_sandbox::http::Response;

/// What an error says.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ShownError<'a> {
    code: u16,
    internal: String,
    external: &'a str,
}

/// An error with this status and text for people.
pub(crate) fn error(status: u16, external: &str) -> Response {
    let internal = format!("rpc error: {external}");
    Response::json(status, &ShownError { code: status, internal, external })
}

/// An invalid request.
pub(crate) fn invalid(external: &str) -> Response {
    error(400, external)
}

/// An absent object, as the `not_found_style` knob says.
pub(crate) fn not_found(knobs: &Knobs, what: &str) -> Response {
    match knobs.not_found_style {
        NotFoundStyle::NotFound => error(404, &format!("{what} not found")),
        NotFoundStyle::BadGateway => error(502, &format!("{what} not found, code 404")),
        NotFoundStyle::BadRequest => error(400, &format!("{what} does not exist")),
    }
}

/// A name that is taken, as the `conflict_style` knob says.
pub(crate) fn exists(knobs: &Knobs, what: &str) -> Response {
    match knobs.conflict_style {
        ConflictStyle::Conflict => error(409, &format!("{what} already exists")),
        ConflictStyle::AlreadyExists => {
            error(400, &format!("AlreadyExists: {what} already exists"))
        }
    }
}

/// An operation the object's state does not allow.
pub(crate) fn conflict(external: &str) -> Response {
    error(409, external)
}
