//! `plumb doctor`: whether everything a run needs is in order. Reads only.

use super::prelude::{
    Args, Context, Ended, Exit, Format, JsonSchema, Output, Paths, Problem, Report, Serialize,
    chain,
};
use crate::clouds::{Clouds, said};
use crate::commands::cost;
use crate::connections;
use crate::{live, stack};
use jiff::Timestamp;
use plumb_kind::{Billing, HeldRole, HolderSort, KeyHolder, Provider};
use plumb_manifest::Outside;
use plumb_model::key::ScopeLevel;
use plumb_model::ledger::Provenance;
use plumb_model::{LedgerView, Live, Observation, ResourceKey, Scope, ending};
use plumb_render::sheet::dollars;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Check connections, keys, clocks and the ledger.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    paths: Paths,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

/// What was checked.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Checks {
    /// The checks, in the order in which they were made.
    checks: Vec<Examined>,
}

/// One check.
#[derive(Debug, Serialize, JsonSchema)]
struct Examined {
    /// What was looked at: connection, endpoint, key, roles, permission, bill, stack, ledger, marks.
    check: &'static str,
    /// What it came to.
    outcome: Outcome,
    /// What was found, in words.
    found: String,
}

/// What one check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// In order.
    Ok,
    /// Odd, and no obstacle.
    Note,
    /// Something a run needs is missing.
    Fail,
}

impl Doctor {
    /// Checks, and exits with 1 when something a run needs is missing.
    #[expect(clippy::unnecessary_wraps, reason = "it is run as every command")]
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let mut checks = Checks::default();
        configured(&mut checks, context);
        let connected = context.block_on(async {
            let clouds = Clouds::anywhere(context).await?;
            for provider in clouds.connected() {
                reach(&mut checks, &clouds, provider).await;
                key(&mut checks, &clouds, (provider, context.environment.now())).await;
            }
            Ok(())
        });
        for finding in connected.err().into_iter().flat_map(|problem: Problem| problem.findings) {
            let help = finding.help.map_or_else(String::new, |help| format!("; {help}"));
            checks.add(Outcome::Fail, "connection", format!("{}{help}", finding.message));
        }
        ledger(&mut checks, &self.paths.all(), context);
        self.format.print(&checks, &context.output);
        Ok(checks.ended())
    }
}

impl Checks {
    fn add(&mut self, outcome: Outcome, check: &'static str, found: impl Into<String>) {
        self.checks.push(Examined { check, outcome, found: found.into() });
    }

    fn ended(&self) -> Ended {
        let mut failed = self.checks.iter().filter(|check| check.outcome == Outcome::Fail);
        let Some(first) = failed.next() else { return Exit::Done.into() };
        let because = match failed.count() {
            0 => format!("1 check failed: {}", first.check),
            more => format!("{} checks failed, the first: {}", more + 1, first.check),
        };
        Ended::because(Exit::Error, because)
    }
}

impl Report for Checks {
    fn human(&self, _output: &Output) -> String {
        let line = |Examined { check, outcome, found }: &Examined| {
            let mark = match outcome {
                Outcome::Ok => "ok  ",
                Outcome::Note => "note",
                Outcome::Fail => "FAIL",
            };
            format!("{mark}  {check:<12} {found}\n")
        };
        self.checks.iter().map(line).collect()
    }
}

fn configured(checks: &mut Checks, context: &Context) {
    if context.shared.sandbox {
        return checks.add(Outcome::Ok, "connection", "the sandbox of all clouds, in process");
    }
    for connection in connections::all(&context.environment).unwrap_or_default() {
        let connections::Connection { name, provider, endpoint, source, .. } = connection;
        let endpoint = connections::shown(&endpoint);
        let found = format!("{name} ({provider}) at {endpoint}, from {source}");
        checks.add(Outcome::Ok, "connection", plumb_model::text::escape(&found));
    }
}

/// Lists what is global in one cloud: shows that the endpoint answers, and what the key may see.
async fn reach(checks: &mut Checks, clouds: &Clouds, provider: &'static dyn Provider) {
    let name = provider.name();
    let kinds = provider.kinds().iter().map(|kind| kind.rules());
    // A family is not for every key.
    let global = kinds.filter(|rules| rules.level == ScopeLevel::Global && rules.family.is_none());
    let places: Vec<_> = global.map(|rules| (rules.id.clone(), Scope::Global)).collect();
    let observed = clouds.engine.observe_scopes(&places).await;
    if clouds.engine.unreachable().contains(&name) {
        let because = clouds.engine.unreachable_because(name);
        let because = because.map_or_else(String::new, |because| format!(": {because}"));
        return checks.add(Outcome::Fail, "endpoint", format!("{name} does not answer{because}"));
    }
    if clouds.engine.refused_keys().contains(&name) {
        let because = said(clouds.engine.refused_because(name));
        return checks.add(Outcome::Fail, "key", format!("{name} did not accept it{because}"));
    }
    for gap in &observed.live.gaps {
        let found = format!("{} cannot be listed: {}", gap.kind.kind, gap.reason);
        checks.add(Outcome::Fail, "permission", found);
    }
    if observed.live.gaps.is_empty() {
        let sees = seen(&observed.live);
        let found = format!("{name} answers, and the key sees {sees}");
        checks.add(Outcome::Ok, "endpoint", found);
    }
    if let Some(billing) = provider.billing() {
        bill(checks, clouds, (name, billing)).await;
    }
}

/// Whose a key is, what it may do and until when it is accepted, where its cloud says it.
async fn key(
    checks: &mut Checks,
    clouds: &Clouds,
    (provider, now): (&'static dyn Provider, Timestamp),
) {
    let name = provider.name();
    let (holder, end) = clouds.engine.own_key(provider).await;
    if let Some(holder) = holder {
        whose(checks, name, &holder);
    }
    let Some(end) = end else { return };
    let (outcome, when) = match ending::days_ahead(end, now) {
        Some(days) => (Outcome::Note, format!("ends {}", ending::words(end, days))),
        None => (Outcome::Ok, format!("is accepted until {}", ending::moment(end))),
    };
    checks.add(outcome, "key", format!("the key to {name} {when}"));
}

/// Whose a key is. One of a person is odd where no person runs plumb: it has all that the person may
/// do, and goes with the person.
fn whose(checks: &mut Checks, name: &str, holder: &KeyHolder) {
    let KeyHolder { name: user, sort, .. } = holder;
    let (outcome, sort) = match sort {
        HolderSort::Machine => (Outcome::Ok, ", a user for programs"),
        HolderSort::Person => (
            Outcome::Note,
            ", a user for people: for CI make a User of its own that may not use the console, and its \
             key with `plumb key create`",
        ),
        HolderSort::Unknown => (Outcome::Ok, ""),
    };
    checks.add(outcome, "key", format!("the key to {name} is {user}'s{sort}"));
    let roles = roles(&holder.roles);
    if !roles.is_empty() {
        checks.add(Outcome::Ok, "roles", format!("{user} is {}", roles.join("; ")));
    }
}

/// What somebody may do: first in the whole account, then by project.
fn roles(held: &[HeldRole]) -> Vec<String> {
    let mut places: BTreeMap<Option<String>, BTreeSet<String>> = BTreeMap::new();
    for HeldRole { role, project, group } in held {
        let through = group.as_ref().map_or_else(String::new, |group| format!(" (by {group})"));
        let place = places.entry(project.as_ref().map(ToString::to_string)).or_default();
        place.insert(format!("{role}{through}"));
    }
    let line = |(project, roles): (Option<String>, BTreeSet<String>)| {
        let roles = roles.into_iter().collect::<Vec<String>>().join(", ");
        let place = project.map_or_else(|| "everywhere".to_owned(), |it| format!("in {it}"));
        format!("{roles} {place}")
    };
    places.into_iter().map(line).collect()
}

/// How many objects of which kinds there are.
fn seen(live: &Live) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, observation) in live.objects.iter() {
        if matches!(observation, Observation::Present(_)) {
            *counts.entry(key.kind.kind.as_str()).or_default() += 1;
        }
    }
    let counts: Vec<String> =
        counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    if counts.is_empty() { "nothing yet".to_owned() } else { counts.join(", ") }
}

/// Compares the bill with what is listed.
async fn bill(checks: &mut Checks, clouds: &Clouds, (name, billing): (&str, &dyn Billing)) {
    let mut evidence = billing.evidence();
    evidence.push(billing.rate());
    let snapshot = clouds.engine.read_lookups(name, &evidence).await;
    match (billing.unexplained(&snapshot), billing.read_rate(&snapshot)) {
        (Some(found), _) => checks.add(Outcome::Note, "bill", cost::surplus(found)),
        (None, Some(rate)) => {
            let (hour, month) = (dollars(rate), dollars(rate.a_month()));
            checks.add(Outcome::Ok, "bill", format!("{hour} an hour, {month} a month"));
        }
        (None, None) => {
            let why = live::why_unread(&billing.rate(), &snapshot);
            checks.add(Outcome::Note, "bill", format!("it could not be read: {why}"));
        }
    }
}

fn ledger(checks: &mut Checks, paths: &[PathBuf], context: &Context) {
    let nothing = |_: &str| None;
    let outside = Outside { variable: &nothing, standard_input: None };
    let loaded = match stack::load(paths, &outside, &context.shared) {
        Ok(loaded) => loaded,
        Err(problem) => return checks.add(Outcome::Fail, "stack", words(problem)),
    };
    let stack = &loaded.stack.mark();
    match stack::refuse_unnamed(&loaded.stack, &loaded.root) {
        Ok(()) => {
            checks.add(Outcome::Ok, "stack", format!("{stack}, at {}", loaded.root.display()));
        }
        Err(problem) => checks.add(Outcome::Note, "stack", words(problem)),
    }
    let store = match stack::ledger_store(&loaded, context) {
        Ok(store) => store,
        Err(problem) => return checks.add(Outcome::Fail, "ledger", words(problem)),
    };
    match store.read(stack) {
        Ok(view) => {
            let found = format!("{}: {} resources", store.place(), view.entries.len());
            checks.add(Outcome::Ok, "ledger", found);
            marks(checks, &view);
            for key in view.open_intents.keys() {
                let found = format!("the create of {key} is not settled; see `plumb resolve`");
                checks.add(Outcome::Note, "ledger", found);
            }
        }
        Err(error) => checks.add(Outcome::Fail, "ledger", chain(&error)),
    }
}

/// What a problem says, on one line.
fn words(problem: Problem) -> String {
    let text: Vec<String> = problem.findings.into_iter().map(|found| found.message).collect();
    text.join("; ")
}

/// Says where marks are not shown: there the ledger is the only proof that something is ours.
fn marks(checks: &mut Checks, view: &LedgerView) {
    let unmarked = view.entries.values();
    let unmarked: Vec<&ResourceKey> = unmarked
        .filter(|entry| entry.provenance == Provenance::CreatedUnmarked)
        .map(|entry| &entry.key)
        .collect();
    if let Some(first) = unmarked.first() {
        let found = format!(
            "the server does not show the marks of {} resources, {first} first: only the ledger says \
             that they are this stack's",
            unmarked.len()
        );
        checks.add(Outcome::Note, "marks", found);
    }
}
