//! What is made from a profile and then deployed: compute instances (bare-metal nodes, GPU Kubernetes
//! clusters and virtual machines; which of them one is, its profile says) and services of a project,
//! such as its private network (api §3.4, §3.5).

use crate::profile::{self, ProfileField};
use crate::profile_search::Sight;
use crate::status::{self, Powered};
use crate::{documents, export, paas, profile_check, reach, variables};
use plumb_kind::kind::no_such_verb;
use plumb_kind::row::no_such_step;
use plumb_kind::{
    CannotBuild, Collection, Context, Effect, Kind, KindType, LookedUp, Method, NotReadable, Reach,
    Request, Row, Snapshot, Step, Surroundings, Verb, Way,
};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{Costs, ImpliedEdge, Lifecycle, PowerControl, field_rules};
use plumb_model::{
    Aspect, Body, Finding, KindRules, LiveObject, Money, Power, Refinement, RemoteId, Resource,
    ResourceKey, Scope, body,
};
use serde_json::Value;

/// A kind that is made from a profile and deployed.
#[derive(Debug)]
pub(crate) struct Deployed {
    row: Row,
    /// How its objects name their profile.
    profile: &'static ProfileField,
    /// What can be done by hand, and how the API spells it in the path (api §3.9).
    verbs: &'static [Verb],
    /// What its list differs in.
    listed: fn(&Row, &str, Collection) -> Collection,
}

/// Services. Deployed before any compute of the project.
pub(crate) static SERVICE: Deployed = Deployed {
    row: paas::row("services", || {
        let summary = "A service: of a project its private network (VPC), deployed before any compute \
                       of the project; of a workspace a notebook, an endpoint, storage.";
        let level = ScopeLevel::ProjectOrWorkspace;
        paas::kind::<documents::ServiceSpec>(rules("Service", level), summary)
    })
    .ordered_by(paas::OLDEST_FIRST)
    .ready_as(|status| status::deployed(status, Powered::No)),
    profile: &profile::SERVICE,
    verbs: &[],
    listed: |_, _, list| list,
};

/// Compute instances.
pub(crate) static COMPUTE_INSTANCE: Deployed = Deployed {
    row: paas::row("computeinstances", || {
        let mut rules = rules("ComputeInstance", ScopeLevel::Workspace);
        rules.power = PowerControl::Switchable;
        // The variable that holds the months of the contract (api §3.7).
        rules.contract_term = Some(variables::value_path("Contract Term"));
        // The network is deployed before the compute that uses it (api §3.5).
        rules.after = vec![ImpliedEdge { kind: paas::id("Service") }];
        rules.fields.extend(field_rules(&[
            ("spec.sharing.workspaces", Aspect::Unordered),
            ("spec.sharing.projects", Aspect::UnorderedBy("name")),
        ]));
        let summary = "A machine or cluster with GPUs: a bare-metal node, a Kubernetes cluster or a \
                       virtual machine, as its profile says.";
        paas::kind::<documents::ComputeInstanceSpec>(rules, summary)
    })
    .ordered_by(paas::OLDEST_FIRST)
    .ready_as(|status| status::deployed(status, Powered::ByVerb)),
    profile: &profile::COMPUTE,
    verbs: &VERBS,
    listed: of_workspaces,
};

fn rules(name: &str, level: ScopeLevel) -> KindRules {
    KindRules {
        lifecycle: Lifecycle::Published,
        costs: Costs::ByTheHour,
        // As profiles call it (api §3.6); where none of them stands, the stack has to say.
        gpus: ["GPU Count", "Guest GPU Count", "gpu"].map(variables::value_path).to_vec(),
        // The one documented variable that holds JSON; others say so themselves.
        fields: field_rules(&[("spec.variables[Security Policies].value", Aspect::Json)]),
        ..paas::rules(name, level)
    }
}

static VERBS: [Verb; 4] = [
    Verb::harmless("start", "switches it on", Some(Power::On)),
    Verb::destructive("stop", "switches it off; unsaved work may be lost", Some(Power::Off)),
    Verb::destructive("power reset", "forces a reboot; unsaved work may be lost", None),
    Verb::destructive(
        "power cycle",
        "switches it off and on again; unsaved work may be lost",
        None,
    ),
];

/// Instances of all workspaces of a project, in one list. `computeType` is left out, which lists all
/// types at once. A key that may not read that list may read one of each type, or the lists
/// of the workspaces. A name alone is not unique there.
fn of_workspaces(row: &Row, project: &str, all: Collection) -> Collection {
    /// Every type of compute there is (api §3.4).
    const TYPES: [&str; 3] = ["baremetal", "k8s", "vm"];
    let by_type = TYPES.map(|name| all.request.clone().with("computeType", name)).to_vec();
    let parents = Box::new(paas::WORKSPACE.list(Scope::Project(project.to_owned())));
    let by_workspace = Way::Inside { parents, name: "/metadata/name", list: row.plural() };
    let identity = &["/metadata/id"];
    Collection { identity, otherwise: vec![Way::Together(by_type), by_workspace], ..all }
}

impl Deployed {
    /// Runs a verb, spelled as the API spells it. The body is an empty object (api §3.9).
    fn verb(&self, key: &ResourceKey, name: &str) -> Result<Request, CannotBuild> {
        let spelled = match name {
            _ if self.verbs.is_empty() => return Err(no_such_step(key, "switched")),
            "power reset" => "Power reset",
            "power cycle" => "Power cycle",
            "start" | "stop" => name,
            _ => return Err(no_such_verb(key, name, self.verbs)),
        };
        let path = self.row.object(key).then("action").then(spelled);
        Ok(Request::write(Method::Post, path, Effect::Act).json(body!({})))
    }

    /// The list to read next to find the profile of a document.
    fn needed(&self, body: &Body, key: &ResourceKey, looked_up: &LookedUp<'_>) -> Vec<Collection> {
        self.profile.seen(body, key, looked_up).next.clone()
    }

    /// What is declared, with the labels of its profile as far as that was read: bills are read by
    /// them (api §2.4).
    fn declared(&self, context: &Context<'_>) -> Result<Body, CannotBuild> {
        let find = |body| self.profile.find(body, &context.key.scope, context.snapshot).found();
        let given = context.body.and_then(find).map(|profile| profile.labels);
        self.row.declared(context, &given.unwrap_or_default())
    }
}

impl Kind for Deployed {
    fn kind_type(&self) -> &KindType {
        self.row.kind_type()
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        [self.row.check(resource), variables::check(resource)].concat()
    }

    fn collections(&self, scope: &Scope) -> Vec<Collection> {
        let lists = self.row.collections(scope).into_iter();
        let own = lists.zip(scope.project());
        own.map(|(list, project)| (self.listed)(&self.row, project, list)).collect()
    }

    fn lookups(&self, resource: &Resource) -> Vec<Collection> {
        self.profile.first(&resource.body, &resource.key.scope).into_iter().collect()
    }

    /// A shared profile that the project's own list does not have is looked for elsewhere.
    fn preflight(&self, resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
        self.needed(&resource.body, &resource.key, &around.looked_up)
    }

    fn is_gone(&self, item: &Body) -> bool {
        status::is_gone(item)
    }

    fn read(&self, item: &Body, scope: &Scope) -> Result<LiveObject, NotReadable> {
        self.row.read(item, scope)
    }

    /// Without `computeType`: a wrong one answers 404, which would read as absent.
    fn item(&self, key: &ResourceKey, id: Option<&RemoteId>) -> Option<Request> {
        self.row.item(key, id)
    }

    /// With the `computeType` the object itself has, as the vendor documents the call.
    fn item_again(&self, live: &LiveObject) -> Option<Request> {
        let compute_type = live.body.pointer("/spec/computeType").and_then(Body::as_str);
        let request = self.row.item(&live.key, None)?;
        Some(match compute_type.filter(|text| !text.is_empty()) {
            Some(compute_type) => request.with("computeType", compute_type),
            None => request,
        })
    }

    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        profile_check::refine(self.profile, resource, around)
    }

    fn price_lookups(&self, live: &LiveObject, looked_up: &LookedUp<'_>) -> Vec<Collection> {
        self.needed(&live.body, &live.key, looked_up)
    }

    fn hourly(&self, live: &LiveObject, looked_up: &LookedUp<'_>) -> Result<Money, String> {
        let seen = self.profile.seen(&live.body, &live.key, looked_up);
        match &seen.sight {
            Sight::Found(profile) => seen.hourly(profile, &live.body),
            Sight::Hidden(why) => Err(format!("its profile cannot be seen: {why}")),
            Sight::Absent(_) => Err("its profile is not there any more".to_owned()),
            Sight::NotRead => Err("its profile could not be read".to_owned()),
        }
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let key = context.key;
        let request = match step {
            Step::Adopt => self.row.adopt(context, variables::unmasked)?,
            Step::Create => self.row.put(key, Effect::Create, self.declared(context)?),
            Step::Update => self.row.put(key, Effect::Upsert, self.declared(context)?),
            // Has no body.
            Step::Publish => {
                let path = self.row.object(key).then("publish");
                Request::write(Method::Post, path, Effect::Publish)
            }
            Step::Power(Power::On) => self.verb(key, "start")?,
            Step::Power(Power::Off) => self.verb(key, "stop")?,
            Step::Power(Power::Disassociated) => {
                return Err(CannotBuild {
                    message: format!("{key} can be on or off, and nothing else"),
                    help: "set plumb.dev/power to on or off".to_owned(),
                });
            }
            Step::Act(name) => self.verb(key, name)?,
            Step::Delete => return self.row.requests(step, context),
        };
        Ok(vec![request])
    }

    fn verbs(&self) -> &'static [Verb] {
        self.verbs
    }

    fn reach(&self, live: &LiveObject) -> Reach {
        reach::of_outputs(live)
    }

    fn export(&self, live: &LiveObject, snapshot: &Snapshot) -> Option<Value> {
        Some(export::with_profile(self.profile, self.rules(), live, snapshot))
    }

    fn export_lookups(&self, live: &LiveObject, snapshot: &Snapshot) -> Vec<Collection> {
        self.needed(&live.body, &live.key, &LookedUp::new(snapshot))
    }
}
