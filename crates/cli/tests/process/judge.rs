//! The judge: what the clouds' own ledger of effects says of a case, and how the runs after it
//! bring everything to an end.

use crate::gate::Gate;
use crate::site::{Ran, Site};
use crate::workload::Workload;
use plumb_model::ledger::Intent;
use plumb_model::{Entry, LedgerView};
use plumb_sandbox::{Effect, EffectKind};
use serde_json::Value;
use std::collections::BTreeMap;

/// Runs until a stack must be what its manifests say.
pub(crate) const MOST_RUNS: usize = 3;

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// The next runs finish the work.
    Finished,
    /// An exit code says what came of its run.
    Said,
    /// Everything exists once, and nothing else does.
    Once,
    /// What exists is in the ledger.
    Recorded,
    /// The last plan is empty and only reads.
    Restful,
}

/// A rule that does not hold.
#[derive(Debug)]
pub(crate) struct Violation {
    /// The rule.
    pub(crate) rule: Rule,
    /// How it is broken.
    pub(crate) text: String,
}

fn breaks<T>(rule: Rule, text: String) -> Result<T, Violation> {
    Err(Violation { rule, text })
}

/// Brings a stack to its end after a run was disturbed, and judges all that ever happened. Answers
/// with how many runs that took.
pub(crate) fn recover(workload: Workload, gate: &Gate, site: &Site) -> Result<usize, Violation> {
    let runs = runs_to_the_end(workload, gate, site)?;
    nothing_twice(workload, gate)?;
    nothing_lost(gate, &site.view())?;
    nothing_left_to_do(gate, site)?;
    Ok(runs)
}

/// The common end of all cases that recover by applying again.
#[track_caller]
pub(crate) fn recovers(workload: Workload, gate: &Gate, site: &Site, case: &str) {
    if let Err(Violation { rule, text }) = recover(workload, gate, site) {
        panic!("{workload:?}, {case}: not {rule:?}: {text}");
    }
}

/// Runs in which something is still to take effect do not count: the trouble is not over then.
fn runs_to_the_end(workload: Workload, gate: &Gate, site: &Site) -> Result<usize, Violation> {
    let (mut run, mut said) = (1, Vec::new());
    while run <= MOST_RUNS {
        let before = Before::of(gate);
        let ran = site.run("apply --yes");
        says_what_came_of_it(workload, gate, site, (&ran, before))?;
        match ran.code {
            0 => return Ok(run),
            3 => {}
            6 => resolve(gate, site, &ran).or_else(|text| breaks(Rule::Finished, text))?,
            code => {
                let text = format!("run {run} exits with {code}:\n{}", ran.text);
                return breaks(Rule::Finished, text);
            }
        }
        said.push(format!("run {run} exits with {}:\n{}", ran.code, ran.text));
        run += usize::from(!before.late);
    }
    breaks(Rule::Finished, format!("not done after {MOST_RUNS} runs:\n{}", said.join("\n")))
}

/// How things stood before a run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Before {
    /// Writes that had arrived.
    sent: usize,
    /// Whether something was still to take effect.
    late: bool,
}

impl Before {
    fn of(gate: &Gate) -> Self {
        Self { sent: gate.writes(), late: !gate.late().is_empty() }
    }
}

/// Holds an exit code against what took effect (O8).
pub(crate) fn says_what_came_of_it(
    workload: Workload,
    gate: &Gate,
    site: &Site,
    (ran, before): (&Ran, Before),
) -> Result<(), Violation> {
    let Before { sent, late } = before;
    let in_doubt = !site.view().open_intents.is_empty();
    let agrees = match ran.code {
        0 => !in_doubt && all_made(workload, &gate.effects()),
        // Something is left to do, if only in the ledger; what came late may have done it meanwhile.
        3 => {
            let unrecorded = ran.text.contains("cannot be recorded");
            late || unrecorded || site.run("plan --detailed-exitcode").code != 0
        }
        6 => in_doubt,
        1 | 4 | 5 | 7 => gate.writes() == sent,
        _ => true,
    };
    if agrees {
        return Ok(());
    }
    let effects = gate.effects();
    breaks(Rule::Said, format!("exit {} after {effects:?}:\n{}", ran.code, ran.text))
}

/// Whether everything was made, and what needs it was published.
fn all_made(workload: Workload, effects: &[Effect]) -> bool {
    let happened = |kind, object: &str| {
        effects.iter().any(|effect| effect.kind == kind && unnumbered(&effect.object) == object)
    };
    let is_published = |object: &str| {
        ["ComputeInstance/", "Service/"].iter().any(|prefix| object.starts_with(prefix))
    };
    workload.objects().iter().all(|object| {
        happened(EffectKind::Created, object)
            && (!is_published(object) || happened(EffectKind::Published, object))
    })
}

/// A create that could not be settled: a person looks at the cloud and says what became of it. What
/// is there, or still comes, must be found by the next run without a word.
fn resolve(gate: &Gate, site: &Site, ran: &Ran) -> Result<(), String> {
    let view = site.view();
    if view.open_intents.is_empty() {
        return Err(format!("nothing is open, and yet:\n{}", ran.text));
    }
    let (made, late) = (uids(gate), gate.late());
    let effects = gate.effects();
    for (key, intent) in &view.open_intents {
        if !ran.text.contains(&format!("plumb resolve {key}")) {
            return Err(format!("does not say how to resolve {key}:\n{}", ran.text));
        }
        let named = effects.iter().any(|effect| effect.object == key.to_string());
        let comes = late.iter().any(|call| call.contains(&intent.uid));
        if named || comes || made.contains_key(&intent.uid) {
            continue;
        }
        let resolved = site.run(&format!("resolve {key} --not-created --yes"));
        if resolved.code != 0 {
            return Err(format!("resolve {key} exits with {}:\n{}", resolved.code, resolved.text));
        }
    }
    Ok(())
}

/// How often each uid was created, by the tags in the bodies that took effect.
fn uids(gate: &Gate) -> BTreeMap<String, usize> {
    gate.world(|world| {
        let mut uids = BTreeMap::new();
        for effect in world.effects().of_kind(EffectKind::Created) {
            let call = world.requests().all().find(|call| call.id == effect.request);
            let tags = call.and_then(|call| call.body.as_ref()).map(|body| &body["tags"]);
            let tags = tags.and_then(Value::as_array).into_iter().flatten();
            let uid = tags.filter_map(|tag| tag.as_str()?.strip_prefix("plumb.dev/uid="));
            uid.for_each(|uid| *uids.entry(uid.to_owned()).or_default() += 1);
        }
        uids
    })
}

/// Each object was created once and published once; nothing was deleted, and nothing else was made.
pub(crate) fn nothing_twice(workload: Workload, gate: &Gate) -> Result<(), Violation> {
    made_once(workload, &gate.effects())?;
    match uids(gate).iter().find(|(_, count)| **count > 1) {
        Some((uid, count)) => breaks(Rule::Once, format!("uid {uid} was created {count} times")),
        None => Ok(()),
    }
}

/// [`nothing_twice`], of effects alone.
pub(crate) fn made_once(workload: Workload, effects: &[Effect]) -> Result<(), Violation> {
    let mut made: Vec<&str> = Vec::new();
    let mut published = BTreeMap::<&str, usize>::new();
    for effect in effects {
        match effect.kind {
            EffectKind::Created => made.push(unnumbered(&effect.object)),
            EffectKind::Published => *published.entry(&effect.object).or_default() += 1,
            EffectKind::Updated => {}
            _ => return breaks(Rule::Once, format!("nobody asked for this: {effect:?}")),
        }
    }
    made.sort_unstable();
    if made != workload.objects() {
        return breaks(Rule::Once, format!("made twice, or not at all: {made:?}"));
    }
    match published.iter().find(|(_, count)| **count > 1) {
        Some((object, count)) => {
            breaks(Rule::Once, format!("{object} was published {count} times"))
        }
        None => Ok(()),
    }
}

/// Every object that was made is in the ledger, and nothing is in doubt.
pub(crate) fn nothing_lost(gate: &Gate, view: &LedgerView) -> Result<(), Violation> {
    all_recorded(&gate.effects(), view)
}

/// [`nothing_lost`], of effects alone.
pub(crate) fn all_recorded(effects: &[Effect], view: &LedgerView) -> Result<(), Violation> {
    let open: Vec<&Intent> = view.open_intents.values().collect();
    if !open.is_empty() {
        return breaks(Rule::Recorded, format!("still open: {open:?}"));
    }
    for effect in effects.iter().filter(|effect| effect.kind == EffectKind::Created) {
        let object = effect.object.as_str();
        let id = object.rsplit('/').next().unwrap_or_default();
        let known = |entry: &std::sync::Arc<Entry>| {
            let by_id = entry.remote_id.as_ref().is_some_and(|known| known.as_str() == id);
            by_id || entry.key.to_string() == object
        };
        if !view.entries.values().any(known) {
            return breaks(Rule::Recorded, format!("{object} is not in the ledger"));
        }
    }
    Ok(())
}

/// The last plan is empty and only reads.
fn nothing_left_to_do(gate: &Gate, site: &Site) -> Result<(), Violation> {
    let (calls, effects) = (gate.methods().len(), gate.effects().len());
    let plan = site.run("plan --detailed-exitcode");
    if plan.code != 0 {
        let text = format!("the last plan exits with {}:\n{}", plan.code, plan.text);
        return breaks(Rule::Restful, text);
    }
    if gate.methods().iter().skip(calls).any(|method| method != "GET") {
        return breaks(Rule::Restful, "the last plan sends something".to_owned());
    }
    if gate.effects().len() != effects {
        return breaks(Rule::Restful, "the last plan changes something".to_owned());
    }
    Ok(())
}

/// An object without the id that its vendor chose.
fn unnumbered(object: &str) -> &str {
    match object.strip_prefix("voltage-park/") {
        Some(_) => object.rsplit_once('/').map_or(object, |(collection, _)| collection),
        None => object,
    }
}
