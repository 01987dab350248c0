//! The clouds plumb knows: the one place in which they are named.

use plumb_kind::Provider;
use plumb_sandbox::Cloud;
use plumb_sandbox_rafay::Rafay;
use plumb_sandbox_voltage_park::VoltagePark;

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
