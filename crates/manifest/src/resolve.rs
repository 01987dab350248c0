//! From documents to the checked whole: every document is drafted on its own, then references are
//! resolved, then the whole is connected. All mistakes are found in one go.

use crate::Outside;
use crate::draft::{Context, Draft, Reference, any_error, draft};
use crate::load::Loaded;
use crate::parallel;
use crate::stack;
use plumb_kind::Registry;
use plumb_model::finding::nearest;
use plumb_model::resource::OutputReference;
use plumb_model::text::escape;
use plumb_model::{Code, Desired, Finding, Resource, ResourceKey, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// Documents that are drafted before findings are counted again.
const BATCH: usize = 1024;
/// Documents a thread takes at a time.
const TURN: usize = 32;
/// Findings after which no further document is drafted.
const ENOUGH: usize = 10_000;

/// What resolving came to.
#[derive(Debug)]
pub struct Resolved {
    /// What the manifests say, when nothing is wrong with them.
    pub desired: Option<Desired>,
    /// Everything that was found, those of loading included, in the order of files and places.
    pub findings: Vec<Finding>,
}

/// Checks and connects the documents.
#[must_use]
pub fn resolve(loaded: &Loaded, registry: &Registry, outside: &Outside<'_>) -> Resolved {
    let context = Context::new(registry, outside, &loaded.root);
    let mut whole = Whole::new(loaded);
    whole.findings.extend(stack::check_kinds(&loaded.kinds, registry));
    whole.draft(&context);
    whole.connect_outputs(registry);
    whole.forgive_references();
    let Whole { resources, mut findings, keys, .. } = whole;
    let mut desired = None;
    match Desired::new(registry.table(), resources) {
        Ok(connected) if !any_error(&findings) => desired = Some(connected),
        Ok(_) => {}
        Err(more) => findings.extend(more),
    }
    // Set once: resolving the same documents again finds the same keys.
    let _ = loaded.keys.set(keys);
    loaded.locate(&mut findings);
    tidy(&mut findings);
    Resolved { desired, findings }
}

/// Sorts findings by file and place, and takes repeats out.
fn tidy(findings: &mut Vec<Finding>) {
    let wrong: BTreeSet<(std::sync::Arc<str>, usize)> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .filter_map(|finding| finding.span.as_ref())
        .map(|span| (span.file.clone(), span.start))
        .collect();
    // A value that is wrong anyway needs no warning about how others would read it.
    findings.retain(|finding| {
        let place = finding.span.as_ref().map(|span| (span.file.clone(), span.start));
        finding.code != Code::AMBIGUOUS_SCALAR || place.is_none_or(|place| !wrong.contains(&place))
    });
    findings.sort_by(|a, b| {
        let place = |finding: &Finding| {
            finding.span.as_ref().map(|span| (span.file.clone(), span.start, span.end))
        };
        (place(a), a.severity, a.code, &a.message).cmp(&(place(b), b.severity, b.code, &b.message))
    });
    findings.dedup();
}

struct Whole<'l> {
    loaded: &'l Loaded,
    resources: Vec<Resource>,
    /// References with the position of the resource that has them.
    references: Vec<(usize, Reference)>,
    findings: Vec<Finding>,
    /// Names in documents whose key could not be told.
    unplaced: BTreeSet<String>,
    /// Keys that cannot be read off their documents again.
    keys: BTreeMap<ResourceKey, usize>,
}

impl<'l> Whole<'l> {
    fn new(loaded: &'l Loaded) -> Self {
        Self {
            loaded,
            resources: Vec::with_capacity(loaded.documents.len()),
            references: Vec::new(),
            findings: loaded.findings.clone(),
            unplaced: BTreeSet::new(),
            keys: BTreeMap::new(),
        }
    }

    fn draft(&mut self, context: &Context<'_>) {
        let documents = &self.loaded.documents;
        for (batch, chunk) in documents.chunks(BATCH).enumerate() {
            if self.findings.len() > ENOUGH {
                let left = documents.len() - batch * BATCH;
                let message = format!("{left} more documents were not checked");
                self.findings.push(Finding::error(Code::TOO_LARGE, message));
                return;
            }
            let drafts = parallel::map(chunk, TURN, |document| draft(document, context));
            for (at, drafted) in drafts.into_iter().enumerate() {
                self.take(batch * BATCH + at, drafted);
            }
        }
    }

    fn take(&mut self, document: usize, draft: Draft) {
        self.findings.extend(draft.findings);
        self.unplaced.extend(draft.unplaced);
        let Some(resource) = draft.resource else { return };
        if !draft.regular {
            self.keys.insert(resource.key.clone(), document);
        }
        let position = self.resources.len();
        let references = draft.references.into_iter();
        self.references.extend(references.map(|reference| (position, reference)));
        self.resources.push(resource);
    }

    /// Finds the resources that `valueFrom.output` names.
    fn connect_outputs(&mut self, registry: &Registry) {
        let references = std::mem::take(&mut self.references);
        if references.is_empty() {
            return;
        }
        let mut by_name: BTreeMap<(String, String), Vec<ResourceKey>> = BTreeMap::new();
        for resource in &self.resources {
            let name = (resource.key.kind.kind.clone(), resource.key.name.clone());
            by_name.entry(name).or_default().push(resource.key.clone());
        }
        for (position, reference) in references {
            let found = self.resources.get(position).and_then(|resource| {
                self.target(&reference, &resource.key, &by_name, registry).transpose()
            });
            let Some(resource) = self.resources.get_mut(position) else { continue };
            match found {
                Some(Ok(key)) => {
                    let output = OutputReference { key, path: reference.output.path };
                    resource.outputs.insert(reference.place, output);
                }
                Some(Err(finding)) => {
                    let finding = finding.of(&resource.key).field(reference.place);
                    self.findings.push(finding.at(reference.span));
                }
                None => {}
            }
        }
    }

    /// The resource a reference names; `None` when its document is one of those with mistakes.
    fn target(
        &self,
        reference: &Reference,
        from: &ResourceKey,
        by_name: &BTreeMap<(String, String), Vec<ResourceKey>>,
        registry: &Registry,
    ) -> Result<Option<ResourceKey>, Finding> {
        let output = &reference.output;
        let (kind, group) = match output.kind.split_once('.') {
            Some((kind, group)) => (kind, Some(group)),
            None => (output.kind.as_str(), None),
        };
        let known: Vec<&str> = registry.kinds().map(|kind| kind.rules().id.kind.as_str()).collect();
        if !known.contains(&kind) {
            let message =
                format!("valueFrom.output names the kind {}, which there is not", escape(kind));
            let finding = Finding::error(Code::BAD_VALUE_FROM, message);
            return Err(match nearest(kind, known) {
                Some(meant) => finding.help(format!("did you mean {meant}?")),
                None => finding,
            });
        }
        let in_scope = |key: &&ResourceKey| {
            group.is_none_or(|group| key.kind.group == group)
                && output
                    .scope
                    .as_ref()
                    .is_none_or(|scope| scope.split('/').eq(key.scope.segments()))
        };
        let named = by_name.get(&(kind.to_owned(), output.name.clone()));
        let mut keys: Vec<&ResourceKey> = named.into_iter().flatten().filter(in_scope).collect();
        keys.sort();
        keys.dedup();
        if keys.len() > 1 && keys.iter().any(|key| key.scope == from.scope) {
            keys.retain(|key| key.scope == from.scope);
        }
        let name = format!("{kind}/{}", escape(&output.name));
        match keys.as_slice() {
            [key] => Ok(Some((*key).clone())),
            [] if self.may_be_declared(&output.name) => Ok(None),
            [] => {
                let message = format!("valueFrom.output names {name}, which is not declared");
                let finding = Finding::error(Code::UNKNOWN_REFERENCE, message);
                let same = by_name.keys().filter(|(other, _)| other == kind);
                Err(match nearest(&output.name, same.map(|(_, name)| name.as_str())) {
                    Some(meant) if *meant != output.name => {
                        finding.help(format!("did you mean {}?", escape(meant)))
                    }
                    _ => finding.help("valueFrom.output needs a resource of the same stack"),
                })
            }
            several => {
                let message = format!(
                    "valueFrom.output names {name}, which {} resources are called",
                    several.len()
                );
                let finding = Finding::error(Code::AMBIGUOUS_REFERENCE, message);
                Err(finding.help("say which with scope: project/workspace"))
            }
        }
    }

    /// Whether a document that could not be read, or whose kind is wrong, may declare this name.
    fn may_be_declared(&self, name: &str) -> bool {
        let unread = [Code::SYNTAX, Code::TOO_LARGE, Code::UNREADABLE_FILE, Code::KUSTOMIZE_FAILED];
        self.unplaced.contains(name)
            || self.findings.iter().any(|finding| unread.contains(&finding.code))
    }

    /// Forgets wishes for resources whose documents have mistakes, so that one mistake is not
    /// told twice. There is no `Desired` then, so nothing is lost.
    fn forgive_references(&mut self) {
        if !any_error(&self.findings) {
            return;
        }
        let declared: BTreeSet<String> =
            self.resources.iter().map(|resource| resource.key.name.clone()).collect();
        let wished = self.resources.iter().flat_map(|resource| &resource.wishes.depends_on);
        let forgiven: BTreeSet<String> = wished
            .map(|address| address.name.clone())
            .filter(|name| !declared.contains(name) && self.may_be_declared(name))
            .collect();
        for resource in &mut self.resources {
            resource.wishes.depends_on.retain(|address| !forgiven.contains(&address.name));
        }
    }
}
