//! A toy cloud with one kind, whole in this file: what adding a kind takes.
//!
//! A lamp is made dark and is lit by a publish, which takes a while; its colour may change, its
//! socket may not; the order of its tags means nothing; the server adds a brightness by itself.

use plumb_kind::{
    CannotBuild, Collection, CollectionId, Context, Counts, Effect, Envelope, Kind, KindType,
    Method, NotReadable, Paging, Provider, Request, RequestPath, Step,
};
use plumb_model::Aspect::{Immutable, Unordered};
use plumb_model::key::ScopeLevel;
use plumb_model::live::{Completeness, LiveStatus};
use plumb_model::rules::{Lifecycle, ReplaceDefault};
use plumb_model::text::{Secret, ServerText};
use plumb_model::{Body, KindRules, LiveObject, Phase, RemoteId, ResourceKey, Scope, body};
use schemars::JsonSchema;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The toy cloud.
pub(crate) static TOYS: Toys = Toys;

/// The cloud's type.
#[derive(Debug)]
pub(crate) struct Toys;

#[derive(Debug)]
struct Lamp;

/// What a lamp is called.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "what is read of it is its schema")]
struct Metadata {
    /// Its name.
    name: String,
    /// Wishes to plumb.
    annotations: Option<BTreeMap<String, String>>,
}

/// What a lamp is.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "what is read of it is its schema")]
struct Spec {
    /// Its colour.
    colour: Colour,
    /// What it is screwed into. Fixed once made.
    #[schemars(extend("x-plumb" = [Immutable]))]
    socket: String,
    /// Words for people.
    #[schemars(extend("x-plumb" = [Unordered]))]
    tags: Option<Vec<String>>,
}

/// The colours there are.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "what is read of it is its schema")]
enum Colour {
    White,
    Green,
    Red,
}

static KIND: LazyLock<KindType> = LazyLock::new(|| {
    let rules = KindRules {
        lifecycle: Lifecycle::Published,
        replace: ReplaceDefault::Allowed,
        ..KindRules::plain("toys.example/v1", "Lamp", ScopeLevel::Global)
    };
    KindType::of::<Metadata, Spec>(rules, "A lamp.")
});

impl Kind for Lamp {
    fn kind_type(&self) -> &KindType {
        &KIND
    }

    fn collections(&self, _scope: &Scope) -> Vec<Collection> {
        vec![Collection {
            id: CollectionId("lamps".to_owned()),
            kind: Some(self.rules().id.clone()),
            scope: Scope::Global,
            request: Request::get(RequestPath::of(["lamps"])),
            paging: Paging::None,
            envelope: Envelope {
                items: &["/lamps"],
                total: &[],
                counts: Counts::Something,
                limit: &[],
            },
            identity: &["/name"],
            otherwise: Vec::new(),
        }]
    }

    fn read(&self, item: &Body, _scope: &Scope) -> Result<LiveObject, NotReadable> {
        let text = |field: &str| item.get(field).and_then(Body::as_str);
        let unreadable =
            |why: &str| NotReadable { what: ServerText::new("a lamp"), why: why.into() };
        let name = text("name").ok_or_else(|| unreadable("it has no name"))?;
        let phase = match text("state").ok_or_else(|| unreadable("it has no state"))? {
            "dark" => Phase::NotDeployed,
            "warming" => Phase::Pending,
            "lit" => Phase::Ready,
            other => Phase::Unknown(ServerText::new(other)),
        };
        Ok(LiveObject {
            key: ResourceKey::new(self.rules().id.clone(), Scope::Global, name.to_owned()),
            remote_id: text("id").and_then(|id| id.parse().ok()),
            body: body!({"metadata": {"name": name}, "spec": item.get("spec")}),
            status: LiveStatus { phase, ..LiveStatus::ready() },
            outputs: Body::Null,
            mark: text("owner").map(str::to_owned),
            uid: None,
            hourly: None,
            completeness: Completeness::Full,
        })
    }

    fn item(&self, key: &ResourceKey, _id: Option<&RemoteId>) -> Option<Request> {
        Some(Request::get(path(key)))
    }

    fn requests(&self, step: Step<'_>, context: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        let spec = context.body.and_then(|body| body.get("spec"));
        let written = body!({"name": context.key.name, "owner": context.stack, "spec": spec});
        let put = || Request::write(Method::Put, path(context.key), Effect::Upsert);
        let request = match step {
            Step::Create => {
                Request::write(Method::Post, RequestPath::of(["lamps"]), Effect::Create)
                    .json(written)
            }
            Step::Adopt | Step::Update => put().json(written),
            Step::Publish => {
                Request::write(Method::Post, path(context.key).then("light"), Effect::Publish)
            }
            Step::Delete => Request::write(Method::Delete, path(context.key), Effect::Delete),
            Step::Power(_) | Step::Act(_) => {
                return Err(CannotBuild {
                    message: format!("{} has no switch", context.key),
                    help: "delete it to put it out".to_owned(),
                });
            }
        };
        Ok(vec![request])
    }
}

fn path(key: &ResourceKey) -> RequestPath {
    RequestPath::of(["lamps", &key.name])
}

impl Provider for Toys {
    fn name(&self) -> &'static str {
        "toys"
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        &[&Lamp]
    }

    fn headers(&self, _request: &Request, key: &Secret) -> Vec<(&'static str, Secret)> {
        vec![("x-toys", key.clone())]
    }
}
