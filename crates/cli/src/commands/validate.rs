//! `plumb validate`: read, resolve, check. Offline, unless asked to look at the live profiles.

use crate::arguments::{Format, Planning, Shared};
use crate::commands::findings;
use crate::environment::Environment;
use crate::exit::{Ended, Exit};
use crate::output::Output;
use crate::problem::Problem;
use crate::session::Session;
use crate::stack::{self, Unset};
use plumb_model::finding::Severity;
use std::path::PathBuf;

/// Checks manifests and reports every finding.
pub(crate) fn run(
    paths: &[PathBuf],
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Problem> {
    let manifested = stack::read(paths, Unset::Open, shared, environment, output)?;
    let excerpts = manifested.excerpts(&manifested.findings);
    findings::print(&manifested.findings, &excerpts, shared.format, output);
    if shared.format == Format::Human {
        output.data(&summary(manifested.desired.resources().len()));
    }
    Ok(Exit::Done)
}

/// Checks manifests, then the declared resources against what the clouds say of their profiles.
pub(crate) async fn live(
    paths: &[PathBuf],
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Ended, Problem> {
    let session = Session::start(paths, Unset::Open, shared, environment, output).await?;
    let planned = session.plan(&Planning::default()).await?;
    let mut all = session.manifested.findings.clone();
    all.extend(planned.plan.findings.iter().cloned());
    findings::print(&all, &session.manifested.excerpts(&all), shared.format, output);
    let failed = all.iter().any(|finding| finding.severity == Severity::Error);
    if !failed && shared.format == Format::Human {
        output.data(&summary(session.manifested.desired.resources().len()));
    }
    session.stop().await;
    Ok(Ended::of_findings(&all))
}

fn summary(count: usize) -> String {
    let noun = if count == 1 { "resource" } else { "resources" };
    format!("Valid: {count} {noun}.")
}
