//! Events and usage, as partners read them (contract 9, R-61, R-104).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::chronicle::Happening;
use super::errors::{error, invalid};
use super::kinds::Kind;
use super::organization::{Organization, PARTNER_ID};
use super::paging::{self, Order};
use super::world::{Call, World};
use plumb_sandbox::http::Response;
use plumb_sandbox::time::Timestamp;

/// The statuses in which something counts as used.
const USED: [&str; 4] = ["success", "deployed", "actioncomplete", "actionfailed"];

/// The statuses that end a use.
const UNUSED: [&str; 3] = ["destroyed", "failed", "not_deployed"];

/// Lists what happened to instances or services.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let range = Range::of(call)?;
    let page = paging::page_in(call, &world.config.knobs, order(call)?)?;
    own_only(world, call, "org_id")?;
    let kind = kind_of(call);
    let rafay = &*world.rafay;
    let status = call.query("status");
    let profile = call.query("profile_id");
    let wanted = rafay.chronicle.iter().filter(|it| {
        it.key.kind == kind
            && range.holds(it.at)
            && status.is_none_or(|status| it.status == status)
            && profile.is_none_or(|id| profile_id(world, it) == id)
    });
    let wanted: Vec<&Happening> = wanted.collect();
    let total = wanted.len();
    let shown = page.cut(wanted.into_iter()).into_iter().map(|it| event(world, it));
    let body = json!({
        "events": shown.collect::<Vec<_>>(),
        "count": total,
        "limit": page.limit,
        "offset": page.offset,
    });
    Ok(Response::json(200, &body))
}

/// Lists how long each instance or service was used.
pub(crate) fn usage(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let range = Range::of(call)?;
    let page = paging::page_in(call, &world.config.knobs, Order::Ascending)?;
    own_only(world, call, "instance_organization_id")?;
    let kind = kind_of(call);
    let all = uses(world, kind, &range);
    let total = all.len();
    let shown = page.cut(all.iter()).into_iter().map(|it| instance(world, it));
    let mut body = about(world.rafay, kind, &range);
    body["instance_usage_data"] = shown.collect();
    body["count"] = json!(total);
    body["limit"] = json!(page.limit);
    body["offset"] = json!(page.offset);
    Ok(Response::json(200, &body))
}

/// Lists how long what is made from each profile was used.
pub(crate) fn profiles(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let range = Range::of(call)?;
    let page = paging::page_in(call, &world.config.knobs, Order::Ascending)?;
    own_only(world, call, "instance_organization_id")?;
    let kind = kind_of(call);
    let mut hours: BTreeMap<(String, String), f64> = BTreeMap::new();
    for used in uses(world, kind, &range) {
        let profile = (used.last.profile.clone(), profile_id(world, used.last));
        *hours.entry(profile).or_default() += used.hours;
    }
    let total = hours.len();
    let shown = page.cut(hours.into_iter()).into_iter().map(|((name, id), hours)| {
        json!({
            "profile_id": id,
            "profile_name": name,
            "usage": format!("{hours:.2}h"),
            "raw_usage": hours,
        })
    });
    let shown: Value = shown.collect();
    let mut body = about(world.rafay, kind, &range);
    body["profile_usage_data"] = shown;
    body["count"] = json!(total);
    body["limit"] = json!(page.limit);
    body["offset"] = json!(page.offset);
    Ok(Response::json(200, &body))
}

/// The time that is asked about.
#[derive(Debug, Clone, Copy)]
struct Range {
    from: Timestamp,
    to: Timestamp,
}

impl Range {
    fn of(call: &Call<'_>) -> Result<Self, Response> {
        let moment = |name: &str| {
            let found = call.query(name).and_then(Timestamp::parse);
            found.ok_or_else(|| invalid(&format!("{name} must be a moment in RFC 3339")))
        };
        Ok(Range { from: moment("range_from")?, to: moment("range_to")? })
    }

    fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// One use of an instance or a service.
#[derive(Debug)]
struct Use<'a> {
    last: &'a Happening,
    created_at: Timestamp,
    from: Timestamp,
    to: Timestamp,
    hours: f64,
}

/// How long each was used within a time, in the order they were made.
fn uses<'a>(world: &'a World<'_>, kind: Kind, range: &Range) -> Vec<Use<'a>> {
    let end = range.to.min(world.stage.now());
    let mut order: Vec<&str> = Vec::new();
    let mut lives: BTreeMap<&str, Vec<&Happening>> = BTreeMap::new();
    for it in world.rafay.chronicle.iter().filter(|it| it.key.kind == kind) {
        let life = lives.entry(&it.id).or_default();
        if life.is_empty() {
            order.push(&it.id);
        }
        life.push(it);
    }
    let used = order.into_iter().filter_map(|id| used(lives.get(id)?, range.from, end));
    used.collect()
}

/// How long one was used: from the first time it was ready until it was no more.
fn used<'a>(life: &[&'a Happening], from: Timestamp, to: Timestamp) -> Option<Use<'a>> {
    let (mut since, mut micros) = (None, 0_i64);
    let (mut first, mut last_moment) = (None, None);
    let mut add = |start: Timestamp, end: Timestamp| {
        let (start, end) = (start.max(from), end.min(to));
        if start < end {
            micros += end.as_micros() - start.as_micros();
            first.get_or_insert(start);
            last_moment = Some(end);
        }
    };
    for it in life {
        if USED.contains(&it.status.as_str()) {
            since.get_or_insert(it.at);
        } else if UNUSED.contains(&it.status.as_str())
            && let Some(start) = since.take()
        {
            add(start, it.at);
        }
    }
    if let Some(start) = since {
        add(start, to);
    }
    let (created, last) = (life.first()?, life.last()?);
    let used = Duration::from_micros(u64::try_from(micros).ok()?);
    Some(Use {
        last,
        created_at: created.at,
        from: first?,
        to: last_moment?,
        hours: used.as_secs_f64() / 3600.0,
    })
}

fn instance(world: &World, used: &Use<'_>) -> Value {
    let (rafay, key) = (&*world.rafay, &used.last.key);
    let project = rafay.directory.project(&key.project).map(|it| it.id.clone());
    let usage = format!("{:.2}h", used.hours);
    let labels = rafay.objects.get(key).map(|it| it.labels.clone()).unwrap_or_default();
    let parameters = labels.iter().map(|(name, value)| {
        json!({
            "name": name,
            "is_label": true,
            "label_value": value,
            "usage": usage,
            "raw_usage": used.hours,
        })
    });
    json!({
        "instance_organization_id": rafay.id(),
        "instance_organization_name": rafay.name(),
        "instance_project_id": project,
        "instance_project_name": key.project,
        "profile_id": profile_id(world, used.last),
        "profile_name": used.last.profile,
        "instance_id": used.last.id,
        "instance_name": key.name,
        "created_at": used.created_at,
        "start_time": used.from,
        "end_time": used.to,
        "usage": usage,
        "raw_usage": used.hours,
        "parameters": parameters.collect::<Vec<_>>(),
    })
}

fn event(world: &World, it: &Happening) -> Value {
    json!({
        "id": format!("{}-{}", world.rafay.id(), it.number),
        "kind": it.key.kind.as_str(),
        "instance_name": it.key.name,
        "project": it.key.project,
        "workspace": it.key.workspace,
        "profile_id": profile_id(world, it),
        "status": it.status,
        "message": format!("{} {} is {}", it.key.kind.words(), it.key.name, it.status),
        "created_at": it.at,
    })
}

fn about(rafay: &Organization, kind: Kind, range: &Range) -> Value {
    json!({
        "kind": if kind == Kind::Service { "service" } else { "compute" },
        "partner_id": PARTNER_ID,
        "organization_id": rafay.id(),
        "range_from": range.from,
        "range_to": range.to,
    })
}

/// The id of the profile something is made from; empty where it is no more.
fn profile_id(world: &World, it: &Happening) -> String {
    let Some(kind) = it.key.kind.profile_kind() else { return String::new() };
    let shared = world.shared().list(kind, super::catalog::SYSTEM_CATALOG);
    let own = world.rafay.objects.list(kind, &it.key.project);
    let mut all = shared.chain(own);
    all.find(|profile| profile.key.name == it.profile).map(|it| it.id.clone()).unwrap_or_default()
}

fn kind_of(call: &Call<'_>) -> Kind {
    let service = call.operation.path.contains("/kind/service");
    if service { Kind::Service } else { Kind::ComputeInstance }
}

fn order(call: &Call<'_>) -> Result<Order, Response> {
    if call.query("orderby").is_some_and(|field| field != "created_at") {
        return Err(invalid("orderby must be created_at"));
    }
    match call.query("order") {
        None | Some("desc" | "DESC") => Ok(Order::Descending),
        Some("asc" | "ASC") => Ok(Order::Ascending),
        Some(_) => Err(invalid("order must be asc or desc")),
    }
}

/// A key sees its own organization; a partner's sees the one it acts in.
fn own_only(world: &World, call: &Call<'_>, parameter: &str) -> Result<(), Response> {
    match call.query(parameter) {
        Some(id) if id != world.rafay.id() => {
            Err(error(403, "another organization's events and usage"))
        }
        _ => Ok(()),
    }
}
