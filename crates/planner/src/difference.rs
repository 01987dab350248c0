//! What differs between a declared resource and its live object, and what that asks for.

use crate::draft::{Decision, Step};
use crate::scene::Scene;
use plumb_model::body::walk;
use plumb_model::compare::{Comparison, Difference, Sent, declared_leaves, digests_at};
use plumb_model::digest::Digest;
use plumb_model::ledger::Provenance;
use plumb_model::plan::{ChangeEffect, Hidden, HiddenReason, Shown};
use plumb_model::resource::ReplaceWish;
use plumb_model::rules::{Lifecycle, RuleSet};
use plumb_model::{
    Body, Code, Entry, FieldChange, FieldPath, KindRules, LiveObject, Phase, Resource, ResourceKey,
};
use std::collections::{BTreeMap, BTreeSet};

/// The outputs a resource takes from others, as far as they are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outputs {
    filled: BTreeMap<FieldPath, Body>,
    pub(crate) unknown: BTreeSet<FieldPath>,
}

/// An output that will never be there: its resource is ready and stays as it is.
#[derive(Clone, Debug)]
pub(crate) struct NoSuchOutput {
    pub(crate) at: FieldPath,
    pub(crate) source: ResourceKey,
    pub(crate) output: FieldPath,
}

impl Outputs {
    /// Takes outputs from resources that are ready and are not about to be replaced.
    ///
    /// # Errors
    /// An output that its resource, which is ready and has nothing to do, does not have.
    pub(crate) fn of(
        scene: &Scene<'_>,
        resource: &Resource,
        decided: &BTreeMap<ResourceKey, Decision>,
    ) -> Result<Self, Box<NoSuchOutput>> {
        let mut outputs = Self::default();
        let rules = scene.set(&resource.key);
        for (at, reference) in walk::outputs(&resource.body, rules) {
            let source = &reference.key;
            let decision = decided.get(source);
            let found = scene.live.output(source, &reference.path);
            match found.filter(|_| !decision.is_some_and(Decision::replaces)) {
                Some(value) => {
                    outputs.filled.insert(at, value);
                }
                None if Self::is_settled(scene, source, decision) => {
                    return Err(Box::new(NoSuchOutput {
                        at,
                        source: source.clone(),
                        output: reference.path.clone(),
                    }));
                }
                None => {
                    outputs.unknown.insert(at);
                }
            }
        }
        Ok(outputs)
    }

    fn is_settled(scene: &Scene<'_>, source: &ResourceKey, decision: Option<&Decision>) -> bool {
        let ready = |object: &LiveObject| object.status.phase == Phase::Ready;
        scene.live.present(source).is_some_and(ready)
            && decision.is_some_and(|decision| decision.steps.iter().all(Step::only_records))
    }

    /// The declared body with the known outputs in place.
    pub(crate) fn fill(&self, resource: &Resource) -> Body {
        let filled = self.filled.iter();
        filled.fold(resource.body.clone(), |body, (at, value)| body.with(at, value.clone()))
    }
}

/// What differs.
#[derive(Debug)]
pub(crate) struct Diff {
    pub(crate) differences: Vec<Difference>,
    /// What was used when it was made and is another now: told, and nothing else.
    pub(crate) of_creation: Vec<Difference>,
    pub(crate) hidden: Vec<Hidden>,
}

impl Diff {
    /// Compares a resource with its live object and with what was last sent.
    pub(crate) fn new(
        scene: &Scene<'_>,
        resource: &Resource,
        object: &LiveObject,
        entry: Option<&Entry>,
        outputs: &Outputs,
        rules: RuleSet<'_>,
    ) -> Self {
        let comparison = Comparison {
            declared: &outputs.fill(resource),
            live: &object.body,
            sent: entry.map(|entry| Sent {
                body: &entry.sent,
                hashes: &entry.hashes,
                attempted: scene.ledger.attempted.get(&entry.key),
            }),
            rules,
            ignore: &resource.wishes.ignore,
            hash_key: &scene.ledger.hash_key,
        };
        let outcome = scene.compare(&resource.key, &comparison);
        // A value that is not known is no reason to replace, or to refuse: one that is not known
        // yet, or one that cannot be read of something that was not made here.
        let made_here = entry.is_some_and(|entry| entry.provenance != Provenance::Adopted);
        let unreadable =
            |d: &Difference| !made_here && d.facets.recorded && d.before == Shown::Absent;
        let (guesses, differences): (Vec<_>, Vec<_>) = outcome
            .differences
            .into_iter()
            .partition(|d| is_fixed(d) && (d.after == Shown::KnownAfterApply || unreadable(d)));
        let replaceable = resource.wishes.replace == Some(ReplaceWish::Allowed);
        let only_told = |d: &Difference| d.facets.at_creation && !replaceable;
        let (of_creation, differences) = differences.into_iter().partition(only_told);
        let guesses = guesses.into_iter().map(|d| match d.after {
            Shown::KnownAfterApply => (d.path, HiddenReason::NotKnownYet),
            _ => (d.path, HiddenReason::NotRecorded),
        });
        let in_order = guesses.len() == 0;
        let mut hidden: Vec<Hidden> = outcome
            .hidden
            .into_iter()
            .chain(guesses)
            .map(|(path, reason)| Hidden { key: resource.key.clone(), path, reason })
            .collect();
        if !in_order {
            hidden.sort();
        }
        Self { differences, of_creation, hidden }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether all that differs is what cannot be read and is not on record.
    pub(crate) fn is_only_recorded(&self) -> bool {
        self.differences.iter().all(|difference| difference.facets.recorded)
    }

    /// The first difference no call can make, with the reason.
    pub(crate) fn refused(&self) -> Option<(&Difference, &'static str)> {
        self.differences.iter().find_map(|d| Some((d, d.facets.refused?)))
    }

    /// The differences in fields that are fixed when the object is made.
    pub(crate) fn immutable(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|difference| difference.facets.immutable)
    }

    pub(crate) fn changes(&self, rules: &KindRules) -> Vec<FieldChange> {
        self.differences.iter().map(|difference| change(difference, rules.lifecycle)).collect()
    }

    /// The digests of the live values a plan for this resource depends on.
    pub(crate) fn digests(
        &self,
        resource: &Resource,
        object: &LiveObject,
        rules: RuleSet<'_>,
    ) -> BTreeMap<FieldPath, Option<Digest>> {
        let mut paths: BTreeSet<FieldPath> = declared_leaves(resource, rules).into_iter().collect();
        let readable = self.differences.iter().filter(|difference| {
            let facets = &difference.facets;
            let veiled = [&difference.before, &difference.after]
                .into_iter()
                .any(|shown| matches!(shown, Shown::Secret | Shown::SecretLineEnds));
            !(facets.secret || facets.recorded || veiled)
                && difference.after != Shown::KnownAfterApply
        });
        paths.extend(readable.map(|difference| difference.path.clone()));
        digests_at(&object.body, &paths)
    }
}

/// A difference as the plan shows it.
pub(crate) fn change(difference: &Difference, lifecycle: Lifecycle) -> FieldChange {
    let facets = &difference.facets;
    let effect = match lifecycle {
        _ if facets.immutable => ChangeEffect::Replace,
        Lifecycle::Published if !facets.quiet => ChangeEffect::Publish,
        Lifecycle::Published | Lifecycle::Immediate | Lifecycle::Waited => ChangeEffect::InPlace,
    };
    FieldChange {
        path: difference.path.clone(),
        before: difference.before.clone(),
        after: difference.after.clone(),
        effect,
    }
}

fn is_fixed(difference: &Difference) -> bool {
    difference.facets.immutable || difference.facets.refused.is_some()
}

impl NoSuchOutput {
    pub(crate) const CODE: Code = Code::BAD_VALUE_FROM;

    /// The outputs there are, for help. Names only: the values are secret.
    pub(crate) fn known(&self, scene: &Scene<'_>) -> Vec<String> {
        let outputs =
            scene.live.present(&self.source).and_then(|object| object.outputs.as_object());
        outputs.into_iter().flat_map(|fields| fields.keys().map(ToString::to_string)).collect()
    }
}
