//! `plumb plan`: what apply would do.

use crate::arguments::{Format, Planning, Shared};
use crate::commands::findings;
use crate::environment::Environment;
use crate::exit::Ended;
use crate::output::Output;
use crate::problem::Problem;
use crate::session::Session;
use crate::stack::Unset;
use plumb_model::{Finding, Plan};
use plumb_reconcile::{Changes, Outcome};
use plumb_render::human::Detail;
use plumb_render::{human, json, markdown};
use std::path::{Path, PathBuf};

/// What `plumb plan` was asked for beside the plan itself.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    /// Where the manifests are.
    pub(crate) paths: &'a [PathBuf],
    /// What limits or widens the plan.
    pub(crate) planning: &'a Planning,
    /// The file to write it to.
    pub(crate) out: Option<&'a Path>,
    /// Whether something to do counts (`--detailed-exitcode`).
    pub(crate) changes: Changes,
}

/// Plans and prints.
pub(crate) async fn run(
    wanted: &Wanted<'_>,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Ended, Problem> {
    // A plan file tells by hashes that no secret has changed since.
    let unset = if wanted.out.is_some() { Unset::Refused } else { Unset::Open };
    let session = Session::start(wanted.paths, unset, shared, environment, output).await?;
    let result = look(&session, wanted, shared, (environment, output)).await;
    session.stop().await;
    result
}

async fn look(
    session: &Session,
    wanted: &Wanted<'_>,
    shared: &Shared,
    (environment, output): (&Environment, &Output),
) -> Result<Ended, Problem> {
    if wanted.out.is_some() {
        session.begin_ledger(environment)?;
    }
    let plan = session.plan(wanted.planning).await?.plan;
    session.note_unnamed(output);
    show(session, &plan, wanted.planning, shared, output)?;
    if let Some(path) = wanted.out {
        super::plan_file::write(path, &plan, wanted, session)?;
        output.message(&format!(
            "Written to {0}. Carry it out with: plumb apply {0}",
            path.display()
        ));
    }
    Ok(Outcome::of_plan(&plan, wanted.changes).into())
}

/// Prints a plan in the format that was asked for, its findings beside it.
pub(crate) fn show(
    session: &Session,
    plan: &Plan,
    planning: &Planning,
    shared: &Shared,
    output: &Output,
) -> Result<(), Problem> {
    let show = |all: &[Finding]| {
        findings::show(all, &session.manifested.excerpts(all), output);
    };
    show(&session.manifested.findings);
    let text = match shared.format {
        Format::Human => {
            // Findings have their excerpts on standard error; once is enough.
            show(&plan.findings);
            let shown = Plan { findings: Vec::new(), ..plan.clone() };
            let detail = if planning.why { Detail::Why } else { Detail::Plan };
            human::plan(&shown, detail, output.style())
        }
        Format::Markdown => markdown::plan(plan),
        Format::Json => as_json(plan),
        Format::Sarif => {
            let log = plumb_render::sarif::log(&plan.findings, findings::VERSION);
            findings::pretty(&log)
        }
    };
    output.data(&text);
    write_json(plan, shared.json_into.as_deref())
}

/// Writes the plan as JSON beside the printed form, when that was asked for.
pub(crate) fn write_json(plan: &Plan, into: Option<&Path>) -> Result<(), Problem> {
    let Some(path) = into else { return Ok(()) };
    std::fs::write(path, as_json(plan)).map_err(|error| Problem::file(path, error))
}

fn as_json(plan: &Plan) -> String {
    findings::pretty(&json::plan(plan, findings::VERSION))
}
