//! What a resource is, and what it will be, as whoever judges all of them may see it: a document without what the
//! server owns, in which secrets are veiled and what is not known yet is left out.

use crate::body::Body;
use crate::body::walk::{self, Place, Turn, Visitor};
use crate::desired::Desired;
use crate::key::ResourceKey;
use crate::live::Live;
use crate::path::FieldPath;
use crate::rules::{Facets, RuleSet};
use crate::text::SECRET_PLACEHOLDER;
use serde_json::{Map, Value, json};

/// What is declared, and what is there.
#[derive(Clone, Copy, Debug)]
pub struct Worlds<'a> {
    /// What is declared.
    pub desired: &'a Desired,
    /// What is there.
    pub live: &'a Live,
}

/// A document with masks of its shape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shadowed {
    /// What may be shown of it.
    pub document: Value,
    /// True where a secret stands.
    pub sensitive: Value,
    /// True where a value is known only later.
    pub unknown: Value,
}

impl Worlds<'_> {
    /// A resource as it is; `None` where it is not, or could not be seen.
    #[must_use]
    pub fn prior(&self, key: &ResourceKey) -> Option<Shadowed> {
        self.shown(key, &self.live.present(key)?.body)
    }

    /// A resource that stays, as it is and as it is declared: where both speak, as declared. Some answers
    /// leave out what was asked for.
    #[must_use]
    pub fn kept(&self, key: &ResourceKey) -> Option<Shadowed> {
        let prior = self.prior(key)?;
        Some(match self.declared(key) {
            Some(declared) => Shadowed {
                document: merged(prior.document, declared.document),
                sensitive: merged(prior.sensitive, declared.sensitive),
                unknown: prior.unknown,
            },
            None => prior,
        })
    }

    /// A resource as it is declared.
    #[must_use]
    pub fn declared(&self, key: &ResourceKey) -> Option<Shadowed> {
        self.shown(key, &self.desired.get(key)?.body)
    }

    fn shown(&self, key: &ResourceKey, body: &Body) -> Option<Shadowed> {
        let rules = self.desired.kinds().get(&key.kind);
        let kind = rules.map(|rules| &*rules.fields).unwrap_or_default();
        let refined = self.live.refinements.get(key);
        let refined = refined.map(|refinement| &*refinement.rules).unwrap_or_default();
        let set = RuleSet::new(kind, refined);
        let kept = walk::rebuild(body, set, &mut FieldPath::root(), &mut WithoutServersOwn)?;
        Some(shadowed(&kept))
    }
}

/// Leaves out what the server owns, and veils what is only written.
struct WithoutServersOwn;

impl Visitor for WithoutServersOwn {
    fn enter(&mut self, place: &Place<'_>, value: &Body) -> Turn {
        match place.facets {
            Facets { server_owned: true, .. } => Turn::LeaveOut,
            Facets { secret: true, .. } => Turn::Put(walk::sealed(value)),
            _ => Turn::Into,
        }
    }
}

/// A body as it may be shown, with its masks.
fn shadowed(body: &Body) -> Shadowed {
    match body {
        Body::Fields(fields) => {
            let [mut document, mut sensitive, mut unknown] = [(); 3].map(|()| Map::new());
            for (name, value) in fields {
                let part = shadowed(value);
                if part.unknown != json!(true) {
                    document.insert(name.to_string(), part.document);
                }
                if is_marked(&part.sensitive) {
                    sensitive.insert(name.to_string(), part.sensitive);
                }
                if is_marked(&part.unknown) {
                    unknown.insert(name.to_string(), part.unknown);
                }
            }
            let [document, sensitive, unknown] = [document, sensitive, unknown].map(Value::Object);
            Shadowed { document, sensitive, unknown }
        }
        Body::List(items) => {
            let parts: Vec<Shadowed> = items.iter().map(shadowed).collect();
            let of = |which: fn(&Shadowed) -> &Value| -> Value {
                parts.iter().map(|part| which(part).clone()).collect()
            };
            Shadowed {
                document: of(|part| &part.document),
                sensitive: of(|part| &part.sensitive),
                unknown: of(|part| &part.unknown),
            }
        }
        Body::Secret(_) => Shadowed {
            document: SECRET_PLACEHOLDER.into(),
            sensitive: json!(true),
            unknown: json!(false),
        },
        Body::Output(_) | Body::Unset(_) => {
            Shadowed { document: Value::Null, sensitive: json!(false), unknown: json!(true) }
        }
        plain => {
            Shadowed { document: plain.shown(), sensitive: json!(false), unknown: json!(false) }
        }
    }
}

/// A document with another laid over it. Elements of lists are the same where their names are.
fn merged(below: Value, above: Value) -> Value {
    match (below, above) {
        (Value::Object(mut fields), Value::Object(over)) => {
            for (name, value) in over {
                let value = match fields.remove(&name) {
                    Some(under) => merged(under, value),
                    None => value,
                };
                fields.insert(name, value);
            }
            Value::Object(fields)
        }
        (Value::Array(items), Value::Array(over)) if is_named(&items) && is_named(&over) => {
            let mut all = items;
            for item in over {
                match all.iter_mut().find(|known| known.get(NAME) == item.get(NAME)) {
                    Some(known) => *known = merged(known.take(), item),
                    None => all.push(item),
                }
            }
            Value::Array(all)
        }
        (_, above) => above,
    }
}

/// What elements of lists are known by.
const NAME: &str = "name";

fn is_named(items: &[Value]) -> bool {
    !items.is_empty() && items.iter().all(|item| item.get(NAME).is_some_and(Value::is_string))
}

/// Whether a mask has a mark anywhere.
fn is_marked(mask: &Value) -> bool {
    match mask {
        Value::Bool(marked) => *marked,
        Value::Array(items) => items.iter().any(is_marked),
        Value::Object(fields) => fields.values().any(is_marked),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body;
    use crate::text::Secret;

    #[test]
    fn secrets_are_veiled_and_what_is_not_known_is_left_out() {
        let secret = Body::from(Secret::new("hush"));
        let unset = Body::Unset("NAME".into());
        let body = body!({
            "name": "a",
            "password": (secret.clone()),
            "parts": [{"name": "key", "value": secret}, {"name": "count", "value": 2}],
            "later": (unset.clone()),
            "deep": {"known": true, "later": unset},
        });
        let shown = shadowed(&body);
        let veiled = SECRET_PLACEHOLDER;
        assert_eq!(
            shown.document,
            json!({
                "name": "a",
                "password": veiled,
                "parts": [{"name": "key", "value": veiled}, {"name": "count", "value": 2}],
                "deep": {"known": true},
            })
        );
        assert_eq!(shown.sensitive, json!({"password": true, "parts": [{"value": true}, {}]}));
        assert_eq!(shown.unknown, json!({"later": true, "deep": {"later": true}}));
    }

    #[test]
    fn what_is_declared_is_laid_over_what_is_there() {
        let there = json!({
            "size": 1,
            "made": "by the server",
            "tags": ["old"],
            "parts": [{"name": "a", "value": "1", "kind": "text"}, {"name": "b", "value": "2"}],
        });
        let declared = json!({
            "size": 1,
            "place": "Dallas",
            "tags": [],
            "parts": [{"name": "b", "value": "3"}, {"name": "c", "value": "4"}],
        });
        assert_eq!(
            merged(there, declared),
            json!({
                "size": 1,
                "made": "by the server",
                "place": "Dallas",
                "tags": [],
                "parts": [
                    {"name": "a", "value": "1", "kind": "text"},
                    {"name": "b", "value": "3"},
                    {"name": "c", "value": "4"},
                ],
            })
        );
    }
}
