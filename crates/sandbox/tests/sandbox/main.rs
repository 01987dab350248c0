//! Tests of the sandbox from outside: the API as a client sees it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod accounts;
mod client;
mod control;
mod described;
mod faults;
mod hub;
mod keys;
mod knobs;
mod lifecycle;
mod lists;
mod openapi;
mod organizations;
mod people;
mod profiles;
mod seed_document;
mod server;
mod speed;
mod store;
mod voltage_park;
mod writes;
