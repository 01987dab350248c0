//! Every request the vendor's document shows, compared one by one with what plumb sends for it:
//! method, path, query, body and headers. The bodies are loaded as manifests as they are printed,
//! planned, and carried out against the sandbox; its request log is what is compared.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod seed;

use plumb_sandbox::RequestRecord;
use seed::Shown;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where plumb deviates from what is shown, on purpose: the rows, the difference, the reason.
/// Everything else must be equal, and nothing in this table may be of no use.
const DEVIATIONS: &[(&[&str], &str, &str)] = &[
    (
        &["RAFAY-09", "RAFAY-26"],
        "query +fail-on-exists=true",
        "the default is contradictory, so a create always says that it only creates (R-04)",
    ),
    (
        &["RAFAY-13", "RAFAY-17"],
        "query +fail-on-exists=false",
        "the default is contradictory, so an update always says that it replaces (R-04)",
    ),
    (
        &["RAFAY-09", "RAFAY-12", "RAFAY-13", "RAFAY-16", "RAFAY-17", "RAFAY-26"],
        "body +/metadata/labels/plumb.dev~1stack",
        "the mark of the stack that owns the object",
    ),
    (
        &["RAFAY-09"],
        "body -/status/status",
        "the status belongs to the server and is never sent (R-07)",
    ),
    (
        &["RAFAY-11", "RAFAY-20"],
        "query order=ASC, not DESC",
        "oldest first: what is created between two pages comes after both (R-14)",
    ),
    (
        &["RAFAY-01", "RAFAY-02"],
        "query +offset=0",
        "the first page is asked for like every other (R-13)",
    ),
    (
        &["RAFAY-20"],
        "query limit=1000, not 10",
        "the largest page there may be; the server caps it",
    ),
    (&["RAFAY-02"], "query +limit=1000", "the largest page there may be; the server caps it"),
    (
        &["RAFAY-20"],
        "query -computeType=baremetal",
        "left out, one list has all types of instances (R-21)",
    ),
    (&[ALL], "header +x-rafay-api-keyid", "both key headers are sent on every call (R-02)"),
];

/// Stands for every row.
const ALL: &str = "every row";

#[tokio::test(start_paused = true)]
async fn every_request_is_sent_as_it_is_shown() {
    let life = seed::life().await;
    let mut complaints = Vec::new();
    let mut used: BTreeSet<(usize, &str)> = BTreeSet::new();
    for shown in seed::shown() {
        let Some((unexplained, explained)) = nearest(&shown, &life) else {
            complaints.push(format!("{} {}: not sent at all", shown.row, shown.title));
            continue;
        };
        used.extend(explained);
        let told = unexplained.iter().map(|what| format!("{} {}: {what}", shown.row, shown.title));
        complaints.extend(told);
    }
    for (at, (rows, difference, _)) in DEVIATIONS.iter().enumerate() {
        let unused = rows.iter().filter(|row| !used.contains(&(at, **row)));
        complaints.extend(unused.map(|row| format!("{row}: no longer so: {difference}")));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The table of requests has every row of the checklist's first part, once.
#[test]
fn every_row_is_there() {
    let rows: Vec<String> = seed::shown().into_iter().map(|shown| shown.row).collect();
    let unique: BTreeSet<&String> = rows.iter().collect();
    assert_eq!(rows.len(), 27);
    let expected: Vec<String> = (1..=27).map(|number| format!("RAFAY-{number:02}")).collect();
    assert_eq!(unique.into_iter().cloned().collect::<Vec<_>>(), expected);
}

/// The rows of the table that explain a difference, by position, and for which row.
type Explained = BTreeSet<(usize, &'static str)>;

/// How the most similar request that was sent differs: what the table does not explain, and what
/// it does. None when nothing was sent there.
fn nearest(shown: &Shown, life: &seed::Life) -> Option<(Vec<String>, Explained)> {
    let path = shown.path_for(&life.account);
    let there =
        life.requests.iter().filter(|sent| sent.method == shown.method && sent.path == path);
    let judged = there.map(|sent| {
        let (mut unexplained, mut explained) = (Vec::new(), Explained::new());
        for difference in differences(shown, sent) {
            match explanation(&shown.row, &difference) {
                Some(found) => drop(explained.insert(found)),
                None => unexplained.push(difference),
            }
        }
        (unexplained, explained)
    });
    judged.min_by_key(|(unexplained, explained)| (unexplained.len(), explained.len()))
}

fn explanation(row: &str, difference: &str) -> Option<(usize, &'static str)> {
    DEVIATIONS.iter().enumerate().find_map(|(at, (rows, known, _))| {
        let row = rows.iter().find(|one| **one == ALL || **one == row)?;
        (*known == difference).then_some((at, *row))
    })
}

fn differences(shown: &Shown, sent: &RequestRecord) -> BTreeSet<String> {
    let mut differences: BTreeSet<String> = query(&shown.query, &sent.query).into_iter().collect();
    differences.extend(body(shown.body().as_ref(), sent.body.as_ref()));
    let mut expected = BTreeSet::from(["x-api-key"]);
    if shown.body.is_some() {
        expected.insert("content-type");
    }
    // What a client says about itself is no part of the contract.
    let sent: BTreeSet<&str> = sent
        .header_names
        .iter()
        .map(String::as_str)
        .filter(|name| !["accept", "user-agent"].contains(name))
        .collect();
    differences.extend(sent.difference(&expected).map(|name| format!("header +{name}")));
    differences.extend(expected.difference(&sent).map(|name| format!("header -{name}")));
    differences
}

fn query(shown: &str, sent: &str) -> Vec<String> {
    let pairs = |text: &str| -> BTreeMap<String, String> {
        let parts = text.split('&').filter(|part| !part.is_empty());
        parts.filter_map(|part| part.split_once('=')).map(|(a, b)| (a.into(), b.into())).collect()
    };
    compare(&pairs(shown), &pairs(sent))
        .into_iter()
        .map(|(name, shown, sent)| match (shown, sent) {
            (Some(shown), None) => format!("query -{name}={shown}"),
            (None, Some(sent)) => format!("query +{name}={sent}"),
            (shown, sent) => {
                format!(
                    "query {name}={}, not {}",
                    sent.unwrap_or_default(),
                    shown.unwrap_or_default()
                )
            }
        })
        .collect()
}

fn body(shown: Option<&Value>, sent: Option<&Value>) -> Vec<String> {
    let (shown, sent) = match (shown, sent) {
        (None, None) => return Vec::new(),
        (Some(_), None) => return vec!["body missing".to_owned()],
        (None, Some(sent)) => return vec![format!("body {sent}, where none is shown")],
        (Some(shown), Some(sent)) => (leaves(shown), leaves(sent)),
    };
    compare(&shown, &sent)
        .into_iter()
        .map(|(place, shown, sent)| match (shown, sent) {
            (Some(_), None) => format!("body -{place}"),
            (None, Some(_)) => format!("body +{place}"),
            (shown, sent) => format!(
                "body {place}: {}, not {}",
                sent.unwrap_or_default(),
                shown.unwrap_or_default()
            ),
        })
        .collect()
}

type Difference = (String, Option<String>, Option<String>);

fn compare(shown: &BTreeMap<String, String>, sent: &BTreeMap<String, String>) -> Vec<Difference> {
    let names: BTreeSet<&String> = shown.keys().chain(sent.keys()).collect();
    let pairs = names.into_iter().map(|name| (name, shown.get(name), sent.get(name)));
    let differ = pairs.filter(|(_, shown, sent)| shown != sent);
    differ.map(|(name, shown, sent)| (name.clone(), shown.cloned(), sent.cloned())).collect()
}

/// Every leaf of a document by its JSON pointer; containers that are empty are leaves too.
fn leaves(document: &Value) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    let mut rest = vec![(String::new(), document)];
    while let Some((place, value)) = rest.pop() {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                let named = |name: &String| name.replace('~', "~0").replace('/', "~1");
                rest.extend(fields.iter().map(|(name, v)| (format!("{place}/{}", named(name)), v)));
            }
            Value::Array(items) if !items.is_empty() => {
                rest.extend(items.iter().enumerate().map(|(at, v)| (format!("{place}/{at}"), v)));
            }
            leaf => {
                leaves.insert(place, leaf.to_string());
            }
        }
    }
    leaves
}
