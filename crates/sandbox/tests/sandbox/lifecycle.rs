//! The state machine of contract 4.3 and its knobs.

use plumb_sandbox::{Edit, EffectKind, FindingKind};
use plumb_sandbox_rafay::knobs::{DeleteResult, DeployResult, ObjectKnobs, Republish};
use serde_json::json;

use crate::client::{Client, DEV, PAAS, compute, instance, vpc};

#[test]
fn an_instance_goes_from_not_deployed_to_success() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    assert_eq!(client.status("a"), "not_deployed");
    client.advance(10_000);
    assert_eq!(client.status("a"), "not_deployed", "nothing happens without publish");
    client.publish("a");
    assert_eq!(client.status("a"), "submitted");
    client.advance(10);
    assert_eq!(client.status("a"), "pending");
    client.advance(889);
    assert_eq!(client.status("a"), "pending");
    client.advance(1);
    let object = client.instance("a");
    assert_eq!(object["status"]["status"], "success");
    assert_eq!(object["status"]["action"], "publish");
    let published = client.world.effects().of_kind(EffectKind::Published).next().unwrap().at;
    let expected = published.after(std::time::Duration::from_mins(15)).to_string();
    assert_eq!(object["status"]["provisioned_at"], json!(expected));
}

#[test]
fn each_compute_type_takes_its_own_time() {
    for (kind, profile, variables, seconds) in [
        ("baremetal", "bmaas-l40s", vec![], 900),
        ("k8s", "k8s-v4-1", vec![], 1200),
        ("vm", "gpu-vm", vec![("password", "pw")], 300),
    ] {
        let mut client = Client::with_workspace();
        let body = compute("a", kind, profile, &variables);
        let response = client.post(&format!("{DEV}/computeinstances?auto-publish=true"), &body);
        assert_eq!(response.status, 201, "{}", response.body_json());
        client.advance(seconds - 1);
        assert_eq!(client.status("a"), "pending", "{kind}");
        client.advance(1);
        assert_eq!(client.status("a"), "success", "{kind}");
    }
}

#[test]
fn a_service_goes_from_not_deployed_to_deployed() {
    let mut client = Client::new();
    let base = format!("{PAAS}/defaultproject/services");
    client.post(&base, &vpc("net"));
    let status = |client: &mut Client| {
        client.get(&format!("{base}/net")).body_json()["status"]["status"].clone()
    };
    assert_eq!(status(&mut client), "not_deployed");
    client.post_empty(&format!("{base}/net/publish"));
    assert_eq!(status(&mut client), "deploying");
    client.advance(120);
    assert_eq!(status(&mut client), "deployed");
}

#[test]
fn the_ledger_says_whether_a_vpc_was_deployed() {
    let mut client = Client::with_workspace();
    client.add_instance("before");
    client.publish("before");
    let services = format!("{PAAS}/defaultproject/services");
    client.post(&services, &vpc("net"));
    client.post_empty(&format!("{services}/net/publish"));
    client.add_instance("during");
    client.publish("during");
    client.advance(120);
    client.add_instance("after");
    client.publish("after");
    let published = client.world.effects().of_kind(EffectKind::Published);
    let seen: Vec<_> =
        published.map(|it| (it.object.clone(), it.detail["vpcDeployed"] == true)).collect();
    let expected = [
        ("ComputeInstance/defaultproject/dev/before", false),
        ("Service/defaultproject/net", false),
        ("ComputeInstance/defaultproject/dev/during", false),
        ("ComputeInstance/defaultproject/dev/after", true),
    ];
    assert_eq!(seen, expected.map(|(name, deployed)| (name.to_owned(), deployed)));
}

#[test]
fn require_vpc_refuses_compute_while_a_declared_vpc_is_not_deployed() {
    let mut client = Client::with_workspace();
    client.turn(|knobs| knobs.require_vpc = true);
    client.add_instance("a");
    client.add_instance("b");
    assert_eq!(client.publish("a").status, 202, "no VPC is declared");
    let services = format!("{PAAS}/defaultproject/services");
    client.post(&services, &vpc("net"));
    assert_eq!(client.publish("b").status, 409);
    client.post_empty(&format!("{services}/net/publish"));
    client.advance(120);
    assert_eq!(client.publish("b").status, 202);
}

#[test]
fn a_changed_spec_needs_a_publish_and_an_unchanged_one_refuses_it() {
    let mut client = Client::with_workspace();
    client.deploy_instance("a");
    assert_eq!(client.publish("a").status, 409);
    assert_eq!(client.world.findings()[0].kind, FindingKind::NeedlessRepublish);
    let changed = instance("a", &[("assign_public_ip", "true")]);
    let target = format!("{DEV}/computeinstances?fail-on-exists=false");
    assert_eq!(client.post(&target, &changed).status, 201);
    assert_eq!(client.status("a"), "success", "R-38");
    assert_eq!(client.publish("a").status, 202);
    assert_eq!(client.status("a"), "submitted");
    client.advance(900);
    assert_eq!(client.publish("a").status, 409);
    let mut relabelled = changed.clone();
    relabelled["metadata"]["labels"] = json!({ "a": "b" });
    client.post(&target, &relabelled);
    assert_eq!(client.publish("a").status, 409, "metadata needs no publish");
    client.turn(|knobs| knobs.republish = Republish::Accepted);
    assert_eq!(client.publish("a").status, 202);
    assert_eq!(client.status("a"), "success");
}

#[test]
fn post_resets_status() {
    let mut client = Client::with_workspace();
    client.deploy_instance("a");
    client.turn(|knobs| knobs.post_resets_status = true);
    let target = format!("{DEV}/computeinstances");
    client.post(&target, &instance("a", &[]));
    assert_eq!(client.status("a"), "success");
    client.post(&target, &instance("a", &[("assign_public_ip", "true")]));
    assert_eq!(client.status("a"), "not_deployed");
    assert_eq!(client.publish("a").status, 202);
}

#[test]
fn writes_to_a_busy_object_are_refused() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    client.publish("a");
    let collection = format!("{DEV}/computeinstances");
    let one = format!("{collection}/a");
    assert_eq!(client.post(&collection, &instance("a", &[])).status, 409);
    assert_eq!(client.publish("a").status, 409);
    assert_eq!(client.act("a", "stop").status, 409);
    assert_eq!(client.delete(&one).status, 409);
    client.advance(900);
    assert_eq!(client.delete(&one).status, 202);
    assert_eq!(client.status("a"), "destroypending");
    assert_eq!(client.post(&collection, &instance("a", &[])).status, 409);
    assert_eq!(client.publish("a").status, 409);
    assert_eq!(client.delete(&one).status, 202, "a delete of what is being deleted");
    client.advance(10);
    assert_eq!(client.status("a"), "destroying");
    client.advance(110);
    assert_eq!(client.status("a"), "404");
    assert_eq!(client.post(&collection, &instance("a", &[])).status, 201, "the name is free");
    assert_eq!(client.world.effects().of_kind(EffectKind::Deleted).count(), 1);
}

#[test]
fn what_was_never_published_is_deleted_at_once() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    assert_eq!(client.delete(&format!("{DEV}/computeinstances/a")).status, 202);
    assert_eq!(client.status("a"), "404");
}

#[test]
fn failures_can_be_repeated() {
    let mut client = Client::with_workspace();
    client.turn(|knobs| {
        knobs.deploy_result = DeployResult::Failed;
        knobs.delete_result = DeleteResult::DestroyFailed;
    });
    client.add_instance("a");
    client.publish("a");
    client.advance(900);
    let status = client.instance("a")["status"].clone();
    assert_eq!(status["status"], "failed");
    assert!(status["reason"].as_str().unwrap().contains("failed"));
    assert!(status.get("output").is_none());
    assert_eq!(client.act("a", "stop").status, 409);
    client.turn(|knobs| knobs.deploy_result = DeployResult::Success);
    assert_eq!(client.publish("a").status, 202, "R-42");
    client.advance(900);
    assert_eq!(client.status("a"), "success");
    let one = format!("{DEV}/computeinstances/a");
    client.delete(&one);
    client.advance(120);
    assert_eq!(client.status("a"), "destroyfailed");
    client.turn(|knobs| knobs.delete_result = DeleteResult::Gone);
    assert_eq!(client.delete(&one).status, 202, "R-42");
    client.advance(120);
    assert_eq!(client.status("a"), "404");
}

#[test]
fn destroyed_objects_may_stay_visible() {
    let mut client = Client::with_workspace();
    client.deploy_instance("a");
    client.turn(|knobs| knobs.delete_result = DeleteResult::Destroyed);
    client.delete(&format!("{DEV}/computeinstances/a"));
    client.advance(120);
    assert_eq!(client.status("a"), "destroyed");
    assert_eq!(client.delete(&format!("{DEV}/computeinstances/a")).status, 404);
    client.add_instance("a");
    assert_eq!(client.status("a"), "not_deployed");
    assert_eq!(client.world.effects().duplicates(), Vec::<String>::new());
}

#[test]
fn single_objects_may_fare_differently() {
    let mut client = Client::with_workspace();
    let failing = ObjectKnobs { deploy_result: Some(DeployResult::Failed), ..Default::default() };
    client.turn(|knobs| knobs.objects = [("*/bad-*".to_owned(), failing)].into());
    for name in ["bad-1", "good-1"] {
        client.add_instance(name);
        client.publish(name);
    }
    client.advance(900);
    assert_eq!(
        (client.status("bad-1"), client.status("good-1")),
        ("failed".into(), "success".into())
    );
}

#[test]
fn power_follows_the_last_completed_verb() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    assert_eq!(client.act("a", "start").status, 409, "not deployed");
    client.publish("a");
    client.advance(900);
    for (verb, status) in [
        ("start", 409),
        ("stop", 200),
        ("stop", 409),
        ("Power%20reset", 409),
        ("start", 200),
        ("Power%20cycle", 200),
        ("stop", 200),
    ] {
        assert_eq!(client.act("a", verb).status, status, "{verb}");
        if status == 200 {
            assert_eq!(client.status("a"), "pending");
            client.advance(60);
            assert_eq!(client.status("a"), "actioncomplete");
        }
    }
    assert_eq!(client.instance("a")["status"]["action"], "stop");
    client.turn(|knobs| knobs.action_result = DeployResult::Failed);
    client.act("a", "start");
    client.advance(60);
    assert_eq!(client.status("a"), "actionfailed");
    client.turn(|knobs| knobs.action_result = DeployResult::Success);
    assert_eq!(client.act("a", "start").status, 200, "it is still off");
}

#[test]
fn only_virtual_machines_reboot() {
    let mut client = Client::with_workspace();
    client.deploy_instance("metal");
    let body = compute("vm", "vm", "gpu-vm", &[("password", "x")]);
    client.post(&format!("{DEV}/computeinstances?auto-publish=true"), &body);
    client.advance(300);
    assert_eq!(client.act("metal", "reboot").status, 400);
    assert_eq!(client.act("vm", "reboot").status, 200);
}

#[test]
fn a_stale_terminal_status_lasts_so_many_reads() {
    let mut client = Client::with_workspace();
    client.turn(|knobs| knobs.stale_terminal_polls = 2);
    client.add_instance("a");
    client.publish("a");
    assert_eq!(client.status("a"), "submitted", "not_deployed is no terminal status");
    client.advance(900);
    let target = format!("{DEV}/computeinstances");
    client.post(&target, &instance("a", &[("assign_public_ip", "true")]));
    client.publish("a");
    assert_eq!(client.status("a"), "success");
    let list = client.get(&target).body_json();
    assert_eq!(list["items"][0]["status"]["status"], "success", "a list is a read too");
    assert_eq!(client.status("a"), "submitted");
    client.advance(900);
    client.act("a", "stop");
    let shown = client.instance("a")["status"].clone();
    assert_eq!((&shown["status"], &shown["action"]), (&json!("success"), &json!("publish")));
}

#[test]
fn timers_fire_at_their_own_moment_however_late_somebody_looks() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    client.publish("a");
    client.advance(1_000_000);
    let provisioned = client.instance("a")["status"]["provisioned_at"].clone();
    let published = client.world.effects().of_kind(EffectKind::Published).next().unwrap().at;
    assert_eq!(provisioned, json!(published.after(std::time::Duration::from_mins(15))));
    client.delete(&format!("{DEV}/computeinstances/a"));
    client.advance(1_000_000);
    let moment = |kind| client.world.effects().of_kind(kind).next().unwrap().at;
    let expected = moment(EffectKind::Deleted).after(std::time::Duration::from_mins(2));
    assert_eq!(moment(EffectKind::Gone), expected);
}

#[test]
fn what_vanishes_halfway_does_not_hold_up_the_rest() {
    let mut client = Client::with_workspace();
    for name in ["a", "b"] {
        client.add_instance(name);
        client.publish(name);
    }
    let object = "ComputeInstance/defaultproject/dev/a".to_owned();
    client.world.edit(&Edit::Delete { object }).unwrap();
    client.advance(900);
    assert_eq!((client.status("a"), client.status("b")), ("404".into(), "success".into()));
}
