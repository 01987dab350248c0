//! Presets of virtual machines: what is offered and free, and which one a document means, by id or
//! by shape (contract §2.2, V-17).

use crate::{collections, ids};
use plumb_kind::{Collection, Lookup, Reading, Snapshot};
use plumb_model::{Body, Money, body};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// What a machine consists of, as manifests say it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shape {
    /// The model of its GPUs, as the API spells it.
    pub(crate) gpu_model: String,
    /// How many.
    pub(crate) gpu_count: u64,
    /// The operating system, as the API spells it.
    pub(crate) operating_system: String,
}

impl Shape {
    /// The shape of an answer with `resources` and `operating_system`; `None` where one of them
    /// is missing or the GPUs are of several models.
    pub(crate) fn read(item: &Body) -> Option<Self> {
        let gpus = item.pointer("/resources/gpus")?.as_object()?;
        let mut models = gpus.iter();
        let (Some((model, held)), None) = (models.next(), models.next()) else { return None };
        Some(Self {
            gpu_model: model.to_string(),
            gpu_count: held.get("count")?.as_u64()?,
            operating_system: item.get("operating_system")?.as_str()?.to_owned(),
        })
    }

    /// The shape as `spec.preset` has it.
    pub(crate) fn document(&self) -> Body {
        body!({
            "gpu_model": self.gpu_model,
            "gpu_count": self.gpu_count,
            "operating_system": self.operating_system,
        })
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} x {}, {}", self.gpu_count, self.gpu_model, self.operating_system)
    }
}

/// How much of a preset is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Free {
    /// So many machines, in all locations together.
    Count(u64),
    /// At least one; the older list does not count.
    Some,
}

/// A preset with its prices and stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Its id: the `config_id` of requests.
    pub(crate) id: String,
    /// What it is; `None` when the answer does not say.
    pub(crate) shape: Option<Shape>,
    /// What it costs an hour beside its disk.
    pub(crate) compute: Option<Money>,
    /// What its disk costs an hour.
    pub(crate) storage: Option<Money>,
    /// How much of it is free.
    pub(crate) free: Free,
    /// Free machines by location id, where they are counted.
    pub(crate) by_location: BTreeMap<String, u64>,
}

impl Offer {
    fn read(item: &Body, free: Free) -> Option<Self> {
        let money = |field: &str| item.get(field).and_then(Money::read);
        Some(Self {
            id: ids::uuid_in(item.get("id")?)?,
            shape: Shape::read(item),
            compute: money("compute_rate_hourly"),
            storage: money("storage_rate_hourly"),
            free,
            by_location: BTreeMap::new(),
        })
    }

    /// What it costs an hour while it has its resources.
    pub(crate) fn hourly(&self) -> Option<Money> {
        Some(self.compute? + self.storage?)
    }

    /// Shape and id, for messages.
    pub(crate) fn title(&self) -> String {
        match &self.shape {
            Some(shape) => format!("{shape} ({})", self.id),
            None => self.id.clone(),
        }
    }
}

/// What is known of the presets, by id.
pub(crate) type Catalog = Lookup<BTreeMap<String, Offer>, Infallible>;

/// All presets of what was read: the newer list, completed from the older one where that was
/// read too, and by single presets.
pub(crate) fn catalog(snapshot: &Snapshot, wanted: Option<&str>) -> Catalog {
    let newer = snapshot.reading(&collections::stock_by_location().id);
    let older = snapshot.reading(&collections::presets().id);
    let mut offers = match (newer, older) {
        (None, None) => return Catalog::NotRead,
        (Some(Reading::Unknown(why)), _)
        | (Some(Reading::Missing), Some(Reading::Unknown(why))) => {
            return Catalog::Hidden(why.to_string());
        }
        (Some(Reading::Missing), Some(Reading::Missing)) => {
            return Catalog::Hidden("the server has no list of presets".to_owned());
        }
        (Some(Reading::Items(items)), _) => counted(items),
        (Some(Reading::Missing) | None, _) => BTreeMap::new(),
    };
    // Where the newer list counts, what it does not have is not free.
    let counts = matches!(newer, Some(Reading::Items(_)));
    let single = wanted.and_then(|id| snapshot.items(&collections::preset(id).id));
    let listed = snapshot.items(&collections::presets().id);
    for item in listed.into_iter().chain(single).flatten() {
        let free = if counts || !is_somewhere(item) { Free::Count(0) } else { Free::Some };
        if let Some(offer) = Offer::read(item, free) {
            offers.entry(offer.id.clone()).or_insert(offer);
        }
    }
    Catalog::Found(offers)
}

/// The presets of the newer list, with the sums of what is free in its locations.
fn counted(locations: &[Body]) -> BTreeMap<String, Offer> {
    let mut offers: BTreeMap<String, Offer> = BTreeMap::new();
    for location in locations {
        let place = location.get("id").and_then(ids::uuid_in).unwrap_or_default();
        let presets = location.get("available_presets").and_then(Body::as_array);
        for preset in presets.into_iter().flatten() {
            let Some(offer) = Offer::read(preset, Free::Count(0)) else { continue };
            let here = preset.get("available_vms").and_then(Body::as_u64).unwrap_or_default();
            let offer = offers.entry(offer.id.clone()).or_insert(offer);
            if let Free::Count(sum) = offer.free {
                offer.free = Free::Count(sum.saturating_add(here));
            }
            offer.by_location.insert(place.clone(), here);
        }
    }
    offers
}

fn is_somewhere(preset: &Body) -> bool {
    let locations = preset.get("location_ids_with_availability").and_then(Body::as_array);
    locations.is_some_and(|locations| !locations.is_empty())
}

/// Which preset a document means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted<'r> {
    /// The one with this id.
    Id(&'r str),
    /// The one of this shape; what is not said may be anything.
    Shape {
        /// The model of its GPUs.
        gpu_model: Option<&'r str>,
        /// How many.
        gpu_count: u64,
        /// The operating system.
        operating_system: Option<&'r str>,
    },
}

impl<'r> Wanted<'r> {
    /// What a document's `spec.config_id` or `spec.preset` says.
    pub(crate) fn of(body: &'r Body) -> Option<Self> {
        if let Some(id) = body.pointer("/spec/config_id").and_then(Body::as_str) {
            // What stands elsewhere is not known here.
            return ids::uuid(id).map(|_| Self::Id(id));
        }
        let preset = body.pointer("/spec/preset")?;
        let text = |field: &str| preset.get(field).and_then(Body::as_str);
        Some(Self::Shape {
            gpu_model: text("gpu_model"),
            gpu_count: preset.get("gpu_count")?.as_u64()?,
            operating_system: text("operating_system"),
        })
    }

    /// What a live machine is, as a wish.
    pub(crate) fn like(shape: &'r Shape) -> Self {
        Self::Shape {
            gpu_model: Some(&shape.gpu_model),
            gpu_count: shape.gpu_count,
            operating_system: Some(&shape.operating_system),
        }
    }

    /// The id it names, if it names one.
    pub(crate) fn id(self) -> Option<&'r str> {
        match self {
            Self::Id(id) => Some(id),
            Self::Shape { .. } => None,
        }
    }

    fn fits(self, offer: &Offer) -> bool {
        match self {
            Self::Id(id) => offer.id == id,
            Self::Shape { gpu_model, gpu_count, operating_system } => {
                offer.shape.as_ref().is_some_and(|shape| {
                    gpu_count == shape.gpu_count
                        && gpu_model.is_none_or(|model| model == shape.gpu_model)
                        && operating_system.is_none_or(|system| system == shape.operating_system)
                })
            }
        }
    }

    /// The offers it may mean.
    pub(crate) fn among(self, offers: &BTreeMap<String, Offer>) -> Vec<&Offer> {
        offers.values().filter(|offer| self.fits(offer)).collect()
    }
}

impl std::fmt::Display for Wanted<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => formatter.write_str(id),
            Self::Shape { gpu_model, gpu_count, operating_system } => {
                write!(formatter, "{gpu_count} x {}", gpu_model.unwrap_or("any GPU"))?;
                operating_system.map_or(Ok(()), |system| write!(formatter, ", {system}"))
            }
        }
    }
}

/// What has to be read next to find a preset, in rounds: the newer list; the older one where that
/// is missing or does not have it; and the preset by itself where neither has it.
pub(crate) fn lookups(wanted: Wanted<'_>, snapshot: &Snapshot) -> Vec<Collection> {
    let newer = collections::stock_by_location();
    let mut needed = vec![newer.clone()];
    let (newer, found) = match (snapshot.reading(&newer.id), catalog(snapshot, wanted.id())) {
        (None | Some(Reading::Unknown(_)), _) => return needed,
        (Some(newer), Catalog::Found(offers)) => (newer, !wanted.among(&offers).is_empty()),
        (Some(newer), Catalog::NotRead | Catalog::Hidden(_)) => (newer, false),
    };
    if *newer == Reading::Missing || !found {
        needed.push(collections::presets());
    }
    if let Some(id) = wanted.id()
        && !found
        && snapshot.reading(&collections::presets().id).is_some()
    {
        needed.push(collections::preset(id));
    }
    needed
}

#[cfg(test)]
mod tests;
