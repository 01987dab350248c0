//! What the stack's ledger says of a live object: whose it is, its contract, the last run that did
//! something to it.

use super::report::{Contract, LastRun, Owner};
use crate::contract::Term;
use crate::live;
use crate::place::Place;
use crate::problem::{Problem, broken};
use jiff::Timestamp;
use plumb_ledger::Run;
use plumb_model::claim::{Beside, Claim, Evidence, Proof, claim};
use plumb_model::event::ActionOutcome;
use plumb_model::rules::{Access, MarkPlace};
use plumb_model::{Entry, Event, KindRules, LedgerView, LiveObject, Money, ResourceKey, mark};
use plumb_render::sheet::dollars;
use plumb_render::words;

/// A live object as the ledger knows it.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    view: LedgerView,
    place: &'a Place,
    object: &'a LiveObject,
    now: Timestamp,
}

impl<'a> Standing<'a> {
    /// Reads the ledger.
    pub(super) fn read(
        place: &'a Place,
        object: &'a LiveObject,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let view = place.store.read(&place.stack).map_err(|error| broken(&error))?;
        Ok(Self { view, place, object, now })
    }

    /// The address it has in the stack, which may not be the name it has at present.
    pub(super) fn key(&self) -> &ResourceKey {
        self.entry().map_or(&self.object.key, |entry| &entry.key)
    }

    fn entry(&self) -> Option<&Entry> {
        live::entry_of(&self.view, self.object)
    }

    /// Whose it is.
    pub(super) fn owner(&self, rules: &KindRules) -> Owner {
        let ours = &*self.place.stack;
        let object = LiveObject { key: self.key().clone(), ..self.object.clone() };
        let beside = Beside::Record(self.entry());
        let claim = claim(&Evidence { rules, object: &object, stack: ours, beside });
        let because = match claim {
            Claim::Ours(Proof::Mark) if self.entry().is_none() => {
                "its mark says so, and this ledger does not know it"
            }
            Claim::Ours(Proof::Mark) => "its mark and this ledger say so",
            Claim::Ours(Proof::Record | Proof::AsSent) => "this ledger says so; it carries no mark",
            Claim::AnotherStacks(_) => "its mark says so",
            Claim::Copied => "it carries a copy of this stack's mark",
            Claim::Unmarked | Claim::Undecided | Claim::Leaving => unmarked(rules),
        };
        let stack = match claim {
            Claim::Ours(_) => Some(mark::name(ours)),
            Claim::AnotherStacks(other) => Some(mark::name(other)),
            Claim::Copied | Claim::Unmarked | Claim::Undecided | Claim::Leaving => None,
        };
        Owner {
            stack: stack.map(str::to_owned),
            ours: matches!(claim, Claim::Ours(_)),
            because: because.to_owned(),
            mark: self.object.mark.clone(),
        }
    }

    /// Its contract, and what is owed at this price until it ends.
    pub(super) fn contract(&self, rules: &KindRules, hourly: Option<Money>) -> Option<Contract> {
        let recorded = self.entry().and_then(|entry| entry.protections.contract.as_ref());
        let Some(contract) = recorded else {
            let months = rules.contract_months(&self.object.body)?;
            let words = format!("{months} months; since when is not in this ledger");
            let (since, ends, months_left, owed) = (None, None, None, None);
            return Some(Contract { months, since, ends, months_left, owed, words });
        };
        let term = Term::of(contract, self.now);
        let owed = hourly.map(|hourly| contract.owed(hourly, self.now));
        let told = owed.filter(|_| term.months_left > 0);
        let told = told.map(|owed| format!(", {} owed until then", dollars(owed.to_cents())));
        let words = format!("{}{}", term.long(), told.unwrap_or_default());
        let (months, since, ends) = (term.months, Some(term.since), term.ends);
        Some(Contract { months, since, ends, months_left: Some(term.months_left), owed, words })
    }

    /// The last run that did something to it.
    pub(super) fn last_run(&self) -> Result<Option<LastRun>, Problem> {
        let runs = self.place.store.history(&self.place.stack).map_err(|error| broken(&error))?;
        Ok(runs.iter().find_map(|run| did(run, self.key())))
    }
}

/// Why nobody's name is on something.
fn unmarked(rules: &KindRules) -> &'static str {
    match (rules.access, rules.mark) {
        (Access::ReadOnly, _) => "things of its kind are the cloud's own",
        (_, MarkPlace::Ledger) => {
            "this ledger does not know it, and things of its kind carry no mark"
        }
        (_, MarkPlace::Object) => "it carries no mark, and this ledger does not know it",
    }
}

/// What a run did to something, if it did.
fn did(run: &Run, wanted: &ResourceKey) -> Option<LastRun> {
    let told = run.events.iter().filter_map(|(at, event)| match event {
        Event::ActionFinished { key, operation, outcome, .. } if key == wanted => Some((
            *at,
            match outcome {
                ActionOutcome::Done => words::done(*operation).to_owned(),
                other => {
                    let code = other.code().map(|code| format!(" ({code})")).unwrap_or_default();
                    format!("{operation} did not come to its end{code}")
                }
            },
        )),
        _ => None,
    });
    let (times, did): (Vec<Timestamp>, Vec<String>) = told.unzip();
    let at = times.into_iter().next_back()?;
    let head = &run.head;
    let who = format!("{}@{}", head.who.user, head.who.host);
    Some(LastRun { run: head.who.run.0.clone(), command: head.command.clone(), who, at, did })
}
