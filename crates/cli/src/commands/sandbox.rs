//! `plumb sandbox serve`: the simulated clouds on loopback.

use crate::arguments::ServeArguments;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::{Problem, chain};
use plumb_model::{Code, Finding};
use plumb_sandbox::{Cloud, Sandbox, StartError, WorldConfig};
use plumb_sandbox_rafay::{self as rafay, Rafay};
use plumb_sandbox_voltage_park::settings::DEFAULT_ORGANIZATION;
use plumb_sandbox_voltage_park::{self as voltage_park, VoltagePark};
use std::path::Path;

/// The clouds that are simulated.
pub(crate) fn clouds() -> Vec<Box<dyn Cloud>> {
    vec![Box::new(Rafay::default()), Box::new(VoltagePark::default())]
}

/// Serves until interrupted. The first line on standard output is JSON: where, and with which keys.
pub(crate) async fn serve(arguments: &ServeArguments, output: &Output) -> Result<Exit, Problem> {
    let config = config(arguments)?;
    let data = arguments.data.as_deref();
    let started = Sandbox::start_at(arguments.listen, config, clouds(), data).await;
    let mut running = started.map_err(|error| match (error, &arguments.config) {
        (StartError::Config(error), Some(path)) => Problem::file(path, error),
        (error, _) => Problem::from(
            Finding::error(Code::UNREACHABLE, chain(&error))
                .help("choose another --listen (loopback only) or --data folder"),
        ),
    })?;
    for problem in &running.problems {
        output.message(&format!("warning: {problem}"));
    }
    let mut line = serde_json::json!({ "endpoint": running.endpoint });
    for (cloud, key) in &running.keys {
        line[field_of(cloud)] = key.as_str().into();
    }
    output.data(&line.to_string());
    let ended = tokio::select! {
        ended = running.wait() => ended,
        () = crate::signals::first() => running.shutdown().await,
    };
    ended.map_err(|error| Finding::error(Code::UNREACHABLE, chain(&error)))?;
    Ok(Exit::Done)
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

fn config(arguments: &ServeArguments) -> Result<WorldConfig, Problem> {
    let mut config = match &arguments.config {
        None => WorldConfig::default(),
        Some(path) => read(path)?,
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

fn read(path: &Path) -> Result<WorldConfig, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem::file(path, error))?;
    serde_yaml::from_str(&text).map_err(|error| Problem::file(path, error))
}
