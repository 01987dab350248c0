//! Every row of the retry table, and the pauses.

use super::*;
use crate::transport::outcome::Doubt;
use plumb_kind::Refusal;
use plumb_model::Body;

#[test]
fn every_row_of_the_table() {
    use Decision::{GiveUp, Look, Proceed, Repeat};
    let columns = [
        Outcome::Applied(Body::Null),
        Outcome::Gone,
        Outcome::SaidGone,
        Outcome::Conflict,
        Outcome::NotApplied(Rejection::NotSent),
        Outcome::NotApplied(Rejection::Throttled),
        Outcome::NotApplied(Rejection::Refused(Refusal::Request)),
        Outcome::NotApplied(Rejection::Refused(Refusal::Permission)),
        Outcome::NotApplied(Rejection::Refused(Refusal::Key)),
        Outcome::NotApplied(Rejection::SessionClosed),
        Outcome::NotApplied(Rejection::NoPlace),
        Outcome::NotApplied(Rejection::Redirected),
        Outcome::Unknown(Doubt::Lost),
        Outcome::Unknown(Doubt::Trouble),
        Outcome::Unknown(Doubt::Unreadable),
    ];
    let rows = [
        (Effect::Read, Proceed, GiveUp, Repeat),
        (Effect::Create, GiveUp, Look, Look),
        (Effect::Upsert, GiveUp, Look, Look),
        (Effect::Publish, GiveUp, Look, Look),
        (Effect::Act, GiveUp, Look, Look),
        (Effect::Assign, GiveUp, GiveUp, Repeat),
        (Effect::Delete, Look, Look, Look),
    ];
    for (effect, gone, conflict, unknown) in rows {
        for column in &columns {
            let expected = match column {
                Outcome::Applied(_) => Proceed,
                Outcome::Gone => gone,
                Outcome::SaidGone if effect == Effect::Read => Proceed,
                Outcome::Conflict => conflict,
                Outcome::NotApplied(Rejection::NotSent | Rejection::Throttled) => Repeat,
                Outcome::SaidGone | Outcome::NotApplied(_) => GiveUp,
                Outcome::Unknown(_) => unknown,
            };
            assert_eq!(decide(effect, column), expected, "{effect:?} {column:?}");
        }
    }
}

#[test]
fn a_write_in_doubt_is_never_simply_repeated() {
    for effect in [Effect::Create, Effect::Upsert, Effect::Publish, Effect::Act, Effect::Delete] {
        for doubt in [Doubt::Lost, Doubt::Trouble, Doubt::Unreadable] {
            assert_ne!(decide(effect, &Outcome::Unknown(doubt)), Decision::Repeat, "{effect:?}");
        }
    }
}

#[test]
fn pauses_grow_and_are_bounded() {
    let jitter = Jitter::new(3);
    for (next, longest) in [(2, 1), (3, 2), (4, 4), (5, 8), (9, 60), (u32::MAX, 60)] {
        let longest = Duration::from_secs(longest);
        let pause = pause(next, None, &jitter);
        assert!(pause <= longest && pause >= longest / 2, "{next}: {pause:?}");
    }
    assert_eq!(pause(2, Some(Duration::from_secs(7)), &jitter), Duration::from_secs(7));
    assert_eq!(pause(2, Some(Duration::MAX), &jitter), LONGEST_RETRY_AFTER);
}

#[test]
fn retry_after_is_honoured_when_it_makes_sense() {
    let now: Timestamp = "1994-11-06T08:49:30Z".parse().unwrap();
    for (text, seconds) in [
        ("7", Some(7)),
        (" 0 ", Some(0)),
        ("999999999999999999999999", Some(86_400)),
        ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
        ("Sun, 06 Nov 2094 08:49:37 GMT", Some(86_400)),
        ("Sun, 06 Nov 1994 08:49:29 GMT", None),
        ("-1", None),
        ("soon", None),
        ("", None),
    ] {
        assert_eq!(retry_after(text, now), seconds.map(Duration::from_secs), "{text:?}");
    }
}
