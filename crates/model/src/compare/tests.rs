//! Tables: each case is a declared and a live body, what was sent, the rules, and what comes out.

use super::*;
use crate::finding::Span;
use crate::key::{KindId, ResourceKey, Scope};
use crate::resource::{Origin, Resource, Wishes};
use crate::rules::{Aspect, FieldRule, field_rules};
use crate::text::SECRET_PLACEHOLDER;
use serde_json::json;

/// One comparison to make; the fields that a case does not say stay empty.
#[derive(Default)]
struct Case {
    declared: Value,
    live: Value,
    sent: Option<Value>,
    hashes: BTreeMap<FieldPath, String>,
    secrets: BTreeMap<FieldPath, Secret>,
    unknown: BTreeSet<FieldPath>,
    filled: BTreeMap<FieldPath, Value>,
    rules: Vec<FieldRule>,
    refined: Vec<FieldRule>,
    ignore: Vec<PathPattern>,
}

fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}

fn key() -> HashKey {
    HashKey::new(vec![7; 32])
}

fn case(declared: Value, live: Value) -> Case {
    Case { declared, live, ..Case::default() }
}

impl Case {
    fn sent(mut self, sent: Value) -> Self {
        self.sent = Some(sent);
        self
    }

    fn rule(mut self, pattern: &str, aspect: Aspect) -> Self {
        self.rules.extend(field_rules(&[(pattern, aspect)]));
        self
    }

    fn refine(mut self, pattern: &str, aspect: Aspect) -> Self {
        self.refined.extend(field_rules(&[(pattern, aspect)]));
        self
    }

    fn secret(mut self, at: &str, text: &str) -> Self {
        self.secrets.insert(path(at), Secret::new(text));
        self
    }

    fn hash(mut self, at: &str, text: &str) -> Self {
        self.sent.get_or_insert_with(|| json!({}));
        self.hashes.insert(path(at), key().hash(text));
        self
    }

    fn unknown(mut self, at: &str) -> Self {
        self.unknown.insert(path(at));
        self
    }

    fn filled(mut self, at: &str, value: Value) -> Self {
        self.filled.insert(path(at), value);
        self
    }

    fn ignore(mut self, pattern: &str) -> Self {
        self.ignore.push(pattern.parse().unwrap());
        self
    }

    fn run(&self) -> Outcome {
        let hash_key = key();
        Comparison {
            declared: &self.declared,
            secrets: &self.secrets,
            unknown: &self.unknown,
            filled: &self.filled,
            live: &self.live,
            sent: self.sent.as_ref().map(|body| Sent { body, hashes: &self.hashes }),
            rules: RuleSet::new(&self.rules, &self.refined),
            ignore: &self.ignore,
            hash_key: &hash_key,
        }
        .run()
    }

    /// Differences as `path: before -> after`, hidden ones as `path ~ reason`.
    fn lines(&self) -> Vec<String> {
        let outcome = self.run();
        let differences = outcome.differences.iter().map(|difference| {
            let Difference { path, before, after, facets: _ } = difference;
            format!("{path}: {} -> {}", text(before), text(after))
        });
        let hidden = outcome.hidden.iter().map(|(path, reason)| format!("{path} ~ {reason:?}"));
        differences.chain(hidden).collect()
    }

    #[track_caller]
    fn gives(self, expected: &[&str]) {
        assert_eq!(self.lines(), expected);
    }
}

fn text(shown: &Shown) -> String {
    match shown {
        Shown::Absent => "absent".to_owned(),
        Shown::Plain(value) => value.to_string(),
        Shown::Secret => "secret".to_owned(),
        Shown::KnownAfterApply => "known later".to_owned(),
        Shown::Default(value) => format!("default {value}"),
    }
}

fn variables(pairs: &[(&str, &str)]) -> Value {
    let list: Vec<Value> =
        pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    json!({"spec": {"variables": list}})
}

fn keyed(declared: &[(&str, &str)], live: &[(&str, &str)]) -> Case {
    case(variables(declared), variables(live)).rule("spec.variables", Aspect::UnorderedBy("name"))
}

#[test]
fn only_what_is_declared_is_compared() {
    case(json!({"a": 1}), json!({"a": 1})).gives(&[]);
    case(json!({"a": 1}), json!({"a": 2})).gives(&["a: 2 -> 1"]);
    case(json!({"a": 1}), json!({})).gives(&["a: absent -> 1"]);
    case(json!({"a": 1}), json!({"a": 1, "b": 2})).gives(&["b ~ ServerDefault"]);
    case(json!({"a": {"b": 1}}), json!({"a": {"b": 1, "c": 2}})).gives(&["a.c ~ ServerDefault"]);
    case(json!({"a": {"b": 1}}), json!({})).gives(&["a.b: absent -> 1"]);
    case(json!({"a": {"b": 1}}), json!({"a": "text"})).gives(&["a: \"text\" -> {\"b\":1}"]);
    case(json!({"a": "text"}), json!({"a": {"b": 1}})).gives(&["a: {\"b\":1} -> \"text\""]);
    case(json!({"a": {}}), json!({"a": {"b": 1}})).gives(&["a.b ~ ServerDefault"]);
}

#[test]
fn identity_is_not_a_field() {
    let declared = json!({"apiVersion": "v1", "kind": "K", "spec": {"kind": "x"}});
    case(declared.clone(), json!({"spec": {"kind": "x"}})).gives(&[]);
    case(declared, json!({"spec": {}})).gives(&["spec.kind: absent -> \"x\""]);
}

#[test]
fn absent_and_zero_are_equal() {
    for zero in [json!(null), json!(false), json!(0), json!(""), json!([]), json!({"x": false})] {
        let outcome = case(json!({"a": zero}), json!({})).run();
        assert!(outcome.differences.is_empty(), "{zero}");
        let outcome = case(json!({"a": null}), json!({"a": zero})).run();
        assert!(outcome.differences.is_empty(), "{zero}");
    }
    case(json!({"a": false}), json!({})).gives(&["a ~ ZeroValue"]);
    case(json!({"a": false}), json!({"a": true})).gives(&["a: true -> false"]);
    case(json!({"a": ""}), json!({"a": "x"})).gives(&["a: \"x\" -> \"\""]);
    case(json!({"a": []}), json!({"a": [1]})).gives(&["a: [1] -> []"]);
    case(json!({"a": null}), json!({"a": 1})).gives(&["a: 1 -> absent"]);
}

#[test]
fn numbers_are_equal_however_written() {
    case(json!({"a": 1}), json!({"a": 1.0})).gives(&[]);
    case(json!({"a": 1}), json!({"a": 1.5})).gives(&["a: 1.5 -> 1"]);
    case(json!({"a": 1}), json!({"a": "1"})).gives(&["a: \"1\" -> 1"]);
}

#[test]
fn server_owned_fields_are_mentioned_only_where_declared() {
    let owned =
        |declared| case(declared, json!({"status": {"x": 1}})).rule("status", Aspect::ServerOwned);
    owned(json!({})).gives(&[]);
    owned(json!({"status": {"x": 1}})).gives(&[]);
    owned(json!({"status": {"x": 2}})).gives(&["status ~ ServerOwned"]);
    owned(json!({})).sent(json!({"status": {"x": 2}})).gives(&[]);
}

#[test]
fn ignored_fields_are_left_alone() {
    keyed(&[("A", "1"), ("B", "1")], &[("A", "2"), ("B", "2")])
        .ignore("spec.variables[A]")
        .gives(&["spec.variables[B].value: \"2\" -> \"1\"", "spec.variables[A] ~ Ignored"]);
    case(json!({"a": 1}), json!({"a": 1})).ignore("a").gives(&[]);
    case(json!({}), json!({"a": 1})).sent(json!({"a": 1})).ignore("a").gives(&["a ~ Ignored"]);
}

#[test]
fn facets_tell_what_a_change_asks_for() {
    let facets = |aspect| {
        let outcome = case(json!({"a": {"b": 1}}), json!({"a": {"b": 2}})).rule("a", aspect).run();
        outcome.differences[0].facets.clone()
    };
    assert!(facets(Aspect::Immutable).immutable);
    assert!(facets(Aspect::Quiet).quiet);
    assert!(facets(Aspect::AfterCreate).after_create);
    assert_eq!(facets(Aspect::Refused("no")).refused, Some("no"));
}

#[test]
fn refined_rules_count_beside_the_kinds() {
    let outcome = keyed(&[("A", "1")], &[("A", "2")])
        .refine("spec.variables[A].value", Aspect::Immutable)
        .run();
    assert!(outcome.differences[0].facets.immutable);
}

#[test]
fn json_and_case() {
    let texts = |left: &str, right: &str| case(json!({"a": left}), json!({"a": right}));
    texts("[1, 2]", "[1,2]").rule("a", Aspect::Json).gives(&["a ~ SameJson"]);
    texts("[1,2]", "[2,1]").rule("a", Aspect::Json).gives(&["a: \"[2,1]\" -> \"[1,2]\""]);
    texts("not json", "not  json")
        .rule("a", Aspect::Json)
        .gives(&["a: \"not  json\" -> \"not json\""]);
    texts("[1, 2]", "[1,2]").gives(&["a: \"[1,2]\" -> \"[1, 2]\""]);
    texts("Me@X", "me@x").rule("a", Aspect::CaseInsensitive).gives(&["a ~ SameCase"]);
    texts("Me@X", "me@x").gives(&["a: \"me@x\" -> \"Me@X\""]);
}

#[test]
fn defaults() {
    let with = |declared: Value, live: Value| {
        case(declared, live).rule("a", Aspect::Default(json!("text")))
    };
    with(json!({"a": "text"}), json!({})).gives(&["a ~ Default"]);
    with(json!({"a": null}), json!({"a": "text"})).gives(&["a ~ Default"]);
    with(json!({"a": "other"}), json!({})).gives(&["a: absent -> \"other\""]);
    with(json!({}), json!({"a": "text"})).sent(json!({"a": "x"})).gives(&["a ~ ServerDefault"]);
    with(json!({}), json!({"a": "x"}))
        .sent(json!({"a": "x"}))
        .gives(&["a: \"x\" -> default \"text\""]);
}

#[test]
fn sets() {
    let set = |left: Value, right: Value| {
        case(json!({"a": left}), json!({"a": right})).rule("a", Aspect::Unordered)
    };
    set(json!(["x", "y"]), json!(["y", "x"])).gives(&["a ~ Order"]);
    set(json!(["x", "x"]), json!(["x"])).gives(&["a: [\"x\"] -> [\"x\",\"x\"]"]);
    set(json!(["x"]), json!(null)).gives(&["a: absent -> [\"x\"]"]);
    case(json!({"a": ["x", "y"]}), json!({"a": ["y", "x"]}))
        .gives(&["a: [\"y\",\"x\"] -> [\"x\",\"y\"]"]);
}

#[test]
fn lists_of_mappings_without_identity_are_compared_by_position() {
    case(json!({"a": [{"b": 1}, {"b": 2}]}), json!({"a": [{"b": 1, "c": 9}, {"b": 3}]}))
        .gives(&["a[1].b: 3 -> 2", "a[0].c ~ ServerDefault"]);
    case(json!({"a": [{"b": 1}]}), json!({"a": []})).gives(&["a: [] -> [{\"b\":1}]"]);
}

#[test]
fn keyed_lists_are_compared_as_maps() {
    keyed(&[("A", "1"), ("B", "2")], &[("B", "2"), ("A", "1")]).gives(&["spec.variables ~ Order"]);
    keyed(&[("A", "1")], &[("Z", "9"), ("A", "1")]).gives(&["spec.variables[Z] ~ ServerDefault"]);
    keyed(&[("A", "1")], &[("A", "2")]).gives(&["spec.variables[A].value: \"2\" -> \"1\""]);
    keyed(&[("A", "1")], &[]).gives(&["spec.variables[A].value: absent -> \"1\""]);
    keyed(&[("A", "")], &[]).gives(&["spec.variables[A].value ~ ZeroValue"]);
    // Of two with one name, the first counts; without names a list is compared as it stands.
    keyed(&[("A", "1")], &[("A", "1"), ("A", "2")]).gives(&["spec.variables ~ Order"]);
    assert!(!keyed(&[("A", "1"), ("A", "2")], &[("A", "1")]).run().differences.is_empty());
}

#[test]
fn an_element_that_is_only_its_key_is_there_or_not() {
    let groups = |declared: Value, live: Value| {
        case(json!({"g": declared}), json!({"g": live})).rule("g", Aspect::UnorderedBy("name"))
    };
    groups(json!([{"name": "x"}]), json!([])).gives(&["g[x]: absent -> {\"name\":\"x\"}"]);
    groups(json!([{"name": "x"}]), json!([{"name": "x", "id": 1}]))
        .gives(&["g[x].id ~ ServerDefault"]);
    groups(json!([]), json!([{"name": "x"}]))
        .sent(json!({"g": [{"name": "x"}]}))
        .gives(&["g[x]: {\"name\":\"x\"} -> absent"]);
}

#[test]
fn what_was_sent_and_is_not_declared_any_more_is_removed() {
    case(json!({}), json!({"a": 1})).sent(json!({"a": 1})).gives(&["a: 1 -> absent"]);
    case(json!({}), json!({"a": 2})).sent(json!({"a": 1})).gives(&["a: 2 -> absent"]);
    case(json!({}), json!({})).sent(json!({"a": 1})).gives(&[]);
    case(json!({}), json!({"a": 1})).sent(json!({"a": null})).gives(&["a ~ ServerDefault"]);
    // Of a mapping only what was sent goes; what others put there stays.
    case(json!({}), json!({"l": {"mine": "1", "theirs": "2"}}))
        .sent(json!({"l": {"mine": "1"}}))
        .gives(&["l.mine: \"1\" -> absent", "l.theirs ~ ServerDefault"]);
    let removed = keyed(&[], &[("A", "1"), ("Z", "9")]).sent(variables(&[("A", "1")]));
    removed.gives(&[
        "spec.variables[A]: {\"name\":\"A\",\"value\":\"1\"} -> absent",
        "spec.variables[Z] ~ ServerDefault",
    ]);
    // The whole list is gone from the document.
    let mut whole = keyed(&[], &[("A", "1"), ("Z", "9")]).sent(variables(&[("A", "1")]));
    whole.declared = json!({});
    assert_eq!(whole.lines().len(), 2);
}

#[test]
fn removing_a_variable_means_its_default() {
    let removed = |live: &str| {
        keyed(&[], &[("A", live)])
            .sent(variables(&[("A", live)]))
            .refine("spec.variables[A].value", Aspect::Default(json!("1")))
            .refine("spec.variables[A].value", Aspect::Immutable)
    };
    removed("1").gives(&["spec.variables[A] ~ ServerDefault"]);
    removed("2").gives(&["spec.variables[A]: {\"name\":\"A\",\"value\":\"2\"} -> default \"1\""]);
    assert!(removed("2").run().differences[0].facets.immutable);
}

fn password(live: Value) -> Case {
    case(json!({"p": SECRET_PLACEHOLDER}), live).secret("p", "hunter2")
}

#[test]
fn secrets_are_compared_where_they_can_be_read() {
    password(json!({"p": "hunter2"})).gives(&[]);
    password(json!({"p": "old"})).gives(&["p: secret -> secret"]);
    password(json!({})).gives(&["p: absent -> secret"]);
    password(json!({"p": "HUNTER2"})).rule("p", Aspect::CaseInsensitive).gives(&[]);
    case(json!({"p": SECRET_PLACEHOLDER}), json!({"p": "[1,2]"}))
        .secret("p", "[1, 2]")
        .rule("p", Aspect::Json)
        .gives(&[]);
}

#[test]
fn masked_and_missing_secrets_are_compared_by_hash() {
    for live in [json!({"p": "********"}), json!({})] {
        password(live.clone()).hash("p", "hunter2").gives(&["p ~ MaskedSecret"]);
        password(live.clone()).hash("p", "old").gives(&["p: secret -> secret"]);
        password(live).rule("p", Aspect::Secret).gives(&["p ~ NotRecorded"]);
    }
}

#[test]
fn write_only_fields_are_never_read() {
    let write_only = |live: Value| password(live).rule("p", Aspect::WriteOnly);
    write_only(json!({"p": "stale"})).hash("p", "hunter2").gives(&["p ~ MaskedSecret"]);
    write_only(json!({"p": "stale"})).hash("p", "old").gives(&["p: secret -> secret"]);
    write_only(json!({})).gives(&["p ~ NotRecorded"]);
    // Written into the manifest itself it is a secret all the same.
    case(json!({"p": "plain"}), json!({}))
        .rule("p", Aspect::WriteOnly)
        .hash("p", "other")
        .gives(&["p: secret -> secret"]);
    case(json!({}), json!({"p": "x"}))
        .sent(json!({"p": SECRET_PLACEHOLDER}))
        .rule("p", Aspect::WriteOnly)
        .gives(&["p ~ ServerDefault"]);
}

#[test]
fn write_only_lists_are_compared_by_what_is_on_record() {
    let list = |items: &[&str]| {
        let held = vec![SECRET_PLACEHOLDER; items.len()];
        let case = case(json!({"p": held}), json!({})).rule("p", Aspect::WriteOnly);
        let place = |at: usize| format!("p[{at}]");
        items.iter().enumerate().fold(case, |case, (at, item)| case.secret(&place(at), item))
    };
    let sent = |case: Case, items: &[&str]| {
        let held = vec![SECRET_PLACEHOLDER; items.len()];
        let case = case.sent(json!({"p": held}));
        let place = |at: usize| format!("p[{at}]");
        items.iter().enumerate().fold(case, |case, (at, item)| case.hash(&place(at), item))
    };
    sent(list(&["a", "b"]), &["a", "b"]).gives(&["p ~ MaskedSecret"]);
    sent(list(&["a", "b"]), &["a", "c"]).gives(&["p: secret -> secret"]);
    sent(list(&["a", "b"]), &["a"]).gives(&["p: secret -> secret"]);
    sent(list(&["a"]), &["a", "b"]).gives(&["p: secret -> secret"]);
    sent(list(&[]), &["a"]).gives(&["p: secret -> absent"]);
    list(&["a"]).gives(&["p ~ NotRecorded"]);
    sent(list(&["a"]), &[]).gives(&["p ~ NotRecorded"]);
    list(&[]).gives(&[]);
    // What stands beside the secrets counts too.
    let files = |path: &str| json!({"p": [{"path": path, "content": SECRET_PLACEHOLDER}]});
    let file = |path: &str| {
        case(files("/a"), json!({}))
            .rule("p", Aspect::WriteOnly)
            .sent(files(path))
            .secret("p[0].content", "x")
            .hash("p[0].content", "x")
    };
    file("/a").gives(&["p ~ MaskedSecret"]);
    file("/b").gives(&["p: secret -> secret"]);
}

#[test]
fn what_is_fixed_and_unreadable_is_believed_while_nothing_is_on_record() {
    let fixed = |sent: Option<Value>| {
        let case = case(json!({"p": "x", "l": ["y"]}), json!({}));
        let case = case.rule("p", Aspect::Recorded).rule("p", Aspect::Immutable);
        let case = case.rule("l", Aspect::Recorded).rule("l", Aspect::Immutable);
        Case { sent, ..case }
    };
    fixed(None).gives(&["l ~ NotRecorded", "p ~ NotRecorded"]);
    fixed(Some(json!({"p": "x", "l": ["y"]}))).gives(&["l ~ MaskedSecret", "p ~ MaskedSecret"]);
    fixed(Some(json!({}))).gives(&["l: absent -> [\"y\"]", "p: absent -> \"x\""]);
}

#[test]
fn what_only_a_rule_calls_secret_is_one_all_the_same() {
    let plain = |live: Value| case(json!({"p": "hunter2"}), live).refine("p", Aspect::Secret);
    plain(json!({"p": "hunter2"})).gives(&[]);
    plain(json!({"p": "old"})).gives(&["p: secret -> secret"]);
    plain(json!({"p": "********"})).hash("p", "hunter2").gives(&["p ~ MaskedSecret"]);
    plain(json!({"p": "********"})).hash("p", "old").gives(&["p: secret -> secret"]);
    plain(json!({"p": "********"})).gives(&["p ~ NotRecorded"]);
    case(json!({"p": 5}), json!({"p": 5})).rule("p", Aspect::Secret).gives(&[]);
    case(json!({"p": null}), json!({})).rule("p", Aspect::Secret).gives(&[]);
}

#[test]
fn recorded_fields_are_compared_with_what_was_sent() {
    let roles = |declared: Value, sent: Value| {
        case(json!({"roles": declared}), json!({}))
            .sent(json!({"roles": sent}))
            .rule("roles", Aspect::Recorded)
            .rule("roles", Aspect::Unordered)
    };
    roles(json!(["a", "b"]), json!(["b", "a"])).gives(&["roles ~ MaskedSecret"]);
    roles(json!(["a"]), json!(["a", "b"])).gives(&["roles: [\"a\",\"b\"] -> [\"a\"]"]);
    roles(json!(["a"]), json!(null)).gives(&["roles: absent -> [\"a\"]"]);
    roles(json!([]), json!(null)).gives(&[]);
    let mut gone = roles(json!(null), json!(["a"]));
    gone.declared = json!({});
    gone.gives(&["roles: [\"a\"] -> absent"]);
    let mut nothing_on_record = roles(json!(["a"]), json!(null));
    nothing_on_record.sent = None;
    nothing_on_record.gives(&["roles: absent -> [\"a\"]"]);
}

#[test]
fn recorded_lists_are_compared_without_order_where_it_means_nothing() {
    let roles = |first: Value, second: Value| json!({"p": [first, second]});
    let at = |project: &str, roles: &[&str]| json!({"project": project, "roles": roles});
    let declared = roles(at("a", &["x", "y"]), at("b", &["z"]));
    let compared = |sent: Value, inner: bool| {
        let case = case(declared.clone(), json!({})).sent(sent);
        let case = case.rule("p", Aspect::Recorded).rule("p", Aspect::Unordered);
        let case = if inner { case.rule("p[*].roles", Aspect::Unordered) } else { case };
        case.run().differences.len()
    };
    assert_eq!(compared(roles(at("b", &["z"]), at("a", &["x", "y"])), false), 0);
    assert_eq!(compared(roles(at("b", &["z"]), at("a", &["y", "x"])), false), 1);
    assert_eq!(compared(roles(at("b", &["z"]), at("a", &["y", "x"])), true), 0);
    assert_eq!(compared(roles(at("b", &["z"]), at("a", &["y"])), true), 1);
}

#[test]
fn recorded_keyed_lists_name_the_element() {
    let projects = |declared: Value, sent: Value| {
        case(json!({"p": declared}), json!({}))
            .sent(json!({"p": sent}))
            .rule("p", Aspect::Recorded)
            .rule("p", Aspect::UnorderedBy("project"))
            .rule("p[*].roles", Aspect::Unordered)
    };
    let ml = json!({"project": "ml", "roles": ["a", "b"]});
    projects(json!([ml]), json!([{"project": "ml", "roles": ["b", "a"]}]))
        .gives(&["p[project=ml].roles ~ MaskedSecret"]);
    projects(json!([ml]), json!([])).gives(&["p[project=ml].roles: absent -> [\"a\",\"b\"]"]);
    projects(json!([]), json!([ml]))
        .gives(&["p[project=ml]: {\"project\":\"ml\",\"roles\":[\"a\",\"b\"]} -> absent"]);
    projects(json!([{"project": "ml"}]), json!([]))
        .gives(&["p[project=ml]: absent -> {\"project\":\"ml\"}"]);
    projects(json!([{"project": "ml"}]), json!([{"project": "ml"}])).gives(&[]);
}

#[test]
fn outputs_are_unknown_or_hidden() {
    case(json!({"a": null}), json!({"a": "10.0.0.1"}))
        .unknown("a")
        .gives(&["a: secret -> known later"]);
    case(json!({"a": "new"}), json!({"a": "old"}))
        .filled("a", json!("new"))
        .gives(&["a: secret -> secret"]);
    case(json!({"a": "same"}), json!({"a": "same"})).filled("a", json!("same")).gives(&[]);
    case(json!({"a": ["x", null]}), json!({"a": ["x", "y"]}))
        .unknown("a[1]")
        .gives(&["a: secret -> known later"]);
    case(json!({"a": ["x", "new"]}), json!({"a": ["x", "old"]}))
        .filled("a[1]", json!("new"))
        .gives(&["a: secret -> secret"]);
}

#[test]
fn secrets_in_lists_without_identity_are_compared_whole() {
    let list = |live: Value| {
        case(json!({"a": ["x", SECRET_PLACEHOLDER]}), json!({"a": live}))
            .secret("a[1]", "hunter2")
            .rule("a", Aspect::Unordered)
    };
    list(json!(["hunter2", "x"])).gives(&[]);
    list(json!(["old", "x"])).gives(&["a: secret -> secret"]);
    list(json!([])).gives(&["a: absent -> secret"]);
    list(json!(["********", "x"])).hash("a[1]", "hunter2").gives(&["a ~ MaskedSecret"]);
}

#[test]
fn no_secret_leaks_from_a_value_around_it() {
    let inside = json!({"o": {"p": "hunter2", "q": 1}});
    // A mapping that becomes a text, with a rule on what was inside.
    case(json!({"o": "text"}), inside.clone())
        .rule("o.p", Aspect::WriteOnly)
        .gives(&["o: {\"p\":\"(secret)\",\"q\":1} -> \"text\""]);
    // An element that is removed, whose value was a secret by rule, or when it was sent.
    let removed = |live: &str| keyed(&[], &[("A", live)]).sent(variables(&[("A", "(secret)")]));
    removed("hunter2")
        .rule("spec.variables[A].value", Aspect::Secret)
        .gives(&["spec.variables[A]: {\"name\":\"A\",\"value\":\"(secret)\"} -> absent"]);
    removed("hunter2")
        .hash("spec.variables[A].value", "hunter2")
        .gives(&["spec.variables[A]: {\"name\":\"A\",\"value\":\"(secret)\"} -> absent"]);
    // Lists whose elements have no identity are hidden whole.
    case(json!({"a": [1]}), json!({"a": ["hunter2", "b"]}))
        .hash("a[0]", "hunter2")
        .gives(&["a: secret -> secret"]);
    let lines = case(json!({"a": [1, 2]}), json!({"a": ["hunter2", "b", "c"]}))
        .rule("a[*]", Aspect::Secret)
        .lines();
    assert!(!lines.concat().contains("hunter2"), "{lines:?}");
}

#[test]
fn deep_values_end() {
    let deep = |leaf: u8| (0..100).fold(json!(leaf), |inner, _| json!({ "a": inner }));
    assert_eq!(case(deep(1), deep(1)).run(), Outcome::default());
    assert_eq!(case(deep(1), deep(2)).run().differences.len(), 1);
}

fn resource(body: Value) -> Resource {
    let span = Span { file: "f".into(), line: 1, column: 1, start: 0, end: 0 };
    Resource {
        key: ResourceKey {
            kind: KindId::new("g", "K"),
            scope: Scope::Global,
            name: "n".to_owned(),
        },
        body,
        secrets: BTreeMap::new(),
        outputs: BTreeMap::new(),
        wishes: Wishes::default(),
        origin: Origin { file: "f".into(), document: 0, item: None, span },
    }
}

#[test]
fn leaves_are_what_a_plan_depends_on() {
    let mut resource = resource(json!({
        "apiVersion": "v1", "kind": "K", "status": {},
        "spec": {"variables": [{"name": "A", "value": "1"}, {"name": "S", "value": "x"}],
                 "groups": [{"name": "g"}], "list": [1, 2], "ignored": 1, "roles": [1]}}));
    resource.hide(&path("spec.variables[S].value"));
    resource.wishes.ignore.push("spec.ignored".parse().unwrap());
    let rules = field_rules(&[
        ("spec.variables", Aspect::UnorderedBy("name")),
        ("spec.groups", Aspect::UnorderedBy("name")),
        ("spec.roles", Aspect::Recorded),
        ("status", Aspect::ServerOwned),
    ]);
    let leaves = declared_leaves(&resource, RuleSet::new(&rules, &[]));
    let expected = ["spec.groups[g]", "spec.list", "spec.variables[A].value"].map(path);
    assert_eq!(leaves, expected);
    let live = json!({"spec": {"list": [], "variables": [{"name": "A", "value": "1"}]}});
    let digests = digests_at(&live, &leaves);
    assert_eq!(digests[&expected[1]], None, "zero is absent");
    assert_eq!(digests[&expected[2]], Some(crate::digest::Digest::of(&json!("1"))));
}

#[test]
fn a_create_shows_everything_but_secrets() {
    let mut resource = resource(json!({
        "kind": "K", "metadata": {"name": "n", "empty": ""},
        "spec": {"p": "hunter2", "out": null, "known": "10.0.0.1", "g": [{"name": "x"}]}}));
    resource.hide(&path("spec.p"));
    for at in ["spec.out", "spec.known"] {
        let output =
            crate::resource::OutputReference { key: resource.key.clone(), path: path("ip") };
        resource.outputs.insert(path(at), output);
    }
    let filled = BTreeMap::from([(path("spec.known"), json!("10.0.0.1"))]);
    let rules = field_rules(&[("spec.g", Aspect::UnorderedBy("name"))]);
    let lines: Vec<String> = creation(&resource, &filled, RuleSet::new(&rules, &[]))
        .iter()
        .map(|difference| format!("{} {}", difference.path, text(&difference.after)))
        .collect();
    assert_eq!(
        lines,
        [
            "metadata.name \"n\"",
            "spec.g[x] {\"name\":\"x\"}",
            "spec.known secret",
            "spec.out known later",
            "spec.p secret"
        ]
    );
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Value::from),
            (0..3_i64).prop_map(Value::from),
            "[a-c]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-d]", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn any_aspect() -> impl Strategy<Value = Aspect> {
        prop::sample::select(vec![
            Aspect::ServerOwned,
            Aspect::Immutable,
            Aspect::Secret,
            Aspect::Json,
            Aspect::Unordered,
            Aspect::UnorderedBy("a"),
            Aspect::CaseInsensitive,
        ])
    }

    proptest! {
        #[test]
        fn a_body_never_differs_from_itself(
            body in any_value(), rules in prop::collection::vec(("[a-d]", any_aspect()), 0..4)
        ) {
            let mut case = case(body.clone(), body.clone()).sent(body);
            for (pattern, aspect) in rules {
                case = case.rule(&pattern, aspect);
            }
            prop_assert_eq!(case.run().differences, vec![]);
        }

        #[test]
        fn any_two_bodies_compare_without_trouble_and_alike(
            declared in any_value(), live in any_value(), sent in any_value(),
            rules in prop::collection::vec(("[a-d]", any_aspect()), 0..4)
        ) {
            let mut case = case(declared, live).sent(sent);
            for (pattern, aspect) in rules {
                case = case.rule(&pattern, aspect);
            }
            prop_assert_eq!(case.run(), case.run());
        }
    }
}

#[test]
fn only_our_own_members_count() {
    let members = |declared: Value, live: Value| case(declared, live).rule("t", Aspect::Members);
    let list = |values: &[&str]| json!({"t": values});
    let differs = |case: Case| -> Vec<(Shown, Shown)> {
        let outcome = case.run();
        outcome.differences.into_iter().map(|d| (d.before, d.after)).collect()
    };
    let nothing: [(Shown, Shown); 0] = [];
    let change = |before: &[&str], after: &[&str]| {
        [(Shown::Plain(json!(before)), Shown::Plain(json!(after)))]
    };
    assert_eq!(differs(members(list(&["a"]), list(&["x", "a"]))), nothing, "others stay");
    assert_eq!(differs(members(list(&["a", "b"]), list(&["b", "a"]))), nothing, "order");
    assert_eq!(
        differs(members(list(&["a", "b"]), list(&["x", "a"]))),
        change(&["x", "a"], &["x", "a", "b"]),
        "missing"
    );
    assert_eq!(
        differs(members(list(&["a"]), list(&["x", "a", "b"])).sent(list(&["a", "b"]))),
        change(&["x", "a", "b"], &["x", "a"]),
        "no longer declared"
    );
    assert_eq!(
        differs(members(json!({}), list(&["x", "b"])).sent(list(&["b"]))),
        change(&["x", "b"], &["x"]),
        "none declared any more"
    );
}
