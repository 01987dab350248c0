//! Folders of manifests with what is found in them: `tests/cases/<name>/`, the listing in
//! `expected.txt`. A new case needs no Rust; `PLUMB_UPDATE_EXPECTED=1` writes the listings anew.
//! Environment variables stand in `variables.txt` as NAME=value.

use super::{listing, read};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[test]
fn every_case_finds_what_it_expects() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut names: Vec<_> =
        fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 10, "the cases are missing");
    let wrong: Vec<String> = names.iter().filter_map(|folder| mismatch(folder)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn mismatch(folder: &Path) -> Option<String> {
    let variables = fs::read_to_string(folder.join("variables.txt")).unwrap_or_default();
    let variables: BTreeMap<String, String> = variables
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let (_, resolved) = read(&[folder.to_path_buf()], &variables);
    let mut found = listing(&resolved.findings, folder);
    if let Some(desired) = &resolved.desired {
        for key in desired.resources().keys() {
            found.push_str(&format!("declares {key}\n"));
        }
    }
    let expected = folder.join("expected.txt");
    if update() {
        fs::write(&expected, &found).unwrap();
    }
    let wanted = fs::read_to_string(&expected).unwrap_or_default();
    (wanted != found).then(|| format!("{}: expected\n{wanted}found\n{found}", folder.display()))
}

#[expect(clippy::disallowed_methods, reason = "a switch of this test")]
fn update() -> bool {
    std::env::var_os("PLUMB_UPDATE_EXPECTED").is_some()
}
