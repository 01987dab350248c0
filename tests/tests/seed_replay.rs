//! Every request the vendors' documents show, compared one by one with what plumb sends for it:
//! method, path, query, body and headers. The bodies are loaded as manifests as they are printed,
//! planned, and carried out against the sandbox; its request log is what is compared. Where plumb
//! deviates on purpose is in `deviations`, with the reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "seed_replay/deviations.rs"]
mod deviations;
mod seed;

use deviations::{ALL, Deviation};
use plumb_sandbox::RequestRecord;
use seed::{Document, Life, Shown};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test(start_paused = true)]
async fn every_request_to_rafay_is_sent_as_it_is_shown() {
    compare_all(Document::Rafay, deviations::RAFAY, &seed::rafay::life().await);
}

#[tokio::test(start_paused = true)]
async fn every_request_to_voltage_park_is_sent_as_it_is_shown() {
    compare_all(Document::VoltagePark, deviations::VOLTAGE_PARK, &seed::voltage_park::life().await);
}

/// What the table does not explain, and what of it explains nothing.
fn compare_all(document: Document, table: &'static [Deviation], life: &Life) {
    let mut complaints = Vec::new();
    let mut used: BTreeSet<(usize, &str)> = BTreeSet::new();
    for shown in document.shown() {
        let Some((unexplained, explained)) = nearest(document, table, &shown, life) else {
            complaints.push(format!("{} {}: not sent at all", shown.row, shown.title));
            continue;
        };
        used.extend(explained);
        let told = unexplained.iter().map(|what| format!("{} {}: {what}", shown.row, shown.title));
        complaints.extend(told);
    }
    for (at, (rows, difference, _)) in table.iter().enumerate() {
        let unused = rows.iter().filter(|row| !used.contains(&(at, **row)));
        complaints.extend(unused.map(|row| format!("{row}: no longer so: {difference}")));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The tables of requests have every row of the checklists, once.
#[test]
fn every_row_is_there() {
    for (document, name, count) in
        [(Document::Rafay, "RAFAY", 27), (Document::VoltagePark, "VP", 31)]
    {
        let mut rows: Vec<String> = document.shown().into_iter().map(|shown| shown.row).collect();
        rows.sort();
        let expected: Vec<String> = (1..=count).map(|row| format!("{name}-{row:02}")).collect();
        assert_eq!(rows, expected);
    }
}

/// The rows of the table that explain a difference, by position, and for which row.
type Explained = BTreeSet<(usize, &'static str)>;

/// How the most similar request that was sent differs: what the table does not explain, and what
/// it does. None when nothing was sent there.
fn nearest(
    document: Document,
    table: &'static [Deviation],
    shown: &Shown,
    life: &Life,
) -> Option<(Vec<String>, Explained)> {
    let there =
        life.requests.iter().filter(|sent| sent.method == shown.method && shown.is_at(&sent.path));
    let judged = there.map(|sent| {
        let (mut unexplained, mut explained) = (Vec::new(), Explained::new());
        for difference in differences(document, shown, sent) {
            match explanation(table, &shown.row, &difference) {
                Some(found) => drop(explained.insert(found)),
                None => unexplained.push(difference),
            }
        }
        (unexplained, explained)
    });
    judged.min_by_key(|(unexplained, explained)| (unexplained.len(), explained.len()))
}

fn explanation(
    table: &'static [Deviation],
    row: &str,
    difference: &str,
) -> Option<(usize, &'static str)> {
    table.iter().enumerate().find_map(|(at, (rows, known, _))| {
        let row = rows.iter().find(|one| **one == ALL || **one == row)?;
        (*known == difference).then_some((at, *row))
    })
}

fn differences(document: Document, shown: &Shown, sent: &RequestRecord) -> BTreeSet<String> {
    let mut differences: BTreeSet<String> = query(&shown.query, &sent.query).into_iter().collect();
    let example = shown.body.as_deref().map(|file| document.parsed(file));
    differences.extend(match document {
        Document::Rafay => body(example.as_ref(), sent.body.as_ref()),
        Document::VoltagePark => made_up_body(example, sent.body.clone()),
    });
    let mut expected: BTreeSet<&str> = shown.headers.iter().map(String::as_str).collect();
    if shown.body.is_some() {
        expected.insert("content-type");
    }
    let sent: BTreeSet<&str> = seed::header_names(sent).collect();
    differences.extend(sent.difference(&expected).map(|name| format!("header +{name}")));
    differences.extend(expected.difference(&sent).map(|name| format!("header -{name}")));
    differences
}

/// Ids and addresses are made up by the server, so that one is as good as another; and the marks
/// among the tags are told as one.
fn made_up_body(shown: Option<Value>, sent: Option<Value>) -> Vec<String> {
    let mut sent = sent;
    let tags = sent.as_mut().and_then(|sent| sent.get_mut("tags")).and_then(Value::as_array_mut);
    let marked = tags.is_some_and(|tags| {
        let before = tags.len();
        tags.retain(|tag| !tag.as_str().is_some_and(|tag| tag.starts_with("plumb.dev/")));
        before > tags.len()
    });
    let plain = |body: Option<Value>| body.map(|body| without_made_up(&body));
    let mut differences = body(plain(shown).as_ref(), plain(sent).as_ref());
    differences.extend(marked.then(|| "body +/tags of plumb".to_owned()));
    differences
}

fn without_made_up(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), without_made_up(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_made_up).collect(),
        Value::String(text) if is_uuid(text) => "an id".into(),
        Value::String(text) if text.parse::<std::net::Ipv4Addr>().is_ok() => "an address".into(),
        other => other.clone(),
    }
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    let digits = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    parts == [8, 4, 4, 4, 12] && digits
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
