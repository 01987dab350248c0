//! All kinds of all clouds. What a kind says of itself is checked here, once: see `check`.

mod check;

#[cfg(test)]
mod tests;

use crate::kind::Kind;
use crate::provider::Provider;
use crate::schema::Schema;
use plumb_model::finding::nearest;
use plumb_model::key::{Address, ScopeLevel};
use plumb_model::{Body, KindId, KindRules, KindTable, Sorted};
use std::sync::Arc;

/// The kinds plumb knows, by id, each with its cloud and its compiled schema. Clones share
/// everything.
///
/// # Guarantees
/// Of what a kind says, nothing is left to be found wrong in a run: every literal of its rules is a
/// pattern that leads to a field of its schema, no two rules of a field contradict each other,
/// every kind it names is known, and its schema is understood to the last word.
#[derive(Clone, Debug, Default)]
pub struct Registry(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    providers: Vec<&'static dyn Provider>,
    kinds: Sorted<KindId, Entry>,
    table: KindTable,
}

type Listed = (&'static dyn Provider, &'static dyn Kind);

#[derive(Debug)]
struct Entry {
    provider: &'static dyn Provider,
    kind: &'static dyn Kind,
    schema: Schema,
}

/// Kinds cannot be used: what those who wrote them got wrong, all of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.shown())]
pub struct RegistryError {
    /// The mistakes, by provider in the order given, then by kind; never none.
    pub mistakes: Vec<Mistake>,
}

impl RegistryError {
    fn shown(&self) -> String {
        let lines: Vec<String> = self.mistakes.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }
}

/// Something in a kind, or in a provider, that cannot be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{provider} {subject}: {what}")]
pub struct Mistake {
    /// The provider's name.
    pub provider: &'static str,
    /// The kind, as `Kind.group`; empty for the provider itself.
    pub subject: String,
    /// What is wrong, as a lowercase fragment that names the field, the word or the other kind.
    pub what: String,
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
    ///
    /// # Errors
    /// Everything that is wrong with what their kinds say, by name.
    pub fn new(providers: &[&'static dyn Provider]) -> Result<Self, RegistryError> {
        let of = |provider: &&'static dyn Provider| {
            let provider = *provider;
            provider.kinds().iter().map(move |kind| (provider, *kind))
        };
        let listed: Vec<Listed> = providers.iter().flat_map(of).collect();
        let table = KindTable::new(listed.iter().map(|(cloud, kind)| placed(*cloud, kind.rules())));
        let mut mistakes = check::names(providers, &listed);
        let mut kinds = Sorted::default();
        for (provider, kind) in listed {
            match check::kind(kind, &table) {
                Ok(schema) => {
                    kinds.insert(kind.rules().id.clone(), Entry { provider, kind, schema });
                }
                Err(wrong) => mistakes.extend(wrong.into_iter().map(|what| Mistake {
                    provider: provider.name(),
                    subject: kind.rules().id.to_string(),
                    what,
                })),
            }
        }
        if !mistakes.is_empty() {
            return Err(RegistryError { mistakes });
        }
        Ok(Self(Arc::new(Known { providers: providers.to_vec(), kinds, table })))
    }

    /// The clouds.
    #[must_use]
    pub fn providers(&self) -> &[&'static dyn Provider] {
        &self.0.providers
    }

    /// A kind by its id.
    #[must_use]
    pub fn kind(&self, id: &KindId) -> Option<&'static dyn Kind> {
        self.0.kinds.get(id).map(|entry| entry.kind)
    }

    /// The cloud of a kind.
    #[must_use]
    pub fn provider(&self, id: &KindId) -> Option<&'static dyn Provider> {
        self.0.kinds.get(id).map(|entry| entry.provider)
    }

    /// The schema of a kind's documents, compiled.
    #[must_use]
    pub fn schema(&self, id: &KindId) -> Option<&Schema> {
        self.0.kinds.get(id).map(|entry| &entry.schema)
    }

    /// All kinds, by id.
    pub fn kinds(&self) -> impl Iterator<Item = &'static dyn Kind> {
        self.0.kinds.values().map(|entry| entry.kind)
    }

    /// The kind of a document.
    ///
    /// # Errors
    /// With the nearest known pair, when there is none.
    pub fn find(&self, api_version: &str, kind: &str) -> Result<&'static dyn Kind, UnknownKind> {
        let known = |known: &&'static dyn Kind| {
            let rules = known.rules();
            rules.id.kind == kind && rules.api_versions().any(|version| version == api_version)
        };
        self.kinds().find(known).ok_or_else(|| UnknownKind {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            suggestion: self.suggest(api_version, kind),
        })
    }

    /// What is known of a kind that its cloud gives nobody a public way to manage. Which cloud is meant,
    /// says the group.
    #[must_use]
    pub fn unmanageable(&self, api_version: &str, kind: &str) -> Option<&'static str> {
        let group = api_version.rsplit_once('/').map_or(api_version, |(group, _)| group);
        let is_of = |cloud: &&&'static dyn Provider| {
            let mut kinds = cloud.kinds().iter();
            kinds.any(|known| known.rules().id.group == group)
                || cloud.old_formats().iter().any(|old| api_version.starts_with(old))
        };
        let clouds = self.providers().iter().filter(is_of);
        let mut known = clouds.flat_map(|cloud| cloud.unmanageable());
        known.find(|it| it.kinds.contains(&kind)).map(|it| it.why)
    }

    /// The kind and document a bare request body stands for.
    #[must_use]
    pub fn find_bare(&self, body: &Body) -> Option<(&'static dyn Kind, Body)> {
        self.kinds().find_map(|kind| Some((kind, kind.read_bare(body)?)))
    }

    /// The kinds that a person means by a name, in any case, with the group behind a dot or without. Where
    /// several clouds have one of the name, those of no family are meant.
    #[must_use]
    pub fn named(&self, name: &str) -> Vec<&'static dyn Kind> {
        let (kind, group) = match name.split_once('.') {
            Some((kind, group)) => (kind, Some(group)),
            None => (name, None),
        };
        let is_called = |known: &&'static dyn Kind| {
            let id = &known.rules().id;
            id.kind.eq_ignore_ascii_case(kind) && group.is_none_or(|group| id.group == group)
        };
        let all: Vec<_> = self.kinds().filter(is_called).collect();
        let usual: Vec<_> =
            all.iter().copied().filter(|kind| kind.rules().family.is_none()).collect();
        if usual.is_empty() { all } else { usual }
    }

    /// The names of the kinds that an address can be one of: with its group, and where the address has a
    /// scope, of those that live as deep. As it is written where there is none.
    #[must_use]
    pub fn addressed(&self, address: &Address) -> Vec<String> {
        let depth = address.scope.len();
        let fits = |kind: &&'static dyn Kind| {
            let rules = kind.rules();
            let deep = match rules.level {
                ScopeLevel::Global => depth == 0,
                ScopeLevel::Project => depth == 1,
                ScopeLevel::Workspace => depth == 2,
                ScopeLevel::ProjectOrWorkspace => depth > 0,
            };
            let group = address.group.as_ref().is_none_or(|group| *group == rules.id.group);
            deep && group && rules.id.kind.eq_ignore_ascii_case(&address.kind)
        };
        let written = [Some(address.kind.as_str()), address.group.as_deref()];
        let written = || vec![written.into_iter().flatten().collect::<Vec<_>>().join(".")];
        if depth == 0 {
            return written();
        }
        let found: Vec<String> =
            self.kinds().filter(fits).map(|kind| kind.rules().id.to_string()).collect();
        if found.is_empty() { written() } else { found }
    }

    /// The rules of all kinds.
    #[must_use]
    pub fn table(&self) -> &KindTable {
        &self.0.table
    }

    /// What may have been meant: a kind of the cloud that the version names or nearly names. One of
    /// another cloud would be another machine, with another price.
    fn suggest(&self, api_version: &str, kind: &str) -> Option<String> {
        let versions: Vec<&str> = self.kinds().map(|known| known.rules().api_version).collect();
        let same = versions.iter().copied().find(|known| *known == api_version);
        let meant = same.or_else(|| nearest(api_version, versions.iter().copied()));
        let cloud = |version: &str| {
            let first = self.kinds().find(|known| known.rules().api_version == version)?;
            self.provider(&first.rules().id).map(Provider::name)
        };
        let in_reach = |version: &str| meant.is_none_or(|meant| cloud(meant) == cloud(version));
        let pairs: Vec<String> = self
            .kinds()
            .filter(|known| in_reach(known.rules().api_version))
            .map(|known| format!("{} {}", known.rules().api_version, known.rules().id.kind))
            .collect();
        if let Some(same_name) = pairs.iter().find(|pair| pair.ends_with(&format!(" {kind}"))) {
            return Some(same_name.clone());
        }
        meant?;
        let wanted = format!("{api_version} {kind}");
        nearest(&wanted, pairs.iter().map(String::as_str)).map(str::to_owned)
    }
}

/// A kind's rules with its parent: where the kind does not name it, it is what the cloud calls the
/// scope the kind lives in.
fn placed(cloud: &dyn Provider, rules: &KindRules) -> KindRules {
    let (name, level) = match rules.level {
        ScopeLevel::Global => return rules.clone(),
        ScopeLevel::Project => ("Project", ScopeLevel::Global),
        ScopeLevel::Workspace | ScopeLevel::ProjectOrWorkspace => {
            ("Workspace", ScopeLevel::Project)
        }
    };
    let mut kinds = cloud.kinds().iter().map(|kind| kind.rules());
    let scope = kinds.find(|rules| rules.id.kind == name && rules.level == level);
    let parent = rules.parent.clone().or_else(|| scope.map(|rules| rules.id.clone()));
    KindRules { parent, ..rules.clone() }
}
