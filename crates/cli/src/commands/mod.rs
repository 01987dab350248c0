//! The commands. A command reads its arguments, does its work through the crates, and says how it
//! ended; it decides nothing the crates could decide.

pub(crate) mod action;
pub(crate) mod apply;
pub(crate) mod catalog;
pub(crate) mod cost;
pub(crate) mod describe;
pub(crate) mod doctor;
pub(crate) mod drift;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod findings;
pub(crate) mod init;
pub(crate) mod live;
pub(crate) mod logging;
pub(crate) mod look;
pub(crate) mod pages;
pub(crate) mod plan;
pub(crate) mod plan_file;
pub(crate) mod resolve;
pub(crate) mod sandbox;
pub(crate) mod schema;
pub(crate) mod validate;
pub(crate) mod yaml;

use crate::arguments::{Arguments, Command, CostCommand, Format, SandboxCommand, Shared};
use crate::environment::Environment;
use crate::exit::{Ended, Exit};
use crate::output::Output;
use crate::problem::Problem;
use apply::{Asking, Wanted};
use export::files;
use live::{Secrets, Which};
use plumb_kind::{ChargeFilter, Collection, Reading, Snapshot};
use plumb_model::policy::Purpose;
use plumb_model::{Code, Finding};
use plumb_reconcile::Changes;
use std::future::Future;
use std::path::PathBuf;

/// Runs a command.
pub(crate) fn run(
    arguments: Arguments,
    environment: &Environment,
    output: &Output,
) -> Result<Ended, Problem> {
    let Arguments { shared, command } = arguments;
    let exit = match command {
        Command::Explain { code } => explain::run(output, code.as_deref()),
        Command::Completions { shell } => Ok(pages::completions(output, shell)),
        Command::Man { into } => pages::manual(output, into.as_deref()),
        Command::Schema { list: true, .. } => schema::list(output),
        Command::Schema { into: Some(folder), .. } => schema::write(&folder),
        Command::Schema { kind, .. } => schema::print(output, kind.as_deref()),
        Command::Init { folder } => init::run(folder, &shared, output),
        Command::Validate { manifests, live: false } => {
            validate::run(&manifests.paths, &shared, environment, output)
        }
        Command::Graph { manifests, output: language } => {
            look::graph(&manifests.paths, language, &shared, environment, output)
        }
        Command::History { run, manifests } => {
            look::history(manifests, run.as_deref(), &shared, output)
        }
        Command::Unlock { manifests } => look::unlock(manifests, &shared, output),
        looking => return block_on(with_clouds(looking, &shared, environment, output))?,
    };
    exit.map(Ended::from)
}

/// The commands that talk to clouds.
async fn with_clouds(
    command: Command,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Ended, Problem> {
    let surroundings = (environment, output);
    match command {
        Command::Validate { manifests, .. } => {
            validate::live(&manifests.paths, shared, environment, output).await
        }
        Command::Plan { manifests, planning, out, detailed_exitcode } => {
            let wanted = plan::Wanted {
                paths: &manifests.paths,
                planning: &planning,
                out: out.as_deref(),
                changes: if detailed_exitcode { Changes::Count } else { Changes::DoNotCount },
            };
            plan::run(&wanted, shared, environment, output).await
        }
        Command::Drift { manifests, planning, metrics } => {
            let paths = &manifests.paths;
            drift::run(paths, &planning, metrics.as_deref(), shared, surroundings).await
        }
        Command::Get { kind, name, project, output: shape, show_secrets } => {
            let which = Which {
                kinds: kind.into_iter().collect(),
                name,
                projects: project.into_iter().collect(),
            };
            let secrets = if show_secrets { Secrets::Shown } else { Secrets::Hidden };
            live::get(&which, shape, secrets, shared, surroundings).await
        }
        Command::Export { kinds, project, owned, into, force, manifests } => {
            let owners = if owned { export::Owners::ThisStack } else { export::Owners::Anybody };
            let which = Which { kinds, name: None, projects: project };
            let there = if force { files::There::Replaced } else { files::There::Kept };
            let wanted = export::Wanted { which, owners, into, there, manifests };
            export::run(wanted, shared, environment, output).await.map(partly)
        }
        Command::Action { words, node, yes, manifests } => {
            let wanted = action::Wanted { words, nodes: node, manifests, yes };
            action::run(&wanted, shared, environment, output).await
        }
        Command::Catalog { provider } => {
            catalog::run(provider.as_deref(), shared, environment, output).await.map(partly)
        }
        Command::Cost { command, manifests } => {
            cost_of(command, manifests, shared, environment, output).await.map(partly)
        }
        Command::Resolve { address, adopt, not_created: _, offline, yes, manifests } => {
            let word = adopt.map_or(resolve::Word::NotMade, resolve::Word::Made);
            let look = if offline { resolve::Look::Nowhere } else { resolve::Look::AtTheCloud };
            let consent = if yes { Asking::Nobody } else { Asking::ForYes };
            let wanted = resolve::Wanted { address, word, look, consent, manifests };
            resolve::run(wanted, shared, environment, output).await
        }
        Command::Sandbox { command: SandboxCommand::Serve(arguments) } => {
            sandbox::serve(&arguments, output).await.map(Ended::from)
        }
        Command::Doctor { manifests } => {
            doctor::run(&manifests.paths, shared, environment, output).await
        }
        changing => apply::run(wanted(changing)?, shared, environment, output).await,
    }
}

async fn cost_of(
    command: Option<CostCommand>,
    manifests: Option<PathBuf>,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Problem> {
    match command {
        None => cost::run(manifests, shared, environment, output).await,
        Some(CostCommand::Transactions { since, until, types }) => {
            let filter = ChargeFilter { kinds: types, earliest: since, latest: until };
            cost::ledger::transactions(&filter, shared, environment, output).await
        }
        Some(CostCommand::Report { month }) => {
            cost::ledger::report(month, shared, environment, output).await
        }
    }
}

/// How a command ended that only looks: with an error where something could not be read.
fn partly(exit: Exit) -> Ended {
    match exit {
        Exit::Error => Ended::because(exit, "not everything could be read, as is told above"),
        other => other.into(),
    }
}

/// SARIF is for findings.
fn refuse_sarif(format: Format, what: &str) -> Result<(), Problem> {
    match format {
        Format::Human | Format::Json | Format::Markdown => Ok(()),
        Format::Sarif => Err(no_such_form(what, "human, json and markdown")),
    }
}

/// Some results have two forms only.
fn refuse_other_formats(format: Format, what: &str) -> Result<(), Problem> {
    match format {
        Format::Human | Format::Json => Ok(()),
        Format::Markdown | Format::Sarif => Err(no_such_form(what, "human and json")),
    }
}

fn no_such_form(what: &str, forms: &str) -> Problem {
    let message = format!("--format: {what} cannot be printed that way");
    Finding::error(Code::INVALID_VALUE, message).help(format!("it has the forms {forms}")).into()
}

/// Why a collection has no items.
fn why_unread(collection: &Collection, snapshot: &Snapshot) -> String {
    match snapshot.reading(&collection.id) {
        Some(Reading::Unknown(reason)) => reason.to_string(),
        Some(Reading::Missing) => format!("{} is not there", collection.request.path),
        Some(Reading::Items(_)) => "the answer does not say it".to_owned(),
        None => "it was not read".to_owned(),
    }
}

/// What a command that changes things is asked to do.
fn wanted(command: Command) -> Result<Wanted, Problem> {
    let consent = |yes: bool| if yes { Asking::Nobody } else { Asking::ForYes };
    match command {
        Command::Apply { manifests, planning, locking, yes } => {
            let reviewed = match manifests.paths.as_slice() {
                [path] => plan_file::read(path)?,
                _ => None,
            };
            let (paths, planning) = match &reviewed {
                Some(file) => (file.paths.clone(), file.planning()?),
                None => (manifests.paths, planning),
            };
            // A reviewed plan was consented to when it was reviewed.
            let consent = if reviewed.is_some() { Asking::Nobody } else { consent(yes) };
            Ok(Wanted {
                paths,
                planning,
                purpose: Purpose::Converge,
                adopt: Vec::new(),
                reviewed,
                consent,
                lock_timeout: locking.lock_timeout,
                command: "apply",
            })
        }
        Command::Destroy { manifests, planning, locking, confirm } => Ok(Wanted {
            paths: manifests.paths,
            planning,
            purpose: Purpose::Destroy,
            adopt: Vec::new(),
            reviewed: None,
            consent: Asking::ForTheStacksName(confirm),
            lock_timeout: locking.lock_timeout,
            command: "destroy",
        }),
        Command::Adopt { addresses, manifests, locking, yes } => Ok(Wanted {
            paths: manifests,
            planning: crate::arguments::Planning::default(),
            purpose: Purpose::Converge,
            adopt: addresses,
            reviewed: None,
            consent: consent(yes),
            lock_timeout: locking.lock_timeout,
            command: "adopt",
        }),
        _ => Err(Finding::error(Code::INVALID_VALUE, "this command changes nothing").into()),
    }
}

/// Runs async work on this thread; the sandbox, when it runs in here, gets the other one.
fn block_on<F: Future>(work: F) -> Result<F::Output, Problem> {
    // The runtime would panic where the system gives no threads.
    let thread = std::thread::Builder::new().spawn(|| ());
    let ended = thread.map(std::thread::JoinHandle::join);
    let _ended = ended.map_err(|error| {
        let message = format!("the system starts no thread: {error}");
        let help = "raise the limit of processes (ulimit -u), or end some";
        Problem::from(Finding::error(Code::UNREACHABLE, message).help(help))
    })?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| {
        Problem::from(Finding::error(Code::UNREACHABLE, format!("no runtime: {error}")))
    })?;
    Ok(runtime.block_on(work))
}
