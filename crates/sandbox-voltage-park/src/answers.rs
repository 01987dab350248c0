//! What answers have in common (contract 1.3 and 3): the types several of them are made of, from
//! which their bytes and the OpenAPI document come.
//!
//! The types of single answers stand where they are filled in: `render`, `reads`, `billing` and the
//! calls themselves.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::catalog::{GPU_MODEL, NODE_GPUS, Preset};
use super::money::Money;
use super::world::World;
use plumb_sandbox::time::Timestamp;

/// A UUID.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline, extend("format" = "uuid"))]
pub(crate) struct Id(pub(crate) String);

/// A moment, to the millisecond.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline, extend("format" = "date-time"))]
pub(crate) struct Moment(String);

/// An amount of money: a text, or a number where the knob says so.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub(crate) enum Amount {
    #[schemars(extend("pattern" = r"^-?[0-9]+(\.[0-9]+)?$"))]
    Text(String),
    Number(f64),
}

/// The envelope of every list but one (V-11).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Listed<T> {
    pub(crate) results: Vec<T>,
    pub(crate) total_result_count: usize,
    pub(crate) has_previous: bool,
    pub(crate) has_next: bool,
}

/// What a machine has, or a host has left.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Resources {
    gpus: BTreeMap<String, Count>,
    vcpu_count: u64,
    ram_gb: u64,
    storage_gb: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Count {
    count: u64,
}

/// What a node of bare metal is.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Specs {
    gpu_model: &'static str,
    gpu_count: u64,
    cpu_model: &'static str,
    cpu_count: u64,
    ram_gb: u64,
    storage_gb: u64,
}

/// What every node of bare metal is (contract 10).
pub(crate) const SPECS: Specs = Specs {
    gpu_model: GPU_MODEL,
    gpu_count: NODE_GPUS,
    cpu_model: "Intel Xeon Platinum 8470",
    cpu_count: 104,
    ram_gb: 1024,
    storage_gb: 18000,
};

impl Id {
    pub(crate) fn of(id: &str) -> Self {
        Id(id.to_owned())
    }
}

impl From<Timestamp> for Moment {
    fn from(moment: Timestamp) -> Self {
        Moment(moment.with_millis())
    }
}

impl Amount {
    pub(crate) fn of(world: &World, amount: Money) -> Self {
        Self::printed(world, amount.to_string())
    }

    /// A price of bare metal, which is printed shorter than the others.
    pub(crate) fn short(world: &World, price: Money) -> Self {
        Self::printed(world, price.short())
    }

    fn printed(world: &World, text: String) -> Self {
        let number = text.parse().ok().filter(|_| world.config.knobs.prices_as_numbers);
        number.map_or(Amount::Text(text), Amount::Number)
    }
}

impl<T> Listed<T> {
    /// A list in one page.
    pub(crate) fn all(results: Vec<T>) -> Self {
        let total_result_count = results.len();
        Listed { results, total_result_count, has_previous: false, has_next: false }
    }
}

impl Resources {
    pub(crate) fn of(preset: &Preset) -> Self {
        let sizes = [preset.vcpu_count, preset.ram_gb, preset.storage_gb];
        Self::new(&preset.gpu_model, preset.gpu_count, sizes)
    }

    /// So many GPUs of a model, and virtual CPUs, memory and disk.
    pub(crate) fn new(model: &str, count: u64, [vcpu_count, ram_gb, storage_gb]: [u64; 3]) -> Self {
        let gpus = BTreeMap::from([(model.to_owned(), Count { count })]);
        Resources { gpus, vcpu_count, ram_gb, storage_gb }
    }
}

/// The schema of a path parameter.
pub(crate) fn path_parameter(name: &str) -> Value {
    match name {
        "year" => json!({ "type": "integer", "minimum": 1970, "maximum": 9000 }),
        "month" => json!({ "type": "integer", "minimum": 1, "maximum": 12 }),
        _ => json!({ "type": "string", "format": "uuid" }),
    }
}
