//! Holds the architecture: who may depend on whom, and what each crate may do.
//!
//! The rules are those of docs/architecture.md. The first half is read from `cargo metadata`, the
//! second from the sources, since "awaits" and "reads the environment" are no dependencies.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Each crate, and the crates of ours it may depend on.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("plumb-model", &[]),
    ("plumb-cel", &["plumb-model"]),
    // Stands in for somebody else's (patches/).
    ("crc-fast", &[]),
    ("plumb-planner", &["plumb-model", "plumb-cel"]),
    ("plumb-kind", &["plumb-model"]),
    ("plumb-manifest", &["plumb-model", "plumb-kind", "plumb-cel"]),
    ("plumb-engine", &["plumb-model", "plumb-kind"]),
    ("plumb-ledger", &["plumb-model"]),
    ("plumb-rafay", &["plumb-model", "plumb-kind"]),
    (
        "plumb-reconcile",
        &["plumb-model", "plumb-planner", "plumb-manifest", "plumb-engine", "plumb-ledger"],
    ),
    ("plumb-render", &["plumb-model"]),
    ("plumb-sandbox", &[]),
    ("plumb-sandbox-rafay", &["plumb-sandbox"]),
    ("plumb-sandbox-voltage-park", &["plumb-sandbox"]),
    ("plumb-voltage-park", &["plumb-model", "plumb-kind"]),
];

/// What `cargo tree` says a build is made of: packages with their features.
fn built(which: &[&str]) -> BTreeMap<String, String> {
    let tree = ["tree", "--locked", "--offline", "--prefix=none", "--format={p}|{f}"];
    let mut cargo = std::process::Command::new(env!("CARGO"));
    let listed = cargo.args(tree).args(which).output().unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let listed = String::from_utf8(listed.stdout).unwrap();
    // A package that was listed before has a star; ours have their folder.
    let lines = listed.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('|'));
    lines.map(|(package, features)| (package.to_owned(), features.to_owned())).collect()
}

/// The binary that tests try has the features of the one that ships, in every library: none that a
/// test's own libraries turn on, such as a clock that can be stopped.
#[test]
fn what_ships_has_the_features_that_are_tested() {
    let edges = "--edges=no-dev,no-build,no-proc-macro";
    let ships = built(&["--package=plumb-cli", edges]);
    let tested = built(&["--workspace", "--edges=no-build,no-proc-macro"]);
    assert!(ships.len() > 100, "{ships:?}");
    for (package, features) in &ships {
        let help = "turn the features on in plumb-cli, see its Cargo.toml";
        assert_eq!(tested.get(package), Some(features), "{package}: {help}");
    }
}

/// Crates that may await, and so depend on a runtime or a client.
const MAY_AWAIT: &[&str] =
    &["plumb-engine", "plumb-ledger", "plumb-reconcile", "plumb-sandbox", "plumb-cli"];

/// External crates that mean I/O, time or a network.
const ASYNC_OR_NETWORK: &[&str] = &["tokio", "reqwest", "axum", "hyper", "rustls"];

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().exec().unwrap()
}

fn ours(metadata: &Metadata) -> BTreeMap<String, &Package> {
    metadata.packages.iter().map(|package| (package.name.to_string(), package)).collect()
}

fn normal_dependencies(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
    normal.map(|dependency| dependency.name.clone()).collect()
}

fn sources(package: &Package) -> Vec<(PathBuf, String)> {
    rust_files(&package.manifest_path.parent().unwrap().join("src").into_std_path_buf())
}

/// The Rust files below a folder, but for what builds left there.
fn rust_files(root: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files.sort();
    files
}

/// A file's code without its tests: everything before the first `#[cfg(test)]` block, and nothing
/// of a file that is a test module of its own.
fn code<'t>(path: &Path, text: &'t str) -> &'t str {
    let is_test_file = path.components().any(|part| part.as_os_str() == "tests")
        || path.file_name().is_some_and(|name| name == "tests.rs");
    if is_test_file {
        return "";
    }
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

fn lines_with<'t>(code: &'t str, words: &[&str]) -> Vec<&'t str> {
    let is_comment = |line: &str| line.trim_start().starts_with("//");
    code.lines()
        .filter(|line| !is_comment(line) && words.iter().any(|word| line.contains(word)))
        .collect()
}

#[test]
fn crates_import_only_what_the_design_allows() {
    let metadata = metadata();
    let packages = ours(&metadata);
    for (name, allowed) in MAY_IMPORT {
        let package = packages.get(*name).unwrap_or_else(|| panic!("no crate {name}"));
        for dependency in normal_dependencies(package) {
            let is_ours = dependency.starts_with("plumb-");
            assert!(
                !is_ours || allowed.contains(&dependency.as_str()),
                "{name} imports {dependency}"
            );
        }
    }
    for name in packages.keys() {
        let known = MAY_IMPORT.iter().any(|(known, _)| known == name);
        assert!(
            known || ["plumb-cli", "plumb-tests"].contains(&name.as_str()),
            "{name} has no rule"
        );
    }
}

#[test]
fn the_sandbox_and_the_providers_never_meet() {
    let metadata = metadata();
    let packages = ours(&metadata);
    // Not even in tests: they are two readings of one contract.
    let all = |name: &str| -> Vec<String> {
        packages[name].dependencies.iter().map(|dependency| dependency.name.clone()).collect()
    };
    let is_simulated = |name: &str| name.starts_with("plumb-sandbox");
    for name in packages.keys().filter(|name| is_simulated(name)) {
        let met: Vec<String> =
            all(name).into_iter().filter(|it| it.starts_with("plumb-")).collect();
        assert!(met.iter().all(|it| is_simulated(it)), "{name} meets {met:?}");
    }
    for name in ["plumb-rafay", "plumb-voltage-park"] {
        assert!(!all(name).iter().any(|it| is_simulated(it)), "{name} meets the sandbox");
    }
}

#[test]
fn only_engine_ledger_reconcile_and_sandbox_await() {
    let metadata = metadata();
    for (name, package) in ours(&metadata) {
        if MAY_AWAIT.contains(&name.as_str()) || name == "plumb-tests" {
            continue;
        }
        for dependency in normal_dependencies(package) {
            assert!(
                !ASYNC_OR_NETWORK.contains(&dependency.as_str()),
                "{name} depends on {dependency}"
            );
        }
        for (path, text) in sources(package) {
            let found = lines_with(code(&path, &text), &[".await", "async fn", "async move"]);
            assert!(found.is_empty(), "{} awaits: {found:?}", path.display());
        }
    }
}

#[test]
fn only_the_command_line_prints_reads_the_environment_or_exits() {
    let metadata = metadata();
    let words = [
        "println!",
        "eprintln!",
        "print!(",
        "env::var",
        "env::args",
        "process::exit",
        "io::stdout",
    ];
    for (name, package) in ours(&metadata) {
        if ["plumb-cli", "plumb-tests"].contains(&name.as_str()) {
            continue;
        }
        for (path, text) in sources(package) {
            let found = lines_with(code(&path, &text), &words);
            assert!(found.is_empty(), "{}: {found:?}", path.display());
        }
    }
}

#[test]
fn the_planner_and_the_model_are_pure() {
    let metadata = metadata();
    let packages = ours(&metadata);
    let words = [
        "HashMap",
        "HashSet",
        "HashTable",
        "std::fs",
        "std::env",
        "std::net",
        "Instant",
        "SystemTime",
        "Timestamp::now",
        "std::process",
        "File::",
    ];
    for name in ["plumb-planner", "plumb-model"] {
        for (path, text) in sources(packages[name]) {
            let code = code(&path, &text);
            let mut found = lines_with(code, &words);
            if LOOKED_UP_ONLY.iter().any(|known| path.ends_with(known)) {
                found.retain(|line| !line.contains("HashTable"));
                found.extend(lines_with(code, &GONE_THROUGH));
            }
            assert!(found.is_empty(), "{}: {found:?}", path.display());
        }
    }
}

/// Where the order of a hash shows in nothing: what is in the table is found there, and that is all.
const LOOKED_UP_ONLY: [&str; 2] = ["model/src/body/pool.rs", "model/src/name.rs"];
const GONE_THROUGH: [&str; 10] = [
    "self.known.iter",
    "self.known.drain",
    "self.known.retain",
    "self.known.into",
    "in &self.known",
    "names.known.iter",
    "names.known.drain",
    "names.known.retain",
    "names.known.into",
    "in &names.known",
];

/// What only a run does, and the only files beside `crates/reconcile` in which each may stand: where
/// it is defined, and where it is tried or measured by itself.
const STEPS: &[(&[&str], &[&str])] = &[
    (
        &["plumb_planner::plan("],
        &["crates/planner/benches/empty_plan.rs", "tests/tests/secrets_by_kind.rs"],
    ),
    (&["(Settling {", " Settling {"], &["crates/engine/src/settling.rs"]),
    (&[" Work {"], &["crates/engine/src/executing/"]),
    (
        &[" Acting {"],
        &["crates/engine/src/executing/act.rs", "crates/engine/tests/suite/acting.rs"],
    ),
];

#[test]
fn the_run_is_put_together_once() {
    let root = metadata().workspace_root.into_std_path_buf();
    let mut done = BTreeSet::new();
    for (path, text) in rust_files(&root) {
        let place = path.strip_prefix(&root).unwrap().display().to_string();
        if place == "tests/tests/import_rules.rs" {
            continue;
        }
        let is_the_run = place.starts_with("crates/reconcile/src/");
        for (step, allowed) in STEPS {
            let found = lines_with(&text, step);
            if is_the_run && !found.is_empty() {
                done.insert(*step);
            }
            let is_allowed = is_the_run || allowed.iter().any(|known| place.starts_with(known));
            assert!(found.is_empty() || is_allowed, "{place} does a step of a run: {found:?}");
        }
    }
    assert_eq!(done.len(), STEPS.len(), "a step has another name now: {done:?}");
}

/// What gives the bare text of a secret, and the files that may ask for it.
const BARING: &[&str] = &[".expose()", "with_secrets_in_clear()", ".to_wire()", ".to_look_up()"];
const MAY_BARE: &[(&str, &[&str])] = &[
    // Comparing, hashing, and what gives it.
    (
        "plumb-model",
        &[
            "body.rs",
            "body/show.rs",
            "compare/secret.rs",
            "compare/equal.rs",
            "digest.rs",
            "text.rs",
        ],
    ),
    // The bytes of a request.
    ("plumb-engine", &["transport.rs", "transport/http.rs", "transport/session.rs"]),
    // The length of a value that was just read.
    ("plumb-manifest", &["draft.rs"]),
    // `get --show-secrets`; outputs that are no secret, or are asked for by name; a new key, once.
    ("plumb-cli", &["commands/describe/outputs.rs", "commands/get.rs", "commands/key/into.rs"]),
    // Names that are looked up; the beginning of a key; outputs that are addresses and users.
    (
        "plumb-rafay",
        &["grants.rs", "keys.rs", "membership.rs", "organization.rs", "reach.rs", "sent.rs"],
    ),
    // The bearer token; names, ids and public keys that are looked up; worlds of tests.
    (
        "plumb-voltage-park",
        &["session.rs", "ids.rs", "ssh_key/content.rs", "volume/attachment.rs", "worlds.rs"],
    ),
];

#[test]
fn few_files_meet_a_bare_secret() {
    let metadata = metadata();
    for (name, package) in ours(&metadata) {
        if ["plumb-tests", "plumb-sandbox"].contains(&name.as_str()) {
            continue;
        }
        let allowed = MAY_BARE.iter().find(|(known, _)| *known == name);
        let allowed = allowed.map_or(&[] as &[&str], |(_, files)| files);
        let root = package.manifest_path.parent().unwrap().join("src");
        for (path, text) in sources(package) {
            let file = path.strip_prefix(&root).unwrap().display().to_string();
            let found = lines_with(code(&path, &text), BARING);
            let is_allowed = allowed.contains(&file.as_str());
            assert!(found.is_empty() || is_allowed, "{name}/{file} bares a secret: {found:?}");
        }
    }
}

#[test]
fn every_file_says_what_lives_in_it() {
    let metadata = metadata();
    for (_, package) in ours(&metadata) {
        for (path, text) in sources(package) {
            assert!(text.starts_with("//!"), "{} has no module doc", path.display());
        }
    }
}
