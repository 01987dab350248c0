//! The coverage tables of the contracts' checklists, RAFAY-01 to RAFAY-65 and VP-01 to VP-31: made
//! by running, never by hand, and compared with `docs/coverage.md`. `PLUMB_UPDATE_EXPECTED=1` writes
//! it.
//!
//! The sandbox's column: the request the vendor shows, sent to the sandbox as it is shown, is routed
//! to the operation that claims the row, and answered with success; where the document names other
//! codes, each of them is met too (`coverage/replayed.rs`). plumb's column: plumb sent it itself while
//! it made, changed, switched and deleted the vendor's fleet, and looked at it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "coverage/platform.rs"]
mod platform;
#[path = "coverage/replayed.rs"]
mod replayed;
mod seed;

use plumb_sandbox::{Operation, RequestRecord};
use plumb_tests::simulated::operations;
use replayed::Answers;
use seed::{Document, Life, Shown};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

#[tokio::test(start_paused = true)]
async fn every_row_is_covered() {
    let rafay = seed::rafay::life().await;
    let mut voltage_park = seed::voltage_park::life().await;
    voltage_park.requests.extend(seed::voltage_park::refused_life().await.requests);
    let mut tables = String::from(HEAD);
    tables.push_str(RAFAY);
    tables.push_str(&table(Document::Rafay, &replayed::rafay(), &rafay));
    tables.push_str(PLATFORM);
    tables.push_str(&platform::table().await);
    tables.push_str(VOLTAGE_PARK);
    tables.push_str(&table(Document::VoltagePark, &replayed::voltage_park(), &voltage_park));
    compare(&tables);
}

const HEAD: &str = "\
# Coverage of the APIs

The checklists of the two contracts. These tables are made by the tests (`cargo nextest run -p
plumb-tests --test coverage`) and compared with what they see; `PLUMB_UPDATE_EXPECTED=1` writes them
anew.

- **sandbox**: the operation that claims the row, and its answer to the vendor's own request. Where the
  document names other codes, the operation gave each of them to a request that is wrong in that way.
- **plumb**: what plumb sent for it while it made, changed, switched, described and deleted the
  vendor's example fleet, and what it was answered. It did so twice where the document names other
  codes: once smoothly, and once while the server gave each of them before it answered well; nothing was
  made twice, and all was done in the end.

How plumb's requests differ from the vendors' examples, and why, are the tables in
`tests/tests/seed_replay/deviations.rs`, held by a test too.
";

const RAFAY: &str = "
## Rafay

Part A of the contract's checklist. `…/` stands for `/apis/paas.envmgmt.io/v1/projects/`.

| row | operation | request | sandbox | plumb |
|---|---|---|---|---|
";

const PLATFORM: &str = "
Parts B to D: partners, administration, keys and access. **sandbox**: the collections whose operations claim the row, and how
many those are. **plumb**: what it sent to them, and was answered, while a whole organization (`tests/whole`) and every kind
that is a row (`tests/rows`) were made, changed and deleted, and keys were made, ended and refused.

| row | part | capability | sandbox | plumb |
|---|---|---|---|---|
";

const VOLTAGE_PARK: &str = "
## Voltage Park

All operations of the document. `…/` stands for `/api/v1/`.

| row | operation | request | sandbox | plumb |
|---|---|---|---|---|
";

/// The rows of one document, in order; none of them has an empty cell.
fn table(document: Document, answers: &Answers, life: &Life) -> String {
    let mut shown = document.shown();
    shown.sort_by(|one, other| one.row.cmp(&other.row));
    let mut table = String::new();
    for shown in &shown {
        let Shown { row, title, method, path, .. } = shown;
        let sandbox = answers.get(row).unwrap_or_else(|| panic!("{row} {title}: not answered"));
        let plumb = sent(shown, life).unwrap_or_else(|| panic!("{row} {title}: never sent"));
        let path =
            path.replace("/apis/paas.envmgmt.io/v1/projects/", "…/").replace("/api/v1/", "…/");
        let cells = format!("| {row} | {title} | {method} `{path}` | {sandbox} | {plumb} |");
        writeln!(table, "{cells}").unwrap();
    }
    table
}

fn operation(record: &RequestRecord) -> &'static Operation {
    let id = record.operation.as_deref().expect("a known route");
    operations().find(|operation| operation.id == id).unwrap()
}

/// What plumb sent for a row: the method and path shown, the query that tells a create from an
/// update, a success, and whatever else it was answered.
fn sent(shown: &Shown, life: &Life) -> Option<String> {
    let wanted = match shown.title.split(' ').next() {
        Some("Create") if shown.path.ends_with("workspaces") => "fail-on-exists=true",
        Some("Create") if shown.path.ends_with("instances") => "fail-on-exists=true",
        Some("Update") => "fail-on-exists=false",
        _ => "",
    };
    let there = life.requests.iter().filter(|record| {
        record.method == shown.method
            && shown.is_at(&record.path)
            && record.query.contains(wanted)
            && operation(record).coverage.contains(&shown.row.as_str())
    });
    let codes: BTreeSet<u16> = there.map(|record| record.status).collect();
    let never: Vec<&u16> = shown.codes.iter().filter(|code| !codes.contains(code)).collect();
    assert!(never.is_empty(), "{} {}: plumb never met {never:?}", shown.row, shown.title);
    codes.iter().any(|code| (200..300).contains(code)).then_some(())?;
    let query = if wanted.is_empty() { String::new() } else { format!(" `?{wanted}`") };
    let codes: Vec<String> = codes.iter().map(u16::to_string).collect();
    Some(format!("{}{query} {}", shown.method, codes.join(" ")))
}

#[expect(clippy::disallowed_methods, reason = "the tests' own switch, as the scenarios have it")]
fn compare(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/coverage.md");
    if std::env::var_os("PLUMB_UPDATE_EXPECTED").is_some() {
        return std::fs::write(&path, table).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == table,
        "docs/coverage.md is not what the tests see; PLUMB_UPDATE_EXPECTED=1 writes it:\n{}",
        plumb_tests::listing::difference(&kept, table)
    );
}
