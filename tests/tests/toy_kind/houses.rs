//! The provider of the third cloud (`plumb_tests::toy_cloud` is its simulated half), whole in this
//! file: two kinds as rows, pages by token, a header of its own for the key. What plumb does with it is
//! nobody's code but the rows'.

use plumb_kind::row::{Api, Target, Write};
use plumb_kind::{
    Counts, Credentials, Envelope, Kind, KindType, Method, Next, Paging, Provider, Request, Row,
    Variables,
};
use plumb_model::Aspect::{Immutable, Unordered};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{ReferenceRule, ReplaceDefault};
use plumb_model::text::Secret;
use plumb_model::{KindId, KindRules};
use schemars::JsonSchema;
use std::collections::BTreeMap;

static API: Api = Api {
    cloud: "toy",
    paging: Paging::Token {
        limit: None,
        token: "page_token",
        next: Next::Answer(&["/next_page_token"]),
    },
    envelope: Envelope { items: &["/items"], total: &[], counts: Counts::Something, limit: &[] },
    identity: &["/metadata/name"],
    create: Write { method: Method::Post, target: Target::Collection, query: &[] },
    update: Write { method: Method::Patch, target: Target::Object, query: &[] },
    texts: &[],
    maps: &["labels"],
};

/// What it is called.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "what is read of it is its schema")]
struct Metadata {
    /// Its name.
    name: String,
    /// Words that others may write as well.
    labels: Option<BTreeMap<String, String>>,
    /// Wishes to plumb.
    annotations: Option<BTreeMap<String, String>>,
}

/// What a house is.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "what is read of it is its schema")]
struct HouseSpec {
    /// What it is built of. Fixed once built.
    #[schemars(extend("x-plumb" = [Immutable]))]
    material: String,
    /// How high it is.
    floors: Option<u32>,
}

/// What a room is.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "what is read of it is its schema")]
struct RoomSpec {
    /// The house it is in.
    house: String,
    /// What it is for.
    #[schemars(extend("x-plumb" = [Unordered]))]
    uses: Option<Vec<String>>,
}

static HOUSE: Row = Row::new(&API, ("toy/v1", "houses"), || {
    let plain = KindRules::plain("toy.example/v1", "House", ScopeLevel::Global);
    let rules = KindRules { replace: ReplaceDefault::Allowed, ..plain };
    KindType::of::<Metadata, HouseSpec>(rules, "A house.")
});

static ROOM: Row = Row::new(&API, ("toy/v1", "rooms"), || {
    let mut rules = KindRules::plain("toy.example/v1", "Room", ScopeLevel::Global);
    rules.aliases = &["rooms.example/v1beta1"];
    rules.references = vec![ReferenceRule::literal("spec.house", HOUSE.rules().id.clone())];
    KindType::of::<Metadata, RoomSpec>(rules, "A room.")
});

/// The kinds, one line each.
static KINDS: [&dyn Kind; 2] = [&HOUSE, &ROOM];

/// The cloud.
pub(crate) static TOY: Toy = Toy;

/// The cloud's type.
#[derive(Debug)]
pub(crate) struct Toy;

impl Provider for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        &KINDS
    }

    fn credentials(&self) -> Credentials {
        let variables = &[Variables { endpoint: "TOY_ENDPOINT", key: "TOY_KEY" }];
        Credentials { variables, usual_endpoint: Some("https://toy.example") }
    }

    fn headers(&self, _request: &Request, key: &Secret) -> Vec<(&'static str, Secret)> {
        vec![("x-toy-key", key.clone())]
    }
}

/// The id of one of its kinds.
pub(crate) fn id(kind: &str) -> KindId {
    KindId::new("toy.example", kind)
}
