//! The real binary, as people and CI run it: against `plumb sandbox serve` over HTTP, and against
//! the sandbox it carries inside. What a command means is tested in the crates; here it is tested
//! that the whole of it holds together: exit codes, streams, files, signals, secrets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod activity;
mod approved;
mod bill;
#[path = "../common/binary.rs"]
mod binary;
mod busy;
mod canary;
mod catalog;
mod ci;
mod commands;
mod completing;
mod cost;
mod describe;
mod drift;
mod emptied;
mod endings;
mod example;
mod excerpts;
mod export;
mod formats;
mod forty;
mod harness;
mod help;
mod indeterminate;
mod interrupt;
mod keys;
mod kill;
mod many;
mod mistakes;
mod moved;
mod people;
mod piped;
mod planned;
mod plans;
mod policies;
mod prices;
mod rails;
mod rehearsal;
mod rentals;
mod resolving;
mod results;
mod rows;
mod security;
mod stacks;
mod times;
mod trouble;
mod twice;
mod unset;
mod user_keys;
mod whole;
