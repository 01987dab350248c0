//! Rules in the Common Expression Language: an expression is read, and judged over data.
//!
//! What a rule is about, and where it stands, is not here; nor is anything that it could read beside
//! the data it is given: there is no clock, no file and no network.
//!
//! # Guarantees
//! - An expression has a length, a depth and a number of parts that are bounded, and so has what it takes
//!   to judge it: one that takes more is not judged.
//! - Whoever is not told that an expression holds may not take it for kept.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

mod budget;
mod expression;
mod fleet;
mod functions;
mod reading;
mod shown;
mod values;
mod walk;

#[cfg(test)]
mod tests;

pub use expression::{Expression, Mistake};
pub use fleet::{Broken, Fleet};

/// What an expression may speak of.
pub const VARIABLES: [&str; 6] = ["resource", "resources", "removed", "totals", "changes", "stack"];
