//! The spanned tree of one file: every value of every document, with its place in the text.
//!
//! A node is 20 bytes and points into the text, so that a hundred thousand documents stay small.
//! Aliases share the node they stand for. What a node means is decided in `yaml`; what a document
//! may hold is decided in `validate`.

use plumb_model::body::Pool;
use plumb_model::path::Segment;
use plumb_model::{Body, FieldPath, Span};
use serde_json::Number;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// One file's text under the name the user gave it, able to turn offsets into lines and columns.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) file: Arc<str>,
    pub(crate) text: Arc<str>,
    milestones: OnceLock<Vec<Milestone>>,
}

/// Where a place in the text is, counted from 0.
#[derive(Clone, Copy, Debug, Default)]
struct Milestone {
    line: u32,
    column: u32,
}

/// Bytes between two milestones: so few are counted for a place, however long its line is.
const STRIDE: usize = 512;

impl Source {
    pub(crate) fn new(file: &Arc<str>, text: &Arc<str>) -> Arc<Self> {
        let (file, text) = (Arc::clone(file), Arc::clone(text));
        Arc::new(Self { file, text, milestones: OnceLock::new() })
    }

    /// The span between two byte offsets. Offsets outside the text, or inside a character, are
    /// moved to the next place that can be shown.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let start = self.boundary(start);
        let end = self.boundary(end.max(start));
        let Milestone { line, column } = self.place(start);
        let (line, column) = (line.saturating_add(1), column.saturating_add(1));
        Span { file: Arc::clone(&self.file), line, column, start, end }
    }

    fn place(&self, offset: usize) -> Milestone {
        let bytes = self.text.as_bytes();
        let milestones = self.milestones.get_or_init(|| milestones(bytes));
        let passed = offset / STRIDE;
        let milestone = milestones.get(passed).copied().unwrap_or_default();
        milestone.after(bytes.get(passed * STRIDE..offset).unwrap_or_default())
    }

    fn boundary(&self, offset: usize) -> usize {
        let length = self.text.len();
        (offset.min(length)..length).find(|at| self.text.is_char_boundary(*at)).unwrap_or(length)
    }
}

impl Milestone {
    /// Counts each kind of byte by itself, which is many bytes at a time: a file of one line with a
    /// mistake in every item is counted over and over.
    fn after(self, bytes: &[u8]) -> Self {
        let newline = bytes.iter().rposition(|byte| *byte == b'\n');
        let lines = newline.map_or(0, |last| {
            // A byte at a time, and yet many at once: the compiler sees what this sums up.
            counted(bytes.iter().take(last + 1).map(|byte| usize::from(*byte == b'\n')).sum())
        });
        let (column, tail) = match newline {
            None => (self.column, bytes),
            Some(newline) => (0, bytes.get(newline + 1..).unwrap_or_default()),
        };
        // The later bytes of a character are not counted.
        let characters = tail.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count();
        Self {
            line: self.line.saturating_add(lines),
            column: column.saturating_add(counted(characters)),
        }
    }
}

fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn milestones(bytes: &[u8]) -> Vec<Milestone> {
    let mut here = Milestone::default();
    let mut all = Vec::with_capacity(bytes.len() / STRIDE + 2);
    all.push(here);
    for stretch in bytes.chunks(STRIDE) {
        here = here.after(stretch);
        all.push(here);
    }
    all
}

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(u32);

/// A stretch of the tree's text, its decoded text, or its links, depending on where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl Run {
    fn range(self) -> std::ops::Range<usize> {
        let first = self.first as usize;
        first..first + self.count as usize
    }
}

/// What a node holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// `null`, `~`, or nothing at all.
    Null,
    /// `true` or `false`.
    Truth(bool),
    /// A number, its text kept beside; it is known to be finite and exact.
    Number(Run),
    /// Text that stands in the file as it is.
    Written(Run),
    /// Text with escapes, folds or more than one line, kept beside.
    Decoded(Run),
    /// A list; the run holds its elements.
    List(Run),
    /// A mapping; the run holds key, value, key, value.
    Mapping(Run),
}

#[derive(Clone, Copy, Debug)]
struct Node {
    start: u32,
    end: u32,
    content: Content,
}

/// All documents of one file.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) source: Arc<Source>,
    nodes: Vec<Node>,
    links: Vec<NodeId>,
    decoded: String,
    /// Keys that are given twice: the first, which counts, and the later one, which does not.
    doubled: Vec<(NodeId, NodeId)>,
}

impl Tree {
    pub(crate) fn new(source: Arc<Source>) -> Self {
        let (nodes, links) = (Vec::new(), Vec::new());
        Self { source, nodes, links, decoded: String::new(), doubled: Vec::new() }
    }

    /// The number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Adds a node. Offsets fit because files are limited to 8 MiB.
    pub(crate) fn push(&mut self, start: usize, end: usize, content: Content) -> NodeId {
        let id = NodeId(narrow(self.nodes.len()));
        self.nodes.push(Node { start: narrow(start), end: narrow(end), content });
        id
    }

    /// Adds text: `inside` is the stretch of the file where it may stand as it is.
    pub(crate) fn text_content(&mut self, text: &str, inside: std::ops::Range<usize>) -> Content {
        if self.source.text.get(inside.clone()) == Some(text) {
            return Content::Written(Run {
                first: narrow(inside.start),
                count: narrow(text.len()),
            });
        }
        Content::Decoded(self.keep(text))
    }

    /// Adds the children of a list, or the keys and values of a mapping.
    pub(crate) fn link(&mut self, children: &[NodeId]) -> Run {
        let run = Run { first: narrow(self.links.len()), count: narrow(children.len()) };
        self.links.extend_from_slice(children);
        run
    }

    /// Adds a number as it is written.
    pub(crate) fn number_content(&mut self, written: &str) -> Content {
        Content::Number(self.keep(written))
    }

    fn keep(&mut self, text: &str) -> Run {
        let first = narrow(self.decoded.len());
        self.decoded.push_str(text);
        Run { first, count: narrow(text.len()) }
    }

    /// Remembers that a key is given again.
    pub(crate) fn double(&mut self, first: NodeId, again: NodeId) {
        self.doubled.push((first, again));
    }

    /// Where else a key is given, if it is given more than once.
    pub(crate) fn given_again(&self, first: NodeId) -> impl Iterator<Item = NodeId> {
        let again = self.doubled.iter().filter(move |(known, _)| *known == first);
        again.map(|(_, again)| *again)
    }

    /// The byte offsets of all scalars of the file, keys and what does not count included, in the
    /// order of the file.
    pub(crate) fn scalars(&self) -> impl Iterator<Item = (usize, usize)> {
        let scalars = self.nodes.iter().filter(|node| {
            !matches!(node.content, Content::List(_) | Content::Mapping(_)) && node.start < node.end
        });
        scalars.map(|node| (node.start as usize, node.end as usize))
    }

    /// Gives back the room that growing left over.
    pub(crate) fn finish(&mut self) {
        self.nodes.shrink_to_fit();
        self.links.shrink_to_fit();
        self.decoded.shrink_to_fit();
    }

    pub(crate) fn content(&self, id: NodeId) -> Content {
        self.nodes.get(id.0 as usize).map_or(Content::Null, |node| node.content)
    }

    /// The byte offsets of a node.
    pub(crate) fn offsets(&self, id: NodeId) -> (usize, usize) {
        let node = self.nodes.get(id.0 as usize);
        node.map_or((0, 0), |node| (node.start as usize, node.end as usize))
    }

    pub(crate) fn span(&self, id: NodeId) -> Span {
        let (start, end) = self.offsets(id);
        self.source.span(start, end)
    }

    /// The first line of a node, for findings about a whole mapping or list; of a line nobody would
    /// read to its end, the beginning.
    pub(crate) fn head(&self, id: NodeId) -> Span {
        const LONGEST: usize = 1_000;
        let (start, end) = self.offsets(id);
        let end = end.min(start + LONGEST);
        let text = self.source.text.as_bytes().get(start..end).unwrap_or_default();
        let line = text.iter().position(|byte| *byte == b'\n').map_or(end, |at| start + at);
        self.source.span(start, line)
    }

    /// The node as it is written.
    pub(crate) fn written(&self, id: NodeId) -> &str {
        let (start, end) = self.offsets(id);
        self.source.text.get(start..end).unwrap_or_default()
    }

    /// The text of a text node.
    pub(crate) fn text(&self, id: NodeId) -> Option<&str> {
        match self.content(id) {
            Content::Written(run) => self.source.text.get(run.range()),
            Content::Decoded(run) => self.decoded.get(run.range()),
            _ => None,
        }
    }

    /// The text of any scalar but null, as it is as a key: `1` and `"1"` are the same.
    pub(crate) fn key_text(&self, id: NodeId) -> Option<&str> {
        match self.content(id) {
            Content::Truth(_) => Some(self.written(id)),
            Content::Number(run) => self.decoded.get(run.range()),
            _ => self.text(id),
        }
    }

    /// The elements of a list; empty for anything else.
    pub(crate) fn elements(&self, id: NodeId) -> &[NodeId] {
        match self.content(id) {
            Content::List(run) => self.links.get(run.range()).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The fields of a mapping, key node and value node; empty for anything else.
    pub(crate) fn fields(&self, id: NodeId) -> impl Iterator<Item = (NodeId, NodeId)> {
        let links = match self.content(id) {
            Content::Mapping(run) => self.links.get(run.range()).unwrap_or_default(),
            _ => &[],
        };
        links.chunks_exact(2).filter_map(|pair| match pair {
            [key, value] => Some((*key, *value)),
            _ => None,
        })
    }

    /// The key node and value node of a field.
    pub(crate) fn field(&self, id: NodeId, name: &str) -> Option<(NodeId, NodeId)> {
        self.fields(id).find(|(key, _)| self.key_text(*key) == Some(name))
    }

    /// The value of a field.
    pub(crate) fn get(&self, id: NodeId, name: &str) -> Option<NodeId> {
        self.field(id, name).map(|(_, value)| value)
    }

    /// The text of a field.
    pub(crate) fn text_at(&self, id: NodeId, name: &str) -> Option<&str> {
        self.text(self.get(id, name)?)
    }

    /// A number as JSON has it.
    pub(crate) fn number(&self, id: NodeId) -> Option<Number> {
        match self.content(id) {
            Content::Number(_) => crate::scalar::number(self.key_text(id)?),
            _ => None,
        }
    }

    /// The node as JSON.
    pub(crate) fn value(&self, id: NodeId) -> Body {
        self.value_without(id, &[], &mut Pool::default())
    }

    /// The node as JSON, but for fields whose key node is in `without`, which is sorted. The depth
    /// is bounded by the reader, aliases included.
    pub(crate) fn value_without(&self, id: NodeId, without: &[NodeId], pool: &mut Pool) -> Body {
        match self.content(id) {
            Content::Null => Body::Null,
            Content::Truth(truth) => Body::Bool(truth),
            Content::Number(_) => self.number(id).into(),
            Content::Written(_) | Content::Decoded(_) => {
                pool.text(self.text(id).unwrap_or_default())
            }
            Content::List(_) => {
                let elements = self.elements(id).iter();
                let items = elements.map(|element| self.value_without(*element, without, pool));
                let items = items.collect();
                pool.list(items)
            }
            Content::Mapping(_) => {
                let kept = self.fields(id).filter(|(key, _)| without.binary_search(key).is_err());
                let field = |(key, value): (NodeId, NodeId)| {
                    let name = Pool::name(self.key_text(key).unwrap_or_default());
                    (name, self.value_without(value, without, pool))
                };
                let fields = kept.map(field).collect();
                pool.fields(fields)
            }
        }
    }

    /// Whether a node and what is below it, aliases written out, are more than `most` nodes.
    pub(crate) fn is_larger_than(&self, id: NodeId, most: usize) -> bool {
        let mut rest = vec![id];
        let mut count = 0;
        while let Some(node) = rest.pop() {
            count += 1;
            if count > most {
                return true;
            }
            rest.extend(self.elements(node));
            rest.extend(self.fields(node).map(|(_, value)| value));
        }
        false
    }

    /// The nodes along a path, from `id`: key node where there is one, and value node. Ends where
    /// the path does not exist.
    pub(crate) fn along(&self, id: NodeId, path: &FieldPath) -> Vec<(Option<NodeId>, NodeId)> {
        let mut found = vec![(None, id)];
        let mut here = id;
        for segment in path.segments() {
            let next = match segment {
                Segment::Key(key) => self.field(here, key).map(|(key, value)| (Some(key), value)),
                Segment::Index(at) => self.elements(here).get(*at).map(|value| (None, *value)),
                Segment::Item { by, is } => {
                    let mut elements = self.elements(here).iter();
                    elements
                        .find(|element| self.text_at(**element, by) == Some(is))
                        .map(|value| (None, *value))
                }
            };
            let Some(next) = next else { break };
            here = next.1;
            found.push(next);
        }
        found
    }

    /// Where a finding about a value points: the value, or its key when nothing is written or the
    /// value goes over several lines.
    pub(crate) fn place(&self, key: Option<NodeId>, value: NodeId) -> Span {
        let (start, end) = self.offsets(value);
        let long = matches!(self.content(value), Content::Mapping(_) | Content::List(_));
        match key {
            Some(key) if start == end || long => self.span(key),
            _ => self.head(value),
        }
    }
}

/// Offsets and counts fit in 32 bits: `source` limits every file to 8 MiB.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The tree of a document that stands for another: what a bare request body means. Its values
/// have the places of the fields of the same name in the original, or the whole original's.
pub(crate) fn standing_for(value: &Body, original: &Tree, root: NodeId) -> (Tree, NodeId) {
    let mut places = BTreeMap::new();
    let mut rest = vec![root];
    while let Some(node) = rest.pop() {
        rest.extend(original.elements(node));
        for (key, value) in original.fields(node) {
            let name = original.key_text(key).unwrap_or_default();
            places.entry(name).or_insert((original.offsets(key), original.offsets(value)));
            rest.push(value);
        }
    }
    let (start, _) = original.offsets(root);
    let line = original.head(root).end;
    let mut copy =
        Copy { tree: Tree::new(Arc::clone(&original.source)), places, whole: (start, line) };
    let root = copy.value(value, (start, line));
    (copy.tree, root)
}

/// Start and end.
type Offsets = (usize, usize);

struct Copy<'t> {
    tree: Tree,
    /// Where a field of this name and its value stand.
    places: BTreeMap<&'t str, (Offsets, Offsets)>,
    whole: Offsets,
}

impl Copy<'_> {
    fn value(&mut self, value: &Body, (start, end): Offsets) -> NodeId {
        let content = match value {
            // A document that is read has nothing in place of its valueFroms yet.
            Body::Null | Body::Secret(_) | Body::Output(_) | Body::Unset(_) => Content::Null,
            Body::Bool(truth) => Content::Truth(*truth),
            Body::Number(number) => self.tree.number_content(&number.to_string()),
            Body::Text(text) => self.tree.text_content(text, 0..0),
            Body::List(items) => {
                let items: Vec<NodeId> =
                    items.iter().map(|item| self.value(item, (start, end))).collect();
                Content::List(self.tree.link(&items))
            }
            Body::Fields(fields) => {
                let mut links = Vec::new();
                for (name, value) in fields {
                    let known = self.places.get(&**name).copied();
                    let (key_place, place) = known.unwrap_or((self.whole, self.whole));
                    let key = self.tree.text_content(name, 0..0);
                    links.push(self.tree.push(key_place.0, key_place.1, key));
                    links.push(self.value(value, place));
                }
                Content::Mapping(self.tree.link(&links))
            }
        };
        self.tree.push(start, end, content)
    }
}
