//! `plumb usage`: how much of machines, services and profiles was used, as their clouds count it.

use super::events::Looking;
use super::prelude::{Args, Context, Ended, Problem};
use crate::sections::Told;

/// Show how much of machines, services and profiles was used.
#[derive(Debug, Args)]
pub(crate) struct Usage {
    #[command(flatten)]
    looking: Looking,
}

/// What was used.
pub(super) type Used = Told;

impl Usage {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        self.looking.show(
            context,
            |cloud, between| cloud.usage(between),
            "No connected cloud tells of usage.",
        )
    }
}
