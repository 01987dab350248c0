//! Exit codes: an API of their own, one list; and the last line that says why it is not 0.

use plumb_model::text::escape;
use plumb_model::{Code, Finding, Severity};
use plumb_reconcile::outcome::{Cause, First};
use plumb_reconcile::{Outcome, Verdict};
use std::process::ExitCode;

/// How a command ended. Scripts rely on the numbers; they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Done, or nothing to do.
    Done,
    /// An error: bad input, no connection, a refused key.
    Error,
    /// Changes or drift are present (`plan --detailed-exitcode`, `drift`).
    Changes,
    /// Some actions failed, were skipped, or are still pending.
    Incomplete,
    /// Something is blocked, or a limit tripped.
    Blocked,
    /// Another run holds the lock.
    LockHeld,
    /// A create could not be settled.
    Indeterminate,
    /// The plan that was reviewed is stale.
    StalePlan,
    /// Interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Incomplete => 3,
            Self::Blocked => 4,
            Self::LockHeld => 5,
            Self::Indeterminate => 6,
            Self::StalePlan => 7,
            Self::Interrupted => 130,
        }
    }

    /// What the number means, as a fragment.
    fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Error => "an error, which is told above",
            Self::Changes => "changes or drift, which are told above",
            Self::Incomplete => "not everything was done, as is told above",
            Self::Blocked => "something is blocked, as is told above",
            Self::LockHeld => "another run holds the lock",
            Self::Indeterminate => "a create could not be settled, as is told above",
            Self::StalePlan => "the plan that was reviewed is stale",
            Self::Interrupted => "interrupted",
        }
    }
}

/// How a command ended, and what says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The exit code.
    pub(crate) exit: Exit,
    /// What says so, as a lowercase fragment; `None` where the code says it all.
    because: Option<String>,
}

impl Ended {
    /// With what says so.
    pub(crate) fn because(exit: Exit, because: impl Into<String>) -> Self {
        Self { exit, because: Some(because.into()) }
    }

    /// With an error, where one of the findings is one.
    pub(crate) fn of_findings(findings: &[Finding]) -> Self {
        let errors = || findings.iter().filter(|it| it.severity == Severity::Error);
        let what = if errors().count() == 1 { "error" } else { "errors" };
        let Some(first) = errors().next() else { return Exit::Done.into() };
        let place = || first.span.as_ref().map(|it| format!("{}:{}", escape(&it.file), it.line));
        let key = first.key.as_ref().map(|key| escape(&key.to_string()));
        let address = key.or_else(place);
        Self::because(Exit::Error, counted(errors().count(), what, Some(first.code), address))
    }

    /// The last line that is printed; none when there is nothing to say.
    pub(crate) fn line(&self) -> Option<String> {
        let number = self.exit.number();
        self.reason().map(|because| format!("Exit {number}: {because}."))
    }

    /// Why it is not [`Exit::Done`], as a fragment.
    pub(crate) fn reason(&self) -> Option<&str> {
        let because = self.because.as_deref().unwrap_or_else(|| self.exit.meaning());
        (self.exit != Exit::Done).then_some(because)
    }
}

impl From<Exit> for Ended {
    fn from(exit: Exit) -> Self {
        Self { exit, because: None }
    }
}

impl From<Outcome> for Ended {
    fn from(outcome: Outcome) -> Self {
        let exit: Exit = outcome.verdict.into();
        let Outcome { verdict: _, cause, count, first } = outcome;
        let what = match cause {
            Cause::Nothing | Cause::Somebody => return exit.into(),
            Cause::Consent => return Self::because(exit, "consent was not given"),
            Cause::ToDo => "to change",
            Cause::Blocked => "blocked",
            Cause::Limits if count == 1 => "limit tripped",
            Cause::Limits => "limits tripped",
            Cause::Unsettled => "not settled",
            Cause::NotDone if exit == Exit::Interrupted => "interrupted or not done",
            Cause::NotDone => "not done",
        };
        let First { code, key } = first;
        let address = key.map(|key| escape(&key.to_string()));
        Self::because(exit, counted(count, what, code, address))
    }
}

/// `2 blocked, the first PL0501 VirtualMachine/dev`.
fn counted(count: usize, what: &str, code: Option<Code>, address: Option<String>) -> String {
    let code = code.map(|code| code.to_string());
    let named: Vec<String> = code.into_iter().chain(address).collect();
    let first = if count == 1 { "" } else { "the first " };
    match named.as_slice() {
        [] => format!("{count} {what}"),
        named => format!("{count} {what}, {first}{}", named.join(" ")),
    }
}

/// The one place where the end of a run becomes an exit code.
impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Done => Self::Done,
            Verdict::Changes => Self::Changes,
            Verdict::Declined => Self::Error,
            Verdict::Incomplete => Self::Incomplete,
            Verdict::Blocked => Self::Blocked,
            Verdict::Indeterminate => Self::Indeterminate,
            Verdict::Interrupted => Self::Interrupted,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// The list, for `--help` and the manual.
pub(crate) const TABLE: &str = "\
Exit codes:
    0  done, or nothing to do
    1  error: bad input, no connection, a refused key
    2  changes or drift are present (plan --detailed-exitcode, drift)
    3  some actions failed, were skipped, or are still pending
    4  blocked, or a limit tripped
    5  another run holds the lock
    6  a create could not be settled (see plumb resolve)
    7  the plan that was reviewed is stale (a plan file, --approve)
  130  interrupted";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    const ALL: [Exit; 9] = [
        Exit::Done,
        Exit::Error,
        Exit::Changes,
        Exit::Incomplete,
        Exit::Blocked,
        Exit::LockHeld,
        Exit::Indeterminate,
        Exit::StalePlan,
        Exit::Interrupted,
    ];

    /// Whatever a command knows of its end, the last line has the code.
    #[test]
    fn every_exit_but_zero_has_a_last_line() {
        for exit in ALL {
            let number = exit.number();
            assert!(TABLE.contains(&format!("\n  {number:>3}  ")), "{number}");
            match (exit, Ended::from(exit).line()) {
                (Exit::Done, line) => assert_eq!(line, None),
                (_, line) => {
                    let line = line.unwrap();
                    assert!(line.starts_with(&format!("Exit {number}: ")), "{line}");
                    assert!(!line.contains('\n') && line.ends_with('.'), "{line}");
                }
            }
        }
    }

    #[test]
    fn a_last_line_counts_and_names_the_first() {
        let key: plumb_model::ResourceKey = "Machine.toy/a".parse().unwrap();
        let first = First { code: Some(Code::BLOCKED_NOT_OURS), key: Some(key) };
        let (verdict, cause) = (Verdict::Blocked, Cause::Blocked);
        let blocked = |count| Ended::from(Outcome { verdict, cause, count, first: first.clone() });
        let lines = [1, 2].map(|count| blocked(count).line().unwrap());
        let expected = [
            "Exit 4: 1 blocked, PL0501 Machine/a.",
            "Exit 4: 2 blocked, the first PL0501 Machine/a.",
        ];
        assert_eq!(lines, expected);
        let warning = Finding::warning(Code::AMBIGUOUS_SCALAR, "odd");
        let error = Finding::error(Code::KEY_REFUSED, "no");
        let problem = Problem::findings(vec![warning, error], plumb_model::Excerpts::default());
        assert_eq!(Ended::from(&problem).line().unwrap(), "Exit 1: 1 error, PL0603.");
    }
}
