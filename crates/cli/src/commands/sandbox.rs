//! `plumb sandbox serve`: the simulated clouds on loopback.

use crate::arguments::ServeArguments;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::{Problem, chain};
use plumb_model::{Code, Finding};
use plumb_sandbox::config::DEFAULT_ORGANIZATION;
use plumb_sandbox::{ApiKey, Sandbox, VoltageParkKey, WorldConfig};
use std::path::Path;

/// Serves until interrupted. The first line on standard output is JSON: where, and with which keys.
pub(crate) async fn serve(arguments: &ServeArguments, output: &Output) -> Result<Exit, Problem> {
    let config = config(arguments)?;
    let started = Sandbox::start_at(arguments.listen, config, arguments.data.as_deref()).await;
    let mut running = started.map_err(|error| {
        Problem::from(
            Finding::error(Code::UNREACHABLE, chain(&error))
                .help("choose another --listen (loopback only) or --data folder"),
        )
    })?;
    for problem in &running.problems {
        output.message(&format!("warning: {problem}"));
    }
    let line = serde_json::json!({
        "endpoint": running.endpoint,
        "rafayApiKey": running.rafay_api_key,
        "voltageParkApiKey": running.voltage_park_api_key,
    });
    output.data(&line.to_string());
    let ended = tokio::select! {
        ended = running.wait() => ended,
        () = crate::signals::first() => running.shutdown().await,
    };
    ended.map_err(|error| Finding::error(Code::UNREACHABLE, chain(&error)))?;
    Ok(Exit::Done)
}

fn config(arguments: &ServeArguments) -> Result<WorldConfig, Problem> {
    let mut config = match &arguments.config {
        None => WorldConfig::default(),
        Some(path) => read(path)?,
    };
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
        config.api_keys.insert(0, ApiKey::admin(key));
    }
    if let Some(key) = &arguments.voltage_park_api_key {
        config.voltage_park_keys.insert(0, VoltageParkKey::new(key, DEFAULT_ORGANIZATION));
    }
    Ok(config)
}

fn read(path: &Path) -> Result<WorldConfig, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem::file(path, error))?;
    serde_yaml::from_str(&text).map_err(|error| Problem::file(path, error))
}
