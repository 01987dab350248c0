//! Every kind that is a row of data, through the binary: made, changed, exported, planned empty,
//! deleted, in a quiet world and in odd ones. The rows' documents are in `tests/rows`, a file for each
//! kind: how one begins, and how it is changed.

use crate::harness::{Cloud, Ran, Site};
use plumb_kind::Provider;
use plumb_model::rules::Access;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Oddities of servers that are still well-behaved.
fn worlds() -> Vec<(&'static str, Value)> {
    vec![
        ("as documented", json!({})),
        (
            "defaults, and lists in another order",
            json!({"add_defaults": true, "drop_zero_values": true, "shuffle_variables": true}),
        ),
        ("zeros kept, secrets left out", json!({"drop_zero_values": false, "mask": "omit"})),
        ("failures as success", json!({"error_in_200": true})),
        ("absence as a bad gateway", json!({"not_found_style": "502"})),
        ("absence as a bad request", json!({"not_found_style": "400"})),
    ]
}

/// Families whose kinds are no rows: people, and what only a partner sees.
const OTHERS: [&str; 2] = ["people", "partner"];

/// What is written in the rows where everything is taken for a secret, by how the variable ends that an
/// export takes it from.
const WRITTEN: [(&str, &str); 3] = [
    ("_ONE_CREDENTIALS_TYPE", "AccessKey"),
    ("_ONE_CREDENTIALS_ACCESS_ID", "other"),
    ("REGISTRY_ONE_CREDENTIALS_USERNAME", "bot"),
];

#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) kind: String,
    pub(crate) first: String,
    changed: String,
}

/// A folder of documents that tests share.
pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(name)
}

pub(crate) fn rows() -> Vec<Row> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder("rows")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let row = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        let (first, changed) = text.split_once("---\n").expect("two documents");
        let kind = file.file_stem().unwrap().to_str().unwrap().to_owned();
        Row { kind, first: first.to_owned(), changed: changed.to_owned() }
    };
    files.iter().map(row).collect()
}

/// The addresses a plan acts on, with what it does.
fn steps(plan: &Ran, operation: &str) -> BTreeSet<String> {
    let plan = plan.json();
    assert_eq!(plan["blocked"], json!([]), "{plan:#}");
    let all = plan["operations"].as_array().unwrap();
    let chosen = all.iter().filter(|step| step["operation"] == operation);
    chosen.map(|step| step["address"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_row_has_its_documents() {
    let families = plumb_rafay::RAFAY.kinds().iter().map(|kind| kind.rules());
    let managed = families
        .filter(|rules| rules.access == Access::Managed)
        .filter(|rules| rules.family.is_some_and(|family| !OTHERS.contains(&family)))
        .map(|rules| format!("{}.{}", rules.id.kind, rules.id.group))
        .collect::<BTreeSet<_>>();
    let named = rows().iter().map(|row| row.kind.clone()).collect::<BTreeSet<_>>();
    assert_eq!(named, managed);
}

#[test]
fn every_row_is_made_changed_exported_and_deleted() {
    std::thread::scope(|scope| {
        for (about, knobs) in worlds() {
            scope.spawn(move || a_life(about, &knobs));
        }
    });
}

fn a_life(about: &str, knobs: &Value) {
    let rows = rows();
    let cloud = Cloud::start(&json!({"rafay": {"knobs": knobs}}));
    let mut site = Site::at(&cloud).with_documents("rows", &[]);
    site.set("PLUMB_VAR_SECRET", "the-secret-of-all-rows");
    let places = "apiVersion: auth/v1\nkind: Project\nmetadata: {name: ml}\n---\n\
                  apiVersion: paas.envmgmt.io/v1\nkind: Workspace\nmetadata: {name: lab, project: ml}\n";
    let write = |texts: &mut dyn Iterator<Item = &str>| {
        let all: Vec<&str> = std::iter::once(places).chain(texts).collect();
        site.write("fleet.yaml", &all.join("\n---\n"));
    };
    write(&mut rows.iter().map(|row| row.first.as_str()));
    let made = site.exits(0, "apply --yes --format json").json();
    assert_eq!(made["counts"]["failed"].as_u64().unwrap_or(0), 0, "{about}: {made:#}");
    let nothing = |what: &str| {
        let plan = site.exits(0, what);
        assert_eq!(plan.json()["operations"], json!([]), "{about}: {what}: {}", plan.out);
    };
    nothing("plan --format json");

    write(&mut rows.iter().map(|row| row.changed.as_str()));
    let plan = site.exits(0, "plan --format json");
    let updated = steps(&plan, "update");
    for row in &rows {
        let is_it = |address: &String| address.starts_with(&format!("{}/", row.kind));
        assert!(updated.iter().any(is_it), "{about}: {} is not changed: {updated:?}", row.kind);
    }
    site.exits(0, "apply --yes");
    nothing("plan --format json");

    site.exits(0, "export --owned --into ../exported");
    std::fs::copy(site.root().join("plumb.yaml"), site.beside("exported/plumb.yaml")).unwrap();
    for name in variables(&site.beside("exported")) {
        let known = WRITTEN.iter().find(|(end, _)| name.ends_with(end));
        let value = known.map_or("the-secret-of-all-rows", |(_, value)| value);
        site.set(&format!("PLUMB_VAR_{name}"), value);
    }
    let plan = site.exits(0, "plan ../exported --ledger .plumb --format json");
    assert_eq!(plan.json()["operations"], json!([]), "{about}: {}", plan.out);

    site.exits(0, "destroy --confirm rows --allow-deletes 100 --confirm-loss");
    let left = site.exits(0, "get --all -o name");
    for row in &rows {
        assert!(!left.out.contains("/one"), "{about}: {} is left in {}", row.kind, left.out);
    }
}

/// The variables that exported manifests take secrets from.
pub(crate) fn variables(folder: &Path) -> BTreeSet<String> {
    let files = crate::harness::files(folder);
    let texts = files.values().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let named = |line: &str| line.split_once("var: ").map(|(_, name)| name.trim().to_owned());
    texts.flat_map(|text| text.lines().filter_map(named).collect::<Vec<_>>()).collect()
}
