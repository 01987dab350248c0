//! What is looked at before a rental is made: whether its location has enough GPUs free, what they
//! cost, and whether the server takes its cloud-init (contract §10).

use crate::locations::{self, Network, Offer, Place};
use crate::power::Rates;
use crate::{cloud_init, collections, keys, machine, power, stock};
use plumb_kind::{CannotBuild, Collection, Reading, Surroundings};
use plumb_model::{
    Aspect, Body, Code, FieldPath, FieldRule, Finding, LiveObject, Phase, Refinement, Resource,
};

/// Where its cloud-init is.
pub(super) const CLOUD_INIT: cloud_init::Place =
    cloud_init::Place { field: "cloudinit_script", machine: "baremetal" };

fn field(name: &str) -> FieldPath {
    FieldPath::root().key("spec").key(name)
}

/// Stock for what is to be made, the cities where one is named, and the server's word on the
/// cloud-init. Nothing for what is there.
pub(super) fn preflight(resource: &Resource, around: &Surroundings<'_>) -> Vec<Collection> {
    if !stock::needs(resource, around) && !stock::may_be_replaced(resource) {
        return Vec::new();
    }
    let mut needed = vec![collections::bare_metal_locations()];
    if let Some(text) = where_to(resource) {
        needed.extend(locations::lookups(text, around.snapshot));
    }
    needed.extend(CLOUD_INIT.question(resource));
    needed
}

/// The declared location; `None` where it is not declared, or stands elsewhere.
fn where_to(resource: &Resource) -> Option<&str> {
    resource.field(&field("location_id")).and_then(Body::as_str)
}

/// How many are declared; `None` where that stands elsewhere.
fn gpus(resource: &Resource) -> Option<u64> {
    resource.field(&field("gpu_count")).and_then(Body::as_u64)
}

pub(super) fn refine(resource: &Resource, around: &Surroundings<'_>) -> Refinement {
    match around.live.present(&resource.key) {
        None => to_be_made(resource, around),
        Some(live) if stock::is_replaced(resource, live) => {
            let mut refinement = to_be_made(resource, around);
            refinement.findings.extend(fewer(resource, live));
            refinement
        }
        Some(live) => existing(resource, live, around),
    }
}

fn to_be_made(resource: &Resource, around: &Surroundings<'_>) -> Refinement {
    let (mut findings, rates) = prospects(resource, around);
    findings.extend(power::warn(resource, None, rates));
    Refinement { findings, hourly: rates.associated, ..Refinement::default() }
}

/// What stands in the way of making one, and what it would cost.
fn prospects(resource: &Resource, around: &Surroundings<'_>) -> (Vec<Finding>, Rates) {
    let mut findings = keys::refine(resource, around);
    findings.extend(CLOUD_INIT.finding(resource, around.snapshot));
    let mut rates = Rates::default();
    match offered(resource, around) {
        Ok(Some((offer, network))) => {
            // A number that is not known yet costs what nobody knows, and not nothing.
            let price = offer.price(network).zip(gpus(resource));
            rates.associated = price.map(|(price, count)| price * count);
            findings.extend(shortage(resource, &offer, network, around));
        }
        Ok(None) => {}
        Err(finding) => findings.push(*finding),
    }
    (findings, rates)
}

/// What is there is judged by what it says itself.
fn existing(resource: &Resource, live: &LiveObject, around: &Surroundings<'_>) -> Refinement {
    let rates = Rates { associated: live.hourly, disassociated: None };
    let mut findings: Vec<Finding> = power::warn(resource, Some(live), rates).into_iter().collect();
    findings.extend(fewer(resource, live));
    if stock::may_be_replaced(resource) {
        let (obstacles, _) = prospects(resource, around);
        findings.extend(obstacles.into_iter().map(stock::were_it_replaced));
    }
    let rules = not_told_yet(live).into_iter().chain(machine::left_out(resource)).collect();
    Refinement { rules, findings, hourly: live.hourly, ..Refinement::default() }
}

/// A rental that is being made tells little of itself: what it does not tell is compared with
/// what was sent, and is no difference (contract §6).
fn not_told_yet(live: &LiveObject) -> Vec<FieldRule> {
    if live.status.phase != Phase::Pending {
        return Vec::new();
    }
    let readable = ["gpu_count", "network_type", "sub_order", "storage_id", "tags"];
    let missing = readable.map(field).into_iter().filter(|path| live.body.find(path).is_none());
    missing.map(|path| FieldRule::exactly(&path, Aspect::Recorded)).collect()
}

/// Nodes can be added by no call, and taken away by none that is proven (V-26).
fn fewer(resource: &Resource, live: &LiveObject) -> Option<Finding> {
    let path = field("gpu_count");
    let (wanted, held) = (gpus(resource)?, live.body.find(&path)?.as_u64()?);
    if wanted >= held {
        return None;
    }
    let message = format!("it has {held} GPUs, and a rental cannot be made smaller, to {wanted}");
    let finding = Finding::error(Code::VALUE_NOT_ALLOWED, message).of(&resource.key).field(path);
    Some(finding.help(format!("write {held}, or declare a smaller rental of another name")))
}

/// What the declared location has to offer; `None` when it was not read.
fn offered<'s>(
    resource: &Resource,
    around: &Surroundings<'s>,
) -> Result<Option<(Offer<'s>, Network)>, Box<Finding>> {
    let about = |finding: Finding| Box::new(finding.of(&resource.key).field(field("location_id")));
    let Some(text) = where_to(resource) else {
        if resource.field(&field("location_id")).is_some() {
            return Ok(None);
        }
        let finding = Finding::error(Code::MISSING_FIELD, "nothing says where it is to be");
        return Err(about(finding.help("write spec.location_id: a city, or the id of a location")));
    };
    let id = match locations::resolve(text, around.snapshot) {
        Place::Found(id) => id,
        Place::NotRead | Place::Hidden(_) => return Ok(None),
        Place::Absent(CannotBuild { message, help }) => {
            return Err(about(Finding::error(Code::VALUE_NOT_ALLOWED, message).help(help)));
        }
    };
    match around.snapshot.reading(&collections::bare_metal_locations().id) {
        None => return Ok(None),
        Some(Reading::Items(_)) => {}
        Some(Reading::Missing) => {
            let message = "whether enough is free cannot be told: the server has no such list";
            return Err(about(Finding::warning(Code::NOT_IN_STOCK, message)));
        }
        Some(Reading::Unknown(why)) => {
            let message = format!("whether enough is free cannot be told: {why}");
            return Err(about(Finding::warning(Code::NOT_IN_STOCK, message)));
        }
    }
    let Some(network) = Network::of(&resource.body) else { return Ok(None) };
    let offer = locations::offers(around.snapshot).into_iter().find(|offer| offer.id == id);
    if offer.is_none() {
        let message = format!("{} has no bare metal", locations::title(&id, around.snapshot));
        let finding = Finding::error(Code::VALUE_NOT_ALLOWED, message);
        return Err(about(finding.help("`plumb catalog` shows all locations")));
    }
    Ok(offer.map(|offer| (offer, network)))
}

/// Whether too few GPUs are free for this rental, after those that come before it.
fn shortage(
    resource: &Resource,
    offer: &Offer<'_>,
    network: Network,
    around: &Surroundings<'_>,
) -> Option<Finding> {
    let free = offer.free(network);
    let share = |other: &Resource| {
        let there = where_to(other).map(|text| locations::resolve(text, around.snapshot));
        let same = there == Some(Place::Found(offer.id.clone()))
            && Network::of(&other.body) == Some(network);
        // What is not known yet is not counted: the server judges it when it is sent.
        gpus(other).filter(|_| same).unwrap_or(0)
    };
    let pool = format!("{} {}", offer.id, network.spelled());
    let demand = stock::demand(resource, around, (&pool, free), share);
    if demand.total() <= free {
        return None;
    }
    let message = format!(
        "{} GPUs on {} are wanted in {}, and {free} are free",
        demand.total(),
        network.spelled(),
        locations::title(&offer.id, around.snapshot)
    );
    let finding = Finding::error(Code::NOT_IN_STOCK, message);
    let finding = finding.of(&resource.key).field(field("gpu_count"));
    Some(finding.help(elsewhere(offer, network, demand.own, around)))
}

/// Which other locations, or which other network, have enough for this one.
fn elsewhere(
    offer: &Offer<'_>,
    network: Network,
    wanted: u64,
    around: &Surroundings<'_>,
) -> String {
    let all = locations::offers(around.snapshot);
    let others = all.iter().filter(|other| other.id != offer.id);
    let enough = others.filter(|other| other.free(network) >= wanted);
    let mut told: Vec<String> = enough
        .map(|other| {
            format!("{} has {}", locations::title(&other.id, around.snapshot), other.free(network))
        })
        .collect();
    let other = match network {
        Network::Infiniband => Network::Ethernet,
        Network::Ethernet => Network::Infiniband,
    };
    if offer.free(other) >= wanted {
        told.push(format!("{} has {} here", other.spelled(), offer.free(other)));
    }
    if told.is_empty() {
        "no other location has enough: declare fewer, or try again later".to_owned()
    } else {
        told.join("; ")
    }
}
