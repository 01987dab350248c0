//! How a live object differs from what is declared: a plan of it alone says it.

use super::report::{Drift, Field, State};
use crate::arguments::Planning;
use crate::clouds::Clouds;
use crate::context::Context;
use crate::problem::Problem;
use crate::session::Session;
use crate::stack::Manifested;
use plumb_ledger::Store;
use plumb_model::plan::Shown;
use plumb_model::policy::{Purpose, Strangers};
use plumb_model::text::SECRET_PLACEHOLDER;
use plumb_model::{FieldChange, LiveObject, Plan, ResourceKey};
use serde_json::Value;

/// Holds an object against its manifest, as the address it has in the stack.
pub(super) async fn compare(
    manifested: Result<Manifested, Problem>,
    (clouds, store): (Clouds, Store),
    (key, object): (&ResourceKey, &LiveObject),
    context: &Context,
) -> Drift {
    let manifested = match manifested {
        Ok(manifested) => manifested,
        Err(problem) => return nothing(State::NotCompared, &words(&problem)),
    };
    if manifested.desired.get(key).is_none() {
        return nothing(State::NotDeclared, "no manifest that was read has its address");
    }
    let Ok(address) = key.canonical().parse() else {
        return nothing(State::NotCompared, "its address cannot be written");
    };
    let session = Session::over(manifested, (clouds, store), context);
    let planning = Planning { target: vec![address], ..Planning::default() };
    let planned = match session.plan(&planning, (Purpose::Converge, Strangers::Nearby)).await {
        Ok(planned) => planned,
        Err(problem) => return nothing(State::NotCompared, &words(&problem)),
    };
    let found = planned.observed.live.present(key);
    if found.is_none_or(|found| found.remote_id != object.remote_id) {
        return nothing(State::NotDeclared, "its address is declared, and is another object's");
    }
    of_plan(&planned.plan, key)
}

/// What a plan says of one resource.
fn of_plan(plan: &Plan, key: &ResourceKey) -> Drift {
    let blocked = plan.blocked.iter().filter(|blocked| blocked.key == *key);
    let fields = plan.actions_on(key).flat_map(|action| &action.changes);
    let mut changes: Vec<FieldChange> = Vec::new();
    for change in fields.chain(blocked.clone().flat_map(|blocked| &blocked.changes)) {
        if !changes.contains(change) {
            changes.push(change.clone());
        }
    }
    let steps: Vec<String> = plan.actions_on(key).map(|it| it.operation.to_string()).collect();
    let why = blocked.clone().map(|it| format!("{} ({})", it.message, it.code));
    let findings = plan.findings.iter().filter(|finding| finding.key.as_ref() == Some(key));
    let findings = findings.map(|finding| format!("{} ({})", finding.message, finding.code));
    let notes = plan.notes.iter().filter(|note| note.key.as_ref() == Some(key));
    let notes = notes.map(|note| format!("{} ({})", note.message, note.code));
    let said: Vec<String> = why.chain(findings).chain(notes).collect();
    let is_same = steps.is_empty() && changes.is_empty() && blocked.count() == 0;
    let field = |change: &FieldChange| Field {
        path: change.path.to_string(),
        live: value(&change.before),
        declared: value(&change.after),
    };
    Drift {
        state: if is_same { State::Same } else { State::Differs },
        because: (!said.is_empty()).then(|| said.join("; ")),
        steps,
        fields: changes.iter().map(field).collect(),
        changes,
    }
}

/// A value for programs.
fn value(shown: &Shown) -> Value {
    match shown {
        Shown::Absent => Value::Null,
        Shown::Plain(value) | Shown::Default(value) => value.clone(),
        Shown::Secret | Shown::SecretLineEnds => SECRET_PLACEHOLDER.into(),
        Shown::KnownAfterApply => "(known after apply)".into(),
    }
}

/// That nothing is said of differences, and why.
fn nothing(state: State, because: &str) -> Drift {
    let because = Some(because.to_owned()).filter(|because| !because.is_empty());
    Drift { state, because, steps: Vec::new(), fields: Vec::new(), changes: Vec::new() }
}

/// What a problem says first, on one line.
fn words(problem: &Problem) -> String {
    let first = problem.findings.first();
    first.map(|found| format!("{} ({})", found.message, found.code)).unwrap_or_default()
}
