//! Bare-metal rentals: whole nodes with eight GPUs each, made together with a Kubernetes cluster
//! (contract §2.3, §3.3, §5.2). What an answer says is in `answer`, how one is judged before it is
//! made in `judgement`, how it mounts a volume in `mount`.

mod answer;
mod judgement;
mod mount;

use crate::documents::{self, MachineMetadata};
use crate::locations::{self, Place as Location};
use crate::{collections, ids, keys, machine, paths, power, reach};
use plumb_kind::{
    CannotBuild, Collection, Context, Effect, Kind, KindType, Method, NotReadable, Reach, Request,
    Snapshot, Step, Surroundings, Verb, export,
};
use plumb_model::text::ServerText;
use plumb_model::{
    Body, Code, FieldPath, Finding, LiveObject, Money, Power, Refinement, RemoteId, Resource,
    ResourceKey, Scope, body,
};
use serde_json::Value;
use std::sync::LazyLock;

/// `voltagepark.com/v1` `BareMetal`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BareMetal;

const COLLECTION: &str = "bare-metal";
/// The GPUs of one node; only whole nodes are rented (V-18).
const GPUS_PER_NODE: u64 = 8;
static KIND: LazyLock<KindType> = LazyLock::new(|| {
    // V-06.
    let mut rules = machine::rules("BareMetal", 60 * 60);
    rules.made_at = Some(FieldPath::root().key("status").key("creation_timestamp"));
    rules.gpus = vec![FieldPath::root().key("spec").key("gpu_count")];
    let summary =
        "A bare-metal rental: whole nodes with eight GPUs each, on InfiniBand or Ethernet.";
    KindType::of::<MachineMetadata, documents::BareMetalSpec>(rules, summary)
});

const REBOOT: &str = "reboot";

/// What can be done by hand.
static VERBS: [Verb; 3] = [
    Verb::harmless("start", "starts its nodes", Some(Power::On)),
    Verb::destructive(
        "stop",
        "stops its nodes; unsaved work may be lost, and it is billed as before",
        Some(Power::Off),
    ),
    Verb::destructive(
        REBOOT,
        "reboots its nodes, or those that are named by their public address; unsaved \
                 work may be lost",
        None,
    ),
];

impl Kind for BareMetal {
    fn kind_type(&self) -> &KindType {
        &KIND
    }

    fn prepare(&self, resource: &mut Resource) {
        machine::prepare(resource);
        mount::prepare(resource);
        if let Some(id) = resource.body.pointer_mut("/spec/location_id") {
            ids::normalise(id);
        }
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        let mut findings = machine::check(resource);
        findings.extend(check(resource));
        findings
    }

    fn collections(&self, _scope: &Scope) -> Vec<Collection> {
        vec![collections::rentals()]
    }

    fn lookups(&self, resource: &Resource) -> Vec<Collection> {
        keys::lookups(resource)
    }

    fn is_gone(&self, item: &Body) -> bool {
        machine::is_gone(item)
    }

    fn read(&self, item: &Body, _scope: &Scope) -> Result<LiveObject, NotReadable> {
        let word = machine::status_word(&self.rules().id, item)?;
        // What failed is not billed (V-33).
        let hourly = match word {
            "Failed" => Some(Money::ZERO),
            _ => item.get("rate_hourly").and_then(Money::read),
        };
        let reading = machine::Reading {
            spec: answer::spec(item),
            status: answer::status(word, item),
            hourly,
            outputs: answer::outputs(item),
            shown: answer::SHOWN,
            young: machine::Young::Outlined,
        };
        reading.object(&self.rules().id, item)
    }

    /// There is no call for one rental that is sure to be there (V-19).
    fn item(&self, _key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        None
    }

    fn preflight(&self, resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
        judgement::preflight(resource, around)
    }

    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        judgement::refine(resource, around)
    }

    fn reads_first(&self, step: Step<'_>, context: &Context<'_>) -> Vec<Collection> {
        mount::reads_first(step, context)
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let mut requests = match step {
            Step::Create => vec![create(context)?],
            Step::Act(REBOOT) => vec![reboot(context)?],
            Step::Power(Power::Disassociated) => {
                return Err(CannotBuild {
                    message: format!("{} can be started or stopped, and nothing else", context.key),
                    help: "set spec.power to started or stopped".to_owned(),
                });
            }
            step => machine::requests(COLLECTION, &VERBS, step, context)?,
        };
        if step == Step::Update {
            requests.extend(mount::update(context)?);
        }
        Ok(requests)
    }

    fn created_id(&self, answer: &Body) -> Option<RemoteId> {
        ids::remote_id(answer, "rental_id")
    }

    fn created_warning(&self, answer: &Body) -> Option<ServerText> {
        machine::text(answer, "warning").map(ServerText::new)
    }

    fn verbs(&self) -> &'static [Verb] {
        &VERBS
    }

    fn parts(&self, verb: &str, live: &LiveObject) -> Vec<String> {
        if verb == REBOOT { answer::addresses(live, "public_ip") } else { Vec::new() }
    }

    /// The volume it mounts, by name.
    fn details(&self, live: &LiveObject, _snapshot: &Snapshot) -> Vec<Collection> {
        let mounts = live.body.pointer("/spec/storage_id").is_some();
        mounts.then(collections::volumes).into_iter().collect()
    }

    fn describe(&self, live: &LiveObject, snapshot: &Snapshot) -> Vec<(&'static str, ServerText)> {
        let text = |pointer: &str| match live.body.pointer(pointer)? {
            Body::Text(text) => Some(text.to_string()),
            Body::Number(number) => Some(number.to_string()),
            _ => None,
        };
        machine::told([
            ("nodes", answer::nodes(live)),
            ("network", text("/spec/network_type")),
            ("sub-order", text("/spec/sub_order")),
            ("volume", mount::describe(live, snapshot)),
            ("made at", text("/status/creation_timestamp")),
        ])
    }

    fn reach(&self, live: &LiveObject) -> Reach {
        let [public, private] = ["public_ip", "private_ip"].map(|one| answer::addresses(live, one));
        reach::bare_metal(live, &public, &private)
    }

    fn export(&self, live: &LiveObject, _snapshot: &Snapshot) -> Option<Value> {
        let mut document = export::plain(live, self.rules(), &[]);
        power::export(live, &mut document);
        Some(document)
    }
}

/// The create, with exactly the fields that are documented (contract §2.3).
fn create(context: &Context<'_>) -> Result<Request, CannotBuild> {
    let body = context.declared()?;
    let mut fields = machine::create_fields(context)?;
    fields.insert("location_id", location_id(body, context)?.into());
    for field in ["gpu_count", "network_type", "sub_order", "storage_id", "cloudinit_script"] {
        machine::copy(body, field, &mut fields);
    }
    let path = paths::slashed(COLLECTION);
    Ok(Request::write(Method::Post, path, Effect::Create).json(Body::Fields(fields)))
}

/// The location's id: as declared, or that of the city.
fn location_id(body: &Body, context: &Context<'_>) -> Result<String, CannotBuild> {
    let declared = body.pointer("/spec/location_id").and_then(Body::to_look_up);
    let declared = declared.ok_or_else(|| CannotBuild {
        message: format!("{} says nothing of where it is to be", context.key),
        help: "write spec.location_id, as an id or a city".to_owned(),
    })?;
    match locations::resolve(declared, context.snapshot) {
        Location::Found(id) => Ok(id),
        Location::Absent(why) => Err(why),
        Location::NotRead | Location::Hidden(_) => Err(CannotBuild {
            message: format!("the location of {} was not looked up", context.key),
            help: "run again, so that the cities are listed first".to_owned(),
        }),
    }
}

/// The reboot of the named nodes, or of all. An address that is none of its own would make the
/// server refuse all of them (V-35).
fn reboot(context: &Context<'_>) -> Result<Request, CannotBuild> {
    let own = context.live.map(|live| answer::addresses(live, "public_ip")).unwrap_or_default();
    if own.is_empty() {
        return Err(CannotBuild {
            message: format!("the nodes of {} have no public addresses yet", context.key),
            help: "wait until it runs".to_owned(),
        });
    }
    if let Some(foreign) = context.parts.iter().find(|part| !own.contains(part)) {
        return Err(CannotBuild {
            message: format!("{} has no node {foreign:?}", context.key),
            help: format!("its nodes are: {}", own.join(", ")),
        });
    }
    let chosen = if context.parts.is_empty() { &own } else { context.parts };
    let path = paths::item(COLLECTION, context.own_id()?.as_str()).then(REBOOT);
    Ok(Request::write(Method::Post, path, Effect::Act).json(body!({"public_ips": chosen})))
}

/// Whole nodes, and a power that rentals have.
fn check(resource: &Resource) -> Vec<Finding> {
    let path = FieldPath::root().key("spec").key("gpu_count");
    let count = resource.field(&path).and_then(Body::as_u64);
    let broken = count.filter(|count| !count.is_multiple_of(GPUS_PER_NODE)).map(|count| {
        let nearest = count.div_ceil(GPUS_PER_NODE).saturating_mul(GPUS_PER_NODE);
        let message = format!("{count} GPUs are not whole nodes of {GPUS_PER_NODE}");
        let finding = Finding::error(Code::INVALID_VALUE, message).of(&resource.key).field(path);
        finding.help(format!("write a multiple of {GPUS_PER_NODE}, for instance {nearest}"))
    });
    let given_back =
        resource.wishes.power.filter(|power| *power == Power::Disassociated).map(|_| {
            let message = "a rental can be started or stopped, and nothing else";
            Finding::error(Code::INVALID_VALUE, message).of(&resource.key).field(power::path())
        });
    broken.into_iter().chain(given_back).collect()
}

#[cfg(test)]
mod tests;
