//! A plan as a comment on a pull request: what is dangerous and what it costs first, never longer than the comment
//! may be, and nothing in it that a name could turn into markup.

use crate::changes::{self, Sign};
use crate::findings;
use crate::money::{self, Total};
use crate::overview::{self, Change, Touched};
use crate::text::{address, escape};
use crate::words;
use plumb_model::{Blocked, Plan};

/// Comments may have 65,536 characters; this leaves room for what a workflow adds.
pub const LONGEST: usize = 65_000;

/// Kept for the sentences that say how much was left out, in characters a section.
const KEPT_FOR_OMISSIONS: usize = 200;

/// The line of costs names a few resources, whose names may be long.
const LONGEST_COST: usize = 1_000;

/// Columns of a code block before it scrolls.
const WIDTH: usize = 110;

/// A plan as Markdown of less than [`LONGEST`] characters. What does not fit is counted. Where there is
/// a command that carries out exactly this plan, it stands at the end.
#[must_use]
pub fn plan(plan: &Plan, approval: Option<&str>) -> String {
    let sections = sections(plan);
    let stack = code(&clip(&escape(&plan.stack), 100));
    let approval = approval.map(approval_block).unwrap_or_default();
    let mut page = Page::new(sections.len());
    page.left = page.left.saturating_sub(approval.chars().count());
    page.push(&format!(
        "### plumb plan for {stack}\n\n**{}**\n",
        inline(&overview::sentence(plan))
    ));
    if let Some(total) = Total::of(plan) {
        page.push(&format!("\n**{}**\n", inline(&clip(&total.line(), LONGEST_COST))));
    }
    for section in &sections {
        page.section(section);
    }
    page.text.push_str(&approval);
    page.text
}

/// The command that carries out what was reviewed, to be copied.
fn approval_block(command: &str) -> String {
    let lines = [vec![escape(&clip(command, LONGEST_COST))]];
    let fence = fence(&lines);
    format!("\nTo carry out exactly this:\n\n{fence}sh\n{}\n{fence}\n", lines[0][0])
}

/// A part of the comment: blocks of lines in one fence, each left out whole or shortened to its
/// first line.
struct Section {
    title: String,
    fold: Fold,
    language: &'static str,
    blocks: Vec<Vec<String>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fold {
    Open,
    Folded,
}

fn sections(plan: &Plan) -> Vec<Section> {
    let touched = overview::touched(plan);
    let of = |wanted: fn(Change) -> bool| -> Vec<Vec<String>> {
        touched.iter().filter(|touched| wanted(touched.change)).map(resource_block).collect()
    };
    let limits = plan.tripped.iter().map(|limit| {
        vec![
            format!("! {} {}", limit.code, escape(&limit.message)),
            format!("!   help: {}", escape(&limit.help)),
        ]
    });
    let (duplicates, blocked) = overview::duplicates_and_others(plan);
    let findings = plan.findings.iter().map(|finding| vec![findings::line(finding)]);
    let notes = plan.notes.iter().map(|note| {
        let about = note.key.as_ref().map(|key| format!("{}: ", address(key))).unwrap_or_default();
        vec![format!("{} {about}{}", note.code, escape(&note.message))]
    });
    let all = [
        section("Duplicates", Fold::Open, "diff", blocked_blocks(&duplicates)),
        section("Stopped by a limit", Fold::Open, "diff", limits.collect()),
        section("Deletions", Fold::Open, "diff", of(Change::removes)),
        section("Blocked", Fold::Open, "diff", blocked_blocks(&blocked)),
        section("Changes", Fold::Folded, "diff", of(|change| matches!(change, Change::Update))),
        section("Creations", Fold::Folded, "diff", of(|change| matches!(change, Change::Create))),
        section(
            "Taken over, published, switched or waited for",
            Fold::Folded,
            "diff",
            of(|change| matches!(change, Change::Adopt | Change::Touch)),
        ),
        section("Findings", Fold::Folded, "text", findings.collect()),
        section("Notes", Fold::Folded, "text", notes.collect()),
    ];
    all.into_iter().filter(|section| !section.blocks.is_empty()).collect()
}

fn section(title: &str, fold: Fold, language: &'static str, blocks: Vec<Vec<String>>) -> Section {
    Section { title: format!("{title} ({})", blocks.len()), fold, language, blocks }
}

fn blocked_blocks(blocked: &[&Blocked]) -> Vec<Vec<String>> {
    let block = |blocked: &&Blocked| {
        let mut lines = vec![
            format!("! {}: {} {}", address(&blocked.key), blocked.code, escape(&blocked.message)),
            format!("    help: {}", escape(&blocked.help)),
        ];
        lines.extend(change_lines(&blocked.changes));
        lines
    };
    blocked.iter().map(block).collect()
}

fn resource_block(touched: &Touched<'_>) -> Vec<String> {
    let symbol = match touched.change {
        Change::Delete | Change::Replace => "-",
        Change::Create => "+",
        Change::Adopt | Change::Update | Change::Touch => "!",
    };
    let mut lines = vec![
        format!("{symbol} {}: {}", address(touched.key), money::summary(touched)),
        format!("    ({})", touched.because()),
    ];
    let consequences = money::consequences(touched);
    lines.extend(consequences.into_iter().map(|consequence| format!("    {consequence}")));
    lines.extend(change_lines(&touched.changes()));
    lines
}

/// The sign comes first on the line, where a diff is coloured by it.
fn change_lines(changes: &[plumb_model::FieldChange]) -> Vec<String> {
    let dressed = changes::lines(changes, WIDTH).into_iter().map(|line| {
        let sign = match line.sign {
            Sign::Change => '!',
            other => other.symbol(),
        };
        format!("{sign}   {}", line.text).trim_end().to_owned()
    });
    dressed.collect()
}

struct Page {
    text: String,
    /// Characters that may still be written.
    left: usize,
}

impl Page {
    fn new(sections: usize) -> Self {
        let kept = sections.saturating_mul(KEPT_FOR_OMISSIONS);
        Self { text: String::new(), left: LONGEST.saturating_sub(1).saturating_sub(kept) }
    }

    fn push(&mut self, text: &str) {
        self.left = self.left.saturating_sub(text.chars().count());
        self.text.push_str(text);
    }

    fn section(&mut self, section: &Section) {
        // Each section brought its own share for what it has to say even when nothing fits.
        self.left = self.left.saturating_add(KEPT_FOR_OMISSIONS);
        let fence = fence(&section.blocks);
        let open = if section.fold == Fold::Open { " open" } else { "" };
        let head = format!(
            "\n<details{open}><summary>{}</summary>\n\n{fence}{}\n",
            section.title, section.language
        );
        let foot = format!("{fence}\n\n</details>\n");
        let frame = head.chars().count().saturating_add(foot.chars().count());
        if self.left < frame.saturating_add(KEPT_FOR_OMISSIONS) {
            return self.push(&format!("\n{}: not shown, the plan is too long.\n", section.title));
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
            self.push(&format!("\n{count} shown without fields, the plan is too long.\n"));
        }
        if omitted > 0 {
            let count = words::counted(omitted, "more is", "more are");
            self.push(&format!("\n{count} not shown, the plan is too long.\n"));
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
fn fence(blocks: &[Vec<String>]) -> String {
    let longest = blocks.iter().flatten().map(|line| longest_run(line)).max().unwrap_or_default();
    "`".repeat(longest.saturating_add(1).max(3))
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or_default()
}

/// Text as inline code, whatever is in it.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).saturating_add(1));
    format!("{fence} {text} {fence}")
}

/// Text in which nothing is markup.
fn inline(text: &str) -> String {
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

fn clip(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest).collect();
    format!("{kept}…")
}
