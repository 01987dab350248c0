//! `plumb plan`: what apply would do.

use super::prelude::{Args, Context, Ended, Paths, Planning, Printing, Problem};
use crate::session::Session;
use crate::stack::Unset;
use crate::{approval, changing, plan_file};
use plumb_model::policy::{Purpose, Strangers};
use plumb_reconcile::{Changes, Outcome};
use std::path::PathBuf;

/// Show what apply would do.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    planning: Planning,
    /// Write the plan to this file, for `plumb apply FILE`.
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Show what destroy would do.
    #[arg(long, conflicts_with = "out")]
    destroy: bool,
    /// Exit with 2 when there is something to do.
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    printing: Printing,
}

impl Plan {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        context.block_on(self.look(context))
    }

    async fn look(&self, context: &Context) -> Result<Ended, Problem> {
        let paths = self.paths.all();
        // A plan file tells by hashes that no secret has changed since.
        let unset = if self.out.is_some() { Unset::Refused } else { Unset::Open };
        let session = Session::start(&paths, unset, context).await?;
        if self.out.is_some() {
            session.begin_ledger(&context.environment)?;
        }
        let purpose = if self.destroy { Purpose::Destroy } else { Purpose::Converge };
        let planned = session.plan(&self.planning, (purpose, Strangers::Nearby)).await?;
        let plan = &planned.plan;
        session.note_unnamed(&context.output);
        let can_be_approved =
            !plan.actions.is_empty() && plan.tripped.is_empty() && session.refuse_unnamed().is_ok();
        let approval = can_be_approved.then(|| {
            let fingerprint = session.fingerprint(&planned);
            approval::command((&paths, &self.planning), purpose, &fingerprint, &context.shared)
        });
        let how = (&self.planning, &self.printing);
        changing::show(&session, &planned, how, approval.as_deref(), &context.output)?;
        if let Some(path) = &self.out {
            plan_file::write(path, &planned, (paths, &self.planning), &session)?;
            context.output.message(&format!(
                "Written to {0}. Carry it out with: plumb apply {0}",
                path.display()
            ));
        }
        let changes = if self.detailed_exitcode { Changes::Count } else { Changes::DoNotCount };
        Ok(Outcome::of_plan(plan, changes).into())
    }
}
