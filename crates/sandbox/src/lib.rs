//! Simulated clouds for plumb: a faithful, independent reading of the APIs' contracts.
//!
//! The core is a plain function, [`handle`], from a [`World`] and a [`Request`] to a [`Reply`]:
//! no sockets, no clock, no randomness but the seed's. Around it live a TCP server ([`serve`]),
//! persistence ([`store`]), fault rules ([`faults`]), out-of-band edits ([`edit`]), an append-only
//! ledger of effects ([`effects`]) that serves as the oracle of plumb's reliability tests, and
//! control routes ([`control`]) to steer all of it while it runs.
//!
//! A cloud is one module beside [`rafay`] with its own table of [`Operation`]s; clock, ledger,
//! faults, request log, persistence and server are shared. Nothing here imports a provider and no
//! provider imports this crate, so that one reading of the contract checks the other.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

pub mod config;
pub mod control;
mod dispatch;
pub mod edit;
pub mod effects;
pub mod faults;
pub mod findings;
mod glob;
pub mod http;
mod ids;
pub mod openapi;
pub mod operation;
mod patch;
pub mod rafay;
pub mod requests;
mod running;
mod server;
mod shared;
pub mod store;
pub mod time;
pub mod voltage_park;
mod world;

pub use config::{ApiKey, KeyRole, Knobs, Seeded, VoltageParkKey, VoltageParkKnobs, WorldConfig};
pub use dispatch::handle;
pub use edit::Edit;
pub use effects::{Effect, EffectKind, EffectLedger};
pub use faults::{FaultEffect, FaultMatch, FaultRule, FaultTiming};
pub use findings::{Finding, FindingKind};
pub use http::{Reply, Request, Response};
pub use operation::{Cloud, Method, Operation, all_operations};
pub use requests::{Delivery, RequestLog, RequestRecord};
pub use running::{RunningSandbox, Sandbox, StartError};
pub use server::{ServeError, ServeOptions, serve};
pub use shared::SharedWorld;
pub use time::Timestamp;
pub use world::World;
