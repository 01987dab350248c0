//! The smaller commands, and the conventions all of them follow.

use crate::harness::{Cloud, Site, files, machine, stack, workspace};
use serde_json::{Value, json};

#[test]
fn usage_errors_exit_with_1_and_help_with_0() {
    let site = Site::empty();
    for line in
        ["", "fly", "plan --no-such-option", "resolve Workspace/x", "explain PL9999", "sandbox"]
    {
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        let ran = site.plumb(&words);
        assert_eq!(ran.code, 1, "{line:?}: {}", ran.all());
        assert!(!ran.err.is_empty(), "{line:?}");
        assert_eq!(ran.out, "", "{line:?}: an error is no data");
    }
    let help = site.exits(0, "--help");
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "130"] {
        assert!(help.out.lines().any(|line| line.trim_start().starts_with(&format!("{code}  "))));
    }
    site.exits(0, "--version").says(&["plumb 0."]);
    site.exits(0, "help apply").says(&["--yes"]);
}

#[test]
fn explain_knows_every_code() {
    let site = Site::empty();
    let all = site.exits(0, "explain").out;
    let codes: Vec<&str> = all
        .lines()
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with("PL0")))
        .collect();
    assert!(codes.len() > 50, "{all}");
    site.exits(0, "explain PL0203").says(&["PL0203", "no such field"]);
    site.exits(0, "explain pl0520").says(&["--allow-deletes"]);
    site.exits(1, "explain PL9999").says(&["PL9999"]);
}

#[test]
fn schemas_are_those_that_are_checked_in() {
    let site = Site::empty();
    site.exits(0, "schema --into ../schemas");
    let written = files(&site.beside("schemas"));
    assert!(written.len() > 6);
    for (path, bytes) in written {
        serde_json::from_slice::<Value>(&bytes).unwrap_or_else(|_| panic!("{}", path.display()));
    }
    let one = site.exits(0, "schema ComputeInstance").json();
    assert!(one.to_string().contains("computeProfile"));
    site.exits(0, "schema --list").says(&["paas.envmgmt.io/v1", "ComputeInstance", "auth/v1"]);
    site.exits(1, "schema ComputeInstnce").says(&["did you mean ComputeInstance?"]);
    assert!(site.exits(0, "schema").json()["$schema"].is_string());
}

#[test]
fn completions_and_manual_are_generated() {
    let site = Site::empty();
    // Of an argument that is no option, the script for fish knows no values.
    for (shell, kind) in [("bash", "ComputeInstance"), ("zsh", "ComputeInstance"), ("fish", "")] {
        let ran = site.exits(0, &format!("completions {shell}"));
        ran.says(&["plumb", "approve-early-termination", kind]);
    }
    let page = site.exits(0, "man");
    page.says(&[".TH plumb", "Exit codes", ".SH EXAMPLES", ".SH ENVIRONMENT", ".SH FILES"]);
    page.says(&[
        "PLUMB_CA_FILE",
        "HTTPS_PROXY",
        "VOLTAGE_PARK_API_KEY",
        "\\&.plumb/",
        "plan fleet",
    ]);
    site.exits(0, "man --into ../man");
    assert!(site.beside("man/plumb-apply.1").exists());
    let written = std::fs::read_to_string(site.beside("man/plumb.1")).unwrap();
    assert!(written.contains(".SH EXAMPLES") && written.contains("PLUMB_CA_FILE"), "{written}");
}

#[test]
fn the_graph_is_drawn_in_both_languages() {
    let site = Site::empty().with_example();
    let dot = site.exits(0, "graph");
    assert!(dot.out.starts_with("digraph"), "{}", dot.out);
    let mermaid = site.exits(0, "graph --output mermaid");
    assert!(mermaid.out.starts_with("flowchart"), "{}", mermaid.out);
    for ran in [&dot, &mermaid] {
        ran.says(&["Service/gpu-fleet/vpc-main", "ComputeInstance/gpu-fleet/training/h100-node-1"]);
    }
}

#[test]
fn live_objects_are_shown_in_every_shape() {
    let cloud = Cloud::start(&json!({"rafay": {"knobs": {"mask": "plaintext"}, "secrets": {
        "node_login_password": "Canary-node-3", "kubeconfig": "Canary-kubeconfig-4",
    }}}));
    let site = Site::at(&cloud).with_example();
    site.exits(0, "apply --yes");
    let secrets = ["Canary-node-3", "Canary-kubeconfig-4", "Notebook-secret-2"];
    for shape in ["table", "wide", "yaml", "json", "name"] {
        let ran = site.exits(0, &format!("get --output {shape}"));
        ran.says(&["h100-node-1", "vpc-main"]).keeps_quiet_of(&secrets);
    }
    let names = site.exits(0, "get ComputeInstance --project gpu-fleet -o name").out;
    assert_eq!(names.lines().count(), 4, "{names}");
    assert!(names.contains("ComputeInstance/gpu-fleet/inference/notebook-vm"));
    let list = site.exits(0, "get computeinstance h100-node-1 -o json").json();
    assert_eq!(list["items"][0]["status"]["phase"], "ready");
    assert_eq!(list["items"][0]["status"]["output"]["node_login_password"]["value"], "(secret)");

    let shown = site.exits(0, "get ComputeInstance -o yaml --show-secrets");
    shown.says(&["Canary-node-3", "Canary-kubeconfig-4"]);

    site.exits(1, "get Servce").says(&["did you mean Service?"]);
    site.exits(1, "get Service no-such-thing").says(&["Nothing found."]);
    assert_eq!(site.exits(0, "get Service --project vm-project -o name").out.trim(), "");
}

/// A short list must not be taken for the whole by a script, nor a list that was not asked for be
/// held against what was.
#[test]
fn what_could_not_be_listed_is_told_and_is_an_error() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_example();
    site.exits(0, "apply --yes");
    cloud.faults(&json!([{
        "match": {"operation": "rafay.services.list"},
        "when": {"every": 1},
        "effect": {"type": "respond", "status": 403},
    }]));
    let told = ["warning: Service of gpu-fleet could not be listed"];
    site.exits(1, "get").says(&told).says(&["h100-node-1"]);
    site.exits(1, "get Service").says(&told).says(&["Nothing found in what could be listed."]);
    site.exits(1, "export").says(&told).says(&["name: h100-node-1"]);
    site.exits(0, "get ComputeInstance --project gpu-fleet").says(&["h100-node-1"]);
    site.exits(0, "get ComputeInstance h100-node-1").says(&["h100-node-1"]);
}

#[test]
fn a_verb_asks_before_work_may_be_lost() {
    // Long enough to be seen under way.
    let cloud = Cloud::start(&json!({"rafay": {"durations": {"action": 100_000}}}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.write("node.yaml", &machine("node", "dev", &[]));
    site.exits(0, "apply --yes");
    let effects = cloud.effect_count();
    for verb in ["stop", "power reset", "power cycle"] {
        let ran = site.exits(1, &format!("action {verb} ComputeInstance/node"));
        ran.says(&["may lose work", "--yes"]);
    }
    site.exits(1, "action fly ComputeInstance/node")
        .says(&["start, stop, power reset, power cycle"]);
    site.exits(1, "action stop Workspace/dev --yes").says(&["nothing can be done by hand"]);
    site.exits(1, "action stop ComputeInstance/nobody --yes").says(&["no resource is called"]);
    site.exits(1, "action stop nonsense --yes").says(&["is not an address"]);
    assert_eq!(cloud.effect_count(), effects);

    let verb = |line: &str| {
        site.exits(0, line).says(&["is done."]);
    };
    verb("action stop ComputeInstance/node --yes");
    let power = |site: &Site| site.exits(0, "get ComputeInstance node").out;
    assert!(power(&site).contains("off"), "{}", power(&site));
    verb("action start ComputeInstance/defaultproject/dev/node");
    let reset = site.exits(0, "action power reset ComputeInstance/node --yes");
    reset.says(&["is done.", "ComputeInstance/defaultproject/dev/node: restarting..."]);
    reset.keeps_quiet_of(&["powering on"]);
    verb("action power cycle ComputeInstance/node --yes");
    assert!(power(&site).contains("on "), "{}", power(&site));
    let sent: Vec<String> = cloud
        .raw_effects(effects)
        .iter()
        .filter(|effect| effect["kind"] == "action")
        .map(|effect| effect["detail"]["verb"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(sent, ["stop", "start", "Power reset", "Power cycle"]);
    site.exits(0, "history").says(&["action power cycle"]);
    site.exits(0, "plan --detailed-exitcode");
}

#[test]
fn history_tells_who_did_what() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.exits(0, "history");
    site.exits(0, "apply --yes --events ../events.jsonl");
    let table = site.exits(0, "history").out;
    assert!(table.contains("apply") && table.contains("tester@"), "{table}");
    let run = table.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    site.exits(0, &format!("history {run}")).says(&["Workspace/defaultproject/dev: created"]);
    site.exits(1, "history 20200101T000000Z-1").says(&["`plumb history` lists all runs"]);
    let events = std::fs::read_to_string(site.beside("events.jsonl")).unwrap();
    let names: Vec<String> = events
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["event"].as_str().unwrap().to_owned()
        })
        .collect();
    let expected = ["run_started", "action_started", "action_finished", "run_finished"];
    assert_eq!(names, expected, "{events}");
}

#[test]
fn destroy_deletes_in_reverse_order_by_name() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    let vpc =
        include_str!("../../../../manifests/network.yaml").replace("gpu-fleet", "defaultproject");
    site.write("vpc.yaml", &vpc);
    site.write("node.yaml", &machine("node", "dev", &[]));
    site.exits(0, "apply --yes");
    let effects = cloud.effect_count();
    site.exits(4, "destroy --confirm fleet").says(&["PL0509", "--approve-early-termination"]);
    site.exits(0, "destroy --confirm fleet --approve-early-termination ComputeInstance/node");
    let gone: Vec<String> =
        cloud.effects(effects).into_iter().filter(|line| line.starts_with("gone ")).collect();
    let place = |text: &str| gone.iter().position(|line| line.contains(text)).unwrap();
    assert_eq!(gone.len(), 3, "{gone:#?}");
    assert_eq!(place("/node"), 0, "{gone:#?}");
    site.exits(0, "destroy --confirm fleet");
}

#[test]
fn adopt_takes_over_what_differs() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.change("dev.yaml", "  project:", "  description: ours\n  project:");
    cloud.edit(&json!({"op": "create", "object": {
        "apiVersion": "paas.envmgmt.io/v1", "kind": "Workspace",
        "metadata": {"name": "dev", "project": "defaultproject", "description": "theirs"},
    }}));
    site.exits(4, "apply --yes").says(&["PL0501", "plumb.dev/adopt"]);
    site.exits(0, "adopt Workspace/dev --yes");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}

#[test]
fn doctor_says_what_is_in_order() {
    let cloud = Cloud::start(&json!({}));
    let mut site = Site::at(&cloud).with_workspace("dev");
    site.exits(0, "doctor")
        .says(&["ok ", "PLUMB_RAFAY_ENDPOINT"])
        .keeps_quiet_of(&["FAIL", &cloud.key]);
    site.set("PLUMB_RAFAY_API_KEY", "ra2.wrong.key");
    site.exits(1, "doctor").says(&["FAIL", "did not accept"]);
    site.set("PLUMB_RAFAY_ENDPOINT", "http://127.0.0.1:9");
    site.exits(1, "doctor").says(&["FAIL"]);
    let bare = Site::empty();
    bare.exits(1, "doctor").says(&["no connection is configured", "PLUMB_RAFAY_ENDPOINT"]);
}

#[test]
fn connections_come_from_a_file_whose_key_nobody_else_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let cloud = Cloud::start(&json!({}));
    let site = Site::empty();
    site.write("plumb.yaml", &stack("fleet", "  connections: [lab]"));
    site.write("dev.yaml", &workspace("dev"));
    site.exits(1, "plan").says(&["PL0605", "lab"]);
    let folder = site.beside(".config/plumb");
    std::fs::create_dir_all(&folder).unwrap();
    let key = folder.join("key");
    std::fs::write(&key, format!("{}\n", cloud.key)).unwrap();
    let file = json!({"connections": [{
        "name": "lab", "provider": "rafay", "endpoint": cloud.endpoint, "key": {"file": key},
    }]});
    std::fs::write(folder.join("connections.yaml"), file.to_string()).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    site.exits(1, "plan").says(&["can be read by others", "chmod 600"]);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    site.exits(0, "apply --yes");
    assert_eq!(cloud.effect_count(), 1);
}
