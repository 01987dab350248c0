//! `plumb export`: live objects as manifests, so clean that a plan of them changes nothing.

pub(crate) mod files;
mod names;

use crate::arguments::Shared;
use crate::clouds::Clouds;
use crate::commands::live::{Which, chosen, look as look_at, tell_gaps, yaml};
use crate::commands::look;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::{Problem, broken};
use plumb_engine::Observed;
use plumb_kind::{Kind, Registry};
use plumb_model::claim::{Beside, Claim, Evidence, claim};
use plumb_model::path::Segment;
use plumb_model::rules::{Access, Aspect};
use plumb_model::text::escape;
use plumb_model::{Entry, FieldPath, KindRules, LedgerView, LiveObject};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What to export.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Which live objects.
    pub(crate) which: Which,
    /// Whose.
    pub(crate) owners: Owners,
    /// The folder to write into; printed when missing.
    pub(crate) into: Option<PathBuf>,
    /// What becomes of files that are there.
    pub(crate) there: files::There,
    /// The folder of the stack's manifests.
    pub(crate) manifests: Option<PathBuf>,
}

/// Whose objects are exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owners {
    /// Everybody's.
    Anybody,
    /// What this stack owns, by mark or ledger.
    ThisStack,
}

/// Exports.
pub(crate) async fn run(
    wanted: Wanted,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Problem> {
    let place = look::place(wanted.manifests.clone(), shared)?;
    let stack = &place.stack;
    let view = place.store.read(stack).map_err(|error| broken(&error))?;
    let clouds = Clouds::anywhere(shared, environment).await?;
    wanted.which.check(clouds.engine.registry())?;
    let mut observed = look_at(&clouds, &wanted.which).await?;
    clouds.engine.read_export_lookups(&mut observed).await;
    clouds.refuse_unreachable()?;
    clouds.refuse_closed_keys()?;
    let seen = tell_gaps(&observed.live, &wanted.which, clouds.engine.registry(), output);
    let registry = clouds.engine.registry();
    let (theirs, objects): (Vec<_>, Vec<_>) = chosen(&observed, &wanted.which)
        .into_iter()
        .filter(|object| registry.kind(&object.key.kind).is_some_and(is_written))
        .partition(|object| {
            matches!(whose(registry, object, &view), Some(Claim::AnotherStacks(_)))
        });
    tell_left_out(&theirs, output);
    let is_ours =
        |object: &LiveObject| matches!(whose(registry, object, &view), Some(Claim::Ours(_)));
    let wanted_here = |object: &&LiveObject| wanted.owners == Owners::Anybody || is_ours(object);
    let exported = objects.into_iter().filter(wanted_here).filter_map(|object| {
        let document = manifest(registry, object, &observed, &view)?;
        let rules = registry.kind(&object.key.kind)?.rules();
        Some(names::Exported { object, rules, document, ours: is_ours(object) })
    });
    let manifests = names::apart(exported.collect(), &view);
    match &wanted.into {
        None => {
            let documents: Vec<Value> = manifests.into_iter().map(|it| it.document).collect();
            output.data(&yaml(&documents));
        }
        Some(folder) => {
            files::write(folder, &place.settings, (&manifests, wanted.there), output)?;
        }
    }
    clouds.stop().await;
    Ok(seen)
}

/// Whose an object is. Of a kind that is not known nobody can say so.
fn whose<'o>(
    registry: &Registry,
    object: &'o LiveObject,
    view: &'o LedgerView,
) -> Option<Claim<'o>> {
    let recorded = view.entries.get(&object.key).or_else(|| names::on_record(object, view));
    let beside = Beside::Record(recorded.map(|entry| &**entry));
    let rules = registry.kind(&object.key.kind)?.rules();
    Some(claim(&Evidence { rules, object, stack: &view.stack, beside }))
}

fn is_written(kind: &dyn Kind) -> bool {
    kind.rules().access == Access::Managed
}

/// Two stacks must not declare one object, so what another one manages is no manifest of this one.
fn tell_left_out(theirs: &[&LiveObject], output: &Output) {
    for object in theirs {
        let stack = object.mark.as_deref().map(escape).unwrap_or_default();
        output
            .message(&format!("note: {} belongs to the stack {stack} and is left out", object.key));
    }
}

fn manifest(
    registry: &Registry,
    object: &LiveObject,
    observed: &Observed,
    view: &LedgerView,
) -> Option<Value> {
    let kind = registry.kind(&object.key.kind)?;
    let mut document = kind.export(object, &observed.snapshot)?;
    if let Some(entry) = view.entries.get(&object.key).or_else(|| names::on_record(object, view)) {
        restore(&mut document, kind.rules(), entry);
        kind.reconcile_export(&mut document);
    }
    Some(document)
}

/// Puts in what cannot be read back and was sent: without it, a plan of the export would take a
/// user's groups and roles away.
fn restore(document: &mut Value, rules: &KindRules, entry: &Entry) {
    let recorded = rules.fields.iter().filter(|rule| rule.aspect == Aspect::Recorded);
    for (path, value) in recorded.flat_map(|rule| entry.sent.places(&rule.pattern)) {
        // Of a secret only that it was sent is on record.
        if entry.hashes.keys().any(|at| at.is_within(&path)) {
            continue;
        }
        put(document, &path, value.shown());
    }
}

/// Sets a field, making the mappings above it where they are missing.
fn put(document: &mut Value, path: &FieldPath, value: Value) {
    let mut place = document;
    for segment in path.segments() {
        let Segment::Key(name) = segment else { return };
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(fields) = place else { return };
        place = fields.entry(name.as_str()).or_insert(Value::Null);
    }
    *place = value;
}
