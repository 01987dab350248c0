//! The toy cloud's server, as a transport: lamps in a map, and a minute to light one.

use plumb_engine::{BoxFuture, Clock, HttpRequest, HttpResponse, Transport, TransportError};
use plumb_kind::Method;
use plumb_model::{Body, body};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Long enough to be polled more than once.
const WARMING: Duration = Duration::from_mins(1);

#[derive(Debug)]
struct Lamp {
    id: String,
    owner: String,
    spec: Body,
    lit_since: Option<Instant>,
}

/// The server.
#[derive(Debug)]
pub(crate) struct ToyCloud {
    began: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lamps: BTreeMap<String, Lamp>,
    made: u32,
    log: Vec<String>,
}

impl ToyCloud {
    /// A cloud without lamps.
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), state: Mutex::default() }
    }

    /// The requests that changed something since the last call.
    pub(crate) fn writes(&self) -> Vec<String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.log)
    }

    fn answer(&self, request: &HttpRequest) -> (u16, Body) {
        let mut state = self.state.lock().unwrap();
        if request.method != Method::Get {
            state.log.push(format!("{} {}", request.method, request.target));
        }
        let body: Body = request
            .body
            .as_ref()
            .map(|bytes| serde_json::from_slice(bytes).unwrap())
            .unwrap_or_default();
        let parts: Vec<&str> = request.target.split('/').skip(1).collect();
        match (request.method, parts.as_slice()) {
            (Method::Get, ["lamps"]) => {
                let lamps: Vec<Body> = state.lamps.iter().map(shown).collect();
                (200, body!({"lamps": lamps}))
            }
            (Method::Post, ["lamps"]) => state.create(&body),
            (method, ["lamps", name, rest @ ..]) => state.on_one(method, name, rest, &body),
            _ => (404, body!("no such path")),
        }
    }
}

impl State {
    fn create(&mut self, body: &Body) -> (u16, Body) {
        let name = body["name"].as_str().unwrap().to_owned();
        if self.lamps.contains_key(&name) {
            return (409, body!("there is one"));
        }
        self.made += 1;
        let owner = body["owner"].as_str().unwrap().to_owned();
        let id = format!("lamp-{}", self.made);
        let lamp = Lamp { id, owner, spec: body["spec"].clone(), lit_since: None };
        self.lamps.insert(name, lamp);
        (201, body!({}))
    }

    fn on_one(&mut self, method: Method, name: &str, rest: &[&str], body: &Body) -> (u16, Body) {
        let Some((key, mut lamp)) = self.lamps.remove_entry(name) else {
            return (404, body!("no such lamp"));
        };
        let answer = match (method, rest) {
            (Method::Delete, []) => return (204, Body::Null),
            (Method::Get, []) => (200, shown((&key, &lamp))),
            (Method::Put, []) => {
                body["owner"].as_str().unwrap().clone_into(&mut lamp.owner);
                lamp.spec = body["spec"].clone();
                (200, body!({}))
            }
            (Method::Post, ["light"]) => {
                lamp.lit_since = Some(Instant::now());
                (202, body!({}))
            }
            _ => (404, body!("no such path")),
        };
        self.lamps.insert(key, lamp);
        answer
    }
}

/// A lamp as the server shows it: with a default of its own, and its tags in its own order.
fn shown((name, lamp): (&String, &Lamp)) -> Body {
    let state = match lamp.lit_since {
        None => "dark",
        Some(since) if since.elapsed() < WARMING => "warming",
        Some(_) => "lit",
    };
    let mut spec = lamp.spec.clone();
    spec["brightness"] = body!(80);
    if let Some(tags) = spec.get_mut("tags").and_then(Body::as_array_mut) {
        tags.reverse();
    }
    body!({"name": name, "id": lamp.id, "owner": lamp.owner, "state": state, "spec": spec})
}

impl Transport for ToyCloud {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let (status, body) = self.answer(&request);
            let body = body.to_wire().unwrap();
            Ok(HttpResponse { status, headers: Vec::new(), body })
        })
    }
}

impl Clock for ToyCloud {
    fn now(&self) -> jiff::Timestamp {
        let passed = i64::try_from(self.began.elapsed().as_secs()).unwrap();
        jiff::Timestamp::from_second(1_800_000_000 + passed).unwrap()
    }
}
