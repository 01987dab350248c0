//! Plan files: a reviewed plan that is carried out only as long as it still holds.
//!
//! A file holds no manifest bodies and no secrets. Applying it plans again, and goes on only when
//! the new plan is the reviewed one.

use crate::arguments::{Planning, Shared};
use crate::problem::{Problem, moved_since, stale};
use crate::session::Session;
use jiff::Timestamp;
use plumb_model::duration::written;
use plumb_model::facts::Facts;
use plumb_model::plan::{Basis, PLAN_FILE_HEAD};
use plumb_model::{Plan, ResourceKey};
use plumb_reconcile::Planned;
use plumb_render::moved;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The version of the file's shape.
const VERSION: u32 = 3;

/// So much may the clocks of two machines differ, in seconds.
const CLOCKS_DIFFER: i64 = 600;

/// A plan and how it was asked for.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct PlanFile {
    /// Tells a plan file from any other JSON.
    plumb_plan: u32,
    /// When it was made.
    made: Timestamp,
    /// The manifests, as named on the command line.
    pub(crate) paths: Vec<PathBuf>,
    /// Whether it was made against the sandbox.
    sandbox: bool,
    /// The endpoints it was made against; a plan is for one installation.
    endpoints: Vec<String>,
    /// What limits or widens it.
    #[serde(flatten)]
    pub(crate) planning: Planning,
    /// The reviewed plan.
    pub(crate) plan: Plan,
    /// What it was made from.
    basis: Basis,
}

/// Writes a plan file that only its owner can read.
pub(crate) fn write(
    path: &Path,
    planned: &Planned,
    (paths, planning): (Vec<PathBuf>, &Planning),
    session: &Session,
) -> Result<(), Problem> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let file = PlanFile {
        plumb_plan: VERSION,
        made: session.now,
        paths,
        sandbox: session.sandbox,
        endpoints: session.clouds.endpoints.clone(),
        planning: planning.clone(),
        plan: planned.plan.clone(),
        basis: planned.basis(&session.manifested.desired).clone(),
    };
    let text = serde_json::to_vec(&file).map_err(|error| Problem::file(path, error))?;
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(&text));
    written.map_err(|error| Problem::file(path, error))
}

/// The plan file at a path, if that is what it is; `None` for manifests.
pub(crate) fn read(path: &Path) -> Result<Option<PlanFile>, Problem> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(path).map_err(|error| Problem::file(path, error))?;
    if !bytes.starts_with(PLAN_FILE_HEAD.as_bytes()) {
        return Ok(None);
    }
    let file: PlanFile = serde_json::from_slice(&bytes).map_err(|error| {
        let message = format!("the plan file {} cannot be read: {error}", path.display());
        stale(message, "plan again, with the same version of plumb")
    })?;
    if file.plumb_plan == VERSION {
        return Ok(Some(file));
    }
    let message = format!("the plan file {} is of another version", path.display());
    Err(stale(message, "plan again, with the same version of plumb"))
}

impl PlanFile {
    /// The options of the run that carries it out.
    pub(crate) fn shared(&self, shared: &Shared) -> Shared {
        let stack = shared.stack.clone().or_else(|| Some(self.plan.stack.clone()));
        Shared { sandbox: self.sandbox, stack, ..shared.clone() }
    }

    /// Refuses when the plan is too old: nobody remembers any more what was reviewed.
    fn refuse_if_expired(&self, session: &Session) -> Result<(), Problem> {
        let lifetime = session.manifested.loaded.stack.plan_lifetime;
        let age = session.now.as_second().saturating_sub(self.made.as_second());
        if age < -CLOCKS_DIFFER {
            let message = format!("the plan was made at {}, which is not yet", self.made);
            return Err(stale(message, "set the clocks right, and plan again"));
        }
        if u64::try_from(age).unwrap_or_default() <= lifetime.as_secs() {
            return Ok(());
        }
        let message = format!(
            "the plan was made at {}, and a plan holds for {}",
            self.made,
            written(lifetime)
        );
        Err(stale(message, "plan again, and review the new plan; spec.planLifetime in plumb.yaml"))
    }

    /// Refuses when the plan expired, or the world is no longer what it was made from, and says what
    /// moved.
    pub(crate) fn refuse_if_stale(&self, now: &Planned, session: &Session) -> Result<(), Problem> {
        self.refuse_if_expired(session)?;
        // The sandbox gets a new port each time.
        if !self.sandbox && self.endpoints != session.clouds.endpoints {
            let message = "the plan was made against another endpoint".to_owned();
            return Err(stale(message, "plan again with the connection it is applied with"));
        }
        let (basis, now) = (now.basis(&session.manifested.desired), &now.plan);
        if self.basis == *basis && self.plan.actions == now.actions {
            return Ok(());
        }
        let facts = |plan: &Plan, basis: &Basis| Facts::of(plan, basis, serde_json::Map::new());
        let then = facts(&self.plan, &self.basis);
        let mut moved = moved::fragments(&facts(now, basis).since(&then));
        if self.basis.policy != basis.policy {
            moved.push("the limits or options of the plan".to_owned());
        }
        if moved.is_empty() {
            moved.extend(secrets(&self.basis, basis));
        }
        if moved.is_empty() {
            // Documents, objects and records are the same: what was looked up beside them is not.
            let other = other_steps(&self.plan, now).into_iter();
            moved.extend(other.map(|key| format!("profile or stock of {key}, or what it needs")));
        }
        if moved.is_empty() {
            let message = "the plan is no longer the one that was reviewed".to_owned();
            return Err(stale(message, "plan again, and review the new plan"));
        }
        Err(moved_since(&moved))
    }
}

/// The resources whose secrets alone differ.
fn secrets(then: &Basis, now: &Basis) -> Vec<String> {
    let other = now.declared.iter().filter(|(key, digest)| then.declared.get(key) != Some(digest));
    other.map(|(key, _)| format!("a secret in the manifest of {key}")).collect()
}

/// The resources for which two plans have other steps.
fn other_steps(then: &Plan, now: &Plan) -> BTreeSet<ResourceKey> {
    let only = |one: &Plan, other: &Plan| -> Vec<ResourceKey> {
        let missing = one.actions.iter().filter(|action| !other.actions.contains(action));
        missing.map(|action| action.key.clone()).collect()
    };
    only(then, now).into_iter().chain(only(now, then)).collect()
}
