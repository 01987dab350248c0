//! The template for GitLab, its scripts run out of the file itself: every job on a machine of its own
//! with a fresh clone, against a simulated cloud and a stand-in for GitLab's API.

mod project;
mod runner;

use super::host::Change;
use super::{KEYS, change, fingerprint, named};
use crate::harness::{Cloud, workspace};
use project::{Project, Variables, variables};
use runner::{Job, Ran, jobs};
use serde_json::{Value, json};

/// Two stacks; one of them is not touched.
fn project(cloud: &Cloud) -> Project {
    let dev = format!("{}  description: mine\n", workspace("dev"));
    let files = [
        ("fleet/plumb.yaml", named("fleet")),
        ("fleet/dev.yaml", dev),
        ("other/plumb.yaml", named("other")),
        ("other/dev.yaml", workspace("other")),
    ];
    Project::new(cloud, &files)
}

/// Runs the one job of a pipeline, which is this.
#[track_caller]
fn runs(project: &Project, pipeline: &Variables, name: &str) -> Ran {
    let job = Job::of(project, pipeline);
    assert_eq!(job.name(), name);
    job.run()
}

/// Plans a merge request from this project.
#[track_caller]
fn plan(project: &Project, change: &Change) -> Ran {
    runs(project, &project.requested(change, "1", "1"), "plumb-plan")
}

#[track_caller]
fn apply(project: &Project, pipeline: &Variables) -> Ran {
    runs(project, pipeline, "plumb-apply")
}

/// Somebody runs it by hand twice: what the first run showed, the second carries out.
#[track_caller]
fn plan_and_apply(project: &Project, stack: &str) {
    let planned = apply(project, &project.started("web", [("STACK", stack)])).well();
    let approve = fingerprint(&planned.said);
    apply(project, &project.started("web", [("STACK", stack), ("APPROVE", &approve)])).well();
}

#[test]
fn what_was_reviewed_is_applied_once_also_when_the_runner_dies_in_the_middle_of_a_create() {
    let cloud = Cloud::start(&json!({}));
    dies_in_the_middle(&cloud, &project(&cloud).with_a_ledger_elsewhere());
}

/// The default: the ledger is a ref of the repository, to which the job's token may push.
#[test]
fn the_same_holds_when_the_repository_holds_the_ledger() {
    let cloud = Cloud::start(&json!({}));
    let project = project(&cloud);
    dies_in_the_middle(&cloud, &project);
    let kept = project.ledger();
    assert!(!kept.is_empty());
    let request = project.opens(8, &[("fleet/dev.yaml", workspace("dev"))]);
    plan(&project, &request).well();
    assert_eq!(project.ledger(), kept, "a plan wrote to the ledger");
}

fn dies_in_the_middle(cloud: &Cloud, project: &Project) {
    let request = project.opens(7, &change());
    // Planned twice, and once more after a job that was cancelled: one note, kept up to date.
    plan(project, &request).well();
    let mut going = project.kept("statuses");
    assert_eq!(going.len(), 1, "{going:#?}");
    going[0]["status"] = json!("running");
    project.keep("statuses", &json!(going));
    plan(project, &request).well();
    plan(project, &request).well();
    let notes = project.kept("notes");
    assert_eq!(notes.len(), 1, "{notes:#?}");
    let body = notes[0]["body"].as_str().unwrap();
    assert!(body.contains("VirtualMachine/box"), "{body}");
    assert!(body.contains("<!-- plumb plan fleet -->"), "{body}");
    let status = project.kept("statuses").pop().unwrap();
    assert_eq!((&status["name"], &status["sha"]), (&json!("plumb/fleet"), &json!(request.head)));
    assert_eq!(
        (&status["status"], &status["description"]),
        (&json!("success"), &json!(fingerprint(body)))
    );
    assert_eq!(cloud.effect_count(), 0);

    let merged = project.merges(&request);
    cloud.faults(&json!({
        "match": {"method": "POST", "path": "*virtual-machines*"}, "when": {"nth": 1},
        "effect": {"type": "delay", "ms": 600_000},
    }));
    let made = || cloud.made("voltage-park/virtual-machines") == 1;
    let died = Job::of(project, &merged).dies_when(made).run();
    assert_eq!(died.code, -1, "{died:#?}");
    cloud.control("DELETE", "faults", None);

    // The next job finds what the first had ordered. What is left is another plan than the reviewed
    // one, and so is reviewed.
    let again = apply(project, &merged);
    assert_eq!(again.code, 7, "{again:#?}");
    let said = project.kept("notes").pop().unwrap();
    assert!(said["body"].as_str().unwrap().contains("since the plan was reviewed"), "{said}");
    assert_eq!(cloud.made("Workspace"), 1);
    for stack in ["fleet", "other"] {
        plan_and_apply(project, stack);
    }
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 1);
    assert_eq!(cloud.made("Workspace"), 3);
    runs(project, &project.started("schedule", []), "plumb-drift").well();
    assert!(project.kept("issues").is_empty(), "{:#?}", project.kept("issues"));
}

/// Where the stack is the repository itself, nothing that the job writes is among its manifests.
#[test]
fn an_apply_tells_its_merge_request_how_it_ended() {
    let cloud = Cloud::start(&json!({}));
    let files = [("plumb.yaml", named("fleet")), ("dev.yaml", workspace("dev"))];
    let project = Project::new(&cloud, &files).with_a_ledger_elsewhere();
    let request = project.opens(7, &change());
    // What others said before fills a page.
    let chat =
        (1..=120).map(|id| json!({"id": id, "request": "7", "author": {"id": 3}, "body": "?"}));
    project.keep("notes", &json!(chat.collect::<Vec<_>>()));
    plan(&project, &request).well();
    plan(&project, &request).well();
    assert_eq!(project.kept("notes").len(), 121);
    let ran = apply(&project, &project.merges(&request)).well();
    let said = project.kept("notes").pop().unwrap();
    let body = said["body"].as_str().unwrap();
    assert_eq!(said["request"], "7");
    assert!(body.contains("VirtualMachine/box") && body.contains("jobs/42"), "{body}");
    assert!(ran.environment.contains_key("PLUMB_VAR_RESEARCHER_PASSWORD"));
    assert_eq!(cloud.made("voltage-park/virtual-machines"), 1);
}

/// What a commenter, somebody else, or a plan of another commit says is no approval.
#[test]
fn only_the_bots_own_status_of_the_merged_commit_approves() {
    let cloud = Cloud::start(&json!({}));
    let project = project(&cloud).with_a_ledger_elsewhere();
    let request = project.opens(7, &change());
    let mark = "<!-- plumb plan fleet -->";
    let of_mallory = json!([{"id": 1, "request": "7", "author": {"id": 3}, "body": mark}]);
    project.keep("notes", &of_mallory);
    plan(&project, &request).well();
    let notes = project.kept("notes");
    assert_eq!((notes.len(), &notes[0]["body"]), (2, &json!(mark)));
    let statuses = project.kept("statuses");
    let merged = project.merges(&request);
    let refused = |statuses: Value| {
        project.keep("statuses", &statuses);
        let ran = apply(&project, &merged);
        assert_eq!(ran.code, 1, "{ran:#?}");
        let says = "No merge request showed what this commit does to fleet. Run a pipeline with STACK=fleet";
        assert!(ran.said.contains(says), "{ran:#?}");
    };
    let changed = |field: &str, value: Value| {
        let mut status = statuses[0].clone();
        status[field] = value;
        json!([status])
    };
    refused(json!([]));
    refused(changed("author", json!({"id": 3})));
    refused(changed("name", json!("plumb/other")));
    refused(changed("sha", json!("0".repeat(40))));
    refused(changed("status", json!("failed")));
    // The last one counts.
    let mut later = statuses[0].clone();
    (later["id"], later["status"]) = (json!(99), json!("failed"));
    refused(json!([later, statuses[0]]));
    // Nor is there one where nobody asked for a review.
    let ran = apply(&project, &project.pushes(&[("fleet/third.yaml", workspace("third"))]));
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert_eq!(cloud.effect_count(), 0);
}

#[test]
fn what_changed_since_the_review_is_named_and_nothing_is_done() {
    let cloud = Cloud::start(&json!({}));
    let project = project(&cloud).with_a_ledger_elsewhere();
    // What is there already, so that the world can differ.
    plan_and_apply(&project, "fleet");
    let request = project.opens(7, &change());
    plan(&project, &request).well();
    cloud.edit(&json!({"op": "patch", "object": "Workspace/defaultproject/dev",
        "patch": {"metadata": {"description": "edited"}}}));
    let effects = cloud.effect_count();
    let ran = apply(&project, &project.merges(&request));
    assert_eq!(ran.code, 7, "{ran:#?}");
    let body = project.kept("notes").pop().unwrap()["body"].to_string();
    assert!(body.contains("description") && body.contains("since the plan was reviewed"), "{body}");
    assert_eq!(cloud.effect_count(), effects);
}

#[test]
fn what_is_blocked_fails_the_pipeline_and_cannot_be_applied() {
    let cloud = Cloud::start(&json!({}));
    let project = project(&cloud).with_a_ledger_elsewhere();
    let limited = named("fleet").replace("prune: false", "limits:\n    hourly: \"0.01\"");
    let [machine, _] = change();
    let request = project.opens(7, &[("fleet/plumb.yaml", limited), machine]);
    assert_eq!(plan(&project, &request).code, 4);
    assert_eq!(project.kept("notes").len(), 1);
    assert_eq!(project.kept("statuses")[0]["status"], "failed");
    assert_eq!(apply(&project, &project.merges(&request)).code, 1);
    assert_eq!(cloud.effect_count(), 0);
}

/// Whether it runs in the fork, as it does by itself, or a member has it run here.
#[test]
fn a_merge_request_from_a_fork_meets_no_key_and_no_cloud() {
    let cloud = Cloud::start(&json!({}));
    let project = project(&cloud);
    let request = project.opens(7, &change());
    for runs_in in ["2", "1"] {
        let ran =
            runs(&project, &project.requested(&request, "2", runs_in), "plumb-rehearse").well();
        assert!(ran.said.contains("VirtualMachine/box"), "{ran:#?}");
        let seen = &ran.environment;
        assert!(KEYS.iter().all(|key| !seen.contains_key(*key)), "{seen:#?}");
        assert!(!seen.contains_key("PLUMB_GITLAB_TOKEN"), "{seen:#?}");
    }
    assert_eq!(cloud.calls(), 0);
    assert!(project.kept("notes").is_empty() && project.kept("statuses").is_empty());

    // The file: who may meet what a fork wrote has no environment, and so nothing of one.
    let template = runner::template();
    assert!(template["plumb-rehearse"]["environment"].is_null());
    assert!(template[".plumb"]["environment"].is_null());
}

#[test]
fn every_pipeline_has_the_job_that_is_meant_for_it() {
    let cloud = Cloud::start(&json!({}));
    let project = project(&cloud);
    let push = project.pushes(&[]);
    let elsewhere = push.clone().into_iter().chain(variables([("CI_COMMIT_BRANCH", "change")]));
    for (pipeline, names) in [
        (push.clone(), &["plumb-apply"][..]),
        (elsewhere.collect(), &[]),
        (project.started("web", []), &[]),
        (project.started("web", [("STACK", "fleet")]), &["plumb-apply"]),
        (project.started("schedule", []), &["plumb-drift"]),
        (project.started("api", []), &[]),
    ] {
        assert_eq!(jobs(&pipeline), names, "{pipeline:#?}");
    }
}

#[test]
fn drift_has_one_issue_that_is_opened_updated_and_closed() {
    let cloud = Cloud::start(&json!({}));
    let project = project(&cloud).with_a_ledger_elsewhere();
    let drift = || runs(&project, &project.started("schedule", []), "plumb-drift");
    drift().well();
    drift().well();
    let issues = project.kept("issues");
    let told = (issues.len(), &issues[0]["state"], &issues[0]["edits"]);
    assert_eq!(told, (1, &json!("opened"), &json!(2)));
    let body = issues[0]["description"].as_str().unwrap();
    for word in ["## fleet", "## other", "Workspace/defaultproject/dev", "jobs/42"] {
        assert!(body.contains(word), "{body}");
    }
    // One cannot be looked at: nothing is said to be well, and the job fails.
    cloud.faults(&json!({
        "match": {"method": "GET"}, "when": {"every": 1}, "effect": {"type": "respond", "status": 403},
    }));
    assert_eq!(drift().code, 1);
    cloud.control("DELETE", "faults", None);
    assert_eq!(project.kept("issues")[0]["state"], "opened");
    // Mended.
    for stack in ["fleet", "other"] {
        plan_and_apply(&project, stack);
    }
    drift().well();
    let issues = project.kept("issues");
    assert_eq!((issues.len(), &issues[0]["state"]), (1, &json!("closed")));
    // The next drift is another matter.
    cloud.edit(&json!({"op": "delete", "object": "Workspace/defaultproject/dev"}));
    drift().well();
    assert_eq!(project.kept("issues").len(), 2);
}
