//! What commands print that only look: one value, in the form that was asked for. Its JSON Schema
//! comes from the same type.

use crate::findings::pretty;
use crate::output::Output;
use clap::ValueEnum;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

/// What a command found.
pub(crate) trait Report: Serialize + JsonSchema {
    /// For people.
    fn human(&self, output: &Output) -> String;
}

/// What a command found, as tables.
pub(crate) trait Tables: Report {
    /// For a pull-request comment.
    fn markdown(&self) -> String;
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
}

impl Format {
    /// Prints a report.
    pub(crate) fn print(self, report: &impl Report, output: &Output) {
        output.data(&match self {
            Self::Human => report.human(output),
            Self::Json => json(report),
        });
    }
}

/// The forms of a report that is tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// For a pull-request comment.
    Markdown,
}

impl TableFormat {
    /// Prints a report.
    pub(crate) fn print(self, report: &impl Tables, output: &Output) {
        match self {
            Self::Human => Format::Human.print(report, output),
            Self::Json => Format::Json.print(report, output),
            Self::Markdown => output.data(&report.markdown()),
        }
    }
}

/// A report for programs: fields in the order of the alphabet.
pub(crate) fn json(report: &impl Serialize) -> String {
    pretty(&serde_json::to_value(report).unwrap_or_default())
}

/// A file of `schemas/`, and the JSON Schema (2020-12) in it of a report.
pub(crate) fn schema<R: JsonSchema>(command: &str) -> (String, Value) {
    let written = SchemaSettings::draft2020_12().for_serialize().into_generator();
    (format!("{command}.schema.json"), written.into_root_schema_for::<R>().to_value())
}

/// A list as Kubernetes has it, which is read as a manifest, too.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List<T> {
    /// Always `v1`.
    api_version: &'static str,
    /// Always `List`.
    kind: &'static str,
    /// What is in it.
    items: Vec<T>,
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { api_version: "v1", kind: "List", items: items.into_iter().collect() }
    }
}
