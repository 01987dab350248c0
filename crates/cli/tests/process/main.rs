//! The real binary, killed, stopped, paused and starved at exact points, against simulated clouds
//! whose own ledger of effects is the judge: nothing is made twice, nothing is lost, and the next
//! runs finish the work. What plumb says of itself counts for nothing here.
//!
//! Faults of the network are injected in process by other tests; here the process itself suffers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "../common/binary.rs"]
mod binary;
mod disk;
mod gate;
mod judge;
mod kill;
mod pair;
mod pipes;
mod signals;
mod site;
mod suspend;
mod threads;
mod workload;
