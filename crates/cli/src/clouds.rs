//! The clouds a command talks to: connections made, or the sandbox started in process.

use crate::arguments::Shared;
use crate::connections::{self, Chosen};
use crate::context::Context;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::message;
use crate::problem::{Problem, broken, chain};
use crate::{stack, trust};
use plumb_engine::{ConnectError, Connection, Engine, EngineError, Settings, Silence, SystemClock};
use plumb_kind::{Billing, Provider, Registry};
use plumb_ledger::{LedgerError, Store};
use plumb_manifest::{Connections, DEFAULT_LEDGER};
use plumb_model::text::Secret;
use plumb_model::{Account, Code, Finding, KindId, LedgerView, ResourceKey, ServerText};
use plumb_reconcile::RunError;
use plumb_sandbox::{RunningSandbox, Sandbox, WorldConfig};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// How much faster than the wall clock the embedded sandbox runs: a bare-metal node is up in about
/// two seconds.
const SANDBOX_PACE: u32 = 600;

/// Which providers a command needs: the keys to others are not fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Needed {
    /// All of them.
    Every,
    /// These.
    Only(BTreeSet<&'static str>),
}

impl Needed {
    fn includes(&self, provider: &str) -> bool {
        match self {
            Self::Every => true,
            Self::Only(providers) => providers.contains(provider),
        }
    }

    /// The provider of a kind.
    pub(crate) fn of<'k>(registry: &Registry, kinds: impl IntoIterator<Item = &'k KindId>) -> Self {
        let providers = kinds.into_iter().filter_map(|kind| registry.provider(kind));
        Self::Only(providers.map(Provider::name).collect())
    }
}

/// A connected engine.
#[derive(Debug)]
pub(crate) struct Clouds {
    /// The connected engine.
    pub(crate) engine: Engine,
    /// The endpoints, by provider, for plan files.
    pub(crate) endpoints: Vec<String>,
    /// Connections the stack names and nobody has configured.
    missing: Vec<String>,
}

impl Clouds {
    /// Connects to what the operator has configured, whatever a stack says.
    pub(crate) async fn anywhere(context: &Context) -> Result<Self, Problem> {
        let registry = stack::registry()?;
        Self::connect(registry, &Connections::default(), &Needed::Every, context).await
    }

    /// Connects as [`Clouds::connect`] does; `None` when nothing is configured.
    pub(crate) async fn where_possible(
        used: &Connections,
        key: &ResourceKey,
        context: &Context,
    ) -> Result<Option<Self>, Problem> {
        let Context { shared, environment, .. } = context;
        let found = connections::chosen(connections::all(environment)?, &used.names)?;
        if found.connections.is_empty() && !shared.sandbox {
            return Ok(None);
        }
        let registry = stack::registry()?;
        let needed = Needed::of(&registry, [&key.kind]);
        Self::connect(registry, used, &needed, context).await.map(Some)
    }

    /// Connects to the named connections, as far as they are needed; to one for each provider when
    /// none is named.
    pub(crate) async fn connect(
        registry: Registry,
        used: &Connections,
        needed: &Needed,
        context: &Context,
    ) -> Result<Self, Problem> {
        let Context { shared, environment, .. } = context;
        let seed = u64::from(std::process::id());
        let parallelism = usize::from(shared.parallelism);
        if shared.sandbox && context.simulated(|_| ()).is_none() {
            context.runs(start_sandbox(shared).await?);
        }
        let simulated =
            context.simulated(|running| to_sandbox(running, used)).filter(|_| shared.sandbox);
        let pace = simulated.as_ref().map_or(1, |(_, pace)| *pace);
        let settings = Settings { parallelism, seed, patience: shared.patience, pace };
        let mut engine = Engine::new(registry, Arc::new(SystemClock), settings);
        engine.tell_silences(|Silence { provider, because, pause, patience }| {
            message(&plumb_render::silence(provider, &because, pause, patience));
        });
        let (connections, missing) = match simulated {
            Some((connections, _)) => (connections, Vec::new()),
            None => configured(used, needed, environment)?,
        };
        if !shared.sandbox {
            engine.trust(trust::authorities(environment)?);
        }
        let endpoints =
            connections.iter().map(|Connection { provider, endpoint, organization, .. }| {
                let inside = organization.as_ref().map(|inside| format!(", inside {inside}"));
                format!("{provider} {endpoint}{}", inside.unwrap_or_default())
            });
        let endpoints = endpoints.collect();
        for connection in connections {
            engine.connect(connection).map_err(|error| {
                let help = match &error {
                    ConnectError::NoOrganizations { .. } => "take it out of spec.organizations",
                    _ => "an endpoint is https://host, or http:// on loopback",
                };
                Problem::from(Finding::error(Code::NO_CONNECTION, chain(&error)).help(help))
            })?;
        }
        Ok(Self { engine, endpoints, missing })
    }

    /// Whether a provider is connected.
    pub(crate) fn reaches(&self, provider: &str) -> bool {
        self.endpoints.iter().any(|line| line.split(' ').next() == Some(provider))
    }

    /// The connected clouds.
    pub(crate) fn connected(&self) -> impl Iterator<Item = &'static dyn Provider> {
        let known = self.engine.registry().providers().iter().copied();
        known.filter(|provider| self.reaches(provider.name()))
    }

    /// The connected clouds that say what things cost.
    pub(crate) fn billed(
        &self,
    ) -> Result<Vec<(&'static dyn Provider, &'static dyn Billing)>, Problem> {
        let billed = |provider: &'static dyn Provider| Some((provider, provider.billing()?));
        let found: Vec<_> = self.connected().filter_map(billed).collect();
        if found.is_empty() {
            let known = self.engine.registry().providers();
            if let Some(provider) = known.iter().find(|provider| provider.billing().is_some()) {
                self.require_provider(provider.name(), "a bill")?;
            }
            let message = "no connected cloud says what things cost";
            return Err(Finding::error(Code::NO_CONNECTION, message).into());
        }
        Ok(found)
    }

    /// An error when the cloud of a kind is not connected.
    pub(crate) fn require(&self, kind: &KindId, who: &str) -> Result<(), Problem> {
        match self.engine.registry().provider(kind) {
            Some(provider) => self.require_provider(provider.name(), who),
            None => Ok(()),
        }
    }

    /// An error when a cloud is not connected, which says who needs it.
    pub(crate) fn require_provider(&self, provider: &str, who: &str) -> Result<(), Problem> {
        if self.reaches(provider) {
            return Ok(());
        }
        let same = self.missing.iter().find(|name| *name == provider);
        if let Some(name) = same.or(self.missing.first()) {
            return Err(connections::missing(name, Some(provider)));
        }
        let message = format!("{who} needs a connection to {provider}, and there is none");
        Err(no_connection(message, Some(provider)))
    }

    /// An error when a key was refused: nothing that was seen with it can be trusted.
    pub(crate) fn refuse_closed_keys(&self) -> Result<(), Problem> {
        plumb_reconcile::refuse_closed_keys(&self.engine).map_err(|error| self.problem(error))
    }

    /// An error when no connection to a cloud came about: nothing was seen and nothing sent.
    pub(crate) fn refuse_unreachable(&self) -> Result<(), Problem> {
        plumb_reconcile::refuse_unreachable(&self.engine).map_err(|error| self.problem(error))
    }

    /// An error when the key to a resource's cloud is another account's than the one on record.
    pub(crate) async fn refuse_another_account(
        &self,
        key: &ResourceKey,
        ledger: &LedgerView,
    ) -> Result<(), Problem> {
        let found = plumb_reconcile::account_of(&self.engine, key).await;
        let refused = plumb_reconcile::refuse_another_account(&found, ledger);
        refused.map_err(|error| self.problem(error))
    }

    /// What kept a run from going on, in words and with its exit code.
    pub(crate) fn problem(&self, error: RunError<Problem>) -> Problem {
        let (code, message, help) = match error {
            RunError::Hook(problem) => return problem,
            RunError::Ledger(error) => return broken(&error),
            RunError::Engine(error) => return halted(&error),
            RunError::AnotherAccount { provider, found, recorded } => {
                return another_account(provider, &found, &recorded);
            }
            RunError::KeyRefused { provider, because } => (
                Code::KEY_REFUSED,
                format!("{provider} did not accept the API key{}", said(because)),
                "check that the key belongs to this endpoint and has not expired; nothing further \
                 was sent with it. `plumb doctor` shows where the key comes from",
            ),
            RunError::GivenUp { provider } => (
                Code::TOO_MANY_REQUESTS,
                format!("{provider} takes no more requests, and was given up"),
                "it refused for longer than --patience, or asked for a longer pause. What is done is \
                 recorded; run it again later, or with more patience",
            ),
            RunError::Unreachable { provider, because } => {
                let endpoint = self.endpoints.iter().find_map(|line| line.strip_prefix(provider));
                let endpoint = endpoint.map(str::trim).unwrap_or_default();
                (
                    Code::UNREACHABLE,
                    format!("no connection to {provider} at {endpoint}{}", said(because)),
                    "check the endpoint, the network and the proxy; nothing was sent",
                )
            }
        };
        Finding::error(code, message).help(help).into()
    }
}

/// What to do when a connection is missing: to a provider, or to any.
fn no_connection(message: String, provider: Option<&str>) -> Problem {
    let help = connections::how_to_connect(provider);
    Finding::error(Code::NO_CONNECTION, message).help(help).into()
}

/// A key is another account's than the one in which everything of the stack is.
fn another_account(provider: &str, found: &Account, recorded: &Account) -> Problem {
    let message = format!(
        "the key to {provider} is of the account {found}, and this stack is in the account \
         {recorded}"
    );
    let help = format!(
        "connect with a key of {recorded}; to have the same in {found}, give it a ledger of its \
         own (--ledger). Nothing was planned or sent"
    );
    let finding = Finding::error(Code::ANOTHER_ACCOUNT, message).help(help);
    Problem::from(finding).exit(Exit::Blocked)
}

/// A server's own words behind ours, where there are some.
pub(crate) fn said(because: Option<ServerText>) -> String {
    because.map_or_else(String::new, |because| format!(": {because}"))
}

/// The engine had to stop.
fn halted(error: &EngineError) -> Problem {
    match error {
        EngineError::Contradiction(_) => {
            let code = error.code().unwrap_or(Code::INTERNAL);
            Problem::from(Finding::error(code, chain(error))).exit(Exit::Incomplete)
        }
        EngineError::Journal { source, .. } => {
            if let Some(error) = source.source.downcast_ref::<Arc<LedgerError>>()
                && matches!(**error, LedgerError::Evicted { .. })
            {
                return broken(error);
            }
            let help = "mend the ledger's folder (space, permissions) and run again: what was sent \
                        is settled first";
            let finding = Finding::error(Code::UNREADABLE_FILE, chain(error)).help(help);
            Problem::from(finding).exit(Exit::Incomplete)
        }
        EngineError::NoSuchAct(message) => {
            Finding::error(Code::INVALID_VALUE, message.clone()).into()
        }
    }
}

fn configured(
    used: &Connections,
    needed: &Needed,
    environment: &Environment,
) -> Result<(Vec<Connection>, Vec<String>), Problem> {
    let Chosen { connections: chosen, missing } =
        connections::chosen(connections::all(environment)?, &used.names)?;
    match (chosen.is_empty(), missing.first()) {
        (true, Some(name)) => return Err(connections::missing(name, None)),
        (true, None) => return Err(no_connection("no connection is configured".to_owned(), None)),
        (false, _) => {}
    }
    let connection = |found: connections::Connection| {
        let key = found.key(environment)?;
        let organization = used.organizations.get(&found.name).cloned();
        let in_flight = used.in_flight.get(&found.name).copied();
        let (provider, endpoint) = (found.provider, found.endpoint);
        Ok(Connection { provider, endpoint, key, organization, in_flight })
    };
    let used = chosen.into_iter().filter(|found| needed.includes(&found.provider));
    let connected: Result<Vec<Connection>, Problem> = used.map(connection).collect();
    Ok((connected?, missing))
}

/// Connections to simulated clouds, and how much faster than the wall's their clock is.
fn to_sandbox(running: &RunningSandbox, used: &Connections) -> (Vec<Connection>, u32) {
    let connection = |(provider, key): (&&str, &String)| Connection {
        provider: (*provider).to_owned(),
        endpoint: running.endpoint.clone(),
        key: Secret::new(key),
        organization: used.organizations.get(*provider).cloned(),
        in_flight: used.in_flight.get(*provider).copied(),
    };
    let pace = running.world.with(|world| world.clock().scale());
    (running.keys.iter().map(connection).collect(), pace)
}

async fn start_sandbox(shared: &Shared) -> Result<RunningSandbox, Problem> {
    let folder = stack::sandbox_folder(shared);
    let refused = |error: &dyn std::error::Error| {
        let message = format!("the sandbox cannot start: {}", chain(error));
        let help = format!("remove {} to begin with an empty world", folder.display());
        Problem::from(Finding::error(Code::UNREADABLE_FILE, message).help(help))
    };
    if shared.sandbox_data.is_none() {
        // Beside the ledger, and like it out of Git.
        Store::in_directory(Path::new(DEFAULT_LEDGER))
            .prepare()
            .map_err(|error| refused(&error))?;
    }
    let config = WorldConfig { time_scale: SANDBOX_PACE, ..WorldConfig::default() };
    let clouds = crate::providers::simulated();
    Sandbox::start(config, clouds, Some(&folder)).await.map_err(|error| refused(&error))
}
