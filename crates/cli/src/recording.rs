//! What becomes of a run, kept while it happens, and written as data when it is over: however it ends.
//! A file is begun with the plan, before anything is sent: who finds one without an exit code knows
//! that the run was killed.

use crate::arguments::{Format, Printing};
use crate::context::Context;
use crate::exit::Ended;
use crate::findings;
use crate::problem::Problem;
use jiff::Timestamp;
use plumb_model::{Bill, Event, Plan};
use plumb_render::bill;
use plumb_render::json::PlanDocument;
use plumb_render::result::{self, End, Run};
use plumb_render::style::Style;
use plumb_render::{html, markdown};
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
    planned: Option<(Plan, PlanDocument)>,
    events: Vec<(Timestamp, Event)>,
    left: Option<Plan>,
    bill: Option<Bill>,
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

    /// Whether what becomes of the run is to be written as data: else nothing of it is kept.
    pub(crate) fn is_wanted(&self) -> bool {
        let as_data =
            matches!(self.printing.format, Format::Json | Format::Markdown | Format::Html);
        as_data || self.printing.json_into.is_some()
    }

    /// The plan is made.
    ///
    /// # Errors
    /// When the file cannot be written: nothing was sent yet.
    pub(crate) fn planned(&self, plan: &Plan, document: PlanDocument) -> Result<(), Problem> {
        self.known().planned = Some((plan.clone(), document));
        let Some(path) = &self.printing.json_into else { return Ok(()) };
        std::fs::write(path, self.with(None, json)).map_err(|error| Problem::file(path, error))
    }

    /// Something happened.
    pub(crate) fn tell(&self, at: Timestamp, event: Event) {
        if self.is_wanted() {
            self.known().events.push((at, event));
        }
    }

    /// This is left to do.
    pub(crate) fn left(&self, again: &Plan) {
        if self.is_wanted() {
            self.known().left = Some(again.clone());
        }
    }

    /// What was announced of the bill, and what was found when the run was over.
    pub(crate) fn billed(&self, bill: &Bill) {
        self.known().bill = Some(bill.clone());
    }

    /// The bill for people, where there is one.
    pub(crate) fn bill(&self, style: Style) -> String {
        self.known().bill.as_ref().map(|bill| bill::words(bill, style)).unwrap_or_default()
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
        let output = &self.context.output;
        let at = self.context.environment.now();
        let (exit_code, reason) = (how.exit.number(), how.reason());
        let end = Some(End { at, exit_code, reason, findings });
        if let Some(path) = &self.printing.json_into
            && let Err(error) = std::fs::write(path, self.with(end, json))
        {
            output.lose(path, &error);
        }
        match self.printing.format {
            Format::Json => output.data(&self.with(end, json)),
            Format::Markdown => output.data(&self.with(end, markdown::result)),
            Format::Html => output.data(&self.with(end, page)),
            Format::Human | Format::Sarif | Format::Junit => return ended,
        }
        if let Err(problem) = &ended {
            findings::show(&problem.findings, &problem.excerpts, output);
        }
        Ok(how)
    }

    /// What is known, as `render` has it.
    fn with(&self, end: Option<End<'_>>, render: impl FnOnce(&Run<'_>) -> String) -> String {
        let known = self.known();
        render(&Run {
            command: self.command,
            began: self.began,
            planned: known.planned.as_ref().map(|(plan, document)| (plan, document)),
            events: &known.events,
            left: known.left.as_ref(),
            bill: known.bill.as_ref(),
            end,
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The page; where it cannot be put together, what is known as data.
fn page(run: &Run<'_>) -> String {
    html::result(run).unwrap_or_else(|_| json(run))
}

fn json(run: &Run<'_>) -> String {
    findings::pretty(&result::document(run, findings::VERSION))
}
