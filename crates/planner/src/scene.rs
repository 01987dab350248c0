//! The inputs after policy has rewritten them: what counts as declared, what a run looks at.
//!
//! Policy is only here, in `selection` and in `guards`; the decisions ask the scene.

use crate::selection::Selected;
use plumb_model::claim::{Beside, Claim, Evidence, claim};
use plumb_model::compare::{Comparison, Outcome, Series};
use plumb_model::live::{Completeness, Observation, Rivals};
use plumb_model::policy::{Coverage, Prune, Purpose, Selection};
use plumb_model::rules::RuleSet;
use plumb_model::{
    Desired, Entry, Gap, KindId, KindRules, LedgerView, Live, LiveObject, Policy, RemoteId,
    Resource, ResourceKey, Scope, ServerText,
};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What looking at one key came to, with every way of not knowing in one place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen<'a> {
    Present(&'a LiveObject),
    Absent,
    /// The reason, where the server gave one.
    Unknown(Option<&'a ServerText>),
}

/// Everything a decision may look at.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) desired: &'a Desired,
    pub(crate) live: &'a Live,
    pub(crate) ledger: &'a LedgerView,
    pub(crate) policy: &'a Policy,
    selected: Selected,
    inhabitants: BTreeMap<ResourceKey, Vec<&'a ResourceKey>>,
    /// The objects that answer to a key beside the one that stands for it, or instead of it.
    rivals: BTreeMap<(&'a KindId, &'a RemoteId), &'a ResourceKey>,
    /// The declared resources whose time is over.
    over: BTreeSet<&'a ResourceKey>,
    /// The declared resources by their ids on record.
    bound: BTreeMap<(&'a KindId, &'a RemoteId), &'a ResourceKey>,
    /// What is there under another key than the one on record, by its id.
    elsewhere: BTreeMap<(&'a KindId, &'a RemoteId), &'a ResourceKey>,
    /// What was compared last, under which rules.
    series: RefCell<Series>,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        desired: &'a Desired,
        live: &'a Live,
        ledger: &'a LedgerView,
        policy: &'a Policy,
    ) -> Self {
        let selected = Selected::new(desired, live, ledger, policy);
        let (inhabitants, rivals) = (inhabitants(desired, live), rivals(live));
        let bound = bound(desired, ledger);
        let over = over(desired, ledger, policy);
        let elsewhere = elsewhere(live, ledger);
        Self {
            desired,
            live,
            ledger,
            policy,
            selected,
            inhabitants,
            rivals,
            over,
            bound,
            elsewhere,
            series: RefCell::default(),
        }
    }

    /// Destroying is converging to nothing declared, with prune on.
    pub(crate) fn is_destroying(&self) -> bool {
        self.policy.purpose == Purpose::Destroy
    }

    /// How much of the stack this is about.
    pub(crate) fn coverage(&self) -> Coverage {
        let Selection { targets, excludes } = &self.policy.selection;
        let all = targets.is_empty() && excludes.is_empty();
        if all { self.policy.coverage } else { Coverage::Part }
    }

    pub(crate) fn prunes(&self) -> bool {
        self.is_destroying() || self.policy.prune == Prune::On
    }

    pub(crate) fn is_declared(&self, key: &ResourceKey) -> bool {
        !self.is_destroying() && self.desired.get(key).is_some() && !self.is_over(key)
    }

    /// Whether it says when it is to be gone, and that is past.
    pub(crate) fn is_over(&self, key: &ResourceKey) -> bool {
        self.over.contains(key)
    }

    /// What is declared with a time that is past.
    pub(crate) fn over(&self) -> impl Iterator<Item = &'a ResourceKey> {
        self.over.iter().copied()
    }

    /// Whether something of ours that does not count as declared is deleted. What says itself when it is
    /// to be gone needs no prune.
    pub(crate) fn removes(&self, key: &ResourceKey) -> bool {
        self.prunes() || self.is_over(key)
    }

    /// Whether the run makes and changes this resource.
    pub(crate) fn acts_on(&self, key: &ResourceKey) -> bool {
        self.selected.acts_on(key)
    }

    /// Whether the run may delete this resource when it is not declared. Where only a part of the
    /// manifests is read, nobody knows what the others declare, and only what is read says that its time
    /// is over.
    pub(crate) fn may_delete(&self, key: &ResourceKey) -> bool {
        let unread = self.policy.coverage == Coverage::Part && !self.is_destroying();
        (!unread || self.is_over(key)) && self.is_selected(key)
    }

    /// Whether targets and excludes leave this resource in.
    pub(crate) fn is_selected(&self, key: &ResourceKey) -> bool {
        self.selected.may_delete(key)
    }

    pub(crate) fn rules(&self, key: &ResourceKey) -> Option<&'a KindRules> {
        self.desired.kinds().get(&key.kind)
    }

    /// The rules of a resource's kind, and those the live world adds.
    pub(crate) fn set(&self, key: &ResourceKey) -> RuleSet<'a> {
        let own = self.rules(key).map_or(&[][..], |rules| &rules.fields);
        RuleSet::new(own, self.live.rules_of(key))
    }

    /// Compares something of a resource, among what was compared under the same rules.
    pub(crate) fn compare(&self, key: &ResourceKey, comparison: &Comparison<'_>) -> Outcome {
        let refinement = self.live.refinements.get(key);
        comparison.run_among(self.series.borrow_mut().under(&key.kind, refinement))
    }

    pub(crate) fn entry(&self, key: &ResourceKey) -> Option<&'a Entry> {
        self.ledger.entries.get(key).map(|entry| &**entry)
    }

    /// The declared resource that has this key's object by the id on record.
    pub(crate) fn bound_to(&self, key: &ResourceKey) -> Option<&'a ResourceKey> {
        let id = self.entry(key)?.remote_id.as_ref()?;
        let other = self.bound.get(&(&key.kind, id)).copied();
        other.filter(|other| *other != key && self.is_declared(other))
    }

    /// The key under which an object on record is there, where that is another one: it was renamed.
    pub(crate) fn lives_as(&self, key: &ResourceKey) -> Option<&'a ResourceKey> {
        let id = self.entry(key)?.remote_id.as_ref()?;
        self.elsewhere.get(&(&key.kind, id)).copied().filter(|other| *other != key)
    }

    /// What is known of a key. A key nobody looked at is unknown, and so is an object of which
    /// only the outline came back.
    pub(crate) fn seen(&self, key: &ResourceKey) -> Seen<'a> {
        match self.live.objects.get(key) {
            Some(Observation::Present(object)) => Seen::Present(object),
            Some(Observation::Absent) => Seen::Absent,
            Some(Observation::Unknown(reason)) => Seen::Unknown(Some(reason)),
            None => Seen::Unknown(self.gap_over(key).map(|gap| &gap.reason)),
        }
    }

    /// The other key that an object could stand for, if there is one.
    pub(crate) fn claimed_by(&self, object: &LiveObject) -> Option<&'a ResourceKey> {
        let id = object.remote_id.as_ref()?;
        let claim = self.rivals.get(&(&object.key.kind, id)).copied();
        claim.filter(|other| **other != object.key)
    }

    /// Whose an object is.
    pub(crate) fn claim<'o>(&'o self, object: &'o LiveObject, rules: &'o KindRules) -> Claim<'o> {
        let beside = Beside::Record(self.entry(&object.key));
        claim(&Evidence { rules, object, stack: &self.ledger.stack, beside })
    }

    /// Whether everything that is compared came back.
    pub(crate) fn is_full(object: &LiveObject) -> bool {
        object.completeness == Completeness::Full
    }

    /// A gap in which `key` could be.
    pub(crate) fn gap_over(&self, key: &ResourceKey) -> Option<&'a Gap> {
        let own = |gap: &&Gap| gap.kind == key.kind && contains(&gap.scope, &key.scope);
        self.live.gaps.iter().find(own)
    }

    /// A gap among what lives in `key`.
    pub(crate) fn gap_within(&self, key: &ResourceKey) -> Option<&'a Gap> {
        let inside = Self::scope_of(key);
        let lives_there = |gap: &&Gap| {
            let meets = contains(&gap.scope, &inside) || contains(&inside, &gap.scope);
            meets && self.is_below(&gap.kind, key)
        };
        self.live.gaps.iter().find(lives_there)
    }

    /// What an existing resource that is not declared came after: by the ledger, and when
    /// destroying by its document too.
    pub(crate) fn recorded_edges(&self, key: &ResourceKey) -> BTreeSet<ResourceKey> {
        let recorded = self.entry(key).into_iter().flat_map(|entry| &entry.requires);
        let documents = self.desired.edges().get(key).filter(|_| self.is_destroying());
        recorded.chain(documents.into_iter().flatten()).cloned().collect()
    }

    /// The live resources that live directly in `key`, whoever's they are.
    pub(crate) fn inhabitants(&self, key: &ResourceKey) -> Vec<&'a ResourceKey> {
        self.inhabitants.get(key).cloned().unwrap_or_default()
    }

    /// Whether resources of a kind can live in resources of `key`'s kind.
    fn is_below(&self, kind: &KindId, key: &ResourceKey) -> bool {
        let kinds = self.desired.kinds();
        std::iter::successors(kinds.get(kind), |rules| kinds.get(rules.parent.as_ref()?))
            .take(3)
            .any(|rules| rules.parent.as_ref() == Some(&key.kind))
    }

    /// The scope a resource is, for those that live in it.
    pub(crate) fn scope_of(key: &ResourceKey) -> Scope {
        match &*key.scope {
            Scope::Global => Scope::Project(key.name.clone()),
            Scope::Project(project) | Scope::Workspace { project, .. } => {
                Scope::Workspace { project: project.clone(), workspace: key.name.clone() }
            }
        }
    }
}

/// Whether a scope is another, or around it.
fn contains(outer: &Scope, inner: &Scope) -> bool {
    inner.segments().starts_with(&outer.segments())
}

/// What says when it is to be gone, and that is past. Without a clock nothing is over, and who destroys asks
/// for no time.
fn over<'a>(
    desired: &'a Desired,
    ledger: &LedgerView,
    policy: &Policy,
) -> BTreeSet<&'a ResourceKey> {
    let converges = policy.purpose == Purpose::Converge;
    let Some(now) = ledger.as_of.filter(|_| converges) else { return BTreeSet::new() };
    let ended = |(key, resource): (&'a ResourceKey, &Resource)| {
        let since = ledger.entries.get(key).and_then(|entry| entry.since);
        resource.wishes.ends(since).is_some_and(|end| end <= now).then_some(key)
    };
    desired.resources().iter().filter_map(ended).collect()
}

fn bound<'a>(
    desired: &Desired,
    ledger: &'a LedgerView,
) -> BTreeMap<(&'a KindId, &'a RemoteId), &'a ResourceKey> {
    let declared = ledger.entries.values().filter(|entry| desired.get(&entry.key).is_some());
    let ids = declared
        .filter_map(|entry| Some(((&entry.key.kind, entry.remote_id.as_ref()?), &entry.key)));
    ids.collect()
}

fn elsewhere<'a>(
    live: &'a Live,
    ledger: &'a LedgerView,
) -> BTreeMap<(&'a KindId, &'a RemoteId), &'a ResourceKey> {
    let missing = ledger.entries.values().filter(|entry| live.present(&entry.key).is_none());
    let ids = missing.filter_map(|entry| Some((&entry.key.kind, entry.remote_id.as_ref()?)));
    let ids: BTreeSet<_> = ids.collect();
    if ids.is_empty() {
        return BTreeMap::new();
    }
    let there = live.objects.keys().rev().filter_map(|key| {
        let id = (&key.kind, live.present(key)?.remote_id.as_ref()?);
        ids.contains(&id).then_some((id, key))
    });
    there.collect()
}

fn rivals(live: &Live) -> BTreeMap<(&KindId, &RemoteId), &ResourceKey> {
    let claims = live.rivals.iter().flat_map(|(key, rivals)| {
        let (Rivals::Duplicates(candidates) | Rivals::Undecided(candidates)) = rivals;
        candidates.iter().map(move |candidate| ((&key.kind, &candidate.id), key))
    });
    claims.collect()
}

/// For each key what is known to live directly in it. What could not be seen counts as there.
fn inhabitants<'a>(
    desired: &Desired,
    live: &'a Live,
) -> BTreeMap<ResourceKey, Vec<&'a ResourceKey>> {
    let mut inhabitants: BTreeMap<ResourceKey, Vec<&'a ResourceKey>> = BTreeMap::new();
    for (key, observation) in live.objects.iter() {
        if !matches!(observation, Observation::Absent)
            && let Some(parent) = desired.kinds().parent_of(key)
        {
            inhabitants.entry(parent).or_default().push(key);
        }
    }
    inhabitants
}
