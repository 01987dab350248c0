//! What ends a command early: findings, and the exit code they mean.

use crate::exit::{Ended, Exit};
use plumb_kind::{Mistake, RegistryError};
use plumb_ledger::LedgerError;
use plumb_model::{Code, Excerpts, Finding};
use std::path::Path;

/// A command cannot go on.
#[derive(Debug)]
pub(crate) struct Problem {
    /// What is wrong, all of it.
    pub(crate) findings: Vec<Finding>,
    /// What may be shown of the files the findings point into.
    pub(crate) excerpts: Excerpts,
    /// What the process exits with.
    pub(crate) exit: Exit,
}

impl Problem {
    /// Findings that point into files.
    pub(crate) fn findings(findings: Vec<Finding>, excerpts: Excerpts) -> Self {
        Self { findings, excerpts, exit: Exit::Error }
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: &Path, error: impl std::fmt::Display) -> Self {
        let message = format!("{}: {error}", path.display());
        Finding::error(Code::UNREADABLE_FILE, message).into()
    }

    /// With another exit code.
    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        Self::findings(vec![finding], Excerpts::default())
    }
}

impl From<&Problem> for Ended {
    fn from(problem: &Problem) -> Self {
        let mut ended = Self::of_findings(&problem.findings);
        ended.exit = problem.exit;
        ended
    }
}

/// A clean message and exit code for what the ledger says.
pub(crate) fn broken(error: &LedgerError) -> Problem {
    let code = error.code().unwrap_or(Code::UNREADABLE_FILE);
    let finding = Finding::error(code, chain(error)).help(error.help());
    let lost = matches!(error, LedgerError::Held { .. } | LedgerError::Evicted { .. });
    let exit = if lost { Exit::LockHeld } else { Exit::Error };
    Problem::from(finding).exit(exit)
}

impl From<RegistryError> for Problem {
    fn from(error: RegistryError) -> Self {
        let finding = |mistake: &Mistake| {
            let finding = Finding::error(Code::UNUSABLE_KIND, mistake.to_string());
            finding.help("nothing was read or sent; this build of plumb cannot be used")
        };
        Self::findings(error.mistakes.iter().map(finding).collect(), Excerpts::default())
    }
}

/// Help where a name is not known: the one that is most like it, or else all there is.
pub(crate) fn meant(name: &str, known: &[&str], all: &str) -> String {
    let near = plumb_model::finding::nearest(name, known.iter().copied());
    near.map_or_else(|| all.to_owned(), |near| format!("did you mean {near}?"))
}

/// An error and its causes, safe to print.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    plumb_model::text::escape(&plumb_model::text::chain(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_in_a_kind_is_a_finding_and_an_error() {
        let mistake = |what: &str| Mistake {
            provider: "rafay",
            subject: "User.auth".to_owned(),
            what: what.to_owned(),
        };
        let mistakes = vec![mistake("spec.x is no field"), mistake("format is not understood")];
        let problem = Problem::from(RegistryError { mistakes });
        assert_eq!(problem.exit, Exit::Error);
        let told: Vec<(Code, &str)> =
            problem.findings.iter().map(|it| (it.code, it.message.as_str())).collect();
        let expected =
            ["rafay User.auth: spec.x is no field", "rafay User.auth: format is not understood"];
        assert_eq!(told, expected.map(|message| (Code::UNUSABLE_KIND, message)));
    }
}
