//! What exported documents are called: each by a name of its own, and bound to its object by id where
//! the name does not say which one it is.

use crate::live;
use plumb_model::rules::{Identity, MarkPlace};
use plumb_model::{KindRules, LedgerView, LiveObject, RemoteId};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// An object and its document.
#[derive(Debug)]
pub(crate) struct Exported<'o> {
    /// The live object.
    pub(crate) object: &'o LiveObject,
    /// The rules of its kind.
    pub(crate) rules: &'o KindRules,
    /// The document.
    pub(crate) document: Value,
    /// Whether it is this stack's, by mark or ledger.
    pub(crate) ours: bool,
}

/// Gives each document the name by which a plan finds its object: the one on record, else its own,
/// else its own with the beginning of its id. What names do not say, its id does.
pub(crate) fn apart<'o>(mut all: Vec<Exported<'o>>, view: &LedgerView) -> Vec<Exported<'o>> {
    let mut taken = BTreeSet::new();
    for exported in &mut all {
        let Exported { object, rules, document, ours } = exported;
        if rules.identity != Identity::Id {
            continue;
        }
        let live = name_of(document).unwrap_or_else(|| object.key.name.clone());
        let recorded = live::on_record(object, view).map(|entry| entry.key.name.clone());
        let place = |name: &str| (object.key.kind.clone(), name.to_owned());
        let wanted = recorded.unwrap_or_else(|| live.clone());
        let name = match &object.remote_id {
            Some(id) if taken.contains(&place(&wanted)) => with_id(&wanted, id),
            _ => wanted,
        };
        taken.insert(place(&name));
        if !*ours
            && rules.mark == MarkPlace::Object
            && let Some(id) = &object.remote_id
        {
            annotate(document, "plumb.dev/remote-id", id.as_str());
        }
        if name != live {
            // The object keeps the name it has.
            annotate(document, "plumb.dev/ignore", "metadata.name");
            if let Some(place) = document.pointer_mut("/metadata/name") {
                *place = name.into();
            }
        }
    }
    refer_by_name(&mut all);
    all
}

/// Names stand where the id of something stands that is exported beside it: the documents then belong
/// together, and what is made of them later gets its own ids.
fn refer_by_name(all: &mut [Exported<'_>]) {
    let by_id = all.iter().filter(|exported| exported.rules.identity == Identity::Id);
    let names: BTreeMap<String, String> = by_id
        .filter_map(|exported| {
            Some((exported.object.remote_id.as_ref()?.to_string(), name_of(&exported.document)?))
        })
        .collect();
    for exported in all {
        if let Some(spec) = exported.document.get_mut("spec") {
            name_ids(spec, &names);
        }
    }
}

fn name_ids(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(name) = names.get(text.as_str()) {
                text.clone_from(name);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| name_ids(item, names)),
        Value::Object(fields) => fields.values_mut().for_each(|field| name_ids(field, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn name_of(document: &Value) -> Option<String> {
    document.pointer("/metadata/name")?.as_str().map(str::to_owned)
}

/// A name with the beginning of an id, short enough for every kind.
fn with_id(name: &str, id: &RemoteId) -> String {
    const KEPT: usize = 40;
    let kept: String = name.chars().take(KEPT).collect();
    let id: String = id.as_str().chars().take(8).collect();
    format!("{}-{id}", kept.trim_end())
}

fn annotate(document: &mut Value, name: &str, value: &str) {
    let empty = || Value::Object(Map::new());
    let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    let annotations = metadata.entry("annotations").or_insert_with(empty);
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.insert(name.to_owned(), value.into());
    }
}
