//! What Git says of the files of a repository. Whoever wrote them has no say in it: no program that
//! a repository names is run, and commits are compared, not files that a filter would have to read.

use crate::environment::Environment;
use crate::problem::Problem;
use plumb_model::text::escape;
use plumb_model::{Code, Finding};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::process::Stdio;

/// The names of kustomizations' files, as `kustomize` has them.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// The name of a stack's settings.
const STACK_FILE: &str = "plumb.yaml";

/// Folders in folders that are looked into, as in the manifests of one stack.
const DEEPEST: usize = 32;

/// The repository that the current folder is in; it need be none when nothing is asked of Git.
#[derive(Debug)]
pub(super) struct Repository<'a> {
    pub(super) environment: &'a Environment,
}

/// What differs between a revision and the commit that is checked out.
#[derive(Debug)]
pub(super) struct Changes {
    /// The files, without links from the root of the file system.
    files: BTreeSet<PathBuf>,
    /// The folders whose settings were removed.
    removed: BTreeSet<PathBuf>,
}

impl Changes {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// How many are below a folder.
    pub(super) fn below(&self, folder: &Path) -> usize {
        let Ok(folder) = real(folder) else { return 0 };
        self.files.iter().filter(|file| file.starts_with(&folder)).count()
    }

    /// The folders that had a stack and have none any more.
    pub(super) fn removed_stacks(&self) -> impl Iterator<Item = &PathBuf> {
        self.removed.iter()
    }
}

impl Repository<'_> {
    /// The folders below these that have settings; below the current one when there are none.
    pub(super) fn folders_with_stacks(
        &self,
        folders: &[PathBuf],
    ) -> Result<BTreeSet<PathBuf>, Problem> {
        let here = [PathBuf::from(".")];
        let folders = if folders.is_empty() { here.as_slice() } else { folders };
        let mut found = BTreeSet::new();
        for folder in folders {
            let files = self.files(folder, &[STACK_FILE])?;
            found.extend(files.iter().filter_map(|file| Some(file.parent()?.to_owned())));
        }
        Ok(found)
    }

    /// The kustomizations of a stack that read files outside of its folder.
    pub(super) fn read_outside(&self, folder: &Path) -> Result<Vec<PathBuf>, Problem> {
        let mut files = self.files(folder, &KUSTOMIZATIONS)?;
        files.retain(|file| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let read: serde_json::Value = serde_yaml::from_str(&text).unwrap_or_default();
            let mut all = BTreeSet::new();
            texts(&read, &mut all);
            let depth = file.strip_prefix(folder).map_or(0, |below| below.components().count());
            all.iter().any(|text| leads_above(text, depth.saturating_sub(1)))
        });
        Ok(files)
    }

    /// The files of these names below a folder, but for those that Git ignores; without a repository
    /// all of them.
    fn files(&self, folder: &Path, names: &[&str]) -> Result<Vec<PathBuf>, Problem> {
        let folder: PathBuf = folder.components().filter(|it| *it != Component::CurDir).collect();
        let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        let broken = |error| Problem::file(shown, error);
        let patterns = names.iter().map(|name| format!("*{name}"));
        let words = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"];
        let listed = self.git(shown, words.map(str::to_owned).into_iter().chain(patterns));
        let mut files = match listed {
            Ok(listed) => listed.split(|byte| *byte == 0).map(path).collect(),
            Err(_) => below(shown, DEEPEST).map_err(broken)?,
        };
        let hidden = |part: Component<'_>| part.as_os_str().as_bytes().starts_with(b".");
        files.retain(|file: &PathBuf| {
            let last = file.file_name().and_then(OsStr::to_str);
            last.is_some_and(|name| names.contains(&name)) && !file.components().any(hidden)
        });
        let whole = files.iter().map(|file| folder.join(file));
        // What is in the index may be gone from the disk.
        Ok(whole.filter(|file| file.is_file()).collect())
    }

    /// What changed between a revision and the commit that is checked out.
    pub(super) fn changes(&self, since: &str) -> Result<Changes, Problem> {
        let here = Path::new(".");
        let refused = |why: &str| {
            let message = format!("--changed-since: {} {why}", escape(since));
            let help = "name a commit, branch or tag that is in this clone; a shallow clone has few \
                        (actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0)";
            Problem::from(Finding::error(Code::INVALID_VALUE, message).help(help))
        };
        if since.starts_with('-') {
            return Err(refused("is no revision"));
        }
        let commit = format!("{since}^{{commit}}");
        let resolve = ["rev-parse", "--verify", "--end-of-options", &commit].map(str::to_owned);
        let commit =
            self.git(here, resolve).map_err(|why| refused(&format!("is not known: {why}")))?;
        let commit = String::from_utf8_lossy(&commit).trim().to_owned();
        let compare =
            ["diff-tree", "-r", "-z", "--no-renames", "--name-status", &commit, "HEAD", "--"];
        let root = ["rev-parse", "--show-toplevel"].map(str::to_owned);
        let root = self.git(here, root).map_err(|why| refused(&why))?;
        let root = path(root.strip_suffix(b"\n").unwrap_or(&root));
        let listed = self.git(here, compare.map(str::to_owned)).map_err(|why| refused(&why))?;
        Ok(Changes::read(&listed, &root))
    }

    /// What Git prints, or why it does not.
    fn git(
        &self,
        folder: &Path,
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Vec<u8>, String> {
        let mut command = self.environment.git();
        command.arg("-C").arg(folder).args(arguments).stdin(Stdio::null());
        let ran = command.output().map_err(|error| format!("git cannot be run: {error}"))?;
        if ran.status.success() {
            return Ok(ran.stdout);
        }
        let said = String::from_utf8_lossy(&ran.stderr);
        Err(escape(said.lines().next().unwrap_or("git says nothing")))
    }
}

impl Changes {
    /// Reads `git diff-tree -z --name-status`: statuses and names in turn.
    fn read(listed: &[u8], root: &Path) -> Self {
        let mut changes = Self { files: BTreeSet::new(), removed: BTreeSet::new() };
        let mut words = listed.split(|byte| *byte == 0);
        while let (Some(status), Some(name)) = (words.next(), words.next()) {
            let file = path(name);
            if status == b"D" && file.file_name() == Some(OsStr::new(STACK_FILE)) {
                changes.removed.extend(file.parent().map(Path::to_owned));
            }
            changes.files.insert(root.join(file));
        }
        changes
    }
}

fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

fn real(folder: &Path) -> std::io::Result<PathBuf> {
    if folder.as_os_str().is_empty() {
        Path::new(".").canonicalize()
    } else {
        folder.canonicalize()
    }
}

/// Whether a relative path leads further up than so many folders.
fn leads_above(text: &str, depth: usize) -> bool {
    let mut left = depth;
    for part in Path::new(text).components() {
        match part {
            Component::ParentDir if left == 0 => return true,
            Component::ParentDir => left -= 1,
            Component::Normal(_) => left += 1,
            _ => {}
        }
    }
    false
}

/// Every file below a folder, from there. Links are not followed.
fn below(folder: &Path, deepest: usize) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = PathBuf::from(entry.file_name());
        let hidden = name.as_os_str().as_bytes().starts_with(b".");
        if !entry.file_type()?.is_dir() {
            files.push(name);
        } else if !hidden && deepest > 0 {
            let inside = below(&entry.path(), deepest - 1)?;
            files.extend(inside.iter().map(|file| name.join(file)));
        }
    }
    Ok(files)
}

/// Every text of a document.
fn texts<'v>(value: &'v serde_json::Value, into: &mut BTreeSet<&'v str>) {
    match value {
        serde_json::Value::String(text) => {
            into.insert(text);
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        serde_json::Value::Object(fields) => fields.values().for_each(|item| texts(item, into)),
        _ => {}
    }
}
