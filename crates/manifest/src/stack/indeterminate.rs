//! `spec.onIndeterminate`: which creates in doubt are given up, and after how long. Opted into by
//! kind, because it can provision twice (docs/rules.md §2).

use super::document::{StackEvidence, StackIndeterminate, StackPatience};
use crate::tree::{NodeId, Tree};
use crate::wishes::duration;
use plumb_kind::Registry;
use plumb_model::finding::nearest;
use plumb_model::rules::CreateSafety;
use plumb_model::text::escape;
use plumb_model::{Code, Finding, Span};
use std::collections::BTreeMap;
use std::time::Duration;

/// The waiting times by the names of kinds, and where each stands.
pub(super) fn read(
    written: &BTreeMap<String, StackIndeterminate>,
    tree: &Tree,
    root: NodeId,
    findings: &mut Vec<Finding>,
) -> (BTreeMap<String, Duration>, BTreeMap<String, Span>) {
    let (mut give_up, mut places) = (BTreeMap::new(), BTreeMap::new());
    for (kind, wanted) in written {
        let place = place(tree, root, kind);
        match patience(wanted) {
            Ok(Some(patience)) => {
                give_up.insert(kind.clone(), patience);
            }
            Ok(None) => {}
            Err(why) => {
                let message = format!("spec.onIndeterminate.{}{why}", escape(kind));
                findings.push(Finding::error(Code::BAD_STACK_FILE, message).at(place.clone()));
            }
        }
        places.insert(kind.clone(), place);
    }
    (give_up, places)
}

/// How long after plumb stopped looking a create is given up; `None` for never.
fn patience(wanted: &StackIndeterminate) -> Result<Option<Duration>, String> {
    match wanted {
        StackIndeterminate::After(StackPatience { retry_after }) => duration(retry_after)
            .map(Some)
            .map_err(|why| format!(".retryAfter cannot be {:?}: {why}", escape(retry_after))),
        StackIndeterminate::Evidence(StackEvidence { evidence }) => {
            Ok(evidence.then_some(Duration::ZERO))
        }
    }
}

/// What is wrong with the kinds that are named.
pub(crate) fn check_kinds(places: &BTreeMap<String, Span>, registry: &Registry) -> Vec<Finding> {
    let judged = places
        .iter()
        .filter_map(|(name, place)| Some(check_kind(name, registry)?.at(place.clone())));
    judged.collect()
}

fn check_kind(name: &str, registry: &Registry) -> Option<Finding> {
    let mut named = registry.kinds().filter(|kind| kind.rules().id.kind == name).peekable();
    if named.peek().is_none() {
        let shown = escape(name);
        let message = format!("spec.onIndeterminate names the kind {shown}, which there is not");
        let finding = Finding::error(Code::BAD_STACK_FILE, message);
        let known = registry.kinds().map(|kind| kind.rules().id.kind.as_str());
        return Some(match nearest(name, known) {
            Some(meant) => finding.help(format!("did you mean {meant}?")),
            None => finding,
        });
    }
    let matters = named.any(|kind| kind.rules().create_safety == CreateSafety::AtMostOnce);
    (!matters).then(|| {
        let message = format!("spec.onIndeterminate.{name} does nothing");
        let help = "the cloud refuses a second one of the same name, so plumb sends such a create \
                    again by itself";
        Finding::warning(Code::BAD_STACK_FILE, message).help(help)
    })
}

/// Where a kind stands in the settings.
fn place(tree: &Tree, root: NodeId, kind: &str) -> Span {
    let entry = tree
        .get(root, "spec")
        .and_then(|spec| tree.get(spec, "onIndeterminate"))
        .and_then(|kinds| tree.field(kinds, kind));
    entry.map_or_else(|| tree.head(root), |(key, value)| tree.place(Some(key), value))
}
