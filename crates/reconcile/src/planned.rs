//! A plan with what it was made from.

use plumb_engine::{Accounts, Observed};
use plumb_model::plan::Basis;
use plumb_model::{Desired, LedgerView, Plan, Policy};
use std::sync::OnceLock;

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
    basis: OnceLock<Basis>,
}

impl Planned {
    /// A plan that was made from this.
    #[must_use]
    pub fn new(
        plan: Plan,
        observed: Observed,
        (ledger, policy): (LedgerView, Policy),
        accounts: Accounts,
    ) -> Self {
        Self { plan, observed, ledger, policy, accounts, basis: OnceLock::new() }
    }

    /// What the plan was made from, together with what was declared then. Made for the first that asks: a
    /// look at what is in order needs none.
    pub fn basis(&self, desired: &Desired) -> &Basis {
        let Self { plan, observed, ledger, policy, .. } = self;
        let make = || plumb_planner::basis(plan, desired, &observed.live, ledger, policy);
        self.basis.get_or_init(make)
    }
}
