//! A plan as a page: one file that needs nothing beside it, for a light room and a dark one, a phone and a
//! wide screen. What is in the way comes first.

use crate::changes::{self, Sign};
use crate::drawing::{Drawing, class};
use crate::money::{self, Total};
use crate::overview::{self, Change, Touched};
pub use crate::result_html::result;
use crate::text::{address, escape};
use crate::words;
use askama::Template;
use plumb_model::{Blocked, Money, Plan};
use std::collections::BTreeSet;

/// So many letters of changes are shown; of further resources it is only said that they change.
const MOST_LETTERS: usize = 800_000;
/// What a line takes beside its text.
const LINE: usize = 30;

/// Columns of a value before it is cut.
const WIDTH: usize = 160;

/// How long the longer of the two bars is.
const LONGEST_BAR: u32 = 400;
/// Where bars begin, and how far behind them their figures stand.
const BAR: u32 = 60;
const GAP: u32 = 8;

/// The page.
#[derive(Template)]
#[template(path = "plan.html")]
struct Page<'p> {
    stack: String,
    sentence: String,
    cost: Option<String>,
    contracts: Option<String>,
    alarms: Vec<Alarm>,
    bars: Option<Bars>,
    kinds: BTreeSet<&'static str>,
    rows: Vec<Row>,
    cut: usize,
    graph: Option<Drawing>,
    notes: Vec<String>,
    approval: Option<&'p str>,
}

/// Something in the way.
struct Alarm {
    code: &'static str,
    text: String,
    help: String,
}

/// What changes, before and after.
struct Bars {
    label: String,
    before: String,
    after: String,
    before_width: u32,
    after_width: u32,
    before_at: u32,
    after_at: u32,
}

/// A resource.
struct Row {
    change: &'static str,
    class: &'static str,
    symbol: &'static str,
    address: String,
    operations: String,
    money: String,
    because: String,
    contract: String,
    lines: Vec<Line>,
}

/// A line of what changes.
struct Line {
    class: &'static str,
    text: String,
}

/// A plan as a page. Where there is a command that carries out exactly this plan, it stands at the end.
///
/// # Errors
/// When the page cannot be put together.
pub fn plan(plan: &Plan, approval: Option<&str>) -> Result<String, askama::Error> {
    let touched = overview::touched(plan);
    let mut left = MOST_LETTERS;
    let rows: Vec<Row> = touched.iter().map(|touched| row(touched, plan, &mut left)).collect();
    let has_fields = |touched: &&Touched<'_>| !touched.changes().is_empty();
    let shown = rows.iter().filter(|row| !row.lines.is_empty()).count();
    let page = Page {
        stack: escape(&plan.stack),
        sentence: overview::sentence(plan),
        cost: Total::of(plan).map(|total| total.line()),
        contracts: money::contracts(plan),
        alarms: alarms(plan),
        bars: bars(plan),
        kinds: rows.iter().map(|row| row.change).collect(),
        cut: touched.iter().filter(has_fields).count().saturating_sub(shown),
        rows,
        graph: Drawing::of(plan, &touched),
        notes: plan.notes.iter().map(note).collect(),
        approval,
    };
    page.render()
}

fn note(note: &plumb_model::Note) -> String {
    let about = note.key.as_ref().map(|key| format!("{}: ", address(key))).unwrap_or_default();
    format!("{about}{}", escape(&note.message))
}

fn alarms(plan: &Plan) -> Vec<Alarm> {
    let limits = plan.tripped.iter().map(|limit| Alarm {
        code: limit.code.as_str(),
        text: escape(&limit.message),
        help: escape(&limit.help),
    });
    let (duplicates, others) = overview::duplicates_and_others(plan);
    let blocked = duplicates.into_iter().chain(others).map(|blocked: &Blocked| Alarm {
        code: blocked.code.as_str(),
        text: format!("{}: {}", address(&blocked.key), escape(&blocked.message)),
        help: escape(&blocked.help),
    });
    limits.chain(blocked).collect()
}

fn bars(plan: &Plan) -> Option<Bars> {
    let sum = |of: fn(&plumb_model::plan::CostChange) -> Option<Money>| -> Money {
        plan.costs.values().filter_map(of).sum()
    };
    let (before, after) = (sum(|cost| cost.before), sum(|cost| cost.after));
    let most = before.max(after);
    if most <= Money::ZERO {
        return None;
    }
    let width = |amount: Money| amount.share_of(most, LONGEST_BAR);
    let (before_width, after_width) = (width(before), width(after));
    let shown = |amount: Money| money::grouped(&money::short(amount).to_string());
    let (before, after) = (shown(before), shown(after));
    let behind = |width: u32| BAR.saturating_add(width).saturating_add(GAP);
    Some(Bars {
        label: format!("{before} an hour before, {after} an hour after"),
        before_at: behind(before_width),
        after_at: behind(after_width),
        before,
        after,
        before_width,
        after_width,
    })
}

fn row(touched: &Touched<'_>, plan: &Plan, left: &mut usize) -> Row {
    let lines: Vec<Line> = if *left == 0 {
        Vec::new()
    } else {
        changes::lines(&touched.changes(), WIDTH).iter().map(line).collect()
    };
    let letters: usize = lines.iter().map(|line| line.text.len().saturating_add(LINE)).sum();
    *left = left.saturating_sub(letters);
    let contract = plan.contracts.get(touched.key);
    Row {
        change: touched.change.meaning(),
        class: class(touched.change),
        symbol: match touched.change {
            Change::Replace => "±",
            other => other.symbol(),
        },
        address: address(touched.key),
        operations: touched.operations(),
        money: money::of_resource(touched).unwrap_or_default(),
        because: touched.because(),
        contract: contract.map(|months| words::counted_months(*months)).unwrap_or_default(),
        lines,
    }
}

fn line(line: &changes::Line) -> Line {
    let class = match line.sign {
        Sign::Add => "add",
        Sign::Remove => "remove",
        Sign::Change => "change",
        Sign::Same => "same",
    };
    Line { class, text: format!("{} {}", line.sign.symbol(), line.text) }
}
