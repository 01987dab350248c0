//! The coverage table of the first part of the contract's checklist, RAFAY-01 to RAFAY-27: made by
//! running, never by hand, and compared with `docs/coverage.md`. `PLUMB_UPDATE_EXPECTED=1` writes it.
//!
//! The sandbox's column: the request the vendor shows, sent to the sandbox as it is shown, is routed
//! to the operation that claims the row, and answered with success. plumb's column: plumb sent it
//! itself while it made, changed, switched and deleted the vendor's fleet.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod seed;

use plumb_sandbox::{Operation, Request, RequestRecord, World, all_operations, handle};
use seed::Shown;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn every_row_is_covered() {
    let mut shown = seed::shown();
    let answered = replayed(&shown);
    let life = seed::life().await;
    shown.sort_by(|one, other| one.row.cmp(&other.row));
    let mut table = String::from(HEAD);
    for shown in &shown {
        let sandbox = answered.iter().find(|(row, _)| *row == shown.row).map(|(_, what)| what);
        let sandbox = sandbox.cloned().unwrap_or_default();
        let plumb = sent(shown, &life).unwrap_or_default();
        assert!(!sandbox.is_empty(), "{} {}: not answered by the sandbox", shown.row, shown.title);
        assert!(!plumb.is_empty(), "{} {}: never sent by plumb", shown.row, shown.title);
        let Shown { row, title, method, path, .. } = shown;
        let path = path.replace("/apis/paas.envmgmt.io/v1/projects/", "…/");
        let cells = format!("| {row} | {title} | {method} `{path}` | {sandbox} | {plumb} |");
        writeln!(table, "{cells}").unwrap();
    }
    compare(&table);
}

const HEAD: &str = "\
# Coverage of the Rafay API

Part A of the contract's checklist. This table is made by the tests (`cargo nextest run -p plumb-tests
--test coverage`) and compared with what they see; `PLUMB_UPDATE_EXPECTED=1` writes it anew.

- **sandbox**: the operation that claims the row, and its answer to the vendor's own request.
- **plumb**: what plumb sent for it while it made, changed, switched and deleted the vendor's
  example fleet, and the answer. `…/` stands for `/apis/paas.envmgmt.io/v1/projects/`.

How plumb's requests differ from the vendor's examples, and why, is a table in
`tests/tests/seed_replay.rs`, held by a test too.

| row | operation | request | sandbox | plumb |
|---|---|---|---|---|
";

/// Sends each request as it is shown to a sandbox of its own kind of world; which rows were
/// answered with success by an operation that claims them.
fn replayed(shown: &[Shown]) -> Vec<(String, String)> {
    let config = serde_json::from_value(seed::world()).unwrap();
    let (mut world, problems) = World::new(config);
    assert_eq!(problems, [""; 0]);
    let mut answered = Vec::new();
    let mut time = Duration::ZERO;
    for shown in shown {
        // Long enough for whatever the request before it began.
        time += Duration::from_hours(1);
        let account = world.rafay().directory().users.last().map(|user| user.id.clone());
        let target = match shown.path_for(&account.unwrap_or_default()) {
            path if shown.query.is_empty() => path,
            path => format!("{path}?{}", shown.query),
        };
        let key = world.config().first_api_key();
        let request = Request::new(&shown.method, &target).at(time).header("x-api-key", &key);
        let body = shown.body.as_deref().map(seed::text).unwrap_or_default().into_bytes();
        let request = Request { body, ..request };
        drop(handle(&mut world, &request));
        let record = world.requests().all().last().unwrap();
        let operation = operation(record);
        if operation.coverage.contains(&shown.row.as_str()) && (200..300).contains(&record.status) {
            answered.push((shown.row.clone(), format!("`{}` {}", operation.id, record.status)));
        }
    }
    answered
}

fn operation(record: &RequestRecord) -> &'static Operation {
    let id = record.operation.as_deref().expect("a known route");
    all_operations().find(|operation| operation.id == id).unwrap()
}

/// What plumb sent for a row: the method and path shown, the query that tells a create from an
/// update, and a success.
fn sent(shown: &Shown, life: &seed::Life) -> Option<String> {
    let path = shown.path_for(&life.account);
    let wanted = match shown.title.split(' ').next() {
        Some("Create") if shown.path.ends_with("workspaces") => "fail-on-exists=true",
        Some("Create") if shown.path.ends_with("instances") => "fail-on-exists=true",
        Some("Update") => "fail-on-exists=false",
        _ => "",
    };
    let found = life.requests.iter().find(|record| {
        record.method == shown.method
            && record.path == path
            && record.query.contains(wanted)
            && (200..300).contains(&record.status)
            && operation(record).coverage.contains(&shown.row.as_str())
    })?;
    let query = if wanted.is_empty() { String::new() } else { format!(" `?{wanted}`") };
    Some(format!("{}{query} {}", found.method, found.status))
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
