//! docs/threat-model.md names the tests that show each answer to a threat: they exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Threats that are listed at the least; fewer means that the table is not read.
const LEAST: usize = 25;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The cells of the table of tests, row by row.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let table = text.split("## Shown by").nth(1).unwrap();
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// What stands between backticks.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The names of all test functions of the workspace, and of its files of attacks.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    let mut folders = vec![root().join("crates"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                tests.extend(tests_in(&fs::read_to_string(path).unwrap()));
            }
        }
    }
    tests
}

/// The functions that an attribute marks as tests.
fn tests_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_marked = false;
    for line in text.lines().map(str::trim) {
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if line == "#[test]" || line.starts_with("#[tokio::test") {
            is_marked = true;
        } else if let Some(function) = function {
            if is_marked {
                found.extend(function.split('(').next().map(str::to_owned));
            }
            is_marked = false;
        }
    }
    found
}

#[test]
fn every_threat_has_a_test_that_exists() {
    let text = fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    let (rows, tests) = (rows(&text), tests());
    assert!(rows.len() >= LEAST, "only {} threats are listed", rows.len());
    for row in rows {
        let [threat, answer, shown_by] = row[..] else { panic!("not three cells: {row:?}") };
        assert!(!threat.is_empty() && !answer.is_empty(), "{row:?}");
        let named = names(shown_by);
        assert!(!named.is_empty(), "no test shows {threat:?}");
        for name in named {
            assert!(tests.contains(name), "{threat:?} is shown by {name:?}, which is no test");
        }
    }
}

#[test]
fn a_name_that_is_no_test_is_noticed() {
    let source = "#[test]\nfn one() {}\nfn helper() {}\n#[tokio::test]\nasync fn two() {}\n";
    assert_eq!(tests_in(source), ["one", "two"]);
    let text =
        "a\n## Shown by\n\n| x | y | z |\n|---|---|---|\n| a | b | `one`, `two` |\n\n## c\n| d |";
    assert_eq!(rows(text), [["a", "b", "`one`, `two`"]]);
    assert_eq!(names("`one`, `two`"), ["one", "two"]);
    assert!(!tests().contains("no_such_test"));
}
