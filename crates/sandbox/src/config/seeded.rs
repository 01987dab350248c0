//! What exists at the start of a world, by cloud.

use serde::{Deserialize, Serialize};

use crate::rafay::seed::RafaySeed;
use crate::voltage_park::seed::VoltageParkSeed;

/// What exists at the start, by cloud.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seeded {
    /// The Rafay organization.
    pub rafay: RafaySeed,
    /// The Voltage Park organizations.
    pub voltage_park: VoltageParkSeed,
}

impl Seeded {
    /// Nothing at all.
    #[must_use]
    pub fn none() -> Self {
        Seeded { rafay: RafaySeed::none(), voltage_park: VoltageParkSeed::none() }
    }
}
