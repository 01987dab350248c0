//! Each mistake a kind can hold, made on purpose: no registry comes of it, and it is named.

use super::Registry;
use crate::provider::Provider;
use crate::{CannotBuild, Collection, Context, Kind, KindType, NotReadable, Request, Step};
use plumb_model::key::ScopeLevel;
use plumb_model::rules::{ImpliedEdge, ReferenceRule, field_rules};
use plumb_model::text::{Secret, ServerText};
use plumb_model::{
    Aspect, Body, KindId, KindRules, LiveObject, PathPattern, RemoteId, ResourceKey, Scope,
};
use schemars::Schema;
use serde_json::{Value, json};

#[derive(Debug)]
struct Toys(&'static str, &'static [&'static dyn Kind]);

#[derive(Clone, Debug)]
struct Toy {
    rules: KindRules,
    schema: Value,
}

/// A toy as it is listed.
#[derive(Debug)]
struct Listed(KindType);

impl Kind for Listed {
    fn kind_type(&self) -> &KindType {
        &self.0
    }

    fn collections(&self, _: &Scope) -> Vec<Collection> {
        Vec::new()
    }

    fn read(&self, _: &Body, _: &Scope) -> Result<LiveObject, NotReadable> {
        Err(NotReadable { what: ServerText::default(), why: String::new() })
    }

    fn item(&self, _: &ResourceKey, _: Option<&RemoteId>) -> Option<Request> {
        None
    }

    fn requests(&self, _: Step<'_>, _: &Context<'_>) -> Result<Vec<Request>, CannotBuild> {
        Ok(Vec::new())
    }
}

impl Provider for Toys {
    fn name(&self) -> &'static str {
        self.0
    }

    fn kinds(&self) -> &'static [&'static dyn Kind] {
        self.1
    }

    fn headers(&self, _: &Request, _: &Secret) -> Vec<(&'static str, Secret)> {
        Vec::new()
    }
}

/// A kind in which nothing is wrong, with a field of every sort.
fn sound(kind: &str) -> Toy {
    let rules = KindRules {
        contract_term: Some("spec.parts[Term].value".parse().unwrap()),
        references: ["spec.other", "spec.tags"]
            .map(|field| ReferenceRule::literal(field, KindId::new("toys", kind)))
            .into(),
        fields: field_rules(&[
            ("status", Aspect::ServerOwned),
            ("status", Aspect::Secret),
            ("metadata.madeAt", Aspect::ServerOwned),
            ("spec.size", Aspect::Default(1.into())),
            ("spec.tags", Aspect::Members),
            ("spec.parts", Aspect::UnorderedBy("name")),
            ("spec.parts[*].value", Aspect::Json),
            ("spec.free.of.anything[2]", Aspect::Unordered),
            ("spec.choice.text", Aspect::CaseInsensitive),
            ("*.labels.*", Aspect::Quiet),
        ]),
        ..KindRules::plain("toys/v1", kind, ScopeLevel::Global)
    };
    Toy { rules, schema: schema() }
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "metadata": {
                "type": "object",
                "properties": {
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}}
                },
                "additionalProperties": false
            },
            "spec": {"$ref": "#/$defs/Spec"},
            "status": {"type": "object"}
        },
        "additionalProperties": false,
        "$defs": {
            "Part": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
                "additionalProperties": false
            },
            "Spec": {
                "type": "object",
                "properties": {
                    "size": {"type": "integer", "minimum": 1},
                    "other": {"type": "string", "pattern": "^[a-z]+$"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
                    "free": {},
                    "choice": {"oneOf": [
                        {"type": "integer"},
                        {"type": "object", "properties": {"text": {"type": "string"}}}
                    ]}
                },
                "additionalProperties": false
            }
        }
    })
}

/// What is said of a cloud of these kinds; nothing when they are right.
fn said(kinds: Vec<Toy>) -> Vec<String> {
    let listed = |Toy { rules, schema }| {
        Listed(KindType { rules, summary: "a toy", schema: Schema::try_from(schema).unwrap() })
    };
    let leaked = kinds.into_iter().map(|toy| &*Box::leak(Box::new(listed(toy))) as &dyn Kind);
    let provider: &'static Toys =
        Box::leak(Box::new(Toys("toybox", leaked.collect::<Vec<_>>().leak())));
    let registry = Registry::new(&[provider]);
    registry
        .err()
        .map_or_else(Vec::new, |error| error.to_string().lines().map(str::to_owned).collect())
}

fn with_rule(pattern: &str, aspect: Aspect) -> Toy {
    let mut toy = sound("Toy");
    toy.rules.fields.extend(field_rules(&[(pattern, aspect)]));
    toy
}

fn with_schema(pointer: &str, word: &str, value: Value) -> Toy {
    let mut toy = sound("Toy");
    toy.schema.pointer_mut(pointer).unwrap()[word] = value;
    toy
}

fn refused(toy: Toy, what: &str) {
    assert_eq!(said(vec![toy]), [format!("toybox Toy.toys: {what}")]);
}

#[test]
fn sound_kinds_make_a_registry() {
    assert_eq!(said(vec![sound("Toy"), sound("Ball")]), [""; 0]);
}

#[test]
fn a_literal_that_is_no_pattern_is_named() {
    let path = "is not a field path, like spec.variables[Contract Term].value";
    refused(with_rule("spec..size", Aspect::Immutable), &format!("\"spec..size\" {path}"));
    let mut toy = sound("Toy");
    toy.rules.references.push(ReferenceRule::literal("spec.[", toy.rules.id.clone()));
    refused(toy, &format!("\"spec.[\" {path}"));
}

#[test]
fn a_rule_for_a_field_that_is_not_there_is_named() {
    for pattern in
        ["spec.sise", "spec.size.of", "spec.tags.first", "spec.parts[id=1]", "spec.tags[*].name"]
    {
        let what = format!("{pattern} is no field of its documents");
        refused(with_rule(pattern, Aspect::Immutable), &what);
    }
    let mut toy = sound("Toy");
    toy.rules.contract_term = Some("spec.partz[Term].value".parse().unwrap());
    refused(toy, "spec.partz[Term].value is no field of its documents");
    let mut toy = sound("Toy");
    toy.rules.references[0].pattern = PathPattern::literal("spec.others");
    refused(toy, "spec.others is no field of its documents");
}

#[test]
fn an_aspect_that_its_field_cannot_have_is_named() {
    for (pattern, aspect, shown) in [
        ("spec.size", Aspect::Unordered, "Unordered"),
        ("spec.size", Aspect::Json, "Json"),
        ("spec.size", Aspect::CaseInsensitive, "CaseInsensitive"),
        ("spec.other", Aspect::Default(1.into()), "Default(Number(1))"),
        ("spec.parts[*]", Aspect::UnorderedBy("name"), "UnorderedBy(\"name\")"),
    ] {
        let what = format!("{pattern} cannot be {shown}, by what the schema says it holds");
        refused(with_rule(pattern, aspect), &what);
    }
    for aspect in [Aspect::UnorderedBy("id"), Aspect::Members] {
        let what = format!("spec.parts cannot be {aspect:?}, by what the schema says it holds");
        let mut toy = sound("Toy");
        toy.rules.fields[5].aspect = aspect;
        refused(toy, &what);
    }
    let mut toy = sound("Toy");
    toy.rules.references[0].pattern = PathPattern::literal("spec.size");
    refused(toy, "spec.size cannot be a name, by what the schema says it holds");
}

#[test]
fn aspects_that_contradict_each_other_are_named() {
    for (pattern, aspect, both) in [
        ("status", Aspect::Immutable, "ServerOwned and Immutable"),
        ("spec.size", Aspect::Default(2.into()), "Default(Number(1)) and Default(Number(2))"),
        ("spec.tags", Aspect::Unordered, "Members and Unordered"),
        ("spec.parts[*].value", Aspect::Json, "Json and Json"),
    ] {
        let what = format!("{pattern} cannot be both {both}");
        refused(with_rule(pattern, aspect), &what);
    }
    for (one, other) in [
        (Aspect::Immutable, Aspect::Refused("no call")),
        (Aspect::AfterCreate, Aspect::Immutable),
        (Aspect::WriteOnly, Aspect::Recorded),
        (Aspect::Secret, Aspect::WriteOnly),
    ] {
        let what = format!("spec.other cannot be both {one:?} and {other:?}");
        let mut toy = with_rule("spec.other", one);
        toy.rules.fields.extend(field_rules(&[("spec.other", other)]));
        refused(toy, &what);
    }
}

#[test]
fn a_schema_that_is_not_understood_is_named() {
    let spec = "/$defs/Spec/properties";
    for (place, word, value, what) in [
        ("size", "multipleOf", json!(2), "multipleOf is not understood"),
        ("size", "format", json!("uint8"), "format is not understood"),
        ("size", "minimum", json!("1"), "minimum cannot be \"1\""),
        ("size", "type", json!("whole"), "type cannot be \"whole\""),
        ("other", "maxLength", json!(-1), "maxLength cannot be -1"),
        ("other", "required", json!([1]), "required cannot be [1]"),
        ("choice", "anyOf", json!([]), "anyOf cannot be []"),
        ("free", "$ref", json!("#/$defs/Gone"), "$ref #/$defs/Gone leads nowhere"),
        ("free", "$ref", json!("http://a/b"), "$ref http://a/b leads nowhere"),
    ] {
        let what = format!("schema at #{spec}/{place}: {what}");
        refused(with_schema(&format!("{spec}/{place}"), word, value), &what);
    }
    let wrong = said(vec![with_schema(&format!("{spec}/other"), "pattern", json!("(("))]);
    let begin = "toybox Toy.toys: schema at #/$defs/Spec/properties/other: pattern is no regular";
    assert!(wrong[0].starts_with(begin), "{wrong:?}");
    let item = with_schema(&format!("{spec}/tags"), "items", json!("string"));
    refused(item, "schema at #/$defs/Spec/properties/tags/items: \"string\" is no schema");
    // Words in a part that nothing refers to.
    let unused = with_schema("/$defs", "a/b", json!({"minProperties": 1}));
    refused(unused, "schema at #/$defs/a~1b: minProperties is not understood");
}

#[test]
fn a_schema_that_goes_in_circles_or_too_deep_is_named() {
    let ring = json!({"anyOf": [{"type": "integer"}, {"$ref": "#/$defs/Ring"}]});
    refused(with_schema("/$defs", "Ring", ring), "schema at #/$defs/Ring: refers to itself");
    // A part of its own parts is no circle: every turn goes one value deeper.
    let tree = json!({"type": "array", "items": {"$ref": "#/$defs/Tree"}});
    assert_eq!(said(vec![with_schema("/$defs", "Tree", tree)]), [""; 0]);
    let mut deep = json!({"type": "string"});
    for _ in 0..70 {
        deep = json!({"type": "array", "items": deep});
    }
    let wrong = said(vec![with_schema("/$defs", "Deep", deep)]);
    assert!(wrong[0].ends_with("/items: more than 64 levels deep"), "{wrong:?}");
}

#[test]
fn a_schema_that_allows_everything_or_nothing_is_named() {
    for schema in [json!(true), json!(false), json!({}), json!({"type": ["object", "null"]})] {
        let mut toy = Toy { schema, ..sound("Toy") };
        (toy.rules.fields, toy.rules.references) = (Vec::new(), Vec::new());
        toy.rules.contract_term = None;
        refused(toy, "the schema does not say that a document is a mapping");
    }
}

#[test]
fn kinds_that_name_no_kind_or_stand_in_the_wrong_place_are_named() {
    let ghost = || KindId::new("toys", "Ghost");
    let mut toy = sound("Toy");
    toy.rules.after.push(ImpliedEdge { kind: ghost() });
    refused(toy, "after names Ghost.toys, which is no kind");
    let mut toy = sound("Toy");
    toy.rules.references[0].kind = ghost();
    refused(toy, "a reference names Ghost.toys, which is no kind");
    let mut toy = sound("Toy");
    (toy.rules.parent, toy.rules.level) = (Some(ghost()), ScopeLevel::Project);
    refused(toy, "parent names Ghost.toys, which is no kind");
    let mut toy = sound("Toy");
    toy.rules.parent = Some(toy.rules.id.clone());
    refused(toy, "parent Toy.toys does not live one level above it");
    let mut toy = sound("Toy");
    toy.rules.api_version = "games/v1";
    refused(toy, "apiVersion games/v1 is not of its group");
    let mut toy = sound("Toy");
    toy.rules.after.push(ImpliedEdge { kind: toy.rules.id.clone() });
    refused(toy, "comes after itself, through the kinds it comes after");
}

#[test]
fn names_that_stand_twice_are_named() {
    refused_all(vec![sound("Toy"), sound("Toy")], &["Toy.toys: there are two kinds of this id"]);
    let one: &'static Toys = Box::leak(Box::new(Toys("toybox", &[])));
    let error = Registry::new(&[one, one]).unwrap_err().to_string();
    assert_eq!(error, "toybox the provider: there are two of this name");
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mut one = with_rule("spec..size", Aspect::Immutable);
    one.schema["minProperties"] = json!(1);
    let mut other = sound("Ball");
    other.rules.fields.extend(field_rules(&[("status", Aspect::Recorded)]));
    let path = "is not a field path, like spec.variables[Contract Term].value";
    refused_all(
        vec![one, other],
        &[
            &format!("Toy.toys: \"spec..size\" {path}"),
            "Toy.toys: schema at #: minProperties is not understood",
            "Ball.toys: status cannot be both ServerOwned and Recorded",
            "Ball.toys: status cannot be both Secret and Recorded",
        ],
    );
}

fn refused_all(kinds: Vec<Toy>, all: &[&str]) {
    let all: Vec<String> = all.iter().map(|what| format!("toybox {what}")).collect();
    assert_eq!(said(kinds), all);
}
