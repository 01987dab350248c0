//! Every kind of trouble: its message, what to do next, its exit code.

use crate::harness::{Cloud, Site, files, finish, machine, stack, until, workspace};
use serde_json::{Value, json};
use std::process::Command;

type Variables = &'static [(&'static str, &'static str)];
type Texts = &'static [&'static str];

/// What is refused before anything is looked at: the manifest, what is said, what to do.
#[test]
fn manifests_that_are_refused() {
    let dev = workspace("dev");
    let with = |lines: &str| format!("{dev}{lines}");
    let circle = format!(
        "{}  annotations:\n    plumb.dev/depends-on: Workspace/b\n---\n{}  annotations:\n    \
         plumb.dev/depends-on: Workspace/a\n",
        workspace("a"),
        workspace("b"),
    );
    let table: Vec<(String, &[&str])> = vec![
        (with("spce: {}\n"), &["PL0203", "spce", "did you mean", "spec"]),
        (with("spec:\n  readme: [1]\n"), &["PL0204", "spec.readme"]),
        (with("  description: {valueFrom: {file: x}}\n"), &["PL0306", "x"]),
        (with("  description: {valueFrom: {file: ../../x}}\n"), &["PL0306"]),
        (with("  description: {valueFrom: {var: a b}}\n"), &["PL0307"]),
        (with(&format!("---\n{dev}")), &["PL0301", "declared twice", "first declared here"]),
        (
            with("  annotations:\n    plumb.dev/depends-on: Workspace/nowhere\n"),
            &["PL0302", "dev.yaml:7:27", "Workspace/nowhere"],
        ),
        (circle, &["PL0304", "circle", "Workspace/defaultproject/a"]),
    ];
    for (text, says) in table {
        let site = Site::empty();
        site.write("plumb.yaml", &stack("fleet", ""));
        site.write("dev.yaml", &text);
        // Refused by every command, before a connection is asked for.
        for command in ["validate", "plan", "apply --yes", "drift"] {
            site.exits(1, command).says(says).says(&["dev.yaml:"]);
        }
    }
}

#[test]
fn a_stack_file_cannot_name_endpoints() {
    let site = Site::empty().with_workspace("dev");
    site.write("plumb.yaml", &stack("fleet", "  endpoint: https://evil.example"));
    site.exits(1, "validate").says(&["PL0210", "endpoint", "plumb.yaml:6:3", "operator"]);
}

#[test]
fn nothing_to_read() {
    let site = Site::empty();
    site.exits(1, "validate").says(&["PL0107"]);
    site.exits(1, "validate nowhere").says(&["PL0104", "nowhere"]);
}

/// What only the live world refuses: the message and the next step; nothing is sent.
#[test]
fn what_the_profiles_refuse_is_blocked() {
    let cloud = Cloud::start(&json!({}));
    let cases: [(Variables, Texts); 4] = [
        (&[("assign_public_ip", "perhaps")], &["PL0404", "node.yaml:", "true"]),
        (&[("asign_public_ip", "true")], &["PL0402", "did you mean", "assign_public_ip"]),
        (&[("Contract Term", "1")], &["PL0406"]),
        (&[("hss_storage", "a"), ("node_os_image", "windows")], &["PL0404", "default-image"]),
    ];
    for (variables, says) in cases {
        let site = Site::at(&cloud).with_workspace("dev");
        site.write("node.yaml", &machine("node", "dev", variables));
        let ran = site.plumb(&["plan"]);
        assert!([1, 4].contains(&ran.code), "{}: {}", ran.code, ran.all());
        ran.says(says);
    }
    let vm = machine("vm", "dev", &[]).replace("baremetal", "vm").replace("bmaas-l40s", "gpu-vm");
    let cases: [(&str, &str, Texts); 3] = [
        ("disk", "120", &["PL0404", "vm.yaml:14:14", "50"]),
        ("cpu", "32", &["PL0405", "vm.yaml:1"]),
        ("disk", "200", &["PL0403", "password", "vm.yaml:"]),
    ];
    for (name, value, says) in cases {
        let site = Site::at(&cloud).with_workspace("dev");
        let vm = vm.replace("Contract Term", name).replace("\"1\"", &format!("\"{value}\""));
        site.write("vm.yaml", &vm);
        site.exits(4, "plan").says(says).says(&["help:"]);
    }
    let site = Site::at(&cloud).with_workspace("dev");
    site.write("node.yaml", &machine("node", "dev", &[]).replace("bmaas-l40s", "bmaas-l40"));
    site.exits(4, "plan").says(&["PL0401", "bmaas-l40"]);
    let site = Site::at(&cloud).with_workspace("dev");
    site.write("node.yaml", &machine("node", "dve", &[]));
    site.exits(4, "plan").says(&["PL0308", "dve"]);
    assert_eq!(cloud.writes(0), [""; 0]);
}

#[test]
fn a_plain_secret_is_refused() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    let vm = machine("vm", "dev", &[]).replace("baremetal", "vm").replace("bmaas-l40s", "gpu-vm");
    let vm = vm.replace(
        "- name: Contract Term\n      value: \"1\"",
        "- name: password\n      value: hunter2",
    );
    site.write("vm.yaml", &vm);
    let ran = site.exits(4, "plan");
    ran.says(&["PL0409", "valueFrom"]);
}

#[test]
fn an_immutable_change_is_blocked_with_the_way_out() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.write("node.yaml", &machine("node", "dev", &[]));
    site.exits(0, "apply --yes");
    let effects = cloud.effect_count();
    site.change("node.yaml", "bmaas-l40s", "bmaas-h100");
    for command in ["plan", "apply --yes"] {
        let ran = site.exits(4, command);
        ran.says(&["PL0503", "spec.computeProfile", "plumb.dev/replace"]);
    }
    assert_eq!(cloud.effect_count(), effects);
}

#[test]
fn a_wrong_key_ends_it() {
    let cloud = Cloud::start(&json!({}));
    let mut site = Site::at(&cloud).with_workspace("dev");
    site.set("PLUMB_RAFAY_API_KEY", "ra2.wrong.Canary-key-5");
    for command in ["plan", "apply --yes", "drift", "get", "export"] {
        let ran = site.exits(1, command);
        ran.says(&["PL0603", "did not accept the API key", "help:"]);
        ran.keeps_quiet_of(&["Canary-key-5"]);
    }
    assert_eq!(cloud.writes(0), [""; 0]);
}

#[test]
fn an_endpoint_that_cannot_be_reached_ends_it() {
    let mut site = Site::empty().with_workspace("dev");
    site.set("PLUMB_RAFAY_API_KEY", "ra2.some.key");
    // Nothing listens there.
    site.set("PLUMB_RAFAY_ENDPOINT", "http://127.0.0.1:9");
    std::thread::scope(|scope| {
        for command in ["plan", "apply --yes", "drift", "get", "export"] {
            let site = &site;
            scope.spawn(move || {
                site.exits(1, command).says(&["PL0604", "127.0.0.1:9", "help:"]);
            });
        }
    });
    site.set("PLUMB_RAFAY_ENDPOINT", "http://plumb.example.com");
    site.exits(1, "plan").says(&["PL0605", "https://"]);
    site.variables.remove("PLUMB_RAFAY_API_KEY");
    site.exits(1, "plan").says(&["PL0605", "PLUMB_RAFAY_API_KEY is not"]);
    site.variables.clear();
    site.exits(1, "plan").says(&["PL0605", "PLUMB_RAFAY_ENDPOINT", "--sandbox"]);
}

#[test]
fn a_name_that_somebody_took_meanwhile() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.change("dev.yaml", "  project:", "  description: ours\n  project:");
    cloud.faults(&json!({"match": {"method": "POST"}, "when": {"nth": 1}, "effect": {
        "type": "edit", "edit": {"op": "create", "object": {
            "apiVersion": "paas.envmgmt.io/v1", "kind": "Workspace",
            "metadata": {"name": "dev", "project": "defaultproject", "description": "theirs"},
        }},
    }}));
    let ran = site.exits(3, "apply --yes");
    ran.says(&["Workspace/defaultproject/dev", "exists", "help"]);
    assert_eq!(cloud.effects(0), ["created Workspace/defaultproject/dev"]);
    // Next time it is seen before anything is sent.
    site.exits(4, "plan").says(&["PL0501", "plumb.dev/adopt"]);
}

#[test]
fn a_deployment_that_fails() {
    let cloud = Cloud::start(&json!({"rafay": {"knobs": {"objects": {
        "ComputeInstance/defaultproject/dev/bad": {"deploy_result": "failed"},
    }}}}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.write("bad.yaml", &machine("bad", "dev", &[]));
    site.write("good.yaml", &machine("good", "dev", &[]));
    let needs = machine("needs", "dev", &[]).replace(
        "  workspace: dev\n",
        "  workspace: dev\n  annotations:\n    plumb.dev/depends-on: ComputeInstance/bad\n",
    );
    site.write("needs.yaml", &needs);
    let ran = site.exits(3, "apply --yes");
    ran.says(&[
        "ComputeInstance/defaultproject/dev/bad",
        "failed",
        "skipped",
        "ComputeInstance/defaultproject/dev/needs",
    ]);
    assert!(cloud.creates().contains_key("ComputeInstance/defaultproject/dev/good"));
    assert!(!cloud.creates().contains_key("ComputeInstance/defaultproject/dev/needs"));
    site.exits(2, "drift").says(&["Failed               ComputeInstance/defaultproject/dev/bad"]);
    cloud.knobs("rafay", &json!({"objects": Value::Null}));
    site.exits(0, "apply --yes");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    assert!(cloud.creates().values().all(|count| *count == 1));
}

#[test]
fn a_wait_that_takes_too_long_is_pending_and_not_failed() {
    let cloud = Cloud::start(&json!({"rafay": {"durations": {"baremetal": 100_000_000}}}));
    let site = Site::at(&cloud).with_workspace("dev");
    let node = machine("node", "dev", &[]).replace(
        "  workspace: dev\n",
        "  workspace: dev\n  annotations:\n    plumb.dev/timeout: 2s\n",
    );
    site.write("node.yaml", &node);
    let ran = site.exits(3, "apply --yes");
    ran.says(&["still under way", "ComputeInstance/defaultproject/dev/node"]);
    ran.keeps_quiet_of(&["failed:"]);
    // Nothing is sent twice for it.
    let effects = cloud.effect_count();
    site.exits(3, "apply --yes");
    assert_eq!(cloud.effect_count(), effects);
    cloud.control("POST", "clock", Some(&json!({"advanceSeconds": 100_000_000})));
    site.exits(0, "apply --yes");
}

#[test]
fn a_lock_that_another_holds() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    cloud.faults(&json!({
        "match": {"method": "POST"}, "when": {"nth": 1}, "effect": {"type": "delay", "ms": 3_000},
    }));
    let first = site.command(&["apply", "--yes"]).spawn().unwrap();
    until("the create", || cloud.effect_count() == 1);
    let ran = site.exits(5, "apply --yes");
    ran.says(&["PL0602", "tester", "--lock-timeout"]);
    site.exits(5, "unlock").says(&["is alive"]);
    // Looking needs no lock; it sees a create under way, and leaves it alone.
    site.exits(6, "plan").says(&["PL0513"]);
    let waiting = site.exits(0, "apply --yes --lock-timeout 30s");
    waiting.says(&["Waiting for the lock", "No changes."]);
    let first = finish(first);
    assert_eq!(first.code, 0, "{}", first.all());
    assert_eq!(cloud.creates().values().copied().collect::<Vec<_>>(), [1]);
    site.exits(0, "unlock").says(&["not locked"]);
}

#[test]
fn nobody_to_ask() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.exits(1, "apply").says(&["nobody can be asked", "--yes"]);
    assert_eq!(cloud.writes(0), [""; 0]);
}

#[test]
fn a_damaged_ledger_is_said_so() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.write("two.yaml", &workspace("two"));
    site.exits(0, "apply --yes");
    let journal = site.root().join(".plumb/journal-000001");
    let mut bytes = std::fs::read(&journal).unwrap();
    bytes[40] ^= 0xff;
    std::fs::write(&journal, bytes).unwrap();
    let ran = site.exits(1, "plan");
    ran.says(&["PL0608", "help:"]);
}

/// The run does what it is to do, and says that its log is not whole.
#[test]
fn an_event_log_on_a_full_disk_is_said_so() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    let ran = site.exits(1, "apply --yes --events /dev/full");
    ran.says(&["/dev/full: No space left on device", "Workspace/defaultproject/dev: created"]);
    assert_eq!(cloud.creates().values().copied().collect::<Vec<_>>(), [1]);
    site.exits(0, "plan --detailed-exitcode");
}

#[test]
fn a_pipe_in_the_ledger_is_not_waited_for() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("dev");
    site.exits(0, "apply --yes");
    let ledger = site.root().join(".plumb");
    let names = ["journal", "key", "holder.json", "lock"];
    for path in files(&ledger).into_keys() {
        let name = path.file_name().unwrap().to_str().unwrap();
        if !names.iter().any(|begins| name.starts_with(begins)) {
            continue;
        }
        let kept = path.with_extension("kept");
        std::fs::rename(&path, &kept).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        for line in ["plan", "apply --yes"] {
            let ran = site.plumb(&line.split(' ').collect::<Vec<_>>());
            assert!(ran.code == 0 || ran.all().contains("not a regular file"), "{}", ran.all());
        }
        let _gone = std::fs::remove_file(&path);
        std::fs::rename(&kept, &path).unwrap();
    }
    site.exits(0, "plan --detailed-exitcode");
}
