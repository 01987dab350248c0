//! Organizations of a partner, with a partner's key (api §6.1). Signing one up makes it; everything
//! else is a change of the whole, in which what is not declared stays as it was read. Deleted is one
//! only when it is named.

use crate::organization_documents::{OrganizationMetadata, OrganizationSpec};
use crate::project::{self, API_VERSION};
use crate::sent::{Change, Missing, name_of};
use crate::{collections, lookup, paths};
use plumb_kind::row::no_such_step;
use plumb_kind::{
    CannotBuild, Collection, Context, Effect, Kind, KindType, Method, NotReadable, Request,
    RequestPath, Snapshot, Step, Surroundings, check, export,
};
use plumb_model::key::ScopeLevel;
use plumb_model::live::Completeness;
use plumb_model::path::Segment;
use plumb_model::plan::Shown;
use plumb_model::rules::{Deletion, MarkPlace};
use plumb_model::{
    Body, Code, FieldPath, Fields, Finding, KindId, KindRules, LiveObject, Observation, Refinement,
    RemoteId, Resource, ResourceKey, Scope, body,
};
use serde_json::Value;
use std::sync::LazyLock;

/// `auth/v1` Organization.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Organization;

static KIND: LazyLock<KindType> = LazyLock::new(|| {
    let plain = KindRules::plain(API_VERSION, "Organization", ScopeLevel::Global);
    let rules = KindRules {
        mark: MarkPlace::Ledger,
        deletion: Deletion::WhenNamed,
        // Only a partner's key may list them.
        family: Some("partner"),
        ..plain
    };
    let summary =
        "An organization of a partner: a tenant with users, projects and settings of its own.";
    KindType::of::<OrganizationMetadata, Option<OrganizationSpec>>(rules, summary).with_status()
});

/// What documents say that is no field of an organization itself.
const OWN: [&str; 2] = ["signUp", "users"];
/// What the server sets and a PUT need not repeat.
const READ_ONLY: [&str; 4] = ["created_at", "modified_at", "partner", "published_workload_count"];
/// What the server alone decides, and no document says.
const SERVER: [&str; 8] = [
    "id",
    "name",
    "partner_id",
    "partner",
    "is_default_org",
    "published_workload_count",
    "created_at",
    "modified_at",
];
const SIGN_UP: [&str; 4] = ["username", "first_name", "last_name", "password"];

impl Kind for Organization {
    fn kind_type(&self) -> &KindType {
        &KIND
    }

    fn check(&self, resource: &Resource) -> Vec<Finding> {
        check::foreign_annotations(resource)
    }

    fn collections(&self, _scope: &Scope) -> Vec<Collection> {
        vec![collections::organizations()]
    }

    fn lookups(&self, resource: &Resource) -> Vec<Collection> {
        let users = resource.field(&FieldPath::root().key("spec").key("users"));
        users.map(|_| collections::roles()).into_iter().collect()
    }

    /// The whole object is kept as the status: a change has to send it back. A list that leaves the
    /// settings out is not the whole.
    fn read(&self, item: &Body, _scope: &Scope) -> Result<LiveObject, NotReadable> {
        let (name, id) = project::name_and_id(self.rules(), item, item.get("name"))?;
        let fields = item.as_object().into_iter().flatten();
        let spec: Fields = fields
            .filter(|(field, _)| !SERVER.contains(&&***field))
            .map(|(field, value)| (field.clone(), value.clone()))
            .collect();
        let body = body!({
            "apiVersion": API_VERSION,
            "kind": "Organization",
            "metadata": {"name": name},
            "spec": spec,
            "status": item,
        });
        let full = item.get("settings").is_some();
        let completeness = if full { Completeness::Full } else { Completeness::Thin };
        let kind = KindId::new("auth", "Organization");
        let key = ResourceKey::new(kind, Scope::Global, name);
        Ok(LiveObject { remote_id: Some(id), completeness, ..LiveObject::of(key, body) })
    }

    fn item(&self, _key: &ResourceKey, id: Option<&RemoteId>) -> Option<Request> {
        Some(Request::get(paths::auth_object("organizations", id?)))
    }

    fn refine(&self, resource: &Resource, around: &Surroundings<'_>) -> Refinement {
        let mut findings = unknown_roles(resource, around.snapshot);
        findings.extend(nobody_signs_up(resource, around));
        Refinement { findings, ..Refinement::default() }
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        match step {
            Step::Adopt => Ok(Vec::new()),
            Step::Create => Ok(vec![signed_up(context)?]),
            Step::Update => update(context),
            Step::Delete => {
                let path = paths::auth_object("organizations", &context.own_id()?);
                Ok(vec![Request::write(Method::Delete, path, Effect::Delete)])
            }
            Step::Publish => Err(no_such_step(context.key, "published")),
            Step::Power(_) | Step::Act(_) => Err(no_such_step(context.key, "switched")),
        }
    }

    fn created_id(&self, answer: &Body) -> Option<RemoteId> {
        let places = ["/organization/id", "/organization_id", "/id"];
        let id = places.iter().find_map(|at| answer.pointer(at))?;
        id.as_str()?.parse().ok()
    }

    fn export(&self, live: &LiveObject, _snapshot: &Snapshot) -> Option<Value> {
        let is_default = live.body.pointer("/status/is_default_org") == Some(&Body::Bool(true));
        let known = self.schema();
        let known = known.as_value().pointer("/properties/spec/properties").cloned();
        let mut live = live.clone();
        if let Some(Body::Fields(spec)) = live.body.get_mut("spec") {
            let named = |name: &str| known.as_ref().is_some_and(|known| known.get(name).is_some());
            let kept = spec.iter().filter(|(name, _)| named(name));
            *spec = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
        }
        (!is_default).then(|| export::plain(&live, self.rules(), &[]))
    }
}

fn spec<'c>(context: &Context<'c>) -> Option<&'c Fields> {
    context.body?.get("spec")?.as_object()
}

/// One call makes an organization and its first administrator.
fn signed_up(context: &Context<'_>) -> Result<Request, CannotBuild> {
    let said = spec(context).and_then(|spec| spec.get("signUp"));
    let mut body = Fields::new();
    body.insert("organization_name", context.key.name.as_str().into());
    for field in SIGN_UP {
        let value = said.and_then(|said| said.get(field)).filter(|value| !value.is_null());
        let value = value.ok_or_else(|| CannotBuild {
            message: format!("{} cannot be made without spec.signUp.{field}", context.key),
            help: format!("add spec.signUp.{field}"),
        })?;
        body.insert(field, value.clone());
    }
    let path = RequestPath::of(["auth", "v1", "signup", "organization"]).slash();
    Ok(Request::write(Method::Post, path, Effect::Create).json(Body::Fields(body)))
}

/// The whole, where something of it differs, and users that are new.
fn update(context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
    let id = context.own_id()?;
    let live = context.live.and_then(|live| live.body.get("status")).and_then(Body::as_object);
    let live = live.ok_or_else(|| CannotBuild {
        message: format!("{} was not read", context.key),
        help: "run again; a change sends back the whole of what was read".to_owned(),
    })?;
    let mut requests = Vec::new();
    let whole = whole(context, live);
    if context.changes.is_empty() || context.changes.iter().any(|it| !is_own(&it.path)) {
        let path = paths::auth_object("organizations", &id);
        requests.push(Request::write(Method::Put, path, Effect::Upsert).json(whole));
    }
    requests.extend(added(context, &id)?);
    Ok(requests)
}

/// Whether a field is no field of an organization itself.
fn is_own(path: &FieldPath) -> bool {
    let spec = FieldPath::root().key("spec");
    OWN.into_iter().any(|own| path.is_within(&spec.key(own)))
}

/// The object as it was read, with what is declared in it; mappings field by field, so that settings
/// that nobody named stay.
fn whole(context: &Context<'_>, live: &Fields) -> Body {
    let kept = live.iter().filter(|(field, _)| !READ_ONLY.contains(&&***field));
    let mut body: Fields = kept.map(|(field, value)| (field.clone(), value.clone())).collect();
    for (field, said) in spec(context).into_iter().flatten() {
        if OWN.contains(&&**field) || said.is_null() {
            continue;
        }
        let value = match (body.get(field), said) {
            (Some(Body::Fields(there)), Body::Fields(said)) => {
                let mut there = there.clone();
                there.extend(said.clone());
                Body::Fields(there)
            }
            _ => said.clone(),
        };
        body.insert(field, value);
    }
    let mut body = Body::Fields(body);
    // What was declared and is no more is left to the server, which has what it puts there itself.
    let gone = context.changes.iter().filter(|it| it.after == Shown::Absent && !is_own(&it.path));
    for path in gone.map(|change| &change.path) {
        take_out(&mut body, path.segments().get(1..).unwrap_or_default());
    }
    body
}

/// Takes a field out of a body, however deep it is.
fn take_out(body: &mut Body, place: &[Segment]) {
    match place {
        [Segment::Key(name)] => {
            if let Body::Fields(fields) = body {
                fields.remove(name);
            }
        }
        [Segment::Key(name), rest @ ..] => {
            if let Some(inner) = body.get_mut(name) {
                take_out(inner, rest);
            }
        }
        _ => {}
    }
}

/// Users that are declared and were not added before, one by one. What one that is gone from the
/// document was given stays: no call takes it (api §6.1).
fn added(context: &Context<'_>, id: &RemoteId) -> Result<Vec<Request>, CannotBuild> {
    let change = Change::of(context, "users");
    let username = |user: &Body| user.get("username").and_then(Body::to_look_up).map(str::to_owned);
    let known: Vec<String> = change.sent.iter().filter_map(username).collect();
    let new = change
        .after
        .iter()
        .filter(|user| username(user).is_some_and(|name| !known.contains(&name)));
    new.map(|user| add(context, id, user)).collect()
}

fn add(context: &Context<'_>, id: &RemoteId, user: &Body) -> Result<Request, CannotBuild> {
    let fields = ["username", "first_name", "last_name", "phone"].into_iter();
    let account: Fields = fields.filter_map(|name| Some((name, user.get(name)?.clone()))).collect();
    let mut roles = Vec::new();
    for role in user.get("roles").and_then(Body::as_array).into_iter().flatten() {
        let name = name_of(role).unwrap_or_default();
        let found = lookup::role(context.snapshot, name);
        roles.extend(Missing::Refused.judge(found, "role", name)?.map(|role| global(&role)));
    }
    let first = roles.first().cloned().unwrap_or_default();
    let roles: Vec<Body> = roles.iter().map(|role| body!({"role": role})).collect();
    let body = body!({"account": account, "role": first, "roles": roles});
    let path = paths::auth_call("organizations", id, "adduser");
    Ok(Request::write(Method::Post, path, Effect::Assign).json(body))
}

/// A role as this call wants it. One that is no project's is one of the whole organization.
fn global(role: &Body) -> Body {
    let is_global = role.get("scope").and_then(Body::as_str) != Some("PROJECT");
    let part = |name: &str| role.get(name).cloned().unwrap_or_default();
    body!({
        "id": (part("id")), "name": (part("name")), "scope": (part("scope")), "is_global": is_global,
    })
}

/// An organization that is not there needs somebody who signs it up; one that is there needs nobody.
fn nobody_signs_up(resource: &Resource, around: &Surroundings<'_>) -> Vec<Finding> {
    if around.live.objects.get(&resource.key) != Some(&Observation::Absent) {
        return Vec::new();
    }
    let field = FieldPath::root().key("spec").key("signUp");
    let missing = match resource.field(&field) {
        None => field,
        Some(said) if said.get("password").is_none_or(Body::is_null) => field.key("password"),
        Some(_) => return Vec::new(),
    };
    let message = "an organization cannot be made without whoever signs it up";
    let help = "write spec.signUp: {username, first_name, last_name, password}";
    let finding = Finding::error(Code::MISSING_FIELD, message);
    vec![finding.of(&resource.key).field(missing).help(help)]
}

fn unknown_roles(resource: &Resource, snapshot: &Snapshot) -> Vec<Finding> {
    let users = FieldPath::root().key("spec").key("users");
    let list = resource.field(&users).and_then(Body::as_array).unwrap_or_default();
    let mut findings = Vec::new();
    for (at, user) in list.iter().enumerate() {
        let roles = user.get("roles").and_then(Body::as_array).unwrap_or_default();
        for (place, role) in roles.iter().enumerate() {
            let field = users.index(at).key("roles").index(place);
            let found = lookup::listed_role(snapshot, role);
            findings.extend(found.and_then(|found| found.finding(resource, field)));
        }
    }
    findings
}
