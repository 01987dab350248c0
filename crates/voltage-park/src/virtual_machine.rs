//! Virtual machines: made from a preset, wherever the platform has it free (contract §2.1, §3.1,
//! §5.1). How one is judged before it is made is in `judgement`.

mod judgement;

use crate::documents::{self, MachineMetadata};
use crate::presets::{Catalog, Shape, Wanted};
use crate::{collections, ids, keys, locations, machine, paths, power, presets, reach};
use judgement::rates;
use plumb_kind::{
    CannotBuild, Collection, Context, Effect, Kind, KindType, Method, NotReadable, Reach, Request,
    Snapshot, Step, Surroundings, Verb, export,
};
use plumb_model::live::LiveStatus;
use plumb_model::rules::PowerControl;
use plumb_model::text::ServerText;
use plumb_model::{
    Body, Code, FieldPath, Finding, LiveObject, Money, Phase, Power, Refinement, RemoteId,
    Resource, ResourceKey, Scope,
};
use serde_json::Value;
use std::sync::LazyLock;

/// `voltagepark.com/v1` `VirtualMachine`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VirtualMachine;

const COLLECTION: &str = "virtual-machines";
static KIND: LazyLock<KindType> = LazyLock::new(|| {
    // V-06.
    let mut rules = machine::rules("VirtualMachine", 15 * 60);
    rules.power = PowerControl::Releasable;
    rules.made_at = Some(FieldPath::root().key("status").key("timestamp_creation"));
    rules.gpus = vec![FieldPath::root().key("spec").key("preset").key("gpu_count")];
    let summary =
        "A virtual machine with GPUs, made from a preset in seconds and billed by the hour.";
    KindType::of::<MachineMetadata, documents::VirtualMachineSpec>(rules, summary)
});

/// What can be done by hand.
static VERBS: [Verb; 3] = [
    Verb::harmless(
        "start",
        "starts it; one whose resources were given back needs free stock",
        Some(Power::On),
    ),
    Verb::destructive(
        "stop",
        "stops it; unsaved work may be lost, and it is billed as before",
        Some(Power::Off),
    ),
    Verb::destructive(
        "disassociate",
        "stops it and gives its resources back; only its disk is billed, and starting it \
                 again needs free stock",
        Some(Power::Disassociated),
    ),
];

/// What of an answer is shown to people. All of it can be read by whoever has the key, and none
/// of it is secret (contract §11).
const SHOWN: &[&str] = &[
    "type",
    "status",
    "hostnode_id",
    "resources",
    "operating_system",
    "pricing",
    "public_ip",
    "internal_ip",
    "port_forwards",
    "timestamp_creation",
];

impl Kind for VirtualMachine {
    fn kind_type(&self) -> &KindType {
        &KIND
    }

    fn prepare(&self, resource: &mut Resource) {
        machine::prepare(resource);
        if let Some(id) = resource.body.pointer_mut("/spec/config_id") {
            ids::normalise(id);
        }
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        let mut findings = machine::check(resource);
        findings.extend(check(resource));
        findings
    }

    fn collections(&self, _scope: &Scope) -> Vec<Collection> {
        vec![collections::virtual_machines()]
    }

    fn lookups(&self, resource: &Resource) -> Vec<Collection> {
        keys::lookups(resource)
    }

    fn is_gone(&self, item: &Body) -> bool {
        machine::is_gone(item)
    }

    fn read(&self, item: &Body, _scope: &Scope) -> Result<LiveObject, NotReadable> {
        let status = status(machine::status_word(&self.rules().id, item)?, item);
        let spec =
            Shape::read(item).map(|shape| ("preset", shape.document())).into_iter().collect();
        let output = |field| Some((field, machine::text(item, field)?.into()));
        let outputs =
            ["public_ip", "internal_ip", "hostnode_id"].into_iter().filter_map(output).collect();
        let hourly = item.get("pricing").and_then(|pricing| rates(pricing).at(status.power));
        let young = machine::Young::Told;
        machine::Reading { spec, status, hourly, outputs, shown: SHOWN, young }
            .object(&self.rules().id, item)
    }

    fn item(&self, _key: &ResourceKey, id: Option<&RemoteId>) -> Option<Request> {
        Some(Request::get(paths::item(COLLECTION, id?.as_str())))
    }

    fn preflight(&self, resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
        judgement::preflight(resource, around)
    }

    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        judgement::refine(resource, around)
    }

    /// Only its disk is billed when it has given its resources back (contract §10).
    fn hourly_when_stopped(&self, live: &LiveObject) -> Option<Money> {
        rates(live.body.pointer("/status/pricing")?).disassociated
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        match step {
            Step::Create => Ok(vec![create(context)?]),
            step => machine::requests(COLLECTION, &VERBS, step, context),
        }
    }

    fn created_id(&self, answer: &Body) -> Option<RemoteId> {
        ids::remote_id(answer, "vm_id")
    }

    fn verbs(&self) -> &'static [Verb] {
        &VERBS
    }

    /// The host, then where it stands: a machine does not say it itself (contract §3.1).
    fn details(&self, live: &LiveObject, snapshot: &Snapshot) -> Vec<Collection> {
        let Some(host) = host(live) else { return Vec::new() };
        let host = collections::host_node(&host);
        let place = location_id(snapshot.items(&host.id)).map(|id| collections::location(&id));
        [host].into_iter().chain(place).collect()
    }

    fn describe(&self, live: &LiveObject, snapshot: &Snapshot) -> Vec<(&'static str, ServerText)> {
        let status = |field: &str| live.body.get("status").and_then(|status| status.get(field));
        let text = |field: &str| status(field).and_then(Body::as_str).map(str::to_owned);
        let preset = live.body.get("status").and_then(Shape::read).map(|shape| shape.to_string());
        let rates = status("pricing").map(rates).unwrap_or_default();
        let rate = |rate: Option<Money>| rate.map(|rate| format!("{rate} an hour"));
        machine::told([
            ("location", place(live, snapshot)),
            ("preset", preset),
            ("price running or stopped", rate(rates.associated)),
            ("price disassociated", rate(rates.disassociated)),
            ("made at", text("timestamp_creation")),
        ])
    }

    fn reach(&self, live: &LiveObject) -> Reach {
        reach::virtual_machine(live)
    }

    fn export(&self, live: &LiveObject, _snapshot: &Snapshot) -> Option<Value> {
        let mut document = export::plain(live, self.rules(), &[]);
        power::export(live, &mut document);
        Some(document)
    }

    fn reconcile_export(&self, document: &mut Value) {
        let Some(Value::Object(spec)) = document.get_mut("spec") else { return };
        if spec.contains_key("config_id") {
            spec.remove("preset");
        }
    }
}

/// From the server's word to a status (contract §5.1). A machine that runs is usable once it has
/// an address (V-28).
fn status(word: &str, item: &Body) -> LiveStatus {
    let with = |power: Power| LiveStatus { power: Some(power), ..LiveStatus::ready() };
    match word {
        "Running" if machine::text(item, "public_ip").is_some() => with(Power::On),
        "Running" => LiveStatus {
            reason: Some(ServerText::new("it has no address yet")),
            ..machine::status(Phase::Pending)
        },
        "Stopped" => with(Power::Off),
        "Outbid" => LiveStatus { reason: Some(ServerText::new(word)), ..with(Power::Off) },
        "StoppedDisassociated" => with(Power::Disassociated),
        "Relocating" => LiveStatus {
            reason: Some(ServerText::new("it moves to another host")),
            ..machine::status(Phase::Pending)
        },
        "Terminated" => machine::status(Phase::Deleting),
        other => machine::status(Phase::Unknown(ServerText::new(other))),
    }
}

fn host(live: &LiveObject) -> Option<String> {
    ids::uuid_in(live.body.pointer("/status/hostnode_id")?)
}

fn location_id(host: Option<&[Body]>) -> Option<String> {
    ids::uuid_in(host?.first()?.get("location_id")?)
}

/// Where a machine runs, as people say it; the location's id when nothing else is known.
fn place(live: &LiveObject, snapshot: &Snapshot) -> Option<String> {
    let host = collections::host_node(&host(live)?);
    let id = location_id(snapshot.items(&host.id))?;
    let location = snapshot.items(&collections::location(&id).id).and_then(<[Body]>::first);
    Some(location.and_then(locations::describe).unwrap_or(id))
}

/// The create, with exactly the fields that are documented (contract §2.1). There is none for a
/// location (V-14).
fn create(context: &Context<'_>) -> Result<Request, CannotBuild> {
    let body = context.declared()?;
    let mut fields = machine::create_fields(context)?;
    fields.insert("config_id", config_id(body, context)?.into());
    machine::copy(body, "password", &mut fields);
    machine::copy(body, "cloud_init", &mut fields);
    let path = paths::api([COLLECTION, "instant"]);
    Ok(Request::write(Method::Post, path, Effect::Create).json(Body::Fields(fields)))
}

/// The preset's id: as declared, or that of the one preset of the declared shape.
fn config_id(body: &Body, context: &Context<'_>) -> Result<String, CannotBuild> {
    let cannot = |message: String, help: &str| CannotBuild { message, help: help.to_owned() };
    let wanted = Wanted::of(body).ok_or_else(|| {
        let message = format!("{} names no preset", context.key);
        cannot(message, "write spec.config_id or spec.preset")
    })?;
    if let Some(id) = wanted.id().and_then(ids::uuid) {
        return Ok(id);
    }
    let offers = match presets::catalog(context.snapshot, None) {
        Catalog::Found(offers) => offers,
        Catalog::NotRead => {
            let message = format!("the preset of {} was not looked up", context.key);
            return Err(cannot(message, "run again, so that the presets are listed first"));
        }
        Catalog::Hidden(why) => {
            let message = format!("the preset of {} cannot be looked up: {why}", context.key);
            return Err(cannot(message, "write its id in spec.config_id, or try again"));
        }
    };
    match wanted.among(&offers).as_slice() {
        [offer] => Ok(offer.id.clone()),
        [] => {
            let message = format!("there is no preset {wanted}");
            Err(cannot(message, "`plumb catalog` shows all presets"))
        }
        several => {
            let message = format!("{} presets are {wanted}", several.len());
            Err(cannot(message, "write the id of one in spec.config_id"))
        }
    }
}

/// Exactly one of the two ways to name a preset.
fn check(resource: &Resource) -> Option<Finding> {
    let spec = FieldPath::root().key("spec");
    let has = |field: &str| resource.field(&spec.key(field)).is_some();
    let (code, message, path) = match (has("config_id"), has("preset")) {
        (true, true) => {
            let message = "config_id and preset both say what it is made of";
            (Code::INVALID_VALUE, message, spec.key("preset"))
        }
        (false, false) => (Code::MISSING_FIELD, "nothing says what it is made of", spec),
        (true, false) | (false, true) => return None,
    };
    let help = "write exactly one of preset and config_id";
    Some(Finding::error(code, message).of(&resource.key).field(path).help(help))
}

#[cfg(test)]
mod tests;
