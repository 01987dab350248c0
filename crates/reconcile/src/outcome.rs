//! How a run ended, and what says so: the one place where plans and reports become verdicts.

use crate::verdict::{Changes, Verdict};
use plumb_model::event::RunOutcome;
use plumb_model::{Blocked, Code, Plan, Report, ResourceKey};
use std::collections::BTreeSet;

/// How a run ended, with what the last line that is said about it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub verdict: Verdict,
    /// What says so.
    pub cause: Cause,
    /// How many of them there are; none when the verdict is [`Verdict::Done`].
    pub count: usize,
    /// The first of them.
    pub first: First,
}

/// What of a run or plan says how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Nothing: it is done.
    Nothing,
    /// Resources that a run would touch.
    ToDo,
    /// Resources that are blocked.
    Blocked,
    /// Limits that stop the run.
    Limits,
    /// Creates of which it is not known whether they were made, or what they make is there.
    Unsettled,
    /// Actions that did not come to their end.
    NotDone,
    /// Consent, which was refused.
    Consent,
    /// Somebody, before anything was carried out.
    Somebody,
}

/// The first thing that says how a run ended, as far as there is something to name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct First {
    /// Its code.
    pub code: Option<Code>,
    /// The resource it is about.
    pub key: Option<ResourceKey>,
}

impl Outcome {
    /// Nothing is left.
    fn done() -> Self {
        Self { verdict: Verdict::Done, cause: Cause::Nothing, count: 0, first: First::default() }
    }

    fn of_blocked<'b>(
        verdict: Verdict,
        cause: Cause,
        blocked: impl Iterator<Item = &'b Blocked>,
    ) -> Option<Self> {
        let mut blocked = blocked.peekable();
        let first = blocked.peek()?;
        let first = First { code: Some(first.code), key: Some(first.key.clone()) };
        Some(Self { verdict, cause, count: blocked.count(), first })
    }

    fn of_actions(verdict: Verdict, plan: &Plan) -> Option<Self> {
        let keys: BTreeSet<&ResourceKey> = plan.actions.iter().map(|action| &action.key).collect();
        let first = First { code: None, key: Some(plan.actions.first()?.key.clone()) };
        Some(Self { verdict, cause: Cause::ToDo, count: keys.len(), first })
    }

    /// Limits that stop a plan, when there are any.
    #[must_use]
    pub fn of_limits(plan: &Plan) -> Option<Self> {
        plan.tripped.first().map(|limit| Self {
            verdict: Verdict::Blocked,
            cause: Cause::Limits,
            count: plan.tripped.len(),
            first: First { code: Some(limit.code), key: None },
        })
    }

    /// What a plan comes to by itself.
    #[must_use]
    pub fn of_plan(plan: &Plan, changes: Changes) -> Self {
        let unsettled = |blocked: &&Blocked| {
            [Code::BLOCKED_INDETERMINATE, Code::BLOCKED_BILL].contains(&blocked.code)
        };
        let in_doubt = plan.blocked.iter().filter(unsettled);
        // What waits for a window will be done, and is nobody's mistake.
        let (later, in_the_way): (Vec<&Blocked>, Vec<&Blocked>) =
            plan.blocked.iter().partition(|blocked| blocked.code == Code::BLOCKED_WINDOW);
        let (later, in_the_way) = (later.into_iter(), in_the_way.into_iter());
        let counted = changes == Changes::Count;
        Self::of_blocked(Verdict::Indeterminate, Cause::Unsettled, in_doubt)
            .or_else(|| Self::of_limits(plan))
            .or_else(|| Self::of_blocked(Verdict::Blocked, Cause::Blocked, in_the_way))
            .or_else(|| Self::of_actions(Verdict::Changes, plan).filter(|_| counted))
            .or_else(|| Self::of_blocked(Verdict::Changes, Cause::ToDo, later).filter(|_| counted))
            .unwrap_or_else(Self::done)
    }

    /// What a report comes to by itself; the plan says which resources its actions are about.
    #[must_use]
    pub fn of_report(plan: &Plan, report: &Report) -> Self {
        let verdict = match report.outcome() {
            RunOutcome::Done => return Self::done(),
            RunOutcome::Incomplete => Verdict::Incomplete,
            RunOutcome::Indeterminate => Verdict::Indeterminate,
            RunOutcome::Interrupted => Verdict::Interrupted,
        };
        let troubles = report.outcomes.iter().filter_map(|(id, ended)| Some((id, ended.code()?)));
        let in_doubt = |code: &Code| *code == Code::INDETERMINATE;
        let troubles: Vec<_> = troubles.collect();
        // What decides the verdict is named before what is only beside it.
        let deciding =
            troubles.iter().find(|(_, code)| verdict != Verdict::Indeterminate || in_doubt(code));
        let first = match (deciding, report.skipped.first_key_value()) {
            (Some((id, code)), _) => Some((*id, Some(*code))),
            (None, Some((id, _))) => Some((id, None)),
            (None, None) => None,
        };
        let key = first.and_then(|(id, _)| plan.action(id)).map(|action| action.key.clone());
        let first = First { code: first.and_then(|(_, code)| code), key };
        let count = troubles.len().saturating_add(report.skipped.len());
        Self { verdict, cause: Cause::NotDone, count, first }
    }

    /// What a plan that was carried out comes to.
    #[must_use]
    pub fn of_run(plan: &Plan, report: &Report) -> Self {
        match Self::of_report(plan, report) {
            Self { verdict: Verdict::Done, .. } => Self::of_plan(plan, Changes::DoNotCount),
            ended => ended,
        }
    }

    /// What looking again after a run that did everything comes to.
    #[must_use]
    pub fn of_rest(again: &Plan) -> Self {
        Self::of_actions(Verdict::Incomplete, again)
            .unwrap_or_else(|| Self::of_plan(again, Changes::DoNotCount))
    }

    /// Consent was refused.
    #[must_use]
    pub fn declined() -> Self {
        Self { verdict: Verdict::Declined, cause: Cause::Consent, ..Self::done() }
    }

    /// Somebody ended it before there was a report.
    #[must_use]
    pub fn interrupted() -> Self {
        Self { verdict: Verdict::Interrupted, cause: Cause::Somebody, ..Self::done() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::event::{Failure, SkipReason};
    use plumb_model::plan::{Because, Operation, Tripped};
    use plumb_model::{Action, ActionId, ActionOutcome};
    use std::collections::BTreeMap;

    fn key(name: &str) -> ResourceKey {
        format!("Machine.toy/{name}").parse().unwrap()
    }

    fn action(name: &str) -> Action {
        let (key, operation) = (key(name), Operation::Create);
        Action {
            id: ActionId::new(operation, &key),
            key,
            operation,
            requires: BTreeSet::new(),
            changes: Vec::new(),
            because: BTreeSet::from([Because::Missing]),
            precondition: None,
        }
    }

    fn blocked(name: &str, code: Code) -> Blocked {
        let (message, help) = (String::new(), String::new());
        Blocked { key: key(name), code, message, help, changes: Vec::new() }
    }

    fn names(outcome: &Outcome) -> (usize, Option<Code>, Option<&str>) {
        let key = outcome.first.key.as_ref().map(|key| key.name.as_str());
        (outcome.count, outcome.first.code, key)
    }

    /// Every verdict but "done" says how many, and names the first.
    #[test]
    fn what_decides_is_counted_and_named() {
        let code = Code::BLOCKED_NOT_OURS;
        let mut plan = Plan { actions: vec![action("a"), action("b")], ..Plan::default() };
        assert_eq!(Outcome::of_plan(&plan, Changes::DoNotCount), Outcome::done());
        let looked = Outcome::of_plan(&plan, Changes::Count);
        assert_eq!((looked.verdict, names(&looked)), (Verdict::Changes, (2, None, Some("a"))));
        let rest = Outcome::of_rest(&plan);
        assert_eq!((rest.verdict, names(&rest)), (Verdict::Incomplete, (2, None, Some("a"))));

        plan.blocked = vec![blocked("x", code), blocked("y", code)];
        let stuck = Outcome::of_plan(&plan, Changes::Count);
        assert_eq!((stuck.verdict, names(&stuck)), (Verdict::Blocked, (2, Some(code), Some("x"))));
        plan.blocked.push(blocked("z", Code::BLOCKED_BILL));
        let doubt = Outcome::of_plan(&plan, Changes::Count);
        let expected = (1, Some(Code::BLOCKED_BILL), Some("z"));
        assert_eq!((doubt.verdict, names(&doubt)), (Verdict::Indeterminate, expected));
        let (message, help) = (String::new(), String::new());
        plan.blocked.clear();
        plan.tripped = vec![Tripped { code: Code::LIMIT_MONEY, message, help }];
        let limit = Outcome::of_plan(&plan, Changes::Count);
        let expected = (Verdict::Blocked, (1, Some(Code::LIMIT_MONEY), None));
        assert_eq!((limit.verdict, names(&limit)), expected);
    }

    #[test]
    fn what_a_run_did_not_do_is_counted_and_named() {
        let plan = Plan { actions: vec![action("a"), action("b")], ..Plan::default() };
        let id = |at: usize| plan.actions[at].id.clone();
        let message = "no".to_owned();
        let failure = Failure { message, said: None, help: None, request: None };
        let mut report = Report {
            outcomes: BTreeMap::from([
                (id(0), ActionOutcome::Done),
                (id(1), ActionOutcome::Failed(failure)),
            ]),
            ..Report::default()
        };
        let failed = Outcome::of_run(&plan, &report);
        let expected = (1, Some(Code::ACTION_FAILED), Some("b"));
        assert_eq!((failed.verdict, names(&failed)), (Verdict::Incomplete, expected));
        report.outcomes.clear();
        report.skipped.insert(id(0), SkipReason::KeyRefused);
        let skipped = Outcome::of_run(&plan, &report);
        assert_eq!((skipped.verdict, names(&skipped)), (Verdict::Incomplete, (1, None, Some("a"))));
        report.interrupted = true;
        assert_eq!(Outcome::of_run(&plan, &report).verdict, Verdict::Interrupted);
    }
}
