//! What becomes of a run, kept while it happens, and written as data when it is over: however it ends.
//! A file is begun with the plan, before anything is sent: who finds one without an exit code knows
//! that the run was killed.

use crate::arguments::{Format, Printing};
use crate::context::Context;
use crate::exit::Ended;
use crate::findings;
use crate::problem::Problem;
use jiff::Timestamp;
use plumb_model::{Event, Finding, Plan};
use plumb_render::result::{self, End, ResultDocument, Run};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known of a run.
#[derive(Debug)]
pub(crate) struct Recording<'c> {
    command: &'static str,
    began: Timestamp,
    printing: &'c Printing,
    context: &'c Context,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    planned: Option<(Plan, String)>,
    events: Vec<(Timestamp, Event)>,
    left: Option<Plan>,
}

impl<'c> Recording<'c> {
    /// Of a run that begins.
    pub(crate) fn begin(
        command: &'static str,
        printing: &'c Printing,
        context: &'c Context,
    ) -> Self {
        let began = context.environment.now();
        Self { command, began, printing, context, known: Mutex::default() }
    }

    /// The plan is made.
    ///
    /// # Errors
    /// When the file cannot be written: nothing was sent yet.
    pub(crate) fn planned(&self, plan: &Plan, fingerprint: String) -> Result<(), Problem> {
        self.known().planned = Some((plan.clone(), fingerprint));
        let Some(path) = &self.printing.json_into else { return Ok(()) };
        let text = findings::pretty(&self.document(None));
        std::fs::write(path, text).map_err(|error| Problem::file(path, error))
    }

    /// Something happened.
    pub(crate) fn tell(&self, event: &Event) {
        let at = self.context.environment.now();
        self.known().events.push((at, event.clone()));
    }

    /// This is left to do.
    pub(crate) fn left(&self, again: &Plan) {
        self.known().left = Some(again.clone());
    }

    /// The run is over: its result is written as it was asked for. What kept a run from going on is
    /// told to people here when standard output has the result.
    ///
    /// # Errors
    /// What kept the run from going on, where that is still to be told.
    pub(crate) fn end(&self, ended: Result<Ended, Problem>) -> Result<Ended, Problem> {
        let (how, findings) = match &ended {
            Ok(ended) => (ended.clone(), &[][..]),
            Err(problem) => (problem.into(), &problem.findings[..]),
        };
        let document = self.document(Some((&how, findings)));
        let text = findings::pretty(&document);
        let output = &self.context.output;
        if let Some(path) = &self.printing.json_into
            && let Err(error) = std::fs::write(path, &text)
        {
            output.lose(path, &error);
        }
        match self.printing.format {
            Format::Json => output.data(&text),
            Format::Human | Format::Markdown | Format::Sarif => return ended,
        }
        if let Err(problem) = &ended {
            findings::show(&problem.findings, &problem.excerpts, output);
        }
        Ok(how)
    }

    fn document(&self, end: Option<(&Ended, &[Finding])>) -> ResultDocument {
        let known = self.known();
        let now = self.context.environment.now();
        let reason = end.and_then(|(ended, _)| ended.reason());
        let end = end.map(|(ended, findings)| End {
            at: now,
            exit_code: ended.exit.number(),
            reason,
            findings,
        });
        let run = Run {
            command: self.command,
            began: self.began,
            planned: known.planned.as_ref().map(|(plan, word)| (plan, &**word)),
            events: &known.events,
            left: known.left.as_ref(),
            end,
        };
        result::document(&run, findings::VERSION)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
