//! What is written into the ledger about a resource: what was sent, without secrets, and what
//! outlives the manifest's text. Pure.

use jiff::Timestamp;
use plumb_model::body::walk::{self, Place, Turn, Visitor};
use plumb_model::digest::{Digest, HashKey};
use plumb_model::ledger::{Contract, Entry, Protections, Provenance};
use plumb_model::path::Segment;
use plumb_model::rules::{Aspect, Facets, FieldRule, RuleSet};
use plumb_model::text::{OUTPUT_PLACEHOLDER, Secret};
use plumb_model::{Body, FieldPath, KindRules, RemoteId, Resource, ResourceKey};
use std::collections::{BTreeMap, BTreeSet};

/// The digest of what a create sends. Keyed, and of the declared body: with a plain digest anyone
/// who has the ledger could guess what is secret in it.
pub(crate) fn digest(resource: &Resource, hash_key: &HashKey) -> Digest {
    Digest::of_bytes(hash_key.hash(&resource.body.shown().to_string()).as_bytes())
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
        let rules = RuleSet::new(&self.rules.fields, self.refined);
        let mut strip = Strip { sending: self, hashes: BTreeMap::new() };
        let root = &mut FieldPath::root();
        let sent = walk::rebuild(&self.resource.body, rules, root, &mut strip).unwrap_or_default();
        let (sent, hashes) = self.with_what_it_was_made_with(sent, strip.hashes);
        let earlier = self.earlier;
        let remote_id = self.remote_id.clone();
        let known = earlier.filter(|_| self.extent != Extent::Create);
        Entry {
            key: self.resource.key.clone(),
            remote_id: remote_id.or_else(|| earlier.and_then(|entry| entry.remote_id.clone())),
            provenance: earlier.map_or(self.provenance, |entry| entry.provenance),
            since: known.map_or(Some(self.now), |entry| entry.since),
            sent: sent.into(),
            hashes,
            protections: protections(self.resource, self.rules, self.earlier, self.now),
            requires: self.requires.clone(),
        }
    }

    /// What is used at creation stays on record as it was sent then, whatever is declared now.
    fn with_what_it_was_made_with(
        &self,
        mut sent: Body,
        mut hashes: BTreeMap<FieldPath, String>,
    ) -> (Body, BTreeMap<FieldPath, String>) {
        let Some(earlier) = self.earlier.filter(|_| self.extent != Extent::Create) else {
            return (sent, hashes);
        };
        let rules = self.rules.fields.iter().chain(self.refined);
        for FieldRule { pattern, .. } in rules.filter(|rule| rule.aspect == Aspect::AtCreation) {
            for (path, value) in earlier.sent.places(pattern) {
                sent = put(sent, path.segments(), value);
            }
            let made_with = earlier.hashes.iter().filter(|(path, _)| pattern.covers(path));
            hashes.extend(made_with.map(|(path, hash)| (path.clone(), hash.clone())));
        }
        (sent, hashes)
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
        let was_made = self.extent != Extent::Create && self.earlier.is_some();
        match self.extent {
            _ if facets.at_creation && was_made => true,
            Extent::Create => facets.after_create,
            Extent::Whole | Extent::Changes(_) => false,
            // What cannot be changed either is taken to be as declared: nobody can tell.
            Extent::Mark => (facets.recorded && !facets.immutable) || facets.after_create,
        }
    }
}

/// A body with a value at a path of names, which are made where they are missing.
fn put(mut body: Body, path: &[Segment], value: &Body) -> Body {
    let place = path.iter().try_fold(&mut body, |place, segment| match segment {
        Segment::Key(name) => Some(&mut place[&**name]),
        Segment::Item { .. } | Segment::Index(_) => None,
    });
    if let Some(place) = place {
        *place = value.clone();
    }
    body
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
    let contract = rules.contract_months(&resource.body).map(|months| Contract { months, since });
    Protections { prevent_destroy: resource.wishes.prevent_destroy, contract }
}

/// What is recorded of each value.
struct Strip<'a> {
    sending: &'a Sending<'a>,
    hashes: BTreeMap<FieldPath, String>,
}

impl Visitor for Strip<'_> {
    fn enter(&mut self, place: &Place<'_>, value: &Body) -> Turn {
        let facets = place.facets;
        if self.sending.leaves_out(facets) {
            return Turn::LeaveOut;
        }
        let is_secret = facets.secret && !value.has_children();
        let sealed = if is_secret { walk::sealed(value) } else { value.clone() };
        match &sealed {
            Body::Secret(secret) => {
                self.hash(place.path, secret);
                Turn::Put(sealed)
            }
            open if open.is_open() && facets.recorded => Turn::Put(Body::Null),
            open if open.is_open() => Turn::Put(OUTPUT_PLACEHOLDER.into()),
            _ => Turn::Into,
        }
    }
}

impl Strip<'_> {
    fn hash(&mut self, path: &FieldPath, secret: &Secret) {
        let earlier = self.sending.earlier.and_then(|entry| entry.hashes.get(path));
        if self.sending.sends_secret(path) {
            self.hashes.insert(path.clone(), self.sending.hash_key.of(secret));
        } else if let Some(hash) = earlier {
            self.hashes.insert(path.clone(), hash.clone());
        }
    }
}

#[cfg(test)]
mod tests;
