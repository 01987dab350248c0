//! Tables: each case is a declared and a live body, what was sent, the rules, and what comes out.

use super::*;
use crate::body;
use crate::body::OutputReference;
use crate::finding::Span;
use crate::key::{KindId, ResourceKey, Scope};
use crate::resource::{Origin, Resource, Wishes};
use crate::rules::{Aspect, FieldRule, field_rules};
use crate::text::SECRET_PLACEHOLDER;

/// One comparison to make; the fields that a case does not say stay empty.
#[derive(Default)]
struct Case {
    declared: Body,
    live: Body,
    sent: Option<Veiled>,
    hashes: BTreeMap<FieldPath, String>,
    rules: Vec<FieldRule>,
    refined: Vec<FieldRule>,
    ignore: Vec<PathPattern>,
}

fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}

fn output() -> OutputReference {
    let kind = KindId::new("toy", "K");
    OutputReference { key: ResourceKey::new(kind, Scope::Global, "n".to_owned()), path: path("ip") }
}

fn key() -> HashKey {
    HashKey::new(vec![7; 32])
}

fn case(declared: Body, live: Body) -> Case {
    Case { declared, live, ..Case::default() }
}

impl Case {
    fn sent(mut self, sent: Body) -> Self {
        self.sent = Some(sent.into());
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
        self.declared = self.declared.with(&path(at), Secret::new(text).into());
        self
    }

    fn hash(mut self, at: &str, text: &str) -> Self {
        self.sent.get_or_insert_with(|| body!({}).into());
        self.hashes.insert(path(at), key().hash(text));
        self
    }

    fn unknown(mut self, at: &str) -> Self {
        self.declared = self.declared.with(&path(at), output().into());
        self
    }

    fn filled(mut self, at: &str, value: &Body) -> Self {
        self.declared = self.declared.with(&path(at), walk::sealed(value));
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
            live: &self.live,
            sent: self.sent.as_ref().map(|body| Sent {
                body,
                hashes: &self.hashes,
                attempted: None,
            }),
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
        Shown::SecretLineEnds => "secret with other line ends".to_owned(),
        Shown::KnownAfterApply => "known later".to_owned(),
        Shown::Default(value) => format!("default {value}"),
    }
}

fn variables(pairs: &[(&str, &str)]) -> Body {
    let list: Vec<Body> =
        pairs.iter().map(|(name, value)| body!({"name": name, "value": value})).collect();
    body!({"spec": {"variables": list}})
}

fn keyed(declared: &[(&str, &str)], live: &[(&str, &str)]) -> Case {
    case(variables(declared), variables(live)).rule("spec.variables", Aspect::UnorderedBy("name"))
}

#[test]
fn only_what_is_declared_is_compared() {
    case(body!({"a": 1}), body!({"a": 1})).gives(&[]);
    case(body!({"a": 1}), body!({"a": 2})).gives(&["a: 2 -> 1"]);
    case(body!({"a": 1}), body!({})).gives(&["a: absent -> 1"]);
    case(body!({"a": 1}), body!({"a": 1, "b": 2})).gives(&["b ~ ServerDefault"]);
    case(body!({"a": {"b": 1}}), body!({"a": {"b": 1, "c": 2}})).gives(&["a.c ~ ServerDefault"]);
    case(body!({"a": {"b": 1}}), body!({})).gives(&["a.b: absent -> 1"]);
    case(body!({"a": {"b": 1}}), body!({"a": "text"})).gives(&["a: \"text\" -> {\"b\":1}"]);
    case(body!({"a": "text"}), body!({"a": {"b": 1}})).gives(&["a: {\"b\":1} -> \"text\""]);
    case(body!({"a": {}}), body!({"a": {"b": 1}})).gives(&["a.b ~ ServerDefault"]);
}

#[test]
fn identity_is_not_a_field() {
    let declared = body!({"apiVersion": "v1", "kind": "K", "spec": {"kind": "x"}});
    case(declared.clone(), body!({"spec": {"kind": "x"}})).gives(&[]);
    case(declared, body!({"spec": {}})).gives(&["spec.kind: absent -> \"x\""]);
}

#[test]
fn absent_and_zero_are_equal() {
    for zero in [body!(null), body!(false), body!(0), body!(""), body!([]), body!({"x": false})] {
        let outcome = case(body!({"a": zero}), body!({})).run();
        assert!(outcome.differences.is_empty(), "{zero:?}");
        let outcome = case(body!({"a": null}), body!({"a": zero})).run();
        assert!(outcome.differences.is_empty(), "{zero:?}");
    }
    case(body!({"a": false}), body!({})).gives(&["a ~ ZeroValue"]);
    case(body!({"a": false}), body!({"a": true})).gives(&["a: true -> false"]);
    case(body!({"a": ""}), body!({"a": "x"})).gives(&["a: \"x\" -> \"\""]);
    case(body!({"a": []}), body!({"a": [1]})).gives(&["a: [1] -> []"]);
    case(body!({"a": null}), body!({"a": 1})).gives(&["a: 1 -> absent"]);
}

#[test]
fn numbers_are_equal_however_written() {
    case(body!({"a": 1}), body!({"a": 1.0})).gives(&[]);
    case(body!({"a": 1}), body!({"a": 1.5})).gives(&["a: 1.5 -> 1"]);
    case(body!({"a": 1}), body!({"a": "1"})).gives(&["a: \"1\" -> 1"]);
}

#[test]
fn server_owned_fields_are_mentioned_only_where_declared() {
    let owned =
        |declared| case(declared, body!({"status": {"x": 1}})).rule("status", Aspect::ServerOwned);
    owned(body!({})).gives(&[]);
    owned(body!({"status": {"x": 1}})).gives(&[]);
    owned(body!({"status": {"x": 2}})).gives(&["status ~ ServerOwned"]);
    owned(body!({})).sent(body!({"status": {"x": 2}})).gives(&[]);
}

#[test]
fn ignored_fields_are_left_alone() {
    keyed(&[("A", "1"), ("B", "1")], &[("A", "2"), ("B", "2")])
        .ignore("spec.variables[A]")
        .gives(&["spec.variables[B].value: \"2\" -> \"1\"", "spec.variables[A] ~ Ignored"]);
    case(body!({"a": 1}), body!({"a": 1})).ignore("a").gives(&[]);
    case(body!({}), body!({"a": 1})).sent(body!({"a": 1})).ignore("a").gives(&["a ~ Ignored"]);
}

#[test]
fn facets_tell_what_a_change_asks_for() {
    let facets = |aspect| {
        let outcome = case(body!({"a": {"b": 1}}), body!({"a": {"b": 2}})).rule("a", aspect).run();
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
    let texts = |left: &str, right: &str| case(body!({"a": left}), body!({"a": right}));
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
    let with =
        |declared: Body, live: Body| case(declared, live).rule("a", Aspect::Default("text".into()));
    with(body!({"a": "text"}), body!({})).gives(&["a ~ Default"]);
    with(body!({"a": null}), body!({"a": "text"})).gives(&["a ~ Default"]);
    with(body!({"a": "other"}), body!({})).gives(&["a: absent -> \"other\""]);
    with(body!({}), body!({"a": "text"})).sent(body!({"a": "x"})).gives(&["a ~ Default"]);
    with(body!({}), body!({"a": "x"}))
        .sent(body!({"a": "x"}))
        .gives(&["a: \"x\" -> default \"text\""]);
}

#[test]
fn sets() {
    let set = |left: Body, right: Body| {
        case(body!({"a": left}), body!({"a": right})).rule("a", Aspect::Unordered)
    };
    set(body!(["x", "y"]), body!(["y", "x"])).gives(&["a ~ Order"]);
    set(body!(["x", "x"]), body!(["x"])).gives(&["a: [\"x\"] -> [\"x\",\"x\"]"]);
    set(body!(["x"]), body!(null)).gives(&["a: absent -> [\"x\"]"]);
    case(body!({"a": ["x", "y"]}), body!({"a": ["y", "x"]}))
        .gives(&["a: [\"y\",\"x\"] -> [\"x\",\"y\"]"]);
}

#[test]
fn lists_of_mappings_without_identity_are_compared_by_position() {
    case(body!({"a": [{"b": 1}, {"b": 2}]}), body!({"a": [{"b": 1, "c": 9}, {"b": 3}]}))
        .gives(&["a[1].b: 3 -> 2", "a[0].c ~ ServerDefault"]);
    case(body!({"a": [{"b": 1}]}), body!({"a": []})).gives(&["a: [] -> [{\"b\":1}]"]);
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
    let groups = |declared: Body, live: Body| {
        case(body!({"g": declared}), body!({"g": live})).rule("g", Aspect::UnorderedBy("name"))
    };
    groups(body!([{"name": "x"}]), body!([])).gives(&["g[x]: absent -> {\"name\":\"x\"}"]);
    groups(body!([{"name": "x"}]), body!([{"name": "x", "id": 1}]))
        .gives(&["g[x].id ~ ServerDefault"]);
    groups(body!([]), body!([{"name": "x"}]))
        .sent(body!({"g": [{"name": "x"}]}))
        .gives(&["g[x]: {\"name\":\"x\"} -> absent"]);
}

#[test]
fn what_was_sent_and_is_not_declared_any_more_is_removed() {
    case(body!({}), body!({"a": 1})).sent(body!({"a": 1})).gives(&["a: 1 -> absent"]);
    case(body!({}), body!({"a": 2})).sent(body!({"a": 1})).gives(&["a: 2 -> absent"]);
    case(body!({}), body!({})).sent(body!({"a": 1})).gives(&[]);
    case(body!({}), body!({"a": 1})).sent(body!({"a": null})).gives(&["a ~ ServerDefault"]);
    // Of a mapping only what was sent goes; what others put there stays.
    case(body!({}), body!({"l": {"mine": "1", "theirs": "2"}}))
        .sent(body!({"l": {"mine": "1"}}))
        .gives(&["l.mine: \"1\" -> absent", "l.theirs ~ ServerDefault"]);
    let removed = keyed(&[], &[("A", "1"), ("Z", "9")]).sent(variables(&[("A", "1")]));
    removed.gives(&[
        "spec.variables[A]: {\"name\":\"A\",\"value\":\"1\"} -> absent",
        "spec.variables[Z] ~ ServerDefault",
    ]);
    // The whole list is gone from the document.
    let mut whole = keyed(&[], &[("A", "1"), ("Z", "9")]).sent(variables(&[("A", "1")]));
    whole.declared = body!({});
    assert_eq!(whole.lines().len(), 2);
}

#[test]
fn removing_a_variable_means_its_default() {
    let removed = |live: &str| {
        keyed(&[], &[("A", live)])
            .sent(variables(&[("A", live)]))
            .refine("spec.variables[A].value", Aspect::Default("1".into()))
            .refine("spec.variables[A].value", Aspect::Immutable)
    };
    removed("1").gives(&["spec.variables[A] ~ Default"]);
    removed("2").gives(&["spec.variables[A]: {\"name\":\"A\",\"value\":\"2\"} -> default \"1\""]);
    assert!(removed("2").run().differences[0].facets.immutable);
}

fn password(live: Body) -> Case {
    case(body!({"p": SECRET_PLACEHOLDER}), live).secret("p", "hunter2")
}

#[test]
fn secrets_are_compared_where_they_can_be_read() {
    password(body!({"p": "hunter2"})).gives(&[]);
    password(body!({"p": "old"})).gives(&["p: secret -> secret"]);
    password(body!({})).gives(&["p: absent -> secret"]);
    password(body!({"p": "HUNTER2"})).rule("p", Aspect::CaseInsensitive).gives(&[]);
    case(body!({"p": SECRET_PLACEHOLDER}), body!({"p": "[1,2]"}))
        .secret("p", "[1, 2]")
        .rule("p", Aspect::Json)
        .gives(&[]);
}

#[test]
fn masked_and_missing_secrets_are_compared_by_hash() {
    for live in [body!({"p": "********"}), body!({})] {
        password(live.clone()).hash("p", "hunter2").gives(&["p ~ MaskedSecret"]);
        password(live.clone()).hash("p", "old").gives(&["p: secret -> secret"]);
        password(live).rule("p", Aspect::Secret).gives(&["p ~ NotRecorded"]);
    }
}

#[test]
fn write_only_fields_are_never_read() {
    let write_only = |live: Body| password(live).rule("p", Aspect::WriteOnly);
    write_only(body!({"p": "stale"})).hash("p", "hunter2").gives(&["p ~ MaskedSecret"]);
    write_only(body!({"p": "stale"})).hash("p", "old").gives(&["p: secret -> secret"]);
    write_only(body!({})).gives(&["p ~ NotRecorded"]);
    // Written into the manifest itself it is a secret all the same.
    case(body!({"p": "plain"}), body!({}))
        .rule("p", Aspect::WriteOnly)
        .hash("p", "other")
        .gives(&["p: secret -> secret"]);
    case(body!({}), body!({"p": "x"}))
        .sent(body!({"p": SECRET_PLACEHOLDER}))
        .rule("p", Aspect::WriteOnly)
        .gives(&["p ~ StaysAsSent"]);
}

#[test]
fn write_only_lists_are_compared_by_what_is_on_record() {
    let list = |items: &[&str]| {
        let held = vec![SECRET_PLACEHOLDER; items.len()];
        let case = case(body!({"p": held}), body!({})).rule("p", Aspect::WriteOnly);
        let place = |at: usize| format!("p[{at}]");
        items.iter().enumerate().fold(case, |case, (at, item)| case.secret(&place(at), item))
    };
    let sent = |case: Case, items: &[&str]| {
        let held = vec![SECRET_PLACEHOLDER; items.len()];
        let case = case.sent(body!({"p": held}));
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
    let files = |path: &str| body!({"p": [{"path": path, "content": SECRET_PLACEHOLDER}]});
    let file = |path: &str| {
        case(files("/a"), body!({}))
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
    let fixed = |sent: Option<Body>| {
        let case = case(body!({"p": "x", "l": ["y"]}), body!({}));
        let case = case.rule("p", Aspect::Recorded).rule("p", Aspect::Immutable);
        let case = case.rule("l", Aspect::Recorded).rule("l", Aspect::Immutable);
        Case { sent: sent.map(Into::into), ..case }
    };
    fixed(None).gives(&["l ~ NotRecorded", "p ~ NotRecorded"]);
    fixed(Some(body!({"p": "x", "l": ["y"]}))).gives(&["l ~ MaskedSecret", "p ~ MaskedSecret"]);
    fixed(Some(body!({}))).gives(&["l: absent -> [\"y\"]", "p: absent -> \"x\""]);
}

/// What is in effect of what is declared was looked up: what is missing is sent again, what is declared
/// no more is taken away, and what others put there is in none of it.
#[test]
fn what_is_in_effect_counts_beside_what_was_sent() {
    let with = |declared: Body, live: Body, sent: Option<Body>| {
        let case = case(body!({"l": declared}), body!({"l": live}));
        let case = case.rule("l", Aspect::Recorded).rule("l", Aspect::Unordered);
        let sent = sent.map(|sent| body!({"l": sent}).into());
        Case { sent, ..case.refine("l", Aspect::InEffect) }
    };
    let both = || body!(["a", "b"]);
    with(both(), body!(["b", "a"]), Some(both())).gives(&[]);
    // It was there before, and nobody here put it there.
    with(both(), both(), None).gives(&[]);
    with(both(), both(), Some(body!(["a"]))).gives(&[]);
    with(both(), body!(["a"]), Some(both())).gives(&["l: [\"a\"] -> [\"a\",\"b\"]"]);
    with(both(), body!([]), Some(both())).gives(&["l: absent -> [\"a\",\"b\"]"]);
    with(body!(["a"]), body!(["a"]), Some(both())).gives(&["l: [\"a\",\"b\"] -> [\"a\"]"]);
    // The order inside of an element means nothing where the rules say so.
    let roles = |names: Body| body!([{"project": "p", "roles": names}]);
    with(roles(both()), roles(both()), Some(roles(body!(["b", "a"]))))
        .rule("l[*].roles", Aspect::Unordered)
        .gives(&[]);
    // Nothing is compared that was not looked up this time.
    let mut unread = with(both(), body!([]), Some(both()));
    (unread.refined, unread.live) = (Vec::new(), body!({}));
    unread.gives(&["l ~ MaskedSecret"]);
}

/// Of a list that cannot be read each element is compared by itself, so that the one that differs is
/// named; a secret in it is nothing but a secret.
#[test]
fn recorded_lists_name_the_element_that_differs() {
    let files = |first: &str| body!([{"path": "/a", "content": first}, {"path": "/b", "content": SECRET_PLACEHOLDER}]);
    let with = |first: &str, secret: &str| {
        case(body!({"l": files(first)}), body!({}))
            .sent(body!({"l": files("x")}))
            .rule("l", Aspect::Recorded)
            .secret("l[1].content", secret)
            .hash("l[1].content", "s")
    };
    let read = ["l[0].content ~ MaskedSecret", "l[0].path ~ MaskedSecret"];
    let rest = ["l[1].content ~ MaskedSecret", "l[1].path ~ MaskedSecret"];
    with("x", "s").gives(&[&read[..], &rest[..]].concat());
    with("y", "s").gives(&[&["l[0].content: \"x\" -> \"y\"", read[1]][..], &rest[..]].concat());
    let changed = ["l[1].content: secret -> secret"];
    with("x", "t").gives(&[&changed[..], &read[..], &rest[1..]].concat());
    let mut longer = with("x", "s");
    longer.declared = body!({"l": [files("x")[0], files("x")[0], files("x")[1]]});
    longer.secret("l[2].content", "s").gives(&["l: secret -> secret"]);
    // What was taken over, and never sent from here.
    let mut adopted = with("x", "s");
    (adopted.sent, adopted.hashes) = (None, BTreeMap::new());
    adopted.rule("l", Aspect::AtCreation).gives(&["l ~ NotRecorded"]);
}

#[test]
fn a_secret_that_differs_in_its_line_ends_alone_says_so() {
    let told = "p: secret -> secret with other line ends";
    for (declared, sent) in [("a", "a\n"), ("a\n", "a"), ("a\r\nb", "a\nb"), ("a\nb\n", "a\r\nb")] {
        let by_hash = case(body!({"p": SECRET_PLACEHOLDER}), body!({})).secret("p", declared);
        by_hash.rule("p", Aspect::WriteOnly).hash("p", sent).gives(&[told]);
        let readable = case(body!({"p": SECRET_PLACEHOLDER}), body!({"p": sent}));
        readable.secret("p", declared).gives(&[told]);
    }
    let other = case(body!({"p": SECRET_PLACEHOLDER}), body!({"p": "a\n"}));
    other.secret("p", "b").gives(&["p: secret -> secret"]);
}

#[test]
fn what_only_a_rule_calls_secret_is_one_all_the_same() {
    let plain = |live: Body| case(body!({"p": "hunter2"}), live).refine("p", Aspect::Secret);
    plain(body!({"p": "hunter2"})).gives(&[]);
    plain(body!({"p": "old"})).gives(&["p: secret -> secret"]);
    plain(body!({"p": "********"})).hash("p", "hunter2").gives(&["p ~ MaskedSecret"]);
    plain(body!({"p": "********"})).hash("p", "old").gives(&["p: secret -> secret"]);
    plain(body!({"p": "********"})).gives(&["p ~ NotRecorded"]);
    case(body!({"p": 5}), body!({"p": 5})).rule("p", Aspect::Secret).gives(&[]);
    case(body!({"p": null}), body!({})).rule("p", Aspect::Secret).gives(&[]);
}

#[test]
fn recorded_fields_are_compared_with_what_was_sent() {
    let roles = |declared: Body, sent: Body| {
        case(body!({"roles": declared}), body!({}))
            .sent(body!({"roles": sent}))
            .rule("roles", Aspect::Recorded)
            .rule("roles", Aspect::Unordered)
    };
    roles(body!(["a", "b"]), body!(["b", "a"])).gives(&["roles ~ MaskedSecret"]);
    roles(body!(["a"]), body!(["a", "b"])).gives(&["roles: [\"a\",\"b\"] -> [\"a\"]"]);
    roles(body!(["a"]), body!(null)).gives(&["roles: absent -> [\"a\"]"]);
    roles(body!([]), body!(null)).gives(&[]);
    let mut gone = roles(body!(null), body!(["a"]));
    gone.declared = body!({});
    gone.gives(&["roles: [\"a\"] -> absent"]);
    let mut nothing_on_record = roles(body!(["a"]), body!(null));
    nothing_on_record.sent = None;
    nothing_on_record.gives(&["roles: absent -> [\"a\"]"]);
}

#[test]
fn recorded_lists_are_compared_without_order_where_it_means_nothing() {
    let roles = |first: Body, second: Body| body!({"p": [first, second]});
    let at = |project: &str, roles: &[&str]| body!({"project": project, "roles": roles});
    let declared = roles(at("a", &["x", "y"]), at("b", &["z"]));
    let compared = |sent: Body, inner: bool| {
        let case = case(declared.clone(), body!({})).sent(sent);
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
    let projects = |declared: Body, sent: Body| {
        case(body!({"p": declared}), body!({}))
            .sent(body!({"p": sent}))
            .rule("p", Aspect::Recorded)
            .rule("p", Aspect::UnorderedBy("project"))
            .rule("p[*].roles", Aspect::Unordered)
    };
    let ml = body!({"project": "ml", "roles": ["a", "b"]});
    projects(body!([&ml]), body!([{"project": "ml", "roles": ["b", "a"]}]))
        .gives(&["p[project=ml].roles ~ MaskedSecret"]);
    projects(body!([&ml]), body!([])).gives(&["p[project=ml].roles: absent -> [\"a\",\"b\"]"]);
    projects(body!([]), body!([&ml]))
        .gives(&["p[project=ml]: {\"project\":\"ml\",\"roles\":[\"a\",\"b\"]} -> absent"]);
    projects(body!([{"project": "ml"}]), body!([]))
        .gives(&["p[project=ml]: absent -> {\"project\":\"ml\"}"]);
    projects(body!([{"project": "ml"}]), body!([{"project": "ml"}])).gives(&[]);
}

#[test]
fn outputs_are_unknown_or_hidden() {
    case(body!({"a": null}), body!({"a": "10.0.0.1"}))
        .unknown("a")
        .gives(&["a: secret -> known later"]);
    case(body!({"a": "new"}), body!({"a": "old"}))
        .filled("a", &body!("new"))
        .gives(&["a: secret -> secret"]);
    case(body!({"a": "same"}), body!({"a": "same"})).filled("a", &body!("same")).gives(&[]);
    case(body!({"a": ["x", null]}), body!({"a": ["x", "y"]}))
        .unknown("a[1]")
        .gives(&["a: secret -> known later"]);
    case(body!({"a": ["x", "new"]}), body!({"a": ["x", "old"]}))
        .filled("a[1]", &body!("new"))
        .gives(&["a: secret -> secret"]);
}

#[test]
fn secrets_in_lists_without_identity_are_compared_whole() {
    let list = |live: Body| {
        case(body!({"a": ["x", SECRET_PLACEHOLDER]}), body!({"a": live}))
            .secret("a[1]", "hunter2")
            .rule("a", Aspect::Unordered)
    };
    list(body!(["hunter2", "x"])).gives(&[]);
    list(body!(["old", "x"])).gives(&["a: secret -> secret"]);
    list(body!([])).gives(&["a: absent -> secret"]);
    list(body!(["********", "x"])).hash("a[1]", "hunter2").gives(&["a ~ MaskedSecret"]);
}

#[test]
fn no_secret_leaks_from_a_value_around_it() {
    let inside = body!({"o": {"p": "hunter2", "q": 1}});
    // A mapping that becomes a text, with a rule on what was inside.
    case(body!({"o": "text"}), inside.clone())
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
    case(body!({"a": [1]}), body!({"a": ["hunter2", "b"]}))
        .hash("a[0]", "hunter2")
        .gives(&["a: secret -> secret"]);
    let lines = case(body!({"a": [1, 2]}), body!({"a": ["hunter2", "b", "c"]}))
        .rule("a[*]", Aspect::Secret)
        .lines();
    assert!(!lines.concat().contains("hunter2"), "{lines:?}");
}

#[test]
fn deep_values_end() {
    let deep = |leaf: u8| (0..100).fold(body!(leaf), |inner, _| body!({ "a": inner }));
    assert_eq!(case(deep(1), deep(1)).run(), Outcome::default());
    assert_eq!(case(deep(1), deep(2)).run().differences.len(), 1);
}

fn resource(body: Body) -> Resource {
    let span = Span { file: "f".into(), line: 1, column: 1, start: 0, end: 0 };
    Resource {
        key: ResourceKey::new(KindId::new("g", "K"), Scope::Global, "n".to_owned()),
        body,
        wishes: Wishes::default().into(),
        origin: Origin { file: "f".into(), document: 0, item: None, span },
    }
}

#[test]
fn leaves_are_what_a_plan_depends_on() {
    let mut resource = resource(body!({
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
    let live = body!({"spec": {"list": [], "variables": [{"name": "A", "value": "1"}]}});
    let digests = digests_at(&live, &leaves);
    assert_eq!(digests[&expected[1]], None, "zero is absent");
    assert_eq!(digests[&expected[2]], Some(crate::digest::Digest::of(&"1".into())));
}

#[test]
fn a_create_shows_everything_but_secrets() {
    let mut resource = resource(body!({
        "kind": "K", "metadata": {"name": "n", "empty": ""},
        "spec": {"p": "hunter2", "out": null, "known": "10.0.0.1", "g": [{"name": "x"}]}}));
    resource.hide(&path("spec.p"));
    resource.hide(&path("spec.known"));
    resource.body = resource.body.with(&path("spec.out"), output().into());
    let rules = field_rules(&[("spec.g", Aspect::UnorderedBy("name"))]);
    let lines: Vec<String> = creation(&resource.body, RuleSet::new(&rules, &[]))
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

    fn any_value() -> impl Strategy<Value = Body> {
        let leaf = prop_oneof![
            Just(body!(null)),
            any::<bool>().prop_map(Body::from),
            (0..3_i64).prop_map(Body::from),
            "[a-c]{0,2}".prop_map(Body::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Body::from),
                prop::collection::btree_map("[a-d]", inner, 0..4)
                    .prop_map(|map| Body::Fields(map.into_iter().collect())),
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
    let members = |declared: Body, live: Body| case(declared, live).rule("t", Aspect::Members);
    let list = |values: &[&str]| body!({"t": values});
    let differs = |case: Case| -> Vec<(Shown, Shown)> {
        let outcome = case.run();
        outcome.differences.into_iter().map(|d| (d.before, d.after)).collect()
    };
    let nothing: [(Shown, Shown); 0] = [];
    let change = |before: &[&str], after: &[&str]| {
        [(Shown::Plain(serde_json::json!(before)), Shown::Plain(serde_json::json!(after)))]
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
        differs(members(body!({}), list(&["x", "b"])).sent(list(&["b"]))),
        change(&["x", "b"], &["x"]),
        "none declared any more"
    );
}
