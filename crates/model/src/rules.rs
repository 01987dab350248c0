//! What the planner must know of a kind, as data: its life cycle, its edges, and a rule for every
//! field that is not simply "managed, compared as it stands".

use crate::body::Body;
use crate::key::{KindId, ResourceKey, Scope, ScopeLevel};
use crate::path::{FieldPath, PathPattern, Segment};
use crate::sorted::Sorted;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::cmp::Ordering;
use std::sync::Arc;

/// What is special about a field. Aspects hold for everything below the field too, but for
/// `Unordered`, `UnorderedBy`, `Members` and `Default`, which hold for the field itself. Written into
/// a type's schema and read out of it again, they stand at the field they are about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aspect {
    /// The server decides; never sent, never compared.
    ServerOwned,
    /// Fixed when the thing is made: a change is a replace.
    Immutable,
    /// Used once, when the thing is made, and never read back: fixed, and a change is only told, since
    /// it is about the next one that is made. Replaced for it is only what the manifest says may be.
    AtCreation,
    /// No call changes it and no replace is sensible: a change is refused with this reason.
    Refused(&'static str),
    /// Never comes back: compared by keyed hash with what was last sent; never shown.
    WriteOnly,
    /// Not readable, but no secret: compared with what was last sent.
    Recorded,
    /// What is recorded was looked up elsewhere this time: the live body has what is in effect of what
    /// is declared, and that is compared too. Only what the live world adds says so.
    InEffect,
    /// Comes back, but must never be shown.
    Secret,
    /// May turn out to be a secret once the profile is read, so what a manifest says there is not
    /// repeated in what is said about the manifest.
    Guarded,
    /// A string that holds JSON, compared as JSON.
    Json,
    /// A list whose order means nothing.
    Unordered,
    /// A list whose elements are known by this field, and whose order means nothing.
    UnorderedBy(&'static str),
    /// A list of single values, among which others may stand that are somebody else's: only what
    /// is declared must be there, and what was declared must go. Order means nothing.
    Members,
    /// What the server puts where nothing is said. Removing the field means this value.
    Default(Value),
    /// A change takes effect without a publish.
    Quiet,
    /// Cannot be part of the create: set by an update right after it.
    AfterCreate,
    /// Compared without regard to case.
    CaseInsensitive,
}

/// One rule: an aspect for the fields a pattern covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRule {
    /// The fields.
    pub pattern: PathPattern,
    /// What is special about them.
    pub aspect: Aspect,
}

impl FieldRule {
    /// A rule for exactly one path.
    #[must_use]
    pub fn exactly(path: &FieldPath, aspect: Aspect) -> Self {
        Self { pattern: PathPattern::exactly(path), aspect }
    }
}

/// Builds rules from literal patterns, as the tables of the kinds do. A literal that does not
/// parse becomes a rule all the same: the registry refuses it by name.
#[must_use]
pub fn field_rules(table: &[(&str, Aspect)]) -> Vec<FieldRule> {
    let rule = |(pattern, aspect): &(&str, Aspect)| FieldRule {
        pattern: PathPattern::literal(pattern),
        aspect: aspect.clone(),
    };
    table.iter().map(rule).collect()
}

/// How the elements of a list are matched when their order means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unordered {
    /// As a multiset of whole values.
    Set,
    /// By this field of each element.
    By(&'static str),
    /// As single values among others that are left alone.
    Members,
}

/// Everything the rules say about one field.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one field")]
pub struct Facets {
    /// See [`Aspect::ServerOwned`].
    pub server_owned: bool,
    /// See [`Aspect::Immutable`]; also true for what is used at creation.
    pub immutable: bool,
    /// See [`Aspect::AtCreation`].
    pub at_creation: bool,
    /// See [`Aspect::Refused`].
    pub refused: Option<&'static str>,
    /// See [`Aspect::WriteOnly`].
    pub write_only: bool,
    /// See [`Aspect::Recorded`].
    pub recorded: bool,
    /// See [`Aspect::InEffect`].
    pub in_effect: bool,
    /// See [`Aspect::Secret`]; also true for write-only fields.
    pub secret: bool,
    /// See [`Aspect::Json`].
    pub json: bool,
    /// See [`Aspect::Unordered`], [`Aspect::UnorderedBy`] and [`Aspect::Members`].
    pub unordered: Option<Unordered>,
    /// See [`Aspect::Default`].
    pub default: Option<Value>,
    /// See [`Aspect::Quiet`].
    pub quiet: bool,
    /// See [`Aspect::AfterCreate`].
    pub after_create: bool,
    /// See [`Aspect::CaseInsensitive`].
    pub case_insensitive: bool,
}

impl Facets {
    fn add(&mut self, aspect: &Aspect, place: Place) {
        match (aspect, place) {
            (Aspect::ServerOwned, _) => self.server_owned = true,
            (Aspect::Immutable, _) => self.immutable = true,
            (Aspect::AtCreation, _) => (self.at_creation, self.immutable) = (true, true),
            (Aspect::Refused(reason), _) => self.refused = Some(reason),
            (Aspect::WriteOnly, _) => (self.write_only, self.secret) = (true, true),
            (Aspect::Recorded, _) => self.recorded = true,
            (Aspect::InEffect, _) => self.in_effect = true,
            (Aspect::Secret, _) => self.secret = true,
            (Aspect::Json, _) => self.json = true,
            (Aspect::Quiet, _) => self.quiet = true,
            (Aspect::AfterCreate, _) => self.after_create = true,
            (Aspect::CaseInsensitive, _) => self.case_insensitive = true,
            (Aspect::Unordered, Place::Here) => self.unordered = Some(Unordered::Set),
            (Aspect::UnorderedBy(key), Place::Here) => self.unordered = Some(Unordered::By(key)),
            (Aspect::Members, Place::Here) => self.unordered = Some(Unordered::Members),
            (Aspect::Default(value), Place::Here) => self.default = Some(value.clone()),
            // What is guarded concerns only those who have not read the profile.
            (Aspect::Guarded, _)
            | (
                Aspect::Unordered | Aspect::UnorderedBy(_) | Aspect::Members | Aspect::Default(_),
                Place::Above,
            ) => {}
        }
    }
}

#[derive(Clone, Copy)]
enum Place {
    Here,
    Above,
}

/// The rules of a kind together with those the live profile adds for one resource.
#[derive(Clone, Copy, Debug)]
pub struct RuleSet<'r> {
    kind: &'r [FieldRule],
    refined: &'r [FieldRule],
}

impl<'r> RuleSet<'r> {
    /// The kind's own rules, then the more particular ones.
    #[must_use]
    pub fn new(kind: &'r [FieldRule], refined: &'r [FieldRule]) -> Self {
        Self { kind, refined }
    }

    /// The fields that must not be shown, with everything below them.
    pub fn secrets(&self) -> impl Iterator<Item = &'r PathPattern> {
        let secret = |rule: &&FieldRule| matches!(rule.aspect, Aspect::WriteOnly | Aspect::Secret);
        self.kind.iter().chain(self.refined).filter(secret).map(|rule| &rule.pattern)
    }

    /// The fields whose values nothing that is said about a manifest may repeat: secrets, and what
    /// may turn out to be one.
    pub fn guarded(&self) -> impl Iterator<Item = &'r PathPattern> {
        let guarded = |rule: &&FieldRule| rule.aspect == Aspect::Guarded;
        let rules = self.kind.iter().chain(self.refined);
        self.secrets().chain(rules.filter(guarded).map(|rule| &rule.pattern))
    }

    /// What the rules say about a field.
    #[must_use]
    pub fn at(&self, path: &FieldPath) -> Facets {
        self.within(path).facets()
    }

    /// The rules that say something about a field, or about what is below it.
    #[must_use]
    pub fn within(&self, path: &FieldPath) -> Within<'r> {
        let rules = self.kind.iter().chain(self.refined);
        let rules = rules.filter(|rule| rule.pattern.touches(path)).collect();
        Within { rules, depth: path.segments().len() }
    }
}

/// The rules that say something about one place in a document, or about what is below it. A walk takes
/// them along: at most places there are few.
#[derive(Clone, Debug, Default)]
pub struct Within<'r> {
    rules: Vec<&'r FieldRule>,
    /// How deep the place is, in steps from the root.
    depth: usize,
}

impl Within<'_> {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// What they say about the place itself.
    #[must_use]
    pub fn facets(&self) -> Facets {
        let mut facets = Facets::default();
        for rule in &self.rules {
            match rule.pattern.matchers().len().cmp(&self.depth) {
                Ordering::Less => facets.add(&rule.aspect, Place::Above),
                Ordering::Equal => facets.add(&rule.aspect, Place::Here),
                Ordering::Greater => {}
            }
        }
        facets
    }

    /// Those that say something about the place one step further in, or below it.
    #[must_use]
    pub fn step(&self, segment: &Segment) -> Self {
        let reaches = |rule: &&&FieldRule| {
            let next = rule.pattern.matchers().get(self.depth);
            next.is_none_or(|matcher| matcher.takes(segment))
        };
        let rules = self.rules.iter().filter(reaches).copied().collect();
        Self { rules, depth: self.depth + 1 }
    }
}

/// Whether a thing has to be deployed after it is made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// Creating it is all.
    Immediate,
    /// It comes into effect by a publish, and takes a while.
    Published,
    /// Creating it starts it, and it takes a while to become ready.
    Waited,
}

/// Whether a thing's power can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerControl {
    /// It has none.
    None,
    /// It can be switched on and off once it is ready.
    Switchable,
    /// It can also give its resources back while it is off.
    Releasable,
}

/// How a live object is known to be a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// By its name: the server keeps names unique in their scope.
    Name,
    /// By the id on record, then by the uid it carries, then by its name when only one unmarked
    /// object has it (docs/rules.md §9.1). What is listed under no known id is not proof of absence:
    /// where a single object can be read, it is read by its id.
    Id,
}

/// Where the ownership mark is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkPlace {
    /// On the object itself, and in the ledger.
    Object,
    /// In the ledger only: the API has no place for it.
    Ledger,
}

/// What a create whose answer was lost allows (docs/rules.md §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreateSafety {
    /// The server refuses a second one of the same name: after looking, the same request may be
    /// sent again.
    Repeatable,
    /// The server writes over whatever stands under the name, whoever made it: sent, and sent again,
    /// only right after a look that proved the name free.
    Overwriting,
    /// The server would make a second one: after looking, stop.
    AtMostOnce,
}

impl CreateSafety {
    /// Whether names are unique, so that a create whose answer was lost may be sent again after a look.
    #[must_use]
    pub fn may_repeat(self) -> bool {
        self != Self::AtMostOnce
    }
}

/// Whether a kind's resources may be replaced when a manifest does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplaceDefault {
    /// It holds data or costs money: never unless the manifest allows it.
    Never,
    /// Nothing is lost: replaced when an immutable field changes.
    Allowed,
}

/// Whether plumb writes a kind or only reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Declared in manifests, created, changed and deleted.
    Managed,
    /// Only looked at: a document of this kind is an error.
    ReadOnly,
}

/// "Every resource of `kind` directly in my project comes before me", without being named: a network, a
/// cluster. What is in a workspace may as well be made on top of me. Where documents
/// say the opposite, so that the edge would be part of a circle, it yields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImpliedEdge {
    /// The kind that comes first.
    pub kind: KindId,
}

/// "The field names a resource of `kind`", which makes an edge when it is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceRule {
    /// The fields that hold a name.
    pub pattern: PathPattern,
    /// The kind named.
    pub kind: KindId,
    /// The field beside it that names the project it is in; its own scope, or none, where nothing does.
    pub beside: Option<&'static str>,
}

/// What it means for what something lives in that it is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tenure {
    /// What it lives in cannot be deleted while it is there, so whoever deletes that looks for it.
    #[default]
    Keeps,
    /// It goes with what it lives in.
    Goes,
}

/// What a resource's deletion takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deletion {
    /// That it is declared no more, and the run prunes; or that the stack is destroyed.
    #[default]
    WhenPruned,
    /// That it is named in that run, beside.
    WhenNamed,
}

/// Whether its objects cost money as long as they are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Costs {
    /// Nothing, as far as is known: what has a price nevertheless costs that.
    #[default]
    Nothing,
    /// So much an hour; where no price is known, it could be any amount.
    ByTheHour,
}

impl ReferenceRule {
    /// A rule of a kind's table; see [`PathPattern::literal`].
    #[must_use]
    pub fn literal(pattern: &str, kind: KindId) -> Self {
        Self { pattern: PathPattern::literal(pattern), kind, beside: None }
    }

    /// The same of a name in a project, which a field beside it names.
    #[must_use]
    pub fn in_project(self, field: &'static str) -> Self {
        Self { beside: Some(field), ..self }
    }
}

/// What the planner knows of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct KindRules {
    /// The kind.
    pub id: KindId,
    /// The full `apiVersion` of its documents.
    pub api_version: &'static str,
    /// Other `apiVersion`s of the same thing: a document of one of them is the same resource.
    pub aliases: &'static [&'static str],
    /// The family of kinds it belongs to, which is left out where everything there is, is looked at, and
    /// nobody asked for it; `None` for those that are always looked at.
    pub family: Option<&'static str>,
    /// How deep it lives.
    pub level: ScopeLevel,
    /// The kind of its scope's innermost object, when that is a resource itself. Where nothing is
    /// said it follows from the level: the cloud's kind `Workspace` or `Project`, if it has one.
    pub parent: Option<KindId>,
    /// What it means for its parent.
    pub tenure: Tenure,
    /// What its deletion takes.
    pub deletion: Deletion,
    /// Managed or read only.
    pub access: Access,
    /// Whether it is published.
    pub lifecycle: Lifecycle,
    /// Whether its power can be declared.
    pub power: PowerControl,
    /// How live objects are matched with keys.
    pub identity: Identity,
    /// Where the mark is kept.
    pub mark: MarkPlace,
    /// What a lost answer to a create allows.
    pub create_safety: CreateSafety,
    /// Whether its objects cost money.
    pub costs: Costs,
    /// Whether it is replaced when the manifest does not say.
    pub replace: ReplaceDefault,
    /// The contract term in months, where a field holds one: deleting earlier may be charged.
    pub contract_term: Option<FieldPath>,
    /// When the server says that it was made; need not be in documents.
    pub made_at: Option<FieldPath>,
    /// The fields that say how many GPUs it has, the first that is there counts; none for what has no
    /// GPUs.
    pub gpus: Vec<FieldPath>,
    /// How long one action on it may take before it counts as pending, in seconds.
    pub timeout_seconds: u64,
    /// Kinds that come first.
    pub after: Vec<ImpliedEdge>,
    /// Fields that name other resources.
    pub references: Vec<ReferenceRule>,
    /// The fields that are special.
    pub fields: Vec<FieldRule>,
}

impl KindRules {
    /// The contract term of a body, in months; `None` where there is none, or 0.
    #[must_use]
    pub fn contract_months(&self, body: &Body) -> Option<u32> {
        let months = match body.find(self.contract_term.as_ref()?)? {
            Body::Text(text) => text.trim().parse().ok()?,
            Body::Number(number) => u32::try_from(number.as_u64()?).ok()?,
            _ => return None,
        };
        (months > 0).then_some(months)
    }

    /// When a live object was made, where its server says so.
    #[must_use]
    pub fn made_at(&self, live: &Body) -> Option<Timestamp> {
        live.find(self.made_at.as_ref()?)?.as_str()?.parse().ok()
    }

    /// A plain kind: managed, made at once, known by its name, which is unique, marked on the
    /// object, and never replaced unasked. Half an hour is what one action may take. The group is
    /// what stands before the slash of `api_version`.
    #[must_use]
    pub fn plain(api_version: &'static str, kind: &str, level: ScopeLevel) -> Self {
        let group = api_version.rsplit_once('/').map_or(api_version, |(group, _)| group);
        Self {
            id: KindId::new(group, kind),
            api_version,
            aliases: &[],
            family: None,
            level,
            parent: None,
            tenure: Tenure::Keeps,
            deletion: Deletion::WhenPruned,
            access: Access::Managed,
            lifecycle: Lifecycle::Immediate,
            power: PowerControl::None,
            identity: Identity::Name,
            mark: MarkPlace::Object,
            create_safety: CreateSafety::Repeatable,
            costs: Costs::Nothing,
            replace: ReplaceDefault::Never,
            contract_term: None,
            made_at: None,
            gpus: Vec::new(),
            timeout_seconds: 30 * 60,
            after: Vec::new(),
            references: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// Every `apiVersion` of its documents, its own first.
    pub fn api_versions(&self) -> impl Iterator<Item = &'static str> + Clone {
        [self.api_version].into_iter().chain(self.aliases.iter().copied())
    }
}

/// All kinds by id. Clones share it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KindTable(Arc<Sorted<KindId, KindRules>>);

impl KindTable {
    /// A table of these kinds. Their ids differ: the registry sees to that.
    #[must_use]
    pub fn new(kinds: impl IntoIterator<Item = KindRules>) -> Self {
        Self(Arc::new(kinds.into_iter().map(|rules| (rules.id.clone(), rules)).collect()))
    }

    /// The rules of a kind.
    #[must_use]
    pub fn get(&self, kind: &KindId) -> Option<&KindRules> {
        self.0.get(kind)
    }

    /// All rules, by kind.
    pub fn iter(&self) -> impl Iterator<Item = &KindRules> {
        self.0.values()
    }

    /// The kinds whose resources can live directly in one of `kind`, and keep it from being deleted.
    pub fn inside<'t>(&'t self, kind: &KindId) -> impl Iterator<Item = &'t KindRules> {
        let parent = |kind: &KindId| self.get(kind)?.parent.as_ref();
        self.iter().filter(|rules| rules.tenure == Tenure::Keeps).filter(move |rules| {
            let above = rules.parent.as_ref();
            let ranges = rules.level == ScopeLevel::ProjectOrWorkspace;
            above == Some(kind) || (ranges && above.and_then(parent) == Some(kind))
        })
    }

    /// The key of the resource in whose scope `key` lives, if that scope is a resource of a known
    /// kind: the workspace of an instance, the project of a service.
    #[must_use]
    pub fn parent_of(&self, key: &ResourceKey) -> Option<ResourceKey> {
        let (level, scope, name) = match &*key.scope {
            Scope::Global => return None,
            Scope::Project(project) => (ScopeLevel::Global, Scope::Global, project.clone()),
            Scope::Workspace { project, workspace } => {
                (ScopeLevel::Project, Scope::Project(project.clone()), workspace.clone())
            }
        };
        let parent = |kind: &KindId| self.get(kind)?.parent.clone();
        let mut above = std::iter::successors(parent(&key.kind), parent);
        let kind = above.find(|kind| self.get(kind).is_none_or(|rules| rules.level == level))?;
        Some(ResourceKey::new(kind, scope, name))
    }
}
