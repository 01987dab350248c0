//! What commands look at that show live objects: which ones, and what could not be seen of them.

use crate::clouds::Clouds;
use crate::exit::{Ended, Exit};
use crate::output::Output;
use crate::problem::{Problem, meant};
use clap::Args;
use plumb_engine::Observed;
use plumb_kind::{Collection, Kind, Reading, Registry, Snapshot};
use plumb_model::claim::{Beside, Claim, Evidence, claim};
use plumb_model::key::ScopeLevel;
use plumb_model::{
    Body, Code, Entry, Finding, Gap, KindId, KindRules, LedgerView, Live, LiveObject, Observation,
    Scope,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which live objects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Which {
    /// Kinds by name, with their group or without; all when empty.
    pub(crate) kinds: Vec<String>,
    /// The kinds that are meant by the names.
    pub(crate) ids: BTreeSet<KindId>,
    /// One name.
    pub(crate) name: Option<String>,
    /// Projects; all when empty.
    pub(crate) projects: Vec<String>,
    /// Families of kinds that are looked at beside those that always are.
    pub(crate) families: Families,
    /// Kinds that are looked at whatever their family.
    pub(crate) also: BTreeSet<KindId>,
}

/// Families of kinds.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Families {
    /// Also the kinds of this family, for instance platform; may be given again.
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    family: Vec<String>,
    /// The kinds of all families.
    #[arg(long)]
    all: bool,
}

impl Families {
    fn include(&self, family: Option<&str>) -> bool {
        let named = |name: &str| self.family.iter().any(|family| family == name);
        self.all || family.is_none_or(named)
    }

    /// Whether a family is looked at only because all are: some are not for every key, so that one which
    /// cannot be listed is told and is no error.
    fn is_by_the_way(&self, family: Option<&str>) -> bool {
        self.all && family.is_some()
    }

    /// Refuses families that do not exist.
    fn check(&self, registry: &Registry) -> Result<(), Problem> {
        let known: BTreeSet<&str> = registry.kinds().filter_map(|it| it.rules().family).collect();
        let known: Vec<&str> = known.into_iter().collect();
        let unknown = self.family.iter().find(|family| !known.contains(&family.as_str()));
        let Some(family) = unknown else { return Ok(()) };
        let help = meant(family, &known, &format!("the families are {}", known.join(", ")));
        let message = format!("no family of kinds is called {family}");
        Err(Finding::error(Code::UNKNOWN_KIND, message).help(help).into())
    }
}

impl Which {
    fn includes(&self, object: &LiveObject) -> bool {
        let named =
            |list: &[String], text: &str| list.is_empty() || list.iter().any(|one| one == text);
        let kind = self.kinds.is_empty() || self.ids.contains(&object.key.kind);
        let project = match object.key.scope.project() {
            Some(project) => named(&self.projects, project),
            None => self.projects.is_empty() || self.projects.contains(&object.key.name),
        };
        kind && project && self.name.as_ref().is_none_or(|name| is_called(object, name))
    }

    /// Whether objects of a kind are looked at.
    fn wants(&self, rules: &KindRules) -> bool {
        let chosen = if self.kinds.is_empty() {
            self.families.include(rules.family)
        } else {
            self.ids.contains(&rules.id)
        };
        chosen || self.also.contains(&rules.id)
    }

    /// Whether something that could not be listed may hide what is wanted: a list of such a kind, or
    /// of what such a kind lives in.
    fn may_hide_in(&self, gap: &Gap, registry: &Registry) -> bool {
        let holds_others = || registry.table().inside(&gap.kind).next().is_some();
        let family = registry.kind(&gap.kind).and_then(|kind| kind.rules().family);
        let wanted = self.kinds.is_empty() && !self.families.is_by_the_way(family);
        let kind = wanted || self.ids.contains(&gap.kind) || holds_others();
        let project = gap.scope.project().is_none_or(|project| {
            self.projects.is_empty() || self.projects.iter().any(|wanted| wanted == project)
        });
        kind && project
    }

    /// The kinds' rules, when all of them are outside of projects: then only their own lists need
    /// be read.
    fn outside_of_projects(&self, registry: &Registry) -> Option<Vec<KindId>> {
        let rules = registry.kinds().map(Kind::rules).filter(|rules| self.ids.contains(&rules.id));
        let rules: Vec<_> = rules.collect();
        let global = rules.iter().all(|rules| rules.level == ScopeLevel::Global);
        (global && !rules.is_empty()).then(|| rules.iter().map(|rules| rules.id.clone()).collect())
    }

    /// The same, with the kinds found that the names mean.
    ///
    /// # Errors
    /// When a kind or a family does not exist.
    pub(crate) fn checked(mut self, registry: &Registry) -> Result<Self, Problem> {
        self.families.check(registry)?;
        for name in &self.kinds {
            let meant_by = registry.named(name);
            if meant_by.is_empty() {
                let known: Vec<&str> =
                    registry.kinds().map(|kind| kind.rules().id.kind.as_str()).collect();
                let help = meant(name, &known, &format!("the kinds are {}", known.join(", ")));
                let finding = Finding::error(Code::UNKNOWN_KIND, format!("no kind {name}"));
                return Err(finding.help(help).into());
            }
            self.ids.extend(meant_by.iter().map(|kind| kind.rules().id.clone()));
        }
        Ok(self)
    }
}

/// Whether an object is known by a name: its own, or its id where names are not unique.
fn is_called(object: &LiveObject, name: &str) -> bool {
    object.key.name == name
        || object.remote_id.as_ref().is_some_and(|id| id.as_str() == name)
        || object.body.pointer("/metadata/name").and_then(Body::as_str) == Some(name)
}

/// Looks at what is wanted, and no further than that takes.
pub(crate) async fn look(clouds: &Clouds, which: &Which) -> Result<Observed, Problem> {
    let Some(kinds) = which.outside_of_projects(clouds.engine.registry()) else {
        return Ok(clouds.engine.discover(|rules| which.wants(rules)).await);
    };
    kinds.iter().try_for_each(|kind| clouds.require(kind, &kind.kind))?;
    let places: Vec<_> = kinds.into_iter().map(|kind| (kind, Scope::Global)).collect();
    Ok(clouds.engine.observe_scopes(&places).await)
}

/// Those that are there and wanted.
pub(crate) fn chosen<'o>(observed: &'o Observed, which: &Which) -> Vec<&'o LiveObject> {
    let present = observed.live.objects.values().filter_map(|observation| match observation {
        Observation::Present(object) => Some(&**object),
        Observation::Absent | Observation::Unknown(_) => None,
    });
    present.filter(|object| which.includes(object)).collect()
}

/// What the ledger has of an object under whatever name, by its id.
pub(crate) fn on_record<'v>(object: &LiveObject, view: &'v LedgerView) -> Option<&'v Arc<Entry>> {
    let id = object.remote_id.as_ref()?;
    view.entries
        .values()
        .find(|entry| entry.key.kind == object.key.kind && entry.remote_id.as_ref() == Some(id))
}

/// Whose an object is. Of a kind that is not known nobody can say so.
pub(crate) fn whose<'o>(
    registry: &Registry,
    object: &'o LiveObject,
    view: &'o LedgerView,
) -> Option<Claim<'o>> {
    let recorded = view.entries.get(&object.key).or_else(|| on_record(object, view));
    let beside = Beside::Record(recorded.map(|entry| &**entry));
    let rules = registry.kind(&object.key.kind)?.rules();
    Some(claim(&Evidence { rules, object, stack: &view.stack, beside }))
}

/// Says what could not be seen, so that a short list is not taken for the whole. An error when
/// something that is wanted may be missing.
#[must_use]
pub(crate) fn tell_gaps(live: &Live, which: &Which, registry: &Registry, output: &Output) -> Exit {
    for gap in &live.gaps {
        let scope = gap.scope.segments().join("/");
        let place = if scope.is_empty() { "the organization" } else { scope.as_str() };
        output.message(&format!(
            "warning: {} of {place} could not be listed: {}",
            gap.kind.kind, gap.reason
        ));
    }
    let hides = live.gaps.iter().any(|gap| which.may_hide_in(gap, registry));
    if hides { Exit::Error } else { Exit::Done }
}

/// How a command ended that only looks: with an error where something could not be read.
pub(crate) fn partly(exit: Exit) -> Ended {
    match exit {
        Exit::Error => Ended::because(exit, "not everything could be read, as is told above"),
        other => other.into(),
    }
}

/// How often a kind may ask for more in the light of what was read.
const ROUNDS: usize = 3;

/// What a kind wants to read for the sake of one object, in the light of what was read.
type Asks = fn(&dyn Kind, &LiveObject, &Snapshot) -> Vec<Collection>;

/// What is known, and what a kind wants to know beside it of one object.
pub(crate) async fn learn(
    clouds: &Clouds,
    object: &LiveObject,
    known: &Snapshot,
    asks: Asks,
) -> Snapshot {
    let registry = clouds.engine.registry();
    let mut snapshot = known.clone();
    let id = &object.key.kind;
    let (Some(provider), Some(kind)) = (registry.provider(id), registry.kind(id)) else {
        return snapshot;
    };
    for _ in 0..ROUNDS {
        let mut unread = asks(kind, object, &snapshot);
        unread.retain(|collection| snapshot.reading(&collection.id).is_none());
        if unread.is_empty() {
            break;
        }
        snapshot.0.extend(clouds.engine.read_lookups(provider.name(), &unread).await.0);
    }
    snapshot
}

/// What the ledger has of a live object: by its id, else by its address.
pub(crate) fn entry_of<'v>(view: &'v LedgerView, object: &LiveObject) -> Option<&'v Entry> {
    // Another object of the name is another one.
    let same = |entry: &&Arc<Entry>| entry.remote_id.is_none() || object.remote_id.is_none();
    let by_name = || view.entries.get(&object.key).filter(same);
    on_record(object, view).or_else(by_name).map(|entry| &**entry)
}

/// Why a collection has no items.
pub(crate) fn why_unread(collection: &Collection, snapshot: &Snapshot) -> String {
    match snapshot.reading(&collection.id) {
        Some(Reading::Unknown(reason)) => reason.to_string(),
        Some(Reading::Missing) => format!("{} is not there", collection.request.path),
        Some(Reading::Items(_)) => "the answer does not say it".to_owned(),
        None => "it was not read".to_owned(),
    }
}
