//! The simulated Rafay platform: a reading of its contract, as far as plumb's first operations need
//! it: projects, users, groups, roles, workspaces, services, compute instances and profiles.
//!
//! A cloud on the stage of `plumb-sandbox`; the route table is in `operations`, what a
//! configuration may say in [`settings`] and [`knobs`]. Nothing here imports a provider.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

mod answers;
mod bodies;
pub mod catalog;
mod changes;
mod cloud;
mod deployments;
pub mod directory;
mod edits;
mod envelope;
mod errors;
mod groups;
pub mod hub;
pub mod kinds;
pub mod knobs;
pub mod lifecycle;
mod names;
pub mod objects;
mod operations;
mod organization;
mod paging;
mod place;
mod projects;
mod reads;
mod render;
pub mod seed;
pub mod settings;
mod transitions;
mod upsert;
mod users;
pub mod variables;
mod wanted;
mod world;

pub use bodies::{RoleType, UserType};
pub use cloud::Rafay;
pub use organization::Organization;
pub use world::NAME;
