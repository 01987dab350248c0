//! What comments and documents cite is there: files, their sections, assumptions and rows of the
//! contracts, decisions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const RAFAY: &str = "docs/contracts/rafay.md";
const VOLTAGE_PARK: &str = "docs/contracts/voltage-park.md";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Every text of the repository that people read, by its path.
fn texts() -> BTreeMap<String, String> {
    let root = root();
    let mut texts = BTreeMap::new();
    let mut folders: Vec<PathBuf> =
        ["crates", "tests", "docs", "fuzz", "manifests"].map(|name| root.join(name)).to_vec();
    let loose = ["README.md", "Cargo.toml", "deny.toml", "clippy.toml"].map(|name| root.join(name));
    let mut files = loose.to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with("attacks") {
                folders.push(path);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    for path in files {
        let extension = path.extension().unwrap_or_default().to_str().unwrap();
        if ["rs", "md", "toml", "yaml", "yml"].contains(&extension)
            && let Ok(text) = fs::read_to_string(&path)
        {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            texts.insert(name, text);
        }
    }
    texts
}

fn has_extension(path: &str, extension: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|it| it == extension)
}

/// What of a text says something to its reader: of code the comments, one behind the other so that
/// a citation may go over two lines.
fn said(path: &str, text: &str) -> String {
    if has_extension(path, "md") {
        return text.to_owned();
    }
    let mark = if has_extension(path, "rs") { "//" } else { "#" };
    let mut said = String::new();
    for line in text.lines() {
        let comment = line.trim_start().strip_prefix(mark);
        let comment = comment.map(|comment| comment.trim_start_matches(['/', '!']));
        // What is not one comment is not read as one.
        said.push_str(comment.unwrap_or("\n\n"));
    }
    said
}

/// The numbers of a document's sections: `4`, `4.1`.
fn sections(text: &str) -> BTreeSet<String> {
    let heading = Regex::new(r"(?m)^#+ (\d+(?:\.\d+)*)\.? ").unwrap();
    heading.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// What a text cites and is not there.
struct Citations {
    texts: BTreeMap<String, String>,
    rows: BTreeSet<String>,
    document: Regex,
    section: Regex,
    row: Regex,
    decision: Regex,
}

impl Citations {
    fn new() -> Self {
        let texts = texts();
        let rows = Regex::new(r"(?m)^\| *((?:R|V|RAFAY|VP)-\d+) *\|").unwrap();
        let contracts = [RAFAY, VOLTAGE_PARK].map(|path| texts[path].as_str());
        let rows = contracts.iter().flat_map(|text| rows.captures_iter(text));
        Self {
            rows: rows.map(|found| found[1].to_owned()).collect(),
            document: Regex::new(r"([A-Za-z0-9_./-]+\.md)\b|\b([A-Z]{4,})\b(?: §)").unwrap(),
            section: Regex::new(r"§(\d+(?:\.\d+)*)").unwrap(),
            row: Regex::new(r"(?:^|[^A-Za-z0-9-])((?:R|V|RAFAY|VP)-\d{2,3})\b").unwrap(),
            decision: Regex::new(r"\b[Dd]ecisions? \[?(\d+)\b").unwrap(),
            texts,
        }
    }

    /// The document that a name means, seen from a file.
    fn named(&self, from: &str, name: &str) -> Option<&str> {
        let beside = Path::new(from).parent().unwrap().join(name);
        let mut plain = PathBuf::new();
        for part in beside.components() {
            match part.as_os_str().to_str().unwrap() {
                ".." => drop(plain.pop()),
                part => plain.push(part),
            }
        }
        let known = self.texts.get_key_value(name);
        let known = known.or_else(|| self.texts.get_key_value(plain.to_str().unwrap()));
        known.map(|(name, _)| name.as_str())
    }

    /// The document whose sections a file means that names none.
    fn usual(path: &str) -> Option<&'static str> {
        let is = |cloud: &str| {
            let places = [
                format!("crates/{cloud}/"),
                format!("crates/sandbox-{cloud}/"),
                format!("contracts/{cloud}.md"),
            ];
            places.iter().any(|place| path.contains(place))
        };
        match (is("rafay"), is("voltage-park")) {
            (true, _) => Some(RAFAY),
            (_, true) => Some(VOLTAGE_PARK),
            _ => None,
        }
    }

    fn missing(&self, path: &str, text: &str) -> Vec<String> {
        let said = said(path, text);
        let mut missing = Vec::new();
        let mut documents: Vec<(usize, Option<&str>)> = Vec::new();
        for found in self.document.captures_iter(&said) {
            let name = found.get(1).or(found.get(2)).unwrap();
            let foreign = ["RFC", "YAML", "docs/contracts/NAME.md"].contains(&name.as_str());
            let document = self.named(path, name.as_str());
            // Without a folder it is a name that some program gives to what it writes; NAME stands
            // for any.
            let is_ours =
                name.as_str().contains('/') || name.as_str().starts_with(char::is_uppercase);
            if document.is_none() && !foreign && is_ours {
                missing.push(format!("{path}: there is no {}", name.as_str()));
            }
            documents.push((name.end(), document));
        }
        for found in self.section.captures_iter(&said) {
            let at = found.get(0).unwrap().start();
            let sentence = said[..at].rfind(['(', '\n', ':']).unwrap_or_default();
            if said[sentence..at].contains("YAML 1.2") {
                continue;
            }
            let near = documents.iter().rev().find(|(end, _)| (sentence..=at).contains(end));
            let document = near.map_or_else(|| Self::usual(path), |(_, document)| *document);
            match document.map(|name| sections(&self.texts[name]).contains(&found[1])) {
                Some(true) => {}
                Some(false) => {
                    missing.push(format!("{path}: {} has no §{}", document.unwrap(), &found[1]));
                }
                None => missing.push(format!("{path}: §{} of which document?", &found[1])),
            }
        }
        for found in self.row.captures_iter(&said) {
            if !self.rows.contains(&found[1]) {
                missing.push(format!("{path}: no contract has {}", &found[1]));
            }
        }
        for found in self.decision.captures_iter(&said) {
            let begins = format!("docs/decisions/{:0>4}-", &found[1]);
            if !self.texts.keys().any(|name| name.starts_with(&begins)) {
                missing.push(format!("{path}: there is no decision {}", &found[1]));
            }
        }
        missing
    }
}

#[test]
fn what_is_cited_is_there() {
    let citations = Citations::new();
    assert!(citations.rows.len() > 150, "{:?}", citations.rows);
    let missing = citations.texts.iter().flat_map(|(path, text)| citations.missing(path, text));
    let missing: Vec<String> = missing.collect();
    assert!(missing.is_empty(), "{} citations\n{}", missing.len(), missing.join("\n"));
}

/// A search that finds nothing proves nothing.
#[test]
fn what_is_not_there_is_found() {
    let citations = Citations::new();
    let in_a_crate = |comment: &str| citations.missing("crates/rafay/src/x.rs", comment);
    for (comment, expected) in [
        ("/// As designed (DESIGN.md §4.1).", "there is no DESIGN.md"),
        ("/// As designed (DESIGN §4.1).", "there is no DESIGN"),
        ("/// As read (api/rafay.md §11).", "there is no api/rafay.md"),
        ("//! As read (api §99).", "rafay.md has no §99"),
        ("//! As read\n//! (docs/rules.md\n//! §77).", "rules.md has no §77"),
        ("// An assumption (R-999).", "no contract has R-999"),
        ("// A row (VP-77).", "no contract has VP-77"),
        ("// See decision 4711.", "there is no decision 4711"),
    ] {
        let missing = in_a_crate(comment).join("\n");
        assert!(missing.contains(expected), "{comment}: {missing}");
    }
    let fine =
        "/// As read (api §3.7, R-28, docs/rules.md §2), and in `plan.md`.\nlet x = \"R-999\";";
    assert_eq!(in_a_crate(fine), [""; 0]);
    let elsewhere = citations.missing("crates/cli/src/x.rs", "/// As read (api §3.7).");
    assert_eq!(elsewhere, ["crates/cli/src/x.rs: §3.7 of which document?"]);
}
