//! What a person wants to know of one live object beside its document: where it runs, what it
//! costs. What that is, its kind knows.

use crate::clouds::Clouds;
use plumb_kind::{Collection, Snapshot};
use plumb_model::LiveObject;
use plumb_render::sheet;
use serde_json::{Map, Value};

/// How often a kind may ask for more in the light of what was read.
const ROUNDS: usize = 3;

/// Names and values, in the order they are shown.
pub(crate) type Facts = Vec<(String, String)>;

/// Reads what describes an object.
pub(crate) async fn facts(clouds: &Clouds, object: &LiveObject, known: &Snapshot) -> Facts {
    let registry = clouds.engine.registry();
    let kind = &object.key.kind;
    let (Some(provider), Some(kind)) = (registry.provider(kind), registry.kind(kind)) else {
        return Facts::new();
    };
    let mut snapshot = known.clone();
    for _ in 0..ROUNDS {
        let mut unread: Vec<Collection> = kind.details(object, &snapshot);
        unread.retain(|collection| snapshot.reading(&collection.id).is_none());
        if unread.is_empty() {
            break;
        }
        snapshot.0.extend(clouds.engine.read_lookups(provider.name(), &unread).await.0);
    }
    let facts = kind.describe(object, &snapshot).into_iter();
    facts.map(|(name, value)| (name.to_owned(), value.to_string())).collect()
}

/// The facts as fields of JSON.
pub(crate) fn as_json(facts: &Facts) -> Value {
    let field = |(name, value): &(String, String)| (sheet::field_name(name), value.as_str().into());
    Value::Object(facts.iter().map(field).collect::<Map<_, _>>())
}
