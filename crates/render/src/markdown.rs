//! A plan as a comment on a pull request: what is dangerous and what it costs first, never longer than the comment
//! may be, and nothing in it that a name could turn into markup.

use crate::changes::{self, Sign};
use crate::deletions;
use crate::findings;
use crate::money::{self, Total};
use crate::overview::{self, Change, Touched};
pub use crate::page::LONGEST;
use crate::page::{Fold, Page, Section, clip, code, fence, inline, section};
pub use crate::result_page::result;
use crate::sheet::Holds;
use crate::text::{address, escape};
use crate::words;
use plumb_model::{Blocked, Plan};

/// The line of costs names a few resources, whose names may be long.
const LONGEST_COST: usize = 1_000;

/// A longer command is not offered to be copied.
const LONGEST_COMMAND: usize = 4_000;

/// So many changed fields are named in the table.
const MOST_FIELDS: usize = 3;

/// Columns of a code block before it scrolls.
const WIDTH: usize = 110;

/// A plan as Markdown of less than [`LONGEST`] characters. What does not fit is counted, and every
/// deletion is named as far as names can be. Where there is a command that carries out exactly this plan, it stands at the end.
#[must_use]
pub fn plan(plan: &Plan, approval: Option<&str>) -> String {
    let sections = sections(plan);
    let stack = code(&clip(&escape(&plan.stack), 100));
    let approval = approval.map(approval_block).unwrap_or_default();
    let mut page = Page::new("plan", sections.len(), approval.chars().count());
    page.push(&format!(
        "### plumb plan for {stack}\n\n**{}**\n",
        inline(&overview::sentence(plan))
    ));
    if let Some(total) = Total::of(plan) {
        page.push(&format!("\n**{}**\n", inline(&clip(&total.line(), LONGEST_COST))));
    }
    if let Some(contracts) = money::contracts(plan) {
        page.push(&format!("\n**{}**\n", inline(&clip(&contracts, LONGEST_COST))));
    }
    let touched = overview::touched(plan);
    // Where not all can be said, every deletion is at least named, before anything else is said.
    if !page.has_room_for(sections.iter().map(Section::length).sum()) {
        let named = deletions::named(&touched, page.room());
        page.push(&named.unwrap_or_default());
    }
    page.table(&COLUMNS, &touched.iter().map(|it| row(it, plan)).collect::<Vec<_>>());
    for section in &sections {
        page.section(section);
    }
    page.text.push_str(&approval);
    page.text
}

const COLUMNS: [(&str, Holds); 5] = [
    ("Address", Holds::Text),
    ("Action", Holds::Text),
    ("What changes", Holds::Text),
    ("Dollars an hour", Holds::Numbers),
    ("Contract", Holds::Text),
];

/// A resource on one line: what a reviewer looks for first.
fn row(touched: &Touched<'_>, plan: &Plan) -> Vec<String> {
    let fields: Vec<String> =
        touched.changes().iter().map(|change| change.path.to_string()).collect();
    let more = fields.len().saturating_sub(MOST_FIELDS);
    let mut named: Vec<String> = fields.into_iter().take(MOST_FIELDS).collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    let named = match touched.change {
        Change::Create | Change::Delete => "all of it".to_owned(),
        _ => named.join(", "),
    };
    let contract = plan.contracts.get(touched.key);
    vec![
        address(touched.key),
        touched.operations(),
        named,
        money::of_resource(touched).unwrap_or_default(),
        contract.map(|months| words::counted_months(*months)).unwrap_or_default(),
    ]
}

/// The command that carries out what was reviewed, to be copied.
fn approval_block(command: &str) -> String {
    if command.chars().count() > LONGEST_COMMAND {
        return String::new();
    }
    let command = escape(command);
    let fence = fence(&[vec![command.clone()]]);
    format!("\nTo carry out exactly this:\n\n{fence}sh\n{command}\n{fence}\n")
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
    all.into_iter().filter(|section| !section.is_empty()).collect()
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
