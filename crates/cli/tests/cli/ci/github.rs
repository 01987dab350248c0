//! GitHub, as far as the steps of the workflows see it: a bare repository, what `gh` keeps, and what
//! an event says.

use super::expression::Values;
use super::host::{Change, Host};
use crate::harness::Cloud;
use crate::many::git;
use plumb_tests::canary::disguise::base64;
use serde_json::json;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::Path;

/// A repository at GitHub with the secrets of its environments.
#[derive(Debug)]
pub(crate) struct Github {
    host: Host,
    /// Where the cloud is whose endpoint is known everywhere but here.
    endpoint: String,
    /// What secrets and variables are worth.
    pub(crate) secrets: Values,
}

impl Deref for Github {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}

impl Github {
    /// A repository with these files on its main branch.
    pub(crate) fn new(cloud: &Cloud, files: &[(&str, String)]) -> Self {
        let host = Host::new(files);
        host.has_tool_of_tests("gh");
        let mut secrets = Values::default();
        secrets.set("vars.RAFAY_ENDPOINT", &cloud.endpoint);
        secrets.set("secrets.RAFAY_API_KEY", &cloud.key);
        secrets.set("secrets.VOLTAGE_PARK_API_KEY", &cloud.voltage_park_key);
        secrets.set("secrets.RESEARCHER_PASSWORD", "Researcher-secret-1");
        Self { host, endpoint: cloud.endpoint.clone(), secrets }
    }

    /// Has the ledger in a folder that all machines share, not in the repository.
    pub(crate) fn with_a_ledger_elsewhere(mut self) -> Self {
        let ledger = self.path("ledger");
        self.secrets.set("vars.PLUMB_LEDGERS", ledger.to_str().unwrap());
        self
    }

    /// Somebody opens a pull request that writes these files.
    pub(crate) fn opens(&self, number: u32, files: &[(&str, String)]) -> Change {
        self.host.opens("pull", number, files)
    }

    /// Somebody merges a pull request: what `apply.yml` is told of the push.
    pub(crate) fn merges(&self, pull: &Change) -> Values {
        let before = self.host.merges(pull);
        self.keep("pulls", &json!([{
            "number": pull.number, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": pull.merge,
            "head": {"sha": pull.head}, "commits": [pull.head, pull.merge],
        }]));
        Self::push(&before, &pull.merge)
    }

    /// Somebody pushes to the main branch without a pull request.
    pub(crate) fn pushes(&self, files: &[(&str, String)]) -> Values {
        let (before, after) = self.host.pushes(files);
        Self::push(&before, &after)
    }

    fn push(before: &str, after: &str) -> Values {
        let mut event = Self::event("push", after);
        event.set("github.event.before", before);
        event
    }

    /// What an event says that is about a commit.
    pub(crate) fn event(name: &str, commit: &str) -> Values {
        let mut event = Values::default();
        event.set("github.event_name", name);
        event.set("github.sha", commit);
        event.set("github.repository", "team/fleet");
        event.set("github.server_url", "https://github.example");
        event.set("github.run_id", "42");
        event
    }

    /// What an event of a pull request says that comes from this repository.
    pub(crate) fn pull_request(pull: &Change, from: &str) -> Values {
        let mut event = Self::event("pull_request", &pull.merge);
        event.set("github.event.pull_request.number", &pull.number.to_string());
        event.set("github.event.pull_request.head.sha", &pull.head);
        event.set("github.event.pull_request.head.repo.full_name", from);
        event
    }

    /// A fresh clone at a commit, as actions/checkout makes it.
    ///
    /// `token` is what it leaves in the clone's configuration, for later steps.
    pub(crate) fn clone_at(&self, commit: &str, token: Option<&str>, into: &Path) {
        let origin = self.origin();
        let name = format!("http.{origin}/.extraheader");
        let header = |token| {
            let pair = format!("x-access-token:{token}");
            format!("AUTHORIZATION: basic {}", base64(pair.as_bytes()))
        };
        git(into, &["init", "--quiet", "."]);
        git(into, &["remote", "add", "origin", &format!("{origin}/repository.git")]);
        git(into, &["config", &name, &header("read")]);
        let refs = ["+refs/heads/*:refs/remotes/origin/*", "+refs/pull/*:refs/remotes/pull/*"];
        git(into, &["fetch", "--quiet", "origin", refs[0], refs[1]]);
        git(into, &["checkout", "--quiet", "--detach", commit]);
        git(into, &["config", "--unset", &name]);
        if let Some(token) = token {
            git(into, &["config", &name, &header(token)]);
        }
    }

    /// What every step sees.
    pub(crate) fn environment(&self, event: &Values) -> BTreeMap<String, String> {
        let github = [
            ("GITHUB_EVENT_NAME", "github.event_name"),
            ("GITHUB_SHA", "github.sha"),
            ("GITHUB_REPOSITORY", "github.repository"),
            ("GITHUB_SERVER_URL", "github.server_url"),
            ("GITHUB_RUN_ID", "github.run_id"),
        ];
        let github = github.map(|(name, value)| (name.to_owned(), event.get(value)));
        let of_runner = [
            ("PATH", self.programs()),
            ("GH_STATE", self.path("state").display().to_string()),
            ("CI", "true".to_owned()),
            ("PLUMB_LEDGER_PROMISE", "20s".to_owned()),
            ("PLUMB_VOLTAGE_PARK_ENDPOINT", self.endpoint.clone()),
        ];
        let of_runner = of_runner.map(|(name, value)| (name.to_owned(), value));
        github.into_iter().chain(of_runner).collect()
    }
}
