//! What a plan was made from, as digests: a plan file is executed only while they are the same.

use crate::Decisions;
use crate::scene::Scene;
use plumb_model::compare::{declared_leaves, digests_at};
use plumb_model::digest::Digest;
use plumb_model::live::Observation;
use plumb_model::plan::Basis;
use plumb_model::rules::RuleSet;
use plumb_model::{Entry, Policy, Resource, ResourceKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) fn of(scene: &Scene<'_>, decisions: &Decisions) -> Basis {
    let keys = || decisions.keys();
    let declared = keys().filter_map(|key| {
        let resource = scene.desired.get(key).filter(|_| scene.is_declared(key))?;
        Some((key.clone(), declared(scene, resource)))
    });
    let live = keys().map(|key| (key.clone(), live(scene, key)));
    let ledger = keys().filter_map(|key| Some((key.clone(), entry(scene.entry(key)?))));
    Basis {
        declared: declared.collect(),
        live: live.collect(),
        ledger: ledger.collect(),
        policy: Some(policy(scene.policy)),
    }
}

/// Document, wishes and secrets; the last by keyed hash, so that none can be guessed from a plan.
fn declared(scene: &Scene<'_>, resource: &Resource) -> Digest {
    let key = &scene.ledger.hash_key;
    let secrets: BTreeMap<String, String> = resource
        .secrets
        .iter()
        .map(|(path, secret)| (path.to_string(), key.hash(secret.expose())))
        .collect();
    let outputs = format!("{:?}", resource.outputs);
    let wishes = format!("{:?}", resource.wishes);
    let text = format!("{}\n{outputs}\n{wishes}\n{}", resource.body, json!(secrets));
    Digest::of_bytes(text.as_bytes())
}

/// Of a live object what a plan looks at: identity, mark, status, and the declared fields.
fn live(scene: &Scene<'_>, key: &ResourceKey) -> Digest {
    let object = match scene.live.objects.get(key) {
        Some(Observation::Present(object)) => object,
        Some(Observation::Absent) => return Digest::of(&json!("absent")),
        Some(Observation::Unknown(_)) | None => return Digest::of(&json!("unknown")),
    };
    let declared = scene.desired.get(key).filter(|_| scene.is_declared(key));
    let fields = match (declared, scene.rules(key)) {
        (Some(resource), Some(rules)) => {
            let set = RuleSet::new(&rules.fields, scene.live.rules_of(key));
            digests_at(&object.body, &declared_leaves(resource, set))
        }
        _ => BTreeMap::new(),
    };
    Digest::of(&json!({
        "id": object.remote_id,
        "mark": object.mark,
        "phase": object.status.phase,
        "power": object.status.power,
        "fields": fields,
    }))
}

fn entry(entry: &Entry) -> Digest {
    Digest::of(&serde_json::to_value(entry).unwrap_or_default())
}

/// The policy without what a person approves after seeing the plan: that changes no action.
fn policy(policy: &Policy) -> Digest {
    let mut value = serde_json::to_value(policy).unwrap_or_default();
    if let Value::Object(fields) = &mut value {
        fields.remove("allowed_deletes");
        fields.remove("confirm_loss");
    }
    Digest::of(&value)
}
