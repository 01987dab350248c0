//! What a run came to as a page: one file that needs nothing beside it, as the page of a plan. How it ended and
//! what is not done come first.

use crate::findings;
use crate::money;
use crate::result::{ResultDocument, Run, document};
use crate::text::{address, escape};
use crate::timeline::{self, Clock, Row};
use crate::words;
use askama::Template;
use plumb_model::{Money, Plan};
use std::collections::BTreeSet;

/// How long the longest of the bars of money is, and where they begin.
const LONGEST_BAR: u32 = 240;
const BAR: u32 = 80;
/// How far a figure stands behind its bar.
const GAP: u32 = 8;

/// The page.
#[derive(Template)]
#[template(path = "result.html")]
struct Page<'p> {
    command: &'p str,
    stack: String,
    end: String,
    sentence: String,
    times: String,
    alarms: Vec<Alarm>,
    money: String,
    bars: Vec<Bar>,
    unknown: String,
    kinds: BTreeSet<&'static str>,
    scale: Vec<String>,
    rows: Vec<Row>,
    cut: usize,
    left: Vec<String>,
}

/// Something in the way.
struct Alarm {
    code: String,
    text: String,
    help: String,
}

/// An amount.
struct Bar {
    name: &'static str,
    class: &'static str,
    shown: String,
    y: u32,
    text_y: u32,
    width: u32,
    at: u32,
}

/// A run as a page.
///
/// # Errors
/// When the page cannot be put together.
pub fn result(run: &Run<'_>) -> Result<String, askama::Error> {
    let document = document(run, "");
    let nothing = Plan::default();
    let plan = run.planned.map_or(&nothing, |(plan, _)| plan);
    let clock = Clock::of(run);
    let (rows, cut) = timeline::rows(run, plan, &document.actions, &clock);
    let bars = if plan.costs.is_empty() { Vec::new() } else { bars(&document) };
    let money = bars.iter().map(|bar| format!("{} an hour {}", bar.shown, bar.name));
    let run_began = run.began.strftime("%Y-%m-%d %H:%M:%S");
    let page = Page {
        command: run.command,
        stack: escape(&plan.stack),
        end: end(&document),
        sentence: format!("{}.", document.counts.words()),
        times: format!("It began at {run_began} (UTC) and took {}.", clock.took()),
        alarms: alarms(run, plan),
        money: money.collect::<Vec<_>>().join(", "),
        bars,
        unknown: unknown(&document),
        kinds: rows.iter().map(|row| row.end).collect(),
        scale: clock.scale(),
        rows,
        cut,
        left: run.left.iter().flat_map(|left| &left.actions).map(left).collect(),
    };
    page.render()
}

fn left(action: &plumb_model::Action) -> String {
    format!("{}: {}", address(&action.key), action.operation)
}

fn end(document: &ResultDocument) -> String {
    match (document.exit_code, &document.reason) {
        (None, _) => "not over".to_owned(),
        (Some(0), _) => "complete".to_owned(),
        (Some(number), None) => format!("exit {number}"),
        (Some(number), Some(reason)) => format!("exit {number}, {}", escape(reason)),
    }
}

fn unknown(document: &ResultDocument) -> String {
    match document.cost.unknown {
        0 => String::new(),
        count => format!("Not known for {}.", words::counted(count, "resource", "resources")),
    }
}

fn bars(document: &ResultDocument) -> Vec<Bar> {
    let cost = &document.cost;
    let of = |sum: &str| sum.parse::<Money>().unwrap_or_default();
    let sums = [
        ("before", "", of(&cost.hourly_before)),
        ("now", "after", of(&cost.hourly_after)),
        ("as planned", "", of(&cost.hourly_planned)),
    ];
    let most = sums.iter().map(|(_, _, sum)| *sum).max().unwrap_or_default();
    if most <= Money::ZERO {
        return Vec::new();
    }
    let bar = |(name, class, sum): (&'static str, &'static str, Money), y: u32| {
        let width = sum.share_of(most, LONGEST_BAR);
        let at = BAR.saturating_add(width).saturating_add(GAP);
        let shown = money::grouped(&money::short(sum).to_string());
        Bar { name, class, shown, y, text_y: y.saturating_add(12), width, at }
    };
    sums.into_iter().zip([8, 40, 72]).map(|(sum, y)| bar(sum, y)).collect()
}

fn alarms(run: &Run<'_>, plan: &Plan) -> Vec<Alarm> {
    let stopped = run.end.iter().flat_map(|end| end.findings).map(|finding| Alarm {
        code: String::new(),
        text: findings::line(finding),
        help: String::new(),
    });
    let limits = plan.tripped.iter().map(|limit| Alarm {
        code: limit.code.to_string(),
        text: escape(&limit.message),
        help: escape(&limit.help),
    });
    let blocked = plan.blocked.iter().map(|blocked| Alarm {
        code: blocked.code.to_string(),
        text: format!("{}: {}", address(&blocked.key), escape(&blocked.message)),
        help: escape(&blocked.help),
    });
    stopped.chain(limits).chain(blocked).collect()
}
