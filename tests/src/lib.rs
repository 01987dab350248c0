//! Scenarios as data and their harness: plumb's crates wired as the command line wires them, over
//! the sandbox's `handle` and a clock that stands still unless everybody waits.
//!
//! # Flow
//! [`discover`] reads the folders below `scenarios/` into [`scenario::Scenario`]s; [`run`] carries
//! one out step by step in a [`plumb::Plumb`] over a [`cloud::Cloud`]; [`listing`] turns plans and
//! reports into the text a scenario expects; [`oracle`] asks the sandbox, not plumb, what became of
//! it all; [`update`] writes new expectations. [`trial`] is the other harness: one workload under
//! planned faults, thousands of times. [`fuzzing`] reads anything. [`canary`] keeps what plumb
//! wrote in all of them, and searches it for secrets. The tests themselves are in `tests/`.

pub mod canary;
pub mod cloud;
pub mod discover;
mod expect;
pub mod fuzzing;
pub mod listing;
pub mod oracle;
pub mod plumb;
pub mod run;
pub mod scenario;
pub mod simulated;
pub mod toy_cloud;
pub mod trial;
pub mod update;

/// Why a scenario does not hold, ready to be printed.
pub type Complaint = String;

/// What whoever runs the tests wants more of.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not of plumb")]
pub fn wish(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
