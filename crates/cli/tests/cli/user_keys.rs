//! `plumb key`: what is secret of a key is in the place that was named, and nowhere else.

use crate::formats::{schema, valid};
use crate::harness::{Cloud, Ran, Site, files};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

const BOT: &str = "apiVersion: auth/v1\nkind: User\nmetadata: {name: bot@a.io}\nspec: {user_type: API, \
                   password: {valueFrom: {var: PASSWORD}}}\n";

fn with_a_bot() -> (Cloud, Site) {
    // At the pace of the wall's clock, so that a key of two hours does not end meanwhile.
    let cloud = Cloud::start(&json!({"time_scale": 1}));
    let mut site = Site::at(&cloud).with_documents("keys", &[]);
    site.set("PLUMB_VAR_PASSWORD", "canary-password-of-the-bot");
    site.write("bot.yaml", BOT);
    std::fs::create_dir(site.root().join("secrets")).unwrap();
    site.exits(0, "apply --yes");
    (cloud, site)
}

fn listed(site: &Site) -> Vec<Value> {
    let listed = site.exits(0, "key list --for bot@a.io --format json").json();
    assert_eq!(listed["user"], "bot@a.io");
    listed["keys"].as_array().unwrap().clone()
}

/// Sees that a secret is in nothing that plumb wrote, but for one file.
fn is_nowhere(site: &Site, secret: &str, but: &str, runs: &[&Ran]) {
    let last = secret.rsplit('.').next().unwrap();
    for ran in runs {
        ran.keeps_quiet_of(&[last]);
    }
    for (path, bytes) in files(&site.root()) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(path.ends_with(but) || !text.contains(last), "{}", path.display());
    }
}

#[test]
fn a_key_is_in_the_file_that_was_named_and_nowhere_else() {
    let (_cloud, mut site) = with_a_bot();
    let made = site.exits(0, "-vv key create --for bot@a.io --hours 2 --name ci --into secrets/ci");
    made.says(&["The key ci", "bot@a.io", "secrets/ci"]);
    let file = site.root().join("secrets/ci");
    let secret = std::fs::read_to_string(&file).unwrap();
    assert_eq!(secret.matches('.').count(), 2, "ra2.<id>.<secret>");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let list = site.exits(0, "-vv key list --for bot@a.io");
    list.says(&["ci", secret.rsplit_once('.').unwrap().0]);
    is_nowhere(&site, &secret, "secrets/ci", &[&made, &list]);
    // A file that is there is not written over, and no key is made for it.
    let refused = site.exits(1, "key create --for bot@a.io --into secrets/ci");
    refused.says(&["PL0206", "is there already"]);
    assert_eq!(listed(&site).len(), 1);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), secret);
    // It is a key, and doctor says whose and until when.
    site.set("PLUMB_RAFAY_API_KEY", &secret);
    let doctor = site.plumb(&["doctor"]);
    doctor.says(&["the key to rafay is bot@a.io's, a user for programs", "ends within a day"]);
    is_nowhere(&site, &secret, "secrets/ci", &[&doctor]);
}

#[test]
fn a_key_is_given_to_a_command() {
    let (cloud, site) = with_a_bot();
    let command = "cat > secrets/out; env > secrets/env; echo it is kept";
    let words =
        ["key", "create", "--for", "bot@a.io", "--never", "--format", "json", "-c", command];
    let made = site.plumb(&words);
    assert_eq!(made.code, 0, "{}", made.all());
    let told = made.json();
    assert_eq!((&told["user"], &told["ends"]), (&json!("bot@a.io"), &json!(null)));
    let secret = std::fs::read_to_string(site.root().join("secrets/out")).unwrap();
    is_nowhere(&site, &secret, "secrets/out", &[&made]);
    // The command sees no other key.
    let seen = std::fs::read_to_string(site.root().join("secrets/env")).unwrap();
    assert!(!seen.contains(&cloud.key), "{seen}");
    assert_eq!(listed(&site)[0]["id"], told["id"]);
    // One that fails has no key: it is deleted again.
    let failed = site.plumb(&["key", "create", "--for", "bot@a.io", "-c", "exit 3"]);
    assert_eq!(failed.code, 1, "{}", failed.all());
    failed.says(&["PL0620", "the command ended with exit status: 3", "deleted again"]);
    assert_eq!(listed(&site).len(), 1);
}

#[test]
fn a_lost_answer_is_told_and_never_repeated() {
    let (cloud, site) = with_a_bot();
    cloud.faults(&json!([{
        "match": {"operation": "rafay.users.create-api-key"}, "when": {"nth": 1},
        "effect": {"type": "lost_after"},
    }]));
    let calls = cloud.calls();
    let lost = site.exits(6, "key create --for bot@a.io --name ci --into secrets/ci");
    lost.says(&[
        "whether a key was made is not known",
        "may exist",
        "plumb key list --for bot@a.io",
        "plumb key delete ci --for bot@a.io",
    ]);
    let sent = cloud.writes(calls);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(!site.root().join("secrets/ci").exists());
    // It does exist, and the line that was given deletes it.
    assert_eq!(listed(&site)[0]["name"], "ci");
    site.exits(0, "key delete ci --for bot@a.io --yes");
    assert_eq!(listed(&site), [] as [Value; 0]);
}

#[test]
fn what_is_refused_makes_nothing() {
    let (cloud, site) = with_a_bot();
    for (line, code, says) in [
        ("key create --for nobody@a.io --into x", 1, "there is no user \"nobody@a.io\""),
        ("key delete nothing --for bot@a.io --yes", 1, "bot@a.io has no key \"nothing\""),
        ("key create --for bot@a.io --into no/such/folder", 1, "cannot be made"),
    ] {
        site.exits(code, line).says(&[says]);
    }
    cloud.faults(&json!([{
        "match": {"operation": "rafay.users.create-api-key"}, "when": {"every": 1},
        "effect": {"type": "respond", "status": 400,
            "body": "{\"code\": 400, \"external\": \"at most 24 hours\"}"},
    }]));
    let refused = site.exits(1, "key create --for bot@a.io --hours 99 --into secrets/ci");
    refused.says(&["no key was made", "at most 24 hours"]);
    assert!(!site.root().join("secrets/ci").exists());
}

#[test]
fn two_keys_of_one_name_are_told_apart_by_their_ids() {
    let (_cloud, site) = with_a_bot();
    for file in ["one", "two"] {
        site.exits(0, &format!("key create --for bot@a.io --name ci --into secrets/{file}"));
    }
    let ids: Vec<String> =
        listed(&site).iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect();
    site.exits(1, "key delete ci --for bot@a.io --yes").says(&[&ids[0], &ids[1]]);
    site.exits(1, &format!("key delete {} --for bot@a.io", ids[0])).says(&["--yes"]);
    let line = format!("key delete {} --for bot@a.io --yes --format json", ids[0]);
    let deleted = site.exits(0, &line).json();
    valid(&schema("key-deleted"), &deleted, &line);
    assert_eq!(deleted, json!({"id": ids[0], "user": "bot@a.io"}));
    assert_eq!(listed(&site)[0]["id"], json!(ids[1]));
}
