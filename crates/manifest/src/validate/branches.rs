//! Values that may have one of several forms: the form that was meant is the one with the least
//! wrong in it, and only its mistakes are told.

use super::{Checked, MOST_FINDINGS, Names, Walk};
use crate::schema::{Branches, RuleId, Type};
use crate::tree::NodeId;
use plumb_model::{Code, Finding};
use serde_json::Value;
use std::collections::BTreeSet;

impl Walk<'_> {
    pub(super) fn branches(
        &mut self,
        key: Option<NodeId>,
        node: NodeId,
        branches: &[RuleId],
        fit: Branches,
    ) {
        let mut fitting = 0;
        let mut best: Option<(usize, usize, Checked)> = None;
        for branch in branches {
            let before = std::mem::take(&mut self.checked);
            let count = std::mem::replace(&mut self.count, 0);
            self.apply(key, node, *branch);
            let tried = std::mem::replace(&mut self.checked, before);
            let mistakes = std::mem::replace(&mut self.count, count);
            let distance = self.distance(&tried, mistakes);
            if mistakes == 0 {
                fitting += 1;
            }
            if best.as_ref().is_none_or(|(least, _, _)| distance < *least) {
                best = Some((distance, mistakes, tried));
            }
            if fitting > 0 && fit == Branches::AtLeastOne {
                break;
            }
        }
        let Some((_, mistakes, tried)) = best else { return };
        match fitting {
            0 => self.none_fits(key, node, branches, mistakes, tried),
            1 => self.checked.filled.extend(tried.filled),
            _ if fit == Branches::ExactlyOne => {
                let message = format!("{} fits more than one of its forms", self.shown());
                self.report(Code::INVALID_VALUE, message, key, node, None);
            }
            _ => self.checked.filled.extend(tried.filled),
        }
    }

    /// How far a branch is from what was meant: of another type, of another sort, or only with
    /// mistakes in it.
    fn distance(&self, tried: &Checked, mistakes: usize) -> usize {
        let here = self.place(Names::Names);
        let weight = |finding: &Finding| match finding.code {
            Code::WRONG_TYPE if finding.path.as_ref() == Some(&here) => 1_000,
            Code::INVALID_VALUE => 20,
            Code::MISSING_FIELD => 3,
            Code::UNKNOWN_FIELD => 2,
            _ => 1,
        };
        mistakes + tried.findings.iter().map(weight).sum::<usize>()
    }

    /// Tells what the nearest branch finds; or, when all branches are of one simple sort, what
    /// they are together.
    fn none_fits(
        &mut self,
        key: Option<NodeId>,
        node: NodeId,
        branches: &[RuleId],
        mistakes: usize,
        tried: Checked,
    ) {
        let types: Option<Vec<_>> = branches.iter().map(|id| self.schema.types(*id)).collect();
        let types: Option<BTreeSet<Type>> =
            types.map(|types| types.into_iter().flatten().collect());
        if let Some(types) = types
            && !types.iter().any(|wanted| self.has_type(node, *wanted))
        {
            return self.wrong_type(key, node, &types);
        }
        let schema = self.schema;
        let allowed: Option<Vec<&Vec<Value>>> = branches
            .iter()
            .map(|id| schema.together(*id).into_iter().find_map(|rule| rule.allowed.as_ref()))
            .collect();
        if let Some(allowed) = allowed {
            let allowed: Vec<Value> = allowed.into_iter().flatten().cloned().collect();
            return self.not_allowed(key, node, &allowed);
        }
        self.count += mistakes;
        let room = MOST_FINDINGS.saturating_sub(self.checked.findings.len());
        self.checked.findings.extend(tried.findings.into_iter().take(room));
    }
}
