//! No mistake shows a secret: for every managed kind and every place its rules call secret, each
//! kind of mistake with a canary in it, and nothing of the canary in any output of any format.

use crate::harness::{Ran, Site, finish, stack};
use plumb_kind::Kind;
use plumb_model::key::ScopeLevel;
use plumb_model::path::{Matcher, Segment};
use plumb_model::rules::{Access, RuleSet};
use plumb_tests::canary::MARK;
use plumb_tests::plumb::registry;
use std::io::Write;
use std::process::Stdio;

/// A number as a password would be one, found by these digits.
const DIGITS: &str = "7391505061";

/// How a document is wrong: its name, and how the secret place and its surroundings are written.
/// `CANARY` stands for text with the mark, and `NUMBER` for a number.
const MISTAKES: [(&str, &str); 25] = [
    ("number", "FIELD: NUMBER"),
    ("list", "FIELD: [CANARY, NUMBER]"),
    ("mapping", "FIELD: {inner: CANARY, number: NUMBER}"),
    ("unknown-key", "FIELDX: CANARY"),
    ("unknown-beside", "FIELD: CANARY\nbeside: CANARY"),
    ("on-one-line", "{FIELD: CANARY, beside: CANARY}"),
    ("doubled", "FIELD: CANARY\nFIELD: CANARY"),
    ("doubled-on-one-line", "{FIELD: CANARY, FIELD: CANARY}"),
    ("in-a-list", "- FIELD: CANARY"),
    ("block", "FIELD: |\n  CANARY: CANARY\nbeside: |\n  CANARY"),
    ("folded", "FIELD: >-\n  CANARY\n   - CANARY\nbeside: 1"),
    ("comment", "FIELD: CANARY # CANARY\nbeside: 1 # CANARY"),
    ("quoted", "FIELD: \"CANARY\" \nbeside: 'CANARY'"),
    ("open-quote", "FIELD: \"CANARY"),
    ("colons", "FIELD: CANARY: CANARY"),
    ("badly-indented", "FIELD: |\n    CANARY\n  CANARY\n CANARY: 1"),
    ("tag", "FIELD: !CANARY x"),
    ("alias", "FIELD: *CANARY"),
    ("anchor", "FIELD: &CANARY NUMBER"),
    ("value-from", "FIELD: {valueFrom: CANARY}"),
    ("value-from-odd", "FIELD: {valueFrom: {vra: CANARY}}"),
    ("value-from-no-name", "FIELD: {valueFrom: {var: \"+CANARY\"}}"),
    ("not-closed", "FIELD: {inner: CANARY"),
    ("brace", "FIELD: {{ CANARY }}"),
    ("control", "FIELD: CANARY\u{7}"),
];

/// Where a secret may stand, from the root of the document: names of fields, lists as `[]`.
fn places(kind: &dyn Kind) -> Vec<Vec<String>> {
    let step = |matcher: &Matcher| match matcher {
        Matcher::Exactly(Segment::Key(name)) => name.to_string(),
        _ => "[]".to_owned(),
    };
    let rules = RuleSet::new(&kind.rules().fields, &[]);
    let declared = rules.secrets().map(|pattern| pattern.matchers().iter().map(step).collect());
    let mut places: Vec<Vec<String>> = declared.collect();
    // Whether a variable is a secret is known only once its profile is read.
    let variables = ["spec", "variables", "[]", "value"].map(str::to_owned).to_vec();
    let schema = kind.schema().to_value();
    let has_variables = schema.pointer("/properties/spec/properties/variables").is_some();
    places.extend(has_variables.then_some(variables));
    places
}

/// A document with `text` where the last field of a place would stand; `parent` is written in place
/// of the first one.
fn document(kind: &dyn Kind, place: &[String], parent: &str, text: &str) -> String {
    let rules = kind.rules();
    let mut lines = format!(
        "apiVersion: {}\nkind: {}\nmetadata:\n  name: thing\n",
        rules.api_version, rules.id.kind
    );
    if rules.level != ScopeLevel::Global {
        lines += "  project: defaultproject\n";
    }
    if rules.level == ScopeLevel::Workspace {
        lines += "  workspace: dev\n";
    }
    let mut indent = 0;
    for (at, step) in place[..place.len() - 1].iter().enumerate() {
        if step == "[]" {
            lines += &indented("- name: thing", indent);
        } else {
            let name = if at == 0 { parent } else { step };
            lines += &indented(&format!("{name}:"), indent);
        }
        indent += 2;
    }
    // An element begins with its name; what is on one line or a list cannot go on after it.
    let text = if place.contains(&"[]".to_owned()) && text.starts_with(['{', '-']) {
        format!("inner:\n{}", indented(text, 2))
    } else {
        text.to_owned()
    };
    lines + &indented(&text, indent)
}

fn indented(text: &str, by: usize) -> String {
    let blanks = " ".repeat(by);
    text.lines().flat_map(|line| [blanks.as_str(), line, "\n"]).collect()
}

/// Every document with a mistake, each with a name that says which.
fn documents() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for kind in registry().kinds().filter(|kind| kind.rules().access == Access::Managed) {
        for place in places(kind) {
            let field = place.last().unwrap();
            let name = format!("{}-{field}", kind.rules().id.kind);
            let mut put = |mistake: &str, text: String| {
                let text = text.replace("CANARY", &format!("{MARK}{}", all.len()));
                let text = text.replace("NUMBER", &format!("{DIGITS}{}", all.len()));
                all.push((format!("{name}-{mistake}.yaml"), text));
            };
            for (mistake, text) in MISTAKES {
                put(mistake, document(kind, &place, &place[0], &text.replace("FIELD", field)));
            }
            let plain = format!("{field}: CANARY");
            let sound = document(kind, &place, &place[0], &plain);
            put("misspelled-parent", document(kind, &place, "spce", &plain));
            put("at-the-root", format!("{sound}{plain}\n"));
            put(
                "in-metadata",
                sound.replace("  name: thing\n", &format!("  name: thing\n  {plain}\n")),
            );
            put("no-metadata", sound.replace("metadata:", "metadata: [] #"));
            put("as-metadata", sound.replace("metadata:\n  name: thing", "metadata: CANARY\nx: 1"));
            put(
                "as-a-name",
                sound.replace("name: thing", &format!("name: {{{plain}, x: NUMBER}}")),
            );
            put("no-such-kind", sound.replace("kind: ", "kind: Un"));
            put("no-kind", sound.replace("kind: ", "kin: "));
            put("two-kinds", sound.replace("kind: ", "kind: Workspace\nkind: "));
            put("old", sound.replacen("apiVersion: ", "apiVersion: config.rafay.dev/v2 #", 1));
            put("two-documents", format!("{sound}--- {{\n{sound}"));
            put("list", {
                let item = indented(&format!("- {}", indented(&sound, 2).trim_start()), 0);
                format!("apiVersion: v1\nkind: List\nbeside: {{{plain}}}\nitems:\n{item}")
            });
            let json = format!(
                "{{\"apiVersion\": \"{}\", \"kind\": \"{}\", \"metadata\": {{\"name\": \"thing\"}}, \
                 \"spec\": {{\"{field}\": \"CANARY\", \"beside\": \"CANARY\", \"{field}\": NUMBER}}}}",
                kind.rules().api_version,
                kind.rules().id.kind,
            );
            put("json", json);
            put("bare", format!("spec:\n  {plain}\n  beside: 1\n"));
            put("scalar", "CANARY\n".to_owned());
        }
    }
    all
}

/// The lines around whatever shows a part of a canary.
fn leaks(ran: &Ran) -> Vec<String> {
    let all = ran.all();
    let lines: Vec<&str> = all.lines().collect();
    let shows = |line: &str| line.contains(MARK) || line.contains(DIGITS);
    let leaking = (0..lines.len()).filter(|at| shows(lines[*at]));
    leaking.map(|at| lines[at.saturating_sub(3)..=at].join("\n")).collect()
}

fn expect_no_leak(line: &str, ran: &Ran) {
    let leaks = leaks(ran);
    let shown = leaks.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n\n");
    assert!(leaks.is_empty(), "plumb {line}: {} leaks\n{shown}", leaks.len());
}

#[test]
fn no_mistake_shows_a_secret() {
    let documents = documents();
    assert!(documents.len() > 150, "{} documents", documents.len());
    // As many as are told of in one run.
    for (batch, documents) in documents.chunks(100).enumerate() {
        let site = Site::empty();
        site.write("plumb.yaml", &stack("fleet", ""));
        for (name, text) in documents {
            site.write(name, text);
        }
        for line in [
            "validate",
            "plan",
            "validate --format json",
            "plan --format json",
            "validate --format markdown",
            "plan --format markdown",
            "validate --format sarif",
            "drift",
            "graph",
        ] {
            let ran = site.exits(1, line);
            expect_no_leak(&format!("{line}, batch {batch}"), &ran);
            if line == "validate" {
                let silent =
                    documents.iter().filter(|(name, _)| !ran.all().contains(name.as_str()));
                let silent: Vec<&String> = silent.map(|(name, _)| name).collect();
                // What is a secret and nothing else is no mistake where plain secrets may stand.
                assert!(silent.is_empty(), "nothing wrong: {silent:?}");
            }
        }
    }
}

fn piped(site: &Site, line: &str, text: &str) -> Ran {
    let words: Vec<&str> = line.split(' ').collect();
    let mut child = site.command(&words).stdin(Stdio::piped()).spawn().unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    finish(child)
}

#[test]
fn no_mistake_in_standard_input_shows_a_secret() {
    let site = Site::empty();
    site.write("plumb.yaml", &stack("fleet", ""));
    for (name, text) in documents() {
        let ran = piped(&site, "plan -", &text);
        assert_eq!(ran.code, 1, "{name}: {}", ran.all());
        expect_no_leak(&format!("plan - < {name}"), &ran);
    }
    let all: Vec<String> = documents().into_iter().map(|(_, text)| text).collect();
    for line in ["plan -", "validate - --format json", "validate - --format markdown"] {
        expect_no_leak(line, &piped(&site, line, &all.join("\n---\n")));
    }
}

#[test]
fn a_key_in_the_stack_file_is_not_shown() {
    for spec in [
        "  apiKey: CANARY",
        "  rafay: {endpoint: https://CANARY.example, key: CANARY}",
        "  connections: [{name: CANARY, api_key: CANARY}]",
        "  connections: [CANARY, {}]",
        "  connections: CANARY",
        "  connections:\n  - CANARY\n  prune: {apiKey: CANARY}",
        "  token: CANARY\n  token: CANARY",
        "  key: \"CANARY",
        "  key: !CANARY x",
        "  {ledger: \"https://u:CANARY@host/x\", prune: 7}",
        "  ledger: https://u:CANARY@host/x\n  prune: 7",
        "  paths: CANARY",
        "  # CANARY\n  x: 1 # CANARY",
    ] {
        let site = Site::empty().with_workspace("dev");
        let spec = spec.replace("CANARY", &format!("{MARK}1"));
        site.write("plumb.yaml", &stack("fleet", &spec));
        for line in ["validate", "plan", "plan --format json", "plan --format markdown"] {
            expect_no_leak(&format!("{line} with {spec}"), &site.exits(1, line));
        }
    }
}

/// What a secret is hidden for shows all the rest: the line, the field, and where it is wrong.
#[test]
fn what_is_no_secret_is_shown_as_before() {
    let site = Site::empty();
    site.write("plumb.yaml", &stack("fleet", ""));
    let user = "apiVersion: auth/v1\nkind: User\nmetadata:\n  name: a@b.c\nspec:\n  \
                first_name: 7\n  password: 1234567890\n  last_nam: B\n";
    site.write("user.yaml", user);
    let ran = site.exits(1, "validate");
    ran.says(&[
        "first_name: 7",
        "password: (not shown)",
        "last_nam: (not shown)",
        "spec.password must be text, and is a number",
    ]);
    ran.keeps_quiet_of(&["1234567890"]);
}
