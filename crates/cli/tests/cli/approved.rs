//! Plans that are approved by their fingerprint: carried out as reviewed, or not at all, with nothing
//! carried from one job to the next but one word.

use crate::harness::{Cloud, Site, stack, workspace};
use serde_json::{Value, json};

fn with_two(cloud: &Cloud) -> Site {
    let site = Site::at(cloud).with_workspace("one");
    site.write("two.yaml", &workspace("two"));
    site
}

fn fingerprint(site: &Site, options: &str) -> String {
    let plan = site.exits(0, &format!("plan{options} --format json")).json();
    plan["fingerprint"].as_str().unwrap().to_owned()
}

fn describe(cloud: &Cloud, name: &str, description: &str) {
    cloud.edit(&json!({"op": "patch", "object": format!("Workspace/defaultproject/{name}"),
        "patch": {"metadata": {"description": description}}}));
}

#[test]
fn an_approved_plan_is_carried_out_without_asking() {
    let cloud = Cloud::start(&json!({}));
    let site = with_two(&cloud);
    let human = site.exits(0, "plan");
    let line = human.out.lines().last().unwrap();
    let word = fingerprint(&site, "");
    assert_eq!(line, format!("plumb apply --approve {word}"));
    assert!(word.len() <= 200 && word.chars().all(|it| it.is_ascii_alphanumeric() || it == '_'));
    let page = site.exits(0, "plan --format markdown").out;
    assert!(page.ends_with(&format!("```sh\n{line}\n```\n")), "{page}");
    assert!(!site.root().join(".plumb").exists(), "a plan wrote a ledger");
    site.exits(0, &line["plumb ".len()..]).says(&["Apply complete: 2 added"]);
    site.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
    // Carried out once: the world is another now.
    let ran = site.exits(7, &format!("apply --approve {word}"));
    ran.says(&["PL0601", "Workspace/defaultproject/one is there, and was not", "plan again"]);
    assert_eq!(cloud.effect_count(), 2);
}

/// Another clone, another machine, another copy of the ledger, later, with what servers change by
/// themselves changed: the same world has the same fingerprint.
#[test]
fn it_is_the_same_wherever_and_whenever_it_is_made() {
    let cloud = Cloud::start(&json!({}));
    let mut site = Site::at(&cloud).with_example();
    site.exits(0, "apply --yes");
    site.change("inference/l40s-node.yaml", "value: \"true\"", "value: \"false\"");
    let word = fingerprint(&site, "");
    let mut other = Site::at(&cloud).with_example();
    other.change("inference/l40s-node.yaml", "value: \"true\"", "value: \"false\"");
    let copy = format!("cp -a {}/.plumb {}", site.root().display(), other.root().display());
    assert!(std::process::Command::new("sh").args(["-c", &copy]).status().unwrap().success());
    cloud.control("POST", "clock", Some(&json!({"advanceSeconds": 3600})));
    other.set("USER", "another");
    assert_eq!(fingerprint(&other, ""), word);
    // Planning needs no secret, and approving needs none of the planning job's.
    for name in ["RESEARCHER", "NOTEBOOK", "DEV_VM"] {
        site.unset(&format!("PLUMB_VAR_{name}_PASSWORD"));
    }
    assert_eq!(fingerprint(&site, ""), word);
    other.exits(0, &format!("apply --approve {word}")).says(&["1 changed"]);
    other.exits(0, "plan --detailed-exitcode").says(&["No changes."]);
}

/// The first plan of a stack, before there is a key to hash with: no secret may be guessed from it.
#[test]
fn no_secret_is_in_it() {
    let cloud = Cloud::start(&json!({}));
    let mut site = Site::at(&cloud).with_workspace("one");
    let lines = "  name: one\n  description: {valueFrom: {var: ABOUT}}\n";
    site.write("one.yaml", &workspace("one").replace("  name: one\n", lines));
    site.set("PLUMB_VAR_ABOUT", "a word");
    let word = fingerprint(&site, "");
    site.set("PLUMB_VAR_ABOUT", "another");
    assert_eq!(fingerprint(&site, ""), word);
    site.exits(0, &format!("apply --approve {word}"));
    // Once sent, another one is another plan.
    site.set("PLUMB_VAR_ABOUT", "a third");
    site.exits(7, &format!("apply --approve {word}"));
    let changed = fingerprint(&site, "");
    site.set("PLUMB_VAR_ABOUT", "another");
    site.exits(7, &format!("apply --approve {changed}"))
        .says(&["update of Workspace/defaultproject/one is not planned any more"]);
}

#[test]
fn a_change_of_the_world_names_the_field() {
    let cloud = Cloud::start(&json!({}));
    let site = Site::at(&cloud).with_workspace("one");
    site.change("one.yaml", "  project:", "  description: old\n  project:");
    site.write("two.yaml", &workspace("two"));
    site.exits(0, "apply --yes");
    let effects = cloud.effect_count();

    // A field that was as declared when the plan was reviewed.
    site.write("three.yaml", &workspace("three"));
    let word = fingerprint(&site, "");
    describe(&cloud, "one", "theirs");
    let ran = site.exits(7, &format!("apply --approve {word}"));
    ran.says(&["this changed: live object Workspace/defaultproject/one, metadata.description: \"old\" -> \"theirs\"\n"]);

    // A field that the plan changes itself.
    describe(&cloud, "one", "old");
    site.change("one.yaml", "description: old", "description: new");
    let word = fingerprint(&site, "");
    describe(&cloud, "one", "theirs");
    let ran = site.exits(7, &format!("apply --approve {word}"));
    ran.says(&["this changed: live object Workspace/defaultproject/one, metadata.description: \"old\" -> \"theirs\"\n"]);

    // What was made, and what went.
    cloud.edit(&json!({"op": "create", "object": {
        "apiVersion": "paas.envmgmt.io/v1", "kind": "Workspace",
        "metadata": {"name": "three", "project": "defaultproject"},
    }}));
    describe(&cloud, "one", "old");
    let ran = site.exits(7, &format!("apply --approve {word}"));
    ran.says(&["live object Workspace/defaultproject/three is there, and was not"]);
    ran.keeps_quiet_of(&["Workspace/defaultproject/one", "Workspace/defaultproject/two"]);
    cloud.edit(&json!({"op": "delete", "object": "Workspace/defaultproject/three"}));
    cloud.edit(&json!({"op": "delete", "object": "Workspace/defaultproject/two"}));
    let ran = site.exits(7, &format!("apply --approve {word}"));
    ran.says(&["live object Workspace/defaultproject/two is gone"]);
    assert_eq!(cloud.writes(0).len() as u64, effects, "something was sent");
}

#[test]
fn a_change_of_manifests_options_or_ledger_is_named() {
    let cloud = Cloud::start(&json!({}));
    let site = with_two(&cloud);
    let word = fingerprint(&site, "");
    site.change("one.yaml", "  project:", "  description: new\n  project:");
    let ran = site.exits(7, &format!("apply --approve {word}"));
    ran.says(&["this changed: manifest of Workspace/defaultproject/one\n"]);
    site.change("one.yaml", "  description: new\n", "");
    let ran = site.exits(7, &format!("apply --prune --approve {word}"));
    ran.says(&["prune was \"off\", and is \"on\""]);
    let ran = site.exits(7, &format!("apply --target Workspace/one --approve {word}"));
    ran.says(&["selection is now"]);
    let ran = site.exits(7, &format!("destroy --approve {word}"));
    ran.says(&["purpose was \"converge\", and is \"destroy\""]);
    assert_eq!(cloud.writes(0), [""; 0]);
    // More than can be named is said by its side.
    for number in 0..20 {
        site.write(&format!("more{number}.yaml"), &workspace(&format!("more{number}")));
    }
    let ran = site.exits(7, &format!("apply --approve {word}"));
    ran.says(&["more changed than can be named: manifests, live objects, what is planned"]);
    assert_eq!(cloud.effect_count(), 0);
}

#[test]
fn pruning_targets_and_limits_go_with_it() {
    let cloud = Cloud::start(&json!({}));
    let site = with_two(&cloud);
    site.exits(0, "apply --yes");
    site.remove("two.yaml");
    site.write("three.yaml", &workspace("three"));
    let target = " --prune --target Workspace/two";
    let human = site.exits(0, &format!("plan{target}"));
    let line = human.out.lines().last().unwrap();
    assert!(line.starts_with("plumb apply --target Workspace/two --prune --approve "), "{line}");
    site.exits(0, &line["plumb ".len()..]).says(&["0 added, 0 changed, 1 destroyed"]);
    // A limit that trips is not approved with the plan; who allows more approves the same plan.
    site.write("plumb.yaml", &stack("fleet", "  limits: {deletes: 0}"));
    site.remove("three.yaml");
    site.remove("one.yaml");
    site.write("four.yaml", &workspace("four"));
    let plan = site.exits(4, "plan --prune --format json").json();
    let word = plan["fingerprint"].as_str().unwrap();
    site.exits(4, &format!("apply --prune --approve {word}"));
    site.exits(0, &format!("apply --prune --allow-deletes 1 --approve {word}"))
        .says(&["1 added, 0 changed, 1 destroyed"]);
    site.exits(0, "plan --prune --detailed-exitcode").says(&["No changes."]);
}

#[test]
fn a_destruction_is_approved_like_everything_else() {
    let cloud = Cloud::start(&json!({}));
    let site = with_two(&cloud);
    site.exits(0, "apply --yes");
    let human = site.exits(0, "plan --destroy");
    human.says(&["0 to add, 0 to change, 2 to destroy"]);
    let line = human.out.lines().last().unwrap().to_owned();
    assert!(line.starts_with("plumb destroy --approve plumb1_"), "{line}");
    describe(&cloud, "one", "theirs");
    site.exits(0, &line["plumb ".len()..]).says(&["Destroy complete"]);
    site.exits(7, &line["plumb ".len()..]).says(&["PL0601"]);
}

#[test]
fn what_is_no_fingerprint_of_this_stack_is_refused_by_name() {
    let cloud = Cloud::start(&json!({}));
    let site = with_two(&cloud);
    let word = fingerprint(&site, "");
    let calls = cloud.calls();
    let (cut, _) = word.split_at(word.len() - 1);
    for (code, given, says) in [
        (1, "yes", "no fingerprint of a plan"),
        (1, cut, "not the whole of one"),
        (1, &word.to_uppercase(), "no fingerprint"),
        (7, &word.replacen("plumb1_", "plumb2_", 1), "of another version of plumb"),
    ] {
        site.exits(code, &format!("apply --approve {given}")).says(&[says]);
    }
    site.write("plumb.yaml", &stack("other", ""));
    site.exits(1, &format!("apply --approve {word}")).says(&["of another stack than other"]);
    assert_eq!(cloud.writes(0), [""; 0]);
    assert!(cloud.calls() <= calls + 4, "it was looked at");
    site.write("plumb.yaml", &stack("fleet", ""));
    site.exits(0, "plan -o ../plan");
    site.exits(1, &format!("apply ../plan --approve {word}")).says(&["a plan file was reviewed"]);
    let rehearsed = site.exits(0, "plan --sandbox --format json").json();
    let rehearsed: &Value = &rehearsed["fingerprint"];
    site.exits(7, &format!("apply --approve {}", rehearsed.as_str().unwrap())).says(&["sandbox"]);
    assert_eq!(cloud.effect_count(), 0);
}
