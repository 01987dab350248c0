//! A plan by resource, as people read it: what happens to each, deletions first, then by scope.
//! How that looks is the renderers' business.

use crate::words::{self, append};
use plumb_model::plan::{Because, ChangeEffect, CostChange, Counts, Operation};
use plumb_model::policy::Coverage;
use plumb_model::{Action, Blocked, Code, FieldChange, Plan, ResourceKey, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// What happens to a resource, as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    Delete,
    Replace,
    Create,
    Adopt,
    Update,
    /// Published, switched or waited for, with no field changed.
    Touch,
}

impl Change {
    /// The symbol every reviewer knows from Terraform; `>` is ours.
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::Delete => "-",
            Self::Replace => "-/+",
            Self::Create => "+",
            Self::Adopt => ">",
            Self::Update | Self::Touch => "~",
        }
    }

    /// The symbol in a word.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Delete => "delete",
            Self::Replace => "replace",
            Self::Create => "create",
            Self::Adopt => "take over",
            Self::Update | Self::Touch => "change",
        }
    }

    pub(crate) fn removes(self) -> bool {
        matches!(self, Self::Delete | Self::Replace)
    }
}

/// All that is planned for one resource.
#[derive(Debug)]
pub(crate) struct Touched<'p> {
    pub(crate) key: &'p ResourceKey,
    pub(crate) change: Change,
    pub(crate) actions: Vec<&'p Action>,
    /// What it costs before and after, where it costs money.
    pub(crate) cost: Option<CostChange>,
    /// Why its price is not known, where there is more to say of that.
    pub(crate) unpriced: Option<&'p str>,
}

impl Touched<'_> {
    /// The operations as words: `create, then publish`.
    pub(crate) fn operations(&self) -> String {
        let has = |operation| self.actions.iter().any(|action| action.operation == operation);
        let replaced = self.change == Change::Replace;
        let mut words: Vec<String> = Vec::new();
        if replaced {
            words.push("replace".to_owned());
        }
        for action in &self.actions {
            match action.operation {
                Operation::Create | Operation::Delete if replaced => {}
                Operation::Update if has(Operation::Create) && action.changes.is_empty() => {}
                operation => words.push(operation.to_string()),
            }
        }
        words.join(", then ")
    }

    /// Why, each reason once. The wait for what is only made then needs none.
    pub(crate) fn because(&self) -> String {
        let is_create = |action: &&Action| action.operation == Operation::Create;
        let created = self.actions.iter().position(is_create).unwrap_or(usize::MAX);
        let telling = self
            .actions
            .iter()
            .enumerate()
            .filter(|(at, action)| *at < created || action.operation != Operation::Wait);
        let reasons: BTreeSet<&Because> = telling.flat_map(|(_, action)| &action.because).collect();
        let words: Vec<&str> = reasons.into_iter().map(words::because).collect();
        words.join("; ")
    }

    /// The field changes worth showing. Of a replace only what differs, with what forces it first;
    /// what is made anew has all its fields, and nothing forces anything.
    pub(crate) fn changes(&self) -> Vec<FieldChange> {
        if self.change != Change::Replace {
            return self.all_changes();
        }
        let deletes = self.actions.iter().filter(|action| action.operation == Operation::Delete);
        let mut changes: Vec<FieldChange> =
            deletes.flat_map(|action| &action.changes).cloned().collect();
        changes.sort_by_key(|change| change.effect != ChangeEffect::Replace);
        changes
    }

    /// The field changes of all its actions, each path once.
    pub(crate) fn all_changes(&self) -> Vec<FieldChange> {
        let mut seen = BTreeSet::new();
        let changes = self.actions.iter().flat_map(|action| &action.changes);
        let unique = changes.filter(|change| seen.insert(&change.path));
        unique
            .map(|change| FieldChange { effect: ChangeEffect::InPlace, ..change.clone() })
            .collect()
    }
}

/// Everything a plan touches: deletions and replaces first, then by scope, kind and name.
pub(crate) fn touched(plan: &Plan) -> Vec<Touched<'_>> {
    let mut by_key: BTreeMap<&ResourceKey, Vec<&Action>> = BTreeMap::new();
    for action in &plan.actions {
        by_key.entry(&action.key).or_default().push(action);
    }
    let mut touched: Vec<Touched<'_>> = by_key
        .into_iter()
        .map(|(key, actions)| Touched {
            key,
            change: change(&actions),
            actions,
            cost: plan.costs.get(key).copied(),
            unpriced: plan.unpriced.get(key).map(String::as_str),
        })
        .collect();
    touched.sort_by(|a, b| place(a).cmp(&place(b)));
    touched
}

fn place<'p>(touched: &Touched<'p>) -> (bool, &'p Scope, &'p ResourceKey) {
    (!touched.change.removes(), &*touched.key.scope, touched.key)
}

fn change(actions: &[&Action]) -> Change {
    let has = |operation| actions.iter().any(|action| action.operation == operation);
    match (has(Operation::Delete), has(Operation::Create)) {
        (true, true) => Change::Replace,
        (true, false) => Change::Delete,
        (false, true) => Change::Create,
        (false, false) if has(Operation::Adopt) => Change::Adopt,
        (false, false) if has(Operation::Update) => Change::Update,
        (false, false) => Change::Touch,
    }
}

/// What is there twice and paid for twice, and everything else that is blocked.
pub(crate) fn duplicates_and_others(plan: &Plan) -> (Vec<&Blocked>, Vec<&Blocked>) {
    plan.blocked.iter().partition(|blocked| blocked.code == Code::BLOCKED_DUPLICATE)
}

/// A scope as a heading, which never begins with a name.
pub(crate) fn scope_name(scope: &Scope) -> String {
    match scope.segments().as_slice() {
        [] => "In the organization".to_owned(),
        segments => format!("In {}", crate::text::escape(&segments.join("/"))),
    }
}

/// What is as its manifests say: no more than was looked at, and could be seen.
fn as_declared(plan: &Plan) -> String {
    let stack = crate::text::escape(&plan.stack);
    let of = |code| plan.notes.iter().filter(|note| note.code == code).count();
    let what = match (plan.coverage, plan.has_unread(), of(Code::NOTE_NOT_DECLARED)) {
        (_, false, _) if plan.has_unset() => format!("What was compared of stack {stack}"),
        (Coverage::Part, false, _) => format!("What was looked at of stack {stack}"),
        (_, true, _) => format!("What could be seen of stack {stack}"),
        (Coverage::Whole, false, 0) => format!("Everything in stack {stack}"),
        (Coverage::Whole, false, _) => format!("Everything that is declared in stack {stack}"),
    };
    format!("{what} is as its manifests say.")
}

/// The closing sentence.
pub(crate) fn sentence(plan: &Plan) -> String {
    if plan.is_empty() {
        return format!("No changes. {}", as_declared(plan));
    }
    let Counts { add, change, destroy } = plan.counts();
    let waits = touched(plan)
        .iter()
        .filter(|touched| touched.actions.iter().all(|action| action.operation == Operation::Wait))
        .count();
    let mut sentence = format!("Plan: {add} to add, {change} to change, {destroy} to destroy.");
    if waits > 0 {
        append(&mut sentence, format_args!(" {waits} to wait for."));
    }
    if !plan.blocked.is_empty() {
        append(&mut sentence, format_args!(" {} blocked.", plan.blocked.len()));
    }
    if !plan.tripped.is_empty() {
        let limits = words::counted(plan.tripped.len(), "limit stops", "limits stop");
        append(&mut sentence, format_args!(" {limits} this plan from being applied."));
    }
    sentence
}
