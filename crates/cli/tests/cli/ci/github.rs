//! GitHub, as far as the steps of the workflows see it: a bare repository, what `gh` keeps, and what
//! an event says.

use super::expression::Values;
use crate::binary::plumb;
use crate::harness::Cloud;
use crate::many::git;
use plumb_tests::canary::disguise::base64;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A repository at GitHub with the secrets of its environments.
#[derive(Debug)]
pub(crate) struct Github {
    folder: tempfile::TempDir,
    /// Where clones come from.
    url: String,
    /// What serves them.
    server: Child,
    /// Where the cloud is whose endpoint is known everywhere but here.
    endpoint: String,
    /// What secrets and variables are worth.
    pub(crate) secrets: Values,
}

impl Drop for Github {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Serves the repositories of a folder over HTTP.
fn serve(folder: &Path) -> (Child, String) {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/ci/git-server");
    let mut command = Command::new("python3");
    command.arg(program).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut origin = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut origin).unwrap();
    (server, origin.trim().to_owned())
}

/// A pull request.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub(crate) number: u32,
    /// Its last commit.
    pub(crate) head: String,
    /// What its checks see: the merge of it and the base branch.
    pub(crate) merge: String,
}

impl Github {
    /// A repository with these files on its main branch.
    pub(crate) fn new(cloud: &Cloud, files: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["tools", "state", "ledger"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let gh = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/ci/gh");
        fs::copy(gh, folder.path().join("tools/gh")).unwrap();
        let everybody = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path().join("tools/gh"), everybody).unwrap();
        symlink(fs::canonicalize(plumb()).unwrap(), folder.path().join("tools/plumb")).unwrap();
        let bare = folder.path().join("repository.git");
        git(
            folder.path(),
            &["init", "--quiet", "--bare", "--initial-branch", "main", "repository.git"],
        );
        git(folder.path(), &["clone", "--quiet", bare.to_str().unwrap(), "desk"]);
        git(&bare, &["config", "http.receivepack", "true"]);
        let mut secrets = Values::default();
        secrets.set("vars.RAFAY_ENDPOINT", &cloud.endpoint);
        secrets.set("secrets.RAFAY_API_KEY", &cloud.key);
        secrets.set("secrets.VOLTAGE_PARK_API_KEY", &cloud.voltage_park_key);
        secrets.set("secrets.RESEARCHER_PASSWORD", "Researcher-secret-1");
        let (server, origin) = serve(folder.path());
        let (url, endpoint) = (format!("{origin}/repository.git"), cloud.endpoint.clone());
        let github = Self { folder, url, server, endpoint, secrets };
        github.commit(files);
        git(&github.desk(), &["push", "--quiet", "origin", "HEAD:main"]);
        github
    }

    /// Has the ledger in a folder that all machines share, not in the repository.
    pub(crate) fn with_a_ledger_elsewhere(mut self) -> Self {
        let ledger = self.folder.path().join("ledger");
        self.secrets.set("vars.PLUMB_LEDGERS", ledger.to_str().unwrap());
        self
    }

    /// The commits of the ledger in the repository.
    pub(crate) fn ledger(&self) -> Vec<String> {
        let bare = self.folder.path().join("repository.git");
        let listed = git(&bare, &["rev-list", "--glob=refs/plumb/*"]);
        listed.lines().map(str::to_owned).collect()
    }

    /// The clone of somebody who works on it.
    pub(crate) fn desk(&self) -> PathBuf {
        self.folder.path().join("desk")
    }

    fn commit(&self, files: &[(&str, String)]) -> String {
        for (name, text) in files {
            let path = self.desk().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        git(&self.desk(), &["add", "--all"]);
        git(&self.desk(), &["commit", "--quiet", "--message", "Change", "--allow-empty"]);
        self.head()
    }

    fn head(&self) -> String {
        git(&self.desk(), &["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Somebody opens a pull request that writes these files.
    pub(crate) fn opens(&self, number: u32, files: &[(&str, String)]) -> Pull {
        git(
            &self.desk(),
            &["switch", "--quiet", "--create", &format!("change-{number}"), "origin/main"],
        );
        let head = self.commit(files);
        git(&self.desk(), &["push", "--quiet", "origin", &format!("HEAD:refs/pull/{number}/head")]);
        git(&self.desk(), &["switch", "--quiet", "--detach", "origin/main"]);
        git(&self.desk(), &["merge", "--quiet", "--no-ff", "--message", "Merge", &head]);
        git(
            &self.desk(),
            &["push", "--quiet", "origin", &format!("HEAD:refs/pull/{number}/merge")],
        );
        Pull { number, head, merge: self.head() }
    }

    /// Somebody merges a pull request: what `apply.yml` is told of the push.
    pub(crate) fn merges(&self, pull: &Pull) -> Values {
        let before = git(&self.desk(), &["rev-parse", "origin/main"]).trim().to_owned();
        git(&self.desk(), &["push", "--quiet", "origin", &format!("{}:main", pull.merge)]);
        self.keep("pulls", &json!([{
            "number": pull.number, "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": pull.merge,
            "head": {"sha": pull.head}, "commits": [pull.head, pull.merge],
        }]));
        Self::push(&before, &pull.merge)
    }

    /// Somebody pushes to the main branch without a pull request.
    pub(crate) fn pushes(&self, files: &[(&str, String)]) -> Values {
        git(&self.desk(), &["switch", "--quiet", "--detach", "origin/main"]);
        let before = self.head();
        let after = self.commit(files);
        git(&self.desk(), &["push", "--quiet", "origin", "HEAD:main"]);
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
    pub(crate) fn pull_request(pull: &Pull, from: &str) -> Values {
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
        let origin = self.url.trim_end_matches("/repository.git");
        let name = format!("http.{origin}/.extraheader");
        let header = |token| {
            let pair = format!("x-access-token:{token}");
            format!("AUTHORIZATION: basic {}", base64(pair.as_bytes()))
        };
        git(into, &["init", "--quiet", "."]);
        git(into, &["remote", "add", "origin", &self.url]);
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
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let tools = format!("{}:/usr/local/bin:/usr/bin:/bin", path("tools"));
        let github = [
            ("GITHUB_EVENT_NAME", "github.event_name"),
            ("GITHUB_SHA", "github.sha"),
            ("GITHUB_REPOSITORY", "github.repository"),
            ("GITHUB_SERVER_URL", "github.server_url"),
            ("GITHUB_RUN_ID", "github.run_id"),
        ];
        let github = github.map(|(name, value)| (name.to_owned(), event.get(value)));
        let of_runner = [
            ("PATH", tools),
            ("GH_STATE", path("state")),
            ("CI", "true".to_owned()),
            ("PLUMB_LEDGER_PROMISE", "20s".to_owned()),
            ("PLUMB_VOLTAGE_PARK_ENDPOINT", self.endpoint.clone()),
        ];
        let of_runner = of_runner.map(|(name, value)| (name.to_owned(), value));
        github.into_iter().chain(of_runner).collect()
    }

    /// What GitHub keeps of some sort.
    pub(crate) fn kept(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.folder.path().join(format!("state/{name}.json")));
        text.map_or_else(|_| Vec::new(), |text| serde_json::from_str(&text).unwrap())
    }

    /// Has GitHub keep something.
    pub(crate) fn keep(&self, name: &str, value: &Value) {
        fs::write(self.folder.path().join(format!("state/{name}.json")), value.to_string())
            .unwrap();
    }
}
