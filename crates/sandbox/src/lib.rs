//! The stage of plumb's simulated clouds: everything they share, and not one of them.
//!
//! The core is a plain function, [`handle`], from a [`World`] and a [`Request`] to a [`Reply`]:
//! no sockets, no clock, no randomness but the seed's. Around it live a TCP server ([`serve`]),
//! persistence ([`store`]), fault rules ([`faults`]), out-of-band edits ([`edit`]), an append-only
//! ledger of effects ([`effects`]) that serves as the oracle of plumb's reliability tests, and
//! control routes ([`control`]) to steer all of it while it runs.
//!
//! A cloud is a crate beside this one with a type that is a [`Cloud`]; whoever makes a world says
//! which clouds stand in it. Nothing here imports a provider and no provider imports this crate, so
//! that one reading of the contract checks the other.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

mod choice;
pub mod cloud;
pub mod config;
pub mod control;
mod dispatch;
pub mod edit;
pub mod effects;
pub mod faults;
pub mod findings;
pub mod glob;
pub mod http;
pub mod ids;
mod knobs;
pub mod limits;
pub mod openapi;
pub mod operation;
pub mod patch;
pub mod requests;
mod running;
mod server;
mod shared;
pub mod stage;
pub mod store;
pub mod time;
mod world;

pub use cloud::Cloud;
pub use config::{ConfigError, WorldConfig};
pub use dispatch::handle;
pub use edit::Edit;
pub use effects::{Effect, EffectKind, EffectLedger};
pub use faults::{FaultEffect, FaultMatch, FaultRule, FaultTiming};
pub use findings::{Finding, FindingKind};
pub use http::{Reply, Request, Response};
pub use limits::RateLimit;
pub use operation::{Method, Operation};
pub use requests::{Delivery, RequestLog, RequestRecord};
pub use running::{RunningSandbox, Sandbox, StartError};
pub use server::{ServeError, ServeOptions, serve};
pub use shared::SharedWorld;
pub use stage::Stage;
pub use time::Timestamp;
pub use world::World;
