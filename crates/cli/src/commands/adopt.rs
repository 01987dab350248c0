//! `plumb adopt`: existing objects become a stack's.

use super::prelude::{Args, Carrying, Context, Ended, Manifests, Planning, Problem};
use crate::changing::{self, Asking, Wanted};
use plumb_model::Address;
use plumb_model::policy::Purpose;

/// Take over existing objects that are declared but not marked, although they differ.
#[derive(Debug, Args)]
pub(crate) struct Adopt {
    /// The resources.
    #[arg(required = true, value_name = "ADDRESS")]
    addresses: Vec<Address>,
    #[command(flatten)]
    manifests: Manifests,
    #[command(flatten)]
    carrying: Carrying,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

impl Adopt {
    pub(super) fn run(self, context: &Context) -> Result<Ended, Problem> {
        let wanted = Wanted {
            paths: self.manifests.all(),
            planning: Planning::default(),
            purpose: Purpose::Converge,
            adopt: self.addresses,
            reviewed: None,
            consent: Asking::unless(self.yes),
            carrying: self.carrying,
            command: "adopt",
        };
        changing::run(&wanted, context)
    }
}
