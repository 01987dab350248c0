//! Tests of the front end from outside: what it finds wrong, what it makes of what is right, and
//! that nothing stops it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
#![allow(clippy::format_collect, clippy::format_push_string, reason = "tests are short")]

mod attacks;
mod cases;
mod desired;
mod publishing;
mod second_opinion;
mod seeds;
mod sources;
mod toy;

use plumb_manifest::{Loaded, Outside, Resolved, load, resolve};
use plumb_model::Finding;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Loads and resolves with these environment variables.
fn read(paths: &[PathBuf], variables: &BTreeMap<String, String>) -> (Loaded, Resolved) {
    let variable = |name: &str| variables.get(name).cloned();
    let outside = Outside { variable: &variable, standard_input: None };
    let loaded = load(paths, &outside);
    let resolved = resolve(&loaded, &toy::registry(), &outside).to_send();
    (loaded, resolved)
}

/// Loads and resolves one text as standard input.
fn read_text(text: &str) -> (Loaded, Resolved) {
    let outside = Outside { variable: &|_| None, standard_input: Some(text.to_owned()) };
    let loaded = load(&[PathBuf::from("-")], &outside);
    let resolved = resolve(&loaded, &toy::registry(), &outside).to_send();
    (loaded, resolved)
}

/// Findings one a line: place, severity, code, message, help, other places.
fn listing(findings: &[Finding], folder: &Path) -> String {
    let folder = format!("{}/", folder.display());
    let mut text = String::new();
    for finding in findings {
        let place = |span: &plumb_model::Span| {
            format!("{}:{}:{}", span.file.replace(&folder, ""), span.line, span.column)
        };
        let at = finding.span.as_ref().map_or("-".to_owned(), place);
        let severity = match finding.severity {
            plumb_model::Severity::Error => "",
            plumb_model::Severity::Warning => " (warning)",
        };
        let line = format!("{at} {}{severity} {}\n", finding.code, finding.message);
        text.push_str(&line.replace(&folder, ""));
        if let Some(help) = &finding.help {
            text.push_str(&format!("    help: {help}\n"));
        }
        for (span, note) in &finding.related {
            text.push_str(&format!("    {}: {note}\n", place(span)));
        }
    }
    text
}
