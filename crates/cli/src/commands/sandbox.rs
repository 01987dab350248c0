//! `plumb sandbox serve`: the simulated clouds on loopback.

use super::prelude::{Args, Context, Ended, Exit, Problem, Subcommand, chain};
use crate::providers;
use plumb_model::{Code, Finding};
use plumb_sandbox::{StartError, WorldConfig};
use plumb_sandbox_rafay as rafay;
use plumb_sandbox_voltage_park as voltage_park;
use plumb_sandbox_voltage_park::settings::DEFAULT_ORGANIZATION;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The simulated clouds.
#[derive(Debug, Args)]
pub(crate) struct Sandbox {
    #[command(subcommand)]
    command: SandboxCommand,
}

/// Commands of the simulated clouds.
#[derive(Debug, Subcommand)]
enum SandboxCommand {
    /// Serve the simulated clouds on loopback until interrupted.
    Serve(Serve),
}

/// How to serve the simulated clouds.
#[derive(Debug, Args)]
struct Serve {
    /// Address and port; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: std::net::SocketAddr,
    /// Keep the world in this folder; in memory when missing.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The key the Rafay half accepts; made up when missing.
    #[arg(long, value_name = "KEY")]
    rafay_api_key: Option<String>,
    /// The key the Voltage Park half accepts; made up when missing.
    #[arg(long, value_name = "KEY")]
    voltage_park_api_key: Option<String>,
    /// Added to every answer, in milliseconds or as `50ms`.
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    latency: Option<Duration>,
    /// How much faster than the wall clock the world's clock runs.
    #[arg(long, value_name = "N")]
    time_scale: Option<u32>,
    /// The seed of ids.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Settings of the world, as JSON or YAML.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches("ms");
    let number = digits.parse().map_err(|_| format!("{text:?} is not a time; write 50ms"))?;
    Ok(Duration::from_millis(number))
}

impl Sandbox {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let SandboxCommand::Serve(arguments) = &self.command;
        context.block_on(arguments.serve(context))
    }
}

impl Serve {
    /// Serves until interrupted. The first line on standard output is JSON: where, and with which
    /// keys.
    async fn serve(&self, context: &Context) -> Result<Ended, Problem> {
        let config = config(self)?;
        let data = self.data.as_deref();
        let clouds = providers::simulated();
        let started = plumb_sandbox::Sandbox::start_at(self.listen, config, clouds, data).await;
        let mut running = started.map_err(|error| match (error, &self.config) {
            (StartError::Config(error), Some(path)) => Problem::file(path, error),
            (error, _) => Problem::from(
                Finding::error(Code::UNREACHABLE, chain(&error))
                    .help("choose another --listen (loopback only) or --data folder"),
            ),
        })?;
        for problem in &running.problems {
            context.output.message(&format!("warning: {problem}"));
        }
        let mut line = serde_json::json!({ "endpoint": running.endpoint });
        for (cloud, key) in &running.keys {
            line[field_of(cloud)] = key.as_str().into();
        }
        context.output.data(&line.to_string());
        let ended = tokio::select! {
            ended = running.wait() => ended,
            () = crate::signals::first() => running.shutdown().await,
        };
        ended.map_err(|error| Finding::error(Code::UNREACHABLE, chain(&error)))?;
        Ok(Exit::Done.into())
    }
}

/// The field that carries the key of a cloud, e.g. `voltageParkApiKey`.
fn field_of(cloud: &str) -> String {
    let mut words = cloud.split('-').map(str::to_owned);
    let first = words.next().unwrap_or_default();
    let capital = |word: String| {
        let (head, rest) = word.split_at(word.len().min(1));
        format!("{}{rest}", head.to_uppercase())
    };
    format!("{first}{}ApiKey", words.map(capital).collect::<String>())
}

fn config(arguments: &Serve) -> Result<WorldConfig, Problem> {
    let mut config = match &arguments.config {
        None => WorldConfig::default(),
        Some(path) => providers::world(path)?,
    };
    let from = arguments.config.as_deref().unwrap_or(Path::new("settings"));
    let unreadable = |error| Problem::file(from, error);
    if let Some(latency) = arguments.latency {
        config.latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
    }
    if let Some(scale) = arguments.time_scale {
        config.time_scale = scale;
    }
    if let Some(seed) = arguments.seed {
        config.seed = seed;
    }
    if let Some(key) = &arguments.rafay_api_key {
        let key = rafay::settings::Key::admin(key);
        let first = |settings: &mut rafay::settings::Settings| settings.keys.insert(0, key);
        config.change(rafay::NAME, first).map_err(unreadable)?;
    }
    if let Some(key) = &arguments.voltage_park_api_key {
        let key = voltage_park::settings::Key::new(key, DEFAULT_ORGANIZATION);
        let first = |settings: &mut voltage_park::settings::Settings| settings.keys.insert(0, key);
        config.change(voltage_park::NAME, first).map_err(unreadable)?;
    }
    Ok(config)
}
