//! Whose something is: stacks of one name, stacks that nobody named, and ledgers that are not the
//! stack's as it is now.

use crate::harness::{Cloud, Site, files, stack, virtual_machine, workspace};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A stack with an id.
fn with_id(name: &str, id: &str) -> String {
    stack(name, "").replace(&format!("name: {name}"), &format!("name: {name}\n  id: {id}"))
}

/// The tags of the one machine.
fn tags(cloud: &Cloud) -> Vec<String> {
    let effects = cloud.raw_effects(0);
    let tags = effects.iter().rev().find_map(|effect| effect["detail"]["tags"].as_array());
    tags.unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
}

fn ledger(site: &Site) -> BTreeMap<PathBuf, Vec<u8>> {
    files(&site.root().join(".plumb"))
}

/// Puts a ledger back as it was.
fn restore(site: &Site, kept: &BTreeMap<PathBuf, Vec<u8>>) {
    fs::remove_dir_all(site.root().join(".plumb")).unwrap();
    fs::create_dir(site.root().join(".plumb")).unwrap();
    for (path, bytes) in kept {
        fs::write(path, bytes).unwrap();
        close(path);
    }
}

/// A file for its owner alone.
fn close(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_stack_that_nobody_named_writes_nothing() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud);
    site.write("box.yaml", &virtual_machine("box"));
    site.exits(0, "plan").says(&["PL0613", "VirtualMachine/box"]);
    site.exits(2, "drift");
    for line in [
        "apply --yes",
        "apply --yes --prune",
        "destroy --confirm fleet",
        "adopt VirtualMachine/box --yes",
        "action stop VirtualMachine/box --yes",
        "resolve VirtualMachine/box --not-created --yes",
        "plan -o planned",
    ] {
        site.exits(1, line).says(&["PL0613", "plumb init", "--stack"]);
    }
    assert_eq!(cloud.writes(0), [""; 0]);
    assert!(!site.root().join(".plumb").exists() && !site.root().join("planned").exists());
    // The example's name, and one on the command line, are names.
    site.exits(0, "apply --yes --stack research");
    assert!(tags(&cloud).contains(&"plumb.dev/stack=research".to_owned()));
    site.exits(0, "plan --detailed-exitcode --stack research");
    site.exits(0, "plan -o planned --stack research");
    site.exits(0, "apply planned");
    site.exits(1, "plan --stack Research").says(&["is no stack's name"]);
    site.write("plumb.yaml", &stack("research", ""));
    site.exits(1, "plan --stack other").says(&["--stack says \"other\"", "research"]);
    site.exits(0, "plan --detailed-exitcode --stack research");
}

#[test]
fn init_names_a_stack_once() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud);
    site.write("box.yaml", &virtual_machine("box"));
    site.exits(0, "init").says(&["plumb.yaml names the stack fleet"]);
    let text = fs::read_to_string(site.root().join("plumb.yaml")).unwrap();
    let id = text.lines().find_map(|line| line.trim().strip_prefix("id: ")).unwrap();
    assert!(id.trim_matches(['\'', '"']).len() == 8 && text.contains("name: fleet"), "{text}");
    site.exits(1, "init").says(&["is there already", "id: "]);
    assert_eq!(fs::read_to_string(site.root().join("plumb.yaml")).unwrap(), text);
    site.exits(0, "apply --yes");
    let mark = format!("plumb.dev/stack=fleet.{}.1", id.trim_matches(['\'', '"']));
    assert!(tags(&cloud).contains(&mark), "{mark} in {:?}", tags(&cloud));
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    // Its name is what a person types.
    site.exits(0, "destroy --confirm fleet");
}

/// Two repositories, each with a folder of the same name and the same names in it.
#[test]
fn equal_names_with_different_ids_are_two_stacks() {
    let cloud = Cloud::start(&json!({}));
    let sites = ["a0b1c2d3", "k3v9x2m4"].map(|id| {
        let site = Site::at(&cloud);
        site.write("plumb.yaml", &with_id("fleet", id));
        site.write("box.yaml", &virtual_machine("box"));
        site.write("workspace.yaml", &workspace("research"));
        site
    });
    let [first, second] = &sites;
    first.exits(0, "apply --yes");
    let effects = cloud.effect_count();
    for line in ["plan", "apply --yes", "apply --yes --prune"] {
        second.exits(4, line).says(&["PL0502", "fleet.a0b1c2d3"]);
    }
    second.remove("box.yaml");
    second.write("workspace.yaml", &workspace("other"));
    second.exits(0, "apply --yes --prune");
    second.exits(0, "destroy --confirm fleet");
    let others = |effect: &&String| !effect.ends_with(" Workspace/defaultproject/other");
    assert_eq!(cloud.effects(effects).iter().find(others), None);
    // Losing the ledger loses neither.
    fs::remove_dir_all(first.root().join(".plumb")).unwrap();
    first.exits(0, "apply --yes");
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 1);
    first.exits(0, "destroy --confirm fleet");
}

/// What carries the name alone stays the stack's when it gets an id; what is written then carries it.
#[test]
fn an_id_that_is_added_later_takes_over_what_has_the_name() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_documents("fleet", &[virtual_machine("box")]);
    site.write("workspace.yaml", &workspace("research"));
    site.exits(0, "apply --yes");
    site.write("plumb.yaml", &with_id("fleet", "k3v9x2m4"));
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    // Also by its marks alone.
    fs::remove_dir_all(site.root().join(".plumb")).unwrap();
    site.exits(0, "apply --yes");
    site.change("fleet.yaml", "spec:\n", "spec:\n  tags: [night]\n");
    site.exits(0, "apply --yes");
    let tags = tags(&cloud);
    assert!(tags.iter().any(|tag| tag.starts_with("plumb.dev/stack=fleet.k3v9x2m4.")), "{tags:?}");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    site.remove("workspace.yaml");
    site.exits(0, "apply --yes --prune");
    site.exits(0, "destroy --confirm fleet");
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 1);
}

/// A backup, or a CI's cache, brings an older ledger back.
#[test]
fn a_ledger_that_is_older_than_what_it_wrote_is_noticed() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud);
    site.write("plumb.yaml", &with_id("fleet", "k3v9x2m4"));
    site.write("box.yaml", &virtual_machine("box"));
    site.exits(0, "apply --yes");
    let old = ledger(&site);
    site.write("second.yaml", &virtual_machine("second"));
    site.exits(0, "apply --yes");
    let new = ledger(&site);
    restore(&site, &old);
    let (calls, effects) = (cloud.calls(), cloud.effect_count());
    site.write("third.yaml", &virtual_machine("third"));
    for line in ["plan", "apply --yes", "apply --yes --prune", "destroy --confirm fleet"] {
        site.exits(4, line).says(&["PL0614", "VirtualMachine/second", "run 2", "knows of 1"]);
    }
    assert_eq!((cloud.writes(calls), cloud.effect_count()), (Vec::new(), effects));
    restore(&site, &new);
    site.remove("third.yaml");
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    // One that is lost for good is begun anew, and counts on.
    fs::remove_dir_all(site.root().join(".plumb")).unwrap();
    site.exits(0, "apply --yes");
    site.exits(0, "destroy --confirm fleet");
}

/// A key of another moment than the journal's would make every secret look changed.
#[test]
fn a_hash_key_of_another_moment_is_refused() {
    let cloud = Cloud::start(&json!({}));
    let mut site = Site::at(&cloud);
    site.set("PLUMB_VAR_PASSWORD", "Hash-key-secret-7");
    let secret = "  password:\n    valueFrom:\n      var: PASSWORD\n";
    let site = site.with_documents("fleet", &[format!("{}{secret}", virtual_machine("box"))]);
    site.exits(0, "apply --yes");
    site.exits(0, "plan --detailed-exitcode");
    let key = site.root().join(".plumb/key");
    let right = fs::read(&key).unwrap();
    fs::write(&key, [7; 32]).unwrap();
    let (calls, effects) = (cloud.calls(), cloud.effect_count());
    for line in ["plan", "drift", "apply --yes", "destroy --confirm fleet", "history"] {
        site.exits(1, line).says(&["PL0612", "restore"]);
    }
    assert_eq!((cloud.writes(calls), cloud.effect_count()), (Vec::new(), effects));
    fs::write(&key, right).unwrap();
    site.exits(0, "plan --detailed-exitcode");
    // A key that is lost makes nothing look changed.
    fs::remove_file(&key).unwrap();
    site.exits(0, "apply --yes");
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 1);
    site.exits(0, "plan --detailed-exitcode");
}
