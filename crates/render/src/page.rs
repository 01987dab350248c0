//! A page of Markdown that is never longer than a comment may be: tables and folded sections, of which
//! what does not fit is counted; and nothing in it that a name could turn into markup.

use crate::sheet::Holds;
use crate::text::escape;
use crate::words;

/// Comments may have 65,536 characters; this leaves room for what a workflow adds.
pub const LONGEST: usize = 65_000;

/// Kept for the sentences that say how much was left out, in characters a section.
const KEPT_FOR_OMISSIONS: usize = 200;

/// The most that a table takes of a page, in characters.
const LONGEST_TABLE: usize = 15_000;

/// The most that a cell of a table takes, in characters.
const LONGEST_CELL: usize = 300;

/// A part of a page: blocks of lines in one fence, each left out whole or shortened to its first
/// line.
pub(crate) struct Section {
    title: String,
    fold: Fold,
    language: &'static str,
    blocks: Vec<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    Open,
    Folded,
}

impl Section {
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The characters of all its lines.
    pub(crate) fn length(&self) -> usize {
        self.blocks.iter().flatten().map(|line| line.chars().count().saturating_add(1)).sum()
    }
}

pub(crate) fn section(
    title: &str,
    fold: Fold,
    language: &'static str,
    blocks: Vec<Vec<String>>,
) -> Section {
    Section { title: format!("{title} ({})", blocks.len()), fold, language, blocks }
}

pub(crate) struct Page {
    pub(crate) text: String,
    /// What it is about, for what is left out.
    what: &'static str,
    /// Characters that may still be written.
    left: usize,
}

impl Page {
    /// A page about a plan or a run, with room kept for so many sections and a foot of so many
    /// characters.
    pub(crate) fn new(what: &'static str, sections: usize, foot: usize) -> Self {
        let kept = sections.saturating_mul(KEPT_FOR_OMISSIONS).saturating_add(foot);
        Self { text: String::new(), what, left: LONGEST.saturating_sub(1).saturating_sub(kept) }
    }

    /// Whether sections of so many characters go beside what is there and a table.
    pub(crate) fn has_room_for(&self, length: usize) -> bool {
        length.saturating_add(LONGEST_TABLE) < self.left
    }

    /// Characters that may still be written.
    pub(crate) fn room(&self) -> usize {
        self.left
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.left = self.left.saturating_sub(text.chars().count());
        self.text.push_str(text);
    }

    /// A table, whose columns of numbers end at the same place; nothing where it has no rows.
    pub(crate) fn table(&mut self, columns: &[(&str, Holds)], rows: &[Vec<String>]) {
        if rows.is_empty() {
            return;
        }
        let cells = |cells: &mut dyn Iterator<Item = String>| {
            format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
        };
        let mut table = cells(&mut columns.iter().map(|(title, _)| (*title).to_owned()));
        table.push_str(&cells(&mut columns.iter().map(|(_, holds)| holds.rule().to_owned())));
        let mut omitted = 0_usize;
        let longest = LONGEST_TABLE.min(self.left.saturating_sub(KEPT_FOR_OMISSIONS));
        for row in rows {
            let row = cells(&mut row.iter().map(|cell| inline(&clip(cell, LONGEST_CELL))));
            if table.chars().count().saturating_add(row.chars().count()) > longest {
                omitted = omitted.saturating_add(1);
            } else {
                table.push_str(&row);
            }
        }
        if omitted < rows.len() {
            self.push(&format!("\n{table}"));
        }
        if omitted > 0 {
            let count = words::counted(omitted, "more row is", "more rows are");
            self.push(&format!("\n{count} not shown.\n"));
        }
    }

    pub(crate) fn section(&mut self, section: &Section) {
        // Each section brought its own share for what it has to say even when nothing fits.
        self.left = self.left.saturating_add(KEPT_FOR_OMISSIONS);
        let what = self.what;
        let fence = fence(&section.blocks);
        let open = if section.fold == Fold::Open { " open" } else { "" };
        let head = format!(
            "\n<details{open}><summary>{}</summary>\n\n{fence}{}\n",
            section.title, section.language
        );
        let foot = format!("{fence}\n\n</details>\n");
        let frame = head.chars().count().saturating_add(foot.chars().count());
        if self.left < frame.saturating_add(KEPT_FOR_OMISSIONS) {
            let title = &section.title;
            return self.push(&format!("\n{title}: not shown, the {what} is too long.\n"));
        }
        self.left = self.left.saturating_sub(frame).saturating_sub(KEPT_FOR_OMISSIONS);
        let Fitted { text, shortened, omitted } = fit(&section.blocks, self.left);
        self.left = self.left.saturating_sub(text.chars().count());
        self.text.push_str(&head);
        self.text.push_str(&text);
        self.text.push_str(&foot);
        self.left = self.left.saturating_add(KEPT_FOR_OMISSIONS);
        if shortened > 0 {
            let count = words::counted(shortened, "is", "are");
            self.push(&format!("\n{count} shown without fields, the {what} is too long.\n"));
        }
        if omitted > 0 {
            let count = words::counted(omitted, "more is", "more are");
            self.push(&format!("\n{count} not shown, the {what} is too long.\n"));
        }
    }
}

/// As many blocks as there is room for.
#[derive(Default)]
struct Fitted {
    text: String,
    /// Shown by their first line alone.
    shortened: usize,
    omitted: usize,
}

fn fit(blocks: &[Vec<String>], room: usize) -> Fitted {
    let mut fitted = Fitted::default();
    let mut left = room;
    for block in blocks {
        let whole: String = block.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        let headline =
            format!("{}\n", block.first().map(|line| clip(line, 300)).unwrap_or_default());
        let (whole_length, headline_length) = (whole.chars().count(), headline.chars().count());
        if whole_length <= left {
            left = left.saturating_sub(whole_length);
            fitted.text.push_str(&whole);
        } else if headline_length <= left {
            left = left.saturating_sub(headline_length);
            fitted.text.push_str(&headline);
            fitted.shortened = fitted.shortened.saturating_add(1);
        } else {
            fitted.omitted = fitted.omitted.saturating_add(1);
        }
    }
    fitted
}

/// A fence longer than any run of backticks inside, but never so long that it eats the page: such
/// runs are only found in values, which are cut.
pub(crate) fn fence(blocks: &[Vec<String>]) -> String {
    let longest = blocks.iter().flatten().map(|line| longest_run(line)).max().unwrap_or_default();
    "`".repeat(longest.saturating_add(1).max(3))
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or_default()
}

/// Text as inline code, whatever is in it.
pub(crate) fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).saturating_add(1));
    format!("{fence} {text} {fence}")
}

/// Text in which nothing is markup.
pub(crate) fn inline(text: &str) -> String {
    let mut safe = String::new();
    for character in escape(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' => safe.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' => {
                safe.push('\\');
                safe.push(character);
            }
            plain => safe.push(plain),
        }
    }
    safe
}

pub(crate) fn clip(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest).collect();
    format!("{kept}…")
}
