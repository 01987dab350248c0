//! The vendors' example requests (`tests/seed/`), and one life of the fleets they describe: made,
//! changed, switched and deleted by plumb over a simulated cloud, whose request log is the result.
//! A cloud's life is in a file of its own.
//!
//! The bodies are the vendors', character by character; `requests.json` says how each was shown:
//! method, path with its parameters, query. What is compared with what is not decided here.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod fleet;
pub(crate) mod rafay;
pub(crate) mod voltage_park;

use plumb_sandbox::RequestRecord;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A vendor's document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    /// Rafay's.
    Rafay,
    /// Voltage Park's.
    VoltagePark,
}

/// One request as the vendor shows it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shown {
    /// The row of the coverage checklist.
    pub(crate) row: String,
    /// The vendor's heading.
    pub(crate) title: String,
    /// The method.
    pub(crate) method: String,
    /// The path, with parameters in braces.
    pub(crate) path: String,
    /// The query; empty when none is shown.
    pub(crate) query: String,
    /// The file of the body, when one is shown.
    pub(crate) body: Option<String>,
    /// The parameters that the bodies name; any others are ids, which are made up.
    pub(crate) values: BTreeMap<String, String>,
    /// The headers, beside those that say what a body is and what is accepted.
    #[serde(default = "rafay_headers")]
    pub(crate) headers: Vec<String>,
    /// Every code the document names for the answer, the success first.
    #[serde(default)]
    pub(crate) codes: Vec<u16>,
}

fn rafay_headers() -> Vec<String> {
    vec!["x-api-key".to_owned()]
}

impl Shown {
    /// Whether a path is the one shown: what is in braces is the value that is given, or any.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        let fits = |(shown, sent): (&str, &str)| match parameter(shown) {
            Some(name) => self.values.get(name).map_or(!sent.is_empty(), |value| value == sent),
            None => shown == sent,
        };
        let (shown, sent): (Vec<&str>, Vec<&str>) =
            (self.path.split('/').collect(), path.split('/').collect());
        shown.len() == sent.len() && shown.into_iter().zip(sent).all(fits)
    }

    /// The path with its parameters filled in: those that are given, and the others by name.
    pub(crate) fn path_with(&self, value: impl Fn(&str) -> String) -> String {
        let filled = self.path.split('/').map(|part| match parameter(part) {
            Some(name) => self.values.get(name).cloned().unwrap_or_else(|| value(name)),
            None => part.to_owned(),
        });
        filled.collect::<Vec<String>>().join("/")
    }
}

fn parameter(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

/// The header names of a request that matter: what a client says about itself is no part of the
/// contract.
pub(crate) fn header_names(sent: &RequestRecord) -> impl Iterator<Item = &str> {
    let names = sent.header_names.iter().map(String::as_str);
    names.filter(|name| !["accept", "user-agent"].contains(name))
}

impl Document {
    /// The folder of its bodies.
    pub(crate) fn folder(self) -> PathBuf {
        let name = match self {
            Self::Rafay => "rafay",
            Self::VoltagePark => "voltage-park",
        };
        Path::new(env!("CARGO_MANIFEST_DIR")).join("seed").join(name)
    }

    /// A body, as it is printed.
    pub(crate) fn text(self, file: &str) -> String {
        std::fs::read_to_string(self.folder().join(file)).unwrap()
    }

    /// A body, parsed.
    pub(crate) fn parsed(self, file: &str) -> Value {
        serde_json::from_str(&self.text(file)).unwrap()
    }

    /// Every request that is shown, in an order in which they can be sent.
    pub(crate) fn shown(self) -> Vec<Shown> {
        serde_json::from_str(&self.text("requests.json")).unwrap()
    }
}

/// What a fleet's life left behind.
#[derive(Debug)]
pub(crate) struct Life {
    /// Every request plumb sent, in order.
    pub(crate) requests: Vec<RequestRecord>,
}
