//! The operator's connections: endpoint and key, always as a pair, from the environment or from
//! `connections.yaml`. Never from a manifest, so that no pull request can send a key elsewhere.

use crate::environment::Environment;
use crate::problem::Problem;
use plumb_model::text::Secret;
use plumb_model::{Code, Finding};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Where a cloud is, and the key to it.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    /// What the stack calls it; the provider's name unless configured otherwise.
    pub(crate) name: String,
    /// The cloud's provider.
    pub(crate) provider: String,
    /// The origin, without a path.
    pub(crate) endpoint: String,
    /// The API key.
    pub(crate) key: Secret,
    /// Where it came from, for `doctor`.
    pub(crate) source: String,
}

/// Pairs of variables that name an endpoint and its key; plumb's own first, then the names the
/// clouds' own tools use.
const VARIABLES: &[(&str, &str, &str)] = &[
    ("rafay", "PLUMB_RAFAY_ENDPOINT", "PLUMB_RAFAY_API_KEY"),
    ("rafay", "RCTL_REST_ENDPOINT", "RCTL_API_KEY"),
];

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
    endpoint: String,
    key: KeySource,
}

/// Where a key is kept. Not in the file itself, unless nobody else can read it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum KeySource {
    /// An environment variable.
    Variable(String),
    /// A file that only its owner can read.
    File(PathBuf),
    /// A program that prints the key, with its arguments.
    Command(Vec<String>),
}

/// All configured connections; those of the environment come first.
pub(crate) fn all(environment: &Environment) -> Result<Vec<Connection>, Problem> {
    let mut found: Vec<Connection> = Vec::new();
    for (provider, endpoint, key) in VARIABLES {
        match (environment.variable(endpoint), environment.variable(key)) {
            (Some(address), Some(secret)) => found.push(Connection {
                name: (*provider).to_owned(),
                provider: (*provider).to_owned(),
                endpoint: with_scheme(&address),
                key: Secret::new(secret.trim()),
                source: format!("{endpoint} and {key}"),
            }),
            (Some(_), None) => return Err(half(endpoint, key)),
            // A key alone is common (other tools need no endpoint); it is simply not a connection.
            (None, _) => {}
        }
    }
    if let Some(path) = environment.configuration().map(|folder| folder.join("connections.yaml"))
        && path.exists()
    {
        found.extend(from_file(&path, environment)?);
    }
    Ok(found)
}

/// The connections a stack uses: those it names, or one for each provider when it names none.
pub(crate) fn chosen(all: Vec<Connection>, names: &[String]) -> Result<Vec<Connection>, Problem> {
    let mut chosen: Vec<Connection> = Vec::new();
    for name in names {
        let known = all.iter().find(|connection| connection.name == *name);
        chosen.push(known.cloned().ok_or_else(|| missing(name))?);
    }
    if names.is_empty() {
        for connection in all {
            if !chosen.iter().any(|other| other.provider == connection.provider) {
                chosen.push(connection);
            }
        }
    }
    Ok(chosen)
}

fn from_file(path: &Path, environment: &Environment) -> Result<Vec<Connection>, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem::file(path, error))?;
    let unusable = |error: String| {
        let message = format!("{} cannot be used: {error}", path.display());
        Problem::from(Finding::error(Code::NO_CONNECTION, message).help(EXAMPLE))
    };
    // By way of JSON, in which a mapping of one field is a choice; in YAML a choice is a tag.
    let value: serde_json::Value =
        serde_yaml::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    let file: File = serde_json::from_value(value).map_err(|error| unusable(error.to_string()))?;
    let connection = |entry: Entry| {
        let key = read_key(&entry.key, environment)?;
        Ok(Connection {
            name: entry.name,
            provider: entry.provider,
            endpoint: with_scheme(&entry.endpoint),
            key,
            source: path.display().to_string(),
        })
    };
    file.connections.into_iter().map(connection).collect()
}

const EXAMPLE: &str = "connections.yaml looks like: connections: [{name: rafay, provider: rafay, \
     endpoint: https://console.example.ai, key: {variable: RAFAY_KEY}}]";

fn read_key(source: &KeySource, environment: &Environment) -> Result<Secret, Problem> {
    let no_key = |message: String, help: &str| {
        Problem::from(Finding::error(Code::NO_CONNECTION, message).help(help))
    };
    let text = match source {
        KeySource::Variable(name) => environment.variable(name).ok_or_else(|| {
            no_key(format!("the variable {name} is not set"), "set it to the API key")
        })?,
        KeySource::File(path) => {
            refuse_open_mode(path)?;
            std::fs::read_to_string(path).map_err(|error| Problem::file(path, error))?
        }
        KeySource::Command(words) => {
            let (program, arguments) = words
                .split_first()
                .ok_or_else(|| no_key("key.command is empty".to_owned(), EXAMPLE))?;
            let output = std::process::Command::new(program).args(arguments).output();
            match output {
                Ok(output) if output.status.success() => {
                    String::from_utf8_lossy(&output.stdout).into_owned()
                }
                Ok(output) => {
                    let message = format!("the key program {program} ended with {}", output.status);
                    return Err(no_key(message, "run it by hand to see why"));
                }
                Err(error) => {
                    let message = format!("the key program {program} cannot be run: {error}");
                    return Err(no_key(message, "give its full path"));
                }
            }
        }
    };
    Ok(Secret::new(text.trim()))
}

/// The permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;

/// A key file that others can read is refused.
fn refuse_open_mode(path: &Path) -> Result<(), Problem> {
    use std::os::unix::fs::PermissionsExt;

    let metadata = std::fs::metadata(path).map_err(|error| Problem::file(path, error))?;
    let open = metadata.permissions().mode() & OTHERS;
    if open == 0 {
        return Ok(());
    }
    let message = format!("the key file {} can be read by others", path.display());
    let help = format!("run: chmod 600 {}", path.display());
    Err(Finding::error(Code::NO_CONNECTION, message).help(help).into())
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

fn missing(name: &str) -> Problem {
    let message = format!("plumb.yaml names the connection {name}, which is not configured");
    Finding::error(Code::NO_CONNECTION, message)
        .help(
            "set PLUMB_RAFAY_ENDPOINT and PLUMB_RAFAY_API_KEY, or list it in \
             ~/.config/plumb/connections.yaml; --sandbox needs neither",
        )
        .into()
}
