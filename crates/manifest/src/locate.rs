//! Finding places again: from a resource's key and a field's path to the span in the file.

use crate::load::{Document, Loaded};
use crate::tree::{NodeId, Tree};
use plumb_model::path::Segment;
use plumb_model::{FieldPath, Finding, ResourceKey, Span};
use std::collections::BTreeMap;

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
    pub fn locate(&self, findings: &mut [Finding]) {
        let vague = |finding: &Finding| match &finding.span {
            None => finding.key.is_some(),
            Some(_) => finding.path.is_some(),
        };
        if !findings.iter().any(vague) {
            return;
        }
        let index = Index::new(self);
        for finding in findings.iter_mut().filter(|finding| vague(finding)) {
            let document = match (&finding.span, &finding.key) {
                (Some(span), _) => index.at(span),
                (None, Some(key)) => index.of(key),
                (None, None) => None,
            };
            if let Some(document) = document {
                finding.span = Some(place(document, finding.path.as_ref()));
            }
        }
    }
}

fn place(document: &Document, path: Option<&FieldPath>) -> Span {
    let (tree, root) = (document.tree.as_ref(), document.root);
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

/// The documents by where they begin and by what they declare.
struct Index<'l> {
    loaded: &'l Loaded,
    by_place: BTreeMap<(&'l str, usize), &'l Document>,
    by_name: BTreeMap<(&'l str, &'l str), Vec<&'l Document>>,
}

impl<'l> Index<'l> {
    fn new(loaded: &'l Loaded) -> Self {
        let mut index = Self { loaded, by_place: BTreeMap::new(), by_name: BTreeMap::new() };
        for document in &loaded.documents {
            let (start, _) = document.tree.offsets(document.root);
            index.by_place.insert((document.file(), start), document);
            if let (Some(kind), Some(name)) = (field(document, "kind"), metadata(document, "name"))
            {
                index.by_name.entry((kind, name)).or_default().push(document);
            }
        }
        index
    }

    /// The document a span is the head of.
    fn at(&self, span: &Span) -> Option<&'l Document> {
        let document = self.by_place.get(&(span.file.as_ref(), span.start)).copied()?;
        let head = document.tree.head(document.root);
        (head == *span || document.span() == *span).then_some(document)
    }

    fn of(&self, key: &ResourceKey) -> Option<&'l Document> {
        let irregular = self.loaded.keys.get().and_then(|keys| keys.get(key));
        if let Some(at) = irregular {
            return self.loaded.documents.get(*at);
        }
        let named = self.by_name.get(&(key.kind.kind.as_str(), key.name.as_str()))?;
        named.iter().copied().find(|document| declares(document, key))
    }
}

fn field<'d>(document: &'d Document, name: &str) -> Option<&'d str> {
    document.tree.text_at(document.root, name)
}

fn metadata<'d>(document: &'d Document, name: &str) -> Option<&'d str> {
    document.tree.text_at(document.tree.get(document.root, "metadata")?, name)
}

fn declares(document: &Document, key: &ResourceKey) -> bool {
    let group = field(document, "apiVersion").and_then(|text| text.rsplit_once('/'));
    let in_scope = |name, wanted: Option<&str>| {
        wanted.is_none_or(|wanted| metadata(document, name) == Some(wanted))
    };
    group.is_none_or(|(group, _)| group == key.kind.group)
        && in_scope("project", key.scope.project())
        && in_scope("workspace", key.scope.workspace())
}
