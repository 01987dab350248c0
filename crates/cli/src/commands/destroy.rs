//! `plumb destroy`: everything of a stack goes.

use super::prelude::{Args, Carrying, Context, Ended, Paths, Planning, Problem};
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
}

impl Destroy {
    pub(super) fn run(self, context: &Context) -> Result<Ended, Problem> {
        let wanted = Wanted {
            paths: self.paths.all(),
            planning: self.planning,
            purpose: Purpose::Destroy,
            adopt: Vec::new(),
            reviewed: None,
            consent: Asking::ForTheStacksName(self.confirm),
            carrying: self.carrying,
            command: "destroy",
        };
        changing::run(&wanted, context)
    }
}
