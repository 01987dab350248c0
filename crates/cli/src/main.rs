//! The binary `plumb`: arguments, surroundings, wiring and exit codes. What it does is in the other
//! crates; what it prints is rendered by `plumb-render`.

mod arguments;
mod clouds;
mod commands;
mod connections;
mod environment;
mod exit;
mod key_source;
mod output;
mod problem;
mod progress;
mod providers;
mod session;
mod signals;
mod stack;

use arguments::{Arguments, Format, When};
use clap::Parser;
use environment::Environment;
use exit::{Ended, Exit};
use output::Output;
use problem::Problem;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Usage errors exit with 1, like every other error; clap's own 2 means "changes" here.
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return help(&error).into(),
    };
    let environment = Environment;
    environment.without_core_dumps();
    let output = Output::new(arguments.shared.color, &environment);
    commands::logging::start(arguments.shared.verbose, &output);
    let format = arguments.shared.format;
    let ended = match commands::run(arguments, &environment, &output) {
        Ok(ended) => ended,
        Err(problem) => report(&problem, format, &output),
    };
    let ended = match (output.lost(), ended.exit) {
        // What went wrong says more than that nobody could be told.
        (Some(problem), Exit::Done | Exit::Changes) => report(&problem, Format::Human, &output),
        _ => ended,
    };
    say_last(&ended, &output);
    ended.exit.into()
}

/// Prints the help, or what is wrong with the arguments.
fn help(error: &clap::Error) -> Exit {
    let output = Output::new(When::Auto, &Environment);
    let ended = match error.print() {
        _ if error.use_stderr() => Ended::because(Exit::Error, "the arguments are not understood"),
        Err(lost) if lost.kind() != ErrorKind::BrokenPipe => {
            report(&Problem::file(Path::new("standard output"), lost), Format::Human, &output)
        }
        Ok(()) | Err(_) => Exit::Done.into(),
    };
    say_last(&ended, &output);
    ended.exit
}

/// The last line: why a command does not exit with 0.
fn say_last(ended: &Ended, output: &Output) {
    if let Some(line) = ended.line() {
        output.message(&line);
    }
}

/// Says what went wrong: findings as data when they are the answer a program asked for.
fn report(problem: &Problem, format: Format, output: &Output) -> Ended {
    commands::findings::print(&problem.findings, &problem.excerpts, format, output);
    problem.into()
}
