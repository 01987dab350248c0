//! `plumb drift`: how the live world differs. Reads only, for cron.

use crate::arguments::{Format, Paths, Planning, Printing};
use crate::context::Context;
use crate::exit::{Ended, Exit};
use crate::problem::Problem;
use crate::session::Session;
use crate::{changing, findings};
use clap::Args;
use plumb_model::plan::Because;
use plumb_model::policy::Coverage;
use plumb_model::{Code, Note, Operation, Plan, ResourceKey};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

/// Tell how the live world differs from the manifests; writes nothing. Exits with 2 on drift.
#[derive(Debug, Args)]
pub(crate) struct Drift {
    #[command(flatten)]
    paths: Paths,
    #[command(flatten)]
    planning: Planning,
    /// Write the counts as a Prometheus text file.
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    #[command(flatten)]
    printing: Printing,
}

impl Drift {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        context.block_on(self.look(context))
    }

    async fn look(&self, context: &Context) -> Result<Ended, Problem> {
        let session = Session::start(&self.paths.all(), context).await?;
        let plan = session.watch(&self.planning).await?.plan;
        let drift = Differences::of(&plan);
        if let Some(path) = &self.metrics {
            let text = drift.metrics(session.stack());
            std::fs::write(path, text).map_err(|error| Problem::file(path, error))?;
        }
        if self.printing.format == Format::Human {
            let excerpts = session.manifested.excerpts(&plan.findings);
            findings::show(&plan.findings, &excerpts, &context.output);
            context.output.data(&drift.human());
            if !(drift.any() || drift.unread) {
                return Ok(drift.ended());
            }
        }
        changing::show(&session, &plan, (&self.planning, &self.printing), &context.output)?;
        Ok(drift.ended())
    }
}

/// The resources that differ, by how; and those of which that cannot be said.
#[derive(Debug, Default)]
struct Differences {
    changed: BTreeSet<ResourceKey>,
    missing: BTreeSet<ResourceKey>,
    /// With what is said about each: some cost money.
    unmanaged: BTreeMap<ResourceKey, String>,
    failed: BTreeSet<ResourceKey>,
    blocked: BTreeSet<ResourceKey>,
    not_declared: BTreeSet<ResourceKey>,
    /// As declared, and unknown to the ledger: worth saying, and no drift of the world.
    unrecorded: BTreeSet<ResourceKey>,
    /// Under way: compared when it has ended.
    pending: BTreeSet<ResourceKey>,
    /// Not seen.
    unseen: BTreeSet<ResourceKey>,
    /// Whether a list did not answer, or something was not seen.
    unread: bool,
    coverage: Coverage,
}

impl Differences {
    fn of(plan: &Plan) -> Self {
        let unread = plan.has_unread();
        let mut drift = Self { unread, coverage: plan.coverage, ..Self::default() };
        for action in &plan.actions {
            let failed = action.because.contains(&Because::Failed);
            let set = match action.operation {
                Operation::Adopt if action.because.contains(&Because::Unrecorded) => {
                    &mut drift.unrecorded
                }
                Operation::Create => &mut drift.missing,
                Operation::Delete => &mut drift.not_declared,
                Operation::Wait => &mut drift.pending,
                _ if failed => &mut drift.failed,
                _ => &mut drift.changed,
            };
            set.insert(action.key.clone());
        }
        let Self { missing, changed, pending, .. } = &mut drift;
        changed.retain(|key| !missing.contains(key));
        // What is only made, or deleted first, is waited for as well.
        pending.retain(|key| !missing.contains(key));
        for blocked in &plan.blocked {
            let set = match blocked.code {
                Code::BLOCKED_UNKNOWN | Code::BLOCKED_GAP => &mut drift.unseen,
                _ => &mut drift.blocked,
            };
            set.insert(blocked.key.clone());
            // That it cannot be mended does not make it less of a difference.
            if !blocked.changes.is_empty() && !plan.basis.is_absent(&blocked.key) {
                drift.changed.insert(blocked.key.clone());
            }
        }
        for Note { key, code, message } in &plan.notes {
            let Some(key) = key.clone() else { continue };
            match *code {
                Code::NOTE_UNMANAGED => {
                    drift.unmanaged.insert(key, message.clone());
                }
                Code::NOTE_NOT_DECLARED => {
                    drift.not_declared.insert(key);
                }
                Code::NOTE_UNREAD => {
                    drift.unseen.insert(key);
                }
                _ => {}
            }
        }
        drift
    }

    /// What differs, by how.
    fn groups(&self) -> [(&'static str, &'static str, Vec<&ResourceKey>); 6] {
        [
            ("missing", "Missing", self.missing.iter().collect()),
            ("changed", "Changed", self.changed.iter().collect()),
            ("failed", "Failed", self.failed.iter().collect()),
            ("unmanaged", "Unmanaged", self.unmanaged.keys().collect()),
            ("not_declared", "Owned, not declared", self.not_declared.iter().collect()),
            ("blocked", "Blocked", self.blocked.iter().collect()),
        ]
    }

    /// What is no drift, and worth counting.
    fn others(&self) -> [(&'static str, &'static str, Vec<&ResourceKey>); 2] {
        [
            ("pending", "Under way", self.pending.iter().collect()),
            ("unseen", "Not seen", self.unseen.iter().collect()),
        ]
    }

    fn any(&self) -> bool {
        self.groups().iter().any(|(_, _, keys)| !keys.is_empty())
    }

    /// Drift is drift; where none is seen and not all could be seen, nothing can be said.
    fn ended(&self) -> Ended {
        let groups = self.groups();
        let differing: BTreeSet<&ResourceKey> =
            groups.iter().flat_map(|(_, _, keys)| keys.iter().copied()).collect();
        if let Some(first) = groups.iter().find_map(|(_, _, keys)| keys.first()) {
            let because = match differing.len() {
                1 => format!("1 differs, {first}"),
                count => format!("{count} differ, the first {first}"),
            };
            return Ended::because(Exit::Changes, because);
        }
        match (self.unread, self.unseen.first()) {
            (false, _) => Exit::Done.into(),
            (true, None) => Ended::because(Exit::Error, format!("{}", Code::NOTE_UNREAD)),
            (true, Some(first)) => {
                let because = format!("{} not seen, the first {first}", self.unseen.len());
                Ended::because(Exit::Error, because)
            }
        }
    }

    fn human(&self) -> String {
        let whole = self.coverage == Coverage::Whole && !self.unread && self.pending.is_empty();
        let mut text = String::from(match (self.any(), whole) {
            (true, _) => "Drift:\n",
            (false, true) => "No drift. The live world is what the manifests say.\n",
            (false, false) if self.unread => "Not all could be looked at; no drift in the rest.\n",
            (false, false) => "No drift in what was looked at and is not under way.\n",
        });
        for (_, title, keys) in self.groups().into_iter().chain(self.others()) {
            for key in keys {
                let said = self.unmanaged.get(key).filter(|_| title == "Unmanaged");
                let said = said.map(|said| format!(": {said}")).unwrap_or_default();
                let _infallible = writeln!(text, "  {title:<20} {key}{said}");
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
        let unrecorded = ("unrecorded", "", self.unrecorded.iter().collect::<Vec<_>>());
        let all = self.groups().into_iter().chain([unrecorded]).chain(self.others());
        for (name, _, keys) in all {
            let _infallible = writeln!(
                text,
                "plumb_drift_resources{{stack=\"{stack}\",state=\"{name}\"}} {}",
                keys.len()
            );
        }
        text
    }
}
