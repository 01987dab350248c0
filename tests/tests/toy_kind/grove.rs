//! The orchard's server, as a transport: objects in maps, pages of two by token, and no answer to a
//! key that does not come in its own header.

use crate::orchard::HEADER;
use plumb_engine::{BoxFuture, Clock, HttpRequest, HttpResponse, Transport, TransportError};
use plumb_kind::Method;
use plumb_model::{Body, body};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The server.
#[derive(Debug)]
pub(crate) struct Grove {
    began: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<(String, String), Body>,
    log: Vec<String>,
    /// Pages that were asked for by a token.
    turned: usize,
}

impl Grove {
    /// An empty orchard.
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The requests that changed something since the last call.
    pub(crate) fn writes(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log)
    }

    /// How many pages were asked for by a token since the last call.
    pub(crate) fn turned(&self) -> usize {
        std::mem::take(&mut self.state().turned)
    }

    /// Somebody else changes an object.
    pub(crate) fn meddle(&self, (plural, name): (&str, &str), change: impl FnOnce(&mut Body)) {
        change(self.state().objects.get_mut(&(plural.to_owned(), name.to_owned())).unwrap());
    }

    fn answer(&self, request: &HttpRequest) -> (u16, Body) {
        let mut state = self.state();
        if !request.headers.iter().any(|(name, value)| *name == HEADER && value.expose() == "key") {
            return (401, body!("who is there?"));
        }
        if request.method != Method::Get {
            state.log.push(format!("{} {}", request.method, request.target));
        }
        let body: Body = request
            .body
            .as_ref()
            .map(|bytes| serde_json::from_slice(bytes).unwrap())
            .unwrap_or_default();
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let parts: Vec<&str> = path.split('/').skip(2).collect();
        match (request.method, parts.as_slice()) {
            (Method::Get, [plural]) => (200, state.page(plural, query)),
            (Method::Post, [plural]) => {
                let name = body["metadata"]["name"].as_str().unwrap().to_owned();
                state.put((*plural).to_owned(), name, body)
            }
            (method, [plural, name]) => {
                let place = ((*plural).to_owned(), (*name).to_owned());
                if !state.objects.contains_key(&place) {
                    return (404, body!("nothing grows there"));
                }
                match method {
                    Method::Delete => {
                        state.objects.remove(&place);
                        (204, Body::Null)
                    }
                    Method::Put => {
                        state.objects.insert(place, grown(body));
                        (200, body!({}))
                    }
                    _ => (200, state.objects[&place].clone()),
                }
            }
            _ => (404, body!("no such path")),
        }
    }
}

impl State {
    fn put(&mut self, plural: String, name: String, body: Body) -> (u16, Body) {
        if self.objects.contains_key(&(plural.clone(), name.clone())) {
            return (409, body!("there is one"));
        }
        self.objects.insert((plural, name), grown(body));
        (201, body!({}))
    }

    /// Two objects after the one the token names.
    fn page(&mut self, plural: &str, query: &str) -> Body {
        const SIZE: usize = 2;
        let token = query.split('&').find_map(|pair| pair.strip_prefix("page_token="));
        self.turned += usize::from(token.is_some());
        let all = self.objects.iter().filter(|((kind, _), _)| kind == plural);
        let rest: Vec<(&str, &Body)> = all
            .map(|((_, name), object)| (name.as_str(), object))
            .filter(|(name, _)| token.is_none_or(|token| *name > token))
            .collect();
        let shown = rest.get(..SIZE.min(rest.len())).unwrap();
        let items: Vec<Body> = shown.iter().map(|(_, object)| (*object).clone()).collect();
        let next = shown.last().filter(|_| rest.len() > SIZE).map(|(name, _)| *name);
        body!({"items": items, "next": next})
    }
}

/// As it comes back: watered weekly unless it is said otherwise, without what is secret.
fn grown(mut object: Body) -> Body {
    if let Some(spec) = object.get_mut("spec").and_then(Body::as_object_mut) {
        spec.remove("gate");
        if !spec.contains_key("water") && !spec.contains_key("tree") {
            spec.insert("water", "weekly".into());
        }
    }
    object["status"] = body!({"state": "grown"});
    object
}

impl Transport for Grove {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let (status, body) = self.answer(&request);
            let body = body.to_wire().unwrap();
            Ok(HttpResponse { status, headers: Vec::new(), body })
        })
    }
}

impl Clock for Grove {
    fn now(&self) -> jiff::Timestamp {
        let passed = i64::try_from(self.began.elapsed().as_secs()).unwrap();
        jiff::Timestamp::from_second(1_800_000_000 + passed).unwrap()
    }
}
