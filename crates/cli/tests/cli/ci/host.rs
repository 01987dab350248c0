//! What hosts of repositories have in common, as far as jobs see them: a bare repository that is
//! served, the desk of somebody who works on it, and what the stand-in for the host's API keeps.

use crate::binary::plumb;
use crate::many::git;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A host with one repository.
#[derive(Debug)]
pub(crate) struct Host {
    server: Server,
    folder: tempfile::TempDir,
}

/// A program that serves until its standard input ends.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    /// Where it is.
    pub(crate) origin: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Starts a program of this folder, which says its address first.
    pub(crate) fn start(program: &str, about: &Path) -> Self {
        let mut command = Command::new("python3");
        command.arg(beside_tests(program)).arg(about).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut origin = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut origin).unwrap();
        Self { process, origin: origin.trim().to_owned() }
    }
}

fn beside_tests(program: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/ci").join(program)
}

/// A change that is to be reviewed.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) number: u32,
    /// Its last commit.
    pub(crate) head: String,
    /// What its checks see: the merge of it and the main branch.
    pub(crate) merge: String,
}

impl Host {
    /// A repository with these files on its main branch.
    pub(crate) fn new(files: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["tools", "state", "ledger"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        symlink(fs::canonicalize(plumb()).unwrap(), folder.path().join("tools/plumb")).unwrap();
        let bare = folder.path().join("repository.git");
        let init = ["init", "--quiet", "--bare", "--initial-branch", "main", "repository.git"];
        git(folder.path(), &init);
        git(folder.path(), &["clone", "--quiet", bare.to_str().unwrap(), "desk"]);
        git(&bare, &["config", "http.receivepack", "true"]);
        let server = Server::start("git-server", folder.path());
        let host = Self { server, folder };
        host.commit(files);
        git(&host.desk(), &["push", "--quiet", "origin", "HEAD:main"]);
        host
    }

    /// A path of its own.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a program on every machine's path.
    pub(crate) fn has_tool(&self, name: &str, script: &str) {
        let path = self.path("tools").join(name);
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Puts a program of this folder there.
    pub(crate) fn has_tool_of_tests(&self, name: &str) {
        self.has_tool(name, &fs::read_to_string(beside_tests(name)).unwrap());
    }

    /// Where programs are.
    pub(crate) fn programs(&self) -> String {
        format!("{}:/usr/local/bin:/usr/bin:/bin", self.path("tools").display())
    }

    /// Where the repository is served.
    pub(crate) fn origin(&self) -> &str {
        &self.server.origin
    }

    /// The commits of the ledger in the repository.
    pub(crate) fn ledger(&self) -> Vec<String> {
        let listed = git(&self.path("repository.git"), &["rev-list", "--glob=refs/plumb/*"]);
        listed.lines().map(str::to_owned).collect()
    }

    /// The clone of somebody who works on it.
    fn desk(&self) -> PathBuf {
        self.path("desk")
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

    /// What the main branch is at.
    pub(crate) fn main(&self) -> String {
        git(&self.desk(), &["rev-parse", "origin/main"]).trim().to_owned()
    }

    /// Somebody asks for a review of these files; its refs are below `refs`.
    pub(crate) fn opens(&self, refs: &str, number: u32, files: &[(&str, String)]) -> Change {
        let desk = self.desk();
        let push = |to: &str| {
            git(&desk, &["push", "--quiet", "origin", &format!("HEAD:refs/{refs}/{number}/{to}")])
        };
        let branch = format!("change-{number}");
        git(&desk, &["switch", "--quiet", "--create", &branch, "origin/main"]);
        let head = self.commit(files);
        push("head");
        git(&desk, &["switch", "--quiet", "--detach", "origin/main"]);
        git(&desk, &["merge", "--quiet", "--no-ff", "--message", "Merge", &head]);
        push("merge");
        Change { number, head, merge: self.head() }
    }

    /// Somebody merges it. What the main branch was at before.
    pub(crate) fn merges(&self, change: &Change) -> String {
        let before = self.main();
        git(&self.desk(), &["push", "--quiet", "origin", &format!("{}:main", change.merge)]);
        before
    }

    /// Somebody pushes to the main branch without a review. What it was at before, and is at then.
    pub(crate) fn pushes(&self, files: &[(&str, String)]) -> (String, String) {
        git(&self.desk(), &["switch", "--quiet", "--detach", "origin/main"]);
        let before = self.head();
        let after = self.commit(files);
        git(&self.desk(), &["push", "--quiet", "origin", "HEAD:main"]);
        (before, after)
    }

    /// What the host keeps of some sort.
    pub(crate) fn kept(&self, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(self.path(&format!("state/{name}.json")));
        text.map_or_else(|_| Vec::new(), |text| serde_json::from_str(&text).unwrap())
    }

    /// Has the host keep something.
    pub(crate) fn keep(&self, name: &str, value: &Value) {
        fs::write(self.path(&format!("state/{name}.json")), value.to_string()).unwrap();
    }
}
