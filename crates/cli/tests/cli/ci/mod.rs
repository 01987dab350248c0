//! The shipped GitHub workflows, their shell steps run out of the files themselves: every job on a
//! machine of its own with a fresh clone, against a simulated cloud. GitLab's template is in `gitlab`.

mod expression;
mod github;
mod gitlab;
mod host;
mod machine;
mod runner;

use crate::harness::{Cloud, stack, virtual_machine, workspace};
use expression::Values;
use github::Github;
use host::Change;
use plumb_tests::canary::keep::{self, Harness};
use runner::{Job, Ran, workflow};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// The names of the steps' variables that hold keys.
const KEYS: [&str; 3] =
    ["PLUMB_RAFAY_API_KEY", "PLUMB_VOLTAGE_PARK_API_KEY", "PLUMB_VAR_RESEARCHER_PASSWORD"];

/// What a machine holds at the end is searched for secrets with all else that the tests write.
fn keep_quiet_of_secrets(machine: &Path) {
    keep::tree(Harness::Commands, machine, &|path| {
        path.ends_with(".git") || path.ends_with("world")
    });
}

fn named(name: &str) -> String {
    stack(name, "").replace(&format!("name: {name}"), &format!("name: {name}\n  id: k3v9x2m4"))
}

/// Two stacks; one of them is not touched.
fn github(cloud: &Cloud) -> Github {
    Github::new(
        cloud,
        &[
            ("fleet/plumb.yaml", named("fleet")),
            ("fleet/dev.yaml", format!("{}  description: mine\n", workspace("dev"))),
            ("other/plumb.yaml", named("other")),
            ("other/dev.yaml", workspace("other")),
        ],
    )
}

/// A machine with a password, and a workspace that comes after it.
fn change() -> [(&'static str, String); 2] {
    let secret = "  password:\n    valueFrom:\n      var: RESEARCHER_PASSWORD\n";
    let after = "  annotations:\n    plumb.dev/depends-on: VirtualMachine/box\n";
    [
        ("fleet/box.yaml", format!("{}{secret}", virtual_machine("box"))),
        ("fleet/after.yaml", format!("{}{after}", workspace("after"))),
    ]
}

/// Runs the job that lists stacks, and gives what the others need of it.
fn stacks(github: &Github, file: &str, event: &Values) -> String {
    Job::of(github, file, "stacks", event).run().well().outputs["stacks"].clone()
}

/// Plans a pull request from this repository.
fn plan(github: &Github, pull: &Change) -> Ran {
    let event = Github::pull_request(pull, "team/fleet");
    let stacks = stacks(github, "plan.yml", &event);
    let listed: Value = serde_json::from_str(&stacks).unwrap();
    assert_eq!(listed[0]["folder"], "fleet");
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let rehearse = Job::of(github, "plan.yml", "rehearse", &event);
    assert!(!rehearse.set("needs.stacks.outputs.stacks", &stacks).is_wanted());
    job(github, "plan.yml", "plan", &event).set("needs.stacks.outputs.stacks", &stacks).run()
}

/// A job of the stack `fleet`.
fn job<'g>(github: &'g Github, file: &str, name: &str, event: &Values) -> Job<'g> {
    let listed = r#"[{"folder": "fleet", "name": "fleet"}]"#;
    let job = Job::of(github, file, name, event).set("matrix.stack.folder", "fleet");
    job.set("matrix.stack.name", "fleet").set("needs.stacks.outputs.stacks", listed)
}

fn apply<'g>(github: &'g Github, event: &Values) -> Job<'g> {
    job(github, "apply.yml", "apply", event)
}

/// Somebody runs the workflow by hand.
fn by_hand(github: &Github, commit: &str, folder: &str, approve: &str) -> Ran {
    let mut event = Github::event("workflow_dispatch", commit);
    event.set("inputs.stack", folder);
    event.set("inputs.approve", approve);
    let listed: Value = serde_json::from_str(&stacks(github, "apply.yml", &event)).unwrap();
    assert_eq!((&listed[0]["folder"], &listed[1]), (&json!(folder), &Value::Null));
    let job = apply(github, &event).set("matrix.stack.name", folder);
    job.set("matrix.stack.folder", folder).run()
}

/// Somebody runs it by hand twice: what the first run showed, the second carries out.
fn plan_and_apply(github: &Github, commit: &str, folder: &str) {
    let planned = by_hand(github, commit, folder, "").well();
    by_hand(github, commit, folder, &fingerprint(&planned.steps["Apply"].said)).well();
}

/// The fingerprint in what a plan says.
#[track_caller]
fn fingerprint(said: &str) -> String {
    let word = |it: char| it.is_ascii_alphanumeric() || it == '_';
    let found = said.split(|it| !word(it)).find(|it| it.starts_with("plumb1_"));
    found.unwrap_or_else(|| panic!("no fingerprint in {said}")).to_owned()
}

#[test]
fn what_was_reviewed_is_applied_once_also_when_the_runner_dies_in_the_middle_of_a_create() {
    let cloud = Cloud::start(&json!({}));
    dies_in_the_middle(&cloud, &github(&cloud).with_a_ledger_elsewhere());
}

/// The default: the ledger is a ref of the repository, served by `git http-backend`. Who plans may
/// read it only. The next job waits as long as the one that died had promised to be heard of.
#[test]
fn the_same_holds_when_the_repository_holds_the_ledger() {
    let cloud = Cloud::start(&json!({}));
    let github = github(&cloud);
    dies_in_the_middle(&cloud, &github);
    let kept = github.ledger();
    assert!(!kept.is_empty());
    let pull = github.opens(8, &[("fleet/dev.yaml", workspace("dev"))]);
    plan(&github, &pull).well();
    assert_eq!(github.ledger(), kept, "a plan wrote to the ledger");
}

fn dies_in_the_middle(cloud: &Cloud, github: &Github) {
    let pull = github.opens(7, &change());
    // Planned twice: one comment, kept up to date.
    for _ in 0..2 {
        plan(github, &pull).well();
    }
    let comments = github.kept("comments");
    assert_eq!(comments.len(), 1, "{comments:#?}");
    let body = comments[0]["body"].as_str().unwrap();
    assert!(
        body.contains("VirtualMachine/box") && body.contains("<!-- plumb plan fleet -->"),
        "{body}"
    );
    assert_eq!(cloud.effect_count(), 0);

    let merged = github.merges(&pull);
    assert!(stacks(github, "apply.yml", &merged).contains("fleet"));
    cloud.faults(&json!({
        "match": {"method": "POST", "path": "*virtual-machines*"}, "when": {"nth": 1},
        "effect": {"type": "delay", "ms": 600_000},
    }));
    let made = || cloud.made("voltage-park/virtual-machines") == 1;
    let died = apply(github, &merged).dies_when(made).run();
    assert_eq!(died.code("Apply"), -1, "{died:#?}");
    cloud.control("DELETE", "faults", None);

    // The next job finds what the first had ordered. What is left is another plan than the reviewed
    // one, and so is reviewed.
    let again = apply(github, &merged).run();
    assert_eq!((again.code("Apply"), again.code("Comment")), (7, 0), "{again:#?}");
    let said = github.kept("comments").pop().unwrap();
    assert!(said["body"].as_str().unwrap().contains("since the plan was reviewed"), "{said}");
    assert_eq!(cloud.made("Workspace"), 1);
    for folder in ["fleet", "other"] {
        plan_and_apply(github, &pull.merge, folder);
    }
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 1);
    assert_eq!(cloud.made("Workspace"), 3);
    let schedule = Github::event("schedule", &pull.merge);
    Job::of(github, "drift.yml", "drift", &schedule).run().well();
    assert!(github.kept("issues").is_empty(), "{:#?}", github.kept("issues"));
}

#[test]
fn an_apply_tells_its_pull_request_how_it_ended() {
    let cloud = Cloud::start(&json!({}));
    let github = github(&cloud);
    let pull = github.opens(7, &change());
    plan(&github, &pull).well();
    let ran = apply(&github, &github.merges(&pull)).run().well();
    let said = github.kept("comments").pop().unwrap();
    let body = said["body"].as_str().unwrap();
    assert_eq!(said["issue"], "7");
    assert!(body.contains("VirtualMachine/box") && body.contains("runs/42"), "{body}");
    assert!(ran.steps["Apply"].environment.contains_key("PLUMB_VAR_RESEARCHER_PASSWORD"));
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 1);
}

/// What a commenter, another app, or a plan of another commit says is no approval.
#[test]
fn only_the_workflows_own_check_of_the_merged_commit_approves() {
    let cloud = Cloud::start(&json!({}));
    let github = github(&cloud);
    let pull = github.opens(7, &change());
    let mark = "<!-- plumb plan fleet -->";
    github.keep(
        "comments",
        &json!([{
            "id": 1, "issue": "7", "user": {"login": "mallory"}, "body": mark,
        }]),
    );
    plan(&github, &pull).well();
    let comments = github.kept("comments");
    assert_eq!((comments.len(), &comments[0]["body"]), (2, &json!(mark)));
    let checks = github.kept("checks");
    let merged = github.merges(&pull);
    let refused = |checks: Value| {
        github.keep("checks", &checks);
        let ran = apply(&github, &merged).run();
        assert_eq!(ran.code("What was approved"), 1, "{ran:#?}");
        assert!(ran.steps["What was approved"].said.contains("::error::"), "{ran:#?}");
        assert!(!ran.steps.contains_key("Apply"));
    };
    let changed = |field: &str, value: Value| {
        let mut check = checks[0].clone();
        check[field] = value;
        json!([check])
    };
    refused(json!([]));
    refused(changed("app", json!({"slug": "mallory"})));
    refused(changed("name", json!("plumb/other")));
    refused(changed("head_sha", json!("0".repeat(40))));
    refused(changed("conclusion", json!("failure")));
    // The last one counts.
    let mut later = checks[0].clone();
    (later["id"], later["conclusion"]) = (json!(99), json!("failure"));
    refused(json!([later, checks[0]]));
    // Nor is there one where nobody asked for a review.
    let pushed = github.pushes(&[("fleet/third.yaml", workspace("third"))]);
    let ran = apply(&github, &pushed).run();
    assert_eq!(ran.code("What was approved"), 1, "{ran:#?}");
    assert_eq!(cloud.effect_count(), 0);
}

#[test]
fn what_changed_since_the_review_is_named_and_nothing_is_done() {
    let cloud = Cloud::start(&json!({}));
    let github = github(&cloud);
    let first = github.opens(1, &[]);
    // What is there already, so that the world can differ.
    plan_and_apply(&github, &first.merge, "fleet");
    let pull = github.opens(7, &change());
    plan(&github, &pull).well();
    cloud.edit(&json!({"op": "patch", "object": "Workspace/defaultproject/dev",
        "patch": {"metadata": {"description": "edited"}}}));
    let effects = cloud.effect_count();
    let ran = apply(&github, &github.merges(&pull)).run();
    assert_eq!(ran.code("Apply"), 7, "{ran:#?}");
    let body = github.kept("comments").pop().unwrap()["body"].to_string();
    assert!(body.contains("description") && body.contains("since the plan was reviewed"), "{body}");
    assert_eq!(cloud.effect_count(), effects);
}

#[test]
fn what_is_blocked_fails_the_check_and_cannot_be_applied() {
    let cloud = Cloud::start(&json!({}));
    let github = github(&cloud);
    let limits = "limits:\n    hourly: \"0.01\"";
    let limited = named("fleet").replace("prune: false", limits);
    let [machine, _] = change();
    let pull = github.opens(7, &[("fleet/plumb.yaml", limited), machine]);
    let ran = plan(&github, &pull);
    assert_eq!(
        (ran.code("Plan"), ran.code("Comment"), ran.code("Fingerprint")),
        (0, 0, 4),
        "{ran:#?}"
    );
    let effects = cloud.effect_count();
    let ran = apply(&github, &github.merges(&pull)).run();
    assert_eq!(ran.code("What was approved"), 1);
    assert_eq!(cloud.effect_count(), effects);
}

/// Also one that changes the workflows: what runs has no key.
#[test]
fn a_pull_request_from_a_fork_meets_no_key_and_no_cloud() {
    let cloud = Cloud::start(&json!({}));
    let github = github(&cloud);
    let pull = github.opens(7, &change());
    let event = Github::pull_request(&pull, "mallory/fleet");
    let listed = stacks(&github, "plan.yml", &event);
    assert!(!job(&github, "plan.yml", "plan", &event).is_wanted());
    let ran =
        job(&github, "plan.yml", "rehearse", &event).set("needs.stacks.outputs.stacks", &listed);
    let ran = ran.run().well();
    assert_eq!(ran.steps.keys().collect::<Vec<_>>(), ["Rehearse", "Validate"]);
    assert!(ran.steps["Rehearse"].said.contains("VirtualMachine/box"), "{ran:#?}");
    for step in ran.steps.values() {
        let seen = &step.environment;
        assert!(KEYS.iter().all(|key| !seen.contains_key(*key)), "{seen:#?}");
        assert!(!seen.contains_key("GH_TOKEN") && !seen.contains_key("PLUMB_LEDGER"), "{seen:#?}");
    }
    assert_eq!(cloud.calls(), 0);

    // The file: who may meet a fork's pull request has no secret, and what has one never meets it.
    let plan = workflow("plan.yml");
    assert_eq!(plan["on"], "pull_request");
    for name in ["stacks", "rehearse", "planned"] {
        let job = &plan["jobs"][name];
        let text = job.to_string();
        assert!(!text.contains("secrets.") && !text.contains("github.token"), "{name}: {text}");
        assert!(!text.contains("write") && job["environment"].is_null(), "{name}: {text}");
    }
    let guard = "github.event.pull_request.head.repo.full_name == github.repository";
    assert!(plan["jobs"]["plan"]["if"].as_str().unwrap().contains(guard));
    for file in ["plan.yml", "apply.yml", "drift.yml"] {
        let workflow = workflow(file);
        assert_eq!(workflow["permissions"], json!({}), "{file}");
        assert!(workflow["on"].get("pull_request_target").is_none(), "{file}");
        assert!(workflow["env"].is_null(), "{file}");
    }
}

/// The required check fails when one of those before it did.
#[test]
fn the_check_to_require_fails_when_a_plan_did() {
    let cloud = Cloud::start(&json!({}));
    let github = github(&cloud);
    let event = Github::event("pull_request", "");
    for (results, code) in [
        ("success skipped success", 0),
        ("success skipped skipped", 0),
        ("success skipped failure", 1),
        ("failure skipped skipped", 1),
        ("success cancelled skipped", 1),
    ] {
        let job = Job::of(&github, "plan.yml", "planned", &event);
        let ran = job.set("join(needs.*.result, ' ')", results).run();
        assert_eq!(ran.code("All planned"), code, "{results}");
    }
}

#[test]
fn drift_has_one_issue_that_is_opened_updated_and_closed() {
    let cloud = Cloud::start(&json!({}));
    let github = github(&cloud);
    let main = github.opens(1, &[]).merge;
    let event = Github::event("schedule", &main);
    let drift = || Job::of(&github, "drift.yml", "drift", &event).run();
    drift().well();
    drift().well();
    let issues = github.kept("issues");
    assert_eq!(
        (issues.len(), &issues[0]["state"], &issues[0]["edits"]),
        (1, &json!("open"), &json!(2))
    );
    let body = issues[0]["body"].as_str().unwrap();
    for word in ["`fleet`", "`other`", "Workspace/defaultproject/dev", "runs/42"] {
        assert!(body.contains(word), "{body}");
    }
    // One cannot be looked at: nothing is said to be well, and the job fails.
    cloud.faults(&json!({
        "match": {"method": "GET"}, "when": {"every": 1}, "effect": {"type": "respond", "status": 403},
    }));
    assert!(!drift().is_well());
    cloud.control("DELETE", "faults", None);
    assert_eq!(github.kept("issues")[0]["state"], "open");
    // Mended.
    for folder in ["fleet", "other"] {
        plan_and_apply(&github, &main, folder);
    }
    drift().well();
    let issues = github.kept("issues");
    assert_eq!((issues.len(), &issues[0]["state"]), (1, &json!("closed")));
    // The next drift is another matter.
    cloud.edit(&json!({"op": "delete", "object": "Workspace/defaultproject/dev"}));
    drift().well();
    assert_eq!(github.kept("issues").len(), 2);
}

/// A release as far as the action sees it: an archive and its checksum, given by a stand-in for curl.
fn release(folder: &Path) {
    let inside = folder.join("plumb-cli-x86_64-unknown-linux-musl");
    fs::create_dir_all(&inside).unwrap();
    let tools = folder.join("tools");
    fs::create_dir(&tools).unwrap();
    let give = "while [ $# -gt 1 ]; do [ \"$1\" != --output ] || out=$2; shift; done\n\
                echo \"$1\" >> \"$RELEASE/asked\"; cp \"$RELEASE/${1##*/}\" \"$out\"";
    for (path, script) in [(inside.join("plumb"), "echo plumb 0.1.0"), (tools.join("curl"), give)] {
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let archive = "plumb-cli-x86_64-unknown-linux-musl.tar.xz";
    let line = format!(
        "cd {} && tar -cJf {archive} plumb-cli-*-musl && sha256sum {archive} > {archive}.sha256",
        folder.display()
    );
    assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
}

#[test]
fn the_action_installs_the_release_that_its_checksum_says_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    release(folder.path());
    let action: Value = serde_yaml::from_str(include_str!("../../../../../action.yml")).unwrap();
    let step = &action["runs"]["steps"][0];
    let script = step["run"].as_str().unwrap();
    assert!(!script.contains("${{"));
    let install = |version: &str, sha256: &str, machine: [&str; 2]| {
        let mut values = Values::default();
        for (name, value) in [
            ("inputs.version", version),
            ("inputs.sha256", sha256),
            ("github.action_ref", "v0.1.0"),
            ("github.server_url", "https://github.example"),
            ("github.action_repository", "team/plumb"),
            ("runner.os", machine[0]),
            ("runner.arch", machine[1]),
        ] {
            values.set(name, value);
        }
        let path = format!("{}:/usr/bin:/bin", folder.path().join("tools").display());
        let temporary = tempfile::tempdir().unwrap();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).env_clear();
        for (name, value) in step["env"].as_object().unwrap() {
            command.env(name, values.fill(value.as_str().unwrap()));
        }
        command
            .env("PATH", path)
            .env("RELEASE", folder.path())
            .env("RUNNER_TEMP", temporary.path());
        command.env("GITHUB_PATH", temporary.path().join("path"));
        let output =
            command.env("GITHUB_OUTPUT", temporary.path().join("output")).output().unwrap();
        let path = fs::read_to_string(temporary.path().join("path")).unwrap_or_default();
        let is_there = Path::new(path.trim()).join("plumb").is_file();
        (output.status.success(), is_there && !path.is_empty(), output)
    };
    let linux = ["Linux", "X64"];
    for (version, sha256, machine, well) in [
        ("", "", linux, true),
        ("0.2.0", "", linux, true),
        ("", &"0".repeat(64), linux, false),
        ("main", "", linux, false),
        ("0.1.0/../../x", "", linux, false),
        ("", "", ["Windows", "X64"], false),
    ] {
        let (ended_well, is_there, output) = install(version, sha256, machine);
        assert_eq!((ended_well, is_there), (well, well), "{version} {sha256}: {output:?}");
    }
    let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
    let base = "https://github.example/team/plumb/releases/download";
    let archive = "plumb-cli-x86_64-unknown-linux-musl.tar.xz";
    assert!(
        asked.starts_with(&format!("{base}/v0.1.0/{archive}\n{base}/v0.1.0/{archive}.sha256\n"))
    );
    assert!(asked.contains(&format!("{base}/v0.2.0/{archive}\n")), "{asked}");
    // One that was exchanged on the way.
    fs::write(folder.path().join(archive), "something else").unwrap();
    assert!(!install("", "", linux).0);
}
