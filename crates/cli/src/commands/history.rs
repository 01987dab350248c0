//! `plumb history`: earlier runs, or one of them in full.

use super::{
    Args, Context, Ended, Exit, Format, JsonSchema, Manifests, Output, Problem, Report, Serialize,
    broken, place,
};
use plumb_ledger::Run;
use plumb_model::{Code, Event, Finding};
use plumb_render::events;
use plumb_render::table::{self, HistoryRow};
use serde_json::{Value, json};

/// Show earlier runs.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// One run in full.
    run: Option<String>,
    #[command(flatten)]
    manifests: Manifests,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

/// Earlier runs, the newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Runs {
    /// The runs.
    runs: Vec<Entry>,
    #[serde(skip)]
    told: Told,
}

/// What people are shown.
#[derive(Debug)]
enum Told {
    Table(Vec<Run>),
    InFull(Box<Run>),
}

/// One run.
#[derive(Debug, Serialize, JsonSchema)]
struct Entry {
    /// Its id.
    run: String,
    /// The command: `apply`, `destroy`, `action stop …`.
    command: String,
    /// Who ran it.
    user: String,
    /// On which machine.
    host: String,
    /// The CI run's page, where there is one.
    url: Option<String>,
    /// The Git commit of the manifests, where there is one.
    commit: Option<String>,
    /// When it began (RFC 3339).
    started: String,
    /// When it ended (RFC 3339); null when it was killed, or still runs.
    ended: Option<String>,
    /// How it ended: done, incomplete, indeterminate, interrupted, unfinished.
    outcome: String,
    /// Actions that were done.
    done: usize,
    /// Actions that were started and not done, or not started.
    not_done: usize,
    /// Of the one run that was asked for: what happened, as `--events` writes it, each with its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<Value>>,
}

impl History {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let place = place(&self.manifests.all(), &context.shared)?;
        let runs = place.store.history(&place.stack).map_err(|error| broken(&error))?;
        let report = match &self.run {
            None => Runs { runs: runs.iter().map(Entry::of).collect(), told: Told::Table(runs) },
            Some(wanted) => Runs::one(runs, wanted)?,
        };
        self.format.print(&report, &context.output);
        Ok(Exit::Done.into())
    }
}

impl Runs {
    fn one(runs: Vec<Run>, wanted: &str) -> Result<Self, Problem> {
        let run = runs.into_iter().find(|run| run.head.who.run.0 == wanted).ok_or_else(|| {
            let message = format!("the ledger has no run {wanted}");
            let help = "`plumb history` lists all runs";
            Problem::from(Finding::error(Code::UNKNOWN_REFERENCE, message).help(help))
        })?;
        let timed = |(at, event): &(jiff::Timestamp, Event)| {
            let mut event = json!(event);
            event.as_object_mut().map(|fields| fields.insert("at".to_owned(), json!(at)));
            event
        };
        let events = Some(run.events.iter().map(timed).collect());
        Ok(Self {
            runs: vec![Entry { events, ..Entry::of(&run) }],
            told: Told::InFull(Box::new(run)),
        })
    }
}

impl Report for Runs {
    fn human(&self, output: &Output) -> String {
        match &self.told {
            Told::Table(runs) => {
                let rows: Vec<HistoryRow<'_>> = runs.iter().map(row).collect();
                table::history(&rows, output.style())
            }
            Told::InFull(run) => in_full(run, output),
        }
    }
}

fn in_full(run: &Run, output: &Output) -> String {
    let began = run.head.at;
    let head = format!("{} by {}, {began}\n", run.head.command, run.head.who);
    let line = |(at, event): &(jiff::Timestamp, Event)| {
        let passed = at.as_millisecond().saturating_sub(began.as_millisecond());
        let passed = u64::try_from(passed).unwrap_or_default();
        format!("{}\n", events::line(event, passed, output.style()))
    };
    std::iter::once(head).chain(run.events.iter().map(line)).collect()
}

fn row(run: &Run) -> HistoryRow<'_> {
    HistoryRow::new(&run.head, run.events.iter().map(|(_, event)| event), run.finished)
}

impl Entry {
    fn of(run: &Run) -> Self {
        let HistoryRow { head, finished, done, not_done } = row(run);
        let outcome = finished.map(|(_, outcome)| plumb_render::words::run_outcome(outcome));
        Self {
            run: head.who.run.0.clone(),
            command: head.command.clone(),
            user: head.who.user.clone(),
            host: head.who.host.clone(),
            url: head.who.url.clone(),
            commit: head.commit.clone(),
            started: head.at.to_string(),
            ended: finished.map(|(at, _)| at.to_string()),
            outcome: outcome.unwrap_or("unfinished").to_owned(),
            done,
            not_done,
            events: None,
        }
    }
}
