//! One kind of resource: rules as data, requests and answers as values.

use crate::collection::{Collection, Snapshot};
use crate::kind_type::KindType;
use crate::reach::Reach;
use crate::request::Request;
use crate::surroundings::{LookedUp, Surroundings};
use plumb_model::key::ScopeLevel;
use plumb_model::ledger::Entry;
use plumb_model::plan::FieldChange;
use plumb_model::rules::RuleSet;
use plumb_model::text::ServerText;
use plumb_model::{
    Body, Finding, KindRules, LiveObject, Money, Power, Refinement, RemoteId, Resource,
    ResourceKey, Scope,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is to be done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Mark a live object as ours, changing nothing else. No request where the kind has no place
    /// for a mark.
    Adopt,
    /// Make it.
    Create,
    /// Change what differs.
    Update,
    /// Deploy it.
    Publish,
    /// Switch it.
    Power(Power),
    /// Delete it.
    Delete,
    /// One of the kind's [`Verb`]s, by name.
    Act(&'a str),
}

/// Everything a request is built from.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The resource's identity.
    pub key: &'a ResourceKey,
    /// The declared document with secrets and outputs in place; `None` for what is only live.
    pub body: Option<&'a Body>,
    /// The live object as last read, when there is one.
    pub live: Option<&'a LiveObject>,
    /// What the ledger has of it.
    pub entry: Option<&'a Entry>,
    /// The fields to change, for an update.
    pub changes: &'a [FieldChange],
    /// The stack's name: the mark.
    pub stack: &'a str,
    /// The uid of the create, derived from stack and address.
    pub uid: &'a str,
    /// What was listed, for lookups of names.
    pub snapshot: &'a Snapshot,
    /// Ids made or seen in this run, newer than the snapshot.
    pub ids: &'a BTreeMap<ResourceKey, RemoteId>,
    /// The parts of the object a verb is limited to (nodes by address); the whole when empty.
    pub parts: &'a [String],
}

impl<'c> Context<'c> {
    /// What is declared.
    ///
    /// # Errors
    /// When nothing is.
    pub fn declared(&self) -> Result<&'c Body, CannotBuild> {
        self.body.ok_or_else(|| CannotBuild {
            message: format!("{} is not declared", self.key),
            help: "only declared resources can be written".to_owned(),
        })
    }

    /// The id of the object the request is about: from this run, from the live object, from the
    /// ledger.
    ///
    /// # Errors
    /// When none of them has it.
    pub fn own_id(&self) -> Result<RemoteId, CannotBuild> {
        let of_run = self.ids.get(self.key);
        let live = || self.live.and_then(|live| live.remote_id.as_ref());
        let recorded = || self.entry.and_then(|entry| entry.remote_id.as_ref());
        of_run.or_else(live).or_else(recorded).cloned().ok_or_else(|| CannotBuild {
            message: format!("the id of {} is not known", self.key),
            help: "it is addressed by id; run again, so that it is listed first".to_owned(),
        })
    }
}

/// A request cannot be built from what is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CannotBuild {
    /// What is missing, as a lowercase fragment.
    pub message: String,
    /// What a person can do.
    pub help: String,
}

/// An item of an answer cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {what}: {why}")]
pub struct NotReadable {
    /// The kind, or the object when its name could be read.
    pub what: ServerText,
    /// What is wrong with it.
    pub why: String,
}

/// Whether a verb can cost unsaved work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Danger {
    /// Nothing is lost.
    Harmless,
    /// Unsaved work may be lost: asks before it acts.
    Destructive,
}

/// Something that can be done to a live object by hand (`plumb action`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verb {
    /// As typed on the command line, words separated by spaces: `power reset`.
    pub name: &'static str,
    /// What it does, for help and confirmation.
    pub effect: &'static str,
    /// Whether it asks.
    pub danger: Danger,
    /// The power it leads to; `None` when it ends as it began.
    pub leads_to: Option<Power>,
}

impl Verb {
    /// One that loses nothing.
    #[must_use]
    pub const fn harmless(
        name: &'static str,
        effect: &'static str,
        leads_to: Option<Power>,
    ) -> Self {
        Self { name, effect, danger: Danger::Harmless, leads_to }
    }

    /// One that may lose unsaved work.
    #[must_use]
    pub const fn destructive(
        name: &'static str,
        effect: &'static str,
        leads_to: Option<Power>,
    ) -> Self {
        Self { name, effect, danger: Danger::Destructive, leads_to }
    }
}

/// A verb that a kind with these verbs does not have.
#[must_use]
pub fn no_such_verb(key: &ResourceKey, name: &str, verbs: &[Verb]) -> CannotBuild {
    let mut known: Vec<&str> = verbs.iter().map(|verb| verb.name).collect();
    let last = known.pop().unwrap_or("none");
    let help = match known.as_slice() {
        [] => format!("it has {last}"),
        others => format!("it has {} and {last}", others.join(", ")),
    };
    CannotBuild { message: format!("{key} has no action {name:?}"), help }
}

/// One kind of resource.
pub trait Kind: Send + Sync + std::fmt::Debug {
    /// What it says of itself, from its types.
    fn kind_type(&self) -> &KindType;

    /// Its rules, as data.
    fn rules(&self) -> &KindRules {
        &self.kind_type().rules
    }

    /// One line on what it is.
    fn summary(&self) -> &'static str {
        self.kind_type().summary
    }

    /// The JSON Schema (2020-12) of its documents, `apiVersion` and `kind` included. Only what the
    /// front end checks may be used: `type`, `properties`, `required`, `additionalProperties`,
    /// `items`, `enum`, `const`, `pattern`, `minLength`, `maxLength`, `minimum`, `maximum`,
    /// `minItems`, `anyOf`, `oneOf`, `allOf` and local `$ref` of these, and, without effect, `title`,
    /// `description`, `default` and `examples`. Anything else, and a schema by which a document is
    /// not always a mapping, keeps the registry from being made.
    fn schema(&self) -> schemars::Schema {
        self.kind_type().schema.clone()
    }

    /// The document of this kind that a bare request body without `apiVersion` and `kind` stands
    /// for, if it is one of this kind's.
    fn read_bare(&self, _body: &Body) -> Option<Body> {
        None
    }

    /// Scope and name of a document. The default reads `metadata.name`, `metadata.project` and
    /// `metadata.workspace` as deep as the kind lives.
    ///
    /// # Errors
    /// The name of the missing field.
    fn identify(&self, body: &Body) -> Result<(Scope, String), &'static str> {
        identify(self.rules().level, body)
    }

    /// Moves what the kind keeps in fields of its own, and plumb understands as wishes, to where
    /// they are understood: `spec.power` into the wishes, say. Done once, before any check.
    fn prepare(&self, _resource: &mut Resource) {}

    /// What the schema cannot say and needs no live world.
    fn check(&self, _resource: &Resource) -> Vec<Finding> {
        Vec::new()
    }

    /// The collections in which every object of this kind in `scope` appears. `scope` may be one
    /// the objects live deeper than; equal scopes give equal collections.
    fn collections(&self, scope: &Scope) -> Vec<Collection>;

    /// Further collections needed to check and to write this resource: profiles, groups, roles.
    fn lookups(&self, _resource: &Resource) -> Vec<Collection> {
        Vec::new()
    }

    /// Whether an item is only the memory of an object that is gone: it is skipped, as if it
    /// were not listed.
    fn is_gone(&self, _item: &Body) -> bool {
        false
    }

    /// Reads one item of one of its collections, or the answer to [`Kind::item`]. Of a kind that is
    /// known by id the key's name is only the name the object has at present: which resource it
    /// is, is found out elsewhere. What it returns is not sealed yet: see [`read`].
    ///
    /// # Errors
    /// When identity or status cannot be read.
    fn read(&self, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable>;

    /// The request that reads one object; `None` when there is none and the collection must be
    /// listed.
    fn item(&self, key: &ResourceKey, id: Option<&RemoteId>) -> Option<Request>;

    /// The request that reads an object again that was read before. It may name what is known of
    /// the object, where the API likes to be told.
    fn item_again(&self, live: &LiveObject) -> Option<Request> {
        self.item(&live.key, live.remote_id.as_ref())
    }

    /// Further collections needed to judge a declared resource, now that it is known what is live:
    /// stock and prices for what is to be made. Asked again with what was read, until nothing new
    /// is asked for, so that one answer may lead to the next; three times at most.
    fn preflight(&self, _resource: &Resource, _around: &Surroundings<'_>) -> Vec<Collection> {
        Vec::new()
    }

    /// Whether a list's item of a declared resource is to be read again on its own before it is
    /// judged: some answers carry more than the list does.
    fn needs_detail(&self, _resource: &Resource, _live: &LiveObject) -> bool {
        false
    }

    /// What the live world adds to the rules of a declared resource, and finds wrong with it.
    fn refine(&self, _resource: &Resource, _around: &Surroundings<'_>) -> Refinement {
        Refinement::default()
    }

    /// Further collections needed to know what a live object costs, which its answer does not say. Asked
    /// again with what was read, like [`Kind::preflight`].
    fn price_lookups(&self, _live: &LiveObject, _looked_up: &LookedUp<'_>) -> Vec<Collection> {
        Vec::new()
    }

    /// What a live object costs an hour, in the light of what was looked up. By default what its answer
    /// says.
    ///
    /// # Errors
    /// Why that is not known, as a lowercase fragment.
    fn hourly(&self, live: &LiveObject, _looked_up: &LookedUp<'_>) -> Result<Money, String> {
        live.hourly.ok_or_else(|| "its cloud tells no price of it".to_owned())
    }

    /// What a live object would cost an hour when it is stopped in the cheapest way its kind has; `None`
    /// when that is not known. By default what it costs anyway: most of what is stopped is billed as
    /// before.
    fn hourly_when_stopped(&self, live: &LiveObject) -> Option<Money> {
        live.hourly
    }

    /// Collections that must be read right before the requests of a step are built: what is sent
    /// replaces a set that others write to. Steps that ask for any are done one after the other.
    fn reads_first(&self, _step: Step<'_>, _context: &Context<'_>) -> Vec<Collection> {
        Vec::new()
    }

    /// The requests of a step, to be sent in this order.
    ///
    /// # Errors
    /// When a name cannot be resolved or an id is not known.
    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild>;

    /// The id in the answer to a create, for kinds that are addressed by id.
    fn created_id(&self, _answer: &Body) -> Option<RemoteId> {
        None
    }

    /// What the server warns of in the answer to a create.
    fn created_warning(&self, _answer: &Body) -> Option<ServerText> {
        None
    }

    /// What can be done to it by hand.
    fn verbs(&self) -> &'static [Verb] {
        &[]
    }

    /// The parts of a live object a verb may be limited to (nodes by address); none when it always
    /// concerns the whole.
    fn parts(&self, _verb: &str, _live: &LiveObject) -> Vec<String> {
        Vec::new()
    }

    /// Further collections needed to describe one object to a person. Asked again with what was
    /// read, like [`Kind::preflight`].
    fn details(&self, _live: &LiveObject, _snapshot: &Snapshot) -> Vec<Collection> {
        Vec::new()
    }

    /// What a person wants to know of one object beside its document: where it runs, what it
    /// costs. Names and values, in the order they are shown.
    fn describe(
        &self,
        _live: &LiveObject,
        _snapshot: &Snapshot,
    ) -> Vec<(&'static str, ServerText)> {
        Vec::new()
    }

    /// How people get at a live object. By default nobody does: it is nothing that is logged in to.
    fn reach(&self, _live: &LiveObject) -> Reach {
        Reach::default()
    }

    /// The manifest that declares this live object; `None` when it cannot or should not be
    /// declared (a default project).
    fn export(&self, live: &LiveObject, snapshot: &Snapshot) -> Option<Value> {
        let _ = snapshot;
        Some(crate::export::plain(live, self.rules(), &[]))
    }

    /// Puts an export in order after what cannot be read, and is on record, was put in: two ways
    /// of saying one thing may then stand side by side.
    fn reconcile_export(&self, _document: &mut Value) {}

    /// Collections that [`Kind::export`] needs beside its own, for an object. Asked again with what
    /// was read, like [`Kind::preflight`].
    fn export_lookups(&self, _live: &LiveObject, _snapshot: &Snapshot) -> Vec<Collection> {
        Vec::new()
    }
}

/// Reads an item with [`Kind::read`], and makes secrets of what the kind's rules call one: the only
/// way from an answer to a live object.
///
/// # Errors
/// When identity or status cannot be read.
pub fn read(kind: &dyn Kind, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable> {
    let object = kind.read(item, scope)?;
    Ok(object.sealed(RuleSet::new(&kind.rules().fields, &[])))
}

fn identify(level: ScopeLevel, body: &Body) -> Result<(Scope, String), &'static str> {
    let field = |name: &'static str, pointer: &str| {
        let text = body.pointer(pointer).and_then(Body::as_str).filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or(name)
    };
    let name = field("metadata.name", "/metadata/name")?;
    let project = || field("metadata.project", "/metadata/project");
    let scope = match level {
        ScopeLevel::Global => Scope::Global,
        ScopeLevel::ProjectOrWorkspace if body.pointer("/metadata/workspace").is_none() => {
            Scope::Project(project()?)
        }
        ScopeLevel::Project => Scope::Project(project()?),
        ScopeLevel::Workspace | ScopeLevel::ProjectOrWorkspace => Scope::Workspace {
            project: project()?,
            workspace: field("metadata.workspace", "/metadata/workspace")?,
        },
    };
    Ok((scope, name))
}
