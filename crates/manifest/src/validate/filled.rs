//! Values that stand elsewhere: where a `valueFrom` may be, and what it asks for.

use super::{Filled, Leave, MOST_WORK, Names, Step, Walk, check};
use crate::schema::{Rule, RuleId, Type};
use crate::tree::{Content, NodeId, Tree};
use crate::value_from::{FIELD, FIXED, Wanted, WantedOutput, compiled};
use plumb_model::{Code, FieldPath, Finding, PathPattern};
use std::collections::BTreeSet;

/// What may be asked for.
const OURS: [&str; 3] = ["var", "file", "output"];

/// What may stand in a place: the environment and files only give text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Accepts {
    Anything,
    OutputsOnly,
}

impl Walk<'_> {
    /// The value under `valueFrom`, when that stands where a scalar may.
    pub(super) fn value_from(&self, node: NodeId, rule: RuleId) -> Option<NodeId> {
        let inner = self.value_from_alone(node)?;
        let declared = |rule: &Rule| rule.properties.contains_key(FIELD);
        let single = |types: BTreeSet<Type>| types.iter().any(|kind| kind.is_single());
        let fits = self.schema.types(rule).is_none_or(single)
            && !self.schema.together(rule).into_iter().any(declared);
        fits.then_some(inner)
    }

    /// Looks for values that stand elsewhere inside what the schema leaves open. A `valueFrom` there that
    /// asks for nothing of ours is somebody else's word, and stays.
    pub(super) fn open(&mut self, key: Option<NodeId>, node: NodeId) {
        self.work += 1;
        if self.work > MOST_WORK {
            return;
        }
        let tree = self.tree;
        if let Some(inner) = self.value_from_alone(node) {
            let ours = |(key, _)| OURS.contains(&tree.key_text(key).unwrap_or_default());
            let is_known = self.checked.filled.iter().any(|filled| filled.node == node);
            if tree.fields(inner).any(ours) && !is_known {
                return self.keep(key, node, inner, None);
            }
        }
        match tree.content(node) {
            Content::List(_) => {
                for (at, element) in tree.elements(node).iter().enumerate() {
                    self.path.push(Step::Element { list: node, at });
                    self.open(None, *element);
                    self.path.pop();
                }
            }
            Content::Mapping(_) => {
                for (field, value) in tree.fields(node) {
                    self.path.push(Step::Field(field));
                    self.open(Some(field), value);
                    self.path.pop();
                }
            }
            _ => {}
        }
    }

    /// The value under `valueFrom`, when that stands alone.
    fn value_from_alone(&self, node: NodeId) -> Option<NodeId> {
        let mut fields = self.tree.fields(node);
        let (key, inner) = fields.next()?;
        (self.tree.key_text(key) == Some(FIELD) && fields.next().is_none()).then_some(inner)
    }

    /// Keeps what a value asks for, or says why it may not.
    pub(super) fn fill(&mut self, key: Option<NodeId>, node: NodeId, inner: NodeId, rule: RuleId) {
        self.checked.filled.retain(|filled| filled.node != node);
        self.keep(key, node, inner, Some(rule));
    }

    fn keep(&mut self, key: Option<NodeId>, node: NodeId, inner: NodeId, rule: Option<RuleId>) {
        let path = self.place(Names::Positions);
        if FIXED.contains(&path.to_string().as_str()) {
            let message = format!("{path} must be written out, not taken from elsewhere");
            return self.report(Code::BAD_VALUE_FROM, message, key, node, None);
        }
        let text = |types: BTreeSet<Type>| types.contains(&Type::String);
        let types = rule.and_then(|rule| self.schema.types(rule));
        let accepts = if types.is_none_or(text) { Accepts::Anything } else { Accepts::OutputsOnly };
        let shown = self.shown();
        match read(self.tree, inner, &shown, accepts) {
            Ok(wanted) => self.checked.filled.push(Filled { path, node, wanted, rule }),
            Err(findings) => {
                for finding in findings {
                    self.push(|_| finding);
                }
            }
        }
    }
}

/// Reads what stands under `valueFrom` in the field called `shown`.
///
/// # Errors
/// Everything that is wrong with it.
fn read(tree: &Tree, node: NodeId, shown: &str, accepts: Accepts) -> Result<Wanted, Vec<Finding>> {
    let refuse = |node: NodeId, message: String| {
        Finding::error(Code::BAD_VALUE_FROM, message).at(tree.head(node))
    };
    let schema = compiled().map_err(|contradiction| vec![contradiction.clone()])?;
    // Whoever writes a password there by mistake need not read it in a log.
    let all = [PathPattern::exactly(&FieldPath::root())];
    let leave = Leave { called: Some(FIELD), secret: &all, ..Leave::default() };
    let checked = check(tree, node, schema, leave);
    if !checked.findings.is_empty() || !checked.filled.is_empty() {
        let named = |finding: Finding| Finding {
            code: Code::BAD_VALUE_FROM,
            message: format!("{shown}: {}", finding.message),
            path: None,
            ..finding
        };
        let nested = checked.filled.iter().map(|filled| {
            refuse(filled.node, format!("{shown}: valueFrom cannot hold another valueFrom"))
        });
        return Err(checked.findings.into_iter().map(named).chain(nested).collect());
    }
    if accepts == Accepts::OutputsOnly && tree.get(node, "output").is_none() {
        let message = format!("var and file give text, which {shown} cannot be");
        return Err(vec![refuse(node, message)]);
    }
    let text = |node: NodeId, name: &str| tree.text_at(node, name).unwrap_or_default().to_owned();
    let Some(output) = tree.get(node, "output") else {
        return Ok(match tree.text_at(node, "var") {
            Some(name) => Wanted::Variable(name.to_owned()),
            None => Wanted::File(text(node, "file")),
        });
    };
    let path = text(output, "path").parse().map_err(|error| {
        vec![refuse(tree.get(output, "path").unwrap_or(output), format!("{shown}: {error}"))]
    })?;
    let scope = tree.text_at(output, "scope").map(str::to_owned);
    let (kind, name) = (text(output, "kind"), text(output, "name"));
    Ok(Wanted::Output(WantedOutput { kind, name, scope, path }))
}
