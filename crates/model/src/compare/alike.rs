//! What is compared alike is compared once: the machines of a fleet differ in a name, and in little
//! else.

use crate::body::Body;
use crate::compare::Alike;
use crate::key::KindId;
use crate::live::Refinement;
use crate::path::FieldPath;
use crate::rules::FieldRule;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What the last comparison of each place near a document's root came to, of those under the same
/// rules.
#[derive(Debug)]
pub struct Known<T> {
    last: RefCell<BTreeMap<FieldPath, (Compared, T)>>,
    /// Places near the root of which something is told.
    told: RefCell<BTreeSet<FieldPath>>,
}

/// All that what becomes of a place follows from beside the rules, where nothing is left alone and no
/// hash is on record.
#[derive(Debug, PartialEq)]
pub(super) struct Compared {
    /// What is declared, live, sent and attempted there.
    pub(super) sides: [Option<Body>; 4],
    /// Whether anything is known of what was sent, there or elsewhere.
    pub(super) is_sent_known: bool,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { last: RefCell::default(), told: RefCell::default() }
    }
}

impl<T: Clone> Known<T> {
    /// What becomes of a place: the same as of one that was compared alike.
    pub(super) fn of(
        &self,
        place: &FieldPath,
        compared: Compared,
        compare: impl FnOnce() -> T,
    ) -> T {
        if let Some((last, known)) = self.last.borrow().get(place)
            && *last == compared
        {
            return known.clone();
        }
        let made = compare();
        self.last.borrow_mut().insert(place.clone(), (compared, made.clone()));
        made
    }

    /// A place near the root, shared with all of which something is told there.
    pub(super) fn told(&self, place: &FieldPath) -> FieldPath {
        let mut told = self.told.borrow_mut();
        if let Some(known) = told.get(place) {
            return known.clone();
        }
        told.insert(place.clone());
        place.clone()
    }
}

/// Comparisons of resources one after the other, of which only those under the same rules are alike.
#[derive(Debug, Default)]
pub struct Series {
    /// The kind of the last one, and what the live world added to its rules.
    under: Option<(KindId, Option<Arc<[FieldRule]>>)>,
    alike: Alike,
}

impl Series {
    /// What was compared before under the rules of a kind and what the live world adds to them: nothing
    /// where the last one was under others.
    pub fn under(&mut self, kind: &KindId, refinement: Option<&Refinement>) -> &Alike {
        let refined = refinement.map(|known| &known.rules);
        let is_same = self.under.as_ref().is_some_and(|(last, rules)| {
            let same_rules = match (rules, refined) {
                (Some(rules), Some(refined)) => Arc::ptr_eq(rules, refined) || rules == refined,
                (rules, refined) => rules.is_none() && refined.is_none(),
            };
            last == kind && same_rules
        });
        if !is_same {
            let under = Some((kind.clone(), refined.cloned()));
            *self = Self { under, alike: Alike::default() };
        }
        &self.alike
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body;
    use crate::compare::{Alike, Comparison, Outcome, Sent};
    use crate::digest::HashKey;
    use crate::path::PathPattern;
    use crate::rules::{Aspect, RuleSet, field_rules};
    use proptest::prelude::*;

    /// A document that often equals another one, wholly or in part.
    fn any_document() -> impl Strategy<Value = Body> {
        const FIELDS: [&str; 5] = ["fixed", "list", "once", "free", "secret"];
        let value = prop_oneof![
            Just(body!(null)),
            "[ab]".prop_map(Body::from),
            Just(body!(["a", "b"])),
            Just(body!(["b", "a"])),
        ];
        let spec = prop::collection::vec((prop::sample::select(&FIELDS[..]), value), 0..3);
        ("[ab]", spec).prop_map(|(name, spec)| {
            let spec: crate::Fields = spec.into_iter().collect();
            body!({"metadata": {"name": name}, "spec": spec})
        })
    }

    proptest! {
        #[test]
        fn what_was_compared_before_changes_nothing(rounds in prop::collection::vec(
            (any_document(), any_document(), prop::option::of(any_document()), 0..4),
            1..20,
        )) {
            let rules = field_rules(&[
                ("spec.fixed", Aspect::Immutable),
                ("spec.list", Aspect::Unordered),
                ("spec.once", Aspect::Recorded),
                ("spec.secret", Aspect::Secret),
            ]);
            let (hash_key, alike) = (HashKey::new(vec![1; 32]), Alike::default());
            let place = FieldPath::root().key("spec").key("secret");
            let hashes = [BTreeMap::new(), BTreeMap::from([(place, hash_key.hash("a"))])];
            let free: Vec<PathPattern> = vec!["spec.free".parse().unwrap()];
            for (declared, live, sent, variant) in rounds {
                let sent = sent.map(crate::Veiled::from);
                let hashes = &hashes[usize::from(variant == 1)];
                let comparison = Comparison {
                    declared: &declared,
                    live: &live,
                    sent: sent.as_ref().map(|body| Sent { body, hashes, attempted: None }),
                    rules: RuleSet::new(&rules, &[]),
                    ignore: if variant == 2 { &free } else { &[] },
                    hash_key: &hash_key,
                };
                prop_assert_eq!(comparison.run_among(&alike), comparison.run());
            }
        }
    }

    #[test]
    fn what_is_under_other_rules_is_not_alike() {
        let path = FieldPath::root().key("size");
        let refined = |aspect| Refinement {
            rules: [FieldRule::exactly(&path, aspect)].into(),
            ..Refinement::default()
        };
        let (note, thing) = (KindId::new("toy", "Note"), KindId::new("toy", "Thing"));
        let (fixed, owned) = (refined(Aspect::Immutable), refined(Aspect::ServerOwned));
        let mut series = Series::default();
        let mut is_known = |kind, refinement| {
            let (alike, mut made) = (series.under(kind, refinement), false);
            let compared = Compared { sides: [None, None, None, None], is_sent_known: false };
            alike.of(&path, compared, || {
                made = true;
                Outcome::default()
            });
            !made
        };
        for (kind, refinement, known) in [
            (&note, None, false),
            (&note, None, true),
            (&thing, None, false),
            (&note, None, false),
            (&note, Some(&fixed), false),
            (&note, Some(&refined(Aspect::Immutable)), true),
            (&note, Some(&owned), false),
            (&note, None, false),
        ] {
            assert_eq!(is_known(kind, refinement), known, "{kind:?} {refinement:?}");
        }
    }

    #[test]
    fn what_is_told_of_the_same_place_shares_its_path() {
        let (declared, hash_key, alike) = (body!({}), HashKey::new(vec![1; 32]), Alike::default());
        let told = |id: &str| {
            let live = body!({"id": id, "metadata": {"id": id, "owner": {"name": id}}});
            let comparison = Comparison {
                declared: &declared,
                live: &live,
                sent: None,
                rules: RuleSet::new(&[], &[]),
                ignore: &[],
                hash_key: &hash_key,
            };
            comparison.run_among(&alike).hidden
        };
        let (one, other) = (told("a"), told("b"));
        assert_eq!((one.len(), &one), (2, &other));
        for ((one, _), (other, _)) in one.iter().zip(&other) {
            assert_eq!(one.segments().as_ptr(), other.segments().as_ptr(), "{one}");
        }
    }

    #[test]
    fn what_is_compared_alike_is_compared_once() {
        let (known, place, mut times) = (Known::default(), FieldPath::root().key("size"), 0);
        let mut compare = |declared: Option<i32>, is_sent_known: bool| {
            let sides = [declared.map(Body::from), None, None, None];
            known.of(&place, Compared { sides, is_sent_known }, || times += 1);
        };
        compare(Some(1), false);
        compare(Some(1), false);
        compare(Some(2), false);
        compare(Some(2), true);
        compare(None, true);
        assert_eq!(times, 4);
    }
}
