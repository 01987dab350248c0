//! Finding places again: from a resource's key and a field's path to the span in the file.

use crate::load::{Document, Loaded};
use crate::tree::{NodeId, Tree};
use plumb_model::path::Segment;
use plumb_model::{FieldPath, Finding, ResourceKey, Span};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Where a field stands; where it does not, the nearest field above it that does.
pub(crate) fn nearest_place(tree: &Tree, root: NodeId, path: &FieldPath) -> Span {
    match tree.along(root, path).last() {
        Some((key, node)) if *node != root => tree.place(*key, *node),
        _ => tree.head(root),
    }
}

impl Loaded {
    /// Gives findings their places: those without one that know their resource, and those that
    /// only point at a document but know the field. What cannot be found stays as it is.
    ///
    /// One file is looked at after another, and only those that may hold what is sought.
    pub fn locate(&self, findings: &mut [Finding]) {
        let mut sought = Sought::of(findings, self.keys.get());
        let mut position = 0;
        for documents in self.documents.chunk_by(Document::is_beside) {
            let positions = position..position + documents.len();
            position = positions.end;
            let Some(first) = documents.first() else { continue };
            if sought.is_in(first.file(), positions.clone()) {
                let tree = first.tree();
                for (position, document) in positions.zip(documents) {
                    sought.find(position, document, &tree);
                }
                first.source.forget();
            }
        }
    }
}

fn place(document: &Document, tree: &Tree, path: Option<&FieldPath>) -> Span {
    let root = document.root;
    let Some(path) = path else { return tree.head(root) };
    let bare = tree.get(root, "kind").is_none() && document.list.is_none();
    match path.segments().last() {
        // A bare body has its fields in other places than the document it stands for.
        Some(Segment::Key(name)) if bare => field_called(tree, root, name),
        _ => nearest_place(tree, root, path),
    }
}

fn field_called(tree: &Tree, root: NodeId, name: &str) -> Span {
    let mut rest = vec![root];
    while let Some(node) = rest.pop() {
        if let Some((key, value)) = tree.field(node, name) {
            return tree.place(Some(key), value);
        }
        rest.extend(tree.elements(node));
        rest.extend(tree.fields(node).map(|(_, value)| value));
    }
    tree.head(root)
}

/// Findings whose places are sought.
#[derive(Default)]
struct Sought<'f> {
    /// Those that point at a document, by where that begins.
    pointing: BTreeMap<(Arc<str>, usize), Vec<&'f mut Finding>>,
    /// Those about a resource, by its name.
    about: BTreeMap<String, Vec<(ResourceKey, &'f mut Finding)>>,
    /// Those about a resource whose document does not say its key, by the document's position.
    unsaid: BTreeMap<usize, Vec<&'f mut Finding>>,
}

impl<'f> Sought<'f> {
    fn of(findings: &'f mut [Finding], positions: Option<&BTreeMap<ResourceKey, usize>>) -> Self {
        let mut sought = Self::default();
        for finding in findings {
            match (&finding.span, &finding.key) {
                (Some(span), _) if finding.path.is_some() => {
                    let place = (Arc::clone(&span.file), span.start);
                    sought.pointing.entry(place).or_default().push(finding);
                }
                (None, Some(key)) => {
                    if let Some(position) = positions.and_then(|positions| positions.get(key)) {
                        sought.unsaid.entry(*position).or_default().push(finding);
                    } else {
                        let key = key.clone();
                        let same = sought.about.entry(key.name.clone()).or_default();
                        same.push((key, finding));
                    }
                }
                (_, _) => {}
            }
        }
        sought
    }

    /// Whether one of them may be about a document of a file.
    fn is_in(&self, file: &Arc<str>, positions: Range<usize>) -> bool {
        let place = self.pointing.range((Arc::clone(file), 0)..).next();
        !self.about.is_empty()
            || place.is_some_and(|((other, _), _)| other == file)
            || self.unsaid.range(positions).next().is_some()
    }

    /// Gives those about a document their places.
    fn find(&mut self, position: usize, document: &Document, tree: &Tree) {
        let (start, _) = tree.offsets(document.root);
        if let Some(pointing) = self.pointing.get_mut(&(Arc::clone(document.file()), start)) {
            let (head, whole) = (tree.head(document.root), tree.span(document.root));
            let here = |span: Option<&Span>| span.is_some_and(|it| *it == head || *it == whole);
            for finding in pointing.extract_if(.., |finding| here(finding.span.as_ref())) {
                finding.span = Some(place(document, tree, finding.path.as_ref()));
            }
        }
        for finding in self.unsaid.remove(&position).into_iter().flatten() {
            finding.span = Some(place(document, tree, finding.path.as_ref()));
        }
        let said = Said { document, tree };
        let named = said.metadata("name").and_then(|name| self.about.get_mut(name));
        let Some(named) = named else { return };
        for (_, finding) in named.extract_if(.., |(key, _)| said.declares(key)) {
            finding.span = Some(place(document, tree, finding.path.as_ref()));
        }
    }
}

/// What a document says of its key.
struct Said<'d> {
    document: &'d Document,
    tree: &'d Tree,
}

impl<'d> Said<'d> {
    fn field(&self, name: &str) -> Option<&'d str> {
        self.tree.text_at(self.document.root, name)
    }

    fn metadata(&self, name: &str) -> Option<&'d str> {
        self.tree.text_at(self.tree.get(self.document.root, "metadata")?, name)
    }

    fn declares(&self, key: &ResourceKey) -> bool {
        let group = self.field("apiVersion").and_then(|text| text.rsplit_once('/'));
        let in_scope = |name, wanted: Option<&str>| {
            wanted.is_none_or(|wanted| self.metadata(name) == Some(wanted))
        };
        self.field("kind") == Some(key.kind.kind.as_str())
            && group.is_none_or(|(group, _)| group == key.kind.group)
            && in_scope("project", key.scope.project())
            && in_scope("workspace", key.scope.workspace())
    }
}
