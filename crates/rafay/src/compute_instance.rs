//! Compute instances: bare-metal nodes, GPU Kubernetes clusters and virtual machines (api §3.4).
//! Which of them one is, its profile says; nothing here depends on it.

use crate::paas::{self, Routes, ThinWithout};
use crate::schema::{self, DatacenterReference, Metadata, Opaque, ProfileReference, Variable};
use crate::status::{self, Powered};
use crate::{collections, export, metadata, profile, profile_check, service, variables};
use plumb_kind::{
    CannotBuild, Collection, Context, Danger, Kind, NotReadable, Request, Snapshot, Step,
    Surroundings, Verb,
};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{
    Access, CreateSafety, Identity, ImpliedEdge, Lifecycle, MarkPlace, PowerControl,
    ReplaceDefault, field_rules,
};
use plumb_model::{
    Aspect, Body, Finding, KindId, KindRules, LiveObject, Power, Refinement, RemoteId, Resource,
    ResourceKey, Scope,
};
use schemars::{JsonSchema, Schema};
use serde_json::Value;
use std::sync::LazyLock;

/// `paas.envmgmt.io/v1` ComputeInstance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ComputeInstance;

const ROUTES: Routes = Routes { plural: "computeinstances", profile: Some(profile::COMPUTE) };

/// Where the contract's length in months stands (api §3.4).
/// The variable that holds the months of the contract (api §3.7).
const CONTRACT_TERM: &str = "Contract Term";

static RULES: LazyLock<KindRules> = LazyLock::new(|| KindRules {
    id: KindId::new(paas::GROUP, "ComputeInstance"),
    api_version: paas::API_VERSION,
    level: ScopeLevel::Workspace,
    parent: Some(KindId::new(paas::GROUP, "Workspace")),
    access: Access::Managed,
    lifecycle: Lifecycle::Published,
    power: PowerControl::Switchable,
    identity: Identity::Name,
    mark: MarkPlace::Object,
    create_safety: CreateSafety::Repeatable,
    replace: ReplaceDefault::Never,
    contract_term: Some(variables::value_path(CONTRACT_TERM)),
    timeout_seconds: 30 * 60,
    // The network is deployed before the compute that uses it (api §3.5).
    after: vec![ImpliedEdge { kind: service::id() }],
    references: Vec::new(),
    fields: field_rules(&fields()),
});

/// Its field rules (api §10).
fn fields() -> Vec<(&'static str, Aspect)> {
    let mut fields = metadata::FIELDS.to_vec();
    fields.extend(variables::fields());
    fields.extend([
        ("spec.computeType", Aspect::Immutable),
        ("spec.computeProfile", Aspect::Immutable),
        ("spec.datacenter", Aspect::Immutable),
        // What a change of it does is not published.
        ("spec.storageDetails", Aspect::Refused("no call is known that changes attached storage")),
        ("spec.sharing.workspaces", Aspect::Unordered),
        ("spec.sharing.projects", Aspect::UnorderedBy("name")),
    ]);
    fields
}

/// What can be done by hand (api §3.9).
static VERBS: [Verb; 4] = [
    Verb {
        name: "start",
        effect: "switches it on",
        danger: Danger::Harmless,
        leads_to: Some(Power::On),
    },
    Verb {
        name: "stop",
        effect: "switches it off; unsaved work may be lost",
        danger: Danger::Destructive,
        leads_to: Some(Power::Off),
    },
    Verb {
        name: "power reset",
        effect: "forces a reboot; unsaved work may be lost",
        danger: Danger::Destructive,
        leads_to: None,
    },
    Verb {
        name: "power cycle",
        effect: "switches it off and on again; unsaved work may be lost",
        danger: Danger::Destructive,
        leads_to: None,
    },
];

/// A verb as the API spells it in the path.
fn spelled(verb: &str) -> Option<&'static str> {
    match verb {
        "start" => Some("start"),
        "stop" => Some("stop"),
        "power reset" => Some("Power reset"),
        "power cycle" => Some("Power cycle"),
        _ => None,
    }
}

/// A compute instance.
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

/// What a compute instance is.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[expect(dead_code, reason = "describes a document; never read")]
struct Spec {
    /// What sort of machine it is; where nothing is said, what the profile makes. Fixed once made.
    compute_type: Option<ComputeType>,
    /// The profile it is made from. Fixed once made.
    compute_profile: ProfileReference,
    /// The profile's settings. Order means nothing; what is left out has the profile's default.
    variables: Option<Vec<Variable>>,
    /// Where it runs. Fixed once made.
    datacenter: Option<DatacenterReference>,
    /// Attached storage, in the installation's own form. Sent as it is; a change is refused.
    storage_details: Option<Opaque>,
    /// Who else may use it: shareMode (None, All or Custom), workspaces, projects.
    sharing: Option<Opaque>,
}

/// What sort of machine it is.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes a document; never read")]
enum ComputeType {
    /// A whole node.
    Baremetal,
    /// A GPU Kubernetes cluster.
    K8s,
    /// A virtual machine.
    Vm,
}

impl Kind for ComputeInstance {
    fn rules(&self) -> &KindRules {
        &RULES
    }

    fn summary(&self) -> &'static str {
        "A machine or cluster with GPUs: a bare-metal node, a Kubernetes cluster or a virtual \
         machine, as its profile says."
    }

    fn schema(&self) -> Schema {
        schema::document::<Document>(&RULES, self.summary())
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        [metadata::check(resource), variables::check(resource)].concat()
    }

    fn collections(&self, scope: &Scope) -> Vec<Collection> {
        let project = scope.project().into_iter();
        project.map(|name| collections::of_workspaces(&RULES.id, name, ROUTES.plural)).collect()
    }

    fn lookups(&self, resource: &Resource) -> Vec<Collection> {
        let unread = Snapshot::default();
        let first = profile::COMPUTE.next(&resource.body, &resource.key.scope, &unread);
        first.into_iter().collect()
    }

    /// A shared profile that the project's own list does not have is looked for elsewhere.
    fn preflight(&self, resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
        let next = profile::COMPUTE.next(&resource.body, &resource.key.scope, around.snapshot);
        next.into_iter().collect()
    }

    fn is_gone(&self, item: &Body) -> bool {
        status::is_gone(item)
    }

    fn read(&self, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable> {
        let status = status::deployed(item.get("status"), Powered::ByVerb);
        paas::read(&RULES, item, scope, ThinWithout::Spec, status)
    }

    /// Without `computeType`: a wrong one answers 404, which would read as absent.
    fn item(&self, key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        Some(ROUTES.get(key))
    }

    /// With the `computeType` the object itself has, as the vendor documents the call.
    fn item_again(&self, live: &LiveObject) -> Option<Request> {
        let request = ROUTES.get(&live.key);
        let compute_type = live.body.pointer("/spec/computeType").and_then(Body::as_str);
        Some(match compute_type.filter(|text| !text.is_empty()) {
            Some(compute_type) => request.with("computeType", compute_type),
            None => request,
        })
    }

    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        profile_check::refine(profile::COMPUTE, resource, around.snapshot)
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let key = context.key;
        let request = match step {
            Step::Adopt => ROUTES.adopt(&RULES, context)?,
            Step::Create => ROUTES.create(&RULES, context)?,
            Step::Update => ROUTES.update(&RULES, context)?,
            Step::Publish => ROUTES.publish(key),
            Step::Power(Power::On) => ROUTES.act(key, "start"),
            Step::Power(Power::Off) => ROUTES.act(key, "stop"),
            Step::Power(Power::Disassociated) => {
                return Err(CannotBuild {
                    message: format!("{key} can be on or off, and nothing else"),
                    help: "set plumb.dev/power to on or off".to_owned(),
                });
            }
            Step::Delete => ROUTES.delete(key),
            Step::Act(name) => {
                let verb = spelled(name).ok_or_else(|| CannotBuild {
                    message: format!("{key} has no action {name:?}"),
                    help: "it has start, stop, power reset and power cycle".to_owned(),
                })?;
                ROUTES.act(key, verb)
            }
        };
        Ok(vec![request])
    }

    fn verbs(&self) -> &'static [Verb] {
        &VERBS
    }

    fn export(&self, live: &LiveObject, snapshot: &Snapshot) -> Option<Value> {
        Some(export::with_profile(profile::COMPUTE, &RULES, live, snapshot))
    }

    fn export_lookups(&self, live: &LiveObject, snapshot: &Snapshot) -> Vec<Collection> {
        profile::COMPUTE.next(&live.body, &live.key.scope, snapshot).into_iter().collect()
    }
}
