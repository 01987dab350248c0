//! What happened to each resource of a run, and when, as bars beside each other: what is not done first.

use crate::events;
use crate::overview::{self, Touched};
use crate::result::{ActionEnd, ActionResult, Run};
use crate::style::Style;
use crate::text::{address, escape};
use crate::words;
use jiff::Timestamp;
use plumb_model::{ActionId, Event, Plan};
use std::collections::BTreeMap;

/// How long all of a run is, in parts of a bar.
const WIDTH: u32 = 1_000;
/// How high a bar is, and where a wait stands in it.
const HEIGHT: u32 = 16;
const WAIT: (u32, u32) = (4, 8);
/// The operation that is a wait.
const WAITS: &str = "wait";
/// Nothing that happened is narrower.
const NARROWEST: u32 = 4;
/// So many events of one resource are told.
const MOST_EVENTS: usize = 60;
/// So many letters of events are told; of further resources only what they came to.
const MOST_LETTERS: usize = 800_000;

/// A resource in the run.
pub(crate) struct Row {
    pub(crate) class: &'static str,
    pub(crate) symbol: &'static str,
    pub(crate) change: &'static str,
    pub(crate) address: String,
    pub(crate) operations: String,
    pub(crate) end: &'static str,
    pub(crate) is_bad: bool,
    pub(crate) took: String,
    pub(crate) label: String,
    pub(crate) parts: Vec<Part>,
    pub(crate) why: Vec<String>,
    pub(crate) lines: Vec<String>,
}

/// A stretch of a bar.
pub(crate) struct Part {
    pub(crate) class: &'static str,
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// The time that a run took.
pub(crate) struct Clock {
    began: Timestamp,
    /// In milliseconds, never zero.
    took: u64,
}

impl Clock {
    pub(crate) fn of(run: &Run<'_>) -> Self {
        let last =
            run.events.iter().map(|(at, _)| *at).chain(run.end.iter().map(|end| end.at)).max();
        let took = last.map_or(0, |last| passed(run.began, last));
        Self { began: run.began, took: took.max(1) }
    }

    /// Where a moment stands.
    fn at(&self, moment: Timestamp) -> u32 {
        let parts = passed(self.began, moment).min(self.took).saturating_mul(WIDTH.into());
        u32::try_from(parts / self.took).unwrap_or(WIDTH)
    }

    /// Moments for whoever reads along the bars.
    pub(crate) fn scale(&self) -> Vec<String> {
        let quarter = |part: u64| words::duration(self.took.saturating_mul(part) / 4);
        (0..=4).map(quarter).collect()
    }

    pub(crate) fn took(&self) -> String {
        words::duration(self.took)
    }
}

fn passed(began: Timestamp, at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond().saturating_sub(began.as_millisecond())).unwrap_or_default()
}

type Heard<'r> = BTreeMap<&'r ActionId, Vec<&'r (Timestamp, Event)>>;

/// The resources of a plan, by what became of their steps, and of how many the events are left out.
pub(crate) fn rows(
    run: &Run<'_>,
    plan: &Plan,
    results: &[ActionResult],
    clock: &Clock,
) -> (Vec<Row>, usize) {
    let heard = heard(run);
    let results: BTreeMap<&ActionId, &ActionResult> =
        plan.actions.iter().map(|action| &action.id).zip(results).collect();
    let mut all: Vec<(bool, Option<&str>, Touched<'_>)> = overview::touched(plan)
        .into_iter()
        .map(|touched| {
            let steps = || touched.actions.iter().filter_map(|action| results.get(&action.id));
            let is_done = steps().all(|step| step.outcome == ActionEnd::Done);
            (is_done, steps().filter_map(|step| step.began.as_deref()).min(), touched)
        })
        .collect();
    all.sort_by(|a, b| (a.0, a.1.is_none(), a.1).cmp(&(b.0, b.1.is_none(), b.1)));
    let (mut left, mut cut) = (MOST_LETTERS, 0_usize);
    let rows = all.into_iter().map(|(_, _, touched)| {
        let steps: Vec<&ActionResult> =
            touched.actions.iter().filter_map(|action| results.get(&action.id).copied()).collect();
        let mut row = row(&touched, &steps, &heard, clock);
        let letters: usize = row.lines.iter().map(String::len).sum();
        if letters > left {
            row.lines.clear();
            cut = cut.saturating_add(1);
        }
        left = left.saturating_sub(letters);
        row
    });
    let rows = rows.collect();
    (rows, cut)
}

fn heard<'r>(run: &Run<'r>) -> Heard<'r> {
    let mut heard = Heard::new();
    for stamped in run.events {
        let id = match &stamped.1 {
            Event::ActionStarted { id, .. }
            | Event::ActionProgress { id, .. }
            | Event::ActionRetried { id, .. }
            | Event::ActionFinished { id, .. }
            | Event::ActionSkipped { id, .. } => id,
            Event::RunStarted { .. } | Event::Warned { .. } | Event::RunFinished { .. } => continue,
        };
        heard.entry(id).or_default().push(stamped);
    }
    heard
}

fn row(touched: &Touched<'_>, steps: &[&ActionResult], heard: &Heard<'_>, clock: &Clock) -> Row {
    let end = steps.iter().map(|step| step.outcome).find(|end| *end != ActionEnd::Done);
    let end = end.unwrap_or(ActionEnd::Done);
    let mut parts = Vec::new();
    let mut lines = Vec::new();
    for (action, step) in touched.actions.iter().zip(steps) {
        let events = heard.get(&action.id).map(Vec::as_slice).unwrap_or_default();
        parts.extend(bar(step, events, clock));
        lines.extend(
            events
                .iter()
                .map(|(at, event)| events::line(event, passed(clock.began, *at), Style::default())),
        );
    }
    let more = lines.len().saturating_sub(MOST_EVENTS);
    if more > 0 {
        lines.truncate(MOST_EVENTS);
        lines.push(words::counted(more, "more event", "more events"));
    }
    let took: u64 = steps.iter().filter_map(|step| step.elapsed_milliseconds).sum();
    let took = if took > 0 { words::duration(took) } else { String::new() };
    let when = |moment: &Option<String>| {
        let moment = moment.as_deref()?.parse::<Timestamp>().ok()?;
        Some(words::duration(passed(clock.began, moment)))
    };
    let began = steps.iter().find_map(|step| when(&step.began));
    let began = began.map_or(String::new(), |began| format!(", from {began} after the beginning"));
    let address = address(touched.key);
    Row {
        class: crate::drawing::class(touched.change),
        symbol: if touched.change == overview::Change::Replace {
            "±"
        } else {
            touched.change.symbol()
        },
        change: touched.change.meaning(),
        operations: touched.operations(),
        end: end.words(),
        is_bad: end != ActionEnd::Done,
        label: format!(
            "{address}: {}{began}, {} in all",
            end.words(),
            if took.is_empty() { "no time" } else { &took }
        ),
        took,
        address,
        parts,
        why: steps.iter().flat_map(|step| why(step)).collect(),
        lines,
    }
}

/// Why a step is not done.
fn why(step: &ActionResult) -> Vec<String> {
    let Some(failure) = &step.failure else { return Vec::new() };
    let code = failure.code.as_ref().map(|code| format!("{code} ")).unwrap_or_default();
    let more = [
        ("the server said", &failure.said),
        ("request", &failure.request),
        ("help", &failure.help),
    ];
    let told = more
        .into_iter()
        .filter_map(|(name, text)| Some(format!("{name}: {}", escape(text.as_ref()?))));
    std::iter::once(format!("{code}{}: {}", step.operation, escape(&failure.message)))
        .chain(told)
        .collect()
}

/// A step as a bar: from its beginning to its end, with its waits, and what was sent again.
fn bar(step: &ActionResult, events: &[&(Timestamp, Event)], clock: &Clock) -> Vec<Part> {
    let moment = |text: &Option<String>| text.as_deref()?.parse::<Timestamp>().ok();
    let Some(began) = moment(&step.began).map(|began| clock.at(began)) else { return Vec::new() };
    let ended = moment(&step.ended).map_or(WIDTH, |ended| clock.at(ended));
    let class = match step.outcome {
        ActionEnd::Done => "done",
        ActionEnd::Pending | ActionEnd::Indeterminate | ActionEnd::Unfinished => "open",
        _ => "failed",
    };
    let x = began.min(WIDTH.saturating_sub(NARROWEST));
    let part = |class, x: u32, to: u32, (y, height): (u32, u32)| {
        let width = to.saturating_sub(x).max(NARROWEST);
        Part { class, x, y, width, height }
    };
    let mut parts = vec![part(class, x, ended, (0, HEIGHT))];
    // A step that is a wait waits from its beginning; others from what they first saw of what they made.
    let progress = |(at, event): &&(Timestamp, Event)| {
        matches!(event, Event::ActionProgress { .. }).then(|| clock.at(*at))
    };
    let from = if step.operation == WAITS { Some(x) } else { events.iter().find_map(progress) };
    if let Some(from) = from.filter(|from| *from < ended) {
        parts.push(part("wait", from, ended, WAIT));
    }
    let again = events.iter().filter(|(_, event)| matches!(event, Event::ActionRetried { .. }));
    parts.extend(again.map(|(at, _)| {
        let x = clock.at(*at).min(WIDTH.saturating_sub(NARROWEST));
        part("retry", x, x, (0, HEIGHT))
    }));
    parts
}
