//! The knobs that change what reads show.

use plumb_sandbox::config::{Transport, TransportFault};
use plumb_sandbox::{Edit, Reply, Request, WorldConfig};
use plumb_sandbox_rafay::knobs::{LabelStyle, Mask, OutputLayout, StatusStyle};
use serde_json::{Value, json};

use crate::client::{Client, DEV, PAAS, Seen as _, compute, instance, set, variable, workspace};

const INSTANCES: &str =
    "/apis/paas.envmgmt.io/v1/projects/defaultproject/workspaces/dev/computeinstances";

fn with_vm() -> Client {
    let mut client = Client::with_workspace();
    let mut body = compute("vm", "vm", "gpu-vm", &[("password", "hunter2-canary")]);
    body["metadata"]["labels"] = json!({ "team": "ml" });
    body["spec"]["sharing"] = json!({ "enabled": false, "shareMode": "None" });
    client.post(&format!("{INSTANCES}?auto-publish=true"), &body);
    client.advance(300);
    client
}

#[test]
fn secrets_are_masked_left_out_or_shown() {
    let mut client = with_vm();
    for (mask, password, login) in [
        (Mask::Stars, Some("********"), Some("********")),
        (Mask::Omit, None, None),
        (Mask::Plaintext, Some("hunter2-canary"), Some("sandbox-node-password-7f3a91c5")),
    ] {
        client.turn(|knobs| knobs.mask = mask);
        let vm = client.instance("vm");
        assert_eq!(variable(&vm, "password"), password, "{mask:?}");
        let output = &vm["status"]["output"]["node_login_password"]["value"];
        assert_eq!(output.as_str(), login, "{mask:?}");
    }
}

#[test]
fn merged_variables_and_defaults_can_be_left_out() {
    let mut client = with_vm();
    let vm = client.instance("vm");
    assert_eq!(variable(&vm, "disk"), Some("100"), "the profile's default");
    assert!(vm["spec"]["variables"][0]["options"]["displayMetadata"].is_object());
    client.turn(|knobs| {
        knobs.merged_variables = false;
        knobs.add_defaults = false;
    });
    let vm = client.instance("vm");
    let only = json!([{ "name": "password", "value": "********" }]);
    assert_eq!(vm["spec"]["variables"], only);
}

#[test]
fn shuffled_variables_are_the_same_set_in_another_order() {
    let mut client = with_vm();
    let order = |object: &Value| -> Vec<String> {
        let variables = object["spec"]["variables"].as_array().unwrap();
        variables.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    let plain = order(&client.instance("vm"));
    assert_eq!(plain, order(&client.instance("vm")));
    client.turn(|knobs| knobs.shuffle_variables = true);
    let shuffled: Vec<_> = (0..4).map(|_| order(&client.instance("vm"))).collect();
    assert!(shuffled.iter().any(|it| *it != plain));
    for mut one in shuffled {
        one.sort();
        let mut sorted = plain.clone();
        sorted.sort();
        assert_eq!(one, sorted);
    }
}

#[test]
fn zero_values_vanish_unless_told_otherwise() {
    let mut client = with_vm();
    assert_eq!(client.instance("vm")["spec"]["sharing"], json!({ "shareMode": "None" }));
    client.turn(|knobs| knobs.drop_zero_values = false);
    assert_eq!(client.instance("vm")["spec"]["sharing"]["enabled"], false);
}

#[test]
fn labels_can_be_dropped_and_lists_thinned() {
    let mut client = with_vm();
    let both = |client: &mut Client| {
        let list = client.get(INSTANCES).body_json();
        let in_list = list["items"][0]["metadata"].get("labels").is_some();
        (client.instance("vm")["metadata"].get("labels").is_some(), in_list)
    };
    assert_eq!(both(&mut client), (true, true));
    client.turn(|knobs| knobs.labels = LabelStyle::DroppedInLists);
    assert_eq!(both(&mut client), (true, false));
    client.turn(|knobs| knobs.labels = LabelStyle::Dropped);
    assert_eq!(both(&mut client), (false, false));
    client.turn(|knobs| {
        knobs.labels = LabelStyle::Kept;
        knobs.list_thin = true;
    });
    assert_eq!(both(&mut client), (true, false));
    let item = client.get(INSTANCES).body_json()["items"][0].clone();
    assert!(item.get("spec").is_none() && item["status"]["status"] == "success");
}

#[test]
fn the_spec_may_be_a_string() {
    let mut client = with_vm();
    client.turn(|knobs| knobs.spec_as_string = true);
    let vm = client.instance("vm");
    let spec: Value = serde_json::from_str(vm["spec"].as_str().unwrap()).unwrap();
    assert_eq!(spec["computeType"], "vm");
}

#[test]
fn statuses_are_spelled_as_asked() {
    let mut client = with_vm();
    for (style, text) in [
        (StatusStyle::Plain, "success"),
        (StatusStyle::Enum, "Status_SUCCESS"),
        (StatusStyle::Deployed, "deployed"),
    ] {
        client.turn(|knobs| knobs.status_style = style);
        assert_eq!(client.status("vm"), text);
    }
}

#[test]
fn outputs_are_laid_out_as_asked() {
    let mut client = with_vm();
    client.turn(|knobs| knobs.output_layout = OutputLayout::Nested);
    let output = client.instance("vm")["status"]["output"].clone();
    assert_eq!(output["cluster"]["tasks"]["provision"]["node_login_username"]["value"], "ubuntu");
    client.post(&format!("{INSTANCES}?auto-publish=true"), &compute("k", "k8s", "k8s-v4-1", &[]));
    client.advance(1200);
    client.turn(|knobs| knobs.output_layout = OutputLayout::Flat);
    let output = client.instance("k")["status"]["output"].clone();
    assert!(output["kubeconfig"]["value"].as_str().unwrap().contains("sandbox-kubeconfig-token"));
}

#[test]
fn errors_may_come_with_200() {
    let mut client = Client::with_workspace();
    client.turn(|knobs| knobs.error_in_200 = true);
    let response = client.get(&format!("{INSTANCES}/nothing"));
    assert_eq!((response.status, &response.body_json()["code"]), (200, &json!(404)));
}

#[test]
fn the_transport_knob_hits_the_end_of_each_period() {
    for (fault, expected) in [
        (TransportFault::TooManyRequests, Some(429)),
        (TransportFault::InternalError, Some(500)),
        (TransportFault::BadGateway, Some(502)),
        (TransportFault::Unavailable, Some(503)),
        (TransportFault::GatewayTimeout, Some(504)),
        (TransportFault::Html, Some(502)),
        (TransportFault::LostAfterCommit, None),
    ] {
        let transport = Transport { fault, every: 3, burst: 1, ..Transport::default() };
        let mut client = Client::with(WorldConfig { transport, ..WorldConfig::default() });
        let seen: Vec<Option<u16>> = (0..6)
            .map(|_| {
                let reply = client.send(Request::new("GET", "/auth/v1/projects/"));
                reply.answer().map(|response| response.status)
            })
            .collect();
        let ok = Some(200);
        assert_eq!(seen, [ok, ok, expected, ok, ok, expected], "{fault:?}");
    }
    let slow = Transport { fault: TransportFault::Slow, ..Transport::default() };
    let mut client = Client::with(WorldConfig { transport: slow, ..WorldConfig::default() });
    assert_eq!(client.get("/auth/v1/projects/").delay.as_secs(), 61);
}

#[test]
fn lost_after_commit_commits() {
    let transport = Transport { fault: TransportFault::LostAfterCommit, ..Transport::default() };
    let mut client = Client::with(WorldConfig { transport, ..WorldConfig::default() });
    let body = workspace("vm-project", "a");
    let reply =
        client.send(Request::new("POST", &format!("{PAAS}/vm-project/workspaces")).json(&body));
    assert_eq!(reply, Reply::Drop);
    assert!(client.world.rafay().object("Workspace/vm-project/a").is_some());
}

#[test]
fn scheduled_edits_happen_just_before_their_call() {
    let mut client = Client::with_workspace();
    client.add_instance("a");
    let at_call = client.world.requests().last_number() + 2;
    let edit = Edit::Delete { object: "ComputeInstance/defaultproject/dev/a".to_owned() };
    let scheduled = plumb_sandbox::config::ScheduledEdit { at_call, edit };
    client.configure(|config| config.out_of_band = vec![scheduled]);
    assert_eq!(client.status("a"), "not_deployed");
    assert_eq!(client.status("a"), "404");
    assert!(client.world.config().out_of_band.is_empty());
}

#[test]
fn seeded_objects_exist_at_the_start() {
    let mut config = plumb_sandbox::WorldConfig::default();
    let mut running = instance("up", &[]);
    running["status"] = json!({ "status": "success" });
    let objects = vec![workspace("defaultproject", "dev"), instance("down", &[]), running];
    set(&mut config, |settings| settings.seeded.get_or_insert_default().objects = objects);
    let mut client = Client::with(config);
    assert_eq!(
        (client.status("down"), client.status("up")),
        ("not_deployed".into(), "success".into())
    );
    assert_eq!(client.world.effects().count(), 0, "they did not happen");
    assert_eq!(client.publish("up").status, 409, "it is deployed and unchanged");
    assert_eq!(client.get(DEV).status, 200);
}
