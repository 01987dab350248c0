//! `plumb validate` on a folder of mistakes: all of them in one run, each with line and column.

use crate::harness::{Cloud, Site, machine, stack, workspace};
use serde_json::{Value, json};

/// A file, the code it earns, line and column, and what must be said about it.
type Mistake = (&'static str, String, &'static str, u64, u64, &'static str);

fn mistakes() -> Vec<Mistake> {
    let node = |name: &str| machine(name, "dev", &[]);
    vec![
        (
            "a-unknown-field.yaml",
            node("a").replace("computeType:", "computeTyp:"),
            "PL0203",
            8,
            3,
            "computeType",
        ),
        (
            "b-wrong-type.yaml",
            node("b").replace("systemCatalog: true", "systemCatalog: \"yes\""),
            "PL0204",
            11,
            20,
            "systemCatalog",
        ),
        (
            "c-missing-field.yaml",
            workspace("c").replace("  project: defaultproject\n", ""),
            "PL0205",
            3,
            1,
            "project",
        ),
        (
            "d-invalid-value.yaml",
            node("d").replace("computeType: baremetal", "computeType: baremetl"),
            "PL0206",
            8,
            16,
            "baremetal",
        ),
        (
            "e-unknown-kind.yaml",
            workspace("e").replace("kind: Workspace", "kind: Workspce"),
            "PL0202",
            2,
            7,
            "Workspace",
        ),
        (
            "f-twice-in-a-mapping.yaml",
            format!("{}  name: again\n", workspace("f")),
            "PL0103",
            6,
            3,
            "name",
        ),
        ("g-declared-twice.yaml", workspace("dev"), "PL0301", 1, 1, "Workspace/defaultproject/dev"),
        (
            "j-annotation.yaml",
            format!("{}  annotations:\n    plumb.dev/prevent-destroy: \"maybe\"\n", workspace("j")),
            "PL0209",
            7,
            32,
            "prevent-destroy",
        ),
        ("k-syntax.yaml", "apiVersion: [\n".to_owned(), "PL0101", 1, 13, ""),
        (
            "l-missing-file.yaml",
            workspace("l")
                .replace("  name: l\n", "  name: l\n  description: {valueFrom: {file: no.txt}}\n"),
            "PL0306",
            5,
            16,
            "no.txt",
        ),
        (
            "m-older-format.yaml",
            "apiVersion: config.rafay.dev/v2\nkind: Cluster\nmetadata:\n  name: m\n".to_owned(),
            "PL0208",
            1,
            13,
            "",
        ),
    ]
}

fn folder() -> Site {
    let site = Site::empty();
    site.write("plumb.yaml", &stack("fleet", ""));
    site.write("dev.yaml", &workspace("dev"));
    for (file, text, ..) in mistakes() {
        site.write(file, &text);
    }
    site
}

#[test]
fn all_mistakes_are_reported_at_once_with_line_and_column() {
    let site = folder();
    let human = site.exits(1, "validate");
    assert_eq!(human.out, "", "mistakes are no data");
    let json = site.exits(1, "validate --format json").json();
    let sarif = site.exits(1, "validate --format sarif").json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let mut missing = Vec::new();
    for (file, _, code, line, column, about) in mistakes() {
        let place = format!("{file}:{line}:{column}");
        if !human.err.contains(&place) || !human.err.contains(&format!("error[{code}]")) {
            missing.push(format!("human: {code} at {place}"));
        }
        let found = json["findings"].as_array().unwrap().iter().find(|finding| {
            let span = &finding["span"];
            finding["code"] == code
                && span["file"].as_str().is_some_and(|name| name.ends_with(file))
                && (&span["line"], &span["column"]) == (&json!(line), &json!(column))
        });
        match found {
            None => missing.push(format!("json: {code} at {place}")),
            Some(finding) if !finding.to_string().contains(about) => {
                missing.push(format!("json: {code} does not speak of {about}: {finding}"));
            }
            Some(_) => {}
        }
        if !results.iter().any(|result| is_at(result, code, file, line, column)) {
            missing.push(format!("sarif: {code} at {place}"));
        }
    }
    assert!(missing.is_empty(), "{}\n{}", missing.join("\n"), human.err);
    let errors = json["errors"].as_u64().unwrap();
    assert_eq!(errors, mistakes().len() as u64, "{:#}", json["findings"]);
    human.says(&[&format!("{errors} errors")]);
}

fn is_at(result: &Value, code: &str, file: &str, line: u64, column: u64) -> bool {
    let place = &result["locations"][0]["physicalLocation"];
    let region = &place["region"];
    result["ruleId"] == code
        && place["artifactLocation"]["uri"].as_str().is_some_and(|uri| uri.ends_with(file))
        && (&region["startLine"], &region["startColumn"]) == (&json!(line), &json!(column))
}

/// The same input gives the same bytes.
#[test]
fn the_order_of_findings_is_stable() {
    let site = folder();
    let first = site.exits(1, "validate").err;
    for _ in 0..3 {
        assert_eq!(site.exits(1, "validate").err, first);
    }
}

#[test]
fn manifests_come_from_files_folders_lists_json_and_standard_input() {
    let site = Site::empty();
    site.write("plumb.yaml", &stack("fleet", ""));
    site.write("deep/er/one.yml", &workspace("one"));
    site.write(
        "two.json",
        &serde_json::to_string(&json!({
            "apiVersion": "v1", "kind": "List", "items": [
                {"apiVersion": "paas.envmgmt.io/v1", "kind": "Workspace",
                 "metadata": {"name": "two", "project": "defaultproject"}},
            ],
        }))
        .unwrap(),
    );
    site.exits(0, "validate").says(&["Valid: 2 resources."]);
    site.exits(0, "validate deep").says(&["Valid: 1 resource."]);
    let mut child = site.command(&["validate", "-"]);
    let mut child = child.stdin(std::process::Stdio::piped()).spawn().unwrap();
    let text = format!("{}---\n{}", workspace("three"), workspace("four"));
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let ran = crate::harness::finish(child);
    assert_eq!(ran.code, 0, "{}", ran.all());
    ran.says(&["Valid: 2 resources."]);
}

/// What only the live profiles show, with the span of the variable.
#[test]
fn validate_live_checks_against_the_profiles() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    let variables = [("assign_public_ip", "perhaps"), ("Infiniband", "true")];
    site.write("node.yaml", &machine("node", "dev", &variables));
    site.exits(0, "validate");
    let ran = site.exits(1, "validate --live");
    ran.says(&["PL0404", "node.yaml:16:14", "PL0402", "node.yaml:17:13", "\"true\", \"false\""]);
    assert_eq!(cloud.writes(0), [""; 0]);
}
