//! Everything plumb knows of Voltage Park's On-Demand cloud: its kinds, one file each, and the
//! rules of a session with it. Requests and answers are values; nothing here sends, waits or
//! prints.
//!
//! The contract this is a reading of is `docs/contracts/voltage-park.md`; ids such as V-17 point
//! into its register of assumptions.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

mod account;
mod bare_metal;
mod billing;
mod catalog;
mod cloud_init;
mod collections;
mod documents;
mod ids;
mod keys;
mod locations;
mod machine;
mod paths;
mod power;
mod presets;
mod reach;
mod session;
mod ssh_key;
mod stock;
mod tags;
#[cfg(test)]
mod tests;
mod virtual_machine;
pub(crate) mod volume;
#[cfg(test)]
mod worlds;

use plumb_kind::{
    AnswerClass, Billing, Budgets, Credentials, Identification, Kind, Provider, Request, Section,
    Variables,
};
use plumb_model::Body;
use plumb_model::text::{Secret, ServerText};

/// The kinds, one line each.
pub static KINDS: &[&dyn Kind] = &[
    &virtual_machine::VirtualMachine,
    &bare_metal::BareMetal,
    &volume::StorageVolume,
    &ssh_key::SshKey,
];

/// The Voltage Park On-Demand cloud.
#[derive(Clone, Copy, Debug)]
pub struct VoltagePark;

/// The one Voltage Park provider.
pub static VOLTAGE_PARK: VoltagePark = VoltagePark;

impl Provider for VoltagePark {
    fn name(&self) -> &'static str {
        "voltage-park"
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        KINDS
    }

    /// One endpoint for everybody (contract §1.1).
    fn credentials(&self) -> Credentials {
        let variables = &[
            Variables {
                endpoint: "PLUMB_VOLTAGE_PARK_ENDPOINT",
                key: "PLUMB_VOLTAGE_PARK_API_KEY",
            },
            Variables { endpoint: "VOLTAGE_PARK_ENDPOINT", key: "VOLTAGE_PARK_API_KEY" },
        ];
        Credentials { variables, usual_endpoint: Some("https://cloud-api.voltagepark.com") }
    }

    fn headers(&self, request: &Request, key: &Secret) -> Vec<(&'static str, Secret)> {
        session::headers(request, key)
    }

    fn classify(&self, status: u16, body: Option<&Body>, text: &str) -> AnswerClass {
        session::classify(status, body, text)
    }

    fn explain(&self, body: Option<&Body>, text: &str) -> ServerText {
        session::explain(body, text)
    }

    fn budgets(&self) -> Budgets {
        session::BUDGETS
    }

    fn identification(&self) -> Option<Identification> {
        Some(account::identification())
    }

    fn catalog(&self) -> Vec<Section> {
        catalog::sections()
    }

    fn billing(&self) -> Option<&'static dyn Billing> {
        Some(&billing::ACCOUNT)
    }
}
