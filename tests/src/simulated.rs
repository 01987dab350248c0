//! The simulated clouds that trials and scenarios stand on, and what is seen of them.

use plumb_sandbox::{Cloud, Operation, World, WorldConfig};
use plumb_sandbox_rafay::{self as rafay, Rafay};
use plumb_sandbox_voltage_park::{self as voltage_park, VoltagePark};
use serde_json::Value;
use std::sync::LazyLock;

/// The clouds of every world.
#[must_use]
pub fn clouds() -> Vec<Box<dyn Cloud>> {
    vec![Box::new(Rafay::default()), Box::new(VoltagePark::default())]
}

/// Every operation of theirs.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    clouds().into_iter().flat_map(|cloud| cloud.routes().operations())
}

/// A world of this configuration.
///
/// # Errors
/// When the configuration is none, or something seeded cannot be made.
pub fn world(config: Value) -> Result<World, String> {
    let (world, problems) = World::new(read(config)?, clouds()).map_err(|it| said(&it))?;
    match problems.as_slice() {
        [] => Ok(world),
        problems => Err(said(&problems.join("; "))),
    }
}

/// Merges a patch over the configuration of a world.
///
/// # Errors
/// When the result is no configuration.
pub fn configure(world: &mut World, patch: &Value) -> Result<(), String> {
    let mut config = serde_json::to_value(world.config()).map_err(|it| said(&it))?;
    crate::cloud::merge(&mut config, patch);
    world.configure(read(config)?).map_err(|it| said(&it))
}

fn read(config: Value) -> Result<WorldConfig, String> {
    serde_json::from_value(config).map_err(|it| said(&it))
}

fn said(problem: &dyn std::fmt::Display) -> String {
    format!("world: {problem}")
}

/// What is seen of the clouds of a world.
pub trait Seen {
    /// The first one.
    fn rafay(&self) -> &Rafay;

    /// The second one.
    fn voltage_park(&self) -> &VoltagePark;

    /// The platform's organization.
    fn organization(&self) -> &rafay::Organization {
        self.rafay().home()
    }

    /// What is rented.
    fn park(&self) -> &voltage_park::State {
        self.voltage_park().holdings()
    }

    /// A key that opens a cloud.
    fn key(&self, cloud: &str) -> String;

    /// What the outputs of both clouds carry and nobody is to see.
    fn secrets(&self) -> [String; 3] {
        let (rafay, park) = (&self.rafay().config().secrets, &self.voltage_park().config().secrets);
        [&rafay.node_login_password, &rafay.kubeconfig, &park.kubeconfig].map(Clone::clone)
    }
}

impl Seen for World {
    fn rafay(&self) -> &Rafay {
        static NONE: LazyLock<Rafay> = LazyLock::new(Rafay::default);
        self.cloud().unwrap_or(&NONE)
    }

    fn voltage_park(&self) -> &VoltagePark {
        static NONE: LazyLock<VoltagePark> = LazyLock::new(VoltagePark::default);
        self.cloud().unwrap_or(&NONE)
    }

    fn key(&self, cloud: &str) -> String {
        self.first_keys().remove(cloud).unwrap_or_default()
    }
}
