//! Bodies: what they are read from, how they are found and changed, and what they never show.

use super::*;
use crate::rules::{Aspect, RuleSet, field_rules};
use crate::{PathPattern, body};
use serde_json::json;

fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}

#[test]
fn a_path_finds_keyed_elements() {
    let value = body!({"spec": {"variables": [{"name": "A", "value": "1"}]}});
    assert_eq!(value.find(&path("spec.variables[A].value")), Some(&body!("1")));
    assert_eq!(value.find(&path("spec.variables[B]")), None);
}

#[test]
fn a_pattern_finds_its_places() {
    let value = body!({"spec": {"variables": [{"name": "A", "value": 1}, {"name": "B"}]}});
    let places = |pattern: &str| -> Vec<String> {
        let pattern: PathPattern = pattern.parse().unwrap();
        let places = value.places(&pattern);
        assert_eq!(value.has_place(&pattern), !places.is_empty(), "{pattern}");
        places.iter().map(|(path, _)| path.to_string()).collect()
    };
    assert_eq!(places("spec.variables[*].value"), ["spec.variables[0].value"]);
    assert_eq!(places("spec.variables[B]"), ["spec.variables[B]"]);
    assert_eq!(places("*.variables"), ["spec.variables"]);
    assert!(places("spec.*.value").is_empty());
}

#[test]
fn json_reads_as_it_is_written() {
    let text = r#"{"z":[1,-2,1.5,true,null,"é",{}],"a":{"b/c":"","b~":[]},"a":{"b":1}}"#;
    let body = Body::parse(text.as_bytes()).unwrap();
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!((body.shown(), Body::from(json.clone())), (json.clone(), body.clone()));
    assert_eq!(body.to_wire().unwrap(), json.to_string().into_bytes());
    for pointer in ["", "/z/6", "/z/7", "/a/b", "a", "/a/b/c"] {
        assert_eq!(
            body.pointer(pointer).map(Body::shown).as_ref(),
            json.pointer(pointer),
            "{pointer}"
        );
    }
    assert!(Body::parse("[".repeat(200).as_bytes()).is_err());
}

#[test]
fn a_change_leaves_other_clones_as_they_are() {
    let before = body!({"a": {"b": [1, 2]}, "c": {"d": 1}});
    let mut after = before.clone().with(&path("a.b[1]"), body!(3)).with(&path("a.x"), body!(3));
    assert_eq!(after, json!({"a": {"b": [1, 3]}, "c": {"d": 1}}));
    let fields = after.as_object_mut().unwrap();
    fields.insert("b", body!(null));
    fields.remove("a");
    assert_eq!(after, json!({"b": null, "c": {"d": 1}}));
    assert_eq!(before, json!({"a": {"b": [1, 2]}, "c": {"d": 1}}));
}

#[test]
fn what_the_rules_call_secret_is_sealed_wherever_it_stands() {
    let rules = field_rules(&[
        ("spec.p", Aspect::WriteOnly),
        ("spec.v[*].value", Aspect::Secret),
        ("labels.*", Aspect::Secret),
    ]);
    let refined =
        field_rules(&[("spec.w[A].value", Aspect::Secret), ("spec.v[B]", Aspect::Secret)]);
    let mut sealed = body!({
        "spec": {
            "p": {"deep": ["x", 5, true, null, ""]},
            "v": [{"name": "A", "value": "x"}, {"name": "B", "note": "x"}],
            "w": [{"name": "A", "value": "x"}, {"name": "B", "value": "y"}, {"name": "A", "value": 7}],
        },
        "labels": {"a": "x"},
    });
    let clear = sealed.shown();
    walk::seal(&mut sealed, RuleSet::new(&rules, &refined));
    let s = "(secret)";
    assert_eq!(
        sealed.shown(),
        json!({
            "spec": {
                "p": {"deep": [s, s, s, null, s]},
                "v": [{"name": "A", "value": s}, {"name": "B", "note": s}],
                "w": [{"name": "A", "value": s}, {"name": "B", "value": "y"}, {"name": "A", "value": s}],
            },
            "labels": {"a": s},
        })
    );
    assert_eq!(sealed.with_secrets_in_clear(), clear, "what it was goes out");
    assert_eq!(Veiled::from(sealed.clone()).shown(), sealed.shown());
}

#[test]
fn what_is_too_deep_to_look_at_is_sealed() {
    let deep = |depth: usize| (0..depth).fold(body!("canary"), |inner, _| body!({"a": inner}));
    for (depth, shows) in [(walk::DEEPEST, true), (walk::DEEPEST + 1, false), (100, false)] {
        let mut body = deep(depth);
        walk::seal(&mut body, RuleSet::new(&[], &[]));
        assert_eq!(body.shown().to_string().contains("canary"), shows, "{depth}");
    }
}

#[test]
fn an_output_that_is_open_is_not_sent() {
    let key = "House/h".parse::<crate::Address>().unwrap();
    let key =
        ResourceKey::new(crate::KindId::new("toy", &key.kind), crate::Scope::Global, key.name);
    let body = body!({"a": [(OutputReference { key, path: path("ip") })]});
    assert_eq!((body.to_wire(), body.shown()), (Err(Unfilled), json!({"a": [null]})));
}

#[test]
fn what_a_walk_leaves_as_it_was_is_shared_with_it() {
    struct Without(&'static str);
    impl walk::Visitor for Without {
        fn enter(&mut self, _place: &walk::Place<'_>, value: &Body) -> walk::Turn {
            match value.as_str() {
                Some(text) if text == self.0 => walk::Turn::LeaveOut,
                _ => walk::Turn::Into,
            }
        }
    }
    let was = body!({"a": {"b": ["x", 1, null]}, "c": {"d": ["y"], "e": "z"}});
    let walked = |without| {
        let rules = RuleSet::new(&[], &[]);
        walk::rebuild(&was, rules, &mut FieldPath::root(), &mut Without(without)).unwrap()
    };
    assert!(walked("nothing").is_one_with(&was));
    let left = walked("y");
    assert_eq!(left, body!({"a": {"b": ["x", 1, null]}, "c": {"d": [], "e": "z"}}));
    assert!(left["a"].is_one_with(&was["a"]) && !left["c"].is_one_with(&was["c"]));
}
