//! The engine against a small cloud in memory, under a clock that stands still unless somebody
//! sleeps: the same faults give the same run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

mod acting;
mod cloud;
mod creating;
mod deleting;
mod executing;
mod observing;
mod publishing;
mod scene;
mod settling;
mod submitting;
mod updating;
