//! What the kinds of `paas.envmgmt.io/v1` have in common: how their items read, and the requests
//! they differ in only by their plural (api §3.2).
//!
//! A request's body is built from what is declared, never from what was read (api §11). The one
//! exception is taking an object over, which must change nothing but the mark.

use crate::profile::ProfileField;
use crate::profile_search::Sight;
use crate::{metadata, paths};
use plumb_kind::request::Effect;
use plumb_kind::{CannotBuild, Context, Method, NotReadable, Request};
use plumb_model::key::ScopeLevel;
use plumb_model::live::{Completeness, LiveStatus};
use plumb_model::text::ServerText;
use plumb_model::{Body, Fields, KindRules, LiveObject, RemoteId, ResourceKey, Scope, body};

/// The group of these kinds.
pub(crate) const GROUP: &str = "paas.envmgmt.io";
/// The `apiVersion` of their documents.
pub(crate) const API_VERSION: &str = "paas.envmgmt.io/v1";

/// Which part of an item tells that a list left something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ThinWithout {
    /// Every such object has a spec.
    Spec,
    /// The spec is optional; an item with neither spec nor labels may have lost both.
    SpecAndLabels,
}

/// Reads an item of a list, or the answer to a GET.
pub(crate) fn read(
    rules: &KindRules,
    item: &Body,
    scope: &Scope,
    thin: ThinWithout,
    status: LiveStatus,
) -> Result<LiveObject, NotReadable> {
    let metadata = item.get("metadata").cloned().unwrap_or_default();
    let key = key(rules, &metadata, scope)?;
    let spec = decoded(item.get("spec"))
        .map_err(|why| NotReadable { what: ServerText::new(&key.to_string()), why })?;
    let full = match thin {
        ThinWithout::Spec => spec.is_some(),
        ThinWithout::SpecAndLabels => spec.is_some() || metadata.get("labels").is_some(),
    };
    let outputs = decoded(item.pointer("/status/output")).ok().flatten().unwrap_or_default();
    Ok(LiveObject {
        remote_id: text(&metadata, "id").and_then(|id| id.parse::<RemoteId>().ok()),
        mark: metadata::mark(&metadata),
        uid: None,
        hourly: None,
        body: body(rules, &key, metadata, spec),
        key,
        status,
        outputs,
        completeness: if full { Completeness::Full } else { Completeness::Thin },
    })
}

fn text<'v>(value: &'v Body, field: &str) -> Option<&'v str> {
    value.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// Identity as the item has it; where it says nothing, as the list was asked for.
fn key(rules: &KindRules, metadata: &Body, scope: &Scope) -> Result<ResourceKey, NotReadable> {
    let missing = |field: &str| NotReadable {
        what: ServerText::new(&rules.id.kind),
        why: format!("metadata.{field} is missing"),
    };
    let name = text(metadata, "name").ok_or_else(|| missing("name"))?.to_owned();
    let project = || {
        let project = text(metadata, "project").or(scope.project());
        project.map(str::to_owned).ok_or_else(|| missing("project"))
    };
    let scope = match rules.level {
        ScopeLevel::Global => Scope::Global,
        ScopeLevel::Project => Scope::Project(project()?),
        ScopeLevel::Workspace => {
            let workspace = text(metadata, "workspace").or(scope.workspace());
            let workspace = workspace.ok_or_else(|| missing("workspace"))?.to_owned();
            Scope::Workspace { project: project()?, workspace }
        }
    };
    Ok(ResourceKey { kind: rules.id.clone(), scope, name })
}

/// An object that may come as a JSON-encoded string (api §3.4); absent and null are `None`.
pub(crate) fn decoded(value: Option<&Body>) -> Result<Option<Body>, String> {
    match value {
        None | Some(Body::Null) => Ok(None),
        Some(Body::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(Body::Text(text)) => {
            Body::parse(text.as_bytes()).map(Some).map_err(|_| "text that is not JSON".to_owned())
        }
        Some(value) => Ok(Some(value.clone())),
    }
}

/// The document in the manifests' shape. List items lack `apiVersion`, and sometimes the scope.
fn body(rules: &KindRules, key: &ResourceKey, metadata: Body, spec: Option<Body>) -> Body {
    let mut metadata = match metadata {
        Body::Fields(fields) => fields,
        _ => Fields::new(),
    };
    for (field, value) in ["project", "workspace"].into_iter().zip(key.scope.segments()) {
        metadata.insert(field, value.into());
    }
    let mut body = Fields::new();
    body.insert("apiVersion", rules.api_version.into());
    body.insert("kind", rules.id.kind.as_str().into());
    body.insert("metadata", Body::Fields(metadata));
    if let Some(spec) = spec {
        body.insert("spec", spec);
    }
    Body::Fields(body)
}

/// The routes of one kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Routes {
    /// The last segment of the collection's path.
    pub(crate) plural: &'static str,
    /// How its objects name the profile they are made from, where they have one.
    pub(crate) profile: Option<ProfileField>,
}

impl Routes {
    /// Creates, and only creates: a clash of names is a 409.
    pub(crate) fn create(
        self,
        rules: &KindRules,
        context: &Context<'_>,
    ) -> Result<Request, CannotBuild> {
        let body = self.declared_body(rules, context)?;
        Ok(self.post(context.key, Effect::Create, "true", body))
    }

    /// Replaces what is there with what is declared. The vendor's example leaves
    /// `fail-on-exists` out; its default is contradictory, so it is always sent.
    pub(crate) fn update(
        self,
        rules: &KindRules,
        context: &Context<'_>,
    ) -> Result<Request, CannotBuild> {
        let body = self.declared_body(rules, context)?;
        Ok(self.post(context.key, Effect::Upsert, "false", body))
    }

    /// Adds the mark and changes nothing else.
    pub(crate) fn adopt(
        self,
        rules: &KindRules,
        context: &Context<'_>,
    ) -> Result<Request, CannotBuild> {
        let live = context.live.ok_or_else(|| CannotBuild {
            message: format!("{} was not read", context.key),
            help: "run again; it could not be seen this time".to_owned(),
        })?;
        let kept = live.body.get("metadata");
        let mut body = envelope(rules, metadata::to_send(kept, context, &Fields::new()));
        if let Some(spec) = live.body.get("spec") {
            let declared = context.body.and_then(|body| body.get("spec"));
            body.insert("spec", unmasked(spec, declared));
        }
        Ok(self.post(context.key, Effect::Upsert, "false", Body::Fields(body)))
    }

    /// What is declared, with the metadata to send and without what the server owns. The labels of
    /// its profile go with it: bills are read by them (api §2.4).
    fn declared_body(self, rules: &KindRules, context: &Context<'_>) -> Result<Body, CannotBuild> {
        let declared = context.body.ok_or_else(|| CannotBuild {
            message: format!("{} is not declared", context.key),
            help: "only declared resources can be written".to_owned(),
        })?;
        let given = self.profile_labels(context);
        let metadata = metadata::to_send(declared.get("metadata"), context, &given);
        let mut body = envelope(rules, metadata);
        if let Some(spec) = declared.get("spec") {
            body.insert("spec", spec.clone());
        }
        Ok(Body::Fields(body))
    }

    /// The labels of the profile that is declared, as far as it was read.
    fn profile_labels(self, context: &Context<'_>) -> Fields {
        let find = |field: ProfileField| {
            Some(field.find(context.body?, &context.key.scope, context.snapshot))
        };
        match self.profile.and_then(find) {
            Some(Sight::Found(profile)) => profile.labels,
            _ => Fields::new(),
        }
    }

    fn post(self, key: &ResourceKey, effect: Effect, fail_on_exists: &str, body: Body) -> Request {
        Request::write(Method::Post, paths::paas(&key.scope, self.plural), effect)
            .with("fail-on-exists", fail_on_exists)
            .json(body)
    }

    /// Deploys. Has no body.
    pub(crate) fn publish(self, key: &ResourceKey) -> Request {
        let path = paths::paas_object(key, self.plural).then("publish");
        Request::write(Method::Post, path, Effect::Publish)
    }

    /// Runs a verb, spelled as the API spells it. The body is an empty object (api §3.9).
    pub(crate) fn act(self, key: &ResourceKey, verb: &str) -> Request {
        let path = paths::paas_object(key, self.plural).then("action").then(verb);
        Request::write(Method::Post, path, Effect::Act).json(body!({}))
    }

    /// Deletes.
    pub(crate) fn delete(self, key: &ResourceKey) -> Request {
        Request::write(Method::Delete, paths::paas_object(key, self.plural), Effect::Delete)
    }

    /// Reads one.
    pub(crate) fn get(self, key: &ResourceKey) -> Request {
        Request::get(paths::paas_object(key, self.plural))
    }
}

/// A step that the kind does not have: asking for it is a mistake of the plan.
pub(crate) fn no_such_step(key: &ResourceKey, what: &str) -> CannotBuild {
    CannotBuild {
        message: format!("{key} cannot be {what}"),
        help: "its kind has no such operation".to_owned(),
    }
}

fn envelope(rules: &KindRules, metadata: Body) -> Fields {
    let mut body = Fields::new();
    body.insert("apiVersion", rules.api_version.into());
    body.insert("kind", rules.id.kind.as_str().into());
    body.insert("metadata", metadata);
    body
}

/// A live spec with the masked values of its variables replaced by the declared ones. A masked
/// variable that nobody declares is left out: sending the mask would make it the value.
fn unmasked(live: &Body, declared: Option<&Body>) -> Body {
    let declared_value = |name: &Body| {
        let variables = declared?.get("variables")?.as_array()?;
        variables.iter().find(|variable| variable.get("name") == Some(name))?.get("value")
    };
    let to_send = |variable: &Body| {
        if !variable.get("value").is_some_and(Body::is_mask) {
            return Some(variable.clone());
        }
        let mut variable = variable.clone();
        let value = variable.get("name").and_then(declared_value)?.clone();
        *variable.get_mut("value")? = value;
        Some(variable)
    };
    let mut spec = live.clone();
    if let Some(Body::List(variables)) = spec.get_mut("variables") {
        *variables = variables.iter().filter_map(to_send).collect();
    }
    spec
}
