//! Workspaces: made at once, nothing to publish (api §3.3).

use crate::paas::{self, Routes, ThinWithout};
use crate::schema::{self, Metadata, Opaque};
use crate::{collections, metadata, status};
use plumb_kind::{CannotBuild, Collection, Context, Kind, NotReadable, Request, Step};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{
    Access, CreateSafety, Identity, Lifecycle, MarkPlace, PowerControl, ReplaceDefault, field_rules,
};
use plumb_model::{
    Aspect, Body, Finding, KindId, KindRules, LiveObject, RemoteId, Resource, ResourceKey, Scope,
};
use schemars::{JsonSchema, Schema};
use std::sync::LazyLock;

/// `paas.envmgmt.io/v1` Workspace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workspace;

const ROUTES: Routes = Routes { plural: "workspaces", profile: None };

static RULES: LazyLock<KindRules> = LazyLock::new(|| KindRules {
    id: KindId::new(paas::GROUP, "Workspace"),
    api_version: paas::API_VERSION,
    level: ScopeLevel::Project,
    parent: Some(KindId::new("auth", "Project")),
    access: Access::Managed,
    lifecycle: Lifecycle::Immediate,
    power: PowerControl::None,
    identity: Identity::Name,
    mark: MarkPlace::Object,
    create_safety: CreateSafety::Repeatable,
    replace: ReplaceDefault::Never,
    contract_term: None,
    timeout_seconds: 30 * 60,
    after: Vec::new(),
    references: Vec::new(),
    fields: field_rules(&fields()),
});

/// Its field rules (api §10, §11): `spec.iconURL` and `spec.readme` change in place.
fn fields() -> Vec<(&'static str, Aspect)> {
    metadata::FIELDS.to_vec()
}

/// A workspace.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Document {
    /// What it is called and where it lives.
    metadata: Metadata,
    /// How the console shows it.
    spec: Option<Spec>,
    /// Set by the server, and ignored here.
    status: Option<Opaque>,
}

/// How the console shows a workspace.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Spec {
    /// The address of an icon.
    #[schemars(rename = "iconURL")]
    icon_url: Option<String>,
    /// A text about the workspace.
    readme: Option<String>,
}

impl Kind for Workspace {
    fn rules(&self) -> &KindRules {
        &RULES
    }

    fn summary(&self) -> &'static str {
        "A place inside a project for the machines of one group of people."
    }

    fn schema(&self) -> Schema {
        schema::document::<Document>(&RULES, self.summary())
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        metadata::check(resource)
    }

    fn collections(&self, scope: &Scope) -> Vec<Collection> {
        let project = scope.project().into_iter();
        project.map(|name| collections::of_project(&RULES.id, name, ROUTES.plural)).collect()
    }

    fn read(&self, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable> {
        let status = status::common(item.get("status"));
        paas::read(&RULES, item, scope, ThinWithout::SpecAndLabels, status)
    }

    fn item(&self, key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        Some(ROUTES.get(key))
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let request = match step {
            Step::Adopt => ROUTES.adopt(&RULES, context)?,
            Step::Create => ROUTES.create(&RULES, context)?,
            Step::Update => ROUTES.update(&RULES, context)?,
            Step::Delete => ROUTES.delete(context.key),
            Step::Publish => return Err(paas::no_such_step(context.key, "published")),
            Step::Power(_) | Step::Act(_) => {
                return Err(paas::no_such_step(context.key, "switched"));
            }
        };
        Ok(vec![request])
    }
}
