//! Findings: with an excerpt of the source for a person, on one line, and as JSON. SARIF has a file of its own.

use crate::style::{Colour, Style};
use crate::text::{address, begins_command, escape};
use crate::words;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use plumb_model::text::acts;
use plumb_model::{Excerpt, Excerpts, Finding, Severity, Span};
use serde_json::{Value, json};
use std::ops::Range;

/// Longer lines get a position and no excerpt, in bytes.
const LONGEST_LINE: usize = 2_000;

/// All findings with excerpts, and how many there are. Empty when there are none; ends with a
/// line break.
#[must_use]
pub fn human(findings: &[Finding], excerpts: &Excerpts, style: Style) -> String {
    let renderer = match style.colour {
        Colour::Never => Renderer::plain(),
        Colour::Always => Renderer::styled(),
    };
    let renderer = renderer.term_width(style.width.max(40));
    let mut text = String::new();
    for finding in findings {
        text.push_str(&renderer.render(&[group(finding, excerpts)]));
        text.push_str("\n\n");
    }
    if !findings.is_empty() {
        text.push_str(&summary(findings));
        text.push('\n');
    }
    text
}

/// How many errors and warnings there are: `2 errors, 1 warning`.
#[must_use]
pub fn summary(findings: &[Finding]) -> String {
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let errors = words::counted(of(Severity::Error), "error", "errors");
    let warnings = words::counted(of(Severity::Warning), "warning", "warnings");
    format!("{errors}, {warnings}")
}

/// One finding on one line: `file:line:column: error[PL0203]: message (help: …)`.
#[must_use]
pub fn line(finding: &Finding) -> String {
    let place = finding.span.as_ref().map(|span| format!("{}: ", position(span)));
    let severity = severity(finding.severity);
    let about = subject(finding).map(|subject| format!(" [{subject}]")).unwrap_or_default();
    let help = finding.help.as_ref().map(|help| format!(" (help: {})", escape(help)));
    format!(
        "{}{severity}[{}]: {}{about}{}",
        place.unwrap_or_default(),
        finding.code,
        escape(&finding.message),
        help.unwrap_or_default()
    )
}

/// All findings as one JSON document: `{"findings": […], "errors": 1, "warnings": 0}`.
#[must_use]
pub fn json(findings: &[Finding]) -> Value {
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    json!({
        "findings": findings,
        "errors": of(Severity::Error),
        "warnings": of(Severity::Warning),
    })
}

/// Resource and field, as far as they are known.
fn subject(finding: &Finding) -> Option<String> {
    let path = finding.path.as_ref().map(|path| escape(&path.to_string()));
    match (&finding.key, path) {
        (Some(key), Some(path)) => Some(format!("{} {path}", address(key))),
        (Some(key), None) => Some(address(key)),
        (None, Some(path)) => Some(path),
        (None, None) => None,
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn position(span: &Span) -> String {
    // A line that begins with `::` is a command to some log readers, and a file can be called so.
    let command = span.file.trim_start().starts_with("::");
    let here = if command { "./" } else { "" };
    format!("{here}{}:{}:{}", escape(&span.file), span.line, span.column)
}

fn group<'a>(finding: &'a Finding, excerpts: &Excerpts) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(escape(&finding.message)).id(finding.code.as_str());
    let mut group = Group::with_title(title);
    let label = finding.path.as_ref().map(|path| escape(&path.to_string()));
    if let Some(span) = &finding.span {
        group = excerpt(group, span, excerpts, AnnotationKind::Primary, label);
    }
    for (span, text) in &finding.related {
        group = excerpt(group, span, excerpts, AnnotationKind::Context, Some(escape(text)));
    }
    if finding.span.is_none()
        && let Some(subject) = subject(finding)
    {
        group = group.element(Level::NOTE.message(subject));
    }
    match &finding.help {
        Some(help) => group.element(Level::HELP.message(escape(help))),
        None => group,
    }
}

/// Adds the lines a span covers, or its position alone when they are not at hand.
fn excerpt<'a>(
    group: Group<'a>,
    span: &Span,
    excerpts: &Excerpts,
    kind: AnnotationKind,
    label: Option<String>,
) -> Group<'a> {
    let file = escape(&span.file);
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    if let Some(Excerpt { text, place }) = excerpts.cut(span).and_then(|cut| readable(&cut)) {
        let annotation = kind.span(place).label(label);
        let snippet = Snippet::source(text).line_start(number(span.line)).path(file);
        return group.element(snippet.annotation(annotation));
    }
    let origin = Origin::path(file).line(number(span.line)).char_column(number(span.column));
    let group = group.element(origin);
    match label {
        Some(label) => group.element(Level::NOTE.message(label)),
        None => group,
    }
}

/// Lines made harmless; `None` for one that nobody would read to its end.
fn readable(cut: &Excerpt) -> Option<Excerpt> {
    let Excerpt { text, place } = cut;
    let part = |range: Range<usize>| harmless(text, range);
    let (head, inside) = (part(0..place.start), part(place.clone()));
    let place = head.len()..head.len().saturating_add(inside.len());
    let text = format!("{head}{inside}{}", part(cut.place.end..text.len()));
    let short = text.lines().all(|line| line.len() <= LONGEST_LINE);
    short.then_some(Excerpt { text, place })
}

/// A part of a text with one visible character for each that acts, or makes a command for log
/// readers, so that columns stay right.
fn harmless(source: &str, part: Range<usize>) -> String {
    let is_command = |at: usize| {
        let (before, rest) = (source.get(..at), source.get(at.saturating_add(1)..));
        before.is_some_and(|before| before.ends_with('#')) && rest.is_some_and(begins_command)
    };
    let shown = |(at, character)| match character {
        '\n' | '\t' => character,
        '#' if is_command(part.start.saturating_add(at)) => '\u{fffd}',
        acting if acts(acting) => '\u{fffd}',
        plain => plain,
    };
    source.get(part.clone()).unwrap_or_default().char_indices().map(shown).collect()
}
