//! Several machines on one ledger that they share: real processes against simulated clouds behind the
//! gate of the tests of processes. Apart from those, which leave a machine little time for anything else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![expect(dead_code, reason = "the tests of processes use all of what is shared with them")]

#[path = "../common/binary.rs"]
mod binary;
#[path = "../process/gate.rs"]
mod gate;
#[path = "../process/judge.rs"]
mod judge;
#[path = "../process/site.rs"]
mod site;
mod taking_over;
#[path = "../process/workload.rs"]
mod workload;
