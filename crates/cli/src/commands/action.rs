//! `plumb action`: a verb on a live object, by hand.

use crate::arguments::Shared;
use crate::clouds::Clouds;
use crate::commands::apply::unrecorded;
use crate::environment::Environment;
use crate::exit::Exit;
use crate::output::Output;
use crate::problem::Problem;
use crate::progress::Progress;
use crate::session::{broken, holder, run_id};
use crate::stack;
use plumb_engine::{Acting, EngineError};
use plumb_kind::{Danger, Verb};
use plumb_ledger::Ledger;
use plumb_model::event::{ActionOutcome, RunOutcome};
use plumb_model::ledger::RunHead;
use plumb_model::{Address, Code, Event, Finding, Observation, ResourceKey};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What is to be done to what.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// The words of the verb, then the address.
    pub(crate) words: Vec<String>,
    /// The folder of the manifests, whose ledger keeps the run.
    pub(crate) manifests: Option<PathBuf>,
    /// Whether a person was asked already.
    pub(crate) yes: bool,
}

/// Does it, and waits until it is done.
pub(crate) async fn run(
    wanted: &Wanted,
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Exit, Problem> {
    let (address, verb_words) = wanted.words.split_last().ok_or_else(|| usage("nothing to do"))?;
    let address: Address = address.parse().map_err(|error: plumb_model::key::NotAnAddress| {
        Problem::from(Finding::error(Code::INVALID_VALUE, error.to_string()))
    })?;
    let clouds = Clouds::anywhere(shared, environment).await?;
    let key = find(&clouds, &address).await?;
    let verb = verb(&clouds, &key, &verb_words.join(" ").to_lowercase())?;
    if !wanted.yes
        && verb.danger == Danger::Destructive
        && !agreed(verb, &key, environment, output)?
    {
        output.message("Nothing was done.");
        return Ok(Exit::Error);
    }
    let exit = act(&clouds, &key, verb, wanted, shared, (environment, output)).await?;
    clouds.stop().await;
    Ok(exit)
}

async fn act(
    clouds: &Clouds,
    key: &ResourceKey,
    verb: &Verb,
    wanted: &Wanted,
    shared: &Shared,
    (environment, output): (&Environment, &Output),
) -> Result<Exit, Problem> {
    let command = format!("action {} {key}", verb.name);
    let run = run_id(environment);
    let (folder, stack) = super::look::place(wanted.manifests.clone(), shared)?;
    let holder = holder(environment, &run, &command);
    let ledger = Ledger::open(&folder, &stack, &holder).map_err(|error| broken(&error))?;
    let view = ledger.view();
    let head = RunHead {
        run,
        at: environment.now(),
        command,
        who: environment.who(),
        commit: None,
        plan: None,
    };
    let progress = Progress::new(output, output.error_style(), 1, None);
    let events = |event: Event| progress.tell(&event);
    let (interrupter, interrupt) = plumb_engine::interrupt();
    let acting = Acting {
        key,
        verb: verb.name,
        parts: &[],
        patience: None,
        ledger: &view,
        journal: &ledger,
        events: &events,
        interrupt: &interrupt,
        head: &head,
    };
    let report = tokio::select! {
        report = clouds.engine.act(acting) => report,
        () = super::apply::watch_signals(&interrupter, output) => return Ok(Exit::Interrupted),
    };
    progress.finish();
    let report = report.map_err(|error| match &error {
        EngineError::Journal { .. } => unrecorded(&error),
        EngineError::NoSuchAct(message) => usage(message),
    })?;
    for outcome in report.outcomes.values() {
        match outcome {
            ActionOutcome::Done => output.data(&format!("{key}: {} is done.", verb.name)),
            ActionOutcome::Failed(failure) => tell_failure(failure, output),
            other => output.message(&plumb_render::report::outcome(other)),
        }
    }
    clouds.refuse_unreachable()?;
    clouds.refuse_closed_keys()?;
    Ok(match report.outcome() {
        RunOutcome::Done => Exit::Done,
        RunOutcome::Incomplete => Exit::Incomplete,
        RunOutcome::Indeterminate => Exit::Indeterminate,
        RunOutcome::Interrupted => Exit::Interrupted,
    })
}

fn tell_failure(failure: &plumb_model::event::Failure, output: &Output) {
    let outcome = ActionOutcome::Failed(failure.clone());
    output.message(&plumb_render::report::outcome(&outcome));
    if let Some(help) = &failure.help {
        output.message(&format!("help: {}", plumb_model::text::escape(help)));
    }
}

/// The live object an address names.
async fn find(clouds: &Clouds, address: &Address) -> Result<ResourceKey, Problem> {
    let observed = clouds.engine.discover().await;
    clouds.refuse_closed_keys()?;
    let present = observed.live.objects.iter().filter_map(|(key, observation)| {
        matches!(observation, Observation::Present(_)).then_some(key)
    });
    let named: BTreeSet<&ResourceKey> = present.filter(|key| address.names(key)).collect();
    stack::one_of(address, &named)
}

fn verb(clouds: &Clouds, key: &ResourceKey, name: &str) -> Result<&'static Verb, Problem> {
    let kind = clouds.engine.registry().kind(&key.kind);
    let verbs = kind.map(plumb_kind::Kind::verbs).unwrap_or_default();
    verbs.iter().find(|verb| verb.name == name).ok_or_else(|| {
        let known: Vec<&str> = verbs.iter().map(|verb| verb.name).collect();
        let help = if known.is_empty() {
            format!("nothing can be done by hand to a {}", key.kind.kind)
        } else {
            format!("it can: {}", known.join(", "))
        };
        let message = format!("{key} has no action {name:?}");
        Finding::error(Code::INVALID_VALUE, message).help(help).into()
    })
}

fn agreed(
    verb: &Verb,
    key: &ResourceKey,
    environment: &Environment,
    output: &Output,
) -> Result<bool, Problem> {
    if !environment.is_interactive() {
        let message = format!("{} of {key} may lose work, and nobody can be asked here", verb.name);
        let help = "say --yes to go on without asking";
        return Err(Finding::error(Code::INVALID_VALUE, message).help(help).into());
    }
    output.message(&format!("{}: {}", verb.name, verb.effect));
    let question = format!("Do this to {key}? Only `yes` is taken for it: ");
    Ok(output.ask(&question).as_deref() == Some("yes"))
}

fn usage(message: &str) -> Problem {
    let help = "plumb action start|stop|power reset|power cycle ADDRESS";
    Finding::error(Code::INVALID_VALUE, message).help(help).into()
}
