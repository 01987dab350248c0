//! Folders of manifests with what is found in them: `tests/cases/<name>/`, the listing in
//! `expected.snap`. A new case needs no Rust; `INSTA_UPDATE=always` writes the listings anew.
//! Environment variables stand in `variables.txt` as NAME=value.

use super::{listing, read};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_case_finds_what_it_expects() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut names: Vec<_> =
        fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 10, "the cases are missing");
    let agrees = |folder: &&PathBuf| std::panic::catch_unwind(|| compare(folder)).is_ok();
    let wrong: Vec<_> = names.iter().filter(|folder| !agrees(folder)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn compare(folder: &Path) {
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
    insta::with_settings!({
        snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true
    }, { insta::assert_snapshot!("expected", found) });
}
