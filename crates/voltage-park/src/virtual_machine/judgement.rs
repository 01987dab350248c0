//! What is looked at before a virtual machine is made or started again: whether its preset exists
//! and is free, what it costs, and whether the server takes its cloud-init (contract §10).

use crate::power::Rates;
use crate::presets::{Catalog, Free, Offer, Shape, Wanted, catalog, lookups};
use crate::{cloud_init, keys, machine, power, stock};
use plumb_kind::{Collection, Surroundings};
use plumb_model::finding::nearest;
use plumb_model::{
    Aspect, Body, Code, FieldPath, FieldRule, Finding, Last, LiveObject, Money, Refinement,
    Resource,
};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Where its cloud-init is.
pub(super) const CLOUD_INIT: cloud_init::Place =
    cloud_init::Place { field: "cloud_init", machine: "instant-vm" };

/// The two rates of a machine.
pub(super) fn rates(pricing: &Body) -> Rates {
    let money = |field: &str| pricing.get(field).and_then(Money::read);
    Rates {
        associated: money("total_associated_per_hr"),
        disassociated: money("total_disassociated_per_hr"),
    }
}

/// Stock for what is to be made or started, and the server's word on its cloud-init. Nothing for
/// a machine that stays as it is.
pub(super) fn preflight(resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
    match standing(resource, around) {
        Some(live) if !stock::may_be_replaced(resource) => {
            let started = stock::is_started(resource, live);
            let shape = shape(live).filter(|_| started);
            shape.map(|shape| lookups(Wanted::like(&shape), around.snapshot)).unwrap_or_default()
        }
        Some(_) | None => {
            let wanted = Wanted::of(&resource.body);
            let stock = wanted.map(|wanted| lookups(wanted, around.snapshot));
            stock.into_iter().flatten().chain(CLOUD_INIT.question(resource)).collect()
        }
    }
}

pub(super) fn refine(resource: &Resource, around: &Surroundings<'_>) -> Refinement {
    let live = around.live.present(&resource.key);
    let refinement = match standing(resource, around) {
        None => to_be_made(resource, around),
        Some(live) => existing(resource, live, around),
    };
    Refinement { rules: rules(resource, live, around), ..refinement }
}

/// What the live world adds to the rules: the same for all machines of one shape that declare the same.
fn rules(
    resource: &Resource,
    live: Option<&LiveObject>,
    around: &Surroundings<'_>,
) -> Arc<[FieldRule]> {
    let preset = live.and_then(preset);
    let about = (preset.cloned(), resource.body.get("spec").cloned());
    around.once("rules", Last::default).of(about, || {
        let settled = preset.map(settled);
        settled.into_iter().flatten().chain(machine::left_out(resource)).collect()
    })
}

/// The shape of a live machine.
fn preset(live: &LiveObject) -> Option<&Body> {
    live.body.get("spec")?.get("preset")
}

/// The live machine that will stay, as far as can be read; `None` when one is to be made.
fn standing<'a>(resource: &Resource, around: &Surroundings<'a>) -> Option<&'a LiveObject> {
    let live = around.live.present(&resource.key)?;
    (!stock::is_replaced(resource, live)).then_some(live)
}

fn to_be_made(resource: &Resource, around: &Surroundings<'_>) -> Refinement {
    let (mut findings, offered) = prospects(resource, around);
    findings.extend(power::warn(resource, None, offered));
    let hourly = offered.at(resource.wishes.power);
    Refinement { findings, hourly, ..Refinement::default() }
}

/// What stands in the way of making one, and what it would cost.
fn prospects(resource: &Resource, around: &Surroundings<'_>) -> (Vec<Finding>, Rates) {
    let mut findings = keys::refine(resource, around);
    findings.extend(CLOUD_INIT.finding(resource, around.snapshot));
    let mut offered = Rates::default();
    match Wanted::of(&resource.body).map(|wanted| choose(wanted, around)) {
        Some(Ok(Some(offer))) => {
            offered = Rates { associated: offer.hourly(), disassociated: offer.storage };
            let shortage = shortage(resource, &offer, around).map(|shortage| {
                let finding = Finding::error(Code::NOT_IN_STOCK, shortage.message);
                finding.of(&resource.key).field(wish(resource)).help(shortage.help)
            });
            findings.extend(shortage);
        }
        Some(Err(finding)) => findings.push(finding.of(&resource.key).field(wish(resource))),
        Some(Ok(None)) | None => {}
    }
    (findings, offered)
}

/// What is there is judged by what it says itself.
fn existing(resource: &Resource, live: &LiveObject, around: &Surroundings<'_>) -> Refinement {
    let pricing = live.body.pointer("/status/pricing");
    let rates = pricing.map(rates).unwrap_or_default();
    let mut findings: Vec<Finding> = power::warn(resource, Some(live), rates).into_iter().collect();
    if stock::may_be_replaced(resource) {
        let (obstacles, _) = prospects(resource, around);
        findings.extend(obstacles.into_iter().map(stock::were_it_replaced));
    }
    if stock::is_started(resource, live) {
        findings.extend(not_startable(resource, live, around));
    }
    let hourly = match resource.wishes.power {
        Some(power) => rates.at(Some(power)),
        None => live.hourly,
    };
    Refinement { findings, hourly, ..Refinement::default() }
}

/// A part of the shape that is no longer declared is as it is: leaving it out changes nothing.
fn settled(preset: &Body) -> Vec<FieldRule> {
    let path = FieldPath::root().key("spec").key("preset");
    let shape = preset.as_object().into_iter().flatten();
    shape
        .map(|(field, value)| FieldRule::exactly(&path.key(field), Aspect::Default(value.shown())))
        .collect()
}

/// Switching sends nothing of the document, so a shortage is a warning.
fn not_startable(
    resource: &Resource,
    live: &LiveObject,
    around: &Surroundings<'_>,
) -> Option<Finding> {
    let shape = shape(live)?;
    let offer = choose(Wanted::like(&shape), around).ok()??;
    let shortage = shortage(resource, &offer, around)?;
    let message = format!("it can probably not be started: {}", shortage.message);
    let finding = Finding::warning(Code::NOT_IN_STOCK, message).of(&resource.key);
    Some(finding.field(power::path()).help(shortage.help))
}

fn shape(live: &LiveObject) -> Option<Shape> {
    Shape::read(live.body.get("status")?)
}

/// Where the document says what it is made of.
fn wish(resource: &Resource) -> FieldPath {
    let spec = FieldPath::root().key("spec");
    let id = spec.key("config_id");
    if resource.field(&id).is_some() { id } else { spec.key("preset") }
}

/// All presets of what was read, and the one of this id.
fn presets(id: Option<&str>, around: &Surroundings<'_>) -> Rc<Catalog> {
    around.once(id.unwrap_or_default(), || catalog(around.snapshot, id))
}

/// The one offer that is meant; `None` when the catalog was not read.
fn choose(wanted: Wanted<'_>, around: &Surroundings<'_>) -> Result<Option<Offer>, Finding> {
    let catalog = presets(wanted.id(), around);
    let offers = match &*catalog {
        Catalog::Found(offers) => offers,
        Catalog::Absent(never) => match *never {},
        Catalog::NotRead => return Ok(None),
        Catalog::Hidden(why) => {
            let message = format!("whether the preset is free cannot be told: {why}");
            return Err(Finding::warning(Code::NOT_IN_STOCK, message));
        }
    };
    let fitting = wanted.among(offers);
    match fitting.as_slice() {
        [offer] => Ok(Some((*offer).clone())),
        [] => {
            let message = format!("there is no preset {wanted}");
            let finding = Finding::error(Code::VALUE_NOT_ALLOWED, message);
            Err(finding.help(alternatives(wanted, offers)))
        }
        several => {
            let message = format!("{} presets are {wanted}", several.len());
            let finding = Finding::error(Code::VALUE_NOT_ALLOWED, message);
            let titles: Vec<String> = several.iter().map(|offer| offer.title()).collect();
            Err(finding.help(format!("say which: {}", titles.join("; "))))
        }
    }
}

/// What there is instead of a preset that there is not.
fn alternatives(wanted: Wanted<'_>, offers: &BTreeMap<String, Offer>) -> String {
    const ENOUGH: usize = 6;
    let shapes = || offers.values().filter_map(|offer| offer.shape.as_ref());
    if let Wanted::Shape { gpu_model: Some(model), .. } = wanted
        && shapes().all(|shape| shape.gpu_model != model)
        && let Some(meant) = nearest(model, shapes().map(|shape| shape.gpu_model.as_str()))
    {
        return format!("did you mean {meant:?}?");
    }
    if let Wanted::Shape { operating_system: Some(system), .. } = wanted
        && shapes().all(|shape| shape.operating_system != system)
        && let Some(meant) = nearest(system, shapes().map(|shape| shape.operating_system.as_str()))
    {
        return format!("did you mean {meant:?}?");
    }
    let known: BTreeSet<&Shape> = shapes().collect();
    let known: Vec<String> = known.into_iter().take(ENOUGH).map(ToString::to_string).collect();
    if known.is_empty() {
        "`plumb catalog` shows all presets".to_owned()
    } else {
        format!("there are: {}", known.join("; "))
    }
}

/// What is missing, and what a person can do.
struct Shortage {
    message: String,
    help: String,
}

/// Whether too little is free for this machine, after those that come before it.
fn shortage(resource: &Resource, offer: &Offer, around: &Surroundings<'_>) -> Option<Shortage> {
    let free = match offer.free {
        Free::Some => return None,
        Free::Count(free) => free,
    };
    let offers = presets(None, around);
    let none = BTreeMap::new();
    let offers = if let Catalog::Found(offers) = &*offers { offers } else { &none };
    let takes = |other: &Resource| {
        let same = match standing(other, around) {
            Some(live) => shape(live).is_some() && shape(live) == offer.shape,
            None => Wanted::of(&other.body).is_some_and(|wanted| {
                wanted.id() == Some(&offer.id)
                    || wanted.among(offers).iter().any(|fitting| fitting.id == offer.id)
            }),
        };
        u64::from(same)
    };
    let demand = stock::demand(resource, around, (&offer.id, free), takes);
    if demand.total() <= free {
        return None;
    }
    let number = match demand.total() {
        1 => "1 machine".to_owned(),
        count => format!("{count} machines"),
    };
    let are = |count: u64| if count == 1 { "is" } else { "are" };
    let message = format!(
        "{number} of {} {} wanted, and {free} {} free",
        offer.title(),
        are(demand.total()),
        are(free)
    );
    Some(Shortage { message, help: elsewhere(offer, offers) })
}

/// Which other presets are free.
fn elsewhere(offer: &Offer, offers: &BTreeMap<String, Offer>) -> String {
    const ENOUGH: usize = 3;
    let free = offers.values().filter(|other| other.id != offer.id);
    let free = free.filter_map(|other| match other.free {
        Free::Count(0) => None,
        Free::Count(count) => Some(format!("{} has {count}", other.title())),
        Free::Some => Some(format!("{} has some", other.title())),
    });
    let free: Vec<String> = free.take(ENOUGH).collect();
    if free.is_empty() {
        "nothing else is free either: try again later".to_owned()
    } else {
        format!("free are: {}", free.join("; "))
    }
}
