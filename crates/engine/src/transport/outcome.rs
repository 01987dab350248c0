//! What one request came to (docs/rules.md §1): one function, tested as a table. What follows
//! from it is `retry`'s business.

use crate::transport::{HttpResponse, TransportError};
use jiff::Timestamp;
use plumb_kind::{AnswerClass, Effect, Refusal};
use plumb_model::Body;
use plumb_model::event::Failure;
use plumb_model::text::ServerText;
use std::time::Duration;

/// What one request came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Done, or accepted; with the answer's body, null when there is none.
    Applied(Body),
    /// The object is not there, by 404 or 410. Of a delete that is to be confirmed by a look.
    Gone,
    /// A read failed, and its words say that something is not there: perhaps what was asked for,
    /// perhaps what the server needs to answer. Lists decide.
    SaidGone,
    /// It is there already, or its state does not allow this: look.
    Conflict,
    /// Nothing was done.
    NotApplied(Rejection),
    /// Nobody knows. A write is left only by observation.
    Unknown(Doubt),
}

/// Why nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rejection {
    /// Not one byte went out.
    NotSent,
    /// Nothing is sent with this key any more.
    SessionClosed,
    /// Too many requests.
    Throttled,
    /// The place to make it in is not there.
    NoPlace,
    /// Refused for good.
    Refused(Refusal),
    /// The server sent us elsewhere, which is never followed.
    Redirected,
}

/// Why nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// There is no answer, or it is cut.
    Lost,
    /// The server is in trouble.
    Trouble,
    /// It says success and cannot be read.
    Unreadable,
}

/// What came back, as far as it could be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// Nothing was sent.
    NotSent,
    /// No answer.
    Lost,
    /// An answer of this class with this body.
    Answer(AnswerClass, Content),
}

/// An answer's body.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// None at all.
    Empty,
    /// JSON.
    Json(Body),
    /// Something else, or cut.
    Unreadable,
}

/// Decides what a request came to.
#[must_use]
pub fn outcome(seen: Seen, effect: Effect) -> Outcome {
    match seen {
        Seen::NotSent => Outcome::NotApplied(Rejection::NotSent),
        Seen::Lost => Outcome::Unknown(Doubt::Lost),
        Seen::Answer(class, content) => match class {
            AnswerClass::Success => success(content, effect),
            AnswerClass::Gone if effect == Effect::Create => {
                Outcome::NotApplied(Rejection::NoPlace)
            }
            AnswerClass::Gone => Outcome::Gone,
            // Reading has no state to conflict with: the server is confused.
            AnswerClass::Conflict if effect == Effect::Read => Outcome::Unknown(Doubt::Trouble),
            AnswerClass::Conflict => Outcome::Conflict,
            AnswerClass::Refused(refusal) => Outcome::NotApplied(Rejection::Refused(refusal)),
            AnswerClass::Throttled => Outcome::NotApplied(Rejection::Throttled),
            AnswerClass::Trouble => Outcome::Unknown(Doubt::Trouble),
            AnswerClass::Redirected => Outcome::NotApplied(Rejection::Redirected),
        },
    }
}

fn success(content: Content, effect: Effect) -> Outcome {
    match (content, effect) {
        (Content::Json(body), _) => Outcome::Applied(body),
        // What was asked for, or the new object's id, is missing.
        (Content::Empty, Effect::Read | Effect::Create) | (Content::Unreadable, _) => {
            Outcome::Unknown(Doubt::Unreadable)
        }
        (Content::Empty, _) => Outcome::Applied(Body::Null),
    }
}

/// What a body holds, as `read` reads it. A byte order mark or invalid UTF-8 makes it unreadable.
#[must_use]
pub(crate) fn content(
    body: &[u8],
    read: impl FnOnce(&[u8]) -> Result<Body, serde_json::Error>,
) -> Content {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Content::Empty;
    }
    read(body).map_or(Content::Unreadable, Content::Json)
}

/// One request's outcome with what is needed to explain it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// What it came to.
    pub(crate) outcome: Outcome,
    /// The server's words, or the transport's, when it was no success.
    pub(crate) said: Option<ServerText>,
    /// The server's clock when it answered.
    pub(crate) date: Option<Timestamp>,
    /// How long the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
    /// Method, path, status and request id, for messages.
    pub(crate) request: String,
    /// How large the body was.
    pub(crate) bytes: usize,
}

impl Answer {
    /// An explained failure.
    pub(crate) fn failure(&self, message: impl Into<String>, help: Option<&str>) -> Failure {
        Failure {
            message: message.into(),
            said: self.said.clone(),
            help: help.map_or_else(|| self.help(), |help| Some(help.to_owned())),
            request: Some(self.request.clone()),
        }
    }

    /// In a few words, why it was no success.
    pub(crate) fn why(&self) -> &'static str {
        match self.outcome {
            Outcome::Applied(_) => "the answer was not what was asked for",
            Outcome::Gone => "it is not there",
            Outcome::SaidGone => "the server says that something is not there",
            Outcome::Conflict => "its state does not allow this",
            Outcome::NotApplied(rejection) => match rejection {
                Rejection::NotSent => "the server could not be reached",
                Rejection::SessionClosed => "the key was refused before",
                Rejection::Throttled => "too many requests",
                Rejection::NoPlace => "the place to make it in is not there",
                Rejection::Refused(Refusal::Key) => "the key was refused",
                Rejection::Refused(Refusal::Permission) => "the key may not do this",
                Rejection::Refused(Refusal::Request) => "the request was refused",
                Rejection::Redirected => "the server answered with a redirect",
            },
            Outcome::Unknown(Doubt::Lost) => "the answer was lost",
            Outcome::Unknown(Doubt::Trouble) => "the server is in trouble",
            Outcome::Unknown(Doubt::Unreadable) => "the answer could not be read",
        }
    }

    /// The reason and the server's words in one text.
    pub(crate) fn reason(&self) -> ServerText {
        let said = self.said.as_ref().map(ServerText::raw).filter(|said| !said.is_empty());
        match said {
            Some(said) => ServerText::new(&format!("{}: {said} ({})", self.why(), self.request)),
            None => ServerText::new(&format!("{} ({})", self.why(), self.request)),
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self.outcome {
            Outcome::NotApplied(Rejection::NotSent) => {
                "check the endpoint and the network, then run it again"
            }
            Outcome::NotApplied(Rejection::Refused(Refusal::Key) | Rejection::SessionClosed) => {
                "check the key of the connection; it may have expired"
            }
            Outcome::NotApplied(Rejection::Refused(Refusal::Permission)) => {
                "give the key's user the role this needs"
            }
            Outcome::NotApplied(Rejection::Throttled) | Outcome::Unknown(_) => {
                "run it again later; what is done already is kept"
            }
            Outcome::NotApplied(Rejection::Redirected) => {
                "set the connection's endpoint to the address the server really has"
            }
            _ => return None,
        };
        Some(help.to_owned())
    }
}

/// The transport's word on a request that has no answer.
pub(crate) fn seen_error(error: &TransportError) -> Seen {
    match error {
        TransportError::NotSent(_) => Seen::NotSent,
        TransportError::Lost(_) => Seen::Lost,
    }
}

/// The `Date` of an answer: the server's clock, to the second.
pub(crate) fn date(response: &HttpResponse) -> Option<Timestamp> {
    http_date(response.header("date")?)
}

/// Reads an HTTP date. A wrong weekday is forgiven.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests;
