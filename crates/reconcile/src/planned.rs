//! A plan with what it was made from.

use plumb_engine::{Accounts, Observed};
use plumb_model::plan::Basis;
use plumb_model::{Desired, LedgerView, Plan, Policy};

/// A plan, and what it was made from.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What was seen.
    pub observed: Observed,
    /// What is on record, as it was planned with.
    pub ledger: LedgerView,
    /// What the run may do.
    pub policy: Policy,
    /// Whose the keys are.
    pub accounts: Accounts,
}

impl Planned {
    /// What the plan was made from, beside what is declared. Made when somebody asks: a look at what is in
    /// order needs none.
    #[must_use]
    pub fn basis(&self, desired: &Desired) -> Basis {
        plumb_planner::basis(&self.plan, desired, &self.observed.live, &self.ledger, &self.policy)
    }
}
