//! `plumb history`: earlier runs, or one of them in full.

use super::prelude::{
    Args, Context, Ended, Exit, Format, JsonSchema, Manifests, Output, Problem, Report, Serialize,
    broken, place,
};
use jiff::Timestamp;
use plumb_ledger::Run;
use plumb_model::event::ActionOutcome;
use plumb_model::{Code, Event, Finding};
use plumb_render::{events, table, words};
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
    /// The one that was asked for.
    #[serde(skip)]
    in_full: Option<Run>,
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
    #[schemars(with = "String")]
    started: Timestamp,
    /// When it ended (RFC 3339); null when it was killed, or still runs.
    #[schemars(with = "Option<String>")]
    ended: Option<Timestamp>,
    /// How it ended: done, incomplete, indeterminate, interrupted, unfinished.
    outcome: &'static str,
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
        let place = place(&self.manifests.all(), context)?;
        let runs = place.store.history(&place.stack).map_err(|error| broken(&error))?;
        let report = match &self.run {
            None => Runs { runs: runs.iter().map(Entry::of).collect(), in_full: None },
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
        let timed = |(at, event): &(Timestamp, Event)| {
            let mut event = json!(event);
            event.as_object_mut().map(|fields| fields.insert("at".to_owned(), json!(at)));
            event
        };
        let events = Some(run.events.iter().map(timed).collect());
        Ok(Self { runs: vec![Entry { events, ..Entry::of(&run) }], in_full: Some(run) })
    }
}

impl Report for Runs {
    fn human(&self, output: &Output) -> String {
        const HEADER: [&str; 9] =
            ["RUN", "STARTED", "TOOK", "COMMAND", "OUTCOME", "DONE", "NOT DONE", "WHO", "COMMIT"];
        let Some(Run { head, events, .. }) = &self.in_full else {
            let rows: Vec<Vec<String>> = self.runs.iter().map(Entry::row).collect();
            return table::lay_out(&HEADER, &rows, output.style());
        };
        let line = |(at, event): &(Timestamp, Event)| {
            format!("{}\n", events::line(event, passed(head.at, *at), output.style()))
        };
        let title = format!("{} by {}, {}\n", head.command, head.who, head.at);
        std::iter::once(title).chain(events.iter().map(line)).collect()
    }
}

/// Milliseconds.
fn passed(began: Timestamp, at: Timestamp) -> u64 {
    let passed = at.as_millisecond().saturating_sub(began.as_millisecond());
    u64::try_from(passed).unwrap_or_default()
}

impl Entry {
    fn of(Run { head, events, finished }: &Run) -> Self {
        let mut entry = Self {
            run: head.who.run.0.clone(),
            command: head.command.clone(),
            user: head.who.user.clone(),
            host: head.who.host.clone(),
            url: head.who.url.clone(),
            commit: head.commit.clone(),
            started: head.at,
            ended: finished.map(|(at, _)| at),
            outcome: finished.map_or("unfinished", |(_, outcome)| words::run_outcome(outcome)),
            done: 0,
            not_done: 0,
            events: None,
        };
        for (_, event) in events {
            match event {
                Event::ActionFinished { outcome: ActionOutcome::Done, .. } => entry.done += 1,
                Event::ActionFinished { .. } | Event::ActionSkipped { .. } => entry.not_done += 1,
                _ => {}
            }
        }
        entry
    }

    fn row(&self) -> Vec<String> {
        let dash = || "-".to_owned();
        let page = self.url.as_ref().map_or_else(String::new, |url| format!(" ({url})"));
        let commit = self.commit.as_ref().map(|commit| commit.chars().take(12).collect());
        vec![
            self.run.clone(),
            self.started.to_string(),
            self.ended.map_or_else(dash, |ended| words::duration(passed(self.started, ended))),
            self.command.clone(),
            self.outcome.to_owned(),
            self.done.to_string(),
            self.not_done.to_string(),
            format!("{}@{}{page}", self.user, self.host),
            commit.unwrap_or_else(dash),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::event::{RunOutcome, SkipReason};
    use plumb_model::plan::ActionId;
    use plumb_model::{Operation, ResourceKey, RunId, ledger::RunHead};

    fn run(events: Vec<Event>, ended: Option<RunOutcome>) -> Run {
        let began: Timestamp = "2026-01-01T10:00:00Z".parse().unwrap();
        let end = "2026-01-01T10:02:05Z".parse().unwrap();
        let run = RunId("r1".into());
        let who =
            plumb_model::Holder { user: "ann".into(), host: "ci\u{1b}".into(), run, url: None };
        let commit = Some("0123456789abcdef".into());
        let head =
            RunHead { who, at: began, command: "apply".into(), commit, plan: None, number: 1 };
        let events = events.into_iter().map(|event| (began, event)).collect();
        Run { head, events, finished: ended.map(|outcome| (end, outcome)) }
    }

    #[test]
    fn history_is_a_table() {
        let key: ResourceKey = "Machine.toy/a".parse().unwrap();
        let id = ActionId::new(Operation::Create, &key);
        let skipped = Event::ActionSkipped { id, key, because: SkipReason::Interrupted };
        let told = [run(vec![skipped], Some(RunOutcome::Interrupted)), run(Vec::new(), None)];
        let rows = told.map(|run| Entry::of(&run).row());
        let began = "2026-01-01T10:00:00Z";
        let [first, second] = [["2m05s", "interrupted", "1"], ["-", "unfinished", "0"]].map(
            |[took, outcome, left]| {
                ["r1", began, took, "apply", outcome, "0", left, "ann@ci\u{1b}", "0123456789ab"]
            },
        );
        assert_eq!(rows, [first, second]);
        let style = plumb_render::Style::default();
        assert!(!table::lay_out(&["WHO"], &[vec![rows[0][7].clone()]], style).contains('\u{1b}'));
    }
}
