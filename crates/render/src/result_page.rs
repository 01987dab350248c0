//! What a run came to as a comment on a pull request: how it ended, what it cost, what failed and what
//! was deleted first, then everything that was done, and what is left.

use crate::bill;
use crate::findings;
use crate::money;
use crate::page::{Fold, Page, Section, code, inline, section};
use crate::result::{ActionEnd, ActionFailure, ActionResult, ResultDocument, Run, document};
use crate::sheet::Holds;
use crate::text::{address, escape};
use crate::words;
use plumb_model::{Action, Money, Operation, Plan};

const COLUMNS: [(&str, Holds); 5] = [
    ("Address", Holds::Text),
    ("Action", Holds::Text),
    ("Outcome", Holds::Text),
    ("Id", Holds::Text),
    ("Took", Holds::Numbers),
];

/// A run as Markdown of less than [`LONGEST`](crate::markdown::LONGEST) characters. What does not fit is
/// counted.
#[must_use]
pub fn result(run: &Run<'_>) -> String {
    let document = document(run, "");
    let nothing = Plan::default();
    let plan = run.planned.map_or(&nothing, |(plan, _)| plan);
    let mut steps: Vec<Step<'_>> = plan.actions.iter().zip(&document.actions).collect();
    steps.sort_by_key(|(action, result)| place(action, result));
    let sections = sections(run, plan, &steps);
    let mut page = Page::new("result", sections.len(), 0);
    page.push(&head(&document, plan));
    if let Some(bill) = run.bill {
        page.push(&format!("\nBill: {}.\n", inline(&bill::sentence(bill))));
    }
    page.table(&COLUMNS, &steps.iter().map(row).collect::<Vec<_>>());
    for section in &sections {
        page.section(section);
    }
    page.text
}

type Step<'r> = (&'r Action, &'r ActionResult);

/// What is not done first, then what was deleted.
fn place(action: &Action, result: &ActionResult) -> (bool, bool) {
    (result.outcome == ActionEnd::Done, action.operation != Operation::Delete)
}

fn head(document: &ResultDocument, plan: &Plan) -> String {
    let ResultDocument { command, exit_code, reason, counts, cost, .. } = document;
    let stack = if plan.stack.is_empty() {
        String::new()
    } else {
        format!(" of {}", code(&escape(&plan.stack)))
    };
    let end = match (exit_code, reason) {
        (None, _) => "not over".to_owned(),
        (Some(0), _) => "complete".to_owned(),
        (Some(number), None) => format!("exit {number}"),
        (Some(number), Some(reason)) => format!("exit {number}, {}", inline(reason)),
    };
    let mut text = format!("### plumb {command}{stack}: {end}\n\n");
    words::append(&mut text, format_args!("**{}.**\n", counts.words()));
    if !plan.costs.is_empty() {
        let unknown = match cost.unknown {
            0 => String::new(),
            unknown => {
                format!(", not known for {}", words::counted(unknown, "resource", "resources"))
            }
        };
        let [before, after, planned] =
            [&cost.hourly_before, &cost.hourly_after, &cost.hourly_planned].map(|sum| dollars(sum));
        words::append(
            &mut text,
            format_args!(
                "\n**Cost: {before}/h before, {after}/h now, {planned}/h as planned{unknown}.**\n"
            ),
        );
    }
    text
}

/// A sum without the fractions of cents of what is in it.
fn dollars(sum: &str) -> String {
    let read = sum.parse().ok();
    read.map_or_else(|| sum.to_owned(), |sum: Money| money::short(sum).to_string())
}

fn row((action, result): &Step<'_>) -> Vec<String> {
    let took = result.elapsed_milliseconds.map(words::duration);
    vec![
        address(&action.key),
        action.operation.to_string(),
        result.outcome.words().to_owned(),
        result.remote_id.clone().unwrap_or_default(),
        took.unwrap_or_default(),
    ]
}

fn sections(run: &Run<'_>, plan: &Plan, steps: &[Step<'_>]) -> Vec<Section> {
    let of = |wanted: fn(&Step<'_>) -> bool| -> Vec<Vec<String>> {
        steps.iter().filter(|step| wanted(step)).map(block).collect()
    };
    let stopped = run.end.iter().flat_map(|end| end.findings);
    let limits = plan.tripped.iter().map(|limit| {
        vec![
            format!("! {} {}", limit.code, escape(&limit.message)),
            format!("!   help: {}", escape(&limit.help)),
        ]
    });
    let blocked = plan.blocked.iter().map(|blocked| {
        vec![
            format!("! {}: {} {}", address(&blocked.key), blocked.code, escape(&blocked.message)),
            format!("    help: {}", escape(&blocked.help)),
        ]
    });
    let left = run.left.iter().flat_map(|plan| &plan.actions);
    let left = left.map(|it| vec![format!("{}: {}", address(&it.key), it.operation)]);
    let failed = |(_, result): &Step<'_>| result.failure.is_some() && result.outcome != SKIPPED;
    let skipped = |(_, result): &Step<'_>| result.outcome == SKIPPED;
    let deleted = |(action, result): &Step<'_>| {
        result.outcome == ActionEnd::Done && action.operation == Operation::Delete
    };
    let otherwise = run.bill.map(bill::differences).unwrap_or_default();
    let otherwise = otherwise.into_iter().map(|line| vec![line]).collect();
    let all = [
        section("Billed otherwise than announced", Fold::Open, "text", otherwise),
        section(
            "What kept it from going on",
            Fold::Open,
            "text",
            stopped.map(|finding| vec![findings::line(finding)]).collect(),
        ),
        section("Not done", Fold::Open, "diff", of(failed)),
        section("Stopped by a limit", Fold::Open, "diff", limits.collect()),
        section("Deleted", Fold::Open, "diff", of(deleted)),
        section("Blocked", Fold::Open, "diff", blocked.collect()),
        section("Not begun", Fold::Folded, "diff", of(skipped)),
        section("Left for another run", Fold::Open, "text", left.collect()),
    ];
    all.into_iter().filter(|section| !section.is_empty()).collect()
}

const SKIPPED: ActionEnd = ActionEnd::Skipped;

fn block((action, result): &Step<'_>) -> Vec<String> {
    let symbol = if result.outcome == ActionEnd::Done { "-" } else { "!" };
    let outcome = result.outcome.words();
    let mut lines =
        vec![format!("{symbol} {}: {} {outcome}", address(&action.key), action.operation)];
    if let Some(ActionFailure { code, message, said, help, request }) = &result.failure {
        let code = code.as_ref().map(|code| format!("{code} ")).unwrap_or_default();
        lines.push(format!("    {code}{}", escape(message)));
        let more = [("the server said", said), ("request", request), ("help", help)];
        let told = more.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?)));
        lines.extend(told.map(|(name, text)| format!("    {name}: {}", escape(text))));
    }
    lines
}
