//! The house keeps what it is built for: what is of one cloud stands in that cloud's crates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

/// The crates that know clouds only as what is registered.
const GENERAL: [&str; 9] =
    ["model", "planner", "kind", "manifest", "engine", "ledger", "reconcile", "render", "cli"];
/// What clouds are called, in small letters.
const CLOUDS: [&str; 5] = ["rafay", "voltage", "envmgmt", "k8smgmt", "paas."];
/// Where clouds are named: the line that lists them, and that of the simulated ones with the keys
/// they are given.
const LISTS: [&str; 2] = ["cli/src/providers.rs", "cli/src/commands/sandbox.rs"];

/// A line of help that needs the name of some cloud.
const HELP: &str = "/// Only this cloud, for instance voltage-park.";

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() && name != "tests" {
            sources(&path, into);
        } else if path.extension().is_some_and(|it| it == "rs") && name != "tests.rs" {
            into.push(path);
        }
    }
}

/// The lines of a source that name a cloud, without its tests.
fn named_in(text: &str) -> Vec<(usize, &str)> {
    let product = text.lines().take_while(|line| *line != "#[cfg(test)]");
    let names = |line: &str| {
        // What a rule rests on may be cited.
        let line = line.to_lowercase();
        let mut parts = line.split("docs/contracts/");
        let first = parts.next().unwrap_or_default().to_owned();
        let line = parts.fold(first, |all, cited| all + cited.split_once(".md").unwrap().1);
        CLOUDS.iter().any(|cloud| line.contains(cloud)) && !line.trim().eq_ignore_ascii_case(HELP)
    };
    product.enumerate().map(|(at, line)| (at + 1, line)).filter(|(_, line)| names(line)).collect()
}

#[test]
fn clouds_are_named_in_their_own_crates_and_in_the_lines_that_list_them() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut found = Vec::new();
    for general in GENERAL {
        let mut files = Vec::new();
        sources(&crates.join(general).join("src"), &mut files);
        assert!(!files.is_empty(), "{general}");
        for file in files {
            let name = file.strip_prefix(&crates).unwrap().display().to_string();
            if LISTS.contains(&name.as_str()) {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            found.extend(named_in(&text).iter().map(|(at, line)| format!("{name}:{at} {line}")));
        }
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_name_out_of_place_is_seen() {
    assert_eq!(
        named_in("//! x\nconst RAFAY: &str = \"\";\n#[cfg(test)]\n// rafay"),
        [(2, "const RAFAY: &str = \"\";")]
    );
    assert_eq!(named_in("a\nVoltagePark::new()\n").len(), 1);
    assert_eq!(named_in("an ordinary line\n"), []);
}
