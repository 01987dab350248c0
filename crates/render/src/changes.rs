//! The field changes of one action as lines with a sign, which every renderer then dresses.

use crate::text::escape;
use crate::value;
use crate::words::append;
use plumb_model::FieldChange;
use plumb_model::plan::{ChangeEffect, Shown};
use similar::algorithms::{Capture, Replace, lcs};
use similar::{ChangeTag, group_diff_ops};

/// The widest path others are aligned with.
const WIDEST_PATH: usize = 44;

/// A diff shows at most so many lines.
const LONGEST_DIFF: usize = 60;

/// Longer values are not compared line by line: it would take seconds.
const LONGEST_COMPARED: usize = 2_000;

/// Unchanged lines around a changed one.
const CONTEXT: usize = 2;

/// What a line says about the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Add,
    Remove,
    Change,
    Same,
}

impl Sign {
    pub(crate) fn symbol(self) -> char {
        match self {
            Self::Add => '+',
            Self::Remove => '-',
            Self::Change => '~',
            Self::Same => ' ',
        }
    }
}

/// One line of a field's change, without its sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) sign: Sign,
    pub(crate) text: String,
}

/// Some changes for people, in `width` columns, below a heading. Each line ends with a line break.
#[must_use]
pub fn indented(changes: &[FieldChange], width: usize) -> String {
    let mut text = String::new();
    for line in lines(changes, width) {
        append(&mut text, format_args!("  {} {}\n", line.sign.symbol(), line.text));
    }
    text
}

/// The lines of some changes, for a page of `width` columns.
pub(crate) fn lines(changes: &[FieldChange], width: usize) -> Vec<Line> {
    let paths: Vec<String> = changes.iter().map(path).collect();
    let widths = paths.iter().map(|path| path.chars().count());
    let widest = widths.filter(|width| *width <= WIDEST_PATH).max().unwrap_or_default();
    let mut lines = Vec::new();
    for (change, path) in changes.iter().zip(&paths) {
        match block(change) {
            Some(block) => {
                let text = format!("{path}:{}", effect(change));
                lines.push(Line { sign: sign(change), text });
                lines.extend(block);
            }
            None => lines.push(inline(change, path, widest, width)),
        }
    }
    lines
}

fn path(change: &FieldChange) -> String {
    let text = escape(&change.path.to_string());
    if text.is_empty() { "(everything)".to_owned() } else { text }
}

fn sign(change: &FieldChange) -> Sign {
    match (&change.before, &change.after) {
        (Shown::Absent, _) => Sign::Add,
        (_, Shown::Absent) => Sign::Remove,
        _ => Sign::Change,
    }
}

fn effect(change: &FieldChange) -> &'static str {
    match change.effect {
        ChangeEffect::Replace => "  # forces replacement",
        ChangeEffect::InPlace | ChangeEffect::Publish => "",
    }
}

fn inline(change: &FieldChange, path: &str, widest: usize, width: usize) -> Line {
    let sign = sign(change);
    let head = format!("{:widest$}", format!("{path}:"), widest = widest.saturating_add(1));
    let room = width.saturating_sub(head.chars().count().saturating_add(12)).max(40);
    let values = match sign {
        Sign::Add => value::inline(&change.after, room),
        Sign::Remove => value::inline(&change.before, room),
        Sign::Change | Sign::Same => {
            let half = (room / 2).max(30);
            let (before, after) = (&change.before, &change.after);
            format!("{} -> {}", value::inline(before, half), value::inline(after, half))
        }
    };
    Line { sign, text: format!("{head} {values}{}", effect(change)) }
}

/// The change as a diff of lines, when a value has several and neither is a secret. The bar before
/// each keeps it from beginning with what a log reader takes for a command.
fn block(change: &FieldChange) -> Option<Vec<Line>> {
    let whole = |shown: &Shown| match shown {
        Shown::Absent => Some(Vec::new()),
        Shown::Secret | Shown::SecretLineEnds | Shown::KnownAfterApply => None,
        Shown::Plain(_) | Shown::Default(_) => {
            value::lines(shown).or_else(|| Some(vec![value::inline(shown, usize::MAX)]))
        }
    };
    let several = |shown: &Shown| value::lines(shown).is_some_and(|lines| lines.len() > 1);
    if !several(&change.before) && !several(&change.after) {
        return None;
    }
    Some(shorten(diff(&whole(&change.before)?, &whole(&change.after)?)))
}

fn diff(before: &[String], after: &[String]) -> Vec<Line> {
    let line =
        |sign: Sign, text: &str| Line { sign, text: format!("  | {}", value::clip(text, 400)) };
    let too_long = before.len().saturating_add(after.len()) > LONGEST_COMPARED;
    if before.is_empty() || after.is_empty() || too_long {
        let removed = before.iter().map(|text| line(Sign::Remove, text));
        return removed.chain(after.iter().map(|text| line(Sign::Add, text))).collect();
    }
    // One plain algorithm: the library's `TextDiff` brings all of them, for each kind of text, into what ships.
    let mut found = Replace::new(Capture::new());
    let Ok(()) = lcs::diff(&mut found, before, 0..before.len(), after, 0..after.len());
    let groups = group_diff_ops(found.into_inner().into_ops(), CONTEXT);
    let mut lines = Vec::new();
    for (position, group) in groups.iter().enumerate() {
        if position > 0 {
            lines.push(line(Sign::Same, "…"));
        }
        for change in group.iter().flat_map(|op| op.iter_changes(before, after)) {
            let sign = match change.tag() {
                ChangeTag::Insert => Sign::Add,
                ChangeTag::Delete => Sign::Remove,
                ChangeTag::Equal => Sign::Same,
            };
            lines.push(line(sign, change.value_ref()));
        }
    }
    lines
}

fn shorten(mut lines: Vec<Line>) -> Vec<Line> {
    let more = lines.len().saturating_sub(LONGEST_DIFF);
    if more > 0 {
        lines.truncate(LONGEST_DIFF);
        lines.push(Line { sign: Sign::Same, text: format!("  | … {more} more lines") });
    }
    lines
}
