//! What a plan was made from, as digests: a plan file is executed only while they are the same.

use crate::scene::Scene;
use plumb_model::body::walk;
use plumb_model::digest::{Digest, text_of};
use plumb_model::live::Observation;
use plumb_model::plan::{Basis, FieldChange};
use plumb_model::resource::Wishes;
use plumb_model::rules::{Aspect, FieldRule};
use plumb_model::text::SECRET_PLACEHOLDER;
use plumb_model::{Entry, LiveObject, Plan, Resource, ResourceKey};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

pub(crate) fn of(plan: &Plan, scene: &Scene<'_>) -> Basis {
    let keys = || plan.looked_at.iter();
    let changes = changes(plan);
    let declared = keys().filter_map(|key| {
        let resource = scene.desired.get(key).filter(|_| scene.is_declared(key))?;
        let Declared { whole, veiled } = declared(scene, resource);
        Some(((key.clone(), whole), (key.clone(), veiled)))
    });
    // Maps of what is in order already are made at once.
    let (whole, veiled): (Vec<_>, Vec<_>) = declared.unzip();
    let looked_at = keys().map(|key| {
        let identity = identity(scene, key);
        let changes = changes.get(key).map_or(&[][..], Vec::as_slice);
        let live = live(scene, key, changes).unwrap_or(identity);
        ((key.clone(), live), (key.clone(), identity))
    });
    let (live, identity): (Vec<_>, Vec<_>) = looked_at.unzip();
    let ledger = keys().filter_map(|key| Some((key.clone(), entry(scene.entry(key)?))));
    Basis {
        declared: whole.into_iter().collect(),
        veiled: veiled.into_iter().collect(),
        live: live.into_iter().collect(),
        identity: identity.into_iter().collect(),
        ledger: ledger.collect(),
        policy: Some(Digest::of(&Value::Object(scene.policy.settings()))),
    }
}

/// The two digests of a declared resource.
struct Declared {
    /// Document, wishes and secrets. Where there are any, by keyed hash, so that none can be guessed
    /// from a plan; else the digest is the same for every ledger.
    whole: Digest,
    /// Document and wishes, with a placeholder where a secret stands or will stand.
    veiled: Digest,
}

fn declared(scene: &Scene<'_>, resource: &Resource) -> Declared {
    let rules = scene.set(&resource.key);
    let beside = beside(scene, resource);
    let mut text = resource.body.shown_text();
    let mut sealed = resource.body.clone();
    walk::seal(&mut sealed, rules);
    let is_plain = sealed == resource.body && !resource.body.holds_hidden();
    let veiled = (!is_plain).then(|| {
        let unset = walk::unset(&resource.body, rules).into_keys();
        let body = unset.fold(sealed, |body, path| body.with(&path, SECRET_PLACEHOLDER.into()));
        Digest::of_bytes(format!("{}{beside}", body.shown_text()).as_bytes())
    });
    for (path, secret) in walk::secrets(&resource.body, rules) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{path}={}", scene.ledger.hash_key.of(secret));
    }
    text.push_str(&beside);
    let plain = Digest::of_bytes(text.as_bytes());
    let whole = if holds_secrets(scene, resource) {
        Digest::of_bytes(scene.ledger.hash_key.hash(&text).as_bytes())
    } else {
        plain
    };
    Declared { whole, veiled: veiled.unwrap_or(plain) }
}

/// What of a declared resource is not in what is shown of its body.
fn beside(scene: &Scene<'_>, resource: &Resource) -> String {
    let mut text = String::new();
    let outputs = walk::outputs(&resource.body, scene.set(&resource.key));
    if !outputs.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{outputs:?}");
    }
    if *resource.wishes != Wishes::default() {
        let _ = write!(text, "\n{:?}", resource.wishes);
    }
    text
}

/// Whether the body may hold a secret as plain text, because only a rule of its profile says that
/// it is one.
fn holds_secrets(scene: &Scene<'_>, resource: &Resource) -> bool {
    let secret = |rule: &FieldRule| matches!(rule.aspect, Aspect::Secret | Aspect::WriteOnly);
    let own = scene.rules(&resource.key).map_or(&[][..], |rules| &rules.fields);
    own.iter().chain(scene.live.rules_of(&resource.key)).any(secret)
}

/// The fields that change of each resource, or that something holds up.
fn changes(plan: &Plan) -> BTreeMap<&ResourceKey, Vec<&FieldChange>> {
    let mut changes: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let made = plan.actions.iter().map(|action| (&action.key, &action.changes));
    let held_up = plan.blocked.iter().map(|blocked| (&blocked.key, &blocked.changes));
    for (key, fields) in made.chain(held_up).filter(|(_, fields)| !fields.is_empty()) {
        changes.entry(key).or_default().extend(fields);
    }
    changes
}

/// Of a live object what the plan looked at: what it is, and where it is not as declared. `None` where it
/// is, or is not there: then the document's own digest says the rest.
fn live(scene: &Scene<'_>, key: &ResourceKey, changes: &[&FieldChange]) -> Option<Digest> {
    changes.first()?;
    let mut text = standing(scene, key)?;
    for change in changes {
        text.push('\n');
        text.push_str(&text_of(change));
    }
    Some(Digest::of_bytes(text.as_bytes()))
}

/// Which object it is and how it is doing, or that it is not there, or not seen.
fn identity(scene: &Scene<'_>, key: &ResourceKey) -> Digest {
    match (standing(scene, key), scene.live.objects.get(key)) {
        (Some(text), _) => Digest::of_bytes(text.as_bytes()),
        (None, Some(Observation::Absent)) => Basis::absent(),
        (None, _) => Basis::unknown(),
    }
}

/// Identity, mark and status of a live object that is there.
fn standing(scene: &Scene<'_>, key: &ResourceKey) -> Option<String> {
    let LiveObject { remote_id, mark, status, .. } = scene.live.present(key)?;
    Some(format!("{remote_id:?} {mark:?} {:?} {:?}", status.phase, status.power))
}

fn entry(entry: &Entry) -> Digest {
    Digest::of_bytes(text_of(entry).as_bytes())
}
