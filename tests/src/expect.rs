//! What a step may expect beside its listing: order, messages, reasons, effects, live values.

use crate::Complaint;
use crate::cloud::Cloud;
use crate::oracle::{self, rented};
use crate::run::Seen;
use crate::scenario::{Expected, Step};
use crate::simulated::Seen as _;
use plumb_model::{Event, Plan};
use plumb_sandbox::{EffectKind, RequestRecord, World};
use std::collections::BTreeSet;

/// Everything a step expects beside its listing, and does not find. `before` is the number of the
/// last request before it.
pub(crate) fn complaints(step: &Step, cloud: &Cloud, seen: &Seen, before: u64) -> Vec<Complaint> {
    let mut complaints: Vec<Complaint> = Vec::new();
    complaints.extend(step.order.iter().filter_map(|pair| out_of_order(pair, &seen.events)));
    for text in step.says.iter().filter(|text| !seen.messages.contains(*text)) {
        complaints.push(format!("nothing says {text:?}; what is said:\n{}", seen.messages));
    }
    complaints.extend(unexplained(&step.why, &seen.plan));
    complaints.extend(step.hourly.iter().filter_map(|change| mispriced(change, &seen.plan)));
    complaints.extend(step.effects.iter().filter_map(|text| miscounted(text, &cloud.world())));
    let asked = |text: &String| asked_otherwise(text, &cloud.world(), before);
    complaints.extend(step.asks.iter().filter_map(asked));
    complaints.extend(step.live.iter().filter_map(|expected| unlike(expected, &cloud.world())));
    complaints
}

/// `KIND OBJECT COUNT`: how often an effect happened. Names of objects may have spaces in them.
fn miscounted(text: &str, world: &World) -> Option<Complaint> {
    let words = text.split_once(' ').and_then(|(kind, rest)| Some((kind, rest.rsplit_once(' ')?)));
    let Some((kind, (object, count))) = words else {
        return Some(format!("{text:?} is not KIND OBJECT COUNT"));
    };
    let parsed: Result<EffectKind, _> = serde_json::from_value(kind.into());
    let (Ok(kind), Ok(count)) = (parsed, count.parse::<usize>()) else {
        return Some(format!("{text:?} is not KIND OBJECT COUNT"));
    };
    let actual = oracle::count(world, kind, object);
    (actual != count).then(|| format!("{text}: the sandbox counted {actual}"))
}

/// `COUNT METHOD TEXT`: how often something was asked since a request.
fn asked_otherwise(text: &str, world: &World, before: u64) -> Option<Complaint> {
    let words: Vec<&str> = text.splitn(3, ' ').collect();
    let [count, method, part] = words.as_slice() else {
        return Some(format!("{text:?} is not COUNT METHOD TEXT"));
    };
    let target = |record: &RequestRecord| format!("{}?{}", record.path, record.query);
    let requests = world.requests().since(before).filter(|record| record.method == *method);
    let actual = requests.filter(|record| target(record).contains(part)).count();
    (actual.to_string() != *count).then(|| format!("{text}: the sandbox counted {actual}"))
}

/// What the plan says it changes about the bill.
fn mispriced(expected: &str, plan: &Plan) -> Option<Complaint> {
    let change = plan.hourly_change();
    let unknown = if change.unknown == 0 { "" } else { " and more" };
    let told = format!("{}{unknown}", change.known);
    (told != expected).then(|| format!("an hour costs {told} more, not {expected}"))
}

/// What an object of the sandbox holds.
fn unlike(expected: &Expected, world: &World) -> Option<Complaint> {
    let stored = if rented::is_here(&expected.object) {
        rented::stored(world, &expected.object)
    } else {
        let object = world.organization().object(&expected.object);
        object.and_then(|object| serde_json::to_value(object).ok())
    };
    let stored = stored.unwrap_or_default();
    let found = stored.pointer(&expected.at);
    let agrees = match (&expected.is, &expected.like) {
        (Some(value), _) => found == Some(value),
        (None, Some(part)) => found.is_some_and(|found| found.to_string().contains(part)),
        (None, None) => found.is_none(),
    };
    (!agrees).then(|| format!("{} {} is {found:?}", expected.object, expected.at))
}

/// `ACTION, ACTION`: whether the first ended before the second began.
fn out_of_order(pair: &str, events: &[Event]) -> Option<Complaint> {
    let Some((first, second)) = pair.split_once(", ") else {
        return Some(format!("{pair:?} is not ACTION, ACTION"));
    };
    let ended = events.iter().position(|event| match event {
        Event::ActionFinished { operation, key, .. } => format!("{operation} {key}") == first,
        _ => false,
    });
    let began = events.iter().position(|event| match event {
        Event::ActionStarted { operation, key, .. } => format!("{operation} {key}") == second,
        _ => false,
    });
    match (ended, began) {
        (Some(ended), Some(began)) if ended < began => None,
        (None, _) => Some(format!("{first} never ended")),
        (_, None) => Some(format!("{second} never began")),
        _ => Some(format!("{second} began before {first} ended")),
    }
}

/// `REASON KEY PATH` of differences that are not shown.
fn unexplained(wanted: &[String], plan: &Plan) -> Vec<Complaint> {
    let hidden: BTreeSet<String> = plan
        .hidden
        .iter()
        .map(|hidden| {
            let reason = serde_json::to_value(hidden.reason).unwrap_or_default();
            format!("{} {} {}", reason.as_str().unwrap_or_default(), hidden.key, hidden.path)
        })
        .collect();
    let missing = wanted.iter().filter(|text| !hidden.contains(*text));
    missing.map(|text| format!("nothing explains {text:?}; there is {hidden:#?}")).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use plumb_model::plan::Operation;
    use plumb_model::{ActionId, ActionOutcome, ResourceKey};

    fn events(steps: &[(&str, bool)]) -> Vec<Event> {
        let event = |(name, ends): &(&str, bool)| {
            let key: ResourceKey = format!("Workspace.paas/ml/{name}").parse().unwrap();
            let (operation, id) = (Operation::Create, ActionId::new(Operation::Create, &key));
            if *ends {
                let (outcome, remote_id) = (ActionOutcome::Done, None);
                let elapsed_milliseconds = 0;
                Event::ActionFinished {
                    id,
                    key,
                    operation,
                    outcome,
                    remote_id,
                    elapsed_milliseconds,
                }
            } else {
                Event::ActionStarted { id, key, operation }
            }
        };
        steps.iter().map(event).collect()
    }

    #[test]
    fn order_is_judged_by_the_end_of_one_and_the_beginning_of_the_other() {
        let pair = "create Workspace/ml/a, create Workspace/ml/b";
        let apart = [("a", false), ("a", true), ("b", false), ("b", true)];
        assert_eq!(out_of_order(pair, &events(&apart)), None);
        let at_once = [("a", false), ("b", false), ("a", true), ("b", true)];
        assert!(out_of_order(pair, &events(&at_once)).unwrap().contains("before"));
        assert!(out_of_order(pair, &events(&[("a", false)])).unwrap().contains("never ended"));
        assert!(out_of_order(pair, &events(&[("a", true)])).unwrap().contains("never began"));
    }
}
