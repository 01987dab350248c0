//! `plumb drift`: how the live world differs. Reads only, for cron.

use crate::arguments::{Format, Planning, Shared};
use crate::commands::findings;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use crate::session::Session;
use plumb_model::plan::Because;
use plumb_model::{Code, Operation, Plan, ResourceKey};
use plumb_reconcile::Verdict;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Looks, prints, and exits with 2 when something differs.
pub(crate) async fn run(
    paths: &[PathBuf],
    planning: &Planning,
    metrics: Option<&Path>,
    shared: &Shared,
    (environment, output): (&Environment, &Output),
) -> Result<Exit, Problem> {
    let session = Session::start(paths, shared, environment, output).await?;
    let result = look(&session, planning, metrics, shared, output).await;
    session.stop().await;
    result
}

async fn look(
    session: &Session,
    planning: &Planning,
    metrics: Option<&Path>,
    shared: &Shared,
    output: &Output,
) -> Result<Exit, Problem> {
    let plan = session.plan(planning).await?.plan;
    let drift = Drift::of(&plan);
    if let Some(path) = metrics {
        let text = drift.metrics(session.stack());
        std::fs::write(path, text).map_err(|error| Problem::file(path, error))?;
    }
    match shared.format {
        Format::Human => {
            let excerpts = session.manifested.excerpts(&plan.findings);
            findings::show(&plan.findings, &excerpts, output);
            output.data(&drift.human());
            if drift.any() {
                super::plan::show(session, &plan, planning, shared, output)?;
            }
        }
        Format::Json | Format::Markdown | Format::Sarif => {
            super::plan::show(session, &plan, planning, shared, output)?;
        }
    }
    Ok(if drift.any() { Verdict::Changes } else { Verdict::Done }.into())
}

/// The resources that differ, by how.
#[derive(Debug, Default)]
struct Drift {
    changed: BTreeSet<ResourceKey>,
    missing: BTreeSet<ResourceKey>,
    unmanaged: BTreeSet<ResourceKey>,
    failed: BTreeSet<ResourceKey>,
    blocked: BTreeSet<ResourceKey>,
    not_declared: BTreeSet<ResourceKey>,
    /// As declared, and unknown to the ledger: worth saying, and no drift of the world.
    unrecorded: BTreeSet<ResourceKey>,
}

impl Drift {
    fn of(plan: &Plan) -> Self {
        let mut drift = Self::default();
        for action in &plan.actions {
            let failed = action.because.contains(&Because::Failed);
            let set = match action.operation {
                Operation::Adopt if action.because.contains(&Because::Unrecorded) => {
                    &mut drift.unrecorded
                }
                Operation::Create => &mut drift.missing,
                Operation::Delete => &mut drift.not_declared,
                Operation::Wait => continue,
                _ if failed => &mut drift.failed,
                _ => &mut drift.changed,
            };
            set.insert(action.key.clone());
        }
        let missing = drift.missing.clone();
        drift.changed.retain(|key| !missing.contains(key));
        drift.blocked.extend(plan.blocked.iter().map(|blocked| blocked.key.clone()));
        for note in &plan.notes {
            let set = match note.code {
                Code::NOTE_UNMANAGED => &mut drift.unmanaged,
                Code::NOTE_NOT_DECLARED => &mut drift.not_declared,
                _ => continue,
            };
            set.extend(note.key.clone());
        }
        drift
    }

    /// What differs, by how.
    fn groups(&self) -> [(&'static str, &'static str, &BTreeSet<ResourceKey>); 6] {
        [
            ("missing", "Missing", &self.missing),
            ("changed", "Changed", &self.changed),
            ("failed", "Failed", &self.failed),
            ("unmanaged", "Unmanaged", &self.unmanaged),
            ("not_declared", "Owned, not declared", &self.not_declared),
            ("blocked", "Blocked", &self.blocked),
        ]
    }

    fn any(&self) -> bool {
        self.groups().iter().any(|(_, _, keys)| !keys.is_empty())
    }

    fn human(&self) -> String {
        let mut text = if self.any() {
            String::from("Drift:\n")
        } else {
            String::from("No drift. The live world is what the manifests say.\n")
        };
        for (_, title, keys) in self.groups() {
            for key in keys {
                let _infallible = writeln!(text, "  {title:<20} {key}");
            }
        }
        if !self.unrecorded.is_empty() {
            text.push_str("Not in the ledger, by their marks ours; apply takes them on record:\n");
        }
        for key in &self.unrecorded {
            let _infallible = writeln!(text, "  {key}");
        }
        text
    }

    /// The counts in the text format that Prometheus' node exporter collects.
    fn metrics(&self, stack: &str) -> String {
        let mut text = String::from(
            "# HELP plumb_drift_resources Resources that differ from the manifests, by how.\n\
             # TYPE plumb_drift_resources gauge\n",
        );
        let unrecorded = ("unrecorded", "", &self.unrecorded);
        for (name, _, keys) in self.groups().into_iter().chain([unrecorded]) {
            let _infallible = writeln!(
                text,
                "plumb_drift_resources{{stack=\"{stack}\",state=\"{name}\"}} {}",
                keys.len()
            );
        }
        text
    }
}
