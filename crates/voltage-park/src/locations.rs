//! Places: cities by name, and what bare metal each has free at what price (contract §2.3, §2.6).

use crate::{collections, ids};
use plumb_kind::{Reading, Snapshot};
use plumb_model::finding::nearest;
use plumb_model::text::escape;
use plumb_model::{Body, Money};

/// What `spec.location_id` comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// This location.
    Id(String),
    /// The lists that would tell were not read.
    NotRead,
    /// It cannot be told: what is wrong, and what a person can do.
    Wrong {
        /// What is wrong.
        message: String,
        /// What a person can do.
        help: String,
    },
}

impl Place {
    fn wrong(message: String, help: &str) -> Self {
        Self::Wrong { message, help: help.to_owned() }
    }
}

/// The location a text means: an id, or the name of a city. Of several locations in one city the
/// one that has bare metal is meant.
pub(crate) fn resolve(text: &str, snapshot: &Snapshot) -> Place {
    if let Some(id) = ids::uuid(text) {
        return Place::Id(id);
    }
    let shown = escape(text);
    let listed = match snapshot.reading(&collections::locations().id) {
        None => return Place::NotRead,
        Some(Reading::Items(items)) if !items.is_empty() => items,
        Some(Reading::Unknown(why)) => {
            let message = format!("the cities cannot be listed, so {shown:?} is not known: {why}");
            return Place::wrong(message, "write the location's id, or try again");
        }
        Some(Reading::Items(_) | Reading::Missing) => {
            let message = format!("the cloud lists no cities, so {shown:?} is not known");
            return Place::wrong(message, "write the location's id; `plumb catalog` shows them");
        }
    };
    let named = listed.iter().filter(|item| is_city(item, text));
    let mut found: Vec<String> = named.filter_map(|item| ids::uuid_in(item.get("id")?)).collect();
    if found.len() > 1 {
        let with_metal = offers(snapshot);
        found.retain(|id| with_metal.iter().any(|offer| offer.id == *id));
    }
    match found.as_slice() {
        [id] => Place::Id(id.clone()),
        [] => {
            let cities = listed.iter().filter_map(|item| item.get("city")?.as_str());
            let meant =
                nearest(text, cities).map(|city| format!("did you mean {:?}?", escape(city)));
            let help = meant.unwrap_or_else(|| "`plumb catalog` shows all locations".to_owned());
            Place::Wrong { message: format!("there is no location in {shown:?}"), help }
        }
        several => {
            let message = format!("{} locations are in {shown:?}", several.len());
            let help = format!("write one of their ids: {}", several.join(", "));
            Place::Wrong { message, help }
        }
    }
}

fn is_city(item: &Body, text: &str) -> bool {
    let city = item.get("city").and_then(Body::as_str);
    city.is_some_and(|city| city.trim().to_lowercase() == text.trim().to_lowercase())
}

/// A location as people call it: `Dallas (a3111bd4-…)`, or its id where cities were not read.
pub(crate) fn title(id: &str, snapshot: &Snapshot) -> String {
    let listed = snapshot.items(&collections::locations().id).unwrap_or_default();
    let this =
        listed.iter().find(|item| item.get("id").and_then(ids::uuid_in).as_deref() == Some(id));
    match this.and_then(|item| item.get("city")?.as_str()) {
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
