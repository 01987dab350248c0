//! Checking a spanned document against a schema: every mistake, each with its place and what to
//! do about it. What the schema cannot say is checked in `draft` and by the kinds.
//!
//! # Assumptions
//! The reader bounds the depth of trees, so walking one may recurse.

mod branches;
mod filled;

use crate::hint::{self, Repeat};
use crate::schema::{Additional, Rule, RuleId, Schema, Type};
use crate::tree::{Content, NodeId, Tree};
use crate::value_from::Wanted;
use plumb_model::text::escape;
use plumb_model::{Code, FieldPath, Finding, PathPattern};
use serde_json::Value;
use std::collections::BTreeSet;

/// Findings about one document, after which only their number is told.
pub(crate) const MOST_FINDINGS: usize = 100;

/// Comparisons of a value with a schema in one document: several for each value a file may hold,
/// so that only forms within forms within forms get there.
const MOST_WORK: usize = 16_000_000;

/// What a check leaves alone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Leave<'a> {
    /// Fields with these key nodes, sorted: they are checked elsewhere, and taken off.
    pub(crate) keys: &'a [NodeId],
    /// Fields of the document that count as given: its list says them.
    pub(crate) given: &'a [&'a str],
    /// Fields whose values no finding may repeat.
    pub(crate) secret: &'a [PathPattern],
    /// What the whole is called; a document when nothing is said.
    pub(crate) called: Option<&'a str>,
}

/// A `valueFrom` that stands where a value may.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    /// Where the value will stand, lists by index.
    pub(crate) path: FieldPath,
    /// The mapping that holds `valueFrom`.
    pub(crate) node: NodeId,
    /// What it asks for.
    pub(crate) wanted: Wanted,
    /// What the schema says of the value; nothing, where it leaves open what there is.
    pub(crate) rule: Option<RuleId>,
}

/// What a check came to.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) findings: Vec<Finding>,
    pub(crate) filled: Vec<Filled>,
}

/// Checks a document.
pub(crate) fn check(tree: &Tree, root: NodeId, schema: &Schema, leave: Leave<'_>) -> Checked {
    let path = Vec::new();
    let checked = Checked::default();
    let mut walk = Walk { tree, schema, leave, path, count: 0, work: 0, checked };
    walk.value(None, root, schema.root());
    if walk.work > MOST_WORK {
        let message = "the document is too intricate to check";
        let finding = Finding::error(Code::TOO_LARGE, message).at(tree.head(root));
        walk.checked.findings.push(finding);
    }
    let more = walk.count.saturating_sub(walk.checked.findings.len());
    if more > 0 {
        walk.checked.findings.push(more_mistakes(more, tree, root));
    }
    walk.checked
}

/// What is told of the mistakes beyond [`MOST_FINDINGS`].
pub(crate) fn more_mistakes(count: usize, tree: &Tree, root: NodeId) -> Finding {
    let message = format!("{count} more mistakes in this document");
    Finding::error(Code::NOT_A_DOCUMENT, message).at(tree.head(root))
}

/// Whether a text that came from elsewhere may stand where a rule holds.
pub(crate) fn text_fits(schema: &Schema, rule: RuleId, text: &str) -> bool {
    schema.together(rule).into_iter().all(|rule| {
        text_mistake(rule, text).is_none()
            && rule.allowed.as_ref().is_none_or(|values| values.iter().any(|value| value == text))
            && rule.one.iter().all(|(branches, _)| {
                branches.iter().any(|branch| {
                    let text_allowed = |types: &BTreeSet<Type>| types.contains(&Type::String);
                    schema.types(*branch).as_ref().is_none_or(text_allowed)
                        && text_fits(schema, *branch, text)
                })
            })
    })
}

/// What is wrong with a text, as the rest of a sentence that begins with its name.
fn text_mistake(rule: &Rule, text: &str) -> Option<String> {
    let length = text.chars().count() as u64;
    if let Some(shortest) = rule.shortest.filter(|shortest| length < *shortest) {
        return Some(match shortest {
            1 => "may not be empty".to_owned(),
            _ => format!("must have at least {shortest} characters"),
        });
    }
    if let Some(longest) = rule.longest.filter(|longest| length > *longest) {
        return Some(format!("may have at most {longest} characters"));
    }
    let pattern = rule.pattern.as_ref().filter(|pattern| !pattern.is_match(text))?;
    Some(format!("must match {}", pattern.as_str()))
}

enum Step {
    Field(NodeId),
    Element { list: NodeId, at: usize },
}

struct Walk<'a> {
    tree: &'a Tree,
    schema: &'a Schema,
    leave: Leave<'a>,
    path: Vec<Step>,
    /// Mistakes so far, with those no longer told.
    count: usize,
    /// Comparisons so far.
    work: usize,
    checked: Checked,
}

impl<'a> Walk<'a> {
    fn value(&mut self, key: Option<NodeId>, node: NodeId, rule: RuleId) {
        match self.value_from(node, rule) {
            Some(inner) => self.fill(key, node, inner, rule),
            None => self.apply(key, node, rule),
        }
    }

    fn apply(&mut self, key: Option<NodeId>, node: NodeId, id: RuleId) {
        let Some(rule) = self.schema.rule(id) else { return };
        self.work += 1;
        if self.work > MOST_WORK {
            return;
        }
        if rule.never {
            let message = format!("{} may not be there", self.shown());
            return self.report(Code::UNKNOWN_FIELD, message, key, node, None);
        }
        if let Some(types) = &rule.types
            && !types.iter().any(|wanted| self.has_type(node, *wanted))
        {
            return self.wrong_type(key, node, types);
        }
        if let Some(allowed) = &rule.allowed
            && !self.is_one_of(node, allowed)
        {
            return self.not_allowed(key, node, allowed);
        }
        match self.tree.content(node) {
            Content::Written(_) | Content::Decoded(_) => self.text(key, node, rule),
            Content::Number(_) => self.number(key, node, rule),
            Content::List(_) => self.list(key, node, rule),
            Content::Mapping(_) => self.mapping(key, node, rule),
            Content::Null | Content::Truth(_) => {}
        }
        for other in &rule.all {
            self.apply(key, node, *other);
        }
        for (branches, fit) in &rule.one {
            self.branches(key, node, branches, *fit);
        }
    }

    fn is_one_of(&self, node: NodeId, allowed: &[Value]) -> bool {
        /// Values in what a schema names; what holds more is none of them, and is not built.
        const MOST: usize = 1_000;
        if let Some(text) = self.tree.text(node) {
            return allowed.iter().any(|value| value == text);
        }
        !self.tree.is_larger_than(node, MOST) && allowed.contains(&self.tree.value(node).shown())
    }

    fn has_type(&self, node: NodeId, wanted: Type) -> bool {
        match (self.tree.content(node), wanted) {
            (Content::Null, Type::Null)
            | (Content::Truth(_), Type::Boolean)
            | (Content::Number(_), Type::Number)
            | (Content::Written(_) | Content::Decoded(_), Type::String)
            | (Content::List(_), Type::Array)
            | (Content::Mapping(_), Type::Object) => true,
            (Content::Number(_), Type::Integer) => self.tree.number(node).is_some_and(|number| {
                number.is_i64()
                    || number.is_u64()
                    || number.as_f64().is_some_and(|number| number.fract() == 0.0)
            }),
            _ => false,
        }
    }

    fn text(&mut self, key: Option<NodeId>, node: NodeId, rule: &Rule) {
        let text = self.tree.text(node).unwrap_or_default();
        if let Some(mistake) = text_mistake(rule, text) {
            let message = format!("{} {mistake}{}", self.shown(), self.and_is(node));
            self.report(Code::INVALID_VALUE, message, key, node, None);
        }
    }

    fn number(&mut self, key: Option<NodeId>, node: NodeId, rule: &Rule) {
        let Some(number) = self.tree.number(node).and_then(|number| number.as_f64()) else {
            return;
        };
        let mistake = match (rule.minimum, rule.maximum) {
            (Some(minimum), _) if number < minimum => format!("must be at least {minimum}"),
            (_, Some(maximum)) if number > maximum => format!("may be at most {maximum}"),
            _ => return,
        };
        let message = format!("{} {mistake}{}", self.shown(), self.and_is(node));
        self.report(Code::INVALID_VALUE, message, key, node, None);
    }

    fn list(&mut self, key: Option<NodeId>, node: NodeId, rule: &Rule) {
        let elements = self.tree.elements(node);
        if let Some(least) = rule.least_items.filter(|least| (elements.len() as u64) < *least) {
            let mistake = match least {
                1 => "may not be empty".to_owned(),
                _ => format!("must have at least {least} elements, and has {}", elements.len()),
            };
            let message = format!("{} {mistake}", self.shown());
            self.report(Code::INVALID_VALUE, message, key, node, None);
        }
        for (at, element) in elements.iter().enumerate() {
            self.path.push(Step::Element { list: node, at });
            match rule.items {
                Some(items) => self.value(None, *element, items),
                None => self.open(None, *element),
            }
            self.path.pop();
        }
    }

    fn mapping(&mut self, key: Option<NodeId>, node: NodeId, rule: &Rule) {
        let tree = self.tree;
        for (field, value) in tree.fields(node) {
            if self.leave.keys.binary_search(&field).is_ok() {
                continue;
            }
            let name = tree.key_text(field).unwrap_or_default();
            let inner = match (rule.properties.get(name), rule.additional) {
                (Some(inner), _) => *inner,
                (None, Additional::Checked(inner)) => inner,
                (None, Additional::Free) => {
                    self.path.push(Step::Field(field));
                    self.open(Some(field), value);
                    self.path.pop();
                    continue;
                }
                (None, Additional::Refused) => {
                    self.unknown(field, name, rule);
                    continue;
                }
            };
            self.path.push(Step::Field(field));
            self.value(Some(field), value, inner);
            self.path.pop();
        }
        for name in &rule.required {
            let given = self.path.is_empty() && self.leave.given.contains(&name.as_str());
            if !given && tree.get(node, name).is_none() && !self.is_full() {
                let message = format!("{} is missing", self.shown_with(name));
                self.report(Code::MISSING_FIELD, message, key, node, None);
            }
        }
    }

    fn unknown(&mut self, field: NodeId, name: &str, rule: &Rule) {
        let help = |walk: &Self| {
            let known = rule.properties.keys().map(String::as_str);
            if let Some(meant) = plumb_model::finding::nearest(name, known) {
                return Some(format!("did you mean {meant}?"));
            }
            let holds = |id: &RuleId| {
                let rules = walk.schema.together(*id);
                rules.into_iter().any(|inner| inner.properties.contains_key(name))
            };
            let parent = rule.properties.iter().find(|(_, id)| holds(id));
            parent.map(|(parent, _)| format!("it belongs under {parent}"))
        };
        self.push(|walk| {
            let message = format!("{} has no field {}", walk.shown(), escape(name));
            let path = walk.place(Names::Names).key(name);
            let finding = Finding::error(Code::UNKNOWN_FIELD, message).field(path);
            let finding = finding.at(walk.tree.span(field));
            match help(walk) {
                Some(help) => finding.help(help),
                None => finding,
            }
        });
    }

    fn wrong_type(&mut self, key: Option<NodeId>, node: NodeId, types: &BTreeSet<Type>) {
        if self.is_full() {
            return;
        }
        let wanted = hint::wanted(types);
        let repeat = self.repeat(node, types);
        let found = hint::found_or_sort(self.tree, node, repeat);
        let help = hint::mended(self.tree, node, types, repeat);
        let message = format!("{} must be {wanted}, and is {found}", self.shown());
        self.report(Code::WRONG_TYPE, message, key, node, help);
    }

    /// What may be said of a value that should have one of these types. Where secrets are about,
    /// what is no single value, or should be none, is not understood and may be one of them.
    fn repeat(&self, node: NodeId, types: &BTreeSet<Type>) -> Repeat {
        let several = matches!(self.tree.content(node), Content::List(_) | Content::Mapping(_));
        let understood = !several && types.iter().any(|kind| kind.is_single());
        if self.is_secret() || !(understood || self.leave.secret.is_empty()) {
            Repeat::Sort
        } else {
            Repeat::Value
        }
    }

    fn not_allowed(&mut self, key: Option<NodeId>, node: NodeId, allowed: &[Value]) {
        if self.is_full() {
            return;
        }
        let allowed_shown: Vec<String> = allowed.iter().map(hint::plain).collect();
        let one_of = if allowed.len() == 1 { "" } else { "one of " };
        let message = format!(
            "{} must be {one_of}{}{}",
            self.shown(),
            allowed_shown.join(", "),
            self.and_is(node)
        );
        let written = self.tree.key_text(node).unwrap_or_default();
        let texts = allowed.iter().filter_map(Value::as_str);
        let help = plumb_model::finding::nearest(written, texts)
            .map(|meant| format!("did you mean {meant}?"));
        self.report(Code::INVALID_VALUE, message, key, node, help);
    }

    fn report(
        &mut self,
        code: Code,
        message: String,
        key: Option<NodeId>,
        node: NodeId,
        help: Option<String>,
    ) {
        self.push(|walk| {
            let finding = Finding::error(code, message).field(walk.place(Names::Names));
            let finding = finding.at(walk.tree.place(key, node));
            match help {
                Some(help) => finding.help(help),
                None => finding,
            }
        });
    }

    /// Whether one more mistake is only counted; if so, it is.
    fn is_full(&mut self) -> bool {
        let full = self.checked.findings.len() >= MOST_FINDINGS;
        self.count += usize::from(full);
        full
    }

    fn push(&mut self, finding: impl FnOnce(&Self) -> Finding) {
        if !self.is_full() {
            self.count += 1;
            let finding = finding(self);
            self.checked.findings.push(finding);
        }
    }

    /// The end of a sentence that names the value, unless it may not be shown.
    fn and_is(&self, node: NodeId) -> String {
        if self.is_secret() || self.tree.text(node).is_some_and(str::is_empty) {
            return String::new();
        }
        format!(", and is {}", hint::brief(self.tree, node))
    }

    /// Whether the value here may hold something that must not be shown.
    fn is_secret(&self) -> bool {
        if self.leave.secret.is_empty() {
            return false;
        }
        let places = [self.place(Names::Names), self.place(Names::Positions)];
        self.leave.secret.iter().any(|pattern| places.iter().any(|place| pattern.touches(place)))
    }

    fn place(&self, names: Names) -> FieldPath {
        self.path.iter().fold(FieldPath::root(), |path, step| match step {
            Step::Field(key) => path.key(self.tree.key_text(*key).unwrap_or_default()),
            Step::Element { list, at } => match self.element_name(*list, *at) {
                Some(name) if names == Names::Names && !self.is_below_secret(&path) => {
                    path.item("name", name)
                }
                _ => path.index(*at),
            },
        })
    }

    /// Whether a field or what it stands in is a secret, names of elements included.
    fn is_below_secret(&self, path: &FieldPath) -> bool {
        self.leave.secret.iter().any(|pattern| pattern.covers(path))
    }

    /// The `name` of a list's element, by which people know it.
    fn element_name(&self, list: NodeId, at: usize) -> Option<&'a str> {
        let element = self.tree.elements(list).get(at)?;
        self.tree.text_at(*element, "name").filter(|name| !name.is_empty())
    }

    fn shown(&self) -> String {
        if self.path.is_empty() {
            return self.leave.called.unwrap_or("the document").to_owned();
        }
        escape(&self.place(Names::Names).to_string())
    }

    fn shown_with(&self, name: &str) -> String {
        escape(&self.place(Names::Names).key(name).to_string())
    }
}

/// How elements of lists are called in a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// By their `name`, where they have one: for people.
    Names,
    /// By their position: exact.
    Positions,
}
