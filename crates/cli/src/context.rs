//! What every command is given: options, surroundings, streams. Here ends what a command began:
//! whatever becomes of it, the simulated clouds are stopped before the process ends.

use crate::arguments::Shared;
use crate::environment::Environment;
use crate::output::Output;
use crate::problem::Problem;
use clap::Command;
use plumb_model::{Code, Finding};
use plumb_sandbox::RunningSandbox;
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

/// What a command works with.
#[derive(Debug)]
pub(crate) struct Context {
    /// The options of every command.
    pub(crate) shared: Shared,
    /// The surroundings.
    pub(crate) environment: Environment,
    /// The streams.
    pub(crate) output: Output,
    /// What the process understands: the manual and completions are made from it.
    pub(crate) grammar: fn() -> Command,
    /// The JSON Schemas of what commands print, by the names of their files.
    pub(crate) schemas: fn() -> BTreeMap<String, Value>,
    /// The simulated clouds, while they run in here.
    sandbox: Mutex<Option<RunningSandbox>>,
}

impl Context {
    /// Of a command that has not begun.
    pub(crate) fn new(
        shared: Shared,
        environment: Environment,
        output: Output,
        grammar: fn() -> Command,
        schemas: fn() -> BTreeMap<String, Value>,
    ) -> Self {
        Self { shared, environment, output, grammar, schemas, sandbox: Mutex::default() }
    }

    /// The simulated clouds run, and are stopped when the command ends.
    pub(crate) fn runs(&self, sandbox: RunningSandbox) {
        self.sandbox.lock().unwrap_or_else(PoisonError::into_inner).replace(sandbox);
    }

    /// What the simulated clouds say that run in here; `None` when none do.
    pub(crate) fn simulated<T>(&self, ask: impl FnOnce(&RunningSandbox) -> T) -> Option<T> {
        self.sandbox.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(ask)
    }

    /// Runs what talks to clouds on this thread; the sandbox, when it runs in here, gets the other
    /// one, and is stopped whether the work ended well or not.
    pub(crate) fn block_on<T>(
        &self,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        // The runtime would panic where the system gives no threads.
        let thread = std::thread::Builder::new().spawn(|| ());
        let ended = thread.map(std::thread::JoinHandle::join);
        let _ended = ended.map_err(|error| {
            let message = format!("the system starts no thread: {error}");
            let help = "raise the limit of processes (ulimit -u), or end some";
            Problem::from(Finding::error(Code::UNREACHABLE, message).help(help))
        })?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| {
            Problem::from(Finding::error(Code::UNREACHABLE, format!("no runtime: {error}")))
        })?;
        runtime.block_on(async {
            let ended = work.await;
            self.stop().await;
            ended
        })
    }

    async fn stop(&self) {
        let running = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(running) = running {
            let stopped = running.shutdown().await;
            tracing::info!(well = stopped.is_ok(), "the sandbox is stopped");
        }
    }
}
