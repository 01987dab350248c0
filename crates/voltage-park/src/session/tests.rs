//! The session's rules as tables.

use super::*;
use plumb_kind::RequestPath;
use plumb_model::{Body, body};

#[test]
fn answers_mean_what_the_contract_says() {
    let detail = body!({"detail": "no"});
    let html = "<html><title>502 Bad Gateway</title></html>";
    for (status, body, text, class) in [
        (200, Some(&Body::Null), "null", AnswerClass::Success),
        (204, None, "", AnswerClass::Success),
        (307, None, "", AnswerClass::Redirected),
        (400, Some(&detail), "", AnswerClass::Refused(Refusal::Request)),
        (401, Some(&detail), "", AnswerClass::Refused(Refusal::Key)),
        (403, Some(&detail), "", AnswerClass::Refused(Refusal::Key)),
        (404, Some(&detail), "", AnswerClass::Gone),
        (404, None, "", AnswerClass::Gone),
        (404, None, html, AnswerClass::Trouble),
        (405, Some(&detail), "", AnswerClass::Refused(Refusal::Request)),
        (408, None, "", AnswerClass::Trouble),
        (409, Some(&detail), "", AnswerClass::Conflict),
        (422, Some(&detail), "", AnswerClass::Refused(Refusal::Request)),
        (429, None, "", AnswerClass::Throttled),
        (500, None, "Internal Server Error", AnswerClass::Trouble),
        (503, None, html, AnswerClass::Trouble),
    ] {
        assert_eq!(classify(status, body, text), class, "{status} {text}");
    }
}

#[test]
fn a_refusal_is_explained_in_the_servers_words() {
    let validation = body!({"detail": [
        {"type": "missing", "loc": ["body", "name"], "msg": "Field required", "input": {"password": "hunter22"}},
        {"type": "json_invalid", "loc": ["body", 17], "msg": "JSON decode error", "input": {}},
    ]});
    for (body, text, said) in [
        (Some(body!({"detail": "Not enough stock"})), "", "Not enough stock"),
        (Some(validation), "", "body.name: Field required; body.17: JSON decode error"),
        (Some(body!({"error": 1})), "{\"error\":1}", "{\"error\":1}"),
        (None, "Internal Server Error", "Internal Server Error"),
        (
            None,
            "<html><head><title>502 Bad Gateway</title></head></html>",
            "a page of HTML came instead of JSON: 502 Bad Gateway",
        ),
        (None, "<html>", "a page of HTML came instead of JSON"),
        (None, " ", "the server gave no reason"),
        (Some(body!({"detail": []})), "", "the server gave no reason"),
    ] {
        assert_eq!(explain(body.as_ref(), text).raw(), said);
    }
}

#[test]
fn the_key_travels_in_the_headers_its_family_knows() {
    let key = Secret::new("vp-key");
    for (path, names) in [
        ("/virtual-machines/", &["Authorization"][..]),
        ("/storage/", &["Authorization", "x-api-token"]),
        ("/storage/hourly-rate", &["Authorization", "x-api-token"]),
        ("/organization/ssh-keys", &["Authorization", "x-api-token"]),
        ("/billing/hourly-rate", &["Authorization"]),
    ] {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let encoded = segments.into_iter().fold(RequestPath::of(["api", "v1"]), RequestPath::then);
        let encoded = if path.ends_with('/') { encoded.slash() } else { encoded };
        let headers = headers(&Request::get(encoded), &key);
        assert_eq!(headers.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names, "{path}");
        assert_eq!(headers[0].1.expose(), "Bearer vp-key");
        assert!(!format!("{headers:?}").contains("vp-key"));
    }
}
