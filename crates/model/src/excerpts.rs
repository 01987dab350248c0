//! What of the files that were read may be shown beside findings about them.
//!
//! # Guarantees
//! - Whatever is not known to be harmless has a placeholder in its place: a file shows the stretches
//!   it was added with, blanks, and nothing else.
//! - Its texts come out of an [`Excerpts`] in no other way.
//!
//! Which stretches those are is decided by who read the file, from the kind of each document.

use crate::finding::Span;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What stands in the place of what is not shown.
pub const NOT_SHOWN: &str = "(not shown)";

/// Longer lines are not shown, in bytes.
const LONGEST_LINE: usize = 2_000;

/// A stretch of more lines is shown by its first ones.
const MOST_LINES: usize = 6;

/// Files, and what of them may be shown. `Debug` shows their names only.
#[derive(Clone, Default)]
pub struct Excerpts(BTreeMap<Arc<str>, File>);

#[derive(Clone)]
struct File {
    text: Arc<str>,
    /// Sorted; none overlaps another.
    open: Vec<Range<usize>>,
}

/// Whole lines of a file as they may be shown, with a place in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The lines, the last one without its end.
    pub text: String,
    /// The place, in bytes of the text.
    pub place: Range<usize>,
}

impl fmt::Debug for Excerpts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

impl Excerpts {
    /// Adds a file of which these stretches may be shown, given in bytes. A file without stretches
    /// shows its blanks.
    pub fn insert(
        &mut self,
        file: Arc<str>,
        text: Arc<str>,
        open: impl IntoIterator<Item = Range<usize>>,
    ) {
        // A stretch that ends within a character would let more be seen than it says.
        let whole = |stretch: &Range<usize>| text.get(stretch.clone()).is_some();
        let mut open: Vec<Range<usize>> = open.into_iter().filter(whole).collect();
        open.sort_by_key(|stretch| stretch.start);
        self.0.insert(file, File { text, open });
    }

    /// The lines a span covers, at most six. `None` where they are not at hand.
    #[must_use]
    pub fn cut(&self, span: &Span) -> Option<Excerpt> {
        self.0.get(&*span.file)?.cut(span)
    }
}

impl File {
    fn cut(&self, span: &Span) -> Option<Excerpt> {
        let source: &str = &self.text;
        let Around { lines, mut place } = Around::of(source, span)?;
        let hidden = self.hidden(lines.clone());
        for run in &hidden {
            // What is hidden is hidden as a whole, so a place in it is all of it.
            if run.contains(&place.start) {
                place.start = run.start;
            }
            if run.start < place.end && place.end < run.end {
                place.end = run.end;
            }
        }
        let shown = |part: Range<usize>| masked(source, part, &hidden);
        let (head, inside) = (shown(lines.start..place.start)?, shown(place.clone())?);
        let (start, end) = (head.len(), head.len().checked_add(inside.len())?);
        let text = format!("{head}{inside}{}", shown(place.end..lines.end)?);
        Some(Excerpt { text, place: start..end })
    }

    /// What may not be shown of some lines: stretches of one line each, without blanks around them.
    fn hidden(&self, lines: Range<usize>) -> Vec<Range<usize>> {
        let mut hidden = Vec::new();
        let mut from = lines.start;
        let first = self.open.partition_point(|open| open.end <= lines.start);
        let open = self.open.get(first..).unwrap_or_default();
        for stretch in open.iter().take_while(|open| open.start < lines.end) {
            self.hide(from..stretch.start, &mut hidden);
            from = from.max(stretch.end);
        }
        self.hide(from..lines.end, &mut hidden);
        hidden
    }

    fn hide(&self, stretch: Range<usize>, hidden: &mut Vec<Range<usize>>) {
        let mut at = stretch.start;
        for line in self.text.get(stretch).unwrap_or_default().split_inclusive('\n') {
            let start = at.saturating_add(line.len().saturating_sub(line.trim_start().len()));
            let run = start..start.saturating_add(line.trim().len());
            if !run.is_empty() {
                hidden.push(run);
            }
            at = at.saturating_add(line.len());
        }
    }
}

/// A span with the whole lines it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// The lines, the last one without its end.
    pub lines: Range<usize>,
    /// The span, without what is on later lines than are shown.
    pub place: Range<usize>,
}

impl Around {
    /// The first six lines of a span. `None` where the span leads out of the text, or where a line
    /// has more than 2,000 bytes, which nobody would read to its end.
    #[must_use]
    pub fn of(source: &str, span: &Span) -> Option<Self> {
        let newline = |byte: &u8| *byte == b'\n';
        let bytes = source.as_bytes();
        let earliest = span.start.saturating_sub(LONGEST_LINE);
        let before = bytes.get(earliest..span.start)?.iter().rposition(newline);
        let first = match before {
            Some(at) => earliest.checked_add(at)?.checked_add(1)?,
            None if earliest == 0 => 0,
            None => return None,
        };
        let covered = source.get(span.start..span.end.max(span.start))?;
        let length = covered.split_inclusive('\n').take(MOST_LINES).map(str::len).sum();
        let inside = covered.get(..length)?.trim_end_matches(['\n', '\r', ' ']);
        let end = span.start.checked_add(inside.len())?;
        let latest = end.saturating_add(LONGEST_LINE).min(bytes.len());
        let last = match bytes.get(end..latest)?.iter().position(newline) {
            Some(at) => end.checked_add(at)?,
            None => latest,
        };
        let readable = source.get(first..last)?.lines().all(|line| line.len() < LONGEST_LINE);
        readable.then_some(Self { lines: first..last, place: span.start..end })
    }
}

/// A part of a text with a placeholder for each hidden stretch in it. None reaches out of the part.
fn masked(source: &str, part: Range<usize>, hidden: &[Range<usize>]) -> Option<String> {
    let mut text = String::new();
    let mut from = part.start;
    for run in hidden.iter().filter(|run| part.start <= run.start && run.end <= part.end) {
        text.push_str(source.get(from..run.start)?);
        text.push_str(NOT_SHOWN);
        from = run.end;
    }
    text.push_str(source.get(from..part.end)?);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "spec:\n  password: hunter2 # é\n  name: a\n";

    fn cut(text: &str, open: &[Range<usize>], start: usize, end: usize) -> Option<Excerpt> {
        let mut excerpts = Excerpts::default();
        excerpts.insert("f".into(), text.into(), open.iter().cloned());
        let span = Span { file: "f".into(), line: 1, column: 1, start, end };
        excerpts.cut(&span)
    }

    #[test]
    fn what_is_not_open_is_not_shown() {
        let key: Vec<Range<usize>> = std::iter::once(8..18).collect();
        let shown = cut(TEXT, &key, 18, 25).unwrap();
        assert_eq!((shown.text.as_str(), shown.place), ("  password: (not shown)", 12..23));
        let inside = cut(TEXT, &key, 20, 20).unwrap();
        assert_eq!(inside.place, 12..12 + NOT_SHOWN.len());
        let whole = cut(TEXT, &key, 8, 16).unwrap();
        assert_eq!((&whole.text[whole.place.clone()], whole.text.len()), ("password", 23));
        assert_eq!(
            cut(TEXT, &[], 0, 40).unwrap().text,
            "(not shown)\n  (not shown)\n  (not shown)"
        );
        assert_eq!(cut(TEXT, &[], 900, 901), None);
    }

    proptest! {
        #[test]
        fn no_span_shows_what_is_not_open(start in 0..60_usize, length in 0..60_usize, from in 0..40_usize, to in 0..40_usize) {
            let open = from.min(to)..from.max(to);
            if let Some(shown) = cut(TEXT, std::slice::from_ref(&open), start, start + length) {
                prop_assert!(shown.text.get(shown.place.clone()).is_some());
                for word in ["hunter2", "password", "é", "name", "spec"] {
                    let at = TEXT.find(word).unwrap();
                    let is_open = open.start <= at && at + word.len() <= open.end;
                    prop_assert!(is_open || !shown.text.contains(word), "{} {:?}", shown.text, open);
                }
            }
        }
    }
}
