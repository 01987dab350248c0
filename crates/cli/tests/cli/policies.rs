//! Policies as expressions: refused by name, line, resource and figure, before anything is sent.

use crate::harness::{Cloud, Site, rental, stack};
use serde_json::json;

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
