//! What must hold at every instant of a trial (docs/rules.md §6), by the sandbox's effect ledger.
//!
//! - O2: no resource exists twice, at no instant.
//! - O3: nothing foreign is touched.
//! - O4: what took effect is what takes effect without faults, but for repeats that faults explain.
//! - O5: no secret is on the disk, nor in what a run says.
//! - O6: every live object of ours is in the ledger, or listed as in doubt.
//! - O8: what a run says it came to agrees with the ledger of effects.
//! - O9: what exists never costs more than plans have announced.
//! - O10: what was attempted and is taken back does not stay.
//!
//! O1 and O7, convergence within so many runs, are judged by the course of the trial.

use crate::simulated::Seen as _;
use crate::trial::workload::Workload;
use plumb_model::{Code, LedgerView, Money, Plan, ResourceKey};
use plumb_reconcile::Verdict;
use plumb_sandbox::effects::SOMEBODY_ELSE;
use plumb_sandbox::{Effect, EffectKind, World};
use std::collections::{BTreeMap, BTreeSet};

/// The tag that holds a create's uid.
const UID: &str = "plumb.dev/uid=";

/// What took effect, and how often: what a client could have caused, by what the thing is to us.
pub type Effects = BTreeMap<Happened, usize>;

/// One sort of thing that took effect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Happened {
    kind: EffectKind,
    identity: String,
    /// The verb of an action; empty for everything else.
    verb: String,
}

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
    let mut alive = alive(instant.world);
    // What a lost ledger knew is not known until it is found again, which it is in the end.
    alive.retain(|object| !instant.workload.forgotten.contains(&object.object));
    let mut violations = twice(instant.world);
    violations.extend(lost(instant, &alive));
    violations
}

/// What exists at the end and no ledger knows (O6).
#[must_use]
pub fn lost_for_good(instant: &Instant<'_>) -> Vec<String> {
    lost(instant, &alive(instant.world))
}

/// The objects of ours that exist now.
pub(super) fn objects(world: &World) -> BTreeSet<String> {
    alive(world).into_iter().map(|alive| alive.object).collect()
}

/// What is wrong when all is over: foreign things, and bad manners.
#[must_use]
pub fn at_the_end(workload: &Workload, world: &World) -> Vec<String> {
    let ours: BTreeSet<String> = created(world).map(|effect| effect.object.clone()).collect();
    let foreign = world.effects().all().iter().filter(|effect| {
        effect.actor != SOMEBODY_ELSE
            && !effect.actor.is_empty()
            && effect.cloud == "voltage-park"
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
    if workload.taken_back.is_some() {
        violations.extend(left_behind(world));
    }
    // What was taken out of the manifests is gone, and not only out of sight.
    if workload.begun.is_some() && there > expected {
        violations.push(format!("{there} resources exist at the end, and {expected} are declared"));
    }
    violations
}

/// Memberships that users were given and not rid of.
fn left_behind(world: &World) -> Vec<String> {
    let mut there: BTreeMap<String, i32> = BTreeMap::new();
    for effect in world.effects().all() {
        let change = match effect.kind {
            EffectKind::GroupAdded | EffectKind::RoleAssigned => 1,
            EffectKind::GroupRemoved | EffectKind::RoleUnassigned => -1,
            _ => continue,
        };
        *there.entry(format!("{} {}", effect.object, effect.detail)).or_default() += change;
    }
    let left = there.into_iter().filter(|(_, times)| *times != 0);
    left.map(|(membership, _)| format!("a membership was taken back and stays: {membership}"))
        .collect()
}

/// What took effect on behalf of anyone but somebody else.
#[must_use]
pub fn effects(world: &World) -> Effects {
    let mut identities: BTreeMap<&str, String> = BTreeMap::new();
    let mut effects = Effects::new();
    for effect in world.effects().all() {
        if effect.actor == SOMEBODY_ELSE {
            continue;
        }
        if effect.kind == EffectKind::Created {
            identities.insert(&effect.object, identity(effect));
        }
        let identity = identities.get(effect.object.as_str()).unwrap_or(&effect.object).clone();
        let verb = effect.detail["verb"].as_str().unwrap_or_default().to_owned();
        *effects.entry(Happened { kind: effect.kind, identity, verb }).or_default() += 1;
    }
    effects
}

/// What took effect beyond need (O4): things that do not happen without faults; makes and deletes
/// more than once; anything else more often than there are faults to explain it.
#[must_use]
pub fn beyond_need(undisturbed: &Effects, effects: &Effects, faults: usize) -> Vec<String> {
    let excess = effects.iter().filter(|(happened, times)| {
        let needed = undisturbed.get(happened).copied().unwrap_or_default();
        let repeats = match happened.kind {
            EffectKind::Created | EffectKind::Deleted | EffectKind::Gone => 0,
            _ if needed == 0 => 0,
            _ => faults,
        };
        **times > needed + repeats
    });
    let named = excess.map(|(happened, times)| {
        let needed = undisturbed.get(happened).copied().unwrap_or_default();
        format!("{happened:?} took effect {times} times, {needed} without faults")
    });
    named.collect()
}

/// What a run says it came to, against what there is (O8).
#[must_use]
pub fn dishonest(instant: &Instant<'_>, plan: &Plan, verdict: Verdict) -> Option<String> {
    let open = instant.ledger.open_intents.len();
    let (there, declared) =
        (alive(instant.world).len(), instant.workload.desired.resources().len());
    let says_in_doubt = plan.blocked.iter().any(|it| it.code == Code::BLOCKED_INDETERMINATE);
    let may_run_already = plan.blocked.iter().any(|it| it.code == Code::BLOCKED_BILL);
    match verdict {
        Verdict::Done if open > 0 => Some(format!("a run said done with {open} creates in doubt")),
        Verdict::Done if there < declared => {
            Some(format!("a run said done with {there} of {declared} resources there"))
        }
        Verdict::Incomplete | Verdict::Blocked if open > 0 && !says_in_doubt => {
            Some(format!("a run did not say that {open} creates are in doubt"))
        }
        Verdict::Indeterminate if open == 0 && !may_run_already => {
            Some("a run said indeterminate with nothing in doubt".to_owned())
        }
        _ => None,
    }
}

/// What everything of the first key's organization costs an hour.
#[must_use]
pub fn bill(world: &World) -> Money {
    let organization = world.voltage_park().config().keys.first().map(|key| &*key.organization);
    let rate = world.park().hourly_rate(organization.unwrap_or_default());
    rate.to_string().parse().unwrap_or_default()
}

/// The machine of ours that was made last, of those that exist.
#[must_use]
pub fn newest_machine(world: &World) -> Option<String> {
    let alive: BTreeSet<String> = alive(world).into_iter().map(|alive| alive.object).collect();
    let made = created(world).map(|effect| &effect.object).filter(|object| {
        ["virtual-machines", "bare-metal"].iter().any(|family| object.contains(family))
    });
    made.filter(|object| alive.contains(*object)).last().cloned()
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

/// The younger ones of objects that are the same to us and exist at the same time.
#[must_use]
pub fn duplicates(world: &World) -> Vec<String> {
    let alive: BTreeMap<String, String> =
        alive(world).into_iter().map(|alive| (alive.object, alive.identity)).collect();
    let mut seen = BTreeSet::new();
    let made = created(world).map(|effect| &effect.object);
    let living = made.filter_map(|object| Some((object, alive.get(object)?)));
    living.filter(|(_, identity)| !seen.insert(*identity)).map(|(it, _)| it.clone()).collect()
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
