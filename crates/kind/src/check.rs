//! What is wrong with a document by itself, where kinds of several clouds find the same.

use crate::export::OWN_PREFIX;
use plumb_model::{Body, Code, FieldPath, Finding, Resource};

/// Every annotation that is not a wish to plumb, for a kind whose API has none. Those that are were
/// taken off before.
#[must_use]
pub fn foreign_annotations(resource: &Resource) -> Vec<Finding> {
    let annotations = FieldPath::root().key("metadata").key("annotations");
    let keys = resource.field(&annotations).and_then(Body::as_object).into_iter().flatten();
    keys.filter(|(key, _)| !key.starts_with(OWN_PREFIX))
        .map(|(key, _)| {
            let kind = &resource.key.kind.kind;
            Finding::error(Code::UNKNOWN_FIELD, format!("a {kind} has no annotation {key:?}"))
                .of(&resource.key)
                .field(annotations.key(key))
                .help("remove it; only annotations that begin with plumb.dev/ mean something here")
        })
        .collect()
}
