//! What is worth saying about the world as a whole: what nobody manages, what was left out.

use crate::Decisions;
use crate::draft::{Decision, Step, note};
use crate::scene::Scene;
use crate::words;
use plumb_model::body::walk;
use plumb_model::compare::{Comparison, Sent};
use plumb_model::plan::{Because, Operation};
use plumb_model::policy::{Coverage, Strangers};
use plumb_model::resource::Scheduled;
use plumb_model::rules::{Access, Identity};
use plumb_model::text::escape;
use plumb_model::{
    Code, Entry, FieldPath, LiveObject, Money, Note, Observation, Resource, ResourceKey, Scope,
    ending,
};
use std::collections::BTreeSet;

pub(crate) fn of_the_world(scene: &Scene<'_>) -> Vec<Note> {
    let others = unread(scene).chain(not_set(scene)).chain(left_out(scene)).chain(ending(scene));
    unmanaged(scene).into_iter().chain(others).collect()
}

/// What times have a word in about a resource: why a machine is switched that is declared otherwise, and a
/// time to live that has not begun.
pub(crate) fn timed(scene: &Scene<'_>, resource: &Resource, decision: &mut Decision) {
    if resource.wishes.time_to_live.is_some()
        && scene.entry(&resource.key).is_some_and(|entry| entry.since.is_none())
    {
        let message = "since when it is ours is not on record, so its time to live does not begin; say \
                       plumb.dev/expires";
        decision.note(&resource.key, Code::NOTE_REPORTED, message);
    }
    let switches = |step: &Step| matches!(step.operation, Operation::Power(_));
    if let Some(Scheduled(message)) = &resource.wishes.scheduled
        && decision.steps.iter().any(switches)
    {
        decision.note(&resource.key, Code::NOTE_SCHEDULED, &**message);
    }
}

/// Variables that are not set: what they would give is not compared.
fn not_set(scene: &Scene<'_>) -> Option<Note> {
    let open =
        scene.desired.resources().iter().filter(|(_, resource)| resource.body.holds_hidden());
    let declared = open.filter(|(key, _)| scene.is_declared(key));
    let unset = declared.flat_map(|(key, resource)| walk::unset(&resource.body, scene.set(key)));
    let (count, variables) = unset.fold((0, BTreeSet::new()), |(count, mut names), (_, name)| {
        names.insert(name);
        (count + 1, names)
    });
    let is = if variables.len() == 1 { "is" } else { "are" };
    let message = format!(
        "{} {is} not set: {} not compared",
        words::few(&variables),
        if count == 1 { "1 value is".to_owned() } else { format!("{count} values are") }
    );
    (count > 0).then_some(Note { key: None, code: Code::NOTE_NOT_SET, message })
}

/// What is to be made while something that says the same is owned and no longer declared: the
/// document may only have another name.
pub(crate) fn renamed(scene: &Scene<'_>, decisions: &Decisions) -> Vec<Note> {
    /// So many that are no longer declared are compared with what is to be made.
    const MOST: usize = 100;
    let orphans = scene.ledger.entries.keys().filter(|key| scene.desired.get(key).is_none());
    let orphans: Vec<&ResourceKey> = orphans.take(MOST).collect();
    let is_made = |decision: &Decision| {
        let missing = BTreeSet::from([Because::Missing]);
        decision.steps.iter().any(|step| step.because == missing)
    };
    let made = decisions.iter().filter(|(_, decision)| is_made(decision));
    let told = made.filter_map(|(key, _)| {
        let resource = scene.desired.get(key)?;
        let old = orphans.iter().find(|old| says_the_same(scene, resource, old))?;
        let by_id = scene.rules(key).is_some_and(|rules| rules.identity == Identity::Id);
        let message = if by_id {
            format!(
                "{old} is no longer declared and says the same: to rename it, and make nothing, set \
                 plumb.dev/moved-from: {}",
                escape(&old.name)
            )
        } else {
            format!(
                "{old} is no longer declared and says the same; things of this kind cannot be \
                 renamed, so this is another one"
            )
        };
        Some(note(key, Code::NOTE_RENAMED, message))
    });
    told.collect()
}

/// Whether a live object on record is what a resource declares, but for its name.
fn says_the_same(scene: &Scene<'_>, resource: &Resource, old: &ResourceKey) -> bool {
    let place = |key: &ResourceKey| (key.kind.clone(), key.scope.clone());
    let (Some(object), Some(entry)) = (scene.live.present(old), scene.entry(old)) else {
        return false;
    };
    if place(old) != place(&resource.key) {
        return false;
    }
    let outcome = Comparison {
        declared: &resource.body,
        live: &object.body,
        sent: Some(Sent { body: &entry.sent, hashes: &entry.hashes, attempted: None }),
        rules: scene.set(&resource.key),
        ignore: &resource.wishes.ignore,
        hash_key: &scene.ledger.hash_key,
    }
    .run();
    let name = FieldPath::root().key("metadata").key("name");
    outcome.differences.iter().all(|difference| difference.path == name)
}

/// Lists that did not answer: of what they would have shown nothing is said.
fn unread(scene: &Scene<'_>) -> impl Iterator<Item = Note> {
    scene.live.gaps.iter().map(|gap| {
        let (kind, place) = (&gap.kind.kind, words::scope(&gap.scope));
        let message = format!("{kind} of {place} could not be listed: {}", gap.reason);
        Note { key: None, code: Code::NOTE_UNREAD, message }
    })
}

/// Live objects that carry no mark, in projects and workspaces where the stack has something. The
/// organization itself is shared by its nature and not looked through, but where that was asked for:
/// for what is paid for in the clouds where the stack has something.
fn unmanaged<'a>(scene: &Scene<'a>) -> Vec<Note> {
    let known = known(scene);
    let clouds: BTreeSet<&str> = known.iter().map(|key| key.kind.group.as_str()).collect();
    let scopes: BTreeSet<&Scope> =
        known.into_iter().map(|key| &*key.scope).filter(|s| **s != Scope::Global).collect();
    let concerns_us = |object: &LiveObject| {
        let LiveObject { key, hourly, .. } = object;
        let paid = scene.policy.strangers == Strangers::PaidFor
            && hourly.is_some_and(|price| price > Money::ZERO);
        scopes.contains(&*key.scope) || (paid && clouds.contains(key.kind.group.as_str()))
    };
    let nobodys = |(key, observation): (&ResourceKey, &'a Observation)| {
        let Observation::Present(object) = observation else { return None };
        if object.mark.is_some() || scene.claimed_by(object).is_some() || !concerns_us(object) {
            return None;
        }
        let managed = scene.rules(key).is_some_and(|rules| rules.access == Access::Managed);
        let unknown = scene.desired.get(key).is_none() && scene.entry(key).is_none();
        (managed && unknown && scene.may_delete(key)).then_some(&**object)
    };
    let told = |object: &LiveObject| {
        let price = object.hourly.map(|price| format!("; it costs {price} an hour"));
        let message = format!(
            "it is there, and neither declared nor marked as anybody's{}",
            price.unwrap_or_default()
        );
        note(&object.key, Code::NOTE_UNMANAGED, message)
    };
    scene.live.objects.iter().filter_map(nobodys).map(told).collect()
}

/// Contracts that end soon by the time the ledger is looked at.
fn ending(scene: &Scene<'_>) -> impl Iterator<Item = Note> {
    let told = |entry: &Entry| {
        let contract = entry.protections.contract.as_ref()?;
        let days = ending::of_contract(contract, scene.ledger.as_of?)?;
        let term = words::count(usize::try_from(contract.months).ok()?, "month");
        let message =
            format!("its contract of {term} ends {}", ending::words(contract.end()?, days));
        Some(note(&entry.key, Code::NOTE_CONTRACT_ENDS, message))
    };
    scene.ledger.entries.values().filter_map(move |entry| told(entry))
}

/// How much `--target` and `--exclude` left out, or is in manifests that are not read.
fn left_out(scene: &Scene<'_>) -> Option<Note> {
    if scene.coverage() == Coverage::Whole {
        return None;
    }
    let skipped = known(scene).into_iter().filter(|key| {
        if scene.is_declared(key) { !scene.acts_on(key) } else { !scene.may_delete(key) }
    });
    let skipped: Vec<&ResourceKey> = skipped.collect();
    if skipped.is_empty() {
        return None;
    }
    let left = if skipped.len() == 1 { "is" } else { "are" };
    let message = format!(
        "{} {left} left out {}: {}",
        words::count(skipped.len(), "resource"),
        match scene.policy.coverage {
            Coverage::Whole => "by --target or --exclude",
            Coverage::Part => "because only some of the manifests are read",
        },
        words::few(&skipped)
    );
    Some(Note { key: None, code: Code::NOTE_EXCLUDED, message })
}

/// Everything the stack declares or owns.
fn known<'a>(scene: &Scene<'a>) -> BTreeSet<&'a ResourceKey> {
    let declared = scene.desired.resources().keys().filter(|key| scene.is_declared(key));
    declared.chain(scene.ledger.entries.keys()).collect()
}
