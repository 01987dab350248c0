//! What was reviewed before a run: a plan file, or the fingerprint of a plan. Either way it is planned
//! again, and gone on only when the new plan is the reviewed one; else what moved is said.

use crate::arguments::{Planning, Shared};
use crate::plan_file::PlanFile;
use crate::problem::{Problem, moved_since, stale};
use crate::session::Session;
use plumb_model::facts::Part;
use plumb_model::fingerprint::{Fingerprint, NotAFingerprint, supposed};
use plumb_model::policy::Purpose;
use plumb_model::{Code, Finding, LedgerView};
use plumb_reconcile::Planned;
use plumb_render::{moved, shell_word};
use std::path::{Path, PathBuf};

/// What was reviewed.
#[derive(Debug)]
pub(crate) enum Reviewed {
    /// A plan file.
    File(Box<PlanFile>),
    /// A plan's fingerprint.
    Fingerprint(Fingerprint),
}

impl Reviewed {
    /// Reads what `--approve` says.
    ///
    /// # Errors
    /// When it is no fingerprint, or one of another version of plumb.
    pub(crate) fn approved(text: &str) -> Result<Self, Problem> {
        let fingerprint = text.parse().map_err(|error: NotAFingerprint| match error {
            NotAFingerprint::Malformed => {
                let help = "copy the whole word that `plumb plan` prints: plumb1_…";
                Finding::error(Code::INVALID_VALUE, error.to_string()).help(help).into()
            }
            NotAFingerprint::OtherFormat => {
                stale(error.to_string(), "plan again, with the same version of plumb")
            }
        })?;
        Ok(Self::Fingerprint(fingerprint))
    }

    /// Refuses what was reviewed of another stack, before anything is looked at.
    pub(crate) fn refuse_of_another_stack(&self, session: &Session) -> Result<(), Problem> {
        match self {
            Self::Fingerprint(fingerprint) if !fingerprint.is_of(session.mark()) => {
                let message = format!(
                    "the fingerprint is of a plan of another stack than {}",
                    session.stack()
                );
                let help = "plan this stack, and approve what that prints";
                Err(Finding::error(Code::INVALID_VALUE, message).help(help).into())
            }
            Self::Fingerprint(_) | Self::File(_) => Ok(()),
        }
    }

    /// Refuses when the plan is no longer the reviewed one, and says what moved.
    pub(crate) fn refuse_if_stale(
        &self,
        now: (&Planned, &LedgerView),
        session: &Session,
    ) -> Result<(), Problem> {
        match self {
            Self::File(file) => file.refuse_if_stale(now.0, session),
            Self::Fingerprint(fingerprint) => refuse_if_moved(fingerprint, now, session),
        }
    }
}

fn refuse_if_moved(
    approved: &Fingerprint,
    (planned, ledger): (&Planned, &LedgerView),
    session: &Session,
) -> Result<(), Problem> {
    let facts = session.facts(planned);
    let now = Fingerprint::of(session.mark(), &facts);
    if *approved == now {
        return Ok(());
    }
    let basis = planned.basis(&session.manifested.desired);
    let supposed = supposed(&planned.plan, basis, ledger);
    let moved = moved::fragments(&approved.moved(&facts, &supposed));
    if !moved.is_empty() {
        return Err(moved_since(&moved));
    }
    let parts: Vec<&str> = approved.differing_parts(&now).into_iter().map(part).collect();
    let message = if parts.is_empty() {
        "the steps are not the ones that were reviewed: another order, other reasons or objects"
            .to_owned()
    } else {
        format!("since the plan was reviewed, more changed than can be named: {}", parts.join(", "))
    };
    Err(stale(message, "plan again, and review the new plan"))
}

fn part(part: Part) -> &'static str {
    match part {
        Part::Manifests => "manifests",
        Part::World => "live objects",
        Part::Ledger => "ledger entries",
        Part::Plan => "what is planned",
    }
}

/// The command that carries out exactly the plan of this fingerprint.
pub(crate) fn command(
    (paths, planning): (&[PathBuf], &Planning),
    purpose: Purpose,
    fingerprint: &Fingerprint,
    shared: &Shared,
) -> String {
    let name = match purpose {
        Purpose::Converge => "apply",
        Purpose::Destroy => "destroy",
    };
    let mut words = vec!["plumb".to_owned(), name.to_owned()];
    let here = matches!(paths, [only] if only == Path::new("."));
    words.extend(paths.iter().filter(|_| !here).map(|path| path.display().to_string()));
    let Shared { sandbox, sandbox_data, ledger, stack, .. } = shared;
    let flag = |name: &str, given: bool| given.then(|| name.to_owned());
    words.extend(flag("--sandbox", *sandbox));
    let mut say = |name: &str, value: Option<String>| {
        words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
    };
    say("--sandbox-data", sandbox_data.as_ref().map(|folder| folder.display().to_string()));
    say("--ledger", ledger.clone());
    say("--stack", stack.clone());
    let Planning { target, exclude, approve_early_termination: early, allow_unpriced, .. } =
        planning;
    let addresses = [
        ("--target", target),
        ("--exclude", exclude),
        (EARLY, early),
        ("--allow-unpriced", allow_unpriced),
    ];
    for (name, all) in addresses {
        for address in all {
            say(name, Some(address.to_string()));
        }
    }
    say("--allow-deletes", planning.allow_deletes.map(|count| count.to_string()));
    say("--allow-hourly", planning.allow_hourly.map(plumb_model::Money::plain));
    words.extend(flag("--prune", planning.prune));
    words.extend(flag("--confirm-loss", planning.confirm_loss));
    words.extend(["--approve".to_owned(), fingerprint.to_string()]);
    words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")
}

const EARLY: &str = "--approve-early-termination";
