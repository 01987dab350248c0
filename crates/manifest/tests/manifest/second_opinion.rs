//! Another YAML reader reads the same values.

use super::{read, read_text};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The value under `spec.free` of a document with this text there, already indented.
fn ours(text: &str) -> Value {
    let head = "apiVersion: toy.dev/v1\nkind: Machine\nmetadata: {name: x}\nspec:\n  free:\n";
    let (_, resolved) = read_text(&format!("{head}{text}"));
    let errors: Vec<_> = resolved
        .findings
        .iter()
        .filter(|finding| finding.severity == plumb_model::Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{text}\n{errors:#?}");
    let desired = resolved.desired.unwrap();
    desired.resources().values().next().unwrap().body["spec"]["free"].shown()
}

#[test]
fn values_are_those_another_reader_reads() {
    for text in [
        "    a: 1\n    b: [x, 'y', \"z\\n\", 1.5, -3, true, null, ~, ]\n",
        "    - a\n    -   - b\n        - c\n    - {d: e, f: [g]}\n",
        "    text: |\n      one\n        two\n\n      three\n    folded: >-\n      one\n      two\n\n      three\n",
        "    plain: several words\n      over lines\n    empty:\n    quoted: ''\n",
        "    x: &x {a: 1}\n    y: *x\n    z: [*x, *x]\n",
        "    'a b': 1\n    \"c\\td\": 2\n    é: ü\n    ? long\n    : value\n",
        "    esc: \"\\u00e9 \\x41 \\U0001F600 \\\" \\\\ \\/ \\e\"\n",
        "    url: https://example.com/a?b=c#d\n    time: 2026-02-16T12:20:29Z\n    ip: 10.0.0.1\n",
        "    # a comment\n    a: b # another\n    c: 'it''s'\n",
        "    keep: |+\n      text\n\n    strip: |-\n      text\n\n",
        "    {\"json\": {\"a\": [1, 2.5e3, true, null  ]}}\n",
        "    version: v1.34.1\n    number: \"1\"\n    hex: 0x1F\n    octal: 0o17\n    float: .5\n",
    ] {
        let theirs: Value = serde_yaml::from_str(&format!("free:\n{text}")).unwrap();
        assert_eq!(ours(text), theirs["free"], "{text}");
    }
}

#[test]
fn merged_mappings_give_what_is_not_given() {
    let value = ours(
        "    base: &base {a: 1, b: 2}\n    more: &more {b: 3, c: 4}\n    one: {<<: *base, b: 9}\n    \
         two: {<<: [*base, *more]}\n    three: {\"<<\": text}\n",
    );
    assert_eq!(value["one"], json!({"a": 1, "b": 9}));
    assert_eq!(value["two"], json!({"a": 1, "b": 2, "c": 4}));
    assert_eq!(value["three"], json!({"<<": "text"}));
}

#[test]
fn the_valid_cases_read_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let theirs: Value = serde_yaml::from_str(&text).unwrap();
        let (_, resolved) = read(&[path], &BTreeMap::new());
        let desired = resolved.desired.unwrap();
        let resource = desired.resources().values().next().unwrap();
        let ours = resource.body.with_secrets_in_clear();
        let theirs = theirs.get("account").cloned().unwrap_or(theirs);
        assert!(ours == theirs || ours["spec"] == theirs, "{ours}\n{theirs}");
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e6..1e6_f64).prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
        prop::sample::select(vec!["yes", "no", "~", "0777", "1:30", "- a", "# x", "<<", "", "1e3"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z0-9 _./-]{1,8}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn json_reads_back(value in any_value()) {
        let document = json!({
            "apiVersion": "toy.dev/v1", "kind": "Machine", "metadata": {"name": "x"},
            "spec": {"free": value}
        });
        for text in [document.to_string(), serde_json::to_string_pretty(&document).unwrap()] {
            let text = text.replace("  ", "\t");
            prop_assume!(!value.to_string().contains("  "));
            let (_, resolved) = read_text(&text);
            prop_assert!(resolved.desired.is_some(), "{}\n{:#?}", text, resolved.findings);
            let desired = resolved.desired.unwrap();
            prop_assert_eq!(&desired.resources().values().next().unwrap().body, &document);
        }
    }

    #[test]
    fn what_the_other_writes_reads_back(value in any_value()) {
        let text = serde_yaml::to_string(&value).unwrap();
        prop_assume!(!text.contains("<<"));
        // What looks like a space and is none is refused outside quotes; the other writes it there.
        let looks = |letter: char| letter.is_whitespace() && !" \t\n".contains(letter);
        prop_assume!(!text.contains(looks));
        let indented: String = text.lines().map(|line| format!("    {line}\n")).collect();
        let theirs: Value = serde_yaml::from_str(&format!("free:\n{indented}")).unwrap();
        prop_assume!(theirs["free"] == value);
        prop_assert_eq!(ours(&indented), value);
    }
}
