//! `--target` and `--exclude`: which part of the stack a run looks at.
//!
//! A target brings what it needs; an exclude takes what needs it. A delete happens only to what is
//! itself a target, never to something a target needs.

use plumb_model::policy::Purpose;
use plumb_model::{Desired, LedgerView, Live, Policy, ResourceKey};
use std::collections::{BTreeMap, BTreeSet};

/// The part of the stack a run looks at.
#[derive(Debug, Default)]
pub(crate) struct Selected {
    /// The targets; `None` when there are none and everything counts.
    targets: Option<BTreeSet<ResourceKey>>,
    /// The targets with what they need.
    with_needs: BTreeSet<ResourceKey>,
    /// The excludes with what needs them.
    excluded: BTreeSet<ResourceKey>,
}

impl Selected {
    pub(crate) fn new(
        desired: &Desired,
        live: &Live,
        ledger: &LedgerView,
        policy: &Policy,
    ) -> Self {
        let selection = &policy.selection;
        let declared = |key: &ResourceKey| desired.edges().get(key).cloned().unwrap_or_default();
        let targets = (!selection.targets.is_empty()).then(|| selection.targets.clone());
        let with_needs = closure(&selection.targets, declared);
        let excluded = if selection.excludes.is_empty() {
            BTreeSet::new()
        } else {
            let needed_by = needed_by(desired, live, ledger, policy.purpose);
            closure(&selection.excludes, |key| needed_by.get(key).cloned().unwrap_or_default())
        };
        Self { targets, with_needs, excluded }
    }

    pub(crate) fn acts_on(&self, key: &ResourceKey) -> bool {
        let targeted = self.targets.is_none() || self.with_needs.contains(key);
        targeted && !self.excluded.contains(key)
    }

    pub(crate) fn may_delete(&self, key: &ResourceKey) -> bool {
        let targeted = self.targets.as_ref().is_none_or(|targets| targets.contains(key));
        targeted && !self.excluded.contains(key)
    }
}

/// For each resource those that need it: by the documents where they count, else by the ledger.
fn needed_by(
    desired: &Desired,
    live: &Live,
    ledger: &LedgerView,
    purpose: Purpose,
) -> BTreeMap<ResourceKey, BTreeSet<ResourceKey>> {
    let mut needed_by: BTreeMap<ResourceKey, BTreeSet<ResourceKey>> = BTreeMap::new();
    let all: BTreeSet<&ResourceKey> = desired
        .resources()
        .keys()
        .chain(ledger.entries.keys())
        .chain(live.objects.keys())
        .collect();
    for key in all {
        let mut needed: BTreeSet<ResourceKey> = desired.ancestors(key).into_iter().collect();
        needed.extend(desired.edges().get(key).into_iter().flatten().cloned());
        if desired.get(key).is_none() || purpose == Purpose::Destroy {
            needed.extend(
                ledger.entries.get(key).into_iter().flat_map(|entry| entry.requires.clone()),
            );
        }
        for other in needed {
            needed_by.entry(other).or_default().insert(key.clone());
        }
    }
    needed_by
}

/// Some keys and everything reached from them.
fn closure(
    start: &BTreeSet<ResourceKey>,
    next: impl Fn(&ResourceKey) -> BTreeSet<ResourceKey>,
) -> BTreeSet<ResourceKey> {
    let mut reached = start.clone();
    let mut waiting: Vec<ResourceKey> = start.iter().cloned().collect();
    while let Some(key) = waiting.pop() {
        for other in next(&key) {
            if reached.insert(other.clone()) {
                waiting.push(other);
            }
        }
    }
    reached
}
