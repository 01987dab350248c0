//! One validation result, and the sources it points into.

use crate::codes::Code;
use crate::key::ResourceKey;
use crate::path::FieldPath;
use crate::text::{acts, escape};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is planned or sent while one of these stands.
    Error,
    /// Worth knowing; the run goes on.
    Warning,
}

/// A stretch of a source file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The file as the user named it; `<stdin>` for standard input.
    pub file: Arc<str>,
    /// Line of the first character.
    pub line: u32,
    /// Column of the first character.
    pub column: u32,
    /// Byte offset of the first character.
    pub start: usize,
    /// Byte offset after the last character.
    pub end: usize,
}

/// One validation result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Error or warning.
    pub severity: Severity,
    /// The stable code, which `plumb explain` describes.
    pub code: Code,
    /// What is wrong, as a lowercase fragment that names the thing.
    pub message: String,
    /// Where, when it is about a place in a file.
    pub span: Option<Span>,
    /// The resource, when it is known.
    pub key: Option<ResourceKey>,
    /// The field, when it is about one.
    pub path: Option<FieldPath>,
    /// What to do about it ("did you mean …"), when there is something to say.
    pub help: Option<String>,
    /// Other places that matter, each with a short text.
    pub related: Vec<(Span, String)>,
}

impl Finding {
    /// An error without a place; the builders below add what is known. Of a text that nobody would
    /// read to its end, here and below, only the beginning is kept, and what would act on a terminal
    /// is escaped.
    #[must_use]
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: readable(message.into()),
            span: None,
            key: None,
            path: None,
            help: None,
            related: Vec::new(),
        }
    }

    /// A warning without a place.
    #[must_use]
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// With its place.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// With its resource.
    #[must_use]
    pub fn of(mut self, key: &ResourceKey) -> Self {
        self.key = Some(key.clone());
        self
    }

    /// With its field.
    #[must_use]
    pub fn field(mut self, path: FieldPath) -> Self {
        self.path = Some(path);
        self
    }

    /// With advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(readable(help.into()));
        self
    }

    /// With another place that matters.
    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push((span, text.into()));
        self
    }
}

/// A text of at most 1,000 characters, none of which acts on a terminal or a log: it may repeat
/// what stands in a file.
fn readable(mut text: String) -> String {
    const LONGEST: usize = 1_000;
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
        text.shrink_to_fit();
    }
    if text.chars().any(acts) { escape(&text) } else { text }
}

/// The text of every file that was read. What of it may be shown is in
/// [`Excerpts`](crate::Excerpts).
#[derive(Clone, Debug, Default)]
pub struct SourceMap(BTreeMap<Arc<str>, Arc<str>>);

impl SourceMap {
    /// Adds a file's text.
    pub fn insert(&mut self, file: Arc<str>, text: Arc<str>) {
        self.0.insert(file, text);
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, file: &str) -> Option<&Arc<str>> {
        self.0.get(file)
    }

    /// All files, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<str>)> {
        self.0.iter()
    }
}

/// The candidate nearest to `text`, when it is near enough to be what was meant: at most a third
/// of the letters differ.
#[must_use]
pub fn nearest<'c>(text: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = text.chars().take(COMPARED).count() / 3 + 1;
    candidates
        .into_iter()
        .map(|candidate| (distance(text, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Characters of a text that are compared with another.
const COMPARED: usize = 64;

/// Levenshtein distance without regard to case, over the beginning of each.
fn distance(left: &str, right: &str) -> usize {
    let fold = |text: &str| -> String {
        text.chars().flat_map(char::to_lowercase).take(COMPARED).collect()
    };
    strsim::levenshtein(&fold(left), &fold(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_text_without_end_the_beginning_is_told() {
        let finding = Finding::error(Code::SYNTAX, "é".repeat(2_000)).help("x".repeat(1_000));
        assert_eq!(finding.message, format!("{}…", "é".repeat(1_000)));
        assert_eq!(finding.help, Some("x".repeat(1_000)));
    }

    #[test]
    fn what_acts_on_a_terminal_is_escaped() {
        let finding = Finding::error(Code::SYNTAX, "a\tb").help("c\u{1b}[2J\nd");
        assert_eq!(finding.message, "a\\u{9}b");
        assert_eq!(finding.help.as_deref(), Some("c\\u{1b}[2J\\u{a}d"));
    }

    #[test]
    fn the_nearest_candidate_is_offered_only_when_it_is_near() {
        let names = ["computeProfile", "computeType", "variables"];
        assert_eq!(nearest("computeprofil", names), Some("computeProfile"));
        assert_eq!(nearest("varaibles", names), Some("variables"));
        assert_eq!(nearest("zzz", names), None);
        assert_eq!(nearest("", names), None);
    }
}
