//! Servers that do not want to hear so much: they refuse because of too many requests, or give the
//! same page for ever. plumb asks them seldom, says what it waits for, and gives up in words.

use crate::harness::{Cloud, Site, virtual_machine};
use crate::security::wire::{Answer, Heard, Server};
use serde_json::json;
use std::time::{Duration, Instant};

fn refusal(headers: &str) -> Answer {
    Answer { status: 429, headers: headers.to_owned(), body: Vec::new() }
}

/// A stack whose first cloud is behind this server.
fn site(cloud: &Cloud, server: &Server) -> Site {
    let mut site = Site::at(cloud).with_workspace("dev");
    site.set("PLUMB_RAFAY_ENDPOINT", &server.endpoint);
    site
}

#[test]
fn a_server_that_asks_for_an_hour_is_given_up_at_once() {
    let cloud = Cloud::start(&json!({}));
    for line in ["plan", "apply --yes", "drift", "get"] {
        let server = Server::answering(refusal("retry-after: 3600\r\n"));
        let began = Instant::now();
        let ran = site(&cloud, &server).exits(1, line);
        ran.says(&["PL0610", "rafay takes no more requests", "--patience"]);
        assert!(began.elapsed() < Duration::from_secs(20), "{line}");
        // Those that were in flight when the first was refused.
        assert!(server.lines().len() <= 10, "{line}: {:?}", server.lines());
    }
}

#[test]
fn a_server_that_only_refuses_is_asked_one_by_one_and_given_up_with_one_sentence() {
    let cloud = Cloud::start(&json!({}));
    let server = Server::answering(refusal(""));
    let began = Instant::now();
    let ran = site(&cloud, &server).exits(1, "plan --patience 4s");
    ran.says(&["Waiting for rafay: too many requests", "at most", "PL0610"]);
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(30), "{took:?}");
    assert!(server.lines().len() <= 10 + 5, "{:?}", server.lines());
    assert_eq!(ran.err.matches("error[PL0610]").count(), 1, "{}", ran.all());
}

/// A refusal did nothing: what was refused is done when the server takes it, and nothing fails.
#[test]
fn what_was_refused_for_a_while_is_done_all_the_same() {
    let cloud = Cloud::start(&json!({}));
    let refuses = json!({"type": "respond", "status": 429});
    cloud.faults(
        &json!({"match": {"method": "POST"}, "when": {"nth": 1, "count": 6}, "effect": refuses}),
    );
    let site = Site::at(&cloud).with_workspace("dev");
    site.exits(0, "apply --yes").says(&["too many requests"]);
    assert_eq!(cloud.creates().values().copied().collect::<Vec<_>>(), [1]);
}

#[test]
fn a_server_that_knows_no_offsets_is_not_asked_for_ever() {
    let cloud = Cloud::start(&json!({}));
    let machines: Vec<_> = (0..100)
        .map(|number| json!({"id": format!("{number:08}-0000-4000-8000-000000000000")}))
        .collect();
    let page = json!({"results": machines, "total_result_count": 5_000});
    let own = move |heard: &Heard| {
        let is_list = heard.target.starts_with("/api/v1/virtual-machines/?");
        is_list.then(|| Answer::json(200, &page))
    };
    let server = Server::before(&cloud, own, |_, _| {});
    let mut site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    site.set("VOLTAGE_PARK_ENDPOINT", &server.endpoint);
    let ran = site.plumb(&["plan"]);
    ran.says(&["answers with its first page whatever offset is asked for"]);
    let lists = server.lines().iter().filter(|line| line.contains("/virtual-machines/?")).count();
    assert!(lists <= 1 + 50, "{lists} lists");
    assert_eq!(cloud.writes(0), [""; 0]);
}
