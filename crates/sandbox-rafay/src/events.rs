//! Events and usage, as partners read them (contract 9, R-61, R-104).

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::answers::Id;
use super::chronicle::Happening;
use super::errors::{error, invalid};
use super::kinds::Kind;
use super::organization::{Organization, PARTNER_ID};
use super::paging::{self, Order, Page};
use super::table::{COMPUTE_INSTANCE, SERVICE};
use super::world::{Call, World};
use plumb_sandbox::http::Response;
use plumb_sandbox::time::Timestamp;

/// The statuses in which something counts as used.
const USED: [&str; 4] = ["success", "deployed", "actioncomplete", "actionfailed"];

/// The statuses that end a use.
const UNUSED: [&str; 3] = ["destroyed", "failed", "not_deployed"];

/// What happened.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EventPage<'a> {
    events: Vec<ShownEvent<'a>>,
    count: usize,
    limit: usize,
    offset: usize,
}

/// One thing that happened.
#[derive(Debug, Serialize, JsonSchema)]
struct ShownEvent<'a> {
    id: String,
    kind: &'static str,
    instance_name: &'a str,
    project: &'a str,
    workspace: Option<&'a str>,
    profile_id: String,
    status: &'a str,
    message: String,
    created_at: Timestamp,
}

/// How long things were used, each or by their profiles.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UsagePage<'a> {
    kind: &'static str,
    partner_id: Id<'a>,
    organization_id: Id<'a>,
    range_from: Timestamp,
    range_to: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_usage_data: Option<Vec<InstanceUsage<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_usage_data: Option<Vec<ProfileUsage>>,
    count: usize,
    limit: usize,
    offset: usize,
}

/// How long something was used.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Used {
    usage: String,
    raw_usage: f64,
}

/// How long an instance or a service was used.
#[derive(Debug, Serialize, JsonSchema)]
struct InstanceUsage<'a> {
    instance_organization_id: Id<'a>,
    instance_organization_name: &'a str,
    instance_project_id: Option<Id<'a>>,
    instance_project_name: &'a str,
    profile_id: String,
    profile_name: &'a str,
    instance_id: &'a str,
    instance_name: &'a str,
    created_at: Timestamp,
    start_time: Timestamp,
    end_time: Timestamp,
    #[serde(flatten)]
    used: Used,
    parameters: Vec<Parameter>,
}

/// A label by which use is counted.
#[derive(Debug, Serialize, JsonSchema)]
struct Parameter {
    name: String,
    is_label: bool,
    label_value: String,
    #[serde(flatten)]
    used: Used,
}

/// How long what is made from a profile was used.
#[derive(Debug, Serialize, JsonSchema)]
struct ProfileUsage {
    profile_id: String,
    profile_name: String,
    #[serde(flatten)]
    used: Used,
}

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
    let events = page.cut(wanted.into_iter()).into_iter().map(|it| event(world, it)).collect();
    let Page { limit, offset, .. } = page;
    Ok(Response::json(200, &EventPage { events, count: total, limit, offset }))
}

/// Lists how long each instance or service was used.
pub(crate) fn usage(world: &mut World, call: &Call<'_>) -> Result<Response, Response> {
    let range = Range::of(call)?;
    let page = paging::page_in(call, &world.config.knobs, Order::Ascending)?;
    own_only(world, call, "instance_organization_id")?;
    let kind = kind_of(call);
    let all = uses(world, kind, &range);
    let shown = page.cut(all.iter()).into_iter().map(|it| instance(world, it)).collect();
    let body = about(world.rafay, kind, &range, (all.len(), page));
    Ok(Response::json(200, &UsagePage { instance_usage_data: Some(shown), ..body }))
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
    let shown =
        page.cut(hours.into_iter()).into_iter().map(|((profile_name, profile_id), hours)| {
            ProfileUsage { profile_id, profile_name, used: Used::of(hours) }
        });
    let shown = Some(shown.collect());
    let body = about(world.rafay, kind, &range, (total, page));
    Ok(Response::json(200, &UsagePage { profile_usage_data: shown, ..body }))
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
fn uses<'a>(world: &'a World<'_>, kind: &Kind, range: &Range) -> Vec<Use<'a>> {
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

impl Used {
    fn of(hours: f64) -> Self {
        Used { usage: format!("{hours:.2}h"), raw_usage: hours }
    }
}

fn instance<'a>(world: &'a World<'_>, used: &Use<'a>) -> InstanceUsage<'a> {
    let (rafay, key) = (&*world.rafay, &used.last.key);
    let labels = rafay.objects.get(key).map(|it| it.about.labels.clone()).unwrap_or_default();
    let hours = Used::of(used.hours);
    let parameters = labels.into_iter().map(|(name, label_value)| Parameter {
        name,
        is_label: true,
        label_value,
        used: hours.clone(),
    });
    InstanceUsage {
        instance_organization_id: rafay.id().into(),
        instance_organization_name: rafay.name(),
        instance_project_id: rafay.directory.project(&key.project).map(|it| (&it.id).into()),
        instance_project_name: &key.project,
        profile_id: profile_id(world, used.last),
        profile_name: &used.last.profile,
        instance_id: &used.last.id,
        instance_name: &key.name,
        created_at: used.created_at,
        start_time: used.from,
        end_time: used.to,
        parameters: parameters.collect(),
        used: hours,
    }
}

fn event<'a>(world: &World, it: &'a Happening) -> ShownEvent<'a> {
    ShownEvent {
        id: format!("{}-{}", world.rafay.id(), it.number),
        kind: it.key.kind.name,
        instance_name: &it.key.name,
        project: &it.key.project,
        workspace: it.key.workspace.as_deref(),
        profile_id: profile_id(world, it),
        status: &it.status,
        message: format!("{} {} is {}", it.key.kind.words, it.key.name, it.status),
        created_at: it.at,
    }
}

fn about<'a>(
    rafay: &Organization,
    kind: &Kind,
    range: &Range,
    (count, page): (usize, Page),
) -> UsagePage<'a> {
    UsagePage {
        kind: if *kind == SERVICE { "service" } else { "compute" },
        partner_id: PARTNER_ID.into(),
        organization_id: rafay.id().into(),
        range_from: range.from,
        range_to: range.to,
        instance_usage_data: None,
        profile_usage_data: None,
        count,
        limit: page.limit,
        offset: page.offset,
    }
}

/// The id of the profile something is made from; empty where it is no more.
fn profile_id(world: &World, it: &Happening) -> String {
    let Some((kind, _)) = it.key.kind.made_from else { return String::new() };
    let shared = world.shared().list(kind, super::catalog::SYSTEM_CATALOG);
    let own = world.rafay.objects.list(kind, &it.key.project);
    let mut all = shared.chain(own);
    all.find(|profile| profile.key.name == it.profile).map(|it| it.id.clone()).unwrap_or_default()
}

fn kind_of(call: &Call<'_>) -> &'static Kind {
    let service = call.operation.path.contains("/kind/service");
    if service { &SERVICE } else { &COMPUTE_INSTANCE }
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
