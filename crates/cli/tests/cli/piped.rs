//! Manifests from standard input: they belong to the stack that the command line names, and are all
//! of it.

use crate::harness::{Cloud, Ran, Site, finish, stack, workspace};
use serde_json::json;
use std::io::Write;
use std::process::Stdio;

fn piped(site: &Site, code: i32, line: &str, text: &str) -> Ran {
    let words: Vec<&str> = line.split(' ').collect();
    let mut child = site.command(&words).stdin(Stdio::piped()).spawn().unwrap();
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    let ran = finish(child);
    assert_eq!(ran.code, code, "plumb {line}\n{}", ran.all());
    ran
}

#[test]
fn standard_input_needs_a_stack_and_is_then_all_of_it() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud);
    let (one, two) = (workspace("one"), workspace("two"));
    let both = format!("{one}---\n{two}");
    for line in ["plan -", "drift -", "apply --yes -", "destroy --confirm overlay -"] {
        piped(&site, 1, line, &both).says(&["standard input belongs to no stack", "--stack NAME"]);
    }
    assert_eq!(cloud.effect_count(), 0);
    piped(&site, 0, "validate -", &both);
    piped(&site, 0, "apply --yes --stack overlay -", &both).says(&["2 added"]);
    let whole = piped(&site, 0, "plan --stack overlay -", &both);
    whole.says(&["Everything in stack overlay is as its manifests say."]);
    piped(&site, 0, "apply --yes --prune --stack overlay -", &one).says(&["1 destroyed"]);

    // Another stack's folder is no place to do that in.
    site.write("plumb.yaml", &stack("fleet", ""));
    let ran = piped(&site, 1, "plan --stack overlay -", &one);
    ran.says(&["--stack says \"overlay\", and plumb.yaml names \"fleet\""]);
}
