//! What goes wrong in a rehearsal: rules of the simulated clouds, which follow from a seed.

use plumb_sandbox::faults::CallFate;
use plumb_sandbox::{FaultEffect, FaultMatch, FaultRule, FaultTiming};
use std::collections::BTreeMap;

/// The rules of a seed: the same seed gives the same ones.
pub(super) fn of_seed(seed: u64) -> Vec<FaultRule> {
    let mut chance = Chance(seed);
    // Where writes are few, the first ones are met.
    let nth = |chance: &mut Chance| FaultTiming {
        nth: Some(1 + chance.below(3)),
        count: Some(1),
        every: None,
    };
    let every = |chance: &mut Chance, count| FaultTiming {
        every: Some(7 + chance.below(9)),
        count: Some(count),
        nth: None,
    };
    vec![
        rule(
            "the answer to a write is lost",
            Some("POST"),
            nth(&mut chance),
            FaultEffect::LostAfter,
        ),
        rule("a write is lost", Some("POST"), nth(&mut chance), FaultEffect::LostBefore),
        rule("too many requests", Some("POST"), nth(&mut chance), refused(429)),
        rule("an error of the server", Some("GET"), every(&mut chance, 3), refused(500)),
        rule("out of order", Some("GET"), every(&mut chance, 3), refused(503)),
        rule("too many requests", None, every(&mut chance, 3), refused(429)),
    ]
}

fn rule(name: &str, method: Option<&str>, when: FaultTiming, effect: FaultEffect) -> FaultRule {
    let matches = FaultMatch { method: method.map(str::to_owned), ..FaultMatch::default() };
    FaultRule { name: name.to_owned(), matches, when, effect }
}

/// An answer without an effect.
fn refused(status: u16) -> FaultEffect {
    FaultEffect::Respond { status, headers: BTreeMap::new(), body: None, call: CallFate::Skipped }
}

/// Chance from a seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).checked_rem(bound).unwrap_or_default()
    }
}
