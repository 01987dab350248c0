//! What moved since a plan was reviewed, told from its fingerprint alone and from the whole plan.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![allow(dead_code, reason = "the common module is for all tests of this crate")]

mod common;

use common::{plan, renting};
use plumb_model::facts::Facts;
use plumb_model::fingerprint::{Fingerprint, NotAFingerprint, supposed};
use plumb_model::plan::Basis;
use plumb_model::{LedgerView, Plan};
use plumb_render::moved::fragments;
use serde_json::Map;

fn facts(plan: &Plan) -> Facts {
    Facts::of(plan, &Basis::default(), Map::new())
}

fn by_fingerprint(then: &Plan, now: &Plan) -> Vec<String> {
    let word: Fingerprint = Fingerprint::of("fleet", &facts(then)).to_string().parse().unwrap();
    fragments(&word.moved(&facts(now), &supposed(now, &Basis::default(), &LedgerView::default())))
}

#[test]
fn a_price_that_moved_is_named() {
    let then = renting();
    let mut now = then.clone();
    let (key, cost) = now.costs.iter_mut().find(|(_, cost)| cost.after.is_some()).unwrap();
    let was = cost.after.unwrap();
    cost.after = "9.99".parse().ok();
    let name = format!("{}/{}", key.kind.kind, key.name);
    let expected = format!("price of {name}: another -> $9.99/h");
    assert_eq!(by_fingerprint(&then, &now), [expected]);
    let both = fragments(&facts(&now).since(&facts(&then)));
    assert_eq!(both, [format!("price of {name}: {was}/h -> $9.99/h")]);
}

#[test]
fn the_same_plan_moved_nothing_and_an_order_is_no_fact_with_a_name() {
    for same in [plan(), renting(), Plan::default()] {
        assert_eq!(by_fingerprint(&same, &same), [""; 0]);
        let word = Fingerprint::of("fleet", &facts(&same));
        assert_eq!(word, Fingerprint::of("fleet", &facts(&same)));
        assert!(word.is_of("fleet") && !word.is_of("fleet2"));
    }
    let then = renting();
    let mut now = then.clone();
    now.actions.reverse();
    assert_eq!(by_fingerprint(&then, &now), [""; 0]);
    let [one, other] = [then, now].map(|plan| Fingerprint::of("fleet", &facts(&plan)));
    assert_ne!(one, other);
    assert_eq!(one.differing_parts(&other), []);
}

#[test]
fn only_a_whole_word_is_a_fingerprint() {
    let word = Fingerprint::of("fleet", &facts(&plan())).to_string();
    assert_eq!(word.len(), 191);
    let read = |text: &str| text.parse::<Fingerprint>().map(|it| it.to_string());
    assert_eq!(read(&word), Ok(word.clone()));
    for text in ["", "plumb1_", &word[1..], &word[..190], &format!("{word}0"), &word.to_uppercase()]
    {
        assert_eq!(read(text), Err(NotAFingerprint::Malformed), "{text}");
    }
    for text in ["plumb0_1", "plumb2_", "plumb17_abc"] {
        assert_eq!(read(text), Err(NotAFingerprint::OtherFormat), "{text}");
    }
}
