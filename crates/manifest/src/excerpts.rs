//! What of the files may be shown beside findings: one place decides it, from the kind of each
//! document, its schema, and which of its fields are secret or may be.
//!
//! # Guarantees
//! Shown are the names of fields where the document is understood, single values of fields that
//! the schema knows and no rule guards, and the marks between them. Never shown are values of
//! secret, unknown and doubled fields, of documents whose kind is not known, comments, and texts
//! that are no YAML; of the latter two only names that some kind has.
//!
//! # Assumptions
//! The reader bounds the depth of trees, so walking one may recurse.

use crate::head;
use crate::load::{Document, Loaded};
use crate::publish::stack_schema;
use crate::schema::{self, Additional, Rule, RuleId, Schema};
use crate::source::STACK_FILE;
use crate::stack;
use crate::tree::{Content, NodeId, Source, Tree};
use crate::validate::text_fits;
use crate::value_from;
use crate::yaml::{self, MOST_VALUES};
use plumb_kind::Registry;
use plumb_model::excerpts::Around;
use plumb_model::path::Segment;
use plumb_model::rules::RuleSet;
use plumb_model::{Excerpts, FieldPath, Finding, PathPattern};
use serde_json::{Value, json};
use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// A stretch of a file, in bytes.
type Stretch = (usize, usize);

/// The excerpts that findings may show of the files they point into.
#[must_use]
pub fn excerpts(loaded: &Loaded, registry: &Registry, findings: &[Finding]) -> Excerpts {
    let mut files: BTreeMap<&Arc<str>, Wanted<'_>> = BTreeMap::new();
    for finding in findings {
        let related = finding.related.iter().map(|(span, _)| span);
        for span in finding.span.iter().chain(related) {
            let text = loaded.sources.text(&span.file);
            let lines = text.and_then(|text| Around::of(text, span)).map(|around| around.lines);
            files.entry(&span.file).or_default().lines.extend(lines.map(|it| (it.start, it.end)));
        }
    }
    for document in &loaded.documents {
        if let Some(wanted) = files.get_mut(document.file()) {
            wanted.documents.push(document);
        }
    }
    let own = Own { registry, names: LazyCell::new(Box::new(|| names_of(registry))) };
    let mut excerpts = Excerpts::default();
    for (file, wanted) in files {
        if let Some(text) = loaded.sources.text(file) {
            excerpts.insert(Arc::clone(file), Arc::clone(text), wanted.open(file, text, &own));
        }
    }
    excerpts
}

/// What is to be shown of a file.
#[derive(Default)]
struct Wanted<'l> {
    lines: Vec<Stretch>,
    documents: Vec<&'l Document>,
}

impl Wanted<'_> {
    fn open(self, file: &Arc<str>, text: &Arc<str>, own: &Own<'_>) -> Vec<Range<usize>> {
        let lines = disjoint(self.lines);
        let mut open = Vec::new();
        if Path::new(&**file).file_name().is_some_and(|name| name == STACK_FILE) {
            open.extend(of_settings(file, text));
        } else if let Some(first) = self.documents.first() {
            let tree = first.tree();
            let scalars: Vec<Stretch> = tree.scalars().collect();
            let near = self.documents.iter().filter(|document| {
                let (start, end) = tree.offsets(document.root);
                meets(&lines, (start, end))
            });
            near.for_each(|document| open.extend(of_document(document, &tree, &scalars, own)));
            first.source.forget();
        }
        let mut open = disjoint(open);
        let names = names(text, &lines, &open, own);
        open.extend(names.into_iter().map(|(start, end)| start..end));
        disjoint(open.into_iter().map(|stretch| (stretch.start, stretch.end)).collect())
    }
}

/// Whether a stretch meets one of those that are sorted and disjoint.
fn meets(sorted: &[Range<usize>], (start, end): Stretch) -> bool {
    let first = sorted.partition_point(|stretch| stretch.end < start);
    sorted.get(first).is_some_and(|stretch| stretch.start <= end)
}

/// What plumb knows of all documents.
struct Own<'r> {
    registry: &'r Registry,
    /// Names of fields of all kinds and of `plumb.yaml`.
    names: LazyCell<BTreeSet<String>, Box<dyn FnOnce() -> BTreeSet<String> + 'r>>,
}

fn names_of(registry: &Registry) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for kind in registry.kinds() {
        fields(&kind.schema().to_value(), &mut names);
    }
    fields(&stack_schema(), &mut names);
    names
}

/// The schema of a document whose kind is not known: what every document says.
fn of_any() -> Option<Schema> {
    let text = json!({"type": "string"});
    let schema = json!({"type": "object", "properties": {
        "apiVersion": text, "kind": text,
        "metadata": {"type": "object", "properties": {
            "name": text, "project": text, "workspace": text
        }}
    }});
    schema::own("the schema of any document", &schema).ok()
}

/// The names of all fields of a schema.
fn fields(schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(words) => {
            if let Some(Value::Object(properties)) = words.get("properties") {
                names.extend(properties.keys().cloned());
            }
            words.values().for_each(|inner| fields(inner, names));
        }
        Value::Array(items) => items.iter().for_each(|inner| fields(inner, names)),
        _ => {}
    }
}

fn of_settings(file: &Arc<str>, text: &Arc<str>) -> Vec<Stretch> {
    let parsed = yaml::parse(&Source::new(file, text));
    let Ok(schema) = stack::compiled() else { return Vec::new() };
    let (guarded, tree) = (stack::guarded(), &parsed.tree);
    let scalars: Vec<Stretch> = tree.scalars().collect();
    let open = |root: NodeId| {
        let mut open = Walk::open(tree, root, &schema, &guarded);
        open.extend(marks(tree, root, &scalars));
        open
    };
    parsed.roots.iter().flat_map(|(_, root)| open(*root)).collect()
}

fn of_document(
    document: &Document,
    whole: &Arc<Tree>,
    scalars: &[Stretch],
    own: &Own<'_>,
) -> Vec<Stretch> {
    let (tree, root) = (whole.as_ref(), document.root);
    if tree.is_larger_than(root, MOST_VALUES) {
        return Vec::new();
    }
    let head = head::read(document, whole, own.registry).ok();
    // What a bare body means stands in another tree, whose places are too wide.
    let head = head.filter(|head| Arc::ptr_eq(&head.tree, whole));
    let rules = head.as_ref().map(|head| head.kind.rules());
    let known = rules.and_then(|rules| own.registry.schema(&rules.id));
    let mut open = match (known, of_any()) {
        (Some(schema), _) => {
            let fields = rules.map_or(&[][..], |rules| &rules.fields);
            let guarded: Vec<PathPattern> = RuleSet::new(fields, &[]).guarded().cloned().collect();
            Walk::open(tree, root, schema, &guarded)
        }
        (None, Some(schema)) => Walk::open(tree, root, &schema, &[]),
        (None, None) => Vec::new(),
    };
    open.extend(marks(tree, root, scalars));
    open
}

/// A walk over one document that decides about every name and single value in it.
struct Walk<'a> {
    tree: &'a Tree,
    guarded: &'a [PathPattern],
    path: FieldPath,
    open: BTreeSet<Stretch>,
    /// What is kept closed although it may be open by another place: an alias stands in several.
    closed: BTreeSet<Stretch>,
}

/// What may be shown of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// Single values, too.
    Values,
    /// Names that the schema has: the value is secret, or may be.
    Names,
    /// Names that the schema has, and single values that are as the schema wants them.
    Fitting,
}

impl<'a> Walk<'a> {
    fn open(
        tree: &'a Tree,
        root: NodeId,
        schema: &Schema,
        guarded: &'a [PathPattern],
    ) -> Vec<Stretch> {
        let path = FieldPath::root();
        let (open, closed) = (BTreeSet::new(), BTreeSet::new());
        let mut walk = Walk { tree, guarded, path, open, closed };
        walk.value(root, schema, &[schema.root()], Sight::Values);
        walk.open.difference(&walk.closed).copied().collect()
    }

    fn value(&mut self, node: NodeId, schema: &Schema, rules: &[RuleId], sight: Sight) {
        let guarded = self.guarded.iter().any(|pattern| pattern.covers(&self.path));
        let sight = if guarded && sight == Sight::Values { Sight::Names } else { sight };
        let all = expanded(schema, rules);
        match self.tree.content(node) {
            Content::List(_) => {
                let items: Vec<RuleId> = all.iter().filter_map(|rule| rule.items).collect();
                for (at, element) in self.tree.elements(node).iter().enumerate() {
                    self.step(Segment::Index(at), *element, schema, &items, sight);
                }
            }
            Content::Mapping(_) => self.mapping(node, schema, (rules, &all), sight),
            _ if self.is_shown(node, schema, rules, sight) => {
                self.open.insert(self.tree.offsets(node));
            }
            _ => self.close(node),
        }
    }

    fn is_shown(&self, node: NodeId, schema: &Schema, rules: &[RuleId], sight: Sight) -> bool {
        let single = |rule: &RuleId| {
            schema.types(*rule).is_none_or(|types| types.iter().any(|kind| kind.is_single()))
        };
        let fits =
            |rule: &RuleId| self.tree.text(node).is_some_and(|text| text_fits(schema, *rule, text));
        match sight {
            Sight::Values => rules.iter().any(single),
            Sight::Names => false,
            Sight::Fitting => rules.iter().any(|rule| single(rule) && fits(rule)),
        }
    }

    fn mapping(
        &mut self,
        node: NodeId,
        schema: &Schema,
        (rules, all): (&[RuleId], &[&Rule]),
        sight: Sight,
    ) {
        let tree = self.tree;
        for (key, value) in tree.fields(node) {
            let name = tree.key_text(key).unwrap_or_default();
            let inner: Vec<RuleId> = all.iter().filter_map(|rule| field(rule, name)).collect();
            let elsewhere = name == value_from::FIELD && inner.is_empty();
            if !inner.is_empty() || elsewhere || sight == Sight::Values && !rules.is_empty() {
                self.open.insert(tree.offsets(key));
                self.open.extend(tree.given_again(key).map(|again| tree.offsets(again)));
            } else {
                self.close(key);
            }
            if tree.given_again(key).next().is_some() {
                self.close(value);
            } else if elsewhere && let Ok(own) = value_from::compiled() {
                self.step(Segment::Key(name.into()), value, own, &[own.root()], Sight::Fitting);
            } else {
                self.step(Segment::Key(name.into()), value, schema, &inner, sight);
            }
        }
    }

    /// Goes one step in, where the schema knows what is there.
    fn step(
        &mut self,
        segment: Segment,
        node: NodeId,
        schema: &Schema,
        rules: &[RuleId],
        sight: Sight,
    ) {
        if rules.is_empty() {
            return self.close(node);
        }
        self.path.push(segment);
        self.value(node, schema, rules, sight);
        self.path.pop();
    }

    /// Keeps a value closed, with everything in it.
    fn close(&mut self, node: NodeId) {
        self.closed.insert(self.tree.offsets(node));
        let tree = self.tree;
        tree.elements(node).iter().for_each(|element| self.close(*element));
        for (key, value) in tree.fields(node) {
            self.close(key);
            self.close(value);
        }
    }
}

/// These rules with all they refer to, the forms a value may have included.
fn expanded<'s>(schema: &'s Schema, rules: &[RuleId]) -> Vec<&'s Rule> {
    let mut all = Vec::new();
    let mut rest = rules.to_vec();
    while let Some(id) = rest.pop() {
        for rule in schema.together(id) {
            rest.extend(rule.one.iter().flat_map(|(branches, _)| branches));
            all.push(rule);
        }
    }
    all
}

/// What a rule says of a field; nothing of one that may be there without being known.
fn field(rule: &Rule, name: &str) -> Option<RuleId> {
    let known = rule.properties.get(name).copied();
    known.or(match rule.additional {
        Additional::Checked(inner) => Some(inner),
        Additional::Free | Additional::Refused => None,
    })
}

/// The marks between the names and values of a document: colons, dashes, brackets, commas. What is
/// in no value and begins otherwise is a comment, a tag or an anchor, and is not shown.
fn marks(tree: &Tree, root: NodeId, scalars: &[Stretch]) -> Vec<Stretch> {
    let text: &str = &tree.source.text;
    let (start, end) = tree.offsets(root);
    let first = scalars.partition_point(|(first, _)| *first < start);
    let inside = scalars.get(first..).unwrap_or_default().iter().take_while(|(at, _)| *at < end);
    let mut marks = Vec::new();
    let mut from = start;
    for (first, last) in inside.copied().chain([(end, end)]) {
        let mut at = from;
        for line in text.get(from..first).unwrap_or_default().split_inclusive('\n') {
            let rest = line.trim_start_matches([' ', '\t', ':', '-', ',', '?', '{', '}', '[', ']']);
            marks.push((at, at + line.len() - rest.len()));
            at += line.len();
        }
        from = from.max(last);
    }
    marks
}

/// Of lines that are in no document that could be read: dashes, and names that some kind has.
fn names(text: &str, lines: &[Range<usize>], open: &[Range<usize>], own: &Own<'_>) -> Vec<Stretch> {
    let mut names = Vec::new();
    for lines in lines {
        let mut at = lines.start;
        for line in text.get(lines.clone()).unwrap_or_default().split_inclusive('\n') {
            let rest = line.trim_start_matches([' ', '\t', '-']);
            let start = at + line.len() - rest.len();
            names.push((at, start));
            let is_read = meets(open, (start, at + line.len()));
            let name = rest.split_once(':').map(|(name, _)| name);
            if let Some(name) = name.filter(|name| !is_read && own.names.contains(*name)) {
                names.push((start, start + name.len() + 1));
            }
            at += line.len();
        }
    }
    names
}

/// The same stretches, none of which overlaps another.
fn disjoint(mut stretches: Vec<Stretch>) -> Vec<Range<usize>> {
    stretches.sort_unstable();
    let mut disjoint: Vec<Range<usize>> = Vec::new();
    for (start, end) in stretches.into_iter().filter(|(start, end)| start < end) {
        match disjoint.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => disjoint.push(start..end),
        }
    }
    disjoint
}
