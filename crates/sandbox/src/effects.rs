//! The append-only ledger of everything that ever took effect: the oracle of reliability tests.
//!
//! What a client was told does not matter here; a request whose answer was lost leaves its effect
//! all the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::time::Timestamp;

/// The actor of everything that happens outside the API.
pub const SOMEBODY_ELSE: &str = "somebody-else";

/// What sort of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectKind {
    /// An object that was not there is there now.
    Created,
    /// A write to an existing object was accepted; `detail.changed` says whether it differed.
    Updated,
    /// A deployment was started; `detail.vpcDeployed` says whether a VPC service of the project was
    /// deployed at that moment.
    Published,
    /// An action was started; `detail.verb` names it.
    Action,
    /// A delete was accepted.
    Deleted,
    /// The object is no longer there.
    Gone,
    /// A user was added to a group.
    GroupAdded,
    /// A user was removed from a group.
    GroupRemoved,
    /// A user was given a role in a project.
    RoleAssigned,
    /// A role in a project was taken from a user.
    RoleUnassigned,
    /// Somebody set the status of an object by hand.
    StatusSet,
    /// Somebody was told something about the object; `detail` says what.
    Notified,
    /// The object ended by itself, and is still there.
    Expired,
}

/// One thing that took effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// Counts from 1 without gaps.
    pub id: u64,
    /// Virtual time.
    pub at: Timestamp,
    /// The name of the cloud it happened in.
    pub cloud: String,
    /// What happened.
    pub kind: EffectKind,
    /// The object's key, as edits name it.
    pub object: String,
    /// The id of the key that asked, or [`SOMEBODY_ELSE`].
    pub actor: String,
    /// The `X-Request-Id` of the request that caused it; empty where none did.
    pub request: String,
    /// Digest of the request's body; empty where there was none.
    pub digest: String,
    /// More, by kind.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

/// Every effect of a world, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EffectLedger {
    effects: Vec<Effect>,
}

impl EffectLedger {
    /// A ledger that goes on from these effects.
    #[must_use]
    pub fn from_effects(effects: Vec<Effect>) -> Self {
        EffectLedger { effects }
    }

    /// Every effect, oldest first.
    #[must_use]
    pub fn all(&self) -> &[Effect] {
        &self.effects
    }

    /// The effects after the one with this id; 0 gives all.
    #[must_use]
    pub fn since(&self, id: u64) -> &[Effect] {
        let start = usize::try_from(id).unwrap_or(usize::MAX);
        self.effects.get(start..).unwrap_or_default()
    }

    /// The number of effects, which is also the id of the last one.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.effects.len() as u64
    }

    /// The effects of one kind.
    pub fn of_kind(&self, kind: EffectKind) -> impl Iterator<Item = &Effect> {
        self.effects.iter().filter(move |effect| effect.kind == kind)
    }

    /// What ever happened to one object.
    pub fn of_object<'a>(&'a self, object: &'a str) -> impl Iterator<Item = &'a Effect> {
        self.effects.iter().filter(move |effect| effect.object == object)
    }

    /// How often each object was created through the API, by key. A deletion does not reset it.
    #[must_use]
    pub fn creates_per_object(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for effect in self.of_kind(EffectKind::Created) {
            if effect.actor != SOMEBODY_ELSE {
                *counts.entry(effect.object.clone()).or_default() += 1;
            }
        }
        counts
    }

    /// The keys of objects that were created while an object of that key existed. Always empty
    /// where names are unique; the question matters where they are not.
    #[must_use]
    pub fn duplicates(&self) -> Vec<String> {
        let mut alive: BTreeMap<&str, usize> = BTreeMap::new();
        let mut duplicates = Vec::new();
        for effect in &self.effects {
            let count = alive.entry(&effect.object).or_default();
            match effect.kind {
                EffectKind::Created => *count += 1,
                EffectKind::Gone => *count = count.saturating_sub(1),
                _ => continue,
            }
            if *count > 1 {
                duplicates.push(effect.object.clone());
            }
        }
        duplicates
    }

    pub(crate) fn push(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
}
