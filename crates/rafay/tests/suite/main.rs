//! The provider from outside: what it reads, sends, checks, exports, and the schemas it has.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![allow(clippy::needless_pass_by_value, reason = "body! and json! read best by value")]

mod collaborators;
mod common;
mod exporting;
mod organizations;
mod people;
mod platform;
mod profiles;
mod reading;
mod requests;
mod schemas;
