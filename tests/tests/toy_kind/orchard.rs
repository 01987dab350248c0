//! A third cloud, whole in this file: two kinds as rows, pages by token, a header of its own for the
//! key. What plumb does with it is nobody's code but the rows'.

use plumb_kind::row::{Api, Target, Words, Write};
use plumb_kind::{
    Counts, Credentials, Envelope, Kind, KindType, Method, Next, Paging, Provider, Request, Row,
    Variables,
};
use plumb_model::Aspect::{Default, Immutable, Unordered, WriteOnly};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{ReferenceRule, ReplaceDefault};
use plumb_model::text::Secret;
use plumb_model::{KindId, KindRules};
use schemars::JsonSchema;
use std::collections::BTreeMap;

/// The header that carries the key.
pub(crate) const HEADER: &str = "orchard-token";

static API: Api = Api {
    cloud: "orchard",
    paging: Paging::Token {
        limit: "page_size",
        size: 2,
        token: "page_token",
        next: Next::Answer(&["/next"]),
    },
    envelope: Envelope { items: &["/items"], total: &[], counts: Counts::Something, limit: &[] },
    identity: &["/metadata/name"],
    create: Write { method: Method::Post, target: Target::Collection, query: &[] },
    update: Write { method: Method::Put, target: Target::Object, query: &[] },
    texts: &[],
    maps: &["labels"],
};

const GROWING: Words =
    Words { at: "/status/state", ready: &["grown"], pending: &["growing"], failed: &["withered"] };

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

/// What grows.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "what is read of it is its schema")]
struct Tree {
    /// What sort of tree it is. Fixed once planted.
    #[schemars(extend("x-plumb" = [Immutable]))]
    species: String,
    /// How often it is watered.
    #[schemars(extend("x-plumb" = [Default("weekly".into())]))]
    water: Option<String>,
    /// What opens its gate; never comes back.
    #[schemars(extend("x-plumb" = [WriteOnly]))]
    gate: Option<String>,
}

/// What hangs on a tree.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "what is read of it is its schema")]
struct Fruit {
    /// The tree it hangs on.
    tree: String,
    /// What it tastes of.
    #[schemars(extend("x-plumb" = [Unordered]))]
    tastes: Option<Vec<String>>,
}

static TREE: Row = Row::new(&API, ("v1", "trees"), || {
    let plain = KindRules::plain("orchard.example/v1", "Tree", ScopeLevel::Global);
    KindType::of::<Metadata, Tree>(
        KindRules { replace: ReplaceDefault::Allowed, ..plain },
        "A tree.",
    )
})
.ready_by(GROWING);

static FRUIT: Row = Row::new(&API, ("v1", "fruits"), || {
    let mut rules = KindRules::plain("orchard.example/v1", "Fruit", ScopeLevel::Global);
    rules.aliases = &["fruits.example/v1beta1"];
    rules.references = vec![ReferenceRule::literal("spec.tree", TREE.rules().id.clone())];
    KindType::of::<Metadata, Fruit>(rules, "A fruit.").with_status()
})
.ready_by(GROWING);

/// The kinds, one line each.
static KINDS: [&dyn Kind; 2] = [&TREE, &FRUIT];

/// The orchard.
pub(crate) static ORCHARD: Orchard = Orchard;

/// The cloud's type.
#[derive(Debug)]
pub(crate) struct Orchard;

impl Provider for Orchard {
    fn name(&self) -> &'static str {
        "orchard"
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        &KINDS
    }

    fn credentials(&self) -> Credentials {
        let variables = &[Variables { endpoint: "ORCHARD_ENDPOINT", key: "ORCHARD_KEY" }];
        Credentials { variables, usual_endpoint: Some("https://orchard.example") }
    }

    fn headers(&self, _request: &Request, key: &Secret) -> Vec<(&'static str, Secret)> {
        vec![(HEADER, key.clone())]
    }
}

/// The id of one of its kinds.
pub(crate) fn id(kind: &str) -> KindId {
    KindId::new("orchard.example", kind)
}
