//! A plan with what it was made from.

use plumb_engine::{Accounts, Observed};
use plumb_model::{Plan, Policy};

/// A plan, and what it was made from.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What was seen.
    pub observed: Observed,
    /// What the run may do.
    pub policy: Policy,
    /// Whose the keys are.
    pub accounts: Accounts,
}
