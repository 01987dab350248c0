//! `spec.policies`: what the stack must be like after a run, as expressions.

use super::document::StackPolicy;
use super::fields::{fit, places};
use super::named_kinds::{NamedKind, Setting, setting};
use crate::source::STACK_FILE;
use crate::tree::{NodeId, Tree};
use plumb_cel::{Expression, Mistake};
use plumb_model::{CelPolicy, Code, Finding, Span};

const SETTING: &str = "spec.policies";

/// The policies, and the kinds that are named in them.
pub(super) fn read(
    policies: &[StackPolicy],
    tree: &Tree,
    root: NodeId,
    findings: &mut Vec<Finding>,
) -> (Vec<CelPolicy>, Vec<NamedKind>) {
    let (mut all, mut named) = (Vec::new(), Vec::new());
    let items = setting(tree, root, "policies").map(|list| tree.elements(list)).unwrap_or_default();
    let refuse = |why: String| Finding::error(Code::BAD_STACK_FILE, why);
    for (index, (policy, place)) in policies.iter().zip(places(tree, root, "policies")).enumerate()
    {
        match read_one(policy, &place) {
            Ok(policy) => all.push(policy),
            Err(why) => findings.push(refuse(why).at(place.clone())),
        }
        if let Err(mistake) = Expression::read(&policy.cel) {
            let node = items.get(index).and_then(|item| tree.get(*item, "cel"));
            let written = node.map_or(place.clone(), |node| tree.span(node));
            let Mistake { line, column, why } = &mistake;
            let message =
                format!("{SETTING}: line {line}, column {column} of the expression: {why}");
            findings.push(refuse(message).at(in_the_file(written, &policy.cel, &mistake)));
        }
        let kind = policy.kind.clone();
        named.extend(kind.map(|name| NamedKind { name, setting: Setting::Policy, place }));
    }
    (all, named)
}

fn read_one(written: &StackPolicy, place: &Span) -> Result<CelPolicy, String> {
    let StackPolicy { name, kind, having, cel, message } = written;
    let about = match kind {
        Some(kind) => Some(fit(SETTING, kind, having)?),
        None if having.is_empty() => None,
        None => return Err(format!("{SETTING}: having stands without a kind")),
    };
    Ok(CelPolicy {
        name: name.clone(),
        place: format!("{STACK_FILE}:{}", place.line),
        about,
        cel: cel.clone(),
        message: message.clone(),
    })
}

/// Where a mistake is in the file, where the expression stands there as it is, with or without quotes.
/// Otherwise where the expression begins.
fn in_the_file(written: Span, cel: &str, mistake: &Mistake) -> Span {
    let quotes = written.end.saturating_sub(written.start).checked_sub(cel.len());
    let (Some(quotes @ (0 | 2)), 1) = (quotes, mistake.line) else { return written };
    let before = usize::try_from(mistake.column).unwrap_or(1).saturating_sub(1);
    let bytes = cel.chars().take(before).map(char::len_utf8).sum::<usize>() + quotes / 2;
    let columns = u32::try_from(before + quotes / 2).unwrap_or_default();
    let start = written.start.saturating_add(bytes).min(written.end);
    Span { column: written.column.saturating_add(columns), start, ..written }
}
