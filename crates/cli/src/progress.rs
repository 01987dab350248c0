//! Progress on standard error: moving lines on a terminal, one plain line per event elsewhere.

use crate::output::Output;
use crate::problem::Problem;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use plumb_model::Phase;
use plumb_model::event::{ActionOutcome, Event};
use plumb_model::plan::ActionId;
use plumb_render::events::Stamped;
use plumb_render::{Style, words};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Shows events as they come, and writes them to the event log.
#[derive(Debug)]
pub(crate) struct Progress<'o> {
    output: &'o Output,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    moving: Option<Moving>,
    style: Style,
    began: Instant,
    shown: BTreeMap<ActionId, (Phase, Instant)>,
    log: Option<Log>,
}

/// The event log.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    path: PathBuf,
}

impl Log {
    /// Makes it anew.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn create(path: &Path) -> Result<Self, Problem> {
        let file = File::create(path).map_err(|error| Problem::file(path, error))?;
        Ok(Self { file, path: path.to_owned() })
    }
}

/// In a log, an action that waits is mentioned again after this long, or when its phase changes.
const REMINDER: Duration = Duration::from_secs(30);

/// The moving part: a bar for the run, a line for each action at work.
#[derive(Debug)]
struct Moving {
    all: MultiProgress,
    run: ProgressBar,
    actions: BTreeMap<ActionId, ProgressBar>,
}

impl<'o> Progress<'o> {
    /// Progress of a run of so many actions.
    pub(crate) fn new(output: &'o Output, style: Style, actions: usize, log: Option<Log>) -> Self {
        let moving = output.moving.then(|| Moving::new(actions));
        output.set_moving_lines(moving.as_ref().map(|moving| moving.all.clone()));
        let began = Instant::now();
        let state = State { moving, style, began, shown: BTreeMap::new(), log };
        Self { output, state: Mutex::new(state) }
    }

    /// Takes one event, and when it happened.
    pub(crate) fn tell(&self, at: Timestamp, event: &Event) {
        let mut state = self.state();
        if let Some(log) = &mut state.log
            && let Ok(line) = serde_json::to_string(&Stamped { at, event })
        {
            // A log that cannot be written does not stop a run; its end says so.
            if let Err(error) = writeln!(log.file, "{}", plumb_render::inert_json(&line)) {
                self.output.lose(&log.path, &error);
            }
        }
        let elapsed = u64::try_from(state.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let line = plumb_render::events::line(event, elapsed, state.style);
        if let Some(moving) = &mut state.moving {
            moving.tell(event, line);
        } else if state.is_news(event) {
            let mut stream = std::io::stderr().lock();
            let _gone = writeln!(stream, "{line}");
        }
    }

    /// Takes the moving part off the screen.
    pub(crate) fn finish(&self) {
        self.output.set_moving_lines(None);
        if let Some(moving) = self.state().moving.take() {
            let _gone = moving.all.clear();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// However a run ends, nothing moves on the screen after it.
impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.finish();
    }
}

impl State {
    /// Whether a plain log should have a line for this event.
    fn is_news(&mut self, event: &Event) -> bool {
        let Event::ActionProgress { id, phase, .. } = event else { return true };
        let now = Instant::now();
        let known = self.shown.get(id);
        if known.is_some_and(|(shown, at)| shown == phase && now.duration_since(*at) < REMINDER) {
            return false;
        }
        self.shown.insert(id.clone(), (phase.clone(), now));
        true
    }
}

impl Moving {
    fn new(actions: usize) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(8));
        let length = u64::try_from(actions).unwrap_or(u64::MAX);
        let run = all.add(ProgressBar::new(length));
        if let Ok(style) = ProgressStyle::with_template("  {bar:32} {pos} of {len} done, {elapsed}")
        {
            run.set_style(style.progress_chars("━╸─"));
        }
        run.enable_steady_tick(Duration::from_millis(250));
        Self { all, run, actions: BTreeMap::new() }
    }

    fn tell(&mut self, event: &Event, line: String) {
        match event {
            Event::ActionStarted { id, key, operation } => {
                let bar = self.all.insert_before(&self.run, ProgressBar::new_spinner());
                if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} ({elapsed})") {
                    bar.set_style(style);
                }
                bar.set_message(format!("{key}: {}", words::doing(*operation)));
                bar.enable_steady_tick(Duration::from_millis(250));
                self.actions.insert(id.clone(), bar);
            }
            Event::ActionProgress { id, key, phase, .. } => {
                if let Some(bar) = self.actions.get(id) {
                    bar.set_message(format!("{key}: {phase}"));
                }
            }
            Event::ActionFinished { id, outcome, .. } => {
                if let Some(bar) = self.actions.remove(id) {
                    bar.finish_and_clear();
                }
                self.run.inc(1);
                if !matches!(outcome, ActionOutcome::Interrupted { .. }) {
                    self.print(line);
                }
            }
            Event::ActionSkipped { .. } => {
                self.run.inc(1);
                self.print(line);
            }
            Event::ActionRetried { .. } | Event::Warned { .. } => self.print(line),
            Event::RunStarted { .. } => {}
            Event::RunFinished { .. } => self.run.finish_and_clear(),
        }
    }

    fn print(&self, line: String) {
        let _gone = self.all.println(line);
    }
}
