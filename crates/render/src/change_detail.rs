//! What changes about a resource, in the shape of Terraform's `change`: documents before and after, and masks
//! of their shape.

use crate::worlds::{Shadowed, Worlds};
use plumb_model::path::Segment;
use plumb_model::plan::Shown;
use plumb_model::text::SECRET_PLACEHOLDER;
use plumb_model::{FieldChange, FieldPath, ResourceKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A place in a list beyond this is written at the list's end, not at its position.
const MOST_ELEMENTS: usize = 1_000;

/// What changes about a resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeDetail {
    /// `["create"]`, `["update"]`, `["delete"]`, `["no-op"]`, or `["delete", "create"]`.
    pub actions: Vec<TerraformAction>,
    /// The document as it is, without what the server owns; null for what is made.
    pub before: Value,
    /// The document as it will be; null for what is deleted. What is not known yet is left out.
    pub after: Value,
    /// True where a value is known only after other resources are ready.
    pub after_unknown: Value,
    /// True where the live value is a secret.
    pub before_sensitive: Value,
    /// True where the declared value is a secret.
    pub after_sensitive: Value,
    /// The fields that force a replace: each the steps to it, an element of a keyed list by its position.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub replace_paths: Vec<Vec<Value>>,
    /// Set when a live object is taken over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub importing: Option<Importing>,
}

/// The live object that is taken over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Importing {
    /// The vendor's id, where there is one.
    pub id: Option<String>,
}

/// Terraform's names of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TerraformAction {
    /// Nothing is changed.
    NoOp,
    /// It is made.
    Create,
    /// It is changed, published, switched or taken over.
    Update,
    /// It is deleted.
    Delete,
}

/// A resource that is there: as it is, and as it stays where nothing changes.
pub(crate) struct Stands {
    prior: Shadowed,
    kept: Shadowed,
}

impl Stands {
    /// That of a key; `None` where it is not there, or could not be seen.
    pub(crate) fn of(worlds: Worlds<'_>, key: &ResourceKey) -> Option<Self> {
        Some(Self { prior: worlds.prior(key)?, kept: worlds.kept(key)? })
    }
}

/// The changes as two documents and three masks of the same shape: made to what is there, where that is
/// known, else the fields that change alone.
pub(crate) fn detail(changes: &[FieldChange], stands: Option<Stands>) -> ChangeDetail {
    let empty = || Value::Object(Map::new());
    let is_whole = stands.is_some();
    let nothing = || Shadowed { document: empty(), sensitive: empty(), unknown: empty() };
    let Stands { prior, kept } =
        stands.unwrap_or_else(|| Stands { prior: nothing(), kept: nothing() });
    let mut detail = ChangeDetail {
        before: prior.document,
        after: kept.document,
        after_unknown: empty(),
        before_sensitive: prior.sensitive,
        after_sensitive: kept.sensitive,
        ..ChangeDetail::default()
    };
    for change in changes {
        let FieldChange { path, before, after, effect: _ } = change;
        if !is_whole {
            put(&mut detail.before, &mut detail.before_sensitive, path, before);
        }
        put(&mut detail.after, &mut detail.after_sensitive, path, after);
        if matches!(after, Shown::Absent | Shown::KnownAfterApply) {
            remove(&mut detail.after, path.segments());
        }
        if *after == Shown::KnownAfterApply {
            insert(&mut detail.after_unknown, path.segments(), json!(true));
        }
    }
    detail
}

fn put(document: &mut Value, sensitive: &mut Value, path: &FieldPath, shown: &Shown) {
    match shown {
        Shown::Absent | Shown::KnownAfterApply => {}
        Shown::Plain(value) | Shown::Default(value) => {
            insert(document, path.segments(), value.clone());
        }
        Shown::Secret | Shown::SecretLineEnds => {
            insert(document, path.segments(), Value::from(SECRET_PLACEHOLDER));
            insert(sensitive, path.segments(), json!(true));
        }
    }
}

/// Puts a value at a path, making mappings and lists on the way; elements of keyed lists get their
/// key.
fn insert(document: &mut Value, path: &[Segment], value: Value) {
    let place = path.iter().try_fold(document, |place, segment| match segment {
        Segment::Key(key) => {
            let fields = object(place)?;
            Some(fields.entry(&**key).or_insert(Value::Null))
        }
        Segment::Item { by, is } => {
            let items = list(place)?;
            let known = |item: &Value| item.get(&**by).and_then(Value::as_str) == Some(&**is);
            let position = items.iter().position(known).unwrap_or_else(|| {
                items.push(json!({ &**by: &**is }));
                items.len().saturating_sub(1)
            });
            items.get_mut(position)
        }
        Segment::Index(index) => {
            let items = list(place)?;
            if *index >= items.len() && *index < MOST_ELEMENTS {
                items.resize(index.saturating_add(1), Value::Null);
            } else if *index >= items.len() {
                items.push(Value::Null);
            }
            let last = items.len().saturating_sub(1);
            items.get_mut((*index).min(last))
        }
    });
    let Some(place) = place else { return };
    match (place, value) {
        // An element that carries its key keeps it, whatever is shown of the rest.
        (Value::Object(fields), Value::Object(more)) => fields.extend(more),
        (Value::Object(fields), _) if !fields.is_empty() => {}
        (place, value) => *place = value,
    }
}

/// Takes what stands at a path out of a document.
fn remove(document: &mut Value, path: &[Segment]) {
    let Some((last, way)) = path.split_last() else { return };
    let position = |items: &[Value], by: &str, is: &str| {
        items.iter().position(|item| item.get(by).and_then(Value::as_str) == Some(is))
    };
    let place = way.iter().try_fold(document, |place, segment| match segment {
        Segment::Key(key) => place.get_mut(&**key),
        Segment::Index(index) => place.get_mut(*index),
        Segment::Item { by, is } => {
            let at = position(place.as_array()?, by, is)?;
            place.get_mut(at)
        }
    });
    match (place, last) {
        (Some(Value::Object(fields)), Segment::Key(key)) => {
            fields.remove(&**key);
        }
        (Some(Value::Array(items)), Segment::Item { by, is }) => {
            if let Some(at) = position(items, by, is) {
                items.remove(at);
            }
        }
        (Some(Value::Array(items)), Segment::Index(index)) if *index < items.len() => {
            items.remove(*index);
        }
        _ => {}
    }
}

fn object(value: &mut Value) -> Option<&mut Map<String, Value>> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut()
}

fn list(value: &mut Value) -> Option<&mut Vec<Value>> {
    if value.is_null() {
        *value = Value::Array(Vec::new());
    }
    value.as_array_mut()
}

/// The steps to a field in a document, as Terraform writes them.
pub(crate) fn steps_to(path: &FieldPath, document: &Value) -> Vec<Value> {
    let mut place = Some(document);
    let step = |segment: &Segment| {
        let step = match segment {
            Segment::Key(key) => json!(&**key),
            Segment::Index(index) => json!(index),
            Segment::Item { by, is } => {
                let items = place.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let known = |item: &Value| item.get(&**by).and_then(Value::as_str) == Some(&**is);
                items
                    .iter()
                    .position(known)
                    .map_or_else(|| json!(&**is), |position| json!(position))
            }
        };
        place = match &step {
            Value::Number(index) => {
                let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
                place.zip(index).and_then(|(place, index)| place.get(index))
            }
            key => place.zip(key.as_str()).and_then(|(place, key)| place.get(key)),
        };
        step
    };
    path.segments().iter().map(step).collect()
}
