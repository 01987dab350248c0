//! The binary `plumb`: arguments, surroundings, wiring and exit codes. What it does is in the other
//! crates; what it prints is rendered by `plumb-render`.

mod approval;
mod arguments;
mod changing;
mod clouds;
mod commands;
mod connections;
mod context;
mod contract;
mod environment;
mod exit;
mod findings;
mod key_source;
mod live;
mod logging;
mod output;
mod place;
mod plan_file;
mod problem;
mod progress;
mod providers;
mod recording;
mod report;
mod sections;
mod session;
mod signals;
mod stack;
mod trust;
mod yaml;

use arguments::{Format, Shared, When};
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};
use commands::Command;
use context::Context;
use environment::Environment;
use exit::{Ended, Exit};
use output::Output;
use problem::Problem;
use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

/// Keeps a GPU fleet true to Git.
#[derive(Debug, Parser)]
#[command(name = "plumb", version, about, long_about = None, after_help = exit::TABLE)]
struct Arguments {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let parsed = Arguments::command().try_get_matches().and_then(|matches| {
        Ok((Arguments::from_arg_matches(&matches)?, format_of_problems(&matches)))
    });
    // Usage errors exit with 1, like every other error; clap's own 2 means "changes" here.
    let (Arguments { shared, command }, format) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return help(&error).into(),
    };
    let environment = Environment;
    environment.without_core_dumps();
    let output = Output::new(shared.color, &environment);
    logging::start(shared.verbose, &output);
    let mut context =
        Context::new(shared, environment, output, Arguments::command, commands::schemas);
    let ended = commands::run(command, &mut context);
    let output = &context.output;
    let ended = ended.unwrap_or_else(|problem| report(&problem, format, output));
    let ended = match (output.lost(), ended.exit) {
        // What went wrong says more than that nobody could be told.
        (Some(problem), Exit::Done | Exit::Changes) => report(&problem, Format::Human, output),
        _ => ended,
    };
    say_last(&ended, output);
    ended.exit.into()
}

/// In which form a command says why it could not go on: as data, where a program asked for data.
fn format_of_problems(matches: &ArgMatches) -> Format {
    if let Some((_, below)) = matches.subcommand() {
        return format_of_problems(below);
    }
    let asked = matches.try_get_raw("format").ok().flatten().and_then(|mut values| values.next());
    match asked.and_then(|asked| asked.to_str()) {
        Some("json") => Format::Json,
        Some("sarif") => Format::Sarif,
        Some("junit") => Format::Junit,
        _ => Format::Human,
    }
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
    findings::print(&problem.findings, &problem.excerpts, format, output);
    problem.into()
}
