//! `plumb destroy`: everything of a stack goes.

use super::prelude::{Args, Carrying, Context, Ended, Paths, Planning, Problem};
use crate::approval::Reviewed;
use crate::changing::{self, Asking, Wanted};
use plumb_model::policy::Purpose;

/// Delete everything the stack owns, in reverse order.
#[derive(Debug, Args)]
pub(crate) struct Destroy {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    carrying: Carrying,
    /// The stack's name, instead of typing it when asked.
    #[arg(long, value_name = "STACK")]
    confirm: Option<String>,
    /// Carry out the plan of this fingerprint, and no other; without asking. `plumb plan --destroy`
    /// prints it.
    #[arg(long, value_name = "FINGERPRINT")]
    approve: Option<String>,
}

impl Destroy {
    pub(super) fn run(self, context: &Context) -> Result<Ended, Problem> {
        let reviewed = self.approve.as_deref().map(Reviewed::approved).transpose()?;
        let confirmed = Asking::ForTheStacksName(self.confirm);
        let wanted = Wanted {
            paths: self.paths.all(),
            planning: self.planning,
            purpose: Purpose::Destroy,
            adopt: Vec::new(),
            consent: if reviewed.is_some() { Asking::Nobody } else { confirmed },
            reviewed,
            carrying: self.carrying,
            command: "destroy",
        };
        changing::run(&wanted, context)
    }
}
