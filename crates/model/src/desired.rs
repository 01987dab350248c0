//! What the manifests say, as a whole. A `Desired` that exists is valid: keys are unique, the
//! resources that are named exist, nothing depends on itself.

#[cfg(test)]
mod tests;

use crate::body::{Body, walk};
use crate::codes::Code;
use crate::finding::Finding;
use crate::graph::{self, Cycle, Requirements};
use crate::key::{Address, ResourceKey, Scope};
use crate::path::FieldPath;
use crate::resource::Resource;
use crate::rules::{KindTable, ReferenceRule, RuleSet};
use crate::schedule::{self, Schedule};
use crate::sorted::Sorted;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

/// Findings of one sort, after which no further ones are told.
const MOST_FINDINGS: usize = 1_000;
/// Edges between `resources`: several for each, and room for every machine of a large project to
/// come after every network of it. What has more was written to stop a run.
fn most_edges(resources: usize) -> usize {
    10 * resources + 100_000
}

/// Keys by the names of their kinds and their own.
type ByName<'k> = BTreeMap<(&'k str, &'k str), Vec<&'k ResourceKey>>;

/// The checked set of declared resources, with the edges between them.
#[derive(Clone, Debug, Default)]
pub struct Desired {
    kinds: KindTable,
    resources: Sorted<ResourceKey, Resource>,
    edges: Requirements<ResourceKey>,
}

impl Desired {
    /// Checks and connects resources.
    ///
    /// # Errors
    /// All findings at once: duplicate keys, references that name nothing or too much, cycles.
    pub fn new(
        kinds: KindTable,
        resources: impl IntoIterator<Item = Resource>,
    ) -> Result<Self, Vec<Finding>> {
        let mut resources: Vec<Resource> = resources.into_iter().collect();
        let mut findings = take_duplicates(&mut resources);
        // Made of all at once, a map has no room that is not used.
        let keyed = resources.into_iter().map(|resource| (resource.key.clone(), resource));
        let mut desired = Self { kinds, resources: keyed.collect(), edges: BTreeMap::new() };
        desired.connect(&mut findings);
        let mut order = graph::order(&desired.edges);
        if order.is_err() {
            desired.yield_to_explicit();
            order = graph::order(&desired.edges);
        }
        if let Err(Cycle(nodes)) = order {
            findings.push(desired.cycle(&nodes));
        }
        if findings.is_empty() { Ok(desired) } else { Err(findings) }
    }

    /// The same at a moment: machines are on or off as the schedules have them then.
    #[must_use]
    pub fn at(mut self, now: Timestamp, schedules: &[Schedule]) -> Self {
        if !schedules.is_empty() {
            self.resources.values_mut().for_each(|one| schedule::apply(schedules, one, now));
        }
        self
    }

    /// The rules of all kinds.
    #[must_use]
    pub fn kinds(&self) -> &KindTable {
        &self.kinds
    }

    /// All resources, by key.
    #[must_use]
    pub fn resources(&self) -> &Sorted<ResourceKey, Resource> {
        &self.resources
    }

    /// One resource.
    #[must_use]
    pub fn get(&self, key: &ResourceKey) -> Option<&Resource> {
        self.resources.get(key)
    }

    /// For each resource the declared resources it comes after.
    #[must_use]
    pub fn edges(&self) -> &Requirements<ResourceKey> {
        &self.edges
    }

    /// The declared resources an address names.
    #[must_use]
    pub fn named(&self, address: &Address) -> Vec<&ResourceKey> {
        self.resources.keys().filter(|key| address.names(key)).collect()
    }

    /// Whether a declared resource needs `other` by what its own document says or where it lives,
    /// even if `other` is not declared: it lives in it, names it, or has it come first by its kind.
    #[must_use]
    pub fn needs(&self, resource: &Resource, other: &ResourceKey) -> bool {
        let Some(rules) = self.kinds.get(resource.kind()) else { return false };
        let in_project = other.scope.workspace().is_none();
        let same_project = resource.key.scope.project() == other.scope.project();
        let implied =
            in_project && same_project && rules.after.iter().any(|edge| edge.kind == other.kind);
        // Of two declared resources it is known whether the edge yields to an explicit one.
        let edge = self.edges.get(&resource.key).filter(|_| self.get(other).is_some());
        let implied = implied && edge.is_none_or(|required| required.contains(other));
        let within_reach = other.scope == resource.key.scope || *other.scope == Scope::Global;
        let named = || {
            let mut fitting = rules.references.iter().filter(|rule| rule.kind == other.kind);
            fitting.any(|rule| {
                named_by(resource, rule).into_iter().any(|(name, scope)| {
                    name == other.name && scope.map_or(within_reach, |scope| scope == *other.scope)
                })
            })
        };
        self.ancestors(&resource.key).contains(other) || implied || named()
    }

    /// The resources in whose scope a key lives, from the inside out: workspace, then project.
    #[must_use]
    pub fn ancestors(&self, key: &ResourceKey) -> Vec<ResourceKey> {
        std::iter::successors(self.kinds.parent_of(key), |child| self.kinds.parent_of(child))
            .collect()
    }

    fn connect(&mut self, findings: &mut Vec<Finding>) {
        let mut by_project: BTreeMap<(&str, &str, Option<&str>), Vec<&ResourceKey>> =
            BTreeMap::new();
        // What lives deeper than a project comes first for nobody by its kind alone.
        for key in self.resources.keys().filter(|key| key.scope.workspace().is_none()) {
            let place = (key.kind.group.as_str(), key.kind.kind.as_str(), key.scope.project());
            by_project.entry(place).or_default().push(key);
        }
        let by_name = self.by_name();
        let (mut edges, mut count) = (Vec::with_capacity(self.resources.len()), 0);
        for resource in self.resources.values() {
            let mut required = self.explicit(resource, &by_name, findings);
            if let Some(rules) = self.kinds.get(resource.kind()) {
                for edge in &rules.after {
                    let kind = &edge.kind;
                    let place =
                        (kind.group.as_str(), kind.kind.as_str(), resource.key.scope.project());
                    required.extend(by_project.get(&place).into_iter().flatten().copied().cloned());
                }
            }
            count += required.len();
            edges.push((resource.key.clone(), required));
            if count > most_edges(self.resources.len()) {
                findings.push(too_many_edges(resource));
                break;
            }
        }
        self.edges = edges.into_iter().collect();
    }

    /// What a resource comes after by where it lives and what its document says.
    fn explicit(
        &self,
        resource: &Resource,
        by_name: &ByName<'_>,
        findings: &mut Vec<Finding>,
    ) -> BTreeSet<ResourceKey> {
        let mut required = BTreeSet::new();
        self.parent(resource, &mut required);
        self.references(resource, &mut required);
        self.outputs(resource, &mut required, findings);
        Self::depends_on(resource, by_name, &mut required, findings);
        required
    }

    /// Takes out the implied edges that are on a circle: a document says the opposite, and is meant.
    fn yield_to_explicit(&mut self) {
        let circles = graph::circles(&self.edges);
        let by_name = self.by_name();
        let mut yielding = Vec::new();
        for (key, required) in &self.edges {
            let Some(resource) = self.resources.get(key) else { continue };
            let Some(rules) = self.kinds.get(&key.kind) else { continue };
            if rules.after.is_empty() {
                continue;
            }
            let explicit = self.explicit(resource, &by_name, &mut Vec::new());
            let implied = required.difference(&explicit);
            let on_circle = implied.filter(|other| circles.get(other) == circles.get(key));
            yielding.extend(on_circle.map(|other| (key.clone(), other.clone())));
        }
        for (key, other) in yielding {
            if let Some(required) = self.edges.get_mut(&key) {
                required.remove(&other);
            }
        }
    }

    /// The declared resources by the names of their kinds and their own, as far as a document asks for
    /// them so.
    fn by_name(&self) -> ByName<'_> {
        let wished = self.resources.values().flat_map(|resource| &resource.wishes.depends_on);
        let mut by_name: ByName<'_> = wished
            .map(|address| ((address.kind.as_str(), address.name.as_str()), Vec::new()))
            .collect();
        for key in self.resources.keys() {
            if let Some(named) = by_name.get_mut(&(key.kind.kind.as_str(), key.name.as_str())) {
                named.push(key);
            }
        }
        by_name
    }

    /// The key of a declared resource, which all that name it share.
    fn declared(&self, key: &ResourceKey) -> Option<ResourceKey> {
        self.resources.get_key_value(key).map(|(key, _)| key.clone())
    }

    fn parent(&self, resource: &Resource, required: &mut BTreeSet<ResourceKey>) {
        // A scope whose innermost parent is not declared may still have a declared one further out.
        let mut child = resource.key.clone();
        while let Some(parent) = self.kinds.parent_of(&child) {
            if let Some(parent) = self.declared(&parent) {
                required.insert(parent);
                return;
            }
            child = parent;
        }
    }

    fn references(&self, resource: &Resource, required: &mut BTreeSet<ResourceKey>) {
        let Some(rules) = self.kinds.get(resource.kind()) else { return };
        for rule in &rules.references {
            for (name, scope) in named_by(resource, rule) {
                let here = || vec![Scope::clone(&resource.key.scope), Scope::Global];
                for scope in scope.map_or_else(here, |scope| vec![scope]) {
                    let key = ResourceKey::new(rule.kind.clone(), scope, name.clone());
                    required.extend(self.declared(&key));
                }
            }
        }
    }

    fn outputs(
        &self,
        resource: &Resource,
        required: &mut BTreeSet<ResourceKey>,
        findings: &mut Vec<Finding>,
    ) {
        let fields = self.kinds.get(resource.kind()).map_or(&[][..], |rules| &rules.fields);
        for (path, reference) in walk::outputs(&resource.body, RuleSet::new(fields, &[])) {
            if let Some(key) = self.declared(&reference.key) {
                required.insert(key);
            } else {
                let message = format!("{} is not declared here", reference.key);
                findings.push(
                    Finding::error(Code::UNKNOWN_REFERENCE, message)
                        .of(&resource.key)
                        .field(path)
                        .at(resource.origin.span.clone())
                        .help("valueFrom.output needs a resource of the same stack"),
                );
            }
        }
    }

    fn depends_on(
        resource: &Resource,
        by_name: &ByName<'_>,
        required: &mut BTreeSet<ResourceKey>,
        findings: &mut Vec<Finding>,
    ) {
        for address in &resource.wishes.depends_on {
            let same_name = by_name.get(&(address.kind.as_str(), address.name.as_str()));
            let named = same_name.into_iter().flatten().filter(|key| address.names(key));
            let named: Vec<&ResourceKey> = named.copied().collect();
            if findings.len() >= MOST_FINDINGS {
                return;
            }
            let finding = match named.as_slice() {
                [key] => {
                    required.insert((*key).clone());
                    continue;
                }
                [] => Finding::error(
                    Code::UNKNOWN_REFERENCE,
                    format!("plumb.dev/depends-on names {address}, which is not declared"),
                )
                .help("write Kind/name, or Kind/project/workspace/name"),
                several => Finding::error(
                    Code::AMBIGUOUS_REFERENCE,
                    format!(
                        "plumb.dev/depends-on names {address}, which {} resources are called",
                        several.len()
                    ),
                )
                .help("write the scope too: Kind/project/workspace/name"),
            };
            let path =
                FieldPath::root().key("metadata").key("annotations").key("plumb.dev/depends-on");
            findings.push(finding.of(&resource.key).field(path).at(resource.origin.span.clone()));
        }
    }

    fn cycle(&self, nodes: &[ResourceKey]) -> Finding {
        /// More links than a person would follow.
        const MOST_SHOWN: usize = 20;
        let left_out = (nodes.len() > MOST_SHOWN).then(|| "…".to_owned());
        let shown = nodes.iter().take(MOST_SHOWN).map(ToString::to_string);
        let first = nodes.first().map(ToString::to_string);
        let chain: Vec<String> = shown.chain(left_out).chain(first).collect();
        let mut finding = Finding::error(
            Code::CYCLE,
            format!("resources depend on each other in a circle: {}", chain.join(" needs ")),
        )
        .help("take one of these depends-on or valueFrom.output references out");
        let mut origins = nodes.iter().take(MOST_SHOWN).filter_map(|key| self.get(key));
        if let Some(first) = origins.next() {
            finding = finding.at(first.origin.span.clone()).of(&first.key);
        }
        for other in origins {
            finding =
                finding.and(other.origin.span.clone(), format!("{} is part of it", other.key));
        }
        finding
    }
}

fn too_many_edges(resource: &Resource) -> Finding {
    let message = "the resources have too many dependencies on each other";
    Finding::error(Code::TOO_LARGE, message)
        .of(&resource.key)
        .at(resource.origin.span.clone())
        .help("divide them among several projects, or stacks")
}

/// Takes out what is declared a second time.
fn take_duplicates(resources: &mut Vec<Resource>) -> Vec<Finding> {
    let (mut first, mut findings) = (BTreeMap::new(), Vec::new());
    let mut again = BTreeSet::new();
    for (position, resource) in resources.iter().enumerate() {
        match first.entry(resource.key.clone()) {
            Entry::Vacant(place) => {
                place.insert(resource);
            }
            Entry::Occupied(known) => {
                again.insert(position);
                if findings.len() < MOST_FINDINGS {
                    findings.push(duplicate(known.get(), resource));
                }
            }
        }
    }
    let mut position = 0..;
    resources.retain(|_| position.next().is_some_and(|position| !again.contains(&position)));
    findings
}

fn duplicate(first: &Resource, second: &Resource) -> Finding {
    Finding::error(Code::DUPLICATE_RESOURCE, format!("{} is declared twice", second.key))
        .of(&second.key)
        .at(second.origin.span.clone())
        .and(first.origin.span.clone(), "first declared here")
        .help("remove one, or give it another name")
}

/// The names that a rule finds, each with the scope it is in, where the document says it.
fn named_by(resource: &Resource, rule: &ReferenceRule) -> Vec<(String, Option<Scope>)> {
    let mut named = Vec::new();
    for (path, value) in resource.body.places(&rule.pattern) {
        let scope = match rule.beside {
            None => None,
            Some(field) => {
                let project = path.parent().and_then(|place| resource.body.find(&place.key(field)));
                let project =
                    project.and_then(|it| it.as_str().or_else(|| it.get("name")?.as_str()));
                let Some(project) = project else { continue };
                Some(Scope::Project(project.to_owned()))
            }
        };
        let items = value.as_array().into_iter().flatten().filter_map(Body::as_str);
        let texts = value.as_str().into_iter().chain(items);
        named.extend(texts.map(|name| (name.to_owned(), scope.clone())));
    }
    named
}
