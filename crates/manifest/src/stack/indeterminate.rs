//! `spec.onIndeterminate`: which creates in doubt are given up, and after how long. Opted into by
//! kind, because it can provision twice (docs/rules.md §2).

use super::document::{StackEvidence, StackIndeterminate, StackPatience};
use super::named_kinds::{NamedKind, Setting, setting};
use crate::tree::{NodeId, Tree};
use crate::wishes::{A_MONTH, duration};
use plumb_model::text::escape;
use plumb_model::{Code, Finding, Span};
use std::collections::BTreeMap;
use std::time::Duration;

/// The waiting times by the names of kinds, and the kinds that are named.
pub(super) fn read(
    written: &BTreeMap<String, StackIndeterminate>,
    tree: &Tree,
    root: NodeId,
    findings: &mut Vec<Finding>,
) -> (BTreeMap<String, Duration>, Vec<NamedKind>) {
    let (mut give_up, mut named) = (BTreeMap::new(), Vec::new());
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
        named.push(NamedKind { name: kind.clone(), setting: Setting::GiveUp, place });
    }
    (give_up, named)
}

/// How long after plumb stopped looking a create is given up; `None` for never.
fn patience(wanted: &StackIndeterminate) -> Result<Option<Duration>, String> {
    match wanted {
        StackIndeterminate::After(StackPatience { retry_after }) => duration(retry_after, A_MONTH)
            .map(Some)
            .map_err(|why| format!(".retryAfter cannot be {:?}: {why}", escape(retry_after))),
        StackIndeterminate::Evidence(StackEvidence { evidence }) => {
            Ok(evidence.then_some(Duration::ZERO))
        }
    }
}

/// Where a kind stands in the settings.
fn place(tree: &Tree, root: NodeId, kind: &str) -> Span {
    let entry = setting(tree, root, "onIndeterminate").and_then(|kinds| tree.field(kinds, kind));
    entry.map_or_else(|| tree.head(root), |(key, value)| tree.place(Some(key), value))
}
