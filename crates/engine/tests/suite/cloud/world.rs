//! What is in the cloud and what it answers. Written from no code of the engine.
//!
//! `/folders` holds folders; `/in/{folder}/{kind}` holds the rest. Names are unique but for
//! machines, of which a POST always makes another.

use plumb_engine::HttpRequest;
use plumb_kind::Method;
use plumb_model::{Body, body};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::Instant;

/// Midnight, when every world begins.
const BEGINNING: &str = "2026-01-01T00:00:00Z";

/// An object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) id: String,
    pub(crate) body: Body,
    pub(crate) status: Status,
}

/// Its status as the server has it, and what readers still see.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) phase: &'static str,
    pub(crate) action: Option<&'static str>,
    pub(crate) power: &'static str,
    pub(crate) completed: Option<Duration>,
    /// When what is under way ends, and how.
    pub(crate) then: Option<(Duration, &'static str)>,
    /// The earlier status, for so many more reads.
    pub(crate) stale: Option<(usize, Box<Status>)>,
}

/// The world and its habits.
pub(crate) struct World {
    began: Instant,
    next_id: usize,
    pub(crate) collections: BTreeMap<String, Vec<Object>>,
    /// How often each path and name was made.
    pub(crate) made: BTreeMap<String, usize>,
    pub(crate) published: BTreeMap<String, usize>,
    pub(crate) page_cap: usize,
    pub(crate) deploys: Duration,
    pub(crate) deploy_result: &'static str,
    pub(crate) deletes: Duration,
    pub(crate) delete_result: &'static str,
    pub(crate) stale_reads: usize,
    /// Fields of the spec that a write does not change.
    pub(crate) ignored: BTreeSet<String>,
    pub(crate) thin_lists: bool,
    /// Until when lists do not show anything.
    pub(crate) lists_lag_until: Duration,
    pub(crate) drop_labels: bool,
    /// Makes an object in this collection whenever one of its pages was read.
    pub(crate) intruder: Option<String>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            next_id: 1,
            collections: BTreeMap::from([("/folders".to_owned(), Vec::new())]),
            made: BTreeMap::new(),
            published: BTreeMap::new(),
            page_cap: 50,
            deploys: Duration::from_secs(30),
            deploy_result: "ready",
            deletes: Duration::from_secs(20),
            delete_result: "gone",
            stale_reads: 0,
            ignored: BTreeSet::new(),
            thin_lists: false,
            lists_lag_until: Duration::ZERO,
            drop_labels: false,
            intruder: None,
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    pub(crate) fn date(&self) -> String {
        jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&at(self.now()))
            .unwrap()
    }

    /// Puts an object in by hand; a folder brings its collections along.
    pub(crate) fn put(
        &mut self,
        path: &str,
        name: &str,
        spec: Body,
        label: Option<&str>,
    ) -> &mut Object {
        let id = format!("id-{}", self.next_id);
        self.next_id += 1;
        if path == "/folders" {
            for kind in ["notes", "things", "machines"] {
                self.collections.entry(format!("/in/{name}/{kind}")).or_default();
            }
        }
        let labels = label.map_or(body!({}), |label| body!({"plumb.dev/stack": label}));
        let body = body!({"metadata": {"name": name, "labels": labels}, "spec": spec});
        let status = Status {
            phase: if path.ends_with("/things") { "not_deployed" } else { "ready" },
            action: None,
            power: "on",
            completed: None,
            then: None,
            stale: None,
        };
        let objects = self.collections.entry(path.to_owned()).or_default();
        objects.push(Object { id, body, status });
        objects.last_mut().unwrap()
    }

    pub(crate) fn find(&mut self, path: &str, name: &str) -> Option<&mut Object> {
        let objects = self.collections.get_mut(path)?;
        objects.iter_mut().find(|object| object.name() == name || object.id == name)
    }

    /// Answers a request.
    pub(crate) fn handle(&mut self, request: &HttpRequest) -> (u16, String) {
        self.tick();
        let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
        let query: BTreeMap<&str, &str> =
            query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let body = request.body.as_ref().map(|body| serde_json::from_slice(body).unwrap());
        let (status, answer) = match (request.method, self.collections.contains_key(path)) {
            (Method::Get, true) => (200, self.list(path, &query)),
            (Method::Post, true) => self.post(path, body.unwrap_or_default(), &query),
            (method, false) => self.item(method, path),
            _ => (405, body!({"error": "no such method"})),
        };
        (status, answer.shown().to_string())
    }

    fn list(&mut self, path: &str, query: &BTreeMap<&str, &str>) -> Body {
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
        let limit = number("limit").unwrap_or(self.page_cap).min(self.page_cap);
        let offset = number("offset").unwrap_or(0);
        if self.now() < self.lists_lag_until && path != "/folders" {
            return body!({"items": [], "total": 0, "limit": limit});
        }
        let total = self.collections[path].len();
        let mut items = Vec::new();
        let thin = self.thin_lists;
        for object in self.collections.get_mut(path).unwrap().iter_mut().skip(offset).take(limit) {
            let mut item = object.read();
            if thin {
                item.as_object_mut().unwrap().remove("spec");
            }
            items.push(item);
        }
        if self.intruder.as_deref() == Some(path) {
            let name = format!("intruder-{}", self.next_id);
            self.put(path, &name, body!({}), None);
            self.collections.get_mut(path).unwrap().rotate_right(1);
        }
        body!({"items": items, "total": total, "limit": limit})
    }

    fn post(&mut self, path: &str, body: Body, query: &BTreeMap<&str, &str>) -> (u16, Body) {
        let name = body["metadata"]["name"].as_str().unwrap().to_owned();
        let only_new = query.get("fail-on-exists") == Some(&"true");
        let unique = !path.ends_with("/machines");
        let exists = self.find(path, &name).is_some();
        if exists && unique && only_new {
            return (409, body!({"error": format!("{name} exists")}));
        }
        if exists && unique {
            return self.replace(path, &name, body);
        }
        *self.made.entry(format!("{path}/{name}")).or_default() += 1;
        let label = body["metadata"]["labels"]["plumb.dev/stack"].as_str().map(str::to_owned);
        let label = label.filter(|_| !self.drop_labels);
        let object = self.put(path, &name, body["spec"].clone(), label.as_deref());
        (201, body!({"id": object.id}))
    }

    fn replace(&mut self, path: &str, name: &str, body: Body) -> (u16, Body) {
        let ignored = self.ignored.clone();
        let drop_labels = self.drop_labels;
        let object = self.find(path, name).unwrap();
        if object.is_busy() {
            return (409, body!({"error": format!("{name} is busy")}));
        }
        let mut spec = body["spec"].clone();
        for field in ignored {
            spec[field.as_str()] = object.body["spec"][field.as_str()].clone();
        }
        object.body["spec"] = spec;
        if !drop_labels {
            object.body["metadata"]["labels"] = body["metadata"]["labels"].clone();
        }
        (200, body!({"id": object.id}))
    }

    fn item(&mut self, method: Method, path: &str) -> (u16, Body) {
        let (rest, last) = path.rsplit_once('/').unwrap();
        if self.collections.contains_key(rest) {
            return match method {
                Method::Get => {
                    let found = self.find(rest, last).map(Object::read);
                    found.map_or((404, body!({"error": "not there"})), |body| (200, body))
                }
                Method::Delete => self.delete(rest, last),
                _ => (405, body!({"error": "no such method"})),
            };
        }
        let Some((collection, name)) = rest.rsplit_once('/') else {
            return (404, body!({"error": "no such place"}));
        };
        if method == Method::Post && self.find(collection, name).is_some() {
            return self.verb(collection, name, last);
        }
        (404, body!({"error": "no such place"}))
    }

    fn verb(&mut self, path: &str, name: &str, verb: &str) -> (u16, Body) {
        let (now, deploys) = (self.now(), self.deploys);
        let (result, stale) = (self.deploy_result, self.stale_reads);
        let object = self.find(path, name).unwrap();
        if object.is_busy() {
            return (409, body!({"error": format!("{name} is busy")}));
        }
        let before = object.status.clone();
        let (action, power, then) = match verb {
            "publish" => ("publish", before.power, result),
            "start" => ("start", "on", "ready"),
            "stop" => ("stop", "off", "ready"),
            "reset" => ("reset", before.power, "ready"),
            _ => return (400, body!({"error": "no such verb"})),
        };
        let switches = verb == "start" || verb == "stop";
        if switches && (before.power == power || before.phase != "ready") {
            return (409, body!({"error": format!("{name} is {power} already")}));
        }
        object.status = Status {
            phase: "pending",
            action: Some(action),
            power,
            completed: None,
            then: Some((now + deploys, then)),
            stale: (stale > 0).then(|| (stale, Box::new(before))),
        };
        if verb == "publish" {
            *self.published.entry(format!("{path}/{name}")).or_default() += 1;
        }
        (202, body!({}))
    }

    fn delete(&mut self, path: &str, name: &str) -> (u16, Body) {
        let (now, deletes, result) = (self.now(), self.deletes, self.delete_result);
        let Some(object) = self.find(path, name) else {
            return (404, body!({"error": "not there"}));
        };
        if object.is_busy() {
            return (409, body!({"error": format!("{name} is busy")}));
        }
        object.status = Status {
            phase: "deleting",
            action: Some("delete"),
            then: Some((now + deletes, result)),
            stale: None,
            ..object.status.clone()
        };
        self.tick();
        (202, body!({}))
    }

    /// Ends what was under way long enough.
    pub(crate) fn tick(&mut self) {
        let now = self.now();
        for objects in self.collections.values_mut() {
            for object in objects.iter_mut() {
                if let Some((due, then)) = object.status.then
                    && due <= now
                {
                    object.status.phase = then;
                    object.status.completed = Some(due);
                    object.status.then = None;
                }
            }
            objects.retain(|object| object.status.phase != "gone");
        }
    }
}

/// A moment on the world's clock.
fn at(moment: Duration) -> jiff::Timestamp {
    BEGINNING.parse::<jiff::Timestamp>().unwrap().checked_add(moment).unwrap()
}

impl Object {
    pub(crate) fn name(&self) -> &str {
        self.body["metadata"]["name"].as_str().unwrap()
    }

    fn is_busy(&self) -> bool {
        matches!(self.status.phase, "pending" | "deleting")
    }

    /// What a reader sees, which may be old.
    fn read(&mut self) -> Body {
        let shown = match &mut self.status.stale {
            Some((left, earlier)) if *left > 0 => {
                *left -= 1;
                (**earlier).clone()
            }
            _ => self.status.clone(),
        };
        let completed = shown.completed.map(|moment| at(moment).to_string());
        let mut body = self.body.clone();
        body["id"] = body!(self.id);
        body["status"] = body!({
            "phase": shown.phase,
            "action": shown.action,
            "power": shown.power,
            "completed": completed,
            "output": {"address": {"value": format!("10.0.0.{}", self.id.len())}},
        });
        body
    }
}
