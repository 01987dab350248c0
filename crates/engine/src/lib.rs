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
pub mod http;
mod interrupt;
pub mod outcome;
pub mod retry;
pub mod transport;

mod act;
mod action;
mod engine;
mod evidence;
mod execute;
mod guard;
mod identity;
mod limiter;
mod look;
mod observe;
mod pages;
mod poller;
mod read_back;
mod record;
mod run;
mod session;
mod settle;
mod survey;
mod wait;

pub use act::Acting;
pub use clock::{Clock, SystemClock};
pub use engine::{ConnectError, Engine, EngineError, Events, Settings};
pub use execute::Work;
pub use http::{Endpoint, HttpTransport, NotAnEndpoint};
pub use interrupt::{Interrupt, Interrupter, Urgency, interrupt};
pub use observe::Observed;
pub use record::uid;
pub use session::Connection;
pub use settle::{Settled, Settling};
pub use transport::{BoxFuture, HeaderText, HttpRequest, HttpResponse, Transport, TransportError};
