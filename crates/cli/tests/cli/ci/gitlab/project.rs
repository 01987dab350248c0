//! A project at GitLab, as far as the jobs of the template see it: its repository, what its API keeps,
//! and what a pipeline says of itself.

use super::super::host::{Change, Host, Server};
use crate::harness::Cloud;
use crate::many::git;
use serde_json::json;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::Path;

/// Variables by their names.
pub(crate) type Variables = BTreeMap<String, String>;

/// A project with the variables of its environments.
#[derive(Debug)]
pub(crate) struct Project {
    host: Host,
    api: Server,
    /// What is not an environment's alone.
    pub(crate) variables: Variables,
    /// What jobs of the environments whose name begins so see besides.
    pub(crate) environments: [(&'static str, Variables); 3],
}

impl Deref for Project {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}

/// Makes variables.
pub(crate) fn variables<const N: usize>(pairs: [(&str, &str); N]) -> Variables {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

impl Project {
    /// A project with these files on its main branch.
    pub(crate) fn new(cloud: &Cloud, files: &[(&str, String)]) -> Self {
        let host = Host::new(files);
        // Whoever cloned is another than who runs the job.
        let strange = "#!/bin/sh\nexec env GIT_TEST_ASSUME_DIFFERENT_OWNER=1 /usr/bin/git \"$@\"\n";
        host.has_tool("git", strange);
        let api = Server::start("gitlab-api", &host.path("."));
        let keys = variables([
            ("PLUMB_RAFAY_API_KEY", &cloud.key),
            ("PLUMB_VOLTAGE_PARK_API_KEY", &cloud.voltage_park_key),
        ]);
        let of_all = variables([
            ("PLUMB_GITLAB_TOKEN", "bot"),
            ("PLUMB_VAR_RESEARCHER_PASSWORD", "Researcher-secret-1"),
        ]);
        let environments = [("fleet", of_all), ("fleet-read", keys.clone()), ("fleet$", keys)];
        let variables = variables([
            ("PLUMB_RAFAY_ENDPOINT", &cloud.endpoint),
            ("PLUMB_VOLTAGE_PARK_ENDPOINT", &cloud.endpoint),
            ("PLUMB_LEDGER_PROMISE", "20s"),
        ]);
        Self { host, api, variables, environments }
    }

    /// Has the ledger in a folder that all machines share, not in the repository.
    pub(crate) fn with_a_ledger_elsewhere(mut self) -> Self {
        let ledger = self.path("ledger").display().to_string();
        self.variables.insert("PLUMB_LEDGERS".to_owned(), ledger);
        self
    }

    /// What a job of an environment sees of the project's variables.
    pub(crate) fn seen_in(&self, environment: Option<&str>) -> Variables {
        let whole = environment.map(|name| format!("{name}$"));
        let begins = |it: &str| whole.as_ref().is_some_and(|whole| whole.starts_with(it));
        let scoped = self.environments.iter().filter(|(name, _)| begins(name));
        let all = std::iter::once(&self.variables).chain(scoped.map(|(_, variables)| variables));
        all.flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Somebody opens a merge request that writes these files.
    pub(crate) fn opens(&self, number: u32, files: &[(&str, String)]) -> Change {
        self.host.opens("merge-requests", number, files)
    }

    /// Somebody merges it: the pipeline of the push.
    pub(crate) fn merges(&self, change: &Change) -> Variables {
        let before = self.host.merges(change);
        let merged = |iid: u32, state: &str, target: &str, commit: &str| {
            json!({
                "iid": iid, "state": state, "target_branch": target, "merge_commit_sha": commit,
                "squash_commit_sha": null, "sha": change.head, "commits": [change.head, change.merge],
            })
        };
        // Others have the commit as well.
        let others = [
            merged(90, "closed", "main", &change.merge),
            merged(91, "merged", "release", &change.merge),
            merged(92, "merged", "main", &before),
        ];
        let this = merged(change.number, "merged", "main", &change.merge);
        let all: Vec<_> = others.into_iter().chain([this]).collect();
        self.keep("merge_requests", &json!(all));
        self.pushed(&before, &change.merge)
    }

    /// Somebody pushes to the main branch without a review.
    pub(crate) fn pushes(&self, files: &[(&str, String)]) -> Variables {
        let (before, after) = self.host.pushes(files);
        self.pushed(&before, &after)
    }

    fn pushed(&self, before: &str, after: &str) -> Variables {
        let of_push = variables([("CI_COMMIT_BRANCH", "main"), ("CI_COMMIT_BEFORE_SHA", before)]);
        self.pipeline("push", after).into_iter().chain(of_push).collect()
    }

    /// A pipeline of the main branch that somebody starts with variables, or a schedule.
    pub(crate) fn started<const N: usize>(
        &self,
        source: &str,
        given: [(&str, &str); N],
    ) -> Variables {
        let branch =
            variables([("CI_COMMIT_BRANCH", "main"), ("CI_COMMIT_BEFORE_SHA", &"0".repeat(40))]);
        let pipeline = self.pipeline(source, &self.main());
        pipeline.into_iter().chain(branch).chain(variables(given)).collect()
    }

    /// A pipeline of a merge request from a project to this one, in one of the two.
    pub(crate) fn requested(&self, change: &Change, from: &str, runs_in: &str) -> Variables {
        let merged = from == "1";
        let commit = if merged { &change.merge } else { &change.head };
        let main = self.main();
        let number = change.number.to_string();
        let mut of_request = variables([
            ("CI_PROJECT_ID", runs_in),
            ("CI_MERGE_REQUEST_IID", &number),
            ("CI_MERGE_REQUEST_PROJECT_ID", "1"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", from),
            ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &main),
        ]);
        if merged {
            // A pipeline of merged results.
            of_request.extend(variables([
                ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", &change.head),
                ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", &main),
            ]));
        }
        self.pipeline("merge_request_event", commit).into_iter().chain(of_request).collect()
    }

    fn pipeline(&self, source: &str, commit: &str) -> Variables {
        variables([
            ("CI", "true"),
            ("GITLAB_CI", "true"),
            ("CI_API_V4_URL", &format!("{}/api/v4", self.api.origin)),
            ("CI_COMMIT_SHA", commit),
            ("CI_DEFAULT_BRANCH", "main"),
            ("CI_JOB_URL", "https://gitlab.example/team/fleet/-/jobs/42"),
            ("CI_PIPELINE_SOURCE", source),
            ("CI_PROJECT_ID", "1"),
        ])
    }

    /// A fresh clone at a commit, as the runner makes it: the job's token stands in its remote.
    pub(crate) fn clone_at(&self, commit: &str, into: &Path) {
        let origin = self.origin().replace("http://", "http://gitlab-ci-token:write@");
        git(into, &["init", "--quiet", "."]);
        git(into, &["remote", "add", "origin", &format!("{origin}/repository.git")]);
        let heads = "+refs/heads/*:refs/remotes/origin/*";
        let requests = "+refs/merge-requests/*:refs/pipelines/*";
        git(into, &["fetch", "--quiet", "origin", heads, requests]);
        git(into, &["checkout", "--quiet", "--detach", commit]);
    }
}
