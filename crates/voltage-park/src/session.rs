//! The rules of a session: headers, what an answer means, and budgets (contract §1, §9). Which
//! request may be repeated after which answer is the engine's table, not ours.

use plumb_kind::provider::excerpt;
use plumb_kind::{AnswerClass, Budgets, Refusal, Request};
use plumb_model::Body;
use plumb_model::text::{Secret, ServerText};
use std::time::Duration;

/// How a session behaves (V-05, V-06): four calls in flight, and more as long as the server does not
/// object. A lost create is looked for longer than lists are known to
/// lag, since a second machine costs money (V-40).
pub(crate) const BUDGETS: Budgets = Budgets { settle: Duration::from_mins(10), ..Budgets::USUAL };

/// The families that know another header for the key (V-07).
const TOKEN_FAMILIES: [&str; 2] = ["/api/v1/organization/ssh-keys", "/api/v1/storage/"];

/// Bearer on every call, where it is superfluous too, and the families' own header with it.
pub(crate) fn headers(request: &Request, key: &Secret) -> Vec<(&'static str, Secret)> {
    let bearer = Secret::new(format!("Bearer {}", key.expose()));
    let mut headers = vec![("Authorization", bearer)];
    let path = request.path.as_str();
    if TOKEN_FAMILIES.iter().any(|family| path.starts_with(family)) {
        headers.push(("x-api-token", key.clone()));
    }
    headers
}

/// What an answer means. A page of HTML comes from something in between, and knows nothing of the
/// object (contract §9.1).
pub(crate) fn classify(status: u16, body: Option<&Body>, text: &str) -> AnswerClass {
    let from_the_api = body.is_some() || !is_markup(text);
    match status {
        403 => AnswerClass::Refused(Refusal::Key),
        404 | 410 if !from_the_api => AnswerClass::Trouble,
        _ => AnswerClass::of_status(status),
    }
}

fn is_markup(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// The server's own words: the text of `detail`, the list of a validation error as sentences, or
/// the beginning of what came.
pub(crate) fn explain(body: Option<&Body>, text: &str) -> ServerText {
    let said = match body.and_then(|body| body.get("detail")) {
        Some(Body::Text(detail)) => detail.trim().to_owned(),
        Some(Body::List(mistakes)) => sentences(mistakes),
        _ if is_markup(text) => title(text),
        _ => text.trim().to_owned(),
    };
    excerpt(&said)
}

/// `body.name: Field required; query.limit: …` (contract §9.2). What was sent is left out: it may
/// be secret.
fn sentences(mistakes: &[Body]) -> String {
    let sentence = |mistake: &Body| {
        let message = mistake.get("msg").and_then(Body::as_str)?;
        let place = mistake.get("loc").and_then(Body::as_array)?;
        let step =
            |step: &Body| step.as_str().map_or_else(|| step.shown().to_string(), str::to_owned);
        let place: Vec<String> = place.iter().map(step).collect();
        Some(format!("{}: {message}", place.join(".")))
    };
    mistakes.iter().filter_map(sentence).collect::<Vec<String>>().join("; ")
}

/// What a page of HTML calls itself.
fn title(page: &str) -> String {
    let title = page.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    match title.map(|(title, _)| title.trim()).filter(|title| !title.is_empty()) {
        Some(title) => format!("a page of HTML came instead of JSON: {title}"),
        None => "a page of HTML came instead of JSON".to_owned(),
    }
}

#[cfg(test)]
mod tests;
