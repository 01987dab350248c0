//! Plain kinds as rows of data: objects with `metadata`, `spec` and `status`, listed, read, written
//! and deleted below one path. A row is a whole [`Kind`]; a kind that differs in something wraps its
//! row and overrides that.
//!
//! A request's body is built from what is declared, never from what was read. The one exception is
//! taking an object over, which must change nothing but the mark. What is sent of the metadata is in
//! `metadata`.

mod metadata;
mod taking;
mod version;

use crate::collection::{Collection, CollectionId, Envelope, Paging, Snapshot};
use crate::export;
use crate::kind::{CannotBuild, Context, Kind, NotReadable, Step, Verb, no_such_verb};
use crate::kind_type::KindType;
use crate::request::{Effect, Method, Request, RequestPath};
use crate::surroundings::Surroundings;
use plumb_model::body::Pool;
use plumb_model::key::ScopeLevel;
use plumb_model::live::{Completeness, LiveStatus};
use plumb_model::rules::{Access, MarkPlace};
use plumb_model::text::ServerText;
use plumb_model::{
    Body, Fields, Finding, LiveObject, Phase, Power, Refinement, RemoteId, Resource, ResourceKey,
    Scope, body,
};
use serde_json::Value;
use std::sync::LazyLock;

/// How a cloud speaks of plain objects: what all of its rows have in common.
#[derive(Clone, Copy, Debug)]
pub struct Api {
    /// The cloud's name, in which lists are told from those of others.
    pub cloud: &'static str,
    /// How pages are asked for.
    pub paging: Paging,
    /// How lists answer.
    pub envelope: Envelope,
    /// JSON pointers to an item's id or name.
    pub identity: &'static [&'static str],
    /// How an object is made, and only made.
    pub create: Write,
    /// How one that is there is replaced.
    pub update: Write,
    /// Texts of the metadata that stay as they are on the server while nobody declares them.
    pub texts: &'static [&'static str],
    /// Mappings of the metadata into which others write as well.
    pub maps: &'static [&'static str],
}

/// How an object is written.
#[derive(Clone, Copy, Debug)]
pub struct Write {
    /// The method.
    pub method: Method,
    /// Where it is sent.
    pub target: Target,
    /// What the query says.
    pub query: &'static [(&'static str, &'static str)],
}

/// Where a write is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// To the collection.
    Collection,
    /// To the object itself.
    Object,
}

/// What tells how an object is.
#[derive(Clone, Copy, Debug)]
enum Readiness {
    /// It is there: it is ready.
    Present,
    /// A word of the item.
    Words(Words),
    /// What the kind makes of the item's `status`.
    Read(fn(Option<&Body>) -> LiveStatus),
}

/// The words that tell how an object is; any other is not understood.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// A JSON pointer to the word in an item.
    pub at: &'static str,
    /// Words of one that can be used.
    pub ready: &'static [&'static str],
    /// Words of one that will be.
    pub pending: &'static [&'static str],
    /// Words of one that will not be.
    pub failed: &'static [&'static str],
}

/// Which part of an item tells that a list left something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ThinWithout {
    /// Every such object has a spec.
    Spec,
    /// The spec is optional; an item with neither spec nor labels may have lost both.
    SpecAndLabels,
}

/// A plain kind. Its lists are those of a project where it lives deeper: objects of all workspaces
/// of a project are in one.
#[derive(Debug)]
pub struct Row {
    kind: LazyLock<KindType>,
    api: &'static Api,
    base: &'static str,
    plural: &'static str,
    readiness: Readiness,
    thin: ThinWithout,
    order: &'static [(&'static str, &'static str)],
    verbs: &'static [Verb],
    is_versioned: bool,
    refine: fn(&Resource, &Surroundings<'_>) -> Refinement,
}

impl Row {
    /// A kind whose objects are at `base`, then `projects/P` and `workspaces/W` as deep as it lives,
    /// then `plural`. One that is there is ready.
    #[must_use]
    pub const fn new(
        api: &'static Api,
        (base, plural): (&'static str, &'static str),
        kind: fn() -> KindType,
    ) -> Self {
        Self {
            kind: LazyLock::new(kind),
            api,
            base,
            plural,
            readiness: Readiness::Present,
            thin: ThinWithout::Spec,
            order: &[],
            verbs: &[],
            is_versioned: false,
            refine: |_, _| Refinement::default(),
        }
    }

    /// How one is, by a word of its item.
    #[must_use]
    pub const fn ready_by(mut self, words: Words) -> Self {
        self.readiness = Readiness::Words(words);
        self
    }

    /// How one is, by its `status`.
    #[must_use]
    pub const fn ready_as(mut self, read: fn(Option<&Body>) -> LiveStatus) -> Self {
        self.readiness = Readiness::Read(read);
        self
    }

    /// Objects need no spec.
    #[must_use]
    pub const fn with_or_without_spec(mut self) -> Self {
        self.thin = ThinWithout::SpecAndLabels;
        self
    }

    /// What the query of a list says, so that what is made between two pages comes after both.
    #[must_use]
    pub const fn ordered_by(mut self, order: &'static [(&'static str, &'static str)]) -> Self {
        self.order = order;
        self
    }

    /// What can be done to one by hand: a POST to `action/VERB` below it, with an empty object.
    #[must_use]
    pub const fn with_verbs(mut self, verbs: &'static [Verb]) -> Self {
        self.verbs = verbs;
        self
    }

    /// One version of it stays as it is: whoever changes the spec gives `spec.version` a new value.
    #[must_use]
    pub const fn versioned(mut self) -> Self {
        self.is_versioned = true;
        self
    }

    /// What the live world adds to the rules of one.
    #[must_use]
    pub const fn refined_by(
        mut self,
        refine: fn(&Resource, &Surroundings<'_>) -> Refinement,
    ) -> Self {
        self.refine = refine;
        self
    }

    /// The last segment of the collection's path.
    #[must_use]
    pub fn plural(&self) -> &'static str {
        self.plural
    }

    /// The path of the collection in a scope.
    #[must_use]
    pub fn path(&self, scope: &Scope) -> RequestPath {
        let mut path = RequestPath::of(self.base.split('/'));
        for (holder, name) in ["projects", "workspaces"].into_iter().zip(scope.segments()) {
            path = path.then(holder).then(name);
        }
        path.then(self.plural)
    }

    /// The path of an object.
    #[must_use]
    pub fn object(&self, key: &ResourceKey) -> RequestPath {
        self.path(&key.scope).then(&key.name)
    }

    /// The list of all objects in a scope.
    #[must_use]
    pub fn list(&self, scope: Scope) -> Collection {
        let path = self.path(&scope);
        let id = CollectionId(format!("{} {path}", self.api.cloud));
        let request = Request::get(path);
        Collection {
            id,
            kind: Some(self.rules().id.clone()),
            scope,
            request: self.order.iter().fold(request, |all, (name, value)| all.with(name, *value)),
            paging: self.api.paging,
            envelope: self.api.envelope,
            identity: self.api.identity,
            otherwise: Vec::new(),
        }
    }

    /// What is declared, with the metadata to send and without what the server owns. `given` are
    /// labels that the object has where nobody says otherwise.
    ///
    /// # Errors
    /// When it is not declared.
    pub fn declared(&self, context: &Context<'_>, given: &Fields) -> Result<Body, CannotBuild> {
        let declared = context.declared()?;
        let said = declared.get("metadata");
        Ok(self
            .envelope(self.shared().written(said, context, given), declared.get("spec").cloned()))
    }

    /// The request that adds the mark and changes nothing else; `spec` is what is sent of the one
    /// that was read.
    ///
    /// # Errors
    /// When it was not read.
    pub fn adopt(
        &self,
        context: &Context<'_>,
        spec: fn(&Body, Option<&Body>) -> Body,
    ) -> Result<Request, CannotBuild> {
        let live = read_before(context)?;
        let declared = context.body.and_then(|body| body.get("spec"));
        let spec = live.body.get("spec").map(|live| spec(live, declared));
        Ok(self.marked(context, live, spec))
    }

    /// The request that gives an object our mark, with this spec.
    fn marked(&self, context: &Context<'_>, live: &LiveObject, spec: Option<Body>) -> Request {
        let kept = self.shared().written(live.body.get("metadata"), context, &Fields::new());
        self.write(self.api.update, context.key, Effect::Upsert, self.envelope(kept, spec))
    }

    /// The request that makes the object, or replaces it.
    #[must_use]
    pub fn put(&self, key: &ResourceKey, effect: Effect, body: Body) -> Request {
        let how = if effect == Effect::Create { self.api.create } else { self.api.update };
        self.write(how, key, effect, body)
    }

    fn write(&self, how: Write, key: &ResourceKey, effect: Effect, body: Body) -> Request {
        let path = match how.target {
            Target::Collection => self.path(&key.scope),
            Target::Object => self.object(key),
        };
        let request = Request::write(how.method, path, effect).json(body);
        how.query.iter().fold(request, |request, (name, value)| request.with(name, *value))
    }

    /// The request that does something to one.
    fn act(&self, key: &ResourceKey, name: &str) -> Result<Vec<Request>, CannotBuild> {
        if self.verbs.is_empty() {
            return Err(no_such_step(key, "switched"));
        }
        if !self.verbs.iter().any(|verb| verb.name == name) {
            return Err(no_such_verb(key, name, self.verbs));
        }
        let path = self.object(key).then("action").then(name);
        Ok(vec![Request::write(Method::Post, path, Effect::Act).json(body!({}))])
    }

    fn shared(&self) -> metadata::Shared {
        let Api { texts, maps, .. } = *self.api;
        metadata::Shared { texts, maps, mark: self.rules().mark }
    }

    fn envelope(&self, metadata: Body, spec: Option<Body>) -> Body {
        // All objects of a kind say the same here.
        let word = |text: &str| Body::from(Pool::name(text));
        let rules = self.rules();
        let head = [
            ("apiVersion", word(rules.api_version)),
            ("kind", word(&rules.id.kind)),
            ("metadata", metadata),
        ];
        let spec = spec.map(|spec| ("spec", spec));
        Body::Fields(head.into_iter().chain(spec).collect())
    }

    /// Identity as the item has it; where it says nothing, as the list was asked for.
    fn key(&self, metadata: &Body, scope: &Scope) -> Result<ResourceKey, NotReadable> {
        let kind = &self.rules().id;
        let missing = |field: &str| NotReadable {
            what: ServerText::new(&kind.kind),
            why: format!("metadata.{field} is missing"),
        };
        let name = text(metadata, "name").ok_or_else(|| missing("name"))?.to_owned();
        let project = || {
            let project = text(metadata, "project").or(scope.project());
            project.map(str::to_owned).ok_or_else(|| missing("project"))
        };
        let workspace = text(metadata, "workspace").or(scope.workspace());
        let scope = match (self.rules().level, workspace) {
            (ScopeLevel::Global, _) => Scope::Global,
            (ScopeLevel::Project, _) | (ScopeLevel::ProjectOrWorkspace, None) => {
                Scope::Project(project()?)
            }
            (ScopeLevel::Workspace | ScopeLevel::ProjectOrWorkspace, Some(workspace)) => {
                Scope::Workspace { project: project()?, workspace: workspace.to_owned() }
            }
            (ScopeLevel::Workspace, None) => return Err(missing("workspace")),
        };
        Ok(ResourceKey::new(kind.clone(), scope, name))
    }

    fn status(&self, item: &Body) -> LiveStatus {
        let words = match self.readiness {
            Readiness::Present => return LiveStatus::ready(),
            Readiness::Read(read) => return read(item.get("status")),
            Readiness::Words(words) => words,
        };
        let word = item.pointer(words.at).and_then(Body::as_str).unwrap_or("none");
        let phase = match word {
            _ if words.ready.contains(&word) => Phase::Ready,
            _ if words.pending.contains(&word) => Phase::Pending,
            _ if words.failed.contains(&word) => Phase::Failed,
            _ => Phase::Unknown(ServerText::new(word)),
        };
        LiveStatus { phase, ..LiveStatus::ready() }
    }
}

impl Kind for Row {
    fn kind_type(&self) -> &KindType {
        &self.kind
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        metadata::check(resource)
    }

    fn collections(&self, scope: &Scope) -> Vec<Collection> {
        let project = || scope.project().map(|name| Scope::Project(name.to_owned()));
        let listed = match self.rules().level {
            ScopeLevel::Global => Some(Scope::Global),
            ScopeLevel::Project | ScopeLevel::Workspace => project(),
            // Each scope lists its own.
            ScopeLevel::ProjectOrWorkspace => scope.project().map(|_| scope.clone()),
        };
        listed.map(|scope| self.list(scope)).into_iter().collect()
    }

    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        let mut refinement = (self.refine)(resource, around);
        if self.is_versioned {
            refinement.findings.extend(version::unchanged(resource, around, self.rules()));
        }
        refinement
    }

    fn verbs(&self) -> &'static [Verb] {
        self.verbs
    }

    fn read(&self, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable> {
        let metadata = item.get("metadata").cloned().unwrap_or_default();
        let key = self.key(&metadata, scope)?;
        let spec = decoded(item.get("spec"))
            .map_err(|why| NotReadable { what: ServerText::new(&key.to_string()), why })?;
        let labelled = self.thin == ThinWithout::SpecAndLabels && metadata.get("labels").is_some();
        let full = spec.is_some() || labelled;
        let outputs = decoded(item.pointer("/status/output")).ok().flatten().unwrap_or_default();
        let remote_id = text(&metadata, "id").and_then(|id| id.parse::<RemoteId>().ok());
        let mark = metadata::mark(&metadata).filter(|_| self.rules().mark == MarkPlace::Object);
        // Items of a list may lack the scope.
        let mut metadata = metadata;
        if let Body::Fields(fields) = &mut metadata {
            for (field, value) in ["project", "workspace"].into_iter().zip(key.scope.segments()) {
                // What is as it was answered, others share.
                if fields.get(field).and_then(Body::as_str) != Some(value) {
                    fields.insert(field, value.into());
                }
            }
        }
        let completeness = if full { Completeness::Full } else { Completeness::Thin };
        let object = LiveObject::of(key, self.envelope(metadata, spec));
        Ok(LiveObject {
            remote_id,
            mark,
            status: self.status(item),
            outputs,
            completeness,
            ..object
        })
    }

    fn item(&self, key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        Some(Request::get(self.object(key)))
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let key = context.key;
        let rules = self.rules();
        let written =
            |effect| Ok(vec![self.put(key, effect, self.declared(context, &Fields::new())?)]);
        match step {
            _ if rules.access == Access::ReadOnly => Err(no_such_step(key, "written")),
            Step::Adopt if rules.mark == MarkPlace::Ledger => Ok(Vec::new()),
            Step::Adopt => {
                let live = read_before(context)?;
                let spec = taking::kept(key, &live.body, context.body, rules)?;
                Ok(vec![self.marked(context, live, spec)])
            }
            Step::Create => written(Effect::Create),
            Step::Update => written(Effect::Upsert),
            Step::Delete => {
                Ok(vec![Request::write(Method::Delete, self.object(key), Effect::Delete)])
            }
            Step::Publish => Err(no_such_step(key, "published")),
            Step::Power(Power::On) => self.act(key, "start"),
            Step::Power(Power::Off) => self.act(key, "stop"),
            Step::Power(Power::Disassociated) => Err(no_such_step(key, "switched so")),
            Step::Act(name) => self.act(key, name),
        }
    }

    fn export(&self, live: &LiveObject, _snapshot: &Snapshot) -> Option<Value> {
        if self.rules().access != Access::Managed {
            return None;
        }
        let mut document = export::plain(live, self.rules(), &[]);
        export::leave_out_unknown(&mut document, self.kind_type().schema.as_value());
        Some(document)
    }
}

/// The object as it was read.
fn read_before<'c>(context: &Context<'c>) -> Result<&'c LiveObject, CannotBuild> {
    context.live.ok_or_else(|| CannotBuild {
        message: format!("{} was not read", context.key),
        help: "run again; it could not be seen this time".to_owned(),
    })
}

/// A step that the kind does not have: asking for it is a mistake of the plan.
#[must_use]
pub fn no_such_step(key: &ResourceKey, what: &str) -> CannotBuild {
    CannotBuild {
        message: format!("{key} cannot be {what}"),
        help: "its kind has no such operation".to_owned(),
    }
}

/// An object that may come as a JSON-encoded string; absent and null are `None`.
///
/// # Errors
/// When it is text that is not JSON, as a fragment that says so.
pub fn decoded(value: Option<&Body>) -> Result<Option<Body>, String> {
    match value {
        None | Some(Body::Null) => Ok(None),
        Some(Body::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(Body::Text(text)) => {
            Body::parse(text.as_bytes()).map(Some).map_err(|_| "text that is not JSON".to_owned())
        }
        Some(value) => Ok(Some(value.clone())),
    }
}

fn text<'v>(value: &'v Body, field: &str) -> Option<&'v str> {
    value.get(field)?.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
