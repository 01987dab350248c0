//! What must hold at every instant of a trial (RELIABILITY.md §6), by the sandbox's effect ledger.
//!
//! - O2: no resource exists twice, at no instant.
//! - O3: nothing foreign is touched.
//! - O5: no secret is on the disk.
//! - O6: every live object of ours is in the ledger, or listed as in doubt.

use crate::trial::workload::Workload;
use plumb_model::{LedgerView, ResourceKey};
use plumb_sandbox::effects::SOMEBODY_ELSE;
use plumb_sandbox::{Effect, EffectKind, World};
use std::collections::{BTreeMap, BTreeSet};

/// The tag that holds a create's uid.
const UID: &str = "plumb.dev/uid=";

/// A moment between two runs.
#[derive(Clone, Copy, Debug)]
pub struct Instant<'a> {
    /// What is applied.
    pub workload: &'a Workload,
    /// The world.
    pub world: &'a World,
    /// The ledger as it is on the disk.
    pub ledger: &'a LedgerView,
}

/// An object of ours that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Alive {
    /// Its key in the effect ledger.
    object: String,
    /// What it is to us: a uid, or kind and name where names are unique.
    identity: String,
}

/// What is wrong at an instant.
#[must_use]
pub fn violations(instant: &Instant<'_>) -> Vec<String> {
    let alive = alive(instant.world);
    let mut violations = twice(instant.world);
    violations.extend(lost(instant, &alive));
    violations
}

/// What is wrong when all is over: foreign things, and bad manners.
#[must_use]
pub fn at_the_end(workload: &Workload, world: &World) -> Vec<String> {
    let ours: BTreeSet<String> = created(world).map(|effect| effect.object.clone()).collect();
    let foreign = world.effects().all().iter().filter(|effect| {
        effect.actor != SOMEBODY_ELSE
            && !effect.actor.is_empty()
            && effect.cloud == plumb_sandbox::Cloud::VoltagePark
            && !ours.contains(&effect.object)
    });
    let mut violations: Vec<String> = foreign
        .map(|effect| format!("something foreign was touched: {:?} {}", effect.kind, effect.object))
        .collect();
    let expected = workload.desired.resources().len();
    let there = alive(world).len();
    if there < expected {
        violations.push(format!("{there} of {expected} resources exist at the end"));
    }
    violations
}

/// The id of the object that was made for a uid, if one exists.
#[must_use]
pub fn made(world: &World, uid: &str) -> Option<String> {
    let wanted = format!("{UID}{uid}");
    let found = alive(world).into_iter().find(|alive| alive.identity == wanted)?;
    found.object.rsplit('/').next().map(str::to_owned)
}

fn created(world: &World) -> impl Iterator<Item = &Effect> {
    let effects = world.effects().all().iter();
    effects.filter(|it| it.kind == EffectKind::Created && it.actor != SOMEBODY_ELSE)
}

/// What an object is to us.
fn identity(effect: &Effect) -> String {
    let tags = effect.detail["tags"].as_array().into_iter().flatten();
    let uid = tags.filter_map(|tag| tag.as_str()).find(|tag| tag.starts_with(UID));
    match (uid, effect.object.rsplit_once('/'), effect.detail["name"].as_str()) {
        (Some(uid), _, _) => uid.to_owned(),
        (None, Some((family, _)), Some(name)) if effect.object.starts_with("voltage-park/") => {
            format!("{family}/{name}")
        }
        _ => effect.object.clone(),
    }
}

/// Identities of which there were two at any instant.
fn twice(world: &World) -> Vec<String> {
    let mut identities: BTreeMap<&str, String> = BTreeMap::new();
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    let mut violations = Vec::new();
    for effect in world.effects().all() {
        match effect.kind {
            EffectKind::Created if effect.actor != SOMEBODY_ELSE => {
                let identity = identity(effect);
                let now = count.entry(identity.clone()).or_default();
                *now += 1;
                if *now > 1 {
                    violations.push(format!("{identity} exists {now} times, at {:?}", effect.at));
                }
                identities.insert(&effect.object, identity);
            }
            EffectKind::Gone => {
                if let Some(now) = identities.remove(effect.object.as_str())
                    && let Some(now) = count.get_mut(&now)
                {
                    *now = now.saturating_sub(1);
                }
            }
            _ => {}
        }
    }
    violations
}

/// Objects of ours that exist now.
fn alive(world: &World) -> Vec<Alive> {
    let mut alive: BTreeMap<&str, String> = BTreeMap::new();
    for effect in world.effects().all() {
        match effect.kind {
            EffectKind::Created if effect.actor != SOMEBODY_ELSE => {
                alive.insert(&effect.object, identity(effect));
            }
            EffectKind::Gone => {
                alive.remove(effect.object.as_str());
            }
            _ => {}
        }
    }
    let named = alive.into_iter();
    named.map(|(object, identity)| Alive { object: object.to_owned(), identity }).collect()
}

/// Objects that are neither in the ledger nor in doubt (O6).
fn lost(instant: &Instant<'_>, alive: &[Alive]) -> Vec<String> {
    let known = known(instant);
    let is_known = |object: &Alive| {
        known.contains(&object.identity)
            || object.object.rsplit('/').next().is_some_and(|id| known.contains(id))
    };
    let lost = alive.iter().filter(|object| !is_known(object));
    lost.map(|object| format!("{} ({}) is lost", object.object, object.identity)).collect()
}

/// Everything by which the ledger knows objects: ids, uids of intents, and names where they are
/// unique.
fn known(instant: &Instant<'_>) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for entry in instant.ledger.entries.values() {
        known.extend(entry.remote_id.iter().map(|id| id.as_str().to_owned()));
        known.extend(names(&entry.key));
    }
    for intent in instant.ledger.open_intents.values() {
        known.insert(format!("{UID}{}", intent.uid));
        known.extend(names(&intent.key));
    }
    known
}

fn names(key: &ResourceKey) -> Vec<String> {
    let family = match key.kind.kind.as_str() {
        "StorageVolume" => "voltage-park/storage",
        "SSHKey" => "voltage-park/ssh-keys",
        "VirtualMachine" | "BareMetal" => return Vec::new(),
        kind => {
            let scope = key.scope.segments().join("/");
            let place = if scope.is_empty() { String::new() } else { format!("{scope}/") };
            return vec![format!("{kind}/{place}{}", key.name)];
        }
    };
    vec![format!("{family}/{}", key.name)]
}
