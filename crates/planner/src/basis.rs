//! What a plan was made from, as digests: a plan file is executed only while they are the same.

use crate::Decisions;
use crate::draft::Decision;
use crate::scene::Scene;
use plumb_model::body::walk;
use plumb_model::digest::{Digest, text_of};
use plumb_model::live::Observation;
use plumb_model::plan::Basis;
use plumb_model::resource::Wishes;
use plumb_model::rules::{Aspect, FieldRule};
use plumb_model::{Entry, LiveObject, Policy, Resource, ResourceKey};
use serde_json::Value;
use std::fmt::Write as _;

pub(crate) fn of(scene: &Scene<'_>, decisions: &Decisions) -> Basis {
    let keys = || decisions.keys();
    let declared = keys().filter_map(|key| {
        let resource = scene.desired.get(key).filter(|_| scene.is_declared(key))?;
        Some((key.clone(), declared(scene, resource)))
    });
    let live = decisions.iter().map(|(key, decision)| (key.clone(), live(scene, key, decision)));
    let ledger = keys().filter_map(|key| Some((key.clone(), entry(scene.entry(key)?))));
    Basis {
        declared: declared.collect(),
        live: live.collect(),
        ledger: ledger.collect(),
        policy: Some(policy(scene.policy)),
    }
}

/// Document, wishes and secrets. Where there are any, by keyed hash, so that none can be guessed
/// from a plan; else the digest is the same for every ledger.
fn declared(scene: &Scene<'_>, resource: &Resource) -> Digest {
    let mut text = resource.body.shown().to_string();
    let rules = scene.set(&resource.key);
    for (path, secret) in walk::secrets(&resource.body, rules) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{path}={}", scene.ledger.hash_key.of(secret));
    }
    let outputs = walk::outputs(&resource.body, rules);
    if !outputs.is_empty() {
        let _ = write!(text, "\n{outputs:?}");
    }
    if resource.wishes != Wishes::default() {
        let _ = write!(text, "\n{:?}", resource.wishes);
    }
    if holds_secrets(scene, resource) {
        text = scene.ledger.hash_key.hash(&text);
    }
    Digest::of_bytes(text.as_bytes())
}

/// Whether the body may hold a secret as plain text, because only a rule of its profile says that
/// it is one.
fn holds_secrets(scene: &Scene<'_>, resource: &Resource) -> bool {
    let secret = |rule: &FieldRule| matches!(rule.aspect, Aspect::Secret | Aspect::WriteOnly);
    let own = scene.rules(&resource.key).map_or(&[][..], |rules| &rules.fields);
    own.iter().chain(scene.live.rules_of(&resource.key)).any(secret)
}

/// Of a live object what the plan looked at: identity, mark, status, and where it is not as
/// declared. Where it is, the document's own digest says the rest.
fn live(scene: &Scene<'_>, key: &ResourceKey, decision: &Decision) -> Digest {
    let object = match scene.live.objects.get(key) {
        Some(Observation::Present(object)) => object,
        Some(Observation::Absent) => return Basis::absent(),
        Some(Observation::Unknown(_)) | None => return Digest::of_bytes(b"unknown"),
    };
    let LiveObject { remote_id, mark, status, .. } = &**object;
    let mut text = format!("{remote_id:?} {mark:?} {:?} {:?}", status.phase, status.power);
    for change in decision.changes() {
        text.push('\n');
        text.push_str(&text_of(change));
    }
    Digest::of_bytes(text.as_bytes())
}

fn entry(entry: &Entry) -> Digest {
    Digest::of_bytes(text_of(entry).as_bytes())
}

/// The policy without what a person approves after seeing the plan: that changes no action.
fn policy(policy: &Policy) -> Digest {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(policy) else {
        return Digest::of_serialized(policy);
    };
    fields.remove("allowed_deletes");
    fields.remove("allowed_hourly");
    fields.remove("confirm_loss");
    Digest::of(&Value::Object(fields))
}
