//! A server that gives back what it was sent: the key and the secrets of a body, in headers and in
//! words, as they are and in every form a server may write them in. None of it is kept or shown.

use crate::harness::{Cloud, Site, files};
use crate::security::wire::{Answer, Heard, Server};
use plumb_tests::canary::disguise::{Disguise, base64, planted};
use plumb_tests::canary::search::Search;
use serde_json::json;

const PASSWORD: &str = "Canary+Echo/\"7f3a\\91c5= e";
const PROJECT: &str = "Canary \"no\\such\" project 5e19";

/// Every form of a secret, but for lists of numbers, which no server writes.
fn forms(secret: &str) -> Vec<String> {
    let forms = planted(secret).into_iter().filter(|(form, _)| *form != Disguise::Numbers);
    let mut forms: Vec<String> = forms.map(|(_, text)| text).collect();
    forms.push(secret.to_uppercase());
    forms.push(base64(format!("Bearer {secret}").as_bytes()));
    forms
}

fn user(spec: &str) -> String {
    format!(
        "apiVersion: auth/v1\nkind: User\nmetadata:\n  name: echo@example.com\nspec:\n  \
         first_name: A\n  last_name: B\n  user_type: CONSOLE\n{spec}"
    )
}

/// Runs an apply that fails, and searches all that it printed and kept.
#[track_caller]
fn expect_nothing(site: &Site, secrets: &[&str], says: &[&str]) {
    let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
    let search = Search::new(&secrets).unwrap();
    for (line, codes) in [
        ("apply --yes -vvv --events ../events.jsonl", [3, 3]),
        ("apply --yes --format json", [3, 3]),
        ("history", [0, 0]),
        ("plan -vvv", [0, 0]),
    ] {
        let ran = site.plumb(&line.split(' ').collect::<Vec<_>>());
        assert!(codes.contains(&ran.code), "{line}: {}\n{}", ran.code, ran.all());
        assert_eq!(search.hits(line, ran.all().as_bytes()), [], "{}", ran.all());
        let capitals = ran.all().to_uppercase();
        let told = secrets.iter().find(|secret| capitals.contains(&secret.to_uppercase()));
        assert_eq!(told, None, "{}", ran.all());
        if line.starts_with("apply") {
            ran.says(says);
        }
    }
    let kept = files(&site.root().join(".plumb")).into_iter();
    for (path, bytes) in kept.chain([site.beside("events.jsonl")].map(|path| {
        let bytes = std::fs::read(&path).unwrap();
        (path, bytes)
    })) {
        let place = path.display().to_string();
        assert_eq!(search.hits(&place, &bytes), [], "{}", String::from_utf8_lossy(&bytes));
    }
}

fn echoing(cloud: &Cloud, status: u16) -> Server {
    let forms = [forms(&cloud.key), forms(PASSWORD)].concat();
    let id = format!("{}{}", cloud.key, PASSWORD);
    Server::before(
        cloud,
        move |heard: &Heard| {
            if heard.method != "POST" {
                return None;
            }
            // Each word is short enough to be told as a whole.
            let words = forms.join(" | ");
            let refused = Answer::json(status, &json!({"code": status, "external": words}));
            let headers = format!("{}x-request-id: {id}\r\n", refused.headers);
            Some(Answer { headers, ..refused })
        },
        |_, _| {},
    )
}

#[test]
fn what_was_sent_is_masked_in_whatever_form_it_comes_back() {
    for status in [400, 403] {
        let cloud = Cloud::start(&json!({}));
        let server = echoing(&cloud, status);
        let spec = "  password: {valueFrom: {var: ECHO}}\n";
        let mut site = Site::at(&cloud).with_documents("fleet", &[user(spec)]);
        site.set("PLUMB_RAFAY_ENDPOINT", &server.endpoint);
        site.set("PLUMB_VAR_ECHO", PASSWORD);
        let secrets = [cloud.key.as_str(), PASSWORD];
        expect_nothing(&site, &secrets, &["(secret)", "request id (secret)"]);
    }
}

/// A name that is looked up and is not there is told, and is not when it came from elsewhere.
#[test]
fn a_name_that_is_a_secret_is_not_told() {
    let cloud = Cloud::start(&json!({}));
    let spec = "  password: {valueFrom: {var: ECHO}}\n  projectRoles:\n  - project: {valueFrom: \
                {var: PROJECT}}\n    roles: [PROJECT_ADMIN]\n";
    let mut site = Site::at(&cloud).with_documents("fleet", &[user(spec)]);
    site.set("PLUMB_VAR_ECHO", "Passw0rd-of-echo");
    site.set("PLUMB_VAR_PROJECT", PROJECT);
    expect_nothing(&site, &[PROJECT, "Passw0rd-of-echo"], &["there is no project"]);
}
