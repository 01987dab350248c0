//! `plumb export`: live objects as manifests, so clean that a plan of them changes nothing.

mod files;
mod names;
mod restoring;

use super::prelude::{
    Args, Context, Ended, Manifests, Output, Place, Problem, ValueEnum, broken, place,
};
use crate::clouds::Clouds;
use crate::exit::Exit;
use crate::live::{self, Families, Which};
use crate::report::List;
use crate::{report, yaml};
use plumb_engine::Observed;
use plumb_kind::{Kind, Registry};
use plumb_model::claim::Claim;
use plumb_model::rules::Access;
use plumb_model::text::escape;
use plumb_model::{Code, Finding, KindId, LedgerView, LiveObject, ResourceKey};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Write live objects as manifests.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Kinds; all when missing.
    kinds: Vec<String>,
    /// Only this project; may be given again.
    #[arg(short, long)]
    project: Vec<String>,
    #[command(flatten)]
    families: Families,
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
        let which = Which {
            kinds: self.kinds.clone(),
            projects: self.project.clone(),
            families: self.families.clone(),
            also: if self.owned { owned(view) } else { BTreeSet::new() },
            ..Which::default()
        };
        let clouds = Clouds::anywhere(context).await?;
        let registry = clouds.engine.registry();
        let which = which.checked(registry)?;
        let (observed, seen) = look(&clouds, &which, output).await?;
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
        let objects = objects.into_iter().filter(wanted_here);
        let manifests = manifests(registry, objects, &observed, view);
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

/// What a stack owns, as manifests; and what that is in and is not the stack's, as others.
///
/// # Errors
/// Also when something could not be seen: a part would be taken for the whole.
pub(super) async fn of_stack(
    clouds: &Clouds,
    view: &LedgerView,
    output: &Output,
) -> Result<(Vec<Value>, Vec<Value>), Problem> {
    let which = Which { also: owned(view), ..Which::default() };
    let (observed, seen) = look(clouds, &which, output).await?;
    if seen == Exit::Error {
        let message = "what the stack owns cannot be seen whole";
        return Err(Finding::error(Code::UNREACHABLE, message).into());
    }
    let registry = clouds.engine.registry();
    let all = live::chosen(&observed, &which).into_iter();
    let written = |object: &&LiveObject| registry.kind(&object.key.kind).is_some_and(is_written);
    let is_ours =
        |object: &&LiveObject| matches!(live::whose(registry, object, view), Some(Claim::Ours(_)));
    let (ours, others): (Vec<_>, Vec<_>) = all.filter(written).partition(is_ours);
    let parents = |object: &&LiveObject| {
        let parent = |key: &ResourceKey| registry.table().parent_of(key);
        std::iter::successors(parent(&object.key), parent).collect::<Vec<_>>()
    };
    let around: BTreeSet<ResourceKey> = ours.iter().flat_map(parents).collect();
    let others = others.into_iter().filter(|object| around.contains(&object.key));
    let documents = |objects: Vec<_>| {
        let manifests = manifests(registry, objects.into_iter(), &observed, view);
        manifests.into_iter().map(|exported| exported.document).collect()
    };
    let others = others.collect();
    Ok((documents(ours), documents(others)))
}

/// The kinds of which a stack has something on record.
fn owned(view: &LedgerView) -> BTreeSet<KindId> {
    view.entries.keys().map(|key| key.kind.clone()).collect()
}

/// Looks at what is wanted, and at what exporting it takes.
async fn look(
    clouds: &Clouds,
    which: &Which,
    output: &Output,
) -> Result<(Observed, Exit), Problem> {
    let mut observed = live::look(clouds, which).await?;
    clouds.engine.read_export_lookups(&mut observed).await;
    clouds.refuse_unreachable()?;
    clouds.refuse_closed_keys()?;
    let seen = live::tell_gaps(&observed.live, which, clouds.engine.registry(), output);
    Ok((observed, seen))
}

/// The manifests of objects, each by a name of its own.
fn manifests<'o>(
    registry: &'o Registry,
    objects: impl Iterator<Item = &'o LiveObject>,
    observed: &Observed,
    view: &LedgerView,
) -> Vec<names::Exported<'o>> {
    let exported = objects.filter_map(|object| {
        let document = manifest(registry, object, observed, view)?;
        let rules = registry.kind(&object.key.kind)?.rules();
        let ours = matches!(live::whose(registry, object, view), Some(Claim::Ours(_)));
        Some(names::Exported { object, rules, document, ours })
    });
    names::apart(exported.collect(), view)
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
        restoring::restore(&mut document, kind.rules(), entry);
        kind.reconcile_export(&mut document);
    }
    Some(document)
}
