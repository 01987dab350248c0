//! Trials: one workload applied under planned faults until it converges or must stop, judged by
//! the sandbox's effect ledger alone.
//!
//! # Flow
//! A [`workload::Workload`] is read once; a [`fault::Fault`] says at which call or disk step what
//! goes wrong; [`process`] is one run of plumb over a world, a disk that forgets what was not
//! synced, and a wire that can die with the process; [`course`] repeats runs as an operator would;
//! [`oracle`] judges every instant of it; [`sweep`] does so for all faults of a sort, and
//! [`shrink`] makes a failing plan small. A [`history`] is a course of many commits.
//!
//! # Guarantees
//! The same workload, faults and seed give the same course, byte for byte: time is virtual, there
//! is one thread, and chance comes from the seed.

pub mod appliers;
pub mod course;
pub mod dice;
pub mod disturbance;
pub mod fault;
pub mod history;
pub mod oracle;
mod person;
pub mod process;
pub mod seams;
pub mod shared_ledger;
pub mod shrink;
pub mod sweep;
pub mod virtual_time;
pub mod workload;
pub mod workloads;

pub use course::{Course, run};
pub use fault::{Fault, Trouble};
pub use seams::Seams;
pub use workload::Workload;
