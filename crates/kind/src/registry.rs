//! All kinds of all clouds.

use crate::kind::Kind;
use crate::provider::Provider;
use plumb_model::finding::nearest;
use plumb_model::{KindId, KindTable};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The kinds plumb knows, by id, each with its cloud. Clones share everything.
#[derive(Clone, Debug, Default)]
pub struct Registry(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    providers: Vec<&'static dyn Provider>,
    kinds: BTreeMap<KindId, (&'static dyn Provider, &'static dyn Kind)>,
    table: KindTable,
}

/// No kind has this apiVersion and kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no kind {kind} in {api_version}")]
pub struct UnknownKind {
    /// As written.
    pub api_version: String,
    /// As written.
    pub kind: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl Registry {
    /// A registry of these clouds.
    #[must_use]
    pub fn new(providers: &[&'static dyn Provider]) -> Self {
        let mut kinds = BTreeMap::new();
        for provider in providers {
            for kind in provider.kinds() {
                kinds.insert(kind.rules().id.clone(), (*provider, *kind));
            }
        }
        let table = KindTable::new(kinds.values().map(|(_, kind)| kind.rules().clone()));
        Self(Arc::new(Known { providers: providers.to_vec(), kinds, table }))
    }

    /// The clouds.
    #[must_use]
    pub fn providers(&self) -> &[&'static dyn Provider] {
        &self.0.providers
    }

    /// A kind by its id.
    #[must_use]
    pub fn kind(&self, id: &KindId) -> Option<&'static dyn Kind> {
        self.0.kinds.get(id).map(|(_, kind)| *kind)
    }

    /// The cloud of a kind.
    #[must_use]
    pub fn provider(&self, id: &KindId) -> Option<&'static dyn Provider> {
        self.0.kinds.get(id).map(|(provider, _)| *provider)
    }

    /// All kinds, by id.
    pub fn kinds(&self) -> impl Iterator<Item = &'static dyn Kind> {
        self.0.kinds.values().map(|(_, kind)| *kind)
    }

    /// The kind of a document.
    ///
    /// # Errors
    /// With the nearest known pair, when there is none.
    pub fn find(&self, api_version: &str, kind: &str) -> Result<&'static dyn Kind, UnknownKind> {
        let known = |id: &&'static dyn Kind| {
            id.rules().api_version == api_version && id.rules().id.kind == kind
        };
        self.kinds().find(known).ok_or_else(|| UnknownKind {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            suggestion: self.suggest(api_version, kind),
        })
    }

    /// The kind and document a bare request body stands for.
    #[must_use]
    pub fn find_bare(&self, body: &Value) -> Option<(&'static dyn Kind, Value)> {
        self.kinds().find_map(|kind| Some((kind, kind.read_bare(body)?)))
    }

    /// The rules of all kinds.
    #[must_use]
    pub fn table(&self) -> &KindTable {
        &self.0.table
    }

    fn suggest(&self, api_version: &str, kind: &str) -> Option<String> {
        let pairs: Vec<String> = self
            .kinds()
            .map(|known| format!("{} {}", known.rules().api_version, known.rules().id.kind))
            .collect();
        if let Some(same_name) = pairs.iter().find(|pair| pair.ends_with(&format!(" {kind}"))) {
            return Some(same_name.clone());
        }
        let wanted = format!("{api_version} {kind}");
        nearest(&wanted, pairs.iter().map(String::as_str)).map(str::to_owned)
    }
}
