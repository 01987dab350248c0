//! From documents to the checked whole: every document is drafted on its own, then references are
//! resolved, then the whole is connected. All mistakes are found in one go.

use crate::draft::{Context, Draft, Reference, any_error, draft};
use crate::load::{Document, Loaded};
use crate::outside::Outside;
use crate::parallel;
use crate::stack;
use plumb_kind::Registry;
use plumb_model::body::Pool;
use plumb_model::finding::nearest;
use plumb_model::resource::OutputReference;
use plumb_model::text::escape;
use plumb_model::{Code, Desired, Finding, Resource, ResourceKey, Severity, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Documents that a thread takes at a time, and that are drafted before findings are counted again.
const BATCH: usize = 32;
/// Findings after which no further document is drafted.
const ENOUGH: usize = 1_000;
/// Outputs that are not declared, after which no further ones are told.
const MOST_MISSING: usize = 100;
/// Names that are compared with one that is not declared.
const MOST_COMPARED: usize = 1_000;

/// What resolving came to.
#[derive(Debug)]
pub struct Resolved {
    /// What the manifests say, when nothing is wrong with them.
    pub desired: Option<Desired>,
    /// Everything that was found, those of loading included, in the order of files and places.
    pub findings: Vec<Finding>,
    /// The environment variables that are not set, where each is named, as errors: for whoever has
    /// to send what they would give. What only compares takes [`Body::Unset`](plumb_model::Body) for
    /// what it is.
    pub unset: Vec<Finding>,
}

impl Resolved {
    /// The same for whoever has to send what the manifests say: a variable that is not set is an
    /// error like every other.
    #[must_use]
    pub fn to_send(mut self) -> Self {
        self.desired = self.desired.filter(|_| self.unset.is_empty());
        self.findings.append(&mut self.unset);
        tidy(&mut self.findings);
        self
    }
}

/// Checks and connects the documents.
#[must_use]
pub fn resolve(loaded: &Loaded, registry: &Registry, outside: &Outside<'_>) -> Resolved {
    let context = Context::new(registry, outside, &loaded.root);
    let mut whole = Whole::new(loaded);
    whole.findings.extend(stack::named_kinds::check(&loaded.kinds, registry));
    whole.draft(&context);
    whole.tell_of_files(&context);
    whole.connect_outputs(registry);
    whole.forgive_references();
    let Whole { resources, mut findings, keys, mut unset, .. } = whole;
    let mut desired = None;
    match Desired::new(registry.table().clone(), resources) {
        Ok(connected) if !any_error(&findings) => desired = Some(connected),
        Ok(_) => {}
        Err(more) => findings.extend(more),
    }
    // Set once: resolving the same documents again finds the same keys.
    let _ = loaded.keys.set(keys);
    for found in [&mut findings, &mut unset] {
        loaded.locate(found);
        tidy(found);
    }
    Resolved { desired, findings, unset }
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

/// What outputs can be looked up in.
struct Declared<'r> {
    kinds: Vec<&'r str>,
    by_name: BTreeMap<(String, String), BTreeSet<ResourceKey>>,
    /// Whether there is a text that could not be read, and may declare anything.
    unread: bool,
}

impl<'r> Declared<'r> {
    fn new(resources: &[Resource], registry: &'r Registry, unread: bool) -> Self {
        let kinds = registry.kinds().map(|kind| kind.rules().id.kind.as_str()).collect();
        let mut by_name: BTreeMap<(String, String), BTreeSet<ResourceKey>> = BTreeMap::new();
        for resource in resources {
            let name = (resource.key.kind.kind.clone(), resource.key.name.clone());
            by_name.entry(name).or_default().insert(resource.key.clone());
        }
        Self { kinds, by_name, unread }
    }
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
    /// Where the first file is named that a value comes from, and what is wrong with such files.
    first_file: Option<Span>,
    file_findings: Vec<Finding>,
    unset: Vec<Finding>,
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
            first_file: None,
            file_findings: Vec::new(),
            unset: Vec::new(),
        }
    }

    fn draft(&mut self, context: &Context<'_>) {
        let documents = &self.loaded.documents;
        let mut rest = documents.as_slice();
        let work = |pool: &mut Pool, document: &Document| draft(document, context, pool);
        parallel::pieces(documents, BATCH, work, |drafts| {
            if self.findings.len() + self.file_findings.len() > ENOUGH {
                let message = format!("{} more documents were not checked", rest.len());
                let finding = Finding::error(Code::TOO_LARGE, message);
                let finding = finding.help("correct those before");
                self.findings.extend(rest.first().map(|next| finding.at(next.head())));
                return ControlFlow::Break(());
            }
            for drafted in drafts {
                self.take(documents.len() - rest.len(), drafted);
                let Some((document, after)) = rest.split_first() else { break };
                if after.first().is_none_or(|next| !document.is_beside(next)) {
                    document.source.forget();
                }
                rest = after;
            }
            ControlFlow::Continue(())
        });
    }

    fn take(&mut self, document: usize, draft: Draft) {
        self.findings.extend(draft.findings);
        self.unset.extend(draft.unset);
        self.unplaced.extend(draft.unplaced);
        self.file_findings.extend(draft.file_findings);
        self.first_file = self.first_file.take().or(draft.first_file);
        let Some(resource) = draft.resource else { return };
        if !draft.regular {
            self.keys.insert(resource.key.clone(), document);
        }
        let position = self.resources.len();
        let references = draft.references.into_iter();
        self.references.extend(references.map(|reference| (position, reference)));
        self.resources.push(resource);
    }

    /// What is wrong with the files values come from. Too much of them is told once: which of them
    /// were read is chance then.
    fn tell_of_files(&mut self, context: &Context<'_>) {
        let findings = std::mem::take(&mut self.file_findings);
        match self.first_file.take() {
            Some(first) if context.has_too_much_in_files() => {
                let message = "the files that values come from hold more than 16 MiB together";
                let finding = Finding::error(Code::TOO_LARGE, message).at(first);
                self.findings.push(finding.help("write less from files, or in smaller ones"));
            }
            _ => self.findings.extend(findings),
        }
    }

    /// Finds the resources that `valueFrom.output` names.
    fn connect_outputs(&mut self, registry: &Registry) {
        let references = std::mem::take(&mut self.references);
        if references.is_empty() {
            return;
        }
        let declared = Declared::new(&self.resources, registry, self.unread());
        let mut missing = 0;
        for (position, reference) in references {
            let Some(resource) = self.resources.get(position) else {
                let message = "an output is wanted by a resource that is not there";
                let finding = Finding::error(Code::INTERNAL, message).at(reference.span);
                self.findings.push(finding);
                continue;
            };
            let key = resource.key.clone();
            let found = self.target(&reference, &key, &declared);
            missing += usize::from(found.is_err());
            if missing > MOST_MISSING {
                let message = "further outputs that are not declared are not told";
                let finding = Finding::error(Code::TOO_LARGE, message).at(reference.span);
                return self.findings.push(finding.help("correct those before"));
            }
            match (found, self.resources.get_mut(position)) {
                (Ok(Some(key)), Some(resource)) => {
                    let output = OutputReference { key, path: reference.output.path };
                    resource.put(&reference.at, output);
                }
                (Ok(_), _) => {}
                (Err(finding), _) => {
                    let finding = finding.of(&key).field(reference.place);
                    self.findings.push(finding.at(reference.span));
                }
            }
        }
    }

    /// The resource a reference names; `None` when its document is one of those with mistakes.
    fn target(
        &self,
        reference: &Reference,
        from: &ResourceKey,
        declared: &Declared<'_>,
    ) -> Result<Option<ResourceKey>, Finding> {
        let output = &reference.output;
        let (kind, group) = match output.kind.split_once('.') {
            Some((kind, group)) => (kind, Some(group)),
            None => (output.kind.as_str(), None),
        };
        let Declared { kinds, by_name, .. } = declared;
        if !kinds.contains(&kind) {
            let message =
                format!("valueFrom.output names the kind {}, which there is not", escape(kind));
            let finding = Finding::error(Code::BAD_VALUE_FROM, message);
            return Err(match nearest(kind, kinds.iter().copied()) {
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
        if keys.len() > 1 && keys.iter().any(|key| key.scope == from.scope) {
            keys.retain(|key| key.scope == from.scope);
        }
        let name = format!("{kind}/{}", escape(&output.name));
        match keys.as_slice() {
            [key] => Ok(Some((*key).clone())),
            [] if declared.unread || self.unplaced.contains(&output.name) => Ok(None),
            [] => {
                let message = format!("valueFrom.output names {name}, which is not declared");
                let finding = Finding::error(Code::UNKNOWN_REFERENCE, message);
                let same = by_name.keys().filter(|(other, _)| other == kind).take(MOST_COMPARED);
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

    /// Whether there is a text that could not be read, and may declare anything.
    fn unread(&self) -> bool {
        let unread = [Code::SYNTAX, Code::TOO_LARGE, Code::UNREADABLE_FILE, Code::KUSTOMIZE_FAILED];
        self.findings.iter().any(|finding| unread.contains(&finding.code))
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
        let unread = self.unread();
        let forgiven: BTreeSet<String> = wished
            .map(|address| address.name.clone())
            .filter(|name| !declared.contains(name) && (unread || self.unplaced.contains(name)))
            .collect();
        for resource in &mut self.resources {
            resource.wishes.depends_on.retain(|address| !forgiven.contains(&address.name));
        }
    }
}
