//! `plumb apply`: the live world becomes what the manifests say.

use super::prelude::{Args, Carrying, Context, Ended, Paths, Planning, Problem};
use crate::approval::Reviewed;
use crate::changing::{self, Asking, Wanted};
use crate::plan_file;
use plumb_model::policy::Purpose;
use plumb_model::{Code, Finding};

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
    /// Carry out the plan of this fingerprint, and no other; without asking.
    #[arg(long, value_name = "FINGERPRINT")]
    approve: Option<String>,
}

impl Apply {
    pub(super) fn run(self, context: &mut Context) -> Result<Ended, Problem> {
        let paths = self.paths.all();
        let file = match paths.as_slice() {
            [path] => plan_file::read(path)?,
            _ => None,
        };
        let approved = self.approve.as_deref().map(Reviewed::approved).transpose()?;
        if let (Some(_), Some(_)) = (&file, &approved) {
            let message = "a plan file was reviewed, and --approve says so of another plan";
            let help = "name the manifests with --approve, or the plan file without it";
            return Err(Finding::error(Code::INVALID_VALUE, message).help(help).into());
        }
        let mut wanted = Wanted {
            paths,
            planning: self.planning,
            purpose: Purpose::Converge,
            adopt: Vec::new(),
            // What was reviewed was consented to then.
            consent: Asking::unless(self.yes || approved.is_some()),
            reviewed: approved,
            carrying: self.carrying,
            command: "apply",
        };
        if let Some(file) = file {
            context.shared = file.shared(&context.shared);
            wanted.paths.clone_from(&file.paths);
            wanted.planning = file.planning.clone();
            wanted.consent = Asking::Nobody;
            wanted.reviewed = Some(Reviewed::File(Box::new(file)));
        }
        changing::run(&wanted, context)
    }
}
