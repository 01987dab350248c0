//! From one document to a resource: whether it has its kind's shape, what is plumb's own in it,
//! and which of its values are secret or stand elsewhere. How resources hang together is in
//! `resolve`.

use crate::head::{self, Head};
use crate::load::Document;
use crate::locate;
use crate::outside::Outside;
use crate::schema::Schema;
use crate::tree::{NodeId, Tree};
use crate::validate::{self, Filled, Leave};
use crate::value_from::{self, Wanted, WantedOutput};
use crate::wishes::{self, Own};
use crate::yaml::MOST_VALUES;
use plumb_kind::{Kind, Registry};
use plumb_model::body::{Pool, walk};
use plumb_model::resource::Origin;
use plumb_model::rules::{PowerControl, RuleSet};
use plumb_model::text::{Secret, escape};
use plumb_model::{
    Body, Code, FieldPath, Finding, KindId, PathPattern, Resource, ResourceKey, Scope, Severity,
    Shared, Span, Wishes, body,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Characters in a name, a project or a workspace: longer than any cloud allows.
const LONGEST_NAME: usize = 1_024;
/// Bytes of all value files together: they are kept until the run ends.
const MOST_FILE_BYTES: usize = 16 << 20;

/// What checking documents needs, made once for all of them.
pub(crate) struct Context<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) outside: &'a Outside<'a>,
    /// The folder `valueFrom.file` stays below.
    pub(crate) root: &'a Path,
    /// The fields of each kind that nothing said about a document may repeat.
    secret: BTreeMap<KindId, Vec<PathPattern>>,
    /// Those of documents without annotations of plumb's.
    no_wishes: Shared<Wishes>,
    /// Bytes of value files read so far.
    file_bytes: AtomicUsize,
}

impl<'a> Context<'a> {
    pub(crate) fn new(registry: &'a Registry, outside: &'a Outside<'a>, root: &'a Path) -> Self {
        let secret = |kind: &'static dyn Kind| {
            let rules = kind.rules();
            let guarded = RuleSet::new(&rules.fields, &[]).guarded().cloned().collect();
            (rules.id.clone(), guarded)
        };
        let secret = registry.kinds().map(secret).collect();
        let (no_wishes, file_bytes) = (Shared::default(), AtomicUsize::new(0));
        Self { registry, outside, root, secret, no_wishes, file_bytes }
    }

    /// Whether the files that values come from are more than may be kept. Then some were not read.
    pub(crate) fn has_too_much_in_files(&self) -> bool {
        self.file_bytes.load(Ordering::Relaxed) > MOST_FILE_BYTES
    }
}

/// A `valueFrom.output` whose resource is still to be found.
pub(crate) struct Reference {
    /// Where the value will stand: elements of lists by position.
    pub(crate) at: FieldPath,
    /// The same as it is told: elements of keyed lists by their key.
    pub(crate) place: FieldPath,
    pub(crate) span: Span,
    pub(crate) output: WantedOutput,
}

/// What a document came to.
#[derive(Default)]
pub(crate) struct Draft {
    /// The resource. When there are errors it has its key, its wishes and little more, so that
    /// references to it still resolve.
    pub(crate) resource: Option<Resource>,
    pub(crate) references: Vec<Reference>,
    pub(crate) findings: Vec<Finding>,
    /// The name in a document whose key could not be told.
    pub(crate) unplaced: Option<String>,
    /// Whether the key can be found in the document again without its kind.
    pub(crate) regular: bool,
    /// Where the first file is named that a value comes from.
    pub(crate) first_file: Option<Span>,
    /// What is wrong with such files; of no interest when there are too many of them.
    pub(crate) file_findings: Vec<Finding>,
    /// The variables that are not set.
    pub(crate) unset: Vec<Finding>,
}

/// Reads one document. What it has in common with others is in the pool.
pub(crate) fn draft(document: &Document, context: &Context<'_>, pool: &mut Pool) -> Draft {
    let (tree, root) = (&document.tree(), document.root);
    let name = || {
        let metadata = tree.get(root, "metadata");
        metadata.and_then(|metadata| tree.text_at(metadata, "name")).map(str::to_owned)
    };
    let refused =
        |finding: Finding| Draft { findings: vec![finding], unplaced: name(), ..Draft::default() };
    if tree.is_larger_than(root, MOST_VALUES) {
        let message = "the document holds more than 50,000 values";
        let finding = Finding::error(Code::TOO_LARGE, message).at(tree.head(root));
        return refused(finding.help("split it into several documents"));
    }
    match head::read(document, tree, context.registry) {
        Ok(head) => {
            let mut draft = checked((document, tree), &head, context, pool);
            if draft.resource.is_none() {
                draft.unplaced = name();
            }
            limit(&mut draft.findings, tree, root);
            limit(&mut draft.file_findings, tree, root);
            draft
        }
        Err(finding) => refused(finding),
    }
}

/// Leaves the first findings about a document, and tells how many more there are.
fn limit(findings: &mut Vec<Finding>, tree: &Tree, root: NodeId) {
    let more = findings.len().saturating_sub(2 * validate::MOST_FINDINGS);
    if more > 0 {
        findings.truncate(2 * validate::MOST_FINDINGS);
        findings.push(validate::more_mistakes(more, tree, root));
    }
}

fn checked(
    (document, whole): (&Document, &Arc<Tree>),
    head: &Head,
    context: &Context<'_>,
    pool: &mut Pool,
) -> Draft {
    let (tree, root, kind) = (head.tree.as_ref(), head.root, head.kind);
    let id = &kind.rules().id;
    let (Some(schema), Some(secret)) = (context.registry.schema(id), context.secret.get(id)) else {
        let message = format!("the registry knows {id} and has no schema of it");
        let finding = Finding::error(Code::INTERNAL, message).at(tree.head(root));
        return Draft { findings: vec![finding], ..Draft::default() };
    };
    let own = wishes::read(tree, root);
    let given: Vec<&str> = head.given.iter().map(|(name, _)| *name).collect();
    let leave = Leave { keys: &own.keys, given: &given, secret, called: None };
    let shape = validate::check(tree, root, schema, leave);
    let mut draft = Draft { findings: own.findings.clone(), ..Draft::default() };
    let version = tree.text_at(root, "apiVersion");
    let alias = version.is_some_and(|version| kind.rules().aliases.contains(&version));
    draft.regular = head.given.is_empty() && Arc::ptr_eq(&head.tree, whole) && !alias;
    draft.findings.extend(shape.findings);
    draft.findings.extend(power_mistake(tree, root, &own, kind));
    let sound = draft.findings.is_empty();
    let body = if sound { sent(head, &own, pool) } else { identity(tree, root) };
    let mut filling = Filling { tree, schema, context, kind, body, sound };
    filling.fill(&shape.filled, &mut draft);
    let body = filling.body;
    let key = match kind.identify(&body) {
        Ok((scope, name)) if is_too_long(&scope, &name) => {
            let message = "a name has more than 1,024 characters";
            let metadata = tree.get(root, "metadata").unwrap_or(root);
            let finding = Finding::error(Code::INVALID_VALUE, message).at(tree.head(metadata));
            draft.findings.push(finding.help("shorten it"));
            return draft;
        }
        Ok((scope, name)) => ResourceKey::new(kind.rules().id.clone(), scope, name),
        Err(field) => {
            if sound {
                let finding = Finding::error(Code::MISSING_FIELD, format!("{field} is missing"));
                draft.findings.push(finding.at(tree.head(root)));
            }
            return draft;
        }
    };
    let wishes = if own.keys.is_empty() { context.no_wishes.clone() } else { own.wishes.into() };
    let mut resource = Resource { key, body, wishes, origin: origin(document, whole) };
    if sound {
        kind.prepare(&mut resource);
        walk::seal(&mut resource.body, RuleSet::new(&kind.rules().fields, &[]));
        let own_findings = kind.check(&resource).into_iter();
        draft.findings.extend(own_findings.map(|finding| located(finding, tree, root)));
    }
    let found = draft.findings.iter_mut().chain(&mut draft.file_findings).chain(&mut draft.unset);
    for finding in found {
        finding.key.get_or_insert_with(|| resource.key.clone());
    }
    draft.resource = Some(resource);
    draft
}

fn is_too_long(scope: &Scope, name: &str) -> bool {
    scope.segments().into_iter().chain([name]).any(|name| name.chars().nth(LONGEST_NAME).is_some())
}

fn origin(document: &Document, tree: &Tree) -> Origin {
    Origin {
        file: Arc::clone(document.file()),
        document: document.position(),
        item: document.item(),
        span: tree.head(document.root),
    }
}

/// The document as it will be sent: without plumb's own, with what its list says.
fn sent(head: &Head, own: &Own, pool: &mut Pool) -> Body {
    let mut body = head.tree.value_without(head.root, &own.keys, pool);
    if let Body::Fields(fields) = &mut body {
        for (name, text) in &head.given {
            fields.insert(name, text.into());
        }
    }
    body
}

/// What of a document with mistakes says which resource it is.
fn identity(tree: &Tree, root: NodeId) -> Body {
    let metadata = tree.get(root, "metadata");
    let field = |name: &str| {
        let text = metadata.and_then(|metadata| tree.text_at(metadata, name));
        Body::from(text)
    };
    body!({"metadata": {
        "name": field("name"), "project": field("project"), "workspace": field("workspace")
    }})
}

fn power_mistake(tree: &Tree, root: NodeId, own: &Own, kind: &'static dyn Kind) -> Option<Finding> {
    own.wishes.power.filter(|_| kind.rules().power == PowerControl::None)?;
    let message = format!("a {} has no power to switch", kind.rules().id.kind);
    let path = FieldPath::root().key("metadata").key("annotations").key("plumb.dev/power");
    let finding = Finding::error(Code::BAD_ANNOTATION, message).field(path);
    Some(located(finding.help("remove the annotation"), tree, root))
}

/// A finding with its place, found from its path when it has none.
fn located(finding: Finding, tree: &Tree, root: NodeId) -> Finding {
    match (&finding.span, &finding.path) {
        (None, Some(path)) => {
            let span = locate::nearest_place(tree, root, path);
            finding.at(span)
        }
        (None, None) => finding.at(tree.head(root)),
        (Some(_), _) => finding,
    }
}

/// Puts what `valueFrom` asks for in its place. In a document with mistakes there is no such
/// place, and only what is wrong with the values themselves is found.
struct Filling<'a> {
    tree: &'a Tree,
    schema: &'a Schema,
    context: &'a Context<'a>,
    kind: &'static dyn Kind,
    body: Body,
    /// Whether the body is the whole document.
    sound: bool,
}

impl Filling<'_> {
    fn fill(&mut self, filled: &[Filled], draft: &mut Draft) {
        // Every place is named before the first is filled: filling may take a list's keys away.
        let rules = RuleSet::new(&self.kind.rules().fields, &[]);
        let places = walk::named(&self.body, filled.iter().map(|filled| &filled.path), rules);
        for (filled, place) in filled.iter().zip(places) {
            match &filled.wanted {
                Wanted::Variable(name) => match value_from::variable(name, self.context.outside) {
                    Ok(secret) => draft.findings.extend(self.secret(filled, place, Ok(secret))),
                    Err(variable) => {
                        let finding = value_from::not_set(&variable).field(place);
                        draft.unset.push(finding.at(self.tree.head(filled.node)));
                        let open = Body::Unset(variable.into());
                        draft.findings.extend(self.put(filled, open));
                    }
                },
                Wanted::File(path) => {
                    draft.first_file.get_or_insert_with(|| self.tree.head(filled.node));
                    if !self.context.has_too_much_in_files() {
                        let found = value_from::file(path, self.context.root);
                        let bytes = found.as_ref().map_or(0, |secret| secret.expose().len());
                        self.context.file_bytes.fetch_add(bytes, Ordering::Relaxed);
                        draft.file_findings.extend(self.secret(filled, place, found));
                    }
                }
                Wanted::Output(output) => {
                    draft.findings.extend(self.put(filled, Body::Null));
                    let (span, output) = (self.tree.head(filled.node), output.clone());
                    let at = filled.path.clone();
                    draft.references.push(Reference { at, place, span, output });
                }
            }
        }
    }

    fn secret(
        &mut self,
        filled: &Filled,
        place: FieldPath,
        found: Result<Secret, Finding>,
    ) -> Option<Finding> {
        if let Some(contradiction) = self.put(filled, Body::Null) {
            return Some(contradiction);
        }
        let span = self.tree.head(filled.node);
        match found {
            Ok(secret) if self.fits(filled, &secret) => self.put(filled, secret.into()),
            Ok(_) => {
                let shown = escape(&place.to_string());
                let message = format!("the value read for {shown} is not one the field may have");
                Some(Finding::error(Code::INVALID_VALUE, message).at(span).field(place))
            }
            Err(finding) => Some(finding.at(span).field(place)),
        }
    }

    fn fits(&self, filled: &Filled, secret: &Secret) -> bool {
        let fits = |rule| validate::text_fits(self.schema, rule, secret.expose());
        filled.rule.is_none_or(fits)
    }

    /// Puts a value in its place. One that has none in a whole document would be sent as it is
    /// written, with `valueFrom` in it.
    fn put(&mut self, filled: &Filled, value: Body) -> Option<Finding> {
        if let Some(place) = self.body.find_mut(&filled.path) {
            *place = value;
            return None;
        }
        let message = format!("{} has no place in the document", filled.path);
        let finding = Finding::error(Code::INTERNAL, message).at(self.tree.head(filled.node));
        self.sound.then_some(finding)
    }
}

/// Whether findings keep a run from going on.
pub(crate) fn any_error(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.severity == Severity::Error)
}
