//! Findings in the format that was asked for.

use crate::arguments::Format;
use crate::output::Output;
use plumb_model::{Excerpts, Finding};
use plumb_render::{findings, junit, sarif};
use std::collections::BTreeMap;

/// plumb's version.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Prints findings. For people they are messages; for programs they are the data.
pub(crate) fn print(all: &[Finding], excerpts: &Excerpts, format: Format, output: &Output) {
    match format {
        Format::Human | Format::Markdown | Format::Html => show(all, excerpts, output),
        Format::Json => output.data(&pretty(&findings::json(all))),
        Format::Sarif => output.data(&pretty(&sarif::log(all, VERSION))),
        Format::Junit => output.data(&as_tests(&BTreeMap::new(), all)),
    }
}

/// Findings as test cases, beside those of the declared resources, each with its file.
pub(crate) fn as_tests(declared: &BTreeMap<String, String>, all: &[Finding]) -> String {
    junit::suite("plumb", &junit::of_findings(declared, all))
}

/// Shows findings to people, on standard error.
pub(crate) fn show(all: &[Finding], excerpts: &Excerpts, output: &Output) {
    if !all.is_empty() {
        output.message(&findings::human(all, excerpts, output.error_style()));
    }
}

/// Anything as JSON over several lines, which does nothing where it is printed.
pub(crate) fn pretty(value: &impl serde::Serialize) -> String {
    plumb_render::inert_json(&serde_json::to_string_pretty(value).unwrap_or_default())
}
