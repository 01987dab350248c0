//! The control routes, below `/_sandbox/`: steering and watching a world over HTTP.
//!
//! They take no API key and exist only where the server listens on loopback. All speak JSON;
//! errors are `{"error": text}` with status 400, 404 or 405.
//!
//! | route | does |
//! |---|---|
//! | `GET health` | `{status, now, calls, effects, objects}` |
//! | `GET clock` | `{now, realSeconds, scale}` |
//! | `POST clock` | `{scale?, now?, advanceSeconds?}`, in this order |
//! | `GET config` | the configuration, without the secrets of keys |
//! | `POST config` | JSON merge patch; `seed`, `epoch` and what is seeded are read at the start only |
//! | `GET faults` | the rules with `seen` and `fired` |
//! | `POST faults` | adds a rule, or a list of rules |
//! | `DELETE faults` | removes all rules |
//! | `POST edit` | an edit, or a list of edits, by somebody else |
//! | `GET requests?since=N` | the request log after record N |
//! | `GET audit?since=N` | who asked when for what, and what was answered, after record N |
//! | `GET effects?since=N` | the effect ledger after effect N |
//! | `GET findings` | what was noticed about clients |
//! | `GET state` | everything, API keys included, to be loaded again |
//! | `POST state` | replaces everything by a dumped state; the request log stays |

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::config::WorldConfig;
use crate::edit::Edit;
use crate::faults::FaultRule;
use crate::http::{Request, Response, query_pairs};
use crate::patch::merge;
use crate::time::Timestamp;
use crate::world::World;

/// The path below which the control routes live.
pub const PREFIX: &str = "/_sandbox/";

/// Every route, for telling a wrong method from a wrong path.
const ROUTES: [&str; 10] = [
    "health", "clock", "config", "faults", "edit", "requests", "audit", "effects", "findings",
    "state",
];

/// What `POST clock` takes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct ClockChange {
    scale: Option<u32>,
    now: Option<Timestamp>,
    advance_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    Many(Vec<T>),
    One(T),
}

/// Whether a path is a control route.
#[must_use]
pub fn owns(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Answers a control request.
pub(crate) fn answer(world: &mut World, request: &Request) -> Response {
    let route = request.path.strip_prefix(PREFIX).unwrap_or_default();
    let result = match (request.method.as_str(), route) {
        ("GET", "health") => Ok(health(world)),
        ("GET", "clock") => Ok(clock(world)),
        ("POST", "clock") => change_clock(world, request),
        ("GET", "config") => Ok(config(world)),
        ("POST", "config") => change_config(world, request),
        ("GET", "faults") => Ok(shown(world.faults().states())),
        ("POST", "faults") => add_faults(world, request),
        ("DELETE", "faults") => {
            world.faults_mut().clear();
            Ok(json!([]))
        }
        ("POST", "edit") => edit(world, request),
        ("GET", "requests") => {
            let records: Vec<_> = world.requests().since(since(request)).collect();
            Ok(shown(&records))
        }
        ("GET", "audit") => Ok(audit(world, since(request))),
        ("GET", "effects") => Ok(shown(world.effects().since(since(request)))),
        ("GET", "findings") => Ok(shown(world.findings())),
        ("GET", "state") => Ok(world.dump()),
        ("POST", "state") => load(world, request),
        (_, known) if ROUTES.contains(&known) => return failure(405, "method not allowed"),
        _ => return failure(404, "no such control route"),
    };
    match result {
        Ok(body) => Response::json(200, &body),
        Err(problem) => failure(400, &problem),
    }
}

fn health(world: &World) -> Value {
    json!({
        "status": "ok",
        "now": world.now(),
        "calls": world.calls(),
        "effects": world.effects().count(),
        "objects": world.object_count(),
    })
}

fn clock(world: &World) -> Value {
    let clock = world.clock();
    json!({
        "now": clock.now(),
        "realSeconds": clock.real().as_secs_f64(),
        "scale": clock.scale(),
    })
}

fn change_clock(world: &mut World, request: &Request) -> Result<Value, String> {
    let change: ClockChange = read(request)?;
    if let Some(scale) = change.scale {
        world.set_time_scale(scale);
    }
    if let Some(now) = change.now {
        world.set_time(now);
    }
    if let Some(seconds) = change.advance_seconds {
        world.advance(Duration::from_secs(seconds));
    }
    Ok(clock(world))
}

fn config(world: &World) -> Value {
    let mut config = world.config();
    for cloud in world.clouds() {
        let keys = config.clouds.get_mut(cloud.name()).and_then(|it| it.get_mut("keys"));
        for key in keys.and_then(Value::as_array_mut).into_iter().flatten() {
            let id = key["key"].as_str().map(|text| cloud.key_id(text)).unwrap_or_default();
            key["key"] = json!(format!("{id}.********"));
        }
    }
    shown(&config)
}

fn change_config(world: &mut World, request: &Request) -> Result<Value, String> {
    let patch: Value = read(request)?;
    if !patch.is_object() {
        return Err("the patch must be an object".to_owned());
    }
    let mut value = shown(&world.config());
    merge(&mut value, &patch, 0);
    let changed = WorldConfig::deserialize(&value).map_err(|problem| problem.to_string())?;
    world.configure(changed).map_err(|problem| problem.to_string())?;
    Ok(config(world))
}

fn add_faults(world: &mut World, request: &Request) -> Result<Value, String> {
    let rules = match read::<OneOrMany<FaultRule>>(request)? {
        OneOrMany::Many(rules) => rules,
        OneOrMany::One(rule) => vec![rule],
    };
    world.faults_mut().extend(rules);
    Ok(shown(world.faults().states()))
}

fn edit(world: &mut World, request: &Request) -> Result<Value, String> {
    let edits = match read::<OneOrMany<Edit>>(request)? {
        OneOrMany::Many(edits) => edits,
        OneOrMany::One(edit) => vec![edit],
    };
    let before = world.effects().count();
    for edit in &edits {
        world.edit(edit)?;
    }
    Ok(json!({ "effects": world.effects().since(before) }))
}

fn load(world: &mut World, request: &Request) -> Result<Value, String> {
    let dump: Value = read(request)?;
    world.load(&dump).map_err(|problem| problem.to_string())?;
    Ok(health(world))
}

/// The trail of calls: no bodies, and no way to change it.
fn audit(world: &World, since: u64) -> Value {
    let entries = world.requests().since(since).map(|record| {
        json!({
            "number": record.number,
            "id": record.id,
            "at": record.at,
            "cloud": record.cloud,
            "actor": record.actor,
            "operation": record.operation,
            "method": record.method,
            "path": record.path,
            "query": record.query,
            "status": record.status,
        })
    });
    entries.collect()
}

fn since(request: &Request) -> u64 {
    let pairs = query_pairs(&request.query);
    let found = pairs.iter().find(|(name, _)| name == "since");
    found.and_then(|(_, value)| value.parse().ok()).unwrap_or(0)
}

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, String> {
    let value: serde_json::Result<Value> = serde_json::from_slice(&request.body);
    value.and_then(|value| T::deserialize(&value)).map_err(|problem| problem.to_string())
}

fn shown<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn failure(status: u16, problem: &str) -> Response {
    Response::json(status, &json!({ "error": problem }))
}
