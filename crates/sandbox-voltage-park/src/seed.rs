//! What Voltage Park offers and what its organizations hold at the start of a world.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::catalog::Catalog;
use super::money::Money;

/// The start of Voltage Park. Objects look as a read shows them; an id is kept when it is given,
/// `organization` says whose they are, and `config_id`, `location_id` and `gpu_count` say of a
/// machine what reads do not show. The catalog's numbers are what is free beside these objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seed {
    /// What is offered.
    pub catalog: Catalog,
    /// What every organization has paid in.
    pub deposit: Money,
    /// The SSH keys.
    pub ssh_keys: Vec<Value>,
    /// The rentals.
    pub bare_metal: Vec<Value>,
    /// The volumes.
    pub storage: Vec<Value>,
    /// The machines.
    pub virtual_machines: Vec<Value>,
}

impl Default for Seed {
    fn default() -> Self {
        Seed {
            catalog: Catalog::default(),
            deposit: Money::from_units(100_000_000_000_000),
            ssh_keys: Vec::new(),
            bare_metal: Vec::new(),
            storage: Vec::new(),
            virtual_machines: Vec::new(),
        }
    }
}
