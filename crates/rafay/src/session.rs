//! The rules of a session: headers, what an answer means, and budgets (api §1.3, §2.6, §2.7).
//! Which request may be repeated after which answer is the engine's table, not ours.

use crate::status;
use plumb_kind::provider::excerpt;
use plumb_kind::{AnswerClass, Budgets, InFlight, Refusal};
use plumb_model::Body;
use plumb_model::text::{Secret, ServerText};

/// How a session behaves. Ten in flight is more than the four R-16 is sure of; the engine halves
/// on 429, which is the documented way down.
pub(crate) const BUDGETS: Budgets = Budgets {
    in_flight: InFlight { first: InFlight::WIDEST, most: InFlight::WIDEST },
    ..Budgets::USUAL
};

/// Texts that mean "something is not there", whatever the status (api §2.6).
const NOT_FOUND: [&str; 3] = ["not found", "does not exist", "code 404"];
/// Texts that mean "there is one of that name already".
const EXISTS: [&str; 2] = ["already exists", "alreadyexists"];
/// Texts that mean "it is so already": a role of a group that is assigned again.
const DONE: [&str; 1] = ["already assigned"];
/// Texts by which a 401 speaks of the object and not of the key.
const OUT_OF_SCOPE: [&str; 4] = ["permission", "scope", "not authorized to", "access to "];

/// Both key headers, on every call: the superfluous one is ignored.
pub(crate) fn headers(key: &Secret) -> Vec<(&'static str, Secret)> {
    vec![("X-API-KEY", key.clone()), ("X-RAFAY-API-KEYID", key.clone())]
}

/// What an answer means.
pub(crate) fn classify(status: u16, body: Option<&Body>, text: &str) -> AnswerClass {
    if (200..=299).contains(&status) { success(body) } else { failure(status, body, text) }
}

/// A 2xx is a success unless its body is an error or says that the object is no more.
fn success(body: Option<&Body>) -> AnswerClass {
    let Some(body) = body else { return AnswerClass::Success };
    if status::is_gone(body) {
        return AnswerClass::Gone;
    }
    let code = body.get("code").and_then(Body::as_i64).filter(|code| *code != 0);
    match code {
        Some(code) if body.get("kind").is_none() => {
            // A code that is no HTTP status says nothing about what was done.
            let status = u16::try_from(code).ok().filter(|code| (400..=599).contains(code));
            failure(status.unwrap_or(500), Some(body), "")
        }
        _ => AnswerClass::Success,
    }
}

fn failure(status: u16, body: Option<&Body>, text: &str) -> AnswerClass {
    let words = words(body, text).to_lowercase();
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    // A page of HTML comes from something in between, and knows nothing of the object.
    let from_the_api = body.is_some() || !text.trim_start().starts_with('<');
    match status {
        401 if says(&OUT_OF_SCOPE) => AnswerClass::Refused(Refusal::Permission),
        404 | 410 if !from_the_api => AnswerClass::Refused(Refusal::Request),
        400 if says(&DONE) => AnswerClass::Success,
        400 if says(&EXISTS) => AnswerClass::Conflict,
        _ => AnswerClass::of_status(status),
    }
}

/// Whether a failure says by its words that something is not there: the object that was asked for,
/// or one that it needs (an agent, a role).
pub(crate) fn says_gone(status: u16, body: Option<&Body>, text: &str) -> bool {
    let said = match classify(status, body, text) {
        AnswerClass::Refused(Refusal::Request) | AnswerClass::Trouble => words(body, text),
        _ => return false,
    };
    let is_markup = body.is_none() && text.trim_start().starts_with('<');
    let said = said.to_lowercase();
    !is_markup && NOT_FOUND.iter().any(|phrase| said.contains(phrase))
}

/// Everything a failure says, for matching and for people: `external` first.
fn words(body: Option<&Body>, text: &str) -> String {
    let said: Vec<&str> = ["external", "internal", "message", "reason"]
        .into_iter()
        .filter_map(|field| body?.get(field)?.as_str())
        .filter(|said| !said.trim().is_empty())
        .collect();
    if said.is_empty() { text.to_owned() } else { said.join("; ") }
}

/// The server's own words: the first of `external`, `internal`, `message`, `reason` that says
/// something, else the beginning of the body.
pub(crate) fn explain(body: Option<&Body>, text: &str) -> ServerText {
    let said = ["external", "internal", "message", "reason"]
        .into_iter()
        .filter_map(|field| body?.get(field)?.as_str())
        .find(|said| !said.trim().is_empty());
    excerpt(said.unwrap_or(text))
}

#[cfg(test)]
mod tests;
