//! The binary `plumb`: arguments, surroundings, wiring and exit codes. What it does is in the other
//! crates; what it prints is rendered by `plumb-render`.

mod arguments;
mod clouds;
mod commands;
mod connections;
mod environment;
mod exit;
mod output;
mod paced;
mod problem;
mod progress;
mod session;
mod signals;
mod stack;

use arguments::{Arguments, Format};
use clap::Parser;
use environment::Environment;
use exit::Exit;
use output::Output;
use problem::Problem;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Usage errors exit with 1, like every other error; clap's own 2 means "changes" here.
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _gone = error.print();
            let failed = error.use_stderr();
            return if failed { Exit::Error } else { Exit::Done }.into();
        }
    };
    let environment = Environment;
    let output = Output::new(arguments.shared.color, &environment);
    commands::logging::start(arguments.shared.verbose, &output);
    let format = arguments.shared.format;
    match commands::run(arguments, &environment, &output) {
        Ok(exit) => exit.into(),
        Err(problem) => report(&problem, format, &output).into(),
    }
}

/// Says what went wrong: findings as data when they are the answer a program asked for.
fn report(problem: &Problem, format: Format, output: &Output) -> Exit {
    commands::findings::print(&problem.findings, &problem.sources, format, output);
    problem.exit
}
