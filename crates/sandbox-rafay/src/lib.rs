//! The simulated Rafay platform: a reading of its contract.
//!
//! A cloud on the stage of `plumb-sandbox`. The rows of the route table are in `operations` (what is
//! made from profiles, in projects), `directory_operations` (people and projects),
//! `partner_operations` (organizations) and `hub` (every kind that is declared); what a
//! configuration may say is in [`settings`] and [`knobs`]. Nothing here imports a provider.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

mod access_bodies;
mod accounts;
mod answers;
mod bodies;
mod by_name;
pub mod catalog;
mod changes;
pub mod chronicle;
mod cloud;
mod collaborators;
mod deployments;
pub mod described;
pub mod directory;
mod directory_operations;
mod edits;
mod envelope;
mod errors;
mod events;
mod fixed;
pub mod grants;
mod group_roles;
mod groups;
mod hub;
pub mod key;
mod key_calls;
pub mod keys;
pub mod kinds;
pub mod knobs;
pub mod lifecycle;
mod memberships;
mod names;
pub mod objects;
mod operations;
mod organization;
mod organizations;
mod outputs;
mod paging;
mod partner_operations;
mod people_edits;
mod place;
mod planting;
mod profile;
mod projects;
mod reads;
pub mod records;
mod render;
mod rights;
mod roles;
mod rows;
mod schemas;
pub mod seed;
pub mod settings;
mod shares;
mod status;
mod table;
mod transitions;
mod upsert;
mod users;
mod v3_projects;
pub mod variables;
mod walk;
mod wanted;
mod world;

pub use bodies::{RoleScope, RoleType, UserType};
pub use cloud::Rafay;
pub use organization::Organization;
pub use world::NAME;
