//! What is written into the ledger about a resource: what was sent, without secrets, and what
//! outlives the manifest's text. Pure.

use jiff::Timestamp;
use plumb_model::digest::{Digest, HashKey};
use plumb_model::ledger::{Contract, Entry, Protections, Provenance};
use plumb_model::path::element_key;
use plumb_model::rules::{Facets, FieldRule, RuleSet, Unordered};
use plumb_model::text::SECRET_PLACEHOLDER;
use plumb_model::{FieldPath, KindRules, RemoteId, Resource, ResourceKey};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What the ledger has where another resource's output stood.
const OUTPUT_PLACEHOLDER: &str = "(output)";
/// How deep a body is walked; deeper values are kept as they are.
const DEEPEST: usize = 64;

/// The digest of what a create sends. Keyed, and of the declared body: with a plain digest anyone
/// who has the ledger could guess what is secret in it.
pub(crate) fn digest(resource: &Resource, hash_key: &HashKey) -> Digest {
    Digest::of_bytes(hash_key.hash(&resource.body.to_string()).as_bytes())
}

/// Which part of the document went out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent<'a> {
    /// All but what follows a create.
    Create,
    /// All of it.
    Whole,
    /// Everything is recorded as sent, but of the secrets only those at these places went out.
    Changes(&'a BTreeSet<FieldPath>),
    /// Only the mark; what cannot be read back was never sent.
    Mark,
}

/// Everything an entry is made from.
#[derive(Clone, Debug)]
pub(crate) struct Sending<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) rules: &'a KindRules,
    /// What the live profile adds: which variables are secret, say.
    pub(crate) refined: &'a [FieldRule],
    pub(crate) hash_key: &'a HashKey,
    pub(crate) extent: Extent<'a>,
    pub(crate) provenance: Provenance,
    pub(crate) remote_id: Option<RemoteId>,
    pub(crate) requires: &'a BTreeSet<ResourceKey>,
    pub(crate) earlier: Option<&'a Entry>,
    pub(crate) now: Timestamp,
}

impl Sending<'_> {
    /// The entry for what was sent.
    pub(crate) fn entry(&self) -> Entry {
        let mut strip = Strip {
            rules: RuleSet::new(&self.rules.fields, self.refined),
            sending: self,
            hashes: BTreeMap::new(),
        };
        let sent = strip.value(&FieldPath::root(), &self.resource.body).unwrap_or(Value::Null);
        let hashes = strip.hashes;
        let earlier = self.earlier;
        let remote_id = self.remote_id.clone();
        Entry {
            key: self.resource.key.clone(),
            remote_id: remote_id.or_else(|| earlier.and_then(|entry| entry.remote_id.clone())),
            provenance: earlier.map_or(self.provenance, |entry| entry.provenance),
            sent,
            hashes,
            protections: protections(self.resource, self.rules, self.earlier, self.now),
            requires: self.requires.clone(),
        }
    }

    /// Whether the secret at a place went out with this sending.
    fn sends_secret(&self, path: &FieldPath) -> bool {
        match self.extent {
            Extent::Create | Extent::Whole => true,
            Extent::Changes(paths) => paths.contains(path),
            Extent::Mark => false,
        }
    }

    fn leaves_out(&self, facets: &Facets) -> bool {
        match self.extent {
            Extent::Create => facets.after_create,
            Extent::Whole | Extent::Changes(_) => false,
            // What cannot be changed either is taken to be as declared: nobody can tell.
            Extent::Mark => (facets.recorded && !facets.immutable) || facets.after_create,
        }
    }
}

/// What outlives the text. A contract that is known already keeps its beginning.
pub(crate) fn protections(
    resource: &Resource,
    rules: &KindRules,
    earlier: Option<&Entry>,
    now: Timestamp,
) -> Protections {
    let known = earlier.and_then(|entry| entry.protections.contract.as_ref());
    let since = known.map_or(now, |contract| contract.since);
    let contract = months(rules, &resource.body).map(|months| Contract { months, since });
    Protections { prevent_destroy: resource.wishes.prevent_destroy, contract }
}

/// The contract term of a body, in months.
fn months(rules: &KindRules, body: &Value) -> Option<u32> {
    let value = rules.contract_term.as_ref()?.find(body)?;
    let months = match value {
        Value::String(text) => text.trim().parse().ok()?,
        Value::Number(number) => u32::try_from(number.as_u64()?).ok()?,
        _ => return None,
    };
    (months > 0).then_some(months)
}

/// Walks a body as the comparison does, so that hashes stand where it looks for them.
struct Strip<'a> {
    rules: RuleSet<'a>,
    sending: &'a Sending<'a>,
    hashes: BTreeMap<FieldPath, String>,
}

impl Strip<'_> {
    fn value(&mut self, path: &FieldPath, value: &Value) -> Option<Value> {
        let facets = self.rules.at(path);
        if self.sending.leaves_out(&facets) {
            return None;
        }
        // Something stood there, whatever it was: so that it is known to be gone when it is.
        if self.sending.resource.outputs.contains_key(path) && !facets.recorded {
            return Some(Value::from(OUTPUT_PLACEHOLDER));
        }
        let nested = value.is_object() || value.is_array();
        if let Some(secret) = self.sending.resource.secrets.get(path) {
            return Some(self.hide(path, secret.expose()));
        }
        if facets.secret && !nested && !value.is_null() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            return Some(self.hide(path, &text));
        }
        if path.segments().len() >= DEEPEST {
            return Some(value.clone());
        }
        Some(match value {
            Value::Object(fields) => Value::Object(self.object(path, fields)),
            Value::Array(items) => Value::Array(self.list(path, items, facets.unordered)),
            other => other.clone(),
        })
    }

    fn object(&mut self, path: &FieldPath, fields: &Map<String, Value>) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, value) in fields {
            if let Some(value) = self.value(&path.key(name), value) {
                kept.insert(name.clone(), value);
            }
        }
        kept
    }

    fn list(
        &mut self,
        path: &FieldPath,
        items: &[Value],
        unordered: Option<Unordered>,
    ) -> Vec<Value> {
        let place = |at: usize, item: &Value| match unordered {
            Some(Unordered::By(by)) => {
                element_key(item, by).map_or_else(|| path.index(at), |name| path.item(by, name))
            }
            _ => path.index(at),
        };
        let mut kept = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            kept.extend(self.value(&place(at, item), item));
        }
        kept
    }

    fn hide(&mut self, path: &FieldPath, text: &str) -> Value {
        let earlier = self.sending.earlier.and_then(|entry| entry.hashes.get(path));
        if self.sending.sends_secret(path) {
            self.hashes.insert(path.clone(), self.sending.hash_key.hash(text));
        } else if let Some(hash) = earlier {
            self.hashes.insert(path.clone(), hash.clone());
        }
        Value::from(SECRET_PLACEHOLDER)
    }
}

#[cfg(test)]
mod tests;
