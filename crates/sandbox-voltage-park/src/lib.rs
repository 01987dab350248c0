//! The simulated Voltage Park On-Demand API: a reading of its contract and of the vendor's page.
//!
//! A cloud on the stage of `plumb-sandbox`; the route table is in `operations`, what a
//! configuration may say in [`settings`] and [`knobs`]. Nothing here imports a provider.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

mod account;
mod answers;
mod billing;
mod bodies;
pub mod catalog;
mod choices;
mod cloud;
mod cloudinit;
mod edits;
mod errors;
mod fields;
mod happening;
mod holdings;
mod input;
mod keys;
pub mod knobs;
mod listing;
mod lives;
mod machines;
mod mistakes;
mod money;
mod objects;
mod operations;
mod orders;
mod organization;
mod paging;
mod reads;
mod record;
mod render;
mod rentals;
pub mod seed;
pub mod settings;
mod state;
mod stock;
mod supply;
mod syntax;
mod timers;
mod volumes;
mod world;

pub use cloud::VoltagePark;
pub use holdings::{Machine, MachineStatus, Rental, RentalPower, RentalStatus, SshKey, Volume};
pub use money::Money;
pub use record::{PREFIX, Record, Table};
pub use state::State;
pub use world::NAME;
