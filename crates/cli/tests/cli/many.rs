//! A repository of many stacks: which there are, which of them changed, and whose turn each is.

use crate::harness::{Ran, Site, stack, workspace};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// How many stacks the repository has.
const MANY: usize = 30;

/// Runs git in a folder, as somebody who commits.
#[track_caller]
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("/usr/bin/git");
    command.args(["-c", "user.name=ann", "-c", "user.email=ann@example.com"]).arg("-C");
    command.arg(folder).args(arguments).env_clear().env("HOME", "/nonexistent");
    let output = command.env("PATH", "/usr/bin:/bin").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn commit(site: &Site) {
    git(&site.root(), &["add", "--all"]);
    git(&site.root(), &["commit", "--quiet", "--message", "Change"]);
}

fn folder(index: usize) -> String {
    format!("regions/{}/stack-{index:02}", index % 3)
}

fn repository() -> Site {
    let site = Site::empty();
    for index in 0..MANY {
        site.write(&format!("{}/plumb.yaml", folder(index)), &stack(&format!("s{index}"), ""));
        site.write(&format!("{}/deep/work.yaml", folder(index)), &workspace("dev"));
    }
    site.write("README.md", "");
    git(&site.root(), &["init", "--quiet", "--initial-branch", "main"]);
    commit(&site);
    site
}

/// The folders that a command lists as data and for a loop, which are the same.
#[track_caller]
fn folders(site: &Site, options: &str) -> Vec<String> {
    let list = site.exits(0, &format!("stacks{options} --format folders"));
    let lines: Vec<String> = list.out.lines().map(str::to_owned).collect();
    let data = site.exits(0, &format!("stacks{options} --format json")).json();
    let folder = |stack: &serde_json::Value| stack["folder"].as_str().unwrap().to_owned();
    let listed: Vec<String> = data["stacks"].as_array().unwrap().iter().map(folder).collect();
    assert_eq!(listed, lines);
    listed
}

#[test]
fn every_stack_is_found_and_none_that_git_ignores() {
    let site = repository();
    for place in ["ignored/plumb.yaml", "regions/0/.plumb/plumb.yaml", ".cache/plumb.yaml"] {
        site.write(place, &stack("hidden", ""));
    }
    site.write(".gitignore", "ignored/\n");
    // One that is not committed yet is one.
    site.write(
        "new/plumb.yaml",
        &stack("new", "").replace("name: new", "name: new\n  id: abcd1234"),
    );
    let found = folders(&site, "");
    let all: BTreeSet<String> = (0..MANY).map(folder).chain(["new".to_owned()]).collect();
    assert_eq!(found, all.into_iter().collect::<Vec<_>>());
    site.exits(0, "stacks").says(&["FOLDER", "regions/2/stack-29", "s29", "abcd1234"]);
    let one = site.exits(0, "stacks new --format json").json();
    assert_eq!(
        one,
        json!({"stacks": [{"folder": "new", "name": "new", "id": "abcd1234", "changed": null}]})
    );
    // Without Git nothing is known of what it ignores; the rest is the same.
    fs::remove_dir_all(site.root().join(".git")).unwrap();
    let mut found = folders(&site, "");
    found.retain(|folder| folder != "ignored");
    assert_eq!(found.len(), MANY + 1);
}

#[test]
fn the_folder_one_is_in_is_a_stack_like_others() {
    let site = Site::empty().with_workspace("dev");
    assert_eq!(folders(&site, ""), ["."]);
    assert_eq!(folders(&Site::empty(), ""), [""; 0]);
    Site::empty().exits(0, "stacks").says(&["No stacks."]);
}

#[test]
fn only_what_changed_since_a_revision_is_listed() {
    let site = repository();
    assert_eq!(folders(&site, " --changed-since HEAD"), [""; 0]);
    site.write("README.md", "more");
    commit(&site);
    assert_eq!(folders(&site, " --changed-since HEAD^"), [""; 0]);
    site.write(&format!("{}/deep/work.yaml", folder(7)), &workspace("other"));
    site.write(&format!("{}/deep/secret.txt", folder(8)), "x");
    // Whose name is the beginning of another's.
    site.write(&format!("{}0/plumb.yaml", folder(9)), &stack("s90", ""));
    fs::remove_dir_all(site.root().join(folder(11))).unwrap();
    commit(&site);
    let changed = [folder(7), folder(8), format!("{}0", folder(9))];
    let mut sorted = changed.to_vec();
    sorted.sort();
    assert_eq!(folders(&site, " --changed-since HEAD^"), sorted);
    assert_eq!(folders(&site, " --changed-since main~1"), sorted);
    let ran = site.exits(0, "stacks --changed-since HEAD^");
    ran.says(&["the stack in regions/2/stack-11 is gone", "plumb destroy"]);
    let changed = site.exits(0, "stacks --changed-since HEAD^ --format json").json();
    assert_eq!(changed["stacks"][0]["changed"], 1);
}

/// A kustomization may read what other folders hold, and those further ones.
#[test]
fn a_stack_that_reads_outside_its_folder_counts_as_changed_by_any_change() {
    let site = repository();
    let kustomization = |index| format!("{}/deep/kustomization.yaml", folder(index));
    site.write(&kustomization(3), "resources: [../../../../base]\n");
    site.write(&kustomization(4), "resources: [../deep/work.yaml, work.yaml]\n");
    commit(&site);
    site.write("base/kustomization.yaml", "resources: []\n");
    commit(&site);
    assert_eq!(folders(&site, " --changed-since HEAD^"), [folder(3)]);
    let ran = site.exits(0, "stacks --changed-since HEAD^");
    ran.says(&["stack-03/deep/kustomization.yaml reads files outside"]);
    ran.keeps_quiet_of(&["stack-04"]);
    assert_eq!(folders(&site, " --changed-since HEAD"), [""; 0]);
}

#[test]
fn a_revision_that_is_none_is_refused_and_nothing_of_the_repository_is_run() {
    let site = repository();
    for (revision, says) in [
        ("--upload-pack=touch ran", "is no revision"),
        ("-x", "is no revision"),
        ("nowhere", "is not known"),
        ("0000000000000000000000000000000000000000", "is not known"),
        ("HEAD~99", "fetch-depth"),
        ("HEAD:README.md", "is not known"),
    ] {
        let ran = site.plumb(&["stacks", &format!("--changed-since={revision}")]);
        assert_eq!(ran.code, 1, "{}", ran.all());
        ran.says(&[says]);
    }
    let ran = site.beside("ran");
    let script = format!("#!/bin/sh\ntouch {}\n", ran.display());
    let program = site.beside("program");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let text = program.to_str().unwrap();
    for setting in
        ["core.fsmonitor", "diff.external", "core.pager", "filter.x.clean", "diff.x.textconv"]
    {
        git(&site.root(), &["config", setting, text]);
    }
    site.write(".gitattributes", "* filter=x diff=x\n");
    site.write("README.md", "changed");
    fs::create_dir_all(site.root().join(".git/hooks")).unwrap();
    fs::copy(&program, site.root().join(".git/hooks/post-index-change")).unwrap();
    assert_eq!(folders(&site, " --changed-since HEAD"), [""; 0]);
    assert!(!ran.exists());
    fs::remove_dir_all(site.root().join(".git")).unwrap();
    let none: Ran = site.plumb(&["stacks", "--changed-since", "HEAD"]);
    assert_eq!(none.code, 1, "{}", none.all());
}

#[test]
fn parts_hold_each_stack_once_and_a_new_stack_moves_no_other() {
    let mut site = repository();
    let all = folders(&site, "");
    let parts = |site: &Site, of: usize| -> Vec<Vec<String>> {
        (1..=of).map(|part| folders(site, &format!(" --shard {part}/{of}"))).collect()
    };
    for of in [1, 4, 7] {
        let mut together = parts(&site, of).concat();
        together.sort();
        assert_eq!(together, all, "{of}");
    }
    let before = parts(&site, 4);
    site.write("added/plumb.yaml", &stack("added", ""));
    for (before, after) in before.iter().zip(parts(&site, 4)) {
        let kept: Vec<&String> = after.iter().filter(|folder| *folder != "added").collect();
        assert_eq!(kept, before.iter().collect::<Vec<_>>());
    }
    // Kubernetes counts from 0, GitLab from 1.
    site.remove("added/plumb.yaml");
    site.set("JOB_COMPLETION_INDEX", "3");
    assert_eq!(folders(&site, " --shard auto/4"), before[3]);
    site.set("CI_NODE_INDEX", "2");
    site.set("CI_NODE_TOTAL", "4");
    assert_eq!(folders(&site, " --shard auto"), before[1]);
    // Whose number is none, or too high, does nothing by mistake.
    site.exits(1, "stacks --shard auto/3").says(&["JOB_COMPLETION_INDEX", "too high"]);
    site.set("JOB_COMPLETION_INDEX", "x");
    site.exits(1, "stacks --shard auto/4").says(&["JOB_COMPLETION_INDEX", "is x"]);
    site.unset("CI_NODE_TOTAL");
    site.exits(1, "stacks --shard auto").says(&["CI_NODE_TOTAL", "not set"]);
    site.exits(1, "stacks --shard 5/4").says(&["write 2/5"]);
}
