//! What cannot be right in what kinds say of themselves. A mistake here is a programmer's: it ends
//! the program before anything is read or sent.

use super::{Listed, Mistake};
use crate::kind::Kind;
use crate::provider::Provider;
use crate::schema::{Reach, Schema, Type, type_of};
use plumb_model::graph::{self, Requirements};
use plumb_model::key::ScopeLevel;
use plumb_model::path::{Matcher, Segment};
use plumb_model::rules::{Aspect, FieldRule, KindRules};
use plumb_model::{KindId, KindTable, PathPattern};
use std::collections::{BTreeMap, BTreeSet};

/// Names that stand twice, and kinds that come after each other in a circle.
pub(super) fn names(providers: &[&'static dyn Provider], listed: &[Listed]) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut wrong = |provider: &'static dyn Provider, subject: String, what: &str| {
        let what = what.to_owned();
        mistakes.push(Mistake { provider: provider.name(), subject, what });
    };
    let (mut clouds, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    let mut documents = BTreeSet::new();
    for provider in providers {
        if !clouds.insert(provider.name()) {
            wrong(*provider, "the provider".to_owned(), "there are two of this name");
        }
    }
    for (provider, kind) in listed {
        let id = &kind.rules().id;
        if !kinds.insert(id) {
            wrong(*provider, id.to_string(), "there are two kinds of this id");
            continue;
        }
        for version in kind.rules().api_versions() {
            if !documents.insert((version, &id.kind)) {
                let what = format!("there are two kinds of this name in {version}");
                wrong(*provider, id.to_string(), &what);
            }
        }
    }
    let after = |rules: &KindRules| rules.after.iter().map(|edge| edge.kind.clone()).collect();
    let edges: Requirements<KindId> =
        listed.iter().map(|(_, kind)| (kind.rules().id.clone(), after(kind.rules()))).collect();
    if let Err(cycle) = graph::order(&edges) {
        for (provider, kind) in listed.iter().filter(|(_, it)| cycle.0.contains(&it.rules().id)) {
            let what = "comes after itself, through the kinds it comes after";
            wrong(*provider, kind.rules().id.to_string(), what);
        }
    }
    mistakes
}

/// Compiles a kind's schema and holds its rules against it.
///
/// # Errors
/// Everything that is wrong with the kind.
pub(super) fn kind(kind: &dyn Kind, table: &KindTable) -> Result<Schema, Vec<String>> {
    let rules = kind.rules();
    let mut wrong = identity(rules, table);
    wrong.extend(literals(rules));
    wrong.extend(contradictions(&rules.fields));
    match Schema::compile(kind.schema().as_value()) {
        Err(mistakes) => wrong.extend(mistakes.iter().map(ToString::to_string)),
        Ok(schema) => {
            wrong.extend(places(rules, &schema));
            if wrong.is_empty() {
                return Ok(schema);
            }
        }
    }
    Err(wrong)
}

/// What a kind is called, and the kinds it names.
fn identity(rules: &KindRules, table: &KindTable) -> Vec<String> {
    let mut wrong = Vec::new();
    if rules.api_version.rsplit_once('/').map(|(group, _)| group) != Some(&rules.id.group) {
        wrong.push(format!("apiVersion {} is not of its group", rules.api_version));
    }
    let after = rules.after.iter().map(|edge| ("after", &edge.kind));
    let references = rules.references.iter().map(|rule| ("a reference", &rule.kind));
    let named = rules.parent.iter().map(|parent| ("parent", parent)).chain(after).chain(references);
    wrong.extend(
        named
            .filter(|(_, kind)| table.get(kind).is_none())
            .map(|(role, kind)| format!("{role} names {kind}, which is no kind")),
    );
    let parent = rules.parent.as_ref().and_then(|parent| table.get(parent));
    let fits = |parent: &KindRules| {
        let levels = (parent.level, rules.level);
        matches!(
            levels,
            (ScopeLevel::Global, ScopeLevel::Project)
                | (ScopeLevel::Project, ScopeLevel::Workspace | ScopeLevel::ProjectOrWorkspace)
        )
    };
    wrong.extend(
        parent
            .filter(|parent| !fits(parent))
            .map(|parent| format!("parent {} does not live one level above it", parent.id)),
    );
    wrong
}

/// Patterns that are none.
fn literals(rules: &KindRules) -> Vec<String> {
    let fields = rules.fields.iter().map(|rule| &rule.pattern);
    let patterns = fields.chain(rules.references.iter().map(|rule| &rule.pattern));
    patterns.filter_map(|pattern| pattern.check().err()).map(|error| error.to_string()).collect()
}

/// Rules of one field that cannot both hold.
fn contradictions(rules: &[FieldRule]) -> Vec<String> {
    let mut fields: BTreeMap<&PathPattern, Vec<&Aspect>> = BTreeMap::new();
    let mut wrong = Vec::new();
    for FieldRule { pattern, aspect } in rules {
        let earlier = fields.entry(pattern).or_default();
        wrong.extend(
            earlier
                .iter()
                .filter(|other| contradict(other, aspect) || contradict(aspect, other))
                .map(|other| format!("{pattern} cannot be both {other:?} and {aspect:?}")),
        );
        earlier.push(aspect);
    }
    wrong
}

fn contradict(one: &Aspect, other: &Aspect) -> bool {
    use Aspect::{
        AfterCreate, AtCreation, Immutable, Members, Recorded, Refused, Secret, ServerOwned,
        Unordered, UnorderedBy, WriteOnly,
    };
    match (one, other) {
        // Of what is never sent and never compared, only that it is never shown can be said.
        (ServerOwned, other) => *other != Secret,
        (Immutable, Refused(_) | AfterCreate | AtCreation)
        | (AtCreation, AfterCreate)
        | (Recorded | Secret, WriteOnly)
        | (Secret, Recorded)
        | (Unordered | UnorderedBy(_) | Members, Unordered | UnorderedBy(_) | Members) => true,
        (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// Patterns that lead to no field, and aspects of what the field cannot hold.
fn places(rules: &KindRules, schema: &Schema) -> Vec<String> {
    let mut wrong = Vec::new();
    if schema.root_types() != Some(BTreeSet::from([Type::Object])) {
        wrong.push("the schema does not say that a document is a mapping".to_owned());
    }
    let terms = rules.contract_term.iter().map(PathPattern::exactly);
    let names: Vec<PathPattern> =
        rules.references.iter().map(|rule| rule.pattern.clone()).chain(terms).collect();
    for FieldRule { pattern, aspect } in &rules.fields {
        wrong.extend(misplaced(schema, pattern, Some(aspect)));
    }
    wrong.extend(names.iter().filter_map(|pattern| misplaced(schema, pattern, None)));
    wrong
}

/// What is wrong with the place of one rule; one without an aspect is for a name, or a list of
/// them. What the server owns need not be in documents at all.
fn misplaced(schema: &Schema, pattern: &PathPattern, aspect: Option<&Aspect>) -> Option<String> {
    pattern.check().ok()?;
    let field = schema.reach(pattern);
    if is_nowhere(&field) {
        if aspect == Some(&Aspect::ServerOwned) {
            return None;
        }
        return Some(format!("{pattern} is no field of its documents"));
    }
    let may_be = |wanted: Type| schema.types_at(&field).is_none_or(|types| types.contains(&wanted));
    let fits = match aspect {
        None => may_be(Type::String) || holds_names(schema, &elements(schema, &field)),
        Some(Aspect::Json | Aspect::CaseInsensitive) => may_be(Type::String),
        Some(Aspect::Unordered) => may_be(Type::Array),
        Some(Aspect::UnorderedBy(by)) => {
            may_be(Type::Array) && is_key_of(schema, &elements(schema, &field), by)
        }
        Some(Aspect::Members) => {
            may_be(Type::Array) && holds_single_values(schema, &elements(schema, &field))
        }
        Some(Aspect::Default(value)) => may_be(type_of(value)),
        Some(
            Aspect::ServerOwned
            | Aspect::Immutable
            | Aspect::AtCreation
            | Aspect::Refused(_)
            | Aspect::WriteOnly
            | Aspect::Recorded
            | Aspect::InEffect
            | Aspect::Secret
            | Aspect::Guarded
            | Aspect::Quiet
            | Aspect::AfterCreate,
        ) => true,
    };
    let what = aspect.map_or("a name".to_owned(), |aspect| format!("{aspect:?}"));
    (!fits).then(|| format!("{pattern} cannot be {what}, by what the schema says it holds"))
}

fn elements(schema: &Schema, list: &Reach) -> Reach {
    schema.step(list, &Matcher::AnyElement)
}

fn is_key_of(schema: &Schema, elements: &Reach, by: &str) -> bool {
    let key = schema.step(elements, &Matcher::Exactly(Segment::Key((*by).into())));
    holds_names(schema, &key)
}

fn holds_names(schema: &Schema, field: &Reach) -> bool {
    let text = |types: BTreeSet<Type>| types.contains(&Type::String);
    !is_nowhere(field) && schema.types_at(field).is_none_or(text)
}

fn holds_single_values(schema: &Schema, elements: &Reach) -> bool {
    let single = |kind: &Type| !matches!(kind, Type::Array | Type::Object);
    schema.types_at(elements).is_none_or(|types| types.iter().any(single))
}

fn is_nowhere(reach: &Reach) -> bool {
    matches!(reach, Reach::Rules(rules) if rules.is_empty())
}
