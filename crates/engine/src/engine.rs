//! The engine: kinds, sessions and a clock put together. What it does is in its rooms:
//! `transport`, `observing`, `executing` and `settling`.

use crate::clock::{Clock, Jitter};
use crate::transport::Transport;
use crate::transport::authorities::Authorities;
use crate::transport::http::{Endpoint, HttpTransport, NoClient, NotAnEndpoint};
use crate::transport::session::{Common, Connection, Session, Silence};
use plumb_kind::{Kind, Registry};
use plumb_model::text::{Secret, ServerText};
use plumb_model::{Code, Event, JournalError, KindId, KindRules, KindTable, Report};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Where events go.
pub type Events<'e> = &'e (dyn Fn(Event) + Send + Sync);

/// How the engine behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Actions that prepare or send at the same time; long waits do not count. At least 1.
    pub parallelism: usize,
    /// Where the jitter of pauses starts from.
    pub seed: u64,
    /// How long a server may refuse for, because of too many requests, before it is given up; one
    /// that asks for a longer pause is given up at once.
    pub patience: Duration,
    /// How many times faster than the wall's the clouds' clock runs; 1 but for simulated ones.
    pub pace: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { parallelism: 10, seed: 0, patience: Duration::from_mins(5), pace: 1 }
    }
}

/// A connection cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No provider has this name.
    #[error("no provider is called {0:?}")]
    UnknownProvider(String),
    /// The endpoint is not usable.
    #[error("the endpoint of {provider} is not usable")]
    Endpoint {
        /// The provider.
        provider: String,
        /// Why.
        #[source]
        source: NotAnEndpoint,
    },
    /// The provider's keys act inside no organization but their own.
    #[error("{provider} has no organizations that a key could act inside")]
    NoOrganizations {
        /// The provider.
        provider: String,
    },
    /// The machine allows no client.
    #[error("cannot connect to {provider}")]
    Client {
        /// The provider.
        provider: String,
        /// Why.
        #[source]
        source: NoClient,
    },
}

/// The engine had to stop.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The ledger could not be written: nothing was sent after that, and what was under way is in
    /// the report. What was sent and could not be recorded is settled by the next run.
    #[error("what is done cannot be recorded; nothing further was sent")]
    Journal {
        /// Why.
        #[source]
        source: JournalError,
        /// What was done until then.
        report: Box<Report>,
    },
    /// There is nothing to act on.
    #[error("{0}")]
    NoSuchAct(String),
    /// Something that cannot be is: nothing was sent.
    #[error("plumb contradicts itself: {0}")]
    Contradiction(String),
}

impl EngineError {
    /// Its code, where it has one of its own.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Contradiction(_) => Some(Code::INTERNAL),
            Self::Journal { .. } | Self::NoSuchAct(_) => None,
        }
    }
}

/// Observes and executes.
pub struct Engine {
    pub(crate) registry: Registry,
    pub(crate) table: KindTable,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    common: Common,
    authorities: Authorities,
    sessions: BTreeMap<&'static str, Arc<Session>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Engine").field("sessions", &self.sessions).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine without connections.
    #[must_use]
    pub fn new(registry: Registry, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let table = registry.table().clone();
        let jitter = Arc::new(Jitter::new(settings.seed));
        let (patience, pace, silences) = (settings.patience, settings.pace, None);
        let common = Common { clock: clock.clone(), jitter, patience, pace, silences };
        let (authorities, sessions) = (Authorities::default(), BTreeMap::new());
        Self { registry, table, clock, settings, common, authorities, sessions }
    }

    /// Tells somebody why nothing comes of a cloud for a while: of the connections that are made after.
    pub fn tell_silences(&mut self, tell: impl Fn(Silence) + Send + Sync + 'static) {
        self.common.silences = Some(Arc::new(tell));
    }

    /// Trusts these as well: of the connections that are made after.
    pub fn trust(&mut self, authorities: Authorities) {
        self.authorities = authorities;
    }

    /// Connects to a provider over HTTP. Nothing is sent yet.
    ///
    /// # Errors
    /// When the provider is not known or the endpoint is not acceptable.
    pub fn connect(&mut self, connection: Connection) -> Result<(), ConnectError> {
        let Connection { provider, endpoint, key, organization, in_flight } = connection;
        let endpoint = Endpoint::parse(&endpoint)
            .map_err(|source| ConnectError::Endpoint { provider: provider.clone(), source })?;
        let transport = HttpTransport::trusting(endpoint, &self.authorities)
            .map_err(|source| ConnectError::Client { provider: provider.clone(), source })?;
        self.join(&provider, (organization, in_flight), (key, Arc::new(transport)))
    }

    /// Connects to a provider through a transport of the caller's.
    ///
    /// # Errors
    /// When the provider is not known.
    pub fn connect_through(
        &mut self,
        provider: &str,
        key: Secret,
        transport: Arc<dyn Transport>,
    ) -> Result<(), ConnectError> {
        self.join(provider, (None, None), (key, transport))
    }

    fn join(
        &mut self,
        provider: &str,
        (organization, in_flight): (Option<String>, Option<usize>),
        (key, transport): (Secret, Arc<dyn Transport>),
    ) -> Result<(), ConnectError> {
        let known = self.registry.providers().iter().find(|known| known.name() == provider);
        let provider = *known.ok_or_else(|| ConnectError::UnknownProvider(provider.to_owned()))?;
        let name = provider.name();
        let mut session = Session::new(provider, key, transport, self.common.clone());
        if let Some(organization) = organization {
            let none = || ConnectError::NoOrganizations { provider: name.to_owned() };
            session =
                session.inside(provider.organization_header().ok_or_else(none)?, organization);
        }
        if let Some(in_flight) = in_flight {
            session = session.at_most(in_flight);
        }
        self.sessions.insert(name, Arc::new(session));
        Ok(())
    }

    /// The time by the engine's clock.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// The kinds.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// How many requests were sent so far, over all connections.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.sessions.values().map(|session| session.requests()).sum()
    }

    /// What a server said when it refused the key: that it expired, say.
    #[must_use]
    pub fn refused_because(&self, provider: &str) -> Option<ServerText> {
        self.sessions.get(provider)?.refused_because()
    }

    /// The providers whose key was refused: nothing is sent to them any more.
    #[must_use]
    pub fn refused_keys(&self) -> Vec<&'static str> {
        let refused = self.sessions.iter().filter(|(_, session)| session.is_closed());
        refused.map(|(name, _)| *name).collect()
    }

    /// The providers to which no connection came about, although something was to be sent.
    #[must_use]
    pub fn unreachable(&self) -> Vec<&'static str> {
        let silent = self.sessions.iter().filter(|(_, session)| session.is_unreachable());
        silent.map(|(name, _)| *name).collect()
    }

    /// The providers that have refused for too long, or ask for too long a pause, because of too many
    /// requests: nothing is sent to them any more.
    #[must_use]
    pub fn refusing(&self) -> Vec<&'static str> {
        let refusing = self.sessions.iter().filter(|(_, session)| session.has_given_up());
        refusing.map(|(name, _)| *name).collect()
    }

    /// Why no connection to a provider came about: a name that is not known, a certificate that
    /// proves nothing. `None` when one did.
    #[must_use]
    pub fn unreachable_because(&self, provider: &str) -> Option<ServerText> {
        self.sessions.get(provider)?.unreachable_because()
    }

    pub(crate) fn kind(&self, id: &KindId) -> Option<&'static dyn Kind> {
        self.registry.kind(id)
    }

    /// The rules of a kind that something of ours is of.
    ///
    /// # Errors
    /// When there is no such kind.
    pub(crate) fn rules_of(&self, id: &KindId) -> Result<&KindRules, EngineError> {
        let unknown = || EngineError::Contradiction(format!("there is no kind {id}"));
        self.table.get(id).ok_or_else(unknown)
    }

    /// The session with a provider, when it is connected.
    pub(crate) fn session_with(&self, provider: &str) -> Option<&Arc<Session>> {
        self.sessions.get(provider)
    }

    /// The session of a kind's provider, when it is connected.
    pub(crate) fn session(&self, kind: &KindId) -> Option<&Arc<Session>> {
        self.sessions.get(self.registry.provider(kind)?.name())
    }
}
