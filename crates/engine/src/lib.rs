//! Observing and executing: the only async code that talks to the clouds.
//!
//! # Flow
//! ```text
//! Engine::new ─ connect ─► settle (open intents) ─► observe ─► [planner] ─► execute ─► Report
//!                                                    └► discover, observe_scopes (get, export)
//! ```
//! Requests are values built by a [`plumb_kind::Kind`]; a `Session` sends them through a
//! [`Transport`]; [`outcome::outcome`] says what they came to and [`retry::decide`] what may follow.
//! A create whose answer is unknown is settled by looking, never by repeating blindly.
//!
//! Nothing here plans, prints, or reads the environment or the time of day.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

pub mod clock;
pub mod transport;

mod engine;
mod executing;
mod observing;
mod settling;
mod user_keys;

pub use clock::{Clock, SystemClock};
pub use engine::{ConnectError, Engine, EngineError, Events, Settings};
pub use executing::act::Acting;
pub use executing::execute::Work;
pub use executing::interrupt::{Interrupt, Interrupter, Urgency, interrupt};
pub use observing::account::Accounts;
pub use observing::observe::Observed;
pub use plumb_model::mark::uid;
pub use settling::{Settled, Settling, Until};
pub use transport::authorities::{Authorities, NoAuthority};
pub use transport::http::{Endpoint, HttpTransport, NotAnEndpoint};
pub use transport::session::{Connection, Silence};
pub use transport::{BoxFuture, HeaderText, HttpRequest, HttpResponse, Transport, TransportError};
pub use transport::{http, outcome, retry};
pub use user_keys::Made;
