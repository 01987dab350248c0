//! docs/rules.md §1 as a table.

use super::*;
use plumb_model::body::Pool;
use plumb_model::{Body, body};

const EFFECTS: [Effect; 7] = [
    Effect::Read,
    Effect::Create,
    Effect::Upsert,
    Effect::Publish,
    Effect::Act,
    Effect::Assign,
    Effect::Delete,
];

fn answer(class: AnswerClass) -> Seen {
    Seen::Answer(class, Content::Json(body!({"a": 1})))
}

#[test]
fn what_holds_for_every_effect() {
    use Outcome::{NotApplied, Unknown};
    for effect in EFFECTS {
        for (seen, expected) in [
            (Seen::NotSent, NotApplied(Rejection::NotSent)),
            (Seen::Lost, Unknown(Doubt::Lost)),
            (answer(AnswerClass::Success), Outcome::Applied(body!({"a": 1}))),
            (answer(AnswerClass::Throttled), NotApplied(Rejection::Throttled)),
            (answer(AnswerClass::Trouble), Unknown(Doubt::Trouble)),
            (answer(AnswerClass::Redirected), NotApplied(Rejection::Redirected)),
            (
                answer(AnswerClass::Refused(Refusal::Key)),
                NotApplied(Rejection::Refused(Refusal::Key)),
            ),
            (
                answer(AnswerClass::Refused(Refusal::Request)),
                NotApplied(Rejection::Refused(Refusal::Request)),
            ),
            (Seen::Answer(AnswerClass::Success, Content::Unreadable), Unknown(Doubt::Unreadable)),
        ] {
            assert_eq!(outcome(seen.clone(), effect), expected, "{effect:?} {seen:?}");
        }
    }
}

#[test]
fn what_depends_on_the_effect() {
    use Outcome::{Applied, Conflict, Gone, NotApplied, Unknown};
    let empty = || Seen::Answer(AnswerClass::Success, Content::Empty);
    for effect in EFFECTS {
        let (gone, conflict, nothing) = match effect {
            Effect::Read => (Gone, Unknown(Doubt::Trouble), Unknown(Doubt::Unreadable)),
            Effect::Create => {
                (NotApplied(Rejection::NoPlace), Conflict, Unknown(Doubt::Unreadable))
            }
            _ => (Gone, Conflict, Applied(Body::Null)),
        };
        assert_eq!(outcome(answer(AnswerClass::Gone), effect), gone, "{effect:?}");
        assert_eq!(outcome(answer(AnswerClass::Conflict), effect), conflict, "{effect:?}");
        assert_eq!(outcome(empty(), effect), nothing, "{effect:?}");
    }
}

#[test]
fn a_body_is_json_or_it_is_not() {
    for (body, expected) in [
        (&b""[..], Content::Empty),
        (b" \r\n", Content::Empty),
        (b"null", Content::Json(Body::Null)),
        (b"{\"a\":", Content::Unreadable),
        (b"<html>", Content::Unreadable),
        (b"\xff\xfe{}", Content::Unreadable),
        (b"{} {}", Content::Unreadable),
    ] {
        assert_eq!(content(body, Body::parse), expected, "{body:?}");
        assert_eq!(content(body, |json| Pool::default().read(json)), expected, "{body:?}");
    }
}

#[test]
fn the_date_of_an_answer_is_read() {
    let dated = |text: &str| HttpResponse {
        headers: vec![("date".to_owned(), text.to_owned())],
        ..HttpResponse::default()
    };
    let expected: Timestamp = "1994-11-06T08:49:37Z".parse().unwrap();
    assert_eq!(date(&dated("Sun, 06 Nov 1994 08:49:37 GMT")), Some(expected));
    assert_eq!(date(&dated("yesterday")), None);
    assert_eq!(date(&HttpResponse::default()), None);
}
