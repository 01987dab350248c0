//! Tables: what answers mean, and whose words are shown.

use super::{classify, explain, headers, says_gone};
use plumb_kind::{AnswerClass, Refusal};
use plumb_model::{Body, Secret, body};

const KEY: AnswerClass = AnswerClass::Refused(Refusal::Key);
const PERMISSION: AnswerClass = AnswerClass::Refused(Refusal::Permission);
const REQUEST: AnswerClass = AnswerClass::Refused(Refusal::Request);

fn class(status: u16, text: &str) -> AnswerClass {
    let body: Option<Body> = serde_json::from_str(text).ok();
    classify(status, body.as_ref(), text)
}

#[test]
fn answers_mean_what_the_contract_says() {
    for (status, text, expected) in [
        (200, r#"{"kind": "Workspace"}"#, AnswerClass::Success),
        (200, "null", AnswerClass::Success),
        (201, r#"{"status": "Success", "message": "created", "name": "x"}"#, AnswerClass::Success),
        (204, "", AnswerClass::Success),
        (200, r#"{"code": 0, "external": ""}"#, AnswerClass::Success),
        // R-17: an error inside a 200.
        (200, r#"{"code": 500, "external": "oops"}"#, AnswerClass::Trouble),
        (200, r#"{"code": 7, "external": "oops"}"#, AnswerClass::Trouble),
        (200, r#"{"code": 404, "external": "gone"}"#, AnswerClass::Gone),
        (200, r#"{"code": 13, "internal": "object does not exist"}"#, AnswerClass::Trouble),
        (200, r#"{"code": 400, "external": "bad name"}"#, REQUEST),
        (200, r#"{"code": 409, "external": "clash"}"#, AnswerClass::Conflict),
        (200, r#"{"kind": "Service", "code": 500}"#, AnswerClass::Success),
        // R-26: an object that only remembers itself.
        (200, r#"{"kind": "Service", "status": {"status": "destroyed"}}"#, AnswerClass::Gone),
        (
            200,
            r#"{"kind": "Service", "status": {"status": "Status_DESTROYED"}}"#,
            AnswerClass::Gone,
        ),
        (200, r#"{"kind": "Service", "status": {"status": "destroying"}}"#, AnswerClass::Success),
        (301, "", AnswerClass::Redirected),
        (307, r#"{"code": 404}"#, AnswerClass::Redirected),
        (400, r#"{"code": 400, "external": "name is missing"}"#, REQUEST),
        // R-05: the other style of a clash.
        (
            400,
            r#"{"code": 400, "external": "workspace dev Already Exists"}"#,
            AnswerClass::Conflict,
        ),
        (400, r#"{"code": 400, "internal": "AlreadyExists"}"#, AnswerClass::Conflict),
        (500, r#"{"external": "the pool already exists and broke"}"#, AnswerClass::Trouble),
        // Words decide nothing about a write: they may speak of something else.
        (400, r#"{"external": "agent \"a-1\" does not exist"}"#, REQUEST),
        (502, r#"{"internal": "rpc error: code 404"}"#, AnswerClass::Trouble),
        (502, "instance does not exist", AnswerClass::Trouble),
        (502, "<html>upstream not found</html>", AnswerClass::Trouble),
        // R-03: keys and permissions.
        (401, r#"{"external": "key has expired"}"#, KEY),
        (401, r#"{"external": "api key not found"}"#, KEY),
        (401, r#"{"external": "invalid access token"}"#, KEY),
        (401, "", KEY),
        (401, r#"{"external": "no permission for this project"}"#, PERMISSION),
        (403, r#"{"external": "project not found"}"#, PERMISSION),
        (404, "", AnswerClass::Gone),
        (404, "<!doctype html><p>nothing here</p>", REQUEST),
        (405, "", REQUEST),
        (408, "", AnswerClass::Trouble),
        (409, r#"{"external": "busy"}"#, AnswerClass::Conflict),
        (413, "", REQUEST),
        (422, "", REQUEST),
        (429, "not found", AnswerClass::Throttled),
        (500, r#"{"external": "internal error"}"#, AnswerClass::Trouble),
        (502, "", AnswerClass::Trouble),
        (503, "<html>", AnswerClass::Trouble),
        (504, "", AnswerClass::Trouble),
        (700, "", AnswerClass::Trouble),
    ] {
        assert_eq!(class(status, text), expected, "{status} {text}");
    }
}

/// §2.6: what a failed read says by its words.
#[test]
fn words_say_that_something_is_not_there() {
    for (status, text, expected) in [
        (400, r#"{"external": "compute instance not found"}"#, true),
        (500, r#"{"external": "agent \"a-1\" Does Not Exist"}"#, true),
        (502, r#"{"internal": "rpc error: code 404"}"#, true),
        (502, "instance does not exist", true),
        (200, r#"{"code": 13, "internal": "object does not exist"}"#, true),
        (200, r#"{"kind": "Workspace", "metadata": {"name": "not found"}}"#, false),
        (400, r#"{"external": "name is missing"}"#, false),
        (401, r#"{"external": "api key not found"}"#, false),
        (403, r#"{"external": "project not found"}"#, false),
        (429, "not found", false),
        (502, "<html>upstream not found</html>", false),
    ] {
        let body: Option<Body> = serde_json::from_str(text).ok();
        assert_eq!(says_gone(status, body.as_ref(), text), expected, "{status} {text}");
    }
}

#[test]
fn the_words_for_people_come_first() {
    for (text, expected) in [
        (r#"{"code": 5, "internal": "i", "external": "e", "message": "m"}"#, "e"),
        (r#"{"internal": "i", "external": " "}"#, "i"),
        (r#"{"reason": "r"}"#, "r"),
        (r#"{"code": 5}"#, r#"{"code": 5}"#),
        ("  plain text ", "plain text"),
        ("", "the server gave no reason"),
    ] {
        let body: Option<Body> = serde_json::from_str(text).ok();
        assert_eq!(explain(body.as_ref(), text).to_string(), expected, "{text}");
    }
    assert_eq!(explain(None, &"x".repeat(5000)).raw().len(), 300);
}

/// R-02: RAFAY-63, one key in both headers.
#[test]
fn both_headers_carry_the_key() {
    let headers = headers(&Secret::new("ra2.synthetic.key"));
    let shown: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (*name, value.expose())).collect();
    assert_eq!(
        shown,
        [("X-API-KEY", "ra2.synthetic.key"), ("X-RAFAY-API-KEYID", "ra2.synthetic.key")]
    );
    assert!(!format!("{headers:?}").contains("synthetic"));
    assert_eq!(class(200, &body!([]).shown().to_string()), AnswerClass::Success);
}
