//! A server that sends plumb elsewhere: nothing goes there, neither key nor body, and nothing
//! counts as done.

use crate::harness::{Cloud, Site, virtual_machine, workspace};
use crate::security::wire::{Answer, Server};
use serde_json::json;

/// Every status that a client may take for "go there".
const STATUSES: [u16; 6] = [300, 301, 302, 303, 307, 308];

/// A server somewhere else, which would say yes to everything.
fn elsewhere() -> Server {
    Server::answering(Answer::json(200, &json!({"id": "00000000-0000-4000-8000-000000000000"})))
}

/// A server that redirects one method to a place, and leaves the rest to the cloud.
fn redirecting(cloud: &Cloud, method: &'static str, status: u16, location: String) -> Server {
    let own = move |heard: &crate::security::wire::Heard| {
        (heard.method == method).then(|| Answer::redirect(status, &location))
    };
    Server::before(cloud, own, |_, _| {})
}

fn site_at(cloud: &Cloud, server: &Server) -> Site {
    let mut site = Site::at(cloud);
    site.set("PLUMB_RAFAY_ENDPOINT", &server.endpoint);
    site.set("VOLTAGE_PARK_ENDPOINT", &server.endpoint);
    site
}

fn fleet(tag: &str) -> [String; 2] {
    let machine = virtual_machine("box").replace("spec:\n", &format!("spec:\n  tags: [{tag}]\n"));
    [workspace("dev"), machine]
}

#[test]
fn a_redirected_read_ends_a_plan() {
    let (cloud, second) = (Cloud::start(&json!({})), elsewhere());
    for status in STATUSES {
        let first = redirecting(&cloud, "GET", status, format!("{}/taken", second.endpoint));
        let site = site_at(&cloud, &first).with_documents("fleet", &fleet("a"));
        for line in ["plan", "apply --yes", "drift", "get", "catalog", "doctor"] {
            let words: Vec<&str> = line.split(' ').collect();
            let ran = site.plumb(&words);
            let is_said = [1, 4].contains(&ran.code)
                || [("drift", 2), ("get", 0)].contains(&(line, ran.code));
            assert!(is_said, "{line}: {}\n{}", ran.code, ran.all());
            ran.says(&["redirect"]);
            ran.keeps_quiet_of(&[&cloud.key, &cloud.voltage_park_key]);
        }
        assert!(first.lines().iter().all(|line| line.starts_with("GET ")), "{:?}", first.lines());
    }
    assert_eq!(second.lines(), [""; 0]);
    assert_eq!(cloud.writes(0), [""; 0]);
}

#[test]
fn a_redirected_create_makes_nothing_and_is_not_in_doubt() {
    let (cloud, second) = (Cloud::start(&json!({})), elsewhere());
    for status in STATUSES {
        let first = redirecting(&cloud, "POST", status, format!("{}/taken", second.endpoint));
        let site = site_at(&cloud, &first).with_documents("fleet", &fleet("a"));
        let ran = site.exits(3, "apply --yes");
        ran.says(&["the server answered with a redirect", "endpoint to the address"]);
        // It is known that nothing was made: the next plan makes it, and needs nobody's word.
        site.exits(2, "plan --detailed-exitcode").says(&["2 to add"]);
        let posts = first.lines().iter().filter(|line| line.starts_with("POST ")).count();
        assert_eq!(posts, 2, "each was sent once: {:?}", first.lines());
    }
    assert_eq!(second.lines(), [""; 0]);
    assert_eq!(cloud.effect_count(), 0);
}

#[test]
fn a_redirect_within_the_same_host_is_not_followed_either() {
    let cloud = Cloud::start(&json!({}));
    for method in ["GET", "POST"] {
        let first = redirecting(&cloud, method, 307, "/elsewhere?x=1".to_owned());
        let site = site_at(&cloud, &first).with_documents("fleet", &fleet("a"));
        let ran = site.plumb(&["apply", "--yes"]);
        assert_ne!(ran.code, 0, "{method}\n{}", ran.all());
        ran.says(&["redirect"]);
        let went = first.lines().into_iter().filter(|line| line.contains("elsewhere"));
        assert_eq!(went.count(), 0, "{method}");
    }
    assert_eq!(cloud.effect_count(), 0);
}

#[test]
fn a_redirected_change_and_delete_change_nothing() {
    let (cloud, second) = (Cloud::start(&json!({})), elsewhere());
    let mut site = Site::at(&cloud).with_documents("fleet", &fleet("a"));
    site.exits(0, "apply --yes");
    let effects = cloud.effect_count();
    site.write("fleet.yaml", &fleet("b").join("---\n"));
    for (method, line) in [("PATCH", "apply --yes"), ("DELETE", "destroy --confirm fleet")] {
        let first = redirecting(&cloud, method, 307, format!("{}/taken", second.endpoint));
        site.set("PLUMB_RAFAY_ENDPOINT", &first.endpoint);
        site.set("VOLTAGE_PARK_ENDPOINT", &first.endpoint);
        let ran = site.exits(3, line);
        ran.says(&["redirect"]);
        assert!(first.lines().iter().any(|line| line.starts_with(method)), "{:?}", first.lines());
        assert_eq!(cloud.effect_count(), effects, "{line}");
    }
    assert_eq!(second.lines(), [""; 0]);
}
