//! The operator's connections: endpoint and key, always as a pair, from the environment or from
//! `connections.yaml`. Never from a manifest, so that no pull request can send a key elsewhere.

use crate::environment::Environment;
use crate::key_source::{self, KeySource};
use crate::problem::Problem;
use crate::providers::{self, PROVIDERS};
use plumb_kind::{Provider, Variables};
use plumb_model::text::Secret;
use plumb_model::{Code, Finding};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::Path;

/// Where a cloud is, and where the key to it is kept. The key is fetched only when it is used: a
/// stack that does not use a connection neither runs its program nor needs its variable.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// What the stack calls it; the provider's name unless configured otherwise.
    pub(crate) name: String,
    /// The cloud's provider.
    pub(crate) provider: String,
    /// The origin, without a path.
    pub(crate) endpoint: String,
    /// Where it came from, for `doctor`.
    pub(crate) source: String,
    key: Kept,
}

/// Where the key of a connection is kept.
#[derive(Clone, Debug)]
enum Kept {
    /// In the variable of a pair.
    InPair(&'static Variables),
    /// Where the file of connections says. A program does not see these variables.
    Elsewhere(KeySource, BTreeSet<String>),
}

impl Connection {
    /// The API key.
    ///
    /// # Errors
    /// When it is not there, or no key.
    pub(crate) fn key(&self, environment: &Environment) -> Result<Secret, Problem> {
        match &self.key {
            Kept::InPair(Variables { endpoint, key }) => {
                let text = environment.variable(key).ok_or_else(|| half(endpoint, key))?;
                key_source::checked(&text, &format!("the variable {key}"))
            }
            Kept::Elsewhere(source, keys) => source.read(environment, keys),
        }
    }
}

/// Every pair of variables, with its provider: the order in which they are looked at.
fn pairs() -> impl Iterator<Item = (&'static str, &'static Variables)> {
    let of = |provider: &&'static dyn Provider| {
        let name = provider.name();
        provider.credentials().variables.iter().map(move |pair| (name, pair))
    };
    PROVIDERS.iter().flat_map(of)
}

/// The variables that hold keys, as far as pairs are made of them: programs do not see them.
pub(crate) fn key_variables() -> BTreeSet<String> {
    pairs().map(|(_, pair)| pair.key.to_owned()).collect()
}

/// Every variable of a pair, with what it is.
pub(crate) fn variables() -> impl Iterator<Item = (String, String)> {
    pairs().map(|(provider, Variables { endpoint, key })| {
        let usual = usual_endpoint(provider).map(|usual| format!(" ({usual} when it is not set)"));
        let usual = usual.unwrap_or_default();
        (format!("{endpoint}, {key}"), format!("Endpoint{usual} and key of {provider}."))
    })
}

fn usual_endpoint(provider: &str) -> Option<&'static str> {
    providers::named(provider)?.credentials().usual_endpoint
}

/// How to connect to a provider, as help; to any of them when none is given.
pub(crate) fn how_to_connect(provider: Option<&str>) -> String {
    let first = |provider: &str| pairs().find(|(name, _)| *name == provider).map(|(_, pair)| pair);
    let one = |provider: &str| match (first(provider), usual_endpoint(provider)) {
        (Some(Variables { endpoint, key }), Some(usual)) => {
            format!("set {key} (and {endpoint}, unless it is {usual})")
        }
        (Some(Variables { endpoint, key }), None) => format!("set {endpoint} and {key}"),
        (None, _) => format!("list a connection to {provider}"),
    };
    let all = || {
        let names = PROVIDERS.iter().map(|provider| provider.name());
        names.map(|name| format!("for {name} {}", one(name))).collect::<Vec<String>>().join("; ")
    };
    let ways = provider.map_or_else(all, one);
    format!("{ways}, or write ~/.config/plumb/connections.yaml; --sandbox needs neither")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    connections: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    provider: String,
    /// May be left out where a cloud has one for everybody.
    endpoint: Option<String>,
    key: KeySource,
}

/// All configured connections; those of the environment come first.
pub(crate) fn all(environment: &Environment) -> Result<Vec<Connection>, Problem> {
    let mut found: Vec<Connection> = Vec::new();
    found.extend(pairs().filter_map(|(provider, pair)| of_pair(provider, pair, environment)));
    if let Some(path) = environment.configuration().map(|folder| folder.join("connections.yaml"))
        && path.exists()
    {
        found.extend(from_file(&path)?);
    }
    Ok(found)
}

fn of_pair(
    provider: &str,
    pair: &'static Variables,
    environment: &Environment,
) -> Option<Connection> {
    let Variables { endpoint, key } = pair;
    let address = environment.variable(endpoint);
    let (address, source) = match (address, environment.variable(key), usual_endpoint(provider)) {
        // An endpoint whose key is missing is said when it is used.
        (Some(address), _, _) => (with_scheme(&address), format!("{endpoint} and {key}")),
        (None, Some(_), Some(usual)) => (usual.to_owned(), (*key).to_owned()),
        // A key alone is common (other tools need no endpoint); it is simply not a connection.
        (None, _, _) => return None,
    };
    Some(Connection {
        name: provider.to_owned(),
        provider: provider.to_owned(),
        endpoint: address,
        source,
        key: Kept::InPair(pair),
    })
}

/// The connections of a command, and the names of those that are missing.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    /// Those that are there.
    pub(crate) connections: Vec<Connection>,
    /// Names that no connection has. Whether that matters depends on what is declared.
    pub(crate) missing: Vec<String>,
}

/// The connections a stack uses: those it names, or one for each provider when it names none.
///
/// # Errors
/// When it names two to one provider: everything of a stack is in one account there.
pub(crate) fn chosen(all: Vec<Connection>, names: &[String]) -> Result<Chosen, Problem> {
    let mut chosen = Chosen::default();
    for name in names {
        match all.iter().find(|connection| connection.name == *name) {
            Some(known) => chosen.take(known)?,
            None => chosen.missing.push(name.clone()),
        }
    }
    if names.is_empty() {
        for connection in all {
            let known = |other: &Connection| other.provider == connection.provider;
            if !chosen.connections.iter().any(known) {
                chosen.connections.push(connection);
            }
        }
    }
    Ok(chosen)
}

impl Chosen {
    /// Takes a connection that is named.
    fn take(&mut self, named: &Connection) -> Result<(), Problem> {
        let same = |taken: &&Connection| taken.provider == named.provider;
        match self.connections.iter().find(same) {
            Some(taken) if taken.name == named.name => Ok(()),
            Some(taken) => Err(two_of_one(taken, named)),
            None => {
                self.connections.push(named.clone());
                Ok(())
            }
        }
    }
}

fn two_of_one(first: &Connection, second: &Connection) -> Problem {
    let message = format!(
        "plumb.yaml names two connections to {}: {} and {}",
        first.provider, first.name, second.name
    );
    let help = "everything of a stack is in one account at each provider: leave one of them out of \
                spec.connections, and manage the other account with a stack of its own";
    Finding::error(Code::BAD_STACK_FILE, message).help(help).into()
}

fn from_file(path: &Path) -> Result<Vec<Connection>, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem::file(path, error))?;
    let unusable = |error: String| {
        let message = format!("{} cannot be used: {}", path.display(), without_values(&error));
        Problem::from(Finding::error(Code::NO_CONNECTION, message).help(example()))
    };
    // By way of JSON, in which a mapping of one field is a choice; in YAML a choice is a tag.
    let value: serde_json::Value =
        serde_yaml::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    let file: File = serde_json::from_value(value).map_err(|error| unusable(error.to_string()))?;
    let named = file.connections.iter().filter_map(|entry| entry.key.variable());
    let keys: BTreeSet<String> =
        named.chain(pairs().map(|(_, pair)| pair.key)).map(str::to_owned).collect();
    let connection = |entry: Entry| {
        let usual = usual_endpoint(&entry.provider).map(str::to_owned);
        let endpoint = entry
            .endpoint
            .or(usual)
            .ok_or_else(|| unusable(format!("the connection {} has no endpoint", entry.name)))?;
        Ok(Connection {
            name: entry.name,
            provider: entry.provider,
            endpoint: with_scheme(&endpoint),
            source: path.display().to_string(),
            key: Kept::Elsewhere(entry.key, keys.clone()),
        })
    };
    file.connections.into_iter().map(connection).collect()
}

fn example() -> String {
    let name = PROVIDERS.first().map_or("cloud", |provider| provider.name());
    let variable = name.to_uppercase().replace('-', "_");
    format!(
        "connections.yaml looks like: connections: [{{name: {name}, provider: {name}, endpoint: \
         https://console.example.ai, key: {{variable: {variable}_KEY}}}}]"
    )
}

/// The words of an error up to the first value it quotes: somebody may have put a key there.
fn without_values(error: &str) -> String {
    const KNOWN: [&str; 8] =
        ["connections", "name", "provider", "endpoint", "key", "variable", "file", "command"];
    let mut parts = error.split(['`', '"']);
    let words = parts.next().unwrap_or_default();
    match parts.next() {
        None => words.to_owned(),
        Some(name) if KNOWN.contains(&name) => format!("{words}{name}"),
        Some(_) => format!("{words}(not shown)"),
    }
}

/// An endpoint as it may be shown: what stands before an `@` may be a password.
pub(crate) fn shown(endpoint: &str) -> String {
    match endpoint.rsplit_once('@') {
        Some((_, host)) => format!("(not shown)@{host}"),
        None => endpoint.to_owned(),
    }
}

fn with_scheme(endpoint: &str) -> String {
    let endpoint = endpoint.trim().trim_end_matches('/');
    if endpoint.contains("://") { endpoint.to_owned() } else { format!("https://{endpoint}") }
}

fn half(endpoint: &str, key: &str) -> Problem {
    let message = format!("{endpoint} is set, but {key} is not");
    Finding::error(Code::NO_CONNECTION, message)
        .help("an endpoint and its key belong together: set both, or neither")
        .into()
}

/// A connection that a stack names is not there.
pub(crate) fn missing(name: &str, provider: Option<&str>) -> Problem {
    let message = format!("plumb.yaml names the connection {name}, which is not configured");
    let known = provider.or(pairs().map(|(known, _)| known).find(|known| *known == name));
    let help = if known == Some(name) {
        how_to_connect(known)
    } else {
        format!("list {name} in ~/.config/plumb/connections.yaml; --sandbox does without")
    };
    Finding::error(Code::NO_CONNECTION, message).help(help).into()
}
