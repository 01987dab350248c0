//! Services of a project, such as its private network: made, then deployed (api §3.5).

use crate::paas::{self, Routes, ThinWithout};
use crate::schema::{self, Metadata, Opaque, ProfileReference, Variable};
use crate::status::{self, Powered};
use crate::{collections, export, metadata, profile, profile_check, variables};
use plumb_kind::{
    CannotBuild, Collection, Context, Kind, NotReadable, Request, Snapshot, Step, Surroundings,
};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{
    Access, CreateSafety, Identity, Lifecycle, MarkPlace, PowerControl, ReplaceDefault, field_rules,
};
use plumb_model::{
    Aspect, Body, Finding, KindId, KindRules, LiveObject, Refinement, RemoteId, Resource,
    ResourceKey, Scope,
};
use schemars::{JsonSchema, Schema};
use serde_json::Value;
use std::sync::LazyLock;

/// `paas.envmgmt.io/v1` Service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Service;

const ROUTES: Routes = Routes { plural: "services", profile: Some(profile::SERVICE) };

/// The kind's id, for those that come after it.
pub(crate) fn id() -> KindId {
    KindId::new(paas::GROUP, "Service")
}

static RULES: LazyLock<KindRules> = LazyLock::new(|| KindRules {
    id: id(),
    api_version: paas::API_VERSION,
    level: ScopeLevel::Project,
    parent: Some(KindId::new("auth", "Project")),
    access: Access::Managed,
    lifecycle: Lifecycle::Published,
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

/// Its field rules (api §10).
fn fields() -> Vec<(&'static str, Aspect)> {
    let mut fields = metadata::FIELDS.to_vec();
    fields.extend(variables::fields());
    fields.push(("spec.serviceProfile", Aspect::Immutable));
    fields.push(("spec.serviceType", Aspect::Immutable));
    fields
}

/// A service.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Document {
    /// What it is called and where it lives.
    metadata: Metadata,
    /// What it is.
    spec: Spec,
    /// Set by the server, and ignored here.
    status: Option<Opaque>,
}

/// What a service is.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Spec {
    /// The profile it is made from. Fixed once the service is made.
    service_profile: ProfileReference,
    /// The type of the service, for instance custom. Fixed once the service is made.
    service_type: Option<String>,
    /// The profile's settings. Order means nothing; what is left out has the profile's default.
    variables: Option<Vec<Variable>>,
}

impl Kind for Service {
    fn rules(&self) -> &KindRules {
        &RULES
    }

    fn summary(&self) -> &'static str {
        "A service of a project, such as its private network (VPC). Deployed before any compute of \
         the project."
    }

    fn schema(&self) -> Schema {
        schema::document::<Document>(&RULES, self.summary())
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        [metadata::check(resource), variables::check(resource)].concat()
    }

    fn collections(&self, scope: &Scope) -> Vec<Collection> {
        let project = scope.project().into_iter();
        project.map(|name| collections::of_project(&RULES.id, name, ROUTES.plural)).collect()
    }

    fn lookups(&self, resource: &Resource) -> Vec<Collection> {
        let unread = Snapshot::default();
        let first = profile::SERVICE.next(&resource.body, &resource.key.scope, &unread);
        first.into_iter().collect()
    }

    /// A shared profile that the project's own list does not have is looked for elsewhere.
    fn preflight(&self, resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
        let next = profile::SERVICE.next(&resource.body, &resource.key.scope, around.snapshot);
        next.into_iter().collect()
    }

    fn is_gone(&self, item: &Body) -> bool {
        status::is_gone(item)
    }

    fn read(&self, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable> {
        let status = status::deployed(item.get("status"), Powered::No);
        paas::read(&RULES, item, scope, ThinWithout::Spec, status)
    }

    fn item(&self, key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        Some(ROUTES.get(key))
    }

    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        profile_check::refine(profile::SERVICE, resource, around.snapshot)
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let request = match step {
            Step::Adopt => ROUTES.adopt(&RULES, context)?,
            Step::Create => ROUTES.create(&RULES, context)?,
            Step::Update => ROUTES.update(&RULES, context)?,
            Step::Publish => ROUTES.publish(context.key),
            Step::Delete => ROUTES.delete(context.key),
            Step::Power(_) | Step::Act(_) => {
                return Err(paas::no_such_step(context.key, "switched"));
            }
        };
        Ok(vec![request])
    }

    fn export(&self, live: &LiveObject, snapshot: &Snapshot) -> Option<Value> {
        Some(export::with_profile(profile::SERVICE, &RULES, live, snapshot))
    }

    fn export_lookups(&self, live: &LiveObject, snapshot: &Snapshot) -> Vec<Collection> {
        profile::SERVICE.next(&live.body, &live.key.scope, snapshot).into_iter().collect()
    }
}
