//! `plumb action`: a verb on a live object, by hand.

use super::prelude::{
    Args, Context, Ended, Exit, Format, JsonSchema, Manifests, Output, Place, Problem, Report,
    Serialize, broken, place,
};
use crate::changing::watch_signals;
use crate::clouds::{Clouds, Needed};
use crate::live::{self, Which};
use crate::progress::{Log, Progress};
use crate::session::holding;
use crate::stack;
use plumb_kind::{Danger, Verb};
use plumb_model::event::ActionOutcome;
use plumb_model::policy::Policy;
use plumb_model::text::escape;
use plumb_model::{Address, Code, Desired, Event, Finding, LedgerView, LiveObject, ResourceKey};
use plumb_reconcile::Act;
use plumb_render::result::{ActionEnd, ActionFailure, came_to};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Do something to a live object by hand: start, stop, disassociate, reboot, power reset, power
/// cycle.
#[derive(Debug, Args)]
pub(crate) struct Action {
    /// What to do.
    #[arg(required = true, value_name = "VERB ADDRESS", num_args = 2..=4)]
    words: Vec<String>,
    /// Only this node, by its address; may be given again [default: all of them].
    #[arg(long, value_name = "IP")]
    node: Vec<String>,
    /// Write the run's events to this file, one JSON object a line.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    events: Option<PathBuf>,
    /// Do not ask, even where unsaved work may be lost.
    #[arg(long)]
    yes: bool,
    // The ledger of the stack keeps the run.
    #[command(flatten)]
    manifests: Manifests,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

/// What a verb on an object came to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Acted {
    /// The object, by its full address.
    address: String,
    /// The verb.
    action: &'static str,
    /// The nodes that it was done to; empty where it concerns all of the object.
    nodes: Vec<String>,
    /// What it came to.
    outcome: ActionEnd,
    /// Why it is not done; null when it is.
    failure: Option<ActionFailure>,
    #[serde(skip)]
    said: String,
}

impl Acted {
    fn of(doing: &Doing<'_>, outcome: &ActionOutcome) -> Self {
        let Doing { key, verb, parts, .. } = doing;
        let (outcome, failure) = came_to(outcome);
        let nodes: Vec<String> = parts.iter().map(|node| escape(node)).collect();
        let of = if nodes.is_empty() { String::new() } else { format!(" of {}", nodes.join(", ")) };
        let said = format!("{key}: {}{of} is done.", verb.name);
        let (address, nodes) = (key.canonical(), parts.to_vec());
        Self { address, action: verb.name, nodes, outcome, failure, said }
    }
}

impl Action {
    /// Does it, and waits until it is done.
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let place = place(&self.manifests.all(), context)?;
        place.refuse_unnamed()?;
        context.block_on(self.act(&place, context))
    }

    async fn act(&self, place: &Place, context: &Context) -> Result<Ended, Problem> {
        let (address, verb_words) =
            self.words.split_last().ok_or_else(|| usage("nothing to do"))?;
        let address: Address =
            address.parse().map_err(|error: plumb_model::key::NotAnAddress| {
                Problem::from(Finding::error(Code::INVALID_VALUE, error.to_string()))
            })?;
        let registry = stack::registry()?;
        let named = registry.addressed(&address);
        let named = named.iter().flat_map(|name| registry.named(name));
        let named: Vec<_> = named.map(|kind| kind.rules().id.clone()).collect();
        let needed = Needed::of(&registry, &named);
        let clouds = Clouds::connect(registry, &place.connections, &needed, context).await?;
        let object = find(&clouds, &address, place).await?;
        let verb = verb(&clouds, &object.key, &verb_words.join(" ").to_lowercase())?;
        let parts = parts(&clouds, &object, verb, &self.node)?;
        let log = self.events.as_deref();
        let doing = Doing { key: &object.key, verb, parts: &parts, log, format: self.format };
        if !self.yes && verb.danger == Danger::Destructive && !agreed(&doing, context)? {
            context.output.message("Nothing was done.");
            return Ok(Ended::because(Exit::Error, "consent was not given"));
        }
        act(&clouds, &doing, place, context).await
    }
}

/// A verb, and what it is done to.
struct Doing<'a> {
    key: &'a ResourceKey,
    verb: &'static Verb,
    parts: &'a [String],
    log: Option<&'a Path>,
    format: Format,
}

async fn act(
    clouds: &Clouds,
    doing: &Doing<'_>,
    place: &Place,
    context: &Context,
) -> Result<Ended, Problem> {
    let Context { environment, output, .. } = context;
    let Doing { key, verb, parts, log, format } = doing;
    let holding = holding(environment, &format!("action {} {key}", verb.name));
    let log = log.map(Log::create).transpose()?;
    let progress = Progress::new(output, output.error_style(), 1, log);
    let events = |event: Event| progress.tell(environment.now(), &event);
    let (interrupter, interrupt) = plumb_engine::interrupt();
    let ledger = (&place.store, &*place.stack);
    let wanted = Act { key, verb: verb.name, parts };
    let acted = tokio::select! {
        biased;
        () = watch_signals(&interrupter, output) => return Ok(Exit::Interrupted.into()),
        acted = plumb_reconcile::act(&clouds.engine, ledger, &holding, wanted, &events, &interrupt)
            => acted,
    };
    progress.finish();
    let (outcome, report) = acted.map_err(|error| clouds.problem(error))?;
    for outcome in report.outcomes.values() {
        let acted = Acted::of(doing, outcome);
        if let Some(failure) = &acted.failure {
            output.message(&plumb_render::report::outcome(outcome));
            let help = failure.help.iter().map(|help| format!("help: {}", escape(help)));
            help.for_each(|help| output.message(&help));
        }
        if acted.failure.is_none() || *format == Format::Json {
            format.print(&acted, output);
        }
    }
    clouds.refuse_unreachable()?;
    clouds.refuse_closed_keys()?;
    Ok(outcome.into())
}

impl Report for Acted {
    /// What is not done is told as a message.
    fn human(&self, _output: &Output) -> String {
        self.said.clone()
    }
}

/// The live object an address names: first among what the ledger knows, whatever it is called in
/// the cloud by now, then among everything of its kind.
async fn find(clouds: &Clouds, address: &Address, place: &Place) -> Result<LiveObject, Problem> {
    let view = place.store.read(&place.stack).map_err(|error| broken(&error))?;
    let recorded: BTreeMap<_, _> =
        view.entries.iter().filter(|(key, _)| address.names(key)).collect();
    if let [key] = recorded.keys().copied().collect::<Vec<_>>().as_slice() {
        clouds.refuse_another_account(key, &view).await?;
        let entries = view.entries.iter().filter(|(other, _)| other == key);
        let entries = entries.map(|(key, entry)| (key.clone(), entry.clone())).collect();
        let only = LedgerView { entries, open_intents: BTreeMap::new(), ..view.clone() };
        let observed = clouds.engine.observe(&Desired::default(), &only, &Policy::default()).await;
        clouds.refuse_closed_keys()?;
        if let Some(object) = observed.live.present(key) {
            return Ok(object.clone());
        }
    }
    let registry = clouds.engine.registry();
    let which = Which { kinds: registry.addressed(address), ..Which::default() };
    let which = which.checked(registry)?;
    let observed = live::look(clouds, &which).await?;
    clouds.refuse_closed_keys()?;
    let objects = live::chosen(&observed, &which);
    let is_named = |object: &&&LiveObject| {
        let by_id = object.remote_id.as_ref().is_some_and(|id| id.as_str() == address.name);
        address.names(&object.key) || by_id
    };
    let named: BTreeMap<&ResourceKey, &LiveObject> =
        objects.iter().filter(is_named).map(|object| (&object.key, *object)).collect();
    let known = objects.iter().map(|object| &object.key).collect();
    let key = stack::one_of(address, &named.keys().copied().collect(), &known)?;
    let object = named.get(&key).map(|object| (*object).clone());
    object.ok_or_else(|| usage("nothing to do"))
}

/// The parts a verb is limited to: those that were named, or all there are.
fn parts(
    clouds: &Clouds,
    object: &LiveObject,
    verb: &Verb,
    named: &[String],
) -> Result<Vec<String>, Problem> {
    let kind = clouds.engine.registry().kind(&object.key.kind);
    let known = kind.map(|kind| kind.parts(verb.name, object)).unwrap_or_default();
    let refuse = |message: String, help: String| {
        Err(Finding::error(Code::INVALID_VALUE, message).help(help).into())
    };
    let key = &object.key;
    if named.is_empty() {
        return Ok(known);
    }
    if known.is_empty() {
        let message = format!("{} concerns all of {key}, not single nodes", verb.name);
        return refuse(message, "leave --node out".to_owned());
    }
    if let Some(strange) = named.iter().find(|node| !known.contains(node)) {
        let message = format!("{key} has no node {}", escape(strange));
        let known: Vec<String> = known.iter().map(|node| escape(node)).collect();
        return refuse(message, format!("its nodes are {}", known.join(", ")));
    }
    Ok(known.into_iter().filter(|node| named.contains(node)).collect())
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

fn agreed(doing: &Doing<'_>, context: &Context) -> Result<bool, Problem> {
    let Context { environment, output, .. } = context;
    let Doing { key, verb, parts, .. } = doing;
    if !environment.is_interactive() {
        let message = format!("{} of {key} may lose work, and nobody can be asked here", verb.name);
        let help = "say --yes to go on without asking";
        return Err(Finding::error(Code::INVALID_VALUE, message).help(help).into());
    }
    output.message(&format!("{}: {}", verb.name, verb.effect));
    for part in *parts {
        output.message(&format!("  node {}", escape(part)));
    }
    let question = format!("Do this to {key}? Only `yes` is taken for it: ");
    Ok(output.ask(&question).as_deref() == Some("yes"))
}

fn usage(message: &str) -> Problem {
    let help = "plumb action start|stop|disassociate|reboot|power reset|power cycle ADDRESS";
    Finding::error(Code::INVALID_VALUE, message).help(help).into()
}
