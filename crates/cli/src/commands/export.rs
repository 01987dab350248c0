//! `plumb export`: live objects as manifests, so clean that a plan of them changes nothing.

mod files;
mod names;

use super::prelude::{
    Args, Context, Ended, Manifests, Output, Place, Problem, ValueEnum, broken, place,
};
use crate::clouds::Clouds;
use crate::live::{self, Which};
use crate::report::List;
use crate::{report, yaml};
use plumb_engine::Observed;
use plumb_kind::{Kind, Registry};
use plumb_model::claim::Claim;
use plumb_model::path::Segment;
use plumb_model::rules::{Access, Aspect};
use plumb_model::text::escape;
use plumb_model::{Entry, FieldPath, KindRules, LedgerView, LiveObject};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// Write live objects as manifests.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Kinds; all when missing.
    kinds: Vec<String>,
    /// Only this project; may be given again.
    #[arg(short, long)]
    project: Vec<String>,
    /// Only what the stack owns, by mark or ledger.
    #[arg(long)]
    owned: bool,
    /// Write one file per object into this folder instead of printing.
    #[arg(short, long, value_name = "DIR", conflicts_with = "format")]
    into: Option<PathBuf>,
    /// Write over files that are there.
    #[arg(long, requires = "into")]
    force: bool,
    // The ledger of the stack knows what cannot be read back.
    #[command(flatten)]
    manifests: Manifests,
    /// How to print the manifests.
    #[arg(long, value_enum, default_value_t = Language::Yaml, help_heading = "Output")]
    format: Language,
}

/// The languages of manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// For people and for Git.
    #[value(alias = "human")]
    Yaml,
    /// For programs, as a list that can be read as a manifest.
    Json,
}

/// Manifests of live objects, each as `plumb.schema.json` has it.
pub(super) type Exported = List<Value>;

impl Export {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let place = place(&self.manifests.all(), context)?;
        let view = place.store.read(&place.stack).map_err(|error| broken(&error))?;
        context.block_on(self.export(&place, &view, context))
    }

    async fn export(
        &self,
        place: &Place,
        view: &LedgerView,
        context: &Context,
    ) -> Result<Ended, Problem> {
        let output = &context.output;
        let projects = self.project.clone();
        let which = Which { kinds: self.kinds.clone(), name: None, projects };
        let clouds = Clouds::anywhere(context).await?;
        let registry = clouds.engine.registry();
        which.check(registry)?;
        let mut observed = live::look(&clouds, &which).await?;
        clouds.engine.read_export_lookups(&mut observed).await;
        clouds.refuse_unreachable()?;
        clouds.refuse_closed_keys()?;
        let seen = live::tell_gaps(&observed.live, &which, registry, output);
        let (theirs, objects): (Vec<_>, Vec<_>) = live::chosen(&observed, &which)
            .into_iter()
            .filter(|object| registry.kind(&object.key.kind).is_some_and(is_written))
            .partition(|object| {
                matches!(live::whose(registry, object, view), Some(Claim::AnotherStacks(_)))
            });
        tell_left_out(&theirs, output);
        let is_ours = |object: &LiveObject| {
            matches!(live::whose(registry, object, view), Some(Claim::Ours(_)))
        };
        let wanted_here = |object: &&LiveObject| !self.owned || is_ours(object);
        let exported = objects.into_iter().filter(wanted_here).filter_map(|object| {
            let document = manifest(registry, object, &observed, view)?;
            let rules = registry.kind(&object.key.kind)?.rules();
            Some(names::Exported { object, rules, document, ours: is_ours(object) })
        });
        let manifests = names::apart(exported.collect(), view);
        if let Some(folder) = &self.into {
            let there = if self.force { files::There::Replaced } else { files::There::Kept };
            files::write(folder, &place.settings, (&manifests, there), output)?;
            return Ok(live::partly(seen));
        }
        let items = manifests.into_iter().map(|it| it.document);
        output.data(&match self.format {
            Language::Yaml => yaml::texts(items),
            Language::Json => report::json(&items.collect::<Exported>()),
        });
        Ok(live::partly(seen))
    }
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
    if let Some(entry) = view.entries.get(&object.key).or_else(|| live::on_record(object, view)) {
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
