//! Fault rules: what a client sees, what takes effect, and what is counted.

use plumb_sandbox::{Delivery, EffectKind, FaultRule, Reply, Request};
use serde_json::{Value, json};

use crate::client::{Client, PAAS, workspace};

const WORKSPACES: &str = "/apis/paas.envmgmt.io/v1/projects/vm-project/workspaces";

fn client_with(rule: Value) -> Client {
    let mut client = Client::new();
    let rule: FaultRule = serde_json::from_value(rule).unwrap();
    client.world.faults_mut().extend(vec![rule]);
    client
}

fn create(client: &mut Client) -> Reply {
    let body = workspace("vm-project", "a");
    client.send(Request::new("POST", &format!("{WORKSPACES}?fail-on-exists=true")).json(&body))
}

fn creates(client: &Client) -> usize {
    client.world.effects().of_kind(EffectKind::Created).count()
}

fn fired(client: &Client) -> u64 {
    client.world.faults().states()[0].fired
}

#[test]
fn a_lost_answer_has_its_effect_or_not() {
    for (kind, effects) in [("lost_before", 0), ("lost_after", 1)] {
        let mut client = client_with(json!({
            "name": kind,
            "match": { "method": "POST" },
            "when": { "nth": 1 },
            "effect": { "type": kind },
        }));
        assert_eq!(create(&mut client), Reply::Drop);
        assert_eq!((creates(&client), fired(&client)), (effects, 1), "{kind}");
        let record = client.world.requests().all().last().unwrap();
        assert_eq!((record.delivery, record.status), (Delivery::Dropped, 0));
        assert_eq!((record.fault.as_deref(), record.effects.len()), (Some(kind), effects));
        let second = create(&mut client);
        assert_eq!(second.answer().unwrap().status, if effects == 1 { 409 } else { 200 });
    }
}

#[test]
fn a_made_up_answer_has_its_effect_or_not() {
    for (call, effects) in [("skipped", 0), ("done", 1)] {
        let mut client = client_with(json!({
            "match": { "operation": "rafay.workspaces.*", "method": "POST" },
            "effect": {
                "type": "respond", "status": 502, "headers": { "X-Odd": "1" },
                "body": "<html>", "call": call,
            },
        }));
        let reply = create(&mut client);
        let response = reply.answer().unwrap();
        assert_eq!((response.status, response.header_value("x-odd")), (502, Some("1")));
        assert_eq!(response.header_value("content-type"), Some("text/html"));
        assert_eq!(response.body, b"<html>");
        assert_eq!(creates(&client), effects);
    }
    let mut client = client_with(json!({ "effect": { "type": "respond", "status": 500 } }));
    assert_eq!(create(&mut client).answer().unwrap().body_json()["code"], 500);
}

#[test]
fn a_truncated_answer_has_its_effect() {
    let mut client = client_with(json!({ "effect": { "type": "close_mid_body", "bytes": 5 } }));
    let Reply::Truncated(response, 5) = create(&mut client) else { panic!("not truncated") };
    assert_eq!(response.status, 200);
    assert_eq!(creates(&client), 1);
}

#[test]
fn a_duplicate_delivery_acts_twice() {
    for (answer, status) in [("first", 200), ("second", 409)] {
        let mut client =
            client_with(json!({ "effect": { "type": "duplicate", "answer": answer } }));
        assert_eq!(create(&mut client).answer().unwrap().status, status);
        assert_eq!(creates(&client), 1, "fail-on-exists guards the second");
    }
    let mut client = client_with(json!({ "effect": { "type": "duplicate" } }));
    client.post(WORKSPACES, &workspace("vm-project", "a"));
    let record = client.world.requests().all().last().unwrap();
    assert_eq!(record.effects, [1, 2]);
}

#[test]
fn a_late_effect_comes_after_so_many_calls() {
    let mut client = client_with(json!({
        "match": { "method": "POST" },
        "when": { "nth": 1 },
        "effect": { "type": "late_effect", "after_calls": 3 },
    }));
    assert_eq!(create(&mut client), Reply::Drop);
    let id = client.world.requests().all().last().unwrap().id.clone();
    let statuses: Vec<u16> =
        (0..4).map(|_| client.get(&format!("{WORKSPACES}/a")).status).collect();
    assert_eq!(statuses, [404, 404, 200, 200]);
    assert_eq!(client.world.effects().all()[0].request, id, "the effect names its own request");
}

#[test]
fn an_edit_comes_between() {
    let mut client = client_with(json!({
        "match": { "path": "*/vm-project/workspaces", "method": "POST" },
        "effect": { "type": "edit", "edit": {
            "op": "create", "object": workspace("vm-project", "a"),
        } },
    }));
    assert_eq!(create(&mut client).answer().unwrap().status, 409);
}

#[test]
fn a_delay_is_carried_by_the_answer() {
    let mut client = client_with(json!({ "effect": { "type": "delay", "ms": 1500 } }));
    assert_eq!(create(&mut client).answer().unwrap().delay.as_millis(), 1500);
    assert_eq!(creates(&client), 1);
}

#[test]
fn rules_count_what_they_match_and_leave_the_rest_alone() {
    let mut client = client_with(json!({
        "match": { "operation": "rafay.workspaces.list" },
        "when": { "nth": 2, "count": 2 },
        "effect": { "type": "respond", "status": 503 },
    }));
    let statuses: Vec<u16> = (0..5).map(|_| client.get(WORKSPACES).status).collect();
    assert_eq!(statuses, [200, 503, 503, 200, 200]);
    assert_eq!(client.get(&format!("{PAAS}/vm-project/services")).status, 200);
    let state = &client.world.faults().states()[0];
    assert_eq!((state.seen, state.fired), (5, 2));
}
