//! `plumb doctor`: whether everything a run needs is in order. Reads only.

use crate::arguments::Shared;
use crate::clouds::{Clouds, said};
use crate::connections;
use crate::environment::Environment;
use crate::exit::{Ended, Exit};
use crate::output::Output;
use crate::problem::{Problem, chain};
use crate::stack;
use plumb_kind::{Billing, Provider};
use plumb_manifest::Outside;
use plumb_model::key::ScopeLevel;
use plumb_model::ledger::Provenance;
use plumb_model::{LedgerView, Live, Observation, ResourceKey, Scope};
use plumb_render::sheet::dollars;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What one check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Odd,
    Bad,
}

#[derive(Debug, Default)]
struct Checks(Vec<(&'static str, String, Verdict)>);

impl Checks {
    fn add(&mut self, verdict: Verdict, what: &'static str, found: impl Into<String>) {
        self.0.push((what, found.into(), verdict));
    }

    fn ended(&self) -> Ended {
        let mut failed = self.0.iter().filter(|(_, _, verdict)| *verdict == Verdict::Bad);
        let Some((what, ..)) = failed.next() else { return Exit::Done.into() };
        let because = match failed.count() {
            0 => format!("1 check failed: {what}"),
            more => format!("{} checks failed, the first: {what}", more + 1),
        };
        Ended::because(Exit::Error, because)
    }

    fn text(&self) -> String {
        let line = |(what, found, verdict): &(&'static str, String, Verdict)| {
            let mark = match verdict {
                Verdict::Good => "ok  ",
                Verdict::Odd => "note",
                Verdict::Bad => "FAIL",
            };
            format!("{mark}  {what:<12} {found}\n")
        };
        self.0.iter().map(line).collect()
    }
}

/// Checks, and exits with 1 when something a run needs is missing.
pub(crate) async fn run(
    paths: &[PathBuf],
    shared: &Shared,
    environment: &Environment,
    output: &Output,
) -> Result<Ended, Problem> {
    let mut checks = Checks::default();
    configured(&mut checks, shared, environment);
    match Clouds::anywhere(shared, environment).await {
        Ok(clouds) => {
            for provider in clouds.connected() {
                reach(&mut checks, &clouds, provider).await;
            }
            clouds.stop().await;
        }
        Err(problem) => {
            for finding in problem.findings {
                let help = finding.help.map_or_else(String::new, |help| format!("; {help}"));
                checks.add(Verdict::Bad, "connection", format!("{}{help}", finding.message));
            }
        }
    }
    ledger(&mut checks, paths, shared);
    output.data(&checks.text());
    Ok(checks.ended())
}

fn configured(checks: &mut Checks, shared: &Shared, environment: &Environment) {
    if shared.sandbox {
        return checks.add(Verdict::Good, "connection", "the sandbox of all clouds, in process");
    }
    for connection in connections::all(environment).unwrap_or_default() {
        let connections::Connection { name, provider, endpoint, source, .. } = connection;
        let endpoint = connections::shown(&endpoint);
        let found = format!("{name} ({provider}) at {endpoint}, from {source}");
        checks.add(Verdict::Good, "connection", plumb_model::text::escape(&found));
    }
}

/// Lists what is global in one cloud: shows that the endpoint answers, and what the key may see.
async fn reach(checks: &mut Checks, clouds: &Clouds, provider: &'static dyn Provider) {
    let name = provider.name();
    let kinds = provider.kinds().iter().map(|kind| kind.rules());
    let global = kinds.filter(|rules| rules.level == ScopeLevel::Global);
    let places: Vec<_> = global.map(|rules| (rules.id.clone(), Scope::Global)).collect();
    let observed = clouds.engine.observe_scopes(&places).await;
    if clouds.engine.unreachable().contains(&name) {
        let because = clouds.engine.unreachable_because(name);
        let because = because.map_or_else(String::new, |because| format!(": {because}"));
        return checks.add(Verdict::Bad, "endpoint", format!("{name} does not answer{because}"));
    }
    if clouds.engine.refused_keys().contains(&name) {
        let because = said(clouds.engine.refused_because(name));
        return checks.add(Verdict::Bad, "key", format!("{name} did not accept it{because}"));
    }
    for gap in &observed.live.gaps {
        let found = format!("{} cannot be listed: {}", gap.kind.kind, gap.reason);
        checks.add(Verdict::Bad, "permission", found);
    }
    if observed.live.gaps.is_empty() {
        let sees = seen(&observed.live);
        let found = format!("{name} answers, and the key sees {sees}");
        checks.add(Verdict::Good, "endpoint", found);
    }
    if let Some(billing) = provider.billing() {
        bill(checks, clouds, (name, billing)).await;
    }
}

/// How many objects of which kinds there are.
fn seen(live: &Live) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, observation) in &live.objects {
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
        (Some(found), _) => checks.add(Verdict::Odd, "bill", super::cost::surplus(found)),
        (None, Some(rate)) => {
            let (hour, month) = (dollars(rate), dollars(rate.a_month()));
            checks.add(Verdict::Good, "bill", format!("{hour} an hour, {month} a month"));
        }
        (None, None) => {
            let why = super::why_unread(&billing.rate(), &snapshot);
            checks.add(Verdict::Odd, "bill", format!("it could not be read: {why}"));
        }
    }
}

fn ledger(checks: &mut Checks, paths: &[PathBuf], shared: &Shared) {
    let nothing = |_: &str| None;
    let outside = Outside { variable: &nothing, standard_input: None };
    let paths = if paths.is_empty() { vec![PathBuf::from(".")] } else { paths.to_vec() };
    let loaded = match stack::load(&paths, &outside, shared) {
        Ok(loaded) => loaded,
        Err(problem) => return checks.add(Verdict::Bad, "stack", words(problem)),
    };
    let stack = &loaded.stack.mark();
    match stack::refuse_unnamed(&loaded.stack, &loaded.root) {
        Ok(()) => {
            checks.add(Verdict::Good, "stack", format!("{stack}, at {}", loaded.root.display()));
        }
        Err(problem) => checks.add(Verdict::Odd, "stack", words(problem)),
    }
    let store = match stack::ledger_store(&loaded, shared) {
        Ok(store) => store,
        Err(problem) => return checks.add(Verdict::Bad, "ledger", words(problem)),
    };
    match store.read(stack) {
        Ok(view) => {
            let found = format!("{}: {} resources", store.place(), view.entries.len());
            checks.add(Verdict::Good, "ledger", found);
            marks(checks, &view);
            for key in view.open_intents.keys() {
                let found = format!("the create of {key} is not settled; see `plumb resolve`");
                checks.add(Verdict::Odd, "ledger", found);
            }
        }
        Err(error) => checks.add(Verdict::Bad, "ledger", chain(&error)),
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
        checks.add(Verdict::Odd, "marks", found);
    }
}
