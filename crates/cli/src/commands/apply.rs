//! `plumb apply`: the live world becomes what the manifests say.

use super::prelude::{Args, Carrying, Context, Ended, Paths, Planning, Problem};
use crate::changing::{self, Asking, Wanted};
use crate::plan_file;
use plumb_model::policy::Purpose;

/// Make the live world what the manifests say, or carry out a plan file.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    carrying: Carrying,
    /// Do not ask. Never covers a tripped limit.
    #[arg(long)]
    yes: bool,
}

impl Apply {
    pub(super) fn run(self, context: &mut Context) -> Result<Ended, Problem> {
        let paths = self.paths.all();
        let reviewed = match paths.as_slice() {
            [path] => plan_file::read(path)?,
            _ => None,
        };
        let mut wanted = Wanted {
            paths,
            planning: self.planning,
            purpose: Purpose::Converge,
            adopt: Vec::new(),
            reviewed: None,
            consent: Asking::unless(self.yes),
            carrying: self.carrying,
            command: "apply",
        };
        if let Some(file) = reviewed {
            context.shared = file.shared(&context.shared);
            wanted.paths.clone_from(&file.paths);
            wanted.planning = file.planning.clone();
            // A reviewed plan was consented to when it was reviewed.
            wanted.consent = Asking::Nobody;
            wanted.reviewed = Some(file);
        }
        changing::run(&wanted, context)
    }
}
