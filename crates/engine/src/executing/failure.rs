//! Failures of ours: what keeps an action from being sent, without an answer of a server.

use plumb_model::Code;
use plumb_model::event::Failure;
use std::fmt;

/// A failure of ours, without an answer.
pub(crate) fn failure(message: impl Into<String>, help: &str) -> Failure {
    Failure { message: message.into(), said: None, help: Some(help.to_owned()), request: None }
}

/// A failure of plumb itself: what cannot be is.
pub(crate) fn contradiction(what: impl fmt::Display) -> Failure {
    failure(
        format!("{}: plumb contradicts itself: {what}", Code::INTERNAL),
        "nothing was sent for it any more; report it with the history of the run",
    )
}
