//! Policies as expressions: refused by name, line, resource and figure, before anything is sent.

use crate::formats::{schema, valid};
use crate::harness::{Cloud, Site, rental, stack};
use serde_json::json;
use std::path::Path;

#[test]
fn at_most_sixteen_gpus_in_cel_is_about_what_runs_too() {
    let cloud = Cloud::start(&json!({}));
    let two = || vec![rental("one", 8), rental("two", 8)];
    let site = Site::at(&cloud).with_documents("fleet", &two());
    let policies = "  policies:\n    - name: small fleet\n      cel: totals.gpus <= 16\n      \
                    message: at most two nodes run";
    site.write("plumb.yaml", &stack("fleet", policies));
    site.exits(0, "apply --yes");
    // Sixteen run, and none is added.
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);

    let third = rental("three", 8).replace("Dallas", "Ashton");
    site.write("fleet.yaml", &[two(), vec![third]].concat().join("---\n"));
    let before = cloud.calls();
    let refused = site.exits(4, "apply --yes --allow-hourly 1000");
    refused.says(&[
        "PL0525",
        "small fleet (plumb.yaml:7)",
        "at most two nodes run",
        "totals.gpus is 24, and not <= 16",
        "BareMetal/one, BareMetal/three, BareMetal/two",
    ]);
    assert_eq!(cloud.writes(before), [""; 0]);
    let plan = site.exits(4, "plan --format json --detailed-exitcode").json();
    assert_eq!(plan["tripped"][0]["code"], "PL0525", "{:#}", plan["tripped"]);
}

#[test]
fn an_expression_with_a_mistake_is_refused_where_it_stands() {
    let site = Site::empty();
    for (policy, place, words) in [
        (
            "{name: r, cel: totals.gpus <=}",
            "plumb.yaml:7:36",
            "line 1, column 15 of the expression",
        ),
        ("{name: r, cel: \"totals.gpus < \"}", "plumb.yaml:7:", "it does not parse"),
        ("{name: r, cel: 'total.gpus < 1'}", "plumb.yaml:7:23", "did you mean totals?"),
        (
            "name: r\n      cel: |\n        true &&\n        totals.gpus",
            "plumb.yaml:9:",
            "no matching overload for '&&' applied to '(bool, int)'",
        ),
        (
            "name: r\n      cel: |\n        true &&\n        (totals.gpus",
            "plumb.yaml:9:",
            "line 2, column 13 of the expression",
        ),
        ("{name: r, cel: totals.gpus}", "plumb.yaml:7:22", "does not say true or false"),
        ("{name: r, kind: BareMetol, cel: \"true\"}", "plumb.yaml:7", "did you mean BareMetal?"),
        (
            "{name: r, having: {spec.a: b}, cel: \"true\"}",
            "plumb.yaml:7",
            "having stands without a kind",
        ),
        ("{name: r}", "plumb.yaml:7", "cel"),
        ("{name: r, cel: true}", "plumb.yaml:7", "cel"),
    ] {
        site.write("plumb.yaml", &stack("fleet", &format!("  policies:\n    - {policy}")));
        site.exits(1, "validate").says(&[place, words]);
    }
}

/// The cases of the documentation, offline and without keys: nothing listens at all.
#[test]
fn cases_are_tried_offline() {
    let site = Site::empty();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policies");
    let copied = |name: &str| {
        let text = std::fs::read_to_string(docs.join(name)).unwrap();
        site.write(name, &text);
        text
    };
    copied("fleet.yaml");
    copied("plumb.yaml");
    let cases = copied("policies/fleet.test.yaml");
    site.exits(0, "policy test").says(&[
        "ok   the fleet as it is (./policies/fleet.test.yaml)",
        "ok   sixteen run and eight are added",
        "3 passed, 0 failed.",
    ]);
    // What a case says of fleets is no part of one.
    site.exits(0, "validate").says(&["Valid: 2 resources."]);

    let wrong = cases.replace("totals.gpus is 24", "totals.gpus is 25").replacen(
        "cheap: pass",
        "cheap: {refuse: x}",
        1,
    );
    site.write("policies/fleet.test.yaml", &wrong);
    let failed = site.exits(1, "policy test");
    failed.says(&[
        "FAIL the fleet as it is",
        "cheap: expected to refuse: x, and it passes",
        "FAIL sixteen run and eight are added",
        "small fleet: expected to refuse: totals.gpus is 25, and not <= 16, and it refuses: at most two nodes run; totals.gpus is 24",
        "ok   what nobody knows the price of is not cheap",
        "1 passed, 2 failed.",
        "Exit 1: 2 cases failed.",
    ]);
    let tried = site.exits(1, "policy test --format json").json();
    valid(&schema("policy-test"), &tried, "policy test");
    assert_eq!((&tried["passed"], &tried["failed"]), (&json!(1), &json!(2)), "{tried:#}");
    let junit = site.exits(1, "policy test . --format junit --cases policies/fleet.test.yaml").out;
    assert!(junit.contains("tests=\"3\" failures=\"2\""), "{junit}");
}

#[test]
fn a_case_with_a_mistake_is_refused() {
    let site = Site::empty();
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policies");
    let text = |name: &str| std::fs::read_to_string(docs.join(name)).unwrap();
    site.write("plumb.yaml", &text("plumb.yaml"));
    site.write("fleet.yaml", &text("fleet.yaml"));
    site.exits(1, "policy test").says(&["there are no cases of policies in"]);
    let cases = text("policies/fleet.test.yaml");
    for (from, to, says) in [
        ("small fleet: pass", "tiny fleet: pass", "no policy called tiny fleet"),
        ("cheap: pass", "cheap: passes", "expected to pass, or to {refuse: WORDS}"),
        ("cases:", "cazes:", "cazes"),
        ("PolicyTest", "PolicyTests", "PolicyTests"),
        ("22.75}", "many}", "BareMetal/two costs no amount"),
        ("BareMetal/one: \"", "BareMetal/four: \"", "the fleet has no BareMetal/four"),
        ("network_type: infiniband", "network_typ: infiniband", "did you mean network_type?"),
        ("../fleet.yaml", "../flet.yaml", "flet.yaml"),
    ] {
        assert!(cases.contains(from), "{from}");
        site.write("policies/fleet.test.yaml", &cases.replacen(from, to, 1));
        site.exits(1, "policy test").says(&[says]);
    }
}
