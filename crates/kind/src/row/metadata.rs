//! `metadata` of plain objects: its labels, and what is sent of it.
//!
//! A write replaces labels and annotations as a whole, so whatever somebody else put there is
//! carried over, and only what we put there ourselves is ever taken away.

use crate::export::OWN_PREFIX;
use crate::kind::Context;
use plumb_model::rules::MarkPlace;
use plumb_model::{Body, Code, FieldPath, Fields, Finding, Resource};

/// The label that says which stack owns an object.
const MARK: &str = "plumb.dev/stack";
/// The mapping that holds it.
const LABELS: &str = "labels";

/// Which parts of the metadata somebody else writes to as well, and whether our mark is among them.
#[derive(Clone, Copy)]
pub(super) struct Shared {
    /// Texts that stay as they are on the server while nobody declares them.
    pub(super) texts: &'static [&'static str],
    /// Mappings into which others write.
    pub(super) maps: &'static [&'static str],
    pub(super) mark: MarkPlace,
}

impl Shared {
    /// The metadata to send: identity from the key, what is declared, what others put there, the
    /// labels that are given to it where nobody says otherwise, our mark.
    pub(super) fn written(
        self,
        declared: Option<&Body>,
        context: &Context<'_>,
        given: &Fields,
    ) -> Body {
        let live = context.live.and_then(|live| live.body.get("metadata"));
        let sent = context.entry.and_then(|entry| entry.sent.get("metadata"));
        let mut metadata = identity(context);
        for field in self.texts {
            let of = |place: Option<&'_ Body>| place.and_then(|place| place.get(field)).cloned();
            let foreign = of(live).filter(|_| of(sent).is_none());
            if let Some(value) = of(declared).or(foreign) {
                metadata.insert(*field, value);
            }
        }
        for field in self.maps {
            let of = |place: Option<&'_ Body>| place?.get(field)?.as_object().cloned();
            let before = of(sent).unwrap_or_default();
            // What we put there ourselves and now take away is not given back.
            let is_given = |key: &str| !key.starts_with(OWN_PREFIX) && !before.contains_key(key);
            let given = given.iter().filter(|(key, _)| *field == LABELS && is_given(key));
            let mut entries: Fields =
                given.map(|(key, value)| (key.clone(), value.clone())).collect();
            entries.extend(foreign(of(live), &before));
            entries.extend(of(declared).unwrap_or_default());
            if *field == LABELS && self.mark == MarkPlace::Object {
                entries.insert(MARK, context.stack.into());
            }
            if !entries.is_empty() || declared.is_some_and(|declared| declared.get(field).is_some())
            {
                metadata.insert(*field, Body::Fields(entries));
            }
        }
        Body::Fields(metadata)
    }
}

/// Name, project and workspace, as the path has them.
fn identity(context: &Context<'_>) -> Fields {
    let scope = &context.key.scope;
    [
        ("name", Some(context.key.name.as_str())),
        ("project", scope.project()),
        ("workspace", scope.workspace()),
    ]
    .into_iter()
    .filter_map(|(field, value)| Some((field.to_owned(), value?.into())))
    .collect()
}

/// What is live and was not sent by us last time.
fn foreign(live: Option<Fields>, sent: &Fields) -> Fields {
    live.unwrap_or_default().into_iter().filter(|(key, _)| !sent.contains_key(key)).collect()
}

/// The stack whose mark an object's metadata carries.
pub(super) fn mark(metadata: &Body) -> Option<String> {
    let label = metadata.get("labels")?.get(MARK)?.as_str()?;
    (!label.is_empty()).then(|| label.to_owned())
}

/// Labels keep to Kubernetes' syntax, and leave our own prefix alone.
pub(super) fn check(resource: &Resource) -> Vec<Finding> {
    let labels = FieldPath::root().key("metadata").key("labels");
    let entries = resource.field(&labels).and_then(Body::as_object);
    entries
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| {
            let (what, help) = wrong_label(key, value.as_str())?;
            Some(
                Finding::error(Code::INVALID_VALUE, format!("label {key:?} {what}"))
                    .of(&resource.key)
                    .field(labels.key(key))
                    .help(help),
            )
        })
        .collect()
}

fn wrong_label(key: &str, value: Option<&str>) -> Option<(&'static str, &'static str)> {
    if key.starts_with(OWN_PREFIX) {
        return Some(("is plumb's own", "plumb sets the labels that begin with plumb.dev/ itself"));
    }
    let (prefix, name) = key.rsplit_once('/').unwrap_or(("", key));
    let domain = |part: &str| {
        part.len() <= 253 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
    };
    if !is_label_text(name) || name.is_empty() || !domain(prefix) {
        let help =
            "a key has at most 63 letters, digits, - _ and ., after an optional domain and /";
        return Some(("is not a usable label key", help));
    }
    if !is_label_text(value.unwrap_or_default()) {
        let help = "a value has at most 63 letters, digits, - _ and ., and begins and ends with a \
                    letter or digit";
        return Some(("has a value that is not usable", help));
    }
    None
}

fn is_label_text(text: &str) -> bool {
    let end = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let bytes = text.as_bytes();
    text.len() <= 63 && end(bytes.first()) && end(bytes.last()) && text.bytes().all(inner)
}
