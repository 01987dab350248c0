//! A provider at the pace of the sandbox, whose clock runs faster than the wall.

use plumb_kind::{
    AnswerClass, Billing, Budgets, CatalogSection, Identification, Kind, Provider, Request,
};
use plumb_model::Body;
use plumb_model::text::{Secret, ServerText};
use std::time::Duration;

/// How much faster than the wall clock the embedded sandbox runs: a bare-metal node is up in about
/// two seconds.
pub(crate) const SANDBOX_PACE: u32 = 600;

/// A provider that waits and polls [`SANDBOX_PACE`] times faster. Everything else is the
/// provider's own.
#[derive(Debug)]
pub(crate) struct Paced(pub(crate) &'static dyn Provider);

impl Provider for Paced {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        self.0.kinds()
    }

    fn headers(&self, request: &Request, key: &Secret) -> Vec<(&'static str, Secret)> {
        self.0.headers(request, key)
    }

    fn classify(&self, status: u16, body: Option<&Body>, text: &str) -> AnswerClass {
        self.0.classify(status, body, text)
    }

    fn says_gone(&self, status: u16, body: Option<&Body>, text: &str) -> bool {
        self.0.says_gone(status, body, text)
    }

    fn explain(&self, body: Option<&Body>, text: &str) -> ServerText {
        self.0.explain(body, text)
    }

    fn budgets(&self) -> Budgets {
        // A round of looking costs a request, so polling stays slower than the clock is fast.
        const SHORTEST: Duration = Duration::from_millis(100);
        let budgets = self.0.budgets();
        let shorter = |span: Duration| (span / SANDBOX_PACE).max(SHORTEST);
        Budgets {
            poll: shorter(budgets.poll),
            settle: shorter(budgets.settle),
            stale_status: shorter(budgets.stale_status),
            ..budgets
        }
    }

    fn identification(&self) -> Option<Identification> {
        self.0.identification()
    }

    fn catalog(&self) -> Vec<CatalogSection> {
        self.0.catalog()
    }

    fn billing(&self) -> Option<&'static dyn Billing> {
        self.0.billing()
    }
}
