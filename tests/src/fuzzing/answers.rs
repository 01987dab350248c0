//! Answers of clouds: what a server may send, read by everything that reads answers.
//!
//! An input is answers with lines `---` between them. The first line of an answer may be its
//! status; the rest is its body. The engine is given them in turn, again from the first when it
//! asks for more; each is also read on its own as an item, a list, a price, and a bill.

use super::bounded;
use super::manifest::example;
use crate::Complaint;
use crate::plumb::registry;
use jiff::Timestamp;
use jiff::civil::Date;
use plumb_engine::{
    BoxFuture, Clock, Engine, HttpRequest, HttpResponse, Observed, Settings, Transport,
    TransportError,
};
use plumb_kind::{Billing, ChargeFilter, Collection, Kind, Provider, Reading, Registry, Snapshot};
use plumb_manifest::{Outside, load, resolve};
use plumb_model::text::Secret;
use plumb_model::{Body, Desired, LedgerView, LiveObject, Observation, Policy, Scope};
use plumb_reconcile::{Ground, Planned, RunError};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Requests that are answered; then the network is gone, so that no input goes on for ever.
const MOST_REQUESTS: usize = 300;
/// Answers in an input.
const MOST_ANSWERS: usize = 32;
/// Items that are read on their own.
const MOST_ITEMS: usize = 64;

/// Reads an input in every way answers are read.
///
/// # Errors
/// When a table's row is not as wide as its head, or more is asked than a run may ask.
pub fn answers(bytes: &[u8]) -> Result<(), Complaint> {
    let answers = split(bounded(bytes));
    let registry = registry();
    for answer in &answers {
        let text = String::from_utf8_lossy(&answer.body);
        let body: Option<Body> = serde_json::from_slice(&answer.body).ok();
        for provider in registry.providers() {
            let _ = provider.classify(answer.status, body.as_ref(), &text);
            let _ = provider.explain(body.as_ref(), &text).to_string();
        }
        if let Some(body) = body {
            alone(&registry, &body)?;
        }
    }
    if answers.is_empty() { Ok(()) } else { in_turn(answers) }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    body: Vec<u8>,
}

fn split(bytes: &[u8]) -> Vec<Answer> {
    let (mut answers, mut lines): (Vec<Answer>, Vec<&[u8]>) = Default::default();
    for line in bytes.split(|byte| *byte == b'\n').chain([b"---".as_slice()]) {
        if line != b"---" {
            lines.push(line);
            continue;
        }
        let status = lines.first().and_then(|first| std::str::from_utf8(first).ok()?.parse().ok());
        let body = lines.get(usize::from(status.is_some())..).unwrap_or_default().join(&b'\n');
        answers.push(Answer { status: status.unwrap_or(200), body });
        lines.clear();
    }
    answers.truncate(MOST_ANSWERS);
    answers
}

/// One answer, read by all that might read it.
fn alone(registry: &Registry, body: &Body) -> Result<(), Complaint> {
    let items = items(body);
    let everything = |collections: &[Collection]| {
        let read = |collection: &Collection| (collection.id.clone(), Reading::Items(items.clone()));
        Snapshot(collections.iter().map(read).collect())
    };
    for kind in registry.kinds() {
        let _ = (kind.created_id(body), kind.created_warning(body), kind.read_bare(body));
        for scope in scopes() {
            let snapshot = everything(&kind.collections(&scope));
            for item in &items {
                let _ = kind.is_gone(item);
                if let Ok(live) = kind.read(item, &scope) {
                    object(kind, &live, &snapshot);
                }
            }
        }
    }
    for provider in registry.providers() {
        catalog(*provider, everything)?;
        if let Some(billing) = provider.billing() {
            bill(billing, everything);
        }
    }
    Ok(())
}

fn object(kind: &dyn Kind, live: &LiveObject, snapshot: &Snapshot) {
    let _ = kind.item(&live.key, live.remote_id.as_ref());
    let _ = kind.item_again(live);
    let _ = kind.details(live, snapshot);
    let _ = kind.describe(live, snapshot);
    let _ = kind.export_lookups(live, snapshot);
    let _ = kind.export(live, snapshot);
    for verb in kind.verbs() {
        let _ = kind.parts(verb.name, live);
    }
}

fn catalog(
    provider: &dyn Provider,
    everything: impl Fn(&[Collection]) -> Snapshot,
) -> Result<(), Complaint> {
    for section in provider.catalog() {
        let rows = (section.rows)(&everything(&section.collections)).unwrap_or_default();
        if rows.iter().any(|row| row.len() != section.columns.len()) {
            return Err(format!("a row of {} is not as wide as its head", section.title));
        }
    }
    Ok(())
}

fn bill(billing: &dyn Billing, everything: impl Fn(&[Collection]) -> Snapshot) {
    let _ = billing.read_rate(&everything(&[billing.rate()]));
    let day = Date::constant(2026, 2, 28);
    let filter = ChargeFilter { kinds: Vec::new(), earliest: Some(day), latest: Some(day) };
    let charges = billing.charges(&filter);
    let _ = billing.read_charges(&charges, &everything(std::slice::from_ref(&charges)));
    let report = billing.report(2026, 2);
    let _ = billing.read_report(&report, &everything(std::slice::from_ref(&report)));
    let _ = billing.unexplained(&everything(&billing.evidence()));
}

fn scopes() -> [Scope; 3] {
    let project = "gpu-fleet".to_owned();
    let workspace = "training".to_owned();
    [Scope::Global, Scope::Project(project.clone()), Scope::Workspace { project, workspace }]
}

/// The answer itself, and the elements of the lists in it.
fn items(body: &Body) -> Vec<Body> {
    let inner = body.as_object().into_iter().flat_map(plumb_model::Fields::values);
    let lists = std::iter::once(body).chain(inner).filter_map(Body::as_array);
    std::iter::once(body).chain(lists.flatten()).take(MOST_ITEMS).cloned().collect()
}

/// All answers, as a server gives them to a run that looks at everything and then plans.
fn in_turn(answers: Vec<Answer>) -> Result<(), Complaint> {
    let desired = desired()?;
    let built =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = built.map_err(|error| error.to_string())?;
    let script = Arc::new(Script { answers, next: AtomicUsize::new(0) });
    runtime.block_on(async {
        let engine = engine(&script)?;
        let mut discovered = engine.discover(|_| true).await;
        engine.read_export_lookups(&mut discovered).await;
        exported(&engine, &discovered);
        script.next.store(0, Ordering::Relaxed);
        let engine = self::engine(&script)?;
        let give_up = BTreeMap::new();
        let ground = Ground { engine: &engine, desired, loaded: None, give_up: &give_up };
        // Whatever the answers, looking ends, and not in a panic.
        let _: Result<Planned, RunError<Infallible>> =
            plumb_reconcile::look(&ground, &LedgerView::default(), Policy::default()).await;
        Ok(())
    })
}

fn exported(engine: &Engine, observed: &Observed) {
    for observation in observed.live.objects.values() {
        if let Observation::Present(object) = observation
            && let Some(kind) = engine.registry().kind(&object.key.kind)
        {
            let _ = kind.export(object, &observed.snapshot);
        }
    }
}

fn engine(script: &Arc<Script>) -> Result<Engine, Complaint> {
    let mut engine = Engine::new(registry(), Arc::new(Epoch), Settings::default());
    for provider in registry().providers() {
        let key = Secret::new("key");
        let connected = engine.connect_through(provider.name(), key, script.clone());
        connected.map_err(|error| error.to_string())?;
    }
    Ok(engine)
}

/// What the example repository declares.
fn desired() -> Result<&'static Desired, Complaint> {
    static DESIRED: OnceLock<Option<Desired>> = OnceLock::new();
    let read = || {
        let outside =
            Outside { variable: &|_| Some("Secret-123456".to_owned()), standard_input: None };
        resolve(&load(&[example()], &outside), &registry(), &outside).desired
    };
    DESIRED.get_or_init(read).as_ref().ok_or_else(|| "the example is refused".to_owned())
}

/// A server that says what it was given to say, whatever it is asked.
#[derive(Debug)]
struct Script {
    answers: Vec<Answer>,
    next: AtomicUsize,
}

impl Transport for Script {
    fn send(&self, _request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            let answer = turn.checked_rem(self.answers.len()).and_then(|at| self.answers.get(at));
            match answer {
                Some(Answer { status, body }) if turn < MOST_REQUESTS => {
                    Ok(HttpResponse { status: *status, headers: Vec::new(), body: body.clone() })
                }
                _ => Err(TransportError::NotSent("the network is gone".into())),
            }
        })
    }
}

/// A clock that stands still.
#[derive(Debug)]
struct Epoch;

impl Clock for Epoch {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}
