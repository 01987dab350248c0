//! The clouds plumb knows: the one place in which they are named.

use plumb_sandbox::Cloud;
use plumb_sandbox_rafay::Rafay;
use plumb_sandbox_voltage_park::VoltagePark;

/// The same clouds, simulated.
pub(crate) fn simulated() -> Vec<Box<dyn Cloud>> {
    vec![Box::new(Rafay::default()), Box::new(VoltagePark::default())]
}
