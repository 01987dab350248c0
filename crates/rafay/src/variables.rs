//! `spec.variables`: where they stand, and what can be said of them without their profile
//! (api §3.7).

use plumb_model::{Body, Code, FieldPath, Finding, Resource};
use std::collections::BTreeSet;

/// One declared variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variable<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its type, where it says one; else it is the profile's, and `text` where that says nothing
    /// either.
    pub(crate) value_type: Option<&'a str>,
    /// Its value, when it is plain text that is known.
    pub(crate) known: Known<'a>,
}

/// What is known of a value before anything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known<'a> {
    /// This text stands in the manifest.
    Plain(&'a str),
    /// It is there, but must not be looked at.
    Secret,
    /// It comes from another resource's outputs, or is not text.
    Later,
}

/// The list itself.
pub(crate) fn list_path() -> FieldPath {
    FieldPath::root().key("spec").key("variables")
}

/// A variable, by its name.
pub(crate) fn path(name: &str) -> FieldPath {
    list_path().item("name", name)
}

/// A variable's value.
pub(crate) fn value_path(name: &str) -> FieldPath {
    path(name).key("value")
}

/// The declared variables that have a name, in the order they are written.
pub(crate) fn declared(resource: &Resource) -> Vec<Variable<'_>> {
    placed(resource).map(|(_, variable)| variable).collect()
}

/// The same, each with its position in the list.
fn placed(resource: &Resource) -> impl Iterator<Item = (usize, Variable<'_>)> {
    let list = resource.body.pointer("/spec/variables").and_then(Body::as_array);
    let items = list.into_iter().flatten().enumerate();
    items.filter_map(|(at, item)| Some((at, read(item)?)))
}

fn read(item: &Body) -> Option<Variable<'_>> {
    let name = item.get("name")?.as_str()?;
    let value_type = item.get("valueType").and_then(Body::as_str);
    let known = match item.get("value") {
        Some(Body::Secret(_)) => Known::Secret,
        Some(Body::Text(text)) => Known::Plain(text),
        _ => Known::Later,
    };
    Some(Variable { name, value_type, known })
}

/// Duplicate names, and JSON that is none.
pub(crate) fn check(resource: &Resource) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, variable) in placed(resource) {
        if !seen.insert(variable.name) {
            let message = format!("variable {:?} is given twice", variable.name);
            findings.push(
                Finding::error(Code::DUPLICATE_VARIABLE, message)
                    .of(&resource.key)
                    .field(list_path().index(at))
                    .help("remove one of the two"),
            );
        }
        findings.extend(not_json(resource, &variable));
    }
    findings
}

fn not_json(resource: &Resource, variable: &Variable<'_>) -> Option<Finding> {
    let Known::Plain(text) = variable.known else { return None };
    if variable.value_type != Some("json") {
        return None;
    }
    let problem = Body::parse(text.as_bytes()).err()?;
    let message =
        format!("variable {:?} is of type json and is not JSON: {problem}", variable.name);
    Some(
        Finding::error(Code::INVALID_VALUE, message)
            .of(&resource.key)
            .field(value_path(variable.name))
            .help("write the JSON as text, as in value: '[{\"port\": 22}]'"),
    )
}

/// A live spec with the masked values of its variables replaced by the declared ones. A masked
/// variable that nobody declares is left out: sending the mask would make it the value.
pub(crate) fn unmasked(live: &Body, declared: Option<&Body>) -> Body {
    let declared_value = |name: &Body| {
        let variables = declared?.get("variables")?.as_array()?;
        variables.iter().find(|variable| variable.get("name") == Some(name))?.get("value")
    };
    let to_send = |variable: &Body| {
        if !variable.get("value").is_some_and(Body::is_mask) {
            return Some(variable.clone());
        }
        let mut variable = variable.clone();
        let value = variable.get("name").and_then(declared_value)?.clone();
        *variable.get_mut("value")? = value;
        Some(variable)
    };
    let mut spec = live.clone();
    if let Some(Body::List(variables)) = spec.get_mut("variables") {
        *variables = variables.iter().filter_map(to_send).collect();
    }
    spec
}
