//! The clouds plumb knows: the one place in which they are named.

use crate::problem::Problem;
use plumb_kind::Provider;
use plumb_sandbox::{Cloud, WorldConfig};
use plumb_sandbox_rafay::Rafay;
use plumb_sandbox_voltage_park::VoltagePark;
use std::path::Path;

/// The clouds; a new one is a crate and its place in this line.
pub(crate) const PROVIDERS: &[&dyn Provider] =
    &[&plumb_rafay::RAFAY, &plumb_voltage_park::VOLTAGE_PARK];

/// A cloud by its name.
pub(crate) fn named(name: &str) -> Option<&'static dyn Provider> {
    PROVIDERS.iter().copied().find(|provider| provider.name() == name)
}

/// The same clouds, simulated.
pub(crate) fn simulated() -> Vec<Box<dyn Cloud>> {
    vec![Box::new(Rafay::default()), Box::new(VoltagePark::default())]
}

/// What simulated clouds are made from, as a file says it in JSON or YAML.
///
/// # Errors
/// What cannot be read of it.
pub(crate) fn world(path: &Path) -> Result<WorldConfig, Problem> {
    let text = std::fs::read_to_string(path).map_err(|error| Problem::file(path, error))?;
    serde_yaml::from_str(&text).map_err(|error| Problem::file(path, error))
}
