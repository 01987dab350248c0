//! `plumb export`: live objects as manifests, so clean that a plan of them changes nothing.

use crate::arguments::Shared;
use crate::clouds::Clouds;
use crate::commands::live::{Which, chosen, look as look_at, tell_gaps, yaml};
use crate::commands::look;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::{Problem, broken};
use plumb_engine::Observed;
use plumb_kind::Registry;
use plumb_manifest::Stack;
use plumb_model::claim::{Beside, Claim, Evidence, claim};
use plumb_model::path::Segment;
use plumb_model::rules::{Access, Aspect};
use plumb_model::{Entry, FieldPath, KindRules, LedgerView, LiveObject};
use serde_json::{Map, Value};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// What to export.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// Which live objects.
    pub(crate) which: Which,
    /// Whose.
    pub(crate) owners: Owners,
    /// The folder to write into; printed when missing.
    pub(crate) into: Option<PathBuf>,
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
    let manifests: Vec<(&LiveObject, Value)> = chosen(&observed, &wanted.which)
        .into_iter()
        .filter(|object| {
            wanted.owners == Owners::Anybody || is_owned(clouds.engine.registry(), object, &view)
        })
        .filter_map(|object| {
            Some((object, manifest(clouds.engine.registry(), object, &observed, &view)?))
        })
        .collect();
    match &wanted.into {
        None => {
            let documents: Vec<Value> = manifests.into_iter().map(|(_, value)| value).collect();
            output.data(&yaml(&documents));
        }
        Some(folder) => write(folder, &place.settings, &manifests, output)?,
    }
    clouds.stop().await;
    Ok(seen)
}

/// Whether an object is this stack's. Of a kind that is not known nobody can say so.
fn is_owned(registry: &Registry, object: &LiveObject, view: &LedgerView) -> bool {
    let beside = Beside::Record(view.entries.get(&object.key).map(|entry| &**entry));
    registry.table().get(&object.key.kind).is_some_and(|rules| {
        let evidence = Evidence { rules, object, stack: &view.stack, beside };
        matches!(claim(&evidence), Claim::Ours(_))
    })
}

fn manifest(
    registry: &Registry,
    object: &LiveObject,
    observed: &Observed,
    view: &LedgerView,
) -> Option<Value> {
    let kind = registry.kind(&object.key.kind)?;
    if kind.rules().access == Access::ReadOnly {
        return None;
    }
    let mut document = kind.export(object, &observed.snapshot)?;
    if let Some(entry) = view.entries.get(&object.key) {
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

fn write(
    folder: &Path,
    stack: &Stack,
    manifests: &[(&LiveObject, Value)],
    output: &Output,
) -> Result<(), Problem> {
    for (object, document) in manifests {
        let folder = folder.join(object.key.kind.kind.to_lowercase());
        write_file(&folder, &file_name(object), document)?;
    }
    let settings = folder.join("plumb.yaml");
    if !settings.exists() {
        let document = super::init::document(&stack.name, stack.id.as_deref());
        write_file(folder, "plumb.yaml", &document)?;
    }
    let count = manifests.len();
    output.message(&format!("Wrote {count} manifests into {}.", folder.display()));
    Ok(())
}

/// `project.workspace.name.yaml`, made safe for every file system. Scopes are names without dots
/// so no two objects of a kind get the same file.
fn file_name(object: &LiveObject) -> String {
    let segments = object.key.scope.segments();
    let names: Vec<String> =
        segments.into_iter().chain([object.key.name.as_str()]).map(safe).collect();
    format!("{}.yaml", names.join("."))
}

fn safe(name: &str) -> String {
    let mut text = String::new();
    for (position, character) in name.chars().enumerate() {
        let dot = character == '.' && position > 0;
        if dot || character.is_ascii_alphanumeric() || "-_@".contains(character) {
            text.push(character);
        } else {
            let _infallible = write!(text, "%{:x}", u32::from(character));
        }
    }
    text
}

fn write_file(folder: &Path, name: &str, document: &Value) -> Result<(), Problem> {
    std::fs::create_dir_all(folder).map_err(|error| Problem::file(folder, error))?;
    let path = folder.join(name);
    std::fs::write(&path, super::yaml::text(document)).map_err(|error| Problem::file(&path, error))
}
