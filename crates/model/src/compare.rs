//! The comparison of a declared body with a live one, under a kind's field rules.
//!
//! # Guarantees
//! - Only what is declared now, or was declared when it was last sent, is compared.
//! - Absent and the zero value are equal (docs/contracts/rafay.md §11).
//! - Every difference that is left out is returned with the reason.
//! - No secret leaves: where one stands, a difference carries a placeholder or no value.
//!
//! The planner uses it to find what to change, the engine to read back what it wrote.

mod alike;
mod equal;
mod in_effect;
mod leaves;
mod lists;
mod secret;
mod show;

#[cfg(test)]
mod tests;

pub use crate::text::is_mask;
pub use equal::is_zero;
pub use leaves::{creation, declared_leaves, digests_at};

use crate::body::walk::{self, DEEPEST, is_identity, is_keyed};
use crate::body::{Body, Fields, Veiled, element_key};
use crate::digest::HashKey;
use crate::name::{Name, name};
use crate::path::{FieldPath, PathPattern, Segment};
use crate::plan::{HiddenReason, Shown};
use crate::rules::{Facets, RuleSet, Unordered, Within};
use crate::text::{OUTPUT_PLACEHOLDER, Secret};
pub use alike::Series;
use alike::{Compared, Known};
use equal::{holds_mask, same_case, same_json, same_number, same_set};
use leaves::{is_only_its_key, key_field};
use lists::{elements, items_of, sorted, united};
use std::collections::{BTreeMap, BTreeSet};
use std::{iter, mem};

/// What was last sent, from the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Sent<'a> {
    /// The declared body then.
    pub body: &'a Veiled,
    /// Keyed hashes of its secrets.
    pub hashes: &'a BTreeMap<FieldPath, String>,
    /// What updates since then set that are not known to be complete: perhaps in effect, perhaps not.
    pub attempted: Option<&'a Veiled>,
}

/// Everything a comparison looks at.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    /// The declared body. Outputs that still stand in it are not known yet.
    pub declared: &'a Body,
    /// The live body.
    pub live: &'a Body,
    /// What was last sent.
    pub sent: Option<Sent<'a>>,
    /// The field rules.
    pub rules: RuleSet<'a>,
    /// Fields the manifest says to leave alone.
    pub ignore: &'a [PathPattern],
    /// The key of the hashes in `sent`.
    pub hash_key: &'a HashKey,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where.
    pub path: FieldPath,
    /// The live value, as it may be shown.
    pub before: Shown,
    /// The declared value, as it may be shown.
    pub after: Shown,
    /// What the rules say about the field.
    pub facets: Facets,
}

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What differs, by path.
    pub differences: Vec<Difference>,
    /// What differs and does not count, with the reason.
    pub hidden: Vec<(FieldPath, HiddenReason)>,
}

/// The values of one place.
#[derive(Clone, Copy)]
struct Sides<'a> {
    declared: Option<&'a Body>,
    live: Option<&'a Body>,
    sent: Option<&'a Body>,
    attempted: Option<&'a Body>,
}

impl<'a> Sides<'a> {
    /// The same place one step further in, on every side.
    fn each(self, step: impl Fn(&'a Body) -> Option<&'a Body>) -> Self {
        Self {
            declared: self.declared.and_then(&step),
            live: self.live.and_then(&step),
            sent: self.sent.and_then(&step),
            attempted: self.attempted.and_then(&step),
        }
    }

    /// Whether there is anything inside of any side.
    fn hold_more(self) -> bool {
        let sides = [self.declared, self.live, self.sent, self.attempted];
        sides.into_iter().flatten().any(Body::has_children)
    }

    /// What may be in effect because we sent it.
    fn ours(self) -> [Option<&'a Body>; 2] {
        [self.sent, self.attempted]
    }
}

impl Comparison<'_> {
    /// Compares.
    #[must_use]
    pub fn run(&self) -> Outcome {
        self.run_among(&Alike::default())
    }

    /// Compares, and spares itself what was compared alike before under the same rules.
    #[must_use]
    pub fn run_among(&self, alike: &Alike) -> Outcome {
        let mut walk = Walk {
            given: self,
            alike,
            path: FieldPath::root(),
            rules: self.rules.within(&FieldPath::root()),
            outcome: Outcome::default(),
        };
        let sides = Sides {
            declared: Some(self.declared),
            live: Some(self.live),
            sent: self.sent.map(|sent| &**sent.body),
            attempted: self.sent.and_then(|sent| sent.attempted.map(|attempted| &**attempted)),
        };
        walk.value(sides);
        walk.outcome.differences.sort_by(|a, b| a.path.cmp(&b.path));
        walk.outcome.hidden.sort();
        walk.outcome.hidden.dedup();
        walk.outcome
    }
}

/// What was compared before, under the same rules.
pub type Alike = Known<Outcome>;

struct Walk<'a> {
    given: &'a Comparison<'a>,
    /// What was compared before.
    alike: &'a Alike,
    /// Where the walk is. One path for all of it: most places have nothing to tell.
    path: FieldPath,
    /// What the rules say there and below.
    rules: Within<'a>,
    outcome: Outcome,
}

impl<'a> Walk<'a> {
    fn value(&mut self, sides: Sides<'a>) {
        let Sides { declared, live, .. } = sides;
        // Where no rule says anything, what is as declared is no difference, whatever was sent.
        if self.rules.is_empty() && declared.is_some() && declared == live {
            return;
        }
        let facets = self.rules.facets();
        if facets.server_owned {
            let said = declared.is_some() && declared != live;
            return self.hide_if(said, HiddenReason::ServerOwned);
        }
        if self.given.ignore.iter().any(|pattern| pattern.covers(&self.path)) {
            return self.hide_if(declared != live, HiddenReason::Ignored);
        }
        let Some(declared) = declared else {
            return self.undeclared(sides, facets);
        };
        let deep = self.path.segments().len() < DEEPEST;
        match declared {
            Body::Output(_) => {
                let before = self.show(live);
                self.differ(before, Shown::KnownAfterApply, facets);
            }
            Body::Unset(_) => self.hide_if(true, HiddenReason::NotSet),
            Body::Secret(secret) => self.secret(secret, live, facets),
            Body::Fields(fields) if deep => self.object(declared, fields, sides, facets),
            Body::List(items) if deep => self.list(declared, items, sides, facets),
            scalar if facets.secret && !scalar.is_null() => {
                let sealed = walk::sealed(scalar);
                if let Some(secret) = sealed.as_secret() {
                    self.secret(secret, live, facets);
                }
            }
            scalar if facets.recorded && !scalar.has_children() => {
                self.recorded(scalar, sides, facets);
            }
            scalar => self.scalar(scalar, live, facets),
        }
    }

    fn object(&mut self, declared: &'a Body, fields: &'a Fields, sides: Sides<'a>, facets: Facets) {
        let retyped = sides.live.is_some_and(|live| !live.is_object() && !live.is_null());
        let there = if facets.recorded { sides.sent } else { sides.live };
        let added = there.is_none() && is_only_its_key(&self.path, declared);
        if retyped || added {
            let before = self.show(there);
            let after = self.show(Some(declared));
            return self.differ(before, after, facets);
        }
        self.fields(fields.keys(), sides);
    }

    /// Goes through the fields of a mapping: those named, in their order, the live ones and those last
    /// sent.
    fn fields(&mut self, names: impl Iterator<Item = &'a Name>, sides: Sides<'a>) {
        let others = [sides.live, sides.sent, sides.attempted];
        let others = others.into_iter().flatten().filter_map(Body::as_object);
        let names = others.fold(names.collect(), |names, other| united(names, other.keys()));
        let root = self.path.segments().is_empty();
        let known_by = key_field(&self.path).cloned();
        for name in names {
            if (root && is_identity(name)) || known_by.as_ref() == Some(name) {
                continue;
            }
            self.step(Segment::Key(Name::clone(name)), sides.each(|value| value.get(name)));
        }
    }

    fn list(&mut self, declared: &'a Body, items: &'a [Body], sides: Sides<'a>, facets: Facets) {
        match (facets.unordered, sides.live) {
            (Some(Unordered::By(by)), _) if is_keyed(items, by) => self.keyed(by, sides),
            _ if declared.any(&|value| value.as_unset().is_some()) => {
                self.hide_if(true, HiddenReason::NotSet);
            }
            _ if facets.recorded => self.recorded_list(declared, items, sides, facets),
            _ if facets.write_only => self.write_only_list(declared, sides.sent, facets),
            (Some(Unordered::Members), _) => self.members(items, sides, facets),
            (None, Some(Body::List(live_items)))
                if live_items.len() == items.len() && items.iter().any(Body::has_children) =>
            {
                for at in 0..items.len() {
                    self.step(Segment::Index(at), sides.each(|value| value.at(at)));
                }
            }
            _ if self.given.hides_at_or_below(&self.path, Some(declared)) => {
                self.opaque(items, sides, facets);
            }
            (Some(_), Some(Body::List(live_items))) if same_set(items, live_items) => {
                self.hide_if(*items != **live_items, HiddenReason::Order);
            }
            _ => self.scalar(declared, sides.live, facets),
        }
    }

    fn keyed(&mut self, by: &'static str, sides: Sides<'a>) {
        let declared = elements(sides.declared, by);
        let live = elements(sides.live, by);
        let (sent, attempted) = (elements(sides.sent, by), elements(sides.attempted, by));
        let common = |list: Option<&'a Body>| -> Vec<&'a str> {
            let keys = items_of(list).iter().filter_map(|item| element_key(item, by));
            keys.filter(|name| declared.contains_key(name) && live.contains_key(name)).collect()
        };
        let reordered = common(sides.declared) != common(sides.live);
        self.hide_if(reordered, HiddenReason::Order);
        let names: BTreeSet<&str> = [&declared, &live, &sent, &attempted]
            .into_iter()
            .flat_map(BTreeMap::keys)
            .copied()
            .collect();
        let field = name(by);
        for name in names {
            let place = Sides {
                declared: declared.get(name).copied(),
                live: live.get(name).copied(),
                sent: sent.get(name).copied(),
                attempted: attempted.get(name).copied(),
            };
            self.step(Segment::Item { by: Name::clone(&field), is: name.into() }, place);
        }
    }

    /// A list that cannot be read: compared with what was last sent, element by element where it is
    /// as long and they have fields or secrets, so that what differs can be named.
    fn recorded_list(
        &mut self,
        declared: &Body,
        items: &'a [Body],
        sides: Sides<'a>,
        facets: Facets,
    ) {
        let hides = self.given.hides_at_or_below(&self.path, Some(declared));
        let sent = items_of(sides.sent);
        let stepped = hides || items.iter().any(Body::has_children);
        if facets.unordered.is_some() {
            self.recorded(declared, sides, facets);
        } else if sent.len() == items.len() && stepped {
            for at in 0..items.len() {
                self.step(Segment::Index(at), sides.each(|value| value.at(at)));
            }
        } else if hides && !sent.is_empty() {
            self.differ(Shown::Secret, Shown::Secret, facets);
        } else {
            self.recorded(declared, sides, facets);
        }
    }

    /// A list in which only the declared values count, and those that were declared.
    fn members(&mut self, declared: &[Body], sides: Sides<'a>, facets: Facets) {
        let live = items_of(sides.live);
        let is_ours =
            |value: &Body| sides.ours().into_iter().any(|list| items_of(list).contains(value));
        let stays = |value: &&Body| declared.contains(value) || !is_ours(value);
        let kept = live.iter().filter(stays);
        let missing = declared.iter().filter(|value| !live.contains(value));
        let becomes: Vec<Body> = kept.chain(missing).cloned().collect();
        if same_set(&becomes, live) {
            let others = live.iter().any(|value| !declared.contains(value));
            let reason = if others { HiddenReason::ServerDefault } else { HiddenReason::Order };
            return self.hide_if(declared != live, reason);
        }
        let before = self.show(sides.live);
        let after =
            if becomes.is_empty() { Shown::Absent } else { self.show(Some(&Body::from(becomes))) };
        self.differ(before, after, facets);
    }

    /// A list that never comes back: the same while it is as long as what was sent, and every
    /// secret in it has the hash on record.
    fn write_only_list(&mut self, declared: &Body, sent: Option<&Body>, facets: Facets) {
        let hashes = || self.given.sent.into_iter().flat_map(|sent| sent.hashes);
        let mut on_record = hashes().filter(|(other, _)| other.is_within(&self.path)).peekable();
        if on_record.peek().is_none() {
            return self.hide_if(!is_zero(declared), HiddenReason::NotRecorded);
        }
        let secrets = self.secrets_in(declared);
        let kept = on_record.all(|(place, hash)| {
            secrets.get(place).is_some_and(|secret| *hash == self.given.hash_key.of(secret))
        });
        let all = secrets.keys().all(|place| hashes().any(|(other, _)| other == place));
        if kept && all && sent == Some(&*Veiled::from(declared.clone())) {
            return self.hide_if(true, HiddenReason::MaskedSecret);
        }
        let after = if is_zero(declared) { Shown::Absent } else { Shown::Secret };
        self.differ(Shown::Secret, after, facets);
    }

    /// A list whose elements have no identity and among which a secret or an output stands.
    fn opaque(&mut self, items: &[Body], sides: Sides<'a>, facets: Facets) {
        let declared = Body::from(items);
        if declared.any(&|value| value.as_output().is_some()) {
            let before = self.show(sides.live);
            return self.differ(before, Shown::KnownAfterApply, facets);
        }
        let live = sides.live.filter(|live| !is_zero(live));
        let same = match (facets.unordered, live.and_then(Body::as_array)) {
            (Some(_), Some(live)) => same_set(items, live),
            (None, Some(_)) => live.is_some_and(|live| live.is_same(&declared)),
            (_, None) => false,
        };
        let on_record = self.secrets_in(&declared).into_iter().all(|(place, secret)| {
            let hash = self.given.sent.and_then(|sent| sent.hashes.get(&place));
            let then = || self.given.sent?.body.find(&place)?.as_str();
            // Of what came from another resource only that it did is on record.
            hash.map_or_else(
                || then() == Some(OUTPUT_PLACEHOLDER),
                |hash| *hash == self.given.hash_key.of(secret),
            )
        });
        let unreadable = live.is_some_and(holds_mask) && on_record;
        if same || unreadable {
            return self.hide_if(unreadable && !same, HiddenReason::MaskedSecret);
        }
        let before = if live.is_some() { Shown::Secret } else { Shown::Absent };
        self.differ(before, Shown::Secret, facets);
    }

    fn scalar(&mut self, declared: &Body, live: Option<&Body>, facets: Facets) {
        let live_value = live.unwrap_or(&Body::Null);
        if declared.is_same(live_value) || same_number(declared, live_value) {
            return;
        }
        let texts = declared.as_str().zip(live_value.as_str());
        // Saying null is saying nothing, and nothing means the default.
        let default = |value: &Body| {
            facets.default.as_ref().is_some_and(|default| value.is_same(&default.into()))
        };
        let means_default = declared.is_null() && live.is_some_and(default);
        let left_out = live_value.is_null() && default(declared);
        let reason = if is_zero(declared) && is_zero(live_value) {
            Some(HiddenReason::ZeroValue)
        } else if facets.json && texts.is_some_and(|(left, right)| same_json(left, right)) {
            Some(HiddenReason::SameJson)
        } else if facets.case_insensitive
            && texts.is_some_and(|(left, right)| same_case(left, right))
        {
            Some(HiddenReason::SameCase)
        } else if left_out || means_default {
            Some(HiddenReason::Default)
        } else {
            None
        };
        if let Some(reason) = reason {
            return self.hide_if(true, reason);
        }
        let (before, after) = (self.show(live), self.show(Some(declared)));
        self.differ(before, after, facets);
    }

    /// A field that is not declared: a difference only if it was declared when it was last sent.
    fn undeclared(&mut self, sides: Sides<'a>, facets: Facets) {
        let before = sides.ours().into_iter().flatten().find(|ours| !is_zero(ours));
        if facets.recorded {
            if before.is_some() {
                let before = self.show_both(sides);
                self.differ(before, Shown::Absent, facets);
            }
            return;
        }
        let Some(live) = sides.live.filter(|live| !is_zero(live)) else { return };
        let Some(before) = before else {
            return self.hide_if(true, HiddenReason::ServerDefault);
        };
        match (before, live, facets.unordered) {
            (Body::Fields(_), Body::Fields(_), _) if key_field(&self.path).is_none() => {
                self.fields(iter::empty(), sides);
            }
            (Body::List(_), Body::List(_), Some(Unordered::By(by))) => {
                self.keyed(by, sides);
            }
            (Body::List(_), Body::List(_), Some(Unordered::Members)) => {
                self.members(&[], sides, facets);
            }
            _ => self.removed(live, facets),
        }
    }

    /// A field that was sent, is not declared any more, and is still there.
    fn removed(&mut self, live: &Body, facets: Facets) {
        let facets = self.with_those_of_its_value(facets);
        let default_is_live = facets.default.as_ref().map(Body::from).is_some_and(|default| {
            let of_element = key_field(&self.path).and_then(|_| live.get("value"));
            [Some(live), of_element].into_iter().flatten().any(|value| value.is_same(&default))
        });
        if facets.write_only || default_is_live {
            let default =
                if default_is_live { HiddenReason::Default } else { HiddenReason::StaysAsSent };
            return self.hide_if(true, default);
        }
        let after = match facets.default.clone() {
            Some(_) if facets.secret => Shown::Secret,
            Some(value) => Shown::Default(value),
            None => Shown::Absent,
        };
        let before = self.show(Some(live));
        self.differ(before, after, facets);
    }

    /// Rules speak of the `value` of an element of a keyed list; removing the element removes it.
    fn with_those_of_its_value(&self, facets: Facets) -> Facets {
        if !matches!(self.path.segments().last(), Some(Segment::Item { .. })) {
            return facets;
        }
        let of_value = self.given.rules.at(&self.path.key("value"));
        Facets {
            immutable: facets.immutable || of_value.immutable,
            refused: facets.refused.or(of_value.refused),
            write_only: facets.write_only || of_value.write_only,
            secret: facets.secret || of_value.secret,
            quiet: facets.quiet || of_value.quiet,
            default: facets.default.clone().or(of_value.default),
            ..facets
        }
    }

    /// A field that cannot be read: compared with what was last sent, whatever the order of lists
    /// whose order means nothing. Nothing on record means it is sent again, which such fields allow;
    /// one that is fixed is believed instead, since nothing shows that it differs. Where an update is
    /// not known to be complete, what it set may be in effect or not.
    fn recorded(&mut self, declared: &Body, sides: Sides<'a>, facets: Facets) {
        let on_record = self.given.sent.is_some_and(|sent| !sent.body.is_null());
        if facets.immutable && !on_record {
            return self.hide_if(!is_zero(declared), HiddenReason::NotRecorded);
        }
        let is_as = |other: Option<&Body>| match other {
            Some(other) if is_zero(declared) => is_zero(other),
            Some(other) => self.sorted(declared) == self.sorted(other),
            None => is_zero(declared),
        };
        if facets.in_effect {
            return self.in_effect(declared, sides, facets, is_as(sides.live));
        }
        let attempted = sides.attempted.is_none_or(|attempted| is_as(Some(attempted)));
        if is_as(sides.sent) && attempted {
            return self.hide_if(!is_zero(declared), HiddenReason::MaskedSecret);
        }
        let (before, after) = (self.show_both(sides), self.show(Some(declared)));
        self.differ(before, after, facets);
    }

    /// What was sent and what was attempted, as it may be shown: of lists all elements.
    fn show_both(&self, sides: Sides<'a>) -> Shown {
        match sides.ours() {
            [Some(Body::List(sent)), Some(Body::List(attempted))] => {
                let further = attempted.iter().filter(|item| !sent.contains(item));
                self.show(Some(&sent.iter().chain(further).cloned().collect()))
            }
            [Some(sent), _] if !is_zero(sent) => self.show(Some(sent)),
            [sent, attempted] => self.show(attempted.or(sent)),
        }
    }

    /// A value of the place the walk is at, with the lists whose order means nothing sorted.
    fn sorted(&self, value: &Body) -> Option<Body> {
        sorted(value, self.given.rules, &self.path)
    }

    /// The secrets of a declared value of the place the walk is at.
    fn secrets_in<'v>(&self, declared: &'v Body) -> BTreeMap<FieldPath, &'v Secret> {
        let hidden = walk::hidden(declared, self.given.rules, self.path.clone()).into_iter();
        hidden.filter_map(|(path, leaf)| Some((path, leaf.as_secret()?))).collect()
    }

    /// Compares what is one step further in. Near the root what is no scalar may have been compared alike
    /// before.
    fn step(&mut self, segment: Segment, sides: Sides<'a>) {
        self.path.push(segment);
        if !self.is_near() || !sides.hold_more() {
            self.inside(sides);
        } else {
            let before = mem::take(&mut self.outcome);
            let Outcome { differences, hidden } = self.near(sides);
            self.outcome = before;
            self.outcome.differences.extend(differences);
            self.outcome.hidden.extend(hidden);
        }
        self.path.pop();
    }

    /// Whether the walk is near the root, where the machines of a fleet have the same fields.
    fn is_near(&self) -> bool {
        const NEAR: usize = 2;
        self.path.segments().len() <= NEAR
    }

    /// What becomes of the place the walk is at, and of nothing else.
    fn near(&mut self, sides: Sides<'a>) -> Outcome {
        let (Comparison { sent, ignore, .. }, alike) = (self.given, self.alike);
        if !ignore.is_empty() || sent.is_some_and(|sent| !sent.hashes.is_empty()) {
            self.inside(sides);
            return mem::take(&mut self.outcome);
        }
        let Sides { declared, live, sent: then, attempted } = sides;
        let compared = Compared {
            sides: [declared, live, then, attempted].map(Option::<&Body>::cloned),
            is_sent_known: sent.is_some_and(|sent| !sent.body.is_null()),
        };
        let place = self.path.clone();
        alike.of(&place, compared, || {
            self.inside(sides);
            mem::take(&mut self.outcome)
        })
    }

    fn inside(&mut self, sides: Sides<'a>) {
        let Some(last) = self.path.segments().last() else { return };
        let inside = self.rules.step(last);
        let here = mem::replace(&mut self.rules, inside);
        self.value(sides);
        self.rules = here;
    }

    /// A value of the place the walk is at, as it may be shown.
    fn show(&self, value: Option<&Body>) -> Shown {
        self.given.show(&self.path, value)
    }

    fn differ(&mut self, before: Shown, after: Shown, facets: Facets) {
        let path = self.path.clone();
        self.outcome.differences.push(Difference { path, before, after, facets });
    }

    fn hide_if(&mut self, differs: bool, reason: HiddenReason) {
        if differs {
            // Of each machine of a fleet the same is told here.
            let near = self.is_near().then(|| self.alike.told(&self.path));
            let path = near.unwrap_or_else(|| self.path.clone());
            self.outcome.hidden.push((path, reason));
        }
    }
}
