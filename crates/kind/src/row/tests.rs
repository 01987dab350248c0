//! A row by itself: what its type says, where its objects are, and what is sent.

use super::*;
use crate::collection::{Counts, Next};
use crate::provider::{Budgets, Provider};
use crate::registry::Registry;
use plumb_model::Aspect::{Default as Usual, Immutable, Members, Secret as Hidden, UnorderedBy};
use plumb_model::text::Secret;
use plumb_model::{Aspect, KindId, KindRules, PathPattern, body};
use schemars::JsonSchema;
use serde_json::json;
use std::time::Duration;

static API: Api = Api {
    cloud: "toys",
    paging: Paging::Token {
        limit: Some(("limit", 5)),
        token: "after",
        next: Next::LastItem(&["/metadata/name"]),
    },
    envelope: Envelope { items: &["/items"], total: &[], counts: Counts::Something, limit: &[] },
    identity: &["/metadata/name"],
    create: Write { method: Method::Post, target: Target::Collection, query: &[("new", "yes")] },
    update: Write { method: Method::Put, target: Target::Object, query: &[] },
    texts: &[],
    maps: &["labels"],
};

#[derive(JsonSchema)]
#[expect(dead_code, reason = "what is read of it is its schema")]
struct Metadata {
    /// Its name.
    name: String,
    /// Its project.
    project: String,
    /// Its workspace.
    workspace: String,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "what is read of it is its schema")]
struct Spec {
    /// How it shines.
    #[schemars(extend("x-plumb" = [Immutable, Usual("plain".into())]))]
    mode: Option<Mode>,
    /// Its parts.
    #[schemars(extend("x-plumb" = [UnorderedBy("name")]))]
    parts: Option<Vec<Part>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "what is read of it is its schema")]
enum Mode {
    /// As it is.
    Plain,
    /// In colours.
    Bright,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "what is read of it is its schema")]
struct Part {
    /// What it is called.
    name: String,
    /// What opens it.
    #[schemars(extend("x-plumb" = [Hidden]))]
    code: Option<String>,
    /// Words.
    #[schemars(extend("x-plumb" = [Members]))]
    words: Option<Vec<String>>,
}

const fn toy(plural: &'static str, kind: fn() -> KindType) -> Row {
    Row::new(&API, ("v3", plural), kind)
}

fn of(kind: &str, level: ScopeLevel) -> KindType {
    KindType::of::<Metadata, Option<Spec>>(KindRules::plain("toys/v3", kind, level), "A toy.")
}

static PROJECT: Row = toy("projects", || of("Project", ScopeLevel::Global));
static WORKSPACE: Row =
    toy("workspaces", || of("Workspace", ScopeLevel::Project)).ready_by(Words {
        at: "/status/state",
        ready: &["open"],
        pending: &["opening"],
        failed: &["shut"],
    });
/// In a project, or in a workspace of it.
static BALL: Row = toy("balls", || {
    let mut kind = of("Ball", ScopeLevel::ProjectOrWorkspace);
    kind.rules.aliases = &["games/v1"];
    kind
})
.with_or_without_spec();

static KINDS: [&dyn Kind; 3] = [&PROJECT, &WORKSPACE, &BALL];

#[derive(Debug)]
struct Toys;

impl Provider for Toys {
    fn name(&self) -> &'static str {
        "toys"
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        &KINDS
    }

    fn headers(&self, _: &Request, _: &Secret) -> Vec<(&'static str, Secret)> {
        Vec::new()
    }
}

fn project() -> Scope {
    Scope::Project("p".to_owned())
}

fn workspace() -> Scope {
    Scope::Workspace { project: "p".to_owned(), workspace: "w".to_owned() }
}

#[test]
fn rules_and_schema_come_from_the_types() {
    let kind = of("Ball", ScopeLevel::Workspace);
    let said: Vec<(String, &Aspect)> =
        kind.rules.fields.iter().map(|rule| (rule.pattern.to_string(), &rule.aspect)).collect();
    let said: Vec<(&str, &Aspect)> = said.iter().map(|(path, it)| (path.as_str(), *it)).collect();
    assert_eq!(
        said,
        [
            ("status", &Aspect::ServerOwned),
            ("spec.mode", &Immutable),
            ("spec.mode", &Usual("plain".into())),
            ("spec.parts", &UnorderedBy("name")),
            ("spec.parts[*].code", &Hidden),
            ("spec.parts[*].words", &Members),
        ]
    );
    let schema = kind.schema.as_value();
    assert!(!schema.to_string().contains("x-plumb"));
    let mode = json!({
        "type": "string", "enum": ["plain", "bright"],
        "description": "How it shines.",
    });
    assert_eq!(schema["properties"]["spec"]["properties"]["mode"], mode);
    assert_eq!(schema["required"], json!(["metadata", "apiVersion", "kind"]));
    for closed in ["/properties/metadata", "/properties/spec/properties/parts/items"] {
        assert_eq!(schema.pointer(closed).unwrap()["additionalProperties"], false, "{closed}");
    }
}

#[test]
fn a_kind_lives_as_deep_as_its_document_says() {
    let registry = Registry::new(&[&Toys]).unwrap();
    let in_project = body!({"metadata": {"name": "b", "project": "p"}});
    let mut in_workspace = in_project.clone();
    in_workspace["metadata"]["workspace"] = "w".into();
    assert_eq!(BALL.identify(&in_project), Ok((project(), "b".to_owned())));
    assert_eq!(BALL.identify(&in_workspace), Ok((workspace(), "b".to_owned())));
    let required = &BALL.schema().to_value()["properties"]["metadata"]["required"];
    assert_eq!(*required, json!(["name", "project"]));

    let id = |kind: &str| KindId::new("toys", kind);
    let key = |scope| ResourceKey::new(id("Ball"), scope, "b".to_owned());
    let parent = |scope| registry.table().parent_of(&key(scope)).unwrap().to_string();
    assert_eq!(
        (parent(project()), parent(workspace())),
        ("Project/p".into(), "Workspace/p/w".into())
    );
    let inside = |kind: &str| -> Vec<String> {
        registry.table().inside(&id(kind)).map(|rules| rules.id.kind.clone()).collect()
    };
    assert_eq!(
        (inside("Project"), inside("Workspace")),
        (vec!["Ball".to_owned(), "Workspace".to_owned()], vec!["Ball".to_owned()],)
    );

    assert_eq!(BALL.read(&in_project, &project()).unwrap().key, key(project()));
    assert_eq!(BALL.read(&in_workspace, &project()).unwrap().key, key(workspace()));
    let get = BALL.item(&key(workspace()), None).unwrap();
    assert_eq!(get.summary(), "GET /v3/projects/p/workspaces/w/balls/b");
    // Each scope lists its own.
    for (scope, path) in
        [(project(), "/v3/projects/p/balls"), (workspace(), "/v3/projects/p/workspaces/w/balls")]
    {
        let [list] = &BALL.collections(&scope)[..] else { panic!("one list") };
        assert_eq!(list.request.summary(), format!("GET {path}"));
    }
}

#[test]
fn a_word_tells_how_one_is_and_an_unknown_one_is_never_success() {
    for (state, phase) in [
        ("open", Phase::Ready),
        ("opening", Phase::Pending),
        ("shut", Phase::Failed),
        ("ajar", Phase::Unknown(ServerText::new("ajar"))),
    ] {
        let item = body!({"metadata": {"name": "w", "project": "p"}, "status": {"state": state}});
        assert_eq!(WORKSPACE.read(&item, &project()).unwrap().status.phase, phase);
    }
}

#[test]
fn two_versions_of_a_thing_are_one_kind() {
    let registry = Registry::new(&[&Toys]).unwrap();
    let found = |version: &str| registry.find(version, "Ball").map(|kind| kind.rules().id.clone());
    assert_eq!(found("toys/v3"), found("games/v1"));
    assert!(found("toys/v1").is_err());
    assert!(registry.find("games/v1", "Project").is_err());
}

#[test]
fn a_cursor_leads_on_until_a_page_is_empty() {
    let items = [body!({"metadata": {"name": "a"}}), body!({"metadata": {"name": "b"}})];
    let cursor = Next::LastItem(&["/metadata/name"]);
    assert_eq!(cursor.after(&body!({}), &items), Some("b".to_owned()));
    assert_eq!(cursor.after(&body!({}), &[]), None);
    let token = Next::Answer(&["/next", "/meta/next"]);
    assert_eq!(token.after(&body!({"next": null, "meta": {"next": 7}}), &items), None);
    assert_eq!(token.after(&body!({"meta": {"next": 7}}), &items), Some("7".to_owned()));
    assert_eq!(token.after(&body!({"next": ""}), &items), None);
}

#[test]
fn the_pace_shortens_waits_and_nothing_else() {
    let short = Duration::from_millis(10);
    let budgets = Budgets { stale_status: short, ..Toys.budgets() };
    assert_eq!(budgets.at_pace(1), budgets);
    let quick = budgets.at_pace(600);
    let span = Duration::from_millis(100);
    assert_eq!((quick.poll, quick.settle), (span, Duration::from_millis(200)));
    assert_eq!((quick.stale_status, quick.call), (short, budgets.call));
}

#[test]
fn an_aspect_that_is_none_stays_to_be_refused() {
    let mut schema = json!({"x-plumb": ["Shiny"], "items": {"x-plumb": ["Quiet"]}});
    let mut rules = Vec::new();
    crate::kind_type::take_aspects(&mut schema, &PathPattern::literal("spec"), &mut rules);
    assert_eq!(schema, json!({"x-plumb": ["Shiny"], "items": {}}));
    assert_eq!(rules.len(), 1);
}
