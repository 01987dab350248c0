//! `spec.rails` and `spec.gpus`: what the stack must be like after a run.

use super::document::{StackFigure, StackGpus, StackMeasure, StackRail};
use super::fields::{fields, fit, places};
use super::named_kinds::{NamedKind, Setting};
use crate::source::STACK_FILE;
use crate::tree::{NodeId, Tree};
use plumb_model::rails::Measure;
use plumb_model::{Code, Finding, Money, Rail, Rails, Span};
use std::collections::BTreeMap;

const SETTING: &str = "spec.rails";

/// The rails, and the kinds that are named in them.
pub(super) fn read(
    (rails, gpus): (&[StackRail], &[StackGpus]),
    tree: &Tree,
    root: NodeId,
    findings: &mut Vec<Finding>,
) -> (Rails, Vec<NamedKind>) {
    let (mut all, mut named) = (Rails::default(), Vec::new());
    let mut refuse =
        |why: String, at: Span| findings.push(Finding::error(Code::BAD_STACK_FILE, why).at(at));
    for (rail, place) in rails.iter().zip(places(tree, root, "rails")) {
        match read_rail(rail, &place) {
            Ok(rail) => all.rails.push(rail),
            Err(why) => refuse(why, place.clone()),
        }
        let kind = rail.kind.clone();
        named.extend(kind.map(|name| NamedKind { name, setting: Setting::Rail, place }));
    }
    for (written, place) in gpus.iter().zip(places(tree, root, "gpus")) {
        let StackGpus { kind, having, count } = written;
        match fit("spec.gpus", kind, having) {
            Ok(fit) => all.gpus.push((fit, *count)),
            Err(why) => refuse(why, place.clone()),
        }
        named.push(NamedKind { name: kind.clone(), setting: Setting::Gpus, place });
    }
    (all, named)
}

fn read_rail(written: &StackRail, place: &Span) -> Result<Rail, String> {
    let StackRail { name, kind, having, most, most_each, among, like, has } = written;
    let about = match kind {
        Some(kind) => Some(fit(SETTING, kind, having)?),
        None if having.is_empty() => None,
        None => return Err(format!("{SETTING}: having stands without a kind")),
    };
    if most.is_empty()
        && most_each.is_empty()
        && among.is_empty()
        && like.is_empty()
        && has.is_empty()
    {
        return Err(format!("{SETTING}: it asks for nothing"));
    }
    let set = |values: &Vec<String>| values.iter().cloned().collect();
    Ok(Rail {
        name: name.clone(),
        place: format!("{STACK_FILE}:{}", place.line),
        about,
        most: figures(most)?,
        most_each: figures(most_each)?,
        among: fields(SETTING, among, set)?,
        like: fields(SETTING, like, String::clone)?,
        has: fields(SETTING, has, set)?,
    })
}

fn figures(
    written: &BTreeMap<StackMeasure, StackFigure>,
) -> Result<BTreeMap<Measure, Money>, String> {
    let figure = |(measure, StackFigure(figure)): (&StackMeasure, &StackFigure)| {
        let measure = match measure {
            StackMeasure::Gpus => Measure::Gpus,
            StackMeasure::Hourly => Measure::Hourly,
            StackMeasure::Monthly => Measure::Monthly,
            StackMeasure::Resources => Measure::Resources,
            StackMeasure::ContractMonths => Measure::ContractMonths,
            StackMeasure::LifetimeHours => Measure::LifetimeHours,
        };
        let figure = Money::read(&figure.into());
        Ok((measure, figure.ok_or_else(|| format!("{SETTING} has a figure that is none"))?))
    };
    written.iter().map(figure).collect()
}
