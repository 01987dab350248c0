//! One run of plumb, as a library: the only place where its parts are put together in order.
//!
//! # Flow
//! ```text
//! lock ─► whose keys ─► settle what earlier runs left open ─► look ─► plan ─► Hooks::planned ─► Hooks::consent
//!      ─► carry out ─► Hooks::carried_out ─► look and plan again: nothing may be left
//! ```
//! [`Reconciler::run`] is all of it, [`Reconciler::plan`] only looks, [`act()`] does one verb by
//! hand. What differs between the command line, a controller and a test stands in [`Hooks`]: who is
//! shown what, who consents, where events go. How a run ended is one [`Outcome`], from which exit
//! codes and last lines are made.
//!
//! Nothing here prints, reads the environment, or knows how a ledger or a cloud is reached.

#![warn(missing_docs)]

mod accounts;
mod act;
mod error;
mod hooks;
mod judge;
mod lock;
pub mod outcome;
mod planned;
mod reconciler;
mod run;
mod steps;
mod verdict;

pub use accounts::refuse_another_account;
pub use act::{Act, account_of, act};
pub use error::{RunError, refuse_closed_keys, refuse_unreachable};
pub use hooks::{Consent, Hooks};
pub use judge::judge;
pub use outcome::Outcome;
pub use planned::Planned;
pub use reconciler::Reconciler;
pub use run::{Order, Ran};
pub use steps::{Ground, carry_out, look, settle};
pub use verdict::{Changes, Verdict};
