//! From a request to a reply: faults, routing, carrying out, logging.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::TransportFault;
use crate::faults::{
    CallFate, DuplicateAnswer, FaultEffect, FaultMatch, FaultRule, FaultTiming, LateCall,
};
use crate::http::{Reply, Request, Response};
use crate::limits::{Beyond, ComeBack};
use crate::requests::{Delivery, RequestRecord};
use crate::stage::{CurrentCall, Stage};
use crate::world::World;
use crate::{control, ids, openapi};

/// Answers a request and changes the world accordingly: the whole sandbox as one function.
///
/// # Guarantees
///
/// The same world and request give the same reply and the same world. No input panics.
pub fn handle(world: &mut World, request: &Request) -> Reply {
    world.observe(request.at);
    if control::owns(&request.path) {
        return Reply::Answer(control::answer(world, request));
    }
    if let Some(document) = openapi::answer(world, request) {
        return Reply::Answer(document);
    }
    call(world, request)
}

/// A call to a cloud.
fn call(world: &mut World, request: &Request) -> Reply {
    world.stage.calls += 1;
    let number = world.calls();
    let real = world.clock().real();
    carry_out_late_calls(world);
    make_scheduled_edits(world);
    let owner = world.of_path(&request.path);
    let owner = owner.map(|(cloud, _)| (cloud.name(), cloud.routes().operation(request)));
    let (cloud, operation) = owner.unzip();
    let operation = operation.flatten();
    let stage = &mut world.stage;
    let decision = stage.faults.decide(request, operation.unwrap_or_default());
    if decision.counted {
        stage.touch();
    }
    let fault = decision.fired.or_else(|| transport_fault(stage, number));
    let fault = fault.or_else(|| rate_limit(stage, cloud));
    let effects_before = stage.effects().count();
    let mut reply = meet(world, request, number, fault.as_ref());
    let latency = Duration::from_millis(world.stage.config.latency_ms);
    if let Reply::Answer(response) | Reply::Truncated(response, _) = &mut reply {
        response.delay = response.delay.saturating_add(latency);
    }
    let cloud = world.of_path(&request.path);
    let cloud = cloud.map(|(cloud, stage)| (cloud.name(), cloud.caller(stage, request)));
    let (cloud, actor) = cloud.map_or((None, None), |(name, actor)| (Some(name), actor));
    let record = RequestRecord {
        number,
        id: world.request_id(number),
        real,
        at: world.now(),
        cloud: cloud.map(str::to_owned),
        operation: operation.map(str::to_owned),
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        header_names: request.headers.iter().map(|(name, _)| name.to_lowercase()).collect(),
        body: serde_json::from_slice(&request.body).ok(),
        actor: actor.unwrap_or_default(),
        status: status_of(&reply),
        delivery: delivery_of(&reply),
        fault: fault.map(|rule| rule.name),
        effects: (effects_before + 1..=world.effects().count()).collect(),
    };
    world.stage.requests.push(record);
    reply
}

/// Lets a call meet the fault that was decided for it.
fn meet(world: &mut World, request: &Request, number: u64, fault: Option<&FaultRule>) -> Reply {
    let Some(rule) = fault else { return Reply::Answer(carry_out(world, request, number)) };
    match &rule.effect {
        FaultEffect::Respond { status, headers, body, call } => {
            if *call == CallFate::Done {
                carry_out(world, request, number);
            }
            let made_up = made_up(world, &request.path, *status, headers, body.as_deref());
            Reply::Answer(finish(&world.stage, made_up, number))
        }
        FaultEffect::Delay { ms } => {
            let mut response = carry_out(world, request, number);
            response.delay = Duration::from_millis(*ms);
            Reply::Answer(response)
        }
        FaultEffect::LostBefore => Reply::Drop,
        FaultEffect::LostAfter => {
            carry_out(world, request, number);
            Reply::Drop
        }
        FaultEffect::CloseMidBody { bytes } => {
            Reply::Truncated(carry_out(world, request, number), *bytes)
        }
        FaultEffect::Duplicate { answer } => {
            let first = carry_out(world, request, number);
            let second = carry_out(world, request, number);
            Reply::Answer(match answer {
                DuplicateAnswer::First => first,
                DuplicateAnswer::Second => second,
            })
        }
        FaultEffect::LateEffect { after_calls } => {
            let remaining = (*after_calls).max(1);
            world.stage.late.push(LateCall { remaining, number, request: request.clone() });
            world.stage.touch();
            Reply::Drop
        }
        FaultEffect::Edit { edit } => {
            if let Err(problem) = world.edit(edit) {
                tracing::warn!(rule = rule.name, problem, "edit of a fault rule failed");
            }
            Reply::Answer(carry_out(world, request, number))
        }
    }
}

/// Carries a call out on behalf of whoever signed it.
fn carry_out(world: &mut World, request: &Request, number: u64) -> Response {
    let digest = if request.body.is_empty() { String::new() } else { ids::digest(&request.body) };
    let current = CurrentCall { request: world.request_id(number), actor: String::new(), digest };
    world.stage.set_current(current);
    let response = match world.of_path(&request.path) {
        Some((cloud, stage)) => cloud.answer(stage, request),
        None => refusal(world, &request.path, 404, "no such path"),
    };
    world.stage.set_current(CurrentCall::default());
    finish(&world.stage, response, number)
}

/// An error in the form of the cloud the path belongs to; where it belongs to none, of the first.
fn refusal(world: &World, path: &str, status: u16, text: &str) -> Response {
    let owner = world.clouds().find(|cloud| cloud.owns(path));
    match owner.or_else(|| world.clouds().next()) {
        Some(cloud) => cloud.refusal(status, text),
        None => Response::empty(status),
    }
}

/// The headers every answer of a cloud has. `Date` is virtual time: the contract compares
/// timestamps of objects with it (4.4).
fn finish(stage: &Stage, mut response: Response, number: u64) -> Response {
    response.headers.push(("date".to_owned(), stage.now().http_date()));
    response.headers.push(("x-request-id".to_owned(), stage.request_id(number)));
    response
}

fn made_up(
    world: &World,
    path: &str,
    status: u16,
    headers: &BTreeMap<String, String>,
    body: Option<&str>,
) -> Response {
    let mut response = match body {
        None => refusal(world, path, status, "the sandbox was told to answer so"),
        Some(text) => {
            let kind =
                if text.trim_start().starts_with('<') { "text/html" } else { "application/json" };
            Response {
                headers: vec![("content-type".to_owned(), kind.to_owned())],
                body: text.as_bytes().to_vec(),
                ..Response::empty(status)
            }
        }
    };
    let more = headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
    response.headers.retain(|(name, _)| !headers.keys().any(|it| it.eq_ignore_ascii_case(name)));
    response.headers.extend(more);
    response
}

/// The fault the `transport` setting holds for the call of this number.
fn transport_fault(stage: &Stage, number: u64) -> Option<FaultRule> {
    let knob = &stage.config.transport;
    let (every, burst) = (knob.every.max(1), knob.burst);
    let place = number.saturating_sub(1) % every;
    if place < every.saturating_sub(burst) {
        return None;
    }
    let respond = |status: u16, headers: BTreeMap<String, String>, body: Option<&str>| {
        let body = body.map(str::to_owned);
        FaultEffect::Respond { status, headers, body, call: CallFate::Skipped }
    };
    let retry_after = ("retry-after".to_owned(), knob.retry_after.to_string());
    let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    let effect = match knob.fault {
        TransportFault::None => return None,
        TransportFault::Slow => FaultEffect::Delay { ms: knob.slow_ms },
        TransportFault::TooManyRequests => respond(429, BTreeMap::from([retry_after]), None),
        TransportFault::TooManyRequestsBare => respond(429, BTreeMap::new(), None),
        TransportFault::InternalError => respond(500, BTreeMap::new(), None),
        TransportFault::BadGateway => respond(502, BTreeMap::new(), None),
        TransportFault::Unavailable => respond(503, BTreeMap::new(), None),
        TransportFault::GatewayTimeout => respond(504, BTreeMap::new(), None),
        TransportFault::Html => respond(502, BTreeMap::new(), Some(page)),
        TransportFault::LostAfterCommit => FaultEffect::LostAfter,
    };
    Some(always("knob: transport", effect))
}

/// The refusal of a call that goes beyond a limit.
fn rate_limit(stage: &mut Stage, cloud: Option<&str>) -> Option<FaultRule> {
    let Beyond { wait, retry_after } = stage.beyond_limits(cloud)?;
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let said = match retry_after {
        ComeBack::Silent => None,
        ComeBack::Seconds => Some(seconds.to_string()),
        ComeBack::Date => Some(stage.now().after(Duration::from_secs(seconds)).http_date()),
    };
    let headers = said.map(|said| ("retry-after".to_owned(), said)).into_iter().collect();
    let effect = FaultEffect::Respond { status: 429, headers, body: None, call: CallFate::Skipped };
    Some(always("limit", effect))
}

/// A rule for the call that it is decided for.
fn always(name: &str, effect: FaultEffect) -> FaultRule {
    let (matches, when) = (FaultMatch::default(), FaultTiming::default());
    FaultRule { name: name.to_owned(), matches, when, effect }
}

fn carry_out_late_calls(world: &mut World) {
    let stage = &mut world.stage;
    if stage.late.is_empty() {
        return;
    }
    stage.touch();
    for late in &mut stage.late {
        late.remaining = late.remaining.saturating_sub(1);
    }
    let due: Vec<_> = stage.late.extract_if(.., |late| late.remaining == 0).collect();
    for late in due {
        carry_out(world, &late.request, late.number);
    }
}

fn make_scheduled_edits(world: &mut World) {
    let calls = world.calls();
    let scheduled = &mut world.stage.config.out_of_band;
    let due: Vec<_> = scheduled.extract_if(.., |it| it.at_call <= calls).collect();
    for scheduled in due {
        if let Err(problem) = world.edit(&scheduled.edit) {
            tracing::warn!(call = calls, problem, "scheduled edit failed");
        }
    }
}

fn status_of(reply: &Reply) -> u16 {
    match reply {
        Reply::Answer(response) | Reply::Truncated(response, _) => response.status,
        Reply::Drop => 0,
    }
}

fn delivery_of(reply: &Reply) -> Delivery {
    match reply {
        Reply::Answer(_) => Delivery::Answered,
        Reply::Drop => Delivery::Dropped,
        Reply::Truncated(..) => Delivery::Truncated,
    }
}
