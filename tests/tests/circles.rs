//! No circle of imports between the files of a crate, and no name of a cloud where none belongs.
//!
//! A file imports another when its code names something in the other's module: in a `use`, public or
//! not, or in a path that begins with `crate`, `super`, `self` or one of its own child modules.
//! Declaring a module (`mod child;`) is no import, so a parent may hold children; a parent that uses
//! what a child has while the child uses what the parent has is a circle like any other. Modules
//! within a file are part of it, and tests at the end of a file do not count.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The crates without circles.
const NO_CIRCLES: &[&str] = &[
    "model",
    "cel",
    "planner",
    "kind",
    "manifest",
    "engine",
    "ledger",
    "reconcile",
    "render",
    "cli",
    "rafay",
    "voltage-park",
    "sandbox",
    "sandbox-rafay",
    "sandbox-voltage-park",
];

/// The words that are nowhere in a crate, comments included.
const NAMELESS: &[(&str, &[&str])] = &[("sandbox", &["rafay", "voltage"])];

/// A module by the names of those around it; the crate itself has none.
type Module = Vec<String>;
type Files = BTreeMap<Module, String>;

#[test]
fn no_file_imports_what_imports_it() {
    for name in NO_CIRCLES {
        let files = files(&source(name));
        assert!(files.len() > 5, "{name} is somewhere else now");
        let circles = circles(&files);
        assert!(circles.is_empty(), "{name}: these files import each other: {circles:?}");
    }
}

#[test]
fn no_vendor_is_named_where_all_are_alike() {
    for (name, words) in NAMELESS {
        for (module, text) in files(&source(name)) {
            let text = untested(&text).to_lowercase();
            let found: Vec<&str> =
                text.lines().filter(|line| words.iter().any(|word| line.contains(word))).collect();
            assert!(found.is_empty(), "{name}, {}: {found:?}", module.join("::"));
        }
    }
}

#[test]
fn circles_are_found() {
    for (expected, made) in [
        (None, &[("", "mod a; mod b; pub use a::A;"), ("a", "use super::{b::B};"), ("b", "")][..]),
        (Some("a b"), &[("a", "use super::b::B;"), ("b", "fn f() { crate::a::g(); }")]),
        (
            Some("a b c"),
            &[
                ("a", "use crate::b;"),
                ("b", "use super::{c::C, d};"),
                ("c", "use crate::a::{self};"),
            ],
        ),
        (Some(" a"), &[("", "mod a; pub use a::A;"), ("a", "use crate::B;")]),
        (Some("a a::b"), &[("a", "mod b; fn f() { b::g(); }"), ("a::b", "use super::f;")]),
        (
            None,
            &[
                ("a", "mod b; fn f() { b::g(); }"),
                ("a::b", "// use super::f;\nlet x = \"super::f\";"),
            ],
        ),
        (None, &[("a", "use super::b;"), ("b", "#[cfg(test)]\nmod tests { use crate::a::A; }")]),
    ] {
        let module = |name: &str| -> Module {
            name.split("::").filter(|it| !it.is_empty()).map(str::to_owned).collect()
        };
        let files: Files =
            made.iter().map(|(name, code)| (module(name), (*code).to_owned())).collect();
        let found: Vec<String> = circles(&files).iter().map(|it| it.join("::")).collect();
        assert_eq!(found.join(" "), expected.unwrap_or_default(), "{made:?}");
    }
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src")
}

/// The files of a crate by their modules.
fn files(root: &Path) -> Files {
    let (mut files, mut folders) = (Files::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let place = path.strip_prefix(root).unwrap().with_extension("");
            let parts = place.iter().map(|part| part.to_str().unwrap().to_owned());
            let module = parts.filter(|part| !["lib", "main", "mod"].contains(&part.as_str()));
            files.insert(module.collect(), fs::read_to_string(&path).unwrap());
        }
    }
    files.retain(|module, _| module.last().is_none_or(|name| name != "tests"));
    files
}

/// Every module that imports itself by way of others.
fn circles(files: &Files) -> Vec<Module> {
    let imports: BTreeMap<&Module, BTreeSet<Module>> =
        files.iter().map(|(module, text)| (module, imported(module, text, files))).collect();
    let reaches_itself = |start: &&Module| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![*start]);
        while let Some(module) = next.pop() {
            for known in &imports[module] {
                if known == *start {
                    return true;
                }
                if seen.insert(known) {
                    next.push(known);
                }
            }
        }
        false
    };
    files.keys().filter(reaches_itself).cloned().collect()
}

/// The other modules whose items a module's code names.
fn imported(module: &Module, text: &str, files: &Files) -> BTreeSet<Module> {
    let code = bare(untested(text));
    let mut paths = Vec::new();
    for (start, _) in code.match_indices("use ") {
        let before = code[..start].chars().next_back();
        if before.is_some_and(|it| it.is_alphanumeric() || it == '_') {
            continue;
        }
        let tree = code[start + 4..].split(';').next().unwrap_or_default();
        flatten("", tree, &mut paths);
    }
    let word = |it: char| it.is_alphanumeric() || it == '_' || it == ':';
    paths.extend(
        code.split(|it| !word(it))
            .filter(|it| it.contains("::") && !it.ends_with("::"))
            .map(str::to_owned),
    );
    paths.iter().filter_map(|path| resolved(module, path, files)).collect()
}

/// The module of a path, when it is another one of this crate.
fn resolved(module: &Module, path: &str, files: &Files) -> Option<Module> {
    let mut parts = path.split("::").map(str::trim).peekable();
    let mut place = match *parts.peek()? {
        "crate" => Module::new(),
        "self" | "super" => module.clone(),
        child => {
            let place: Module = module.iter().cloned().chain([child.to_owned()]).collect();
            return files.contains_key(&place).then(|| deepest(place, parts.skip(1), files));
        }
    };
    while let Some(part) = parts.next_if(|part| ["crate", "self", "super"].contains(part)) {
        if part == "super" {
            place.pop();
        }
    }
    let place = deepest(place, parts, files);
    (place != *module && files.contains_key(&place)).then_some(place)
}

fn deepest<'p>(mut place: Module, parts: impl Iterator<Item = &'p str>, files: &Files) -> Module {
    for part in parts {
        place.push(part.to_owned());
        if !files.contains_key(&place) {
            place.pop();
            break;
        }
    }
    place
}

/// The paths of a tree of a `use`.
fn flatten(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return paths.push(format!("{prefix}{path}"));
    };
    let prefix = format!("{prefix}{}", head.trim());
    let (mut depth, mut item) = (0, String::new());
    for letter in rest.chars() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                flatten(&prefix, &std::mem::take(&mut item), paths);
                continue;
            }
            _ => {}
        }
        item.push(letter);
    }
    if !item.trim().is_empty() {
        flatten(&prefix, &item, paths);
    }
}

/// What comes before the tests at the end of a file.
fn untested(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or_default()
}

/// Code without comments and without what is in quotes.
fn bare(text: &str) -> String {
    let line = |line: &str| {
        let quoted = line.split('"').step_by(2).collect::<Vec<_>>().join("\"");
        quoted.split("//").next().unwrap_or_default().to_owned()
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
