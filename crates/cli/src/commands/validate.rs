//! `plumb validate`: read, resolve, check. Offline, unless asked to look at the live profiles.

use super::prelude::{Args, Context, Ended, Exit, Problem};
use crate::arguments::{Format, Paths, Planning};
use crate::findings;
use crate::session::Session;
use crate::stack::{self, Manifested, Unset};
use plumb_model::policy::{Purpose, Strangers};
use plumb_model::{Finding, Severity};

/// Check manifests; offline unless --live.
#[derive(Debug, Args)]
pub(crate) struct Validate {
    #[command(flatten)]
    paths: Paths,
    /// Also check against the live profiles.
    #[arg(long)]
    live: bool,
    /// How to print the findings.
    #[arg(long, value_enum, default_value_t = Format::Human, help_heading = "Output")]
    format: Format,
}

impl Validate {
    /// Reports every finding.
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        if self.live {
            return context.block_on(self.look(context));
        }
        let manifested = stack::read(&self.paths.all(), Unset::Open, context)?;
        self.tell(&manifested.findings, &manifested, context);
        Ok(Exit::Done.into())
    }

    /// Checks also the declared resources against what the clouds say of their profiles.
    async fn look(&self, context: &Context) -> Result<Ended, Problem> {
        let session = Session::start(&self.paths.all(), Unset::Open, context).await?;
        let looking = (Purpose::Converge, Strangers::Nearby);
        let planned = session.plan(&Planning::default(), looking).await?;
        let mut all = session.manifested.findings.clone();
        all.extend(planned.plan.findings);
        self.tell(&all, &session.manifested, context);
        Ok(Ended::of_findings(&all))
    }

    fn tell(&self, all: &[Finding], manifested: &Manifested, context: &Context) {
        if self.format == Format::Junit {
            return context.output.data(&findings::as_tests(&manifested.files(), all));
        }
        findings::print(all, &manifested.excerpts(all), self.format, &context.output);
        let failed = all.iter().any(|finding| finding.severity == Severity::Error);
        if !failed && self.format == Format::Human {
            let count = manifested.desired.resources().len();
            let noun = if count == 1 { "resource" } else { "resources" };
            context.output.data(&format!("Valid: {count} {noun}."));
        }
    }
}
