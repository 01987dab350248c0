//! Places: cities by name, and what bare metal each has free at what price (contract §2.3, §2.6).

use crate::{collections, ids};
use plumb_kind::{CannotBuild, Collection, Lookup, Reading, Snapshot};
use plumb_model::finding::nearest;
use plumb_model::text::escape;
use plumb_model::{Body, Money};
use std::collections::BTreeMap;

/// Locations that are read one by one at most; today there are a handful.
const MOST_ALONE: usize = 50;

/// What `spec.location_id` comes to; where that cannot be told, what is wrong and what a person can
/// do.
pub(crate) type Place = Lookup<String, CannotBuild>;

fn wrong(message: String, help: &str) -> Place {
    Place::Absent(CannotBuild { message, help: help.to_owned() })
}

/// The location a text means: an id, or the name of a city. Of several locations in one city the
/// one that has bare metal is meant.
pub(crate) fn resolve(text: &str, snapshot: &Snapshot) -> Place {
    if let Some(id) = ids::uuid(text) {
        return Place::Found(id);
    }
    let Some(listed) = snapshot.reading(&collections::locations().id) else {
        return Place::NotRead;
    };
    let known = cities(snapshot);
    let named = known.iter().filter(|(_, city)| is_city(city, text));
    let mut found: Vec<&str> = named.map(|(id, _)| id.as_str()).collect();
    if found.len() > 1 {
        let with_metal = offers(snapshot);
        found.retain(|id| with_metal.iter().any(|offer| offer.id == *id));
    }
    match found.as_slice() {
        [id] => Place::Found((*id).to_owned()),
        [] => nowhere(text, listed, &known),
        several => {
            let message = format!("{} locations are in {:?}", several.len(), escape(text));
            let help = format!("write one of their ids: {}", several.join(", "));
            wrong(message, &help)
        }
    }
}

fn nowhere(text: &str, listed: &Reading, known: &BTreeMap<String, &str>) -> Place {
    let shown = escape(text);
    match listed {
        Reading::Unknown(why) => {
            let message = format!("the cities cannot be listed, so {shown:?} is not known: {why}");
            wrong(message, "write the location's id, or try again")
        }
        Reading::Items(_) | Reading::Missing if known.is_empty() => {
            let message = format!("the cloud lists no cities, so {shown:?} is not known");
            wrong(message, "write the location's id; `plumb catalog` shows them")
        }
        Reading::Items(_) | Reading::Missing => {
            let meant = nearest(text, known.values().copied());
            let help = meant.map(|city| format!("did you mean {:?}?", escape(city)));
            let help = help.unwrap_or_else(|| "`plumb catalog` shows all locations".to_owned());
            wrong(format!("there is no location in {shown:?}"), &help)
        }
    }
}

/// What is read to know where a city is: the list of cities, and nothing for an id. The list of cities may be empty while bare metal
/// is listed, by ids alone (contract §2.6): those that nobody named yet are then read one by one
/// (V-65). Nothing more for a city that is known.
pub(crate) fn lookups(text: &str, snapshot: &Snapshot) -> Vec<Collection> {
    if ids::uuid(text).is_some() {
        return Vec::new();
    }
    let list = collections::locations();
    let known = cities(snapshot);
    let is_read = snapshot.reading(&list.id).is_some();
    let mut needed = vec![list];
    if is_read && !known.values().any(|city| is_city(city, text)) {
        let nameless = offers(snapshot).into_iter().filter(|offer| !known.contains_key(&offer.id));
        let alone = nameless.take(MOST_ALONE).map(|offer| collections::location(&offer.id));
        needed.extend(alone);
    }
    needed
}

/// The city of every location of which some answer tells it, by id.
pub(crate) fn cities(snapshot: &Snapshot) -> BTreeMap<String, &str> {
    let items = |collection: Collection| snapshot.items(&collection.id).unwrap_or_default();
    let alone =
        offers(snapshot).into_iter().flat_map(|offer| items(collections::location(&offer.id)));
    let listed = items(collections::bare_metal_locations()).iter();
    listed.chain(alone).chain(items(collections::locations())).filter_map(told).collect()
}

fn told(location: &Body) -> Option<(String, &str)> {
    let city = location.get("city")?.as_str().filter(|city| !city.trim().is_empty())?;
    Some((ids::uuid_in(location.get("id")?)?, city))
}

fn is_city(city: &str, text: &str) -> bool {
    city.trim().to_lowercase() == text.trim().to_lowercase()
}

/// A location as people call it: `Dallas (a3111bd4-…)`, or its id where its city is not known.
pub(crate) fn title(id: &str, snapshot: &Snapshot) -> String {
    match cities(snapshot).get(id) {
        Some(city) => format!("{} ({id})", escape(city)),
        None => id.to_owned(),
    }
}

/// City, region and country of a location's answer.
pub(crate) fn describe(location: &Body) -> Option<String> {
    let parts = ["city", "region", "country"];
    let parts = parts.iter().filter_map(|part| location.get(part)?.as_str());
    let parts: Vec<&str> = parts.map(str::trim).filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The fabrics of bare metal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Network {
    /// 3.2 Tbps.
    Infiniband,
    /// 100 Gbps.
    Ethernet,
}

impl Network {
    /// The fabric a document names.
    pub(crate) fn of(body: &Body) -> Option<Self> {
        match body.pointer("/spec/network_type")?.as_str()? {
            "infiniband" => Some(Self::Infiniband),
            "ethernet" => Some(Self::Ethernet),
            _ => None,
        }
    }

    /// As the API spells it.
    pub(crate) fn spelled(self) -> &'static str {
        match self {
            Self::Infiniband => "infiniband",
            Self::Ethernet => "ethernet",
        }
    }
}

/// The bare metal of one location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer<'s> {
    /// The location.
    pub(crate) id: String,
    item: &'s Body,
}

impl Offer<'_> {
    fn field(&self, what: &str, network: Network) -> Option<&Body> {
        self.item.get(&format!("{what}_{}", network.spelled()))
    }

    /// Free GPUs on a fabric.
    pub(crate) fn free(&self, network: Network) -> u64 {
        self.field("gpu_count", network).and_then(Body::as_u64).unwrap_or_default()
    }

    /// What a GPU costs an hour on a fabric.
    pub(crate) fn price(&self, network: Network) -> Option<Money> {
        self.field("gpu_price", network).and_then(Money::read)
    }
}

/// The bare metal of all locations, as far as it was read.
pub(crate) fn offers(snapshot: &Snapshot) -> Vec<Offer<'_>> {
    let listed = snapshot.items(&collections::bare_metal_locations().id).unwrap_or_default();
    let offer = |item| Some(Offer { id: ids::uuid_in(Body::get(item, "id")?)?, item });
    listed.iter().filter_map(offer).collect()
}

#[cfg(test)]
mod tests;
