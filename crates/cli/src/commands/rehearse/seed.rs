//! What simulated clouds begin with: an export is applied to them before anything is rehearsed, under the
//! mark and in the ledger of the stack, so that the plan that follows is the difference.

use crate::clouds::Clouds;
use crate::commands::export;
use crate::context::Context;
use crate::place::place;
use crate::problem::{Problem, broken};
use crate::session::{Session, holding};
use crate::stack::{self, Unset};
use crate::yaml;
use plumb_model::body::walk;
use plumb_model::path::Segment;
use plumb_model::policy::{Limits, Prune, Purpose};
use plumb_model::rules::RuleSet;
use plumb_model::{
    Aspect, Blocked, Body, Code, Desired, Excerpts, FieldPath, Finding, LedgerView, Policy, Rails,
    Resource, Severity,
};
use plumb_reconcile::{Consent, Hooks, Order, Planned, Ran, Verdict};
use plumb_sandbox::SharedWorld;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// How much faster than the wall clock a world is filled: how long that takes is nobody's question.
const PACE: u32 = 6_000;

/// Who owns what is planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The stack that is rehearsed.
    Stacks,
    /// Somebody else: it is only there for the others to be in.
    SomebodyElses,
}

/// A folder that is gone when the command ends.
pub(super) fn folder() -> Result<TempDir, Problem> {
    TempDir::with_prefix("plumb-rehearsal-")
        .map_err(|error| Problem::file(&std::env::temp_dir(), error))
}

/// What was read of the real clouds, as manifests.
#[derive(Debug)]
pub(super) struct Live {
    folder: TempDir,
}

impl Live {
    const AROUND: &str = "around";
    const OWNED: &str = "owned";

    /// Reads what the stack owns, and what that is in.
    pub(super) fn read(paths: &[PathBuf], context: &Context) -> Result<Self, Problem> {
        let place = place(paths, context)?;
        let view = place.store.read(&place.stack).map_err(|error| broken(&error))?;
        let (owned, around) = context.block_on(async {
            let clouds = Clouds::anywhere(context).await?;
            export::of_stack(&clouds, &view, &context.output).await
        })?;
        let live = Self { folder: folder()? };
        live.write(Self::AROUND, around)?;
        live.write(Self::OWNED, owned)?;
        Ok(live)
    }

    fn write(&self, name: &str, documents: Vec<Value>) -> Result<(), Problem> {
        let folder = self.folder.path().join(name);
        let file = folder.join("seed.yaml");
        let written = std::fs::create_dir(&folder)
            .and_then(|()| std::fs::write(&file, yaml::texts(documents)));
        written.map_err(|error| Problem::file(&file, error))
    }

    /// What is planted, in this order.
    pub(super) fn folders(&self) -> Vec<(PathBuf, Whose)> {
        let folder = |name| self.folder.path().join(name);
        vec![(folder(Self::AROUND), Whose::SomebodyElses), (folder(Self::OWNED), Whose::Stacks)]
    }
}

/// Applies folders of manifests to the simulated clouds. `paths` are those of the stack.
///
/// # Errors
/// What of them the simulated clouds do not take, by name.
pub(super) async fn plant<P: AsRef<Path>>(
    world: &SharedWorld,
    folders: &[(P, Whose)],
    paths: &[PathBuf],
    context: &Context,
) -> Result<(), Problem> {
    world.with(|world| world.set_time_scale(PACE));
    let stack = stack::read(paths, Unset::Open, context)?;
    for (folder, whose) in folders {
        let folder = folder.as_ref();
        if is_empty(folder) {
            continue;
        }
        let session = Session::start(&[folder.to_owned()], Unset::Refused, context).await?;
        let session = match whose {
            Whose::Stacks => {
                let mark = stack.loaded.stack.mark();
                session.owned_as(mark, stack.ledger(context)?)
            }
            Whose::SomebodyElses => session,
        };
        let session = session.changed(|resource| {
            unbind(resource);
            complete(resource, &stack.desired);
        });
        apply(&session, context).await?;
    }
    Ok(())
}

/// Takes away the id by which a resource is bound to an object: other clouds have others.
pub(super) fn unbind(resource: &mut Resource) {
    resource.wishes.remote_id = None;
}

/// Puts into an exported document what no export can have, as the stack declares it: secrets, and what
/// never comes back.
fn complete(exported: &mut Resource, desired: &Desired) {
    let Some(declared) = desired.get(&exported.key) else { return };
    let Some(rules) = desired.kinds().get(exported.kind()) else { return };
    let secrets = walk::secrets(&declared.body, RuleSet::new(&rules.fields, &[])).into_iter();
    let secrets = secrets.map(|(path, secret)| (path, Body::Secret(secret.clone())));
    let unread = rules.fields.iter().filter(|rule| {
        matches!(rule.aspect, Aspect::WriteOnly | Aspect::AtCreation | Aspect::Recorded)
    });
    let unread = unread.flat_map(|rule| declared.body.places(&rule.pattern));
    let unread = unread.map(|(path, value)| (path, value.clone()));
    let missing: Vec<(FieldPath, Body)> = unread.chain(secrets).collect();
    for (path, value) in missing {
        put(&mut exported.body, &path, value);
    }
}

/// Sets a field, making the mappings above it where they are missing.
fn put(body: &mut Body, path: &FieldPath, value: Body) {
    let mut place = body;
    for segment in path.segments() {
        if let Segment::Key(name) = segment {
            place = &mut place[&**name];
        } else {
            let step = FieldPath::root().then(segment.clone());
            let Some(found) = place.find_mut(&step) else { return };
            place = found;
        }
    }
    *place = value;
}

/// Whether nothing was exported into a file of ours.
fn is_empty(folder: &Path) -> bool {
    std::fs::metadata(folder.join("seed.yaml")).is_ok_and(|file| file.len() == 0)
}

async fn apply(session: &Session, context: &Context) -> Result<(), Problem> {
    let (_interrupter, interrupt) = plumb_engine::interrupt();
    let order = Order {
        holding: holding(&context.environment, "rehearse"),
        commit: None,
        lock_timeout: Duration::ZERO,
        interrupt: &interrupt,
    };
    let ran = session.reconciler().run(&order, &Planting { session }).await;
    let Ran { outcome, planned, report } = ran.map_err(|error| session.clouds.problem(error))?;
    if outcome.verdict == Verdict::Done {
        return Ok(());
    }
    let plan = planned.map(|planned| planned.plan).unwrap_or_default();
    let refused = |blocked: &Blocked| {
        let message = format!("the simulated clouds cannot begin with it: {}", blocked.message);
        Finding::error(blocked.code, message).of(&blocked.key).help(HELP)
    };
    let failed = report.iter().flat_map(|report| &report.outcomes).filter_map(|(id, ended)| {
        let key = &plan.action(id)?.key;
        let what = plumb_render::report::outcome(ended);
        let message = format!("the simulated clouds cannot begin with it: {what}");
        Some(Finding::error(ended.code()?, message).of(key).help(HELP))
    });
    let told = plan.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let blocked = plan.blocked.iter().map(refused);
    let mut findings: Vec<Finding> = told.cloned().chain(blocked).chain(failed).collect();
    if findings.is_empty() {
        let message = "the simulated clouds could not be filled with the export";
        findings.push(Finding::error(Code::INVALID_VALUE, message).help(HELP));
    }
    Err(Problem::findings(findings, Excerpts::default()))
}

const HELP: &str = "they offer what a new installation has; say with --world which profiles, locations \
                    and projects yours has (`plumb sandbox serve --config` takes the same file)";

/// Follows the planting, without limits: what is there was paid for before.
struct Planting<'a> {
    session: &'a Session,
}

impl Hooks for Planting<'_> {
    type Error = Problem;

    fn policy(&self, ledger: &LedgerView) -> Result<Policy, Problem> {
        let planning = crate::arguments::Planning::default();
        let policy = self.session.policy(&planning, Purpose::Converge, ledger)?;
        Ok(Policy {
            prune: Prune::Off,
            limits: Limits::default(),
            rails: Rails::default(),
            ..policy
        })
    }

    async fn consent(&self, _planned: &Planned) -> Result<Consent, Problem> {
        Ok(Consent::Given)
    }
}
