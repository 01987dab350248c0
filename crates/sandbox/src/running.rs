//! A sandbox in one call: world, store, listener and server, for programs that embed it.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::cloud::Cloud;
use crate::config::{ConfigError, WorldConfig};
use crate::server::{ServeError, ServeOptions, serve};
use crate::shared::SharedWorld;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;
use crate::world::World;

/// Starts sandboxes.
#[derive(Debug)]
pub struct Sandbox;

/// A sandbox that serves on a loopback port of its own.
#[derive(Debug)]
pub struct RunningSandbox {
    /// The origin, e.g. `http://127.0.0.1:40123`, without a slash at its end.
    pub endpoint: String,
    /// A key that opens each cloud, by the cloud's name.
    pub keys: BTreeMap<&'static str, String>,
    /// What of the seed could not be made.
    pub problems: Vec<String>,
    /// The world, to look at and to change.
    pub world: SharedWorld,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), ServeError>>,
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its configuration is none.
    #[error("sandbox configuration")]
    Config(#[source] ConfigError),
    /// Its data folder cannot be used.
    #[error("sandbox data")]
    Store(#[source] StoreError),
    /// Its port cannot be had.
    #[error("sandbox address {0}")]
    Address(SocketAddr, #[source] io::Error),
}

impl Sandbox {
    /// Starts a sandbox of these clouds on a free loopback port. A new world whose configuration gives no epoch
    /// begins at the present time of the machine.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn start(
        config: WorldConfig,
        clouds: Vec<Box<dyn Cloud>>,
        data: Option<&Path>,
    ) -> Result<RunningSandbox, StartError> {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self::start_at(anywhere, config, clouds, data).await
    }

    /// The same on a given address, which must be a loopback one to be served.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn start_at(
        address: SocketAddr,
        config: WorldConfig,
        clouds: Vec<Box<dyn Cloud>>,
        data: Option<&Path>,
    ) -> Result<RunningSandbox, StartError> {
        let epoch = config.epoch.unwrap_or_else(Timestamp::of_the_machine);
        let config = WorldConfig { epoch: Some(epoch), ..config };
        let (world, problems) = match data {
            None => {
                let (world, problems) = World::new(config, clouds).map_err(StartError::Config)?;
                (SharedWorld::new(world), problems)
            }
            Some(folder) => {
                let opened = Store::open(folder, config, clouds).map_err(|error| match error {
                    StoreError::Config(error) => StartError::Config(error),
                    error => StartError::Store(error),
                })?;
                let (world, store, problems) = opened;
                (SharedWorld::with_store(world, store), problems)
            }
        };
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|problem| StartError::Address(address, problem))?;
        let bound = listener.local_addr();
        let bound = bound.map_err(|problem| StartError::Address(address, problem))?;
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let serving = serve(listener, world.clone(), ServeOptions::default(), shutdown);
        Ok(RunningSandbox {
            endpoint: format!("http://{bound}"),
            keys: world.with(|world| world.first_keys()),
            problems,
            world,
            stop,
            server: tokio::spawn(serving),
        })
    }
}

impl RunningSandbox {
    /// Waits until the server ends by itself, which it does only on an error.
    ///
    /// # Errors
    ///
    /// See [`ServeError`].
    pub async fn wait(&mut self) -> Result<(), ServeError> {
        match (&mut self.server).await {
            Ok(result) => result,
            Err(problem) => Err(ServeError::Listener(io::Error::other(problem))),
        }
    }

    /// Stops serving; running requests have a moment to finish.
    ///
    /// # Errors
    ///
    /// See [`ServeError`].
    pub async fn shutdown(self) -> Result<(), ServeError> {
        if self.stop.send(()).is_err() {
            tracing::debug!("the sandbox had stopped serving by itself");
        }
        match self.server.await {
            Ok(result) => result,
            Err(problem) => Err(ServeError::Listener(io::Error::other(problem))),
        }
    }
}
