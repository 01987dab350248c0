//! Which files are read: files, folders and what is below them, standard input, kustomizations.
//!
//! # Guarantees
//! - Files come in the order of the arguments, and below a folder in the order of their names.
//! - No symbolic link below a folder leads out of it, and nothing below one is read that is no
//!   regular file: a pipe would never end.
//! - Nothing larger than a manifest may be is read into memory.
//!
//! What the text means is in `yaml`; running kustomize is in `kustomize`.

use crate::kustomize;
use crate::outside::Outside;
use crate::plan_file;
use crate::text::{Text, bare, shown, unreadable};
use crate::yaml::LARGEST_FILE;
use plumb_model::{Code, Finding, Span};
use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name under which the stack's settings are found in a folder.
pub(crate) const STACK_FILE: &str = "plumb.yaml";
/// The name of standard input in findings.
pub(crate) const STANDARD_INPUT: &str = "<stdin>";
/// Folders in folders.
const DEEPEST_FOLDER: usize = 32;
/// Why a symbolic link is not followed.
const LEADS_OUT: &str = "the symbolic link leads out of the folder";
/// What to do about one that is not.
const MOVE_IT: &str = "remove it, or move what it leads to below the folder";
/// Why a pipe or a device is not read.
const NOT_A_FILE: &str = "it is not a regular file";
/// Files in one run.
const MOST_FILES: usize = 100_000;

/// The files that paths name, and what is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) built: Vec<Text>,
    pub(crate) findings: Vec<Finding>,
}

/// The folder a run is about: the first folder given, or the folder of the first file given.
pub(crate) fn root_of(paths: &[PathBuf]) -> PathBuf {
    let Some(first) = paths.iter().find(|path| !is_standard_input(path)) else {
        return PathBuf::from(".");
    };
    if first.is_dir() {
        return first.clone();
    }
    match first.parent() {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_path_buf(),
        None => PathBuf::from("."),
    }
}

pub(crate) fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Finds the files that paths name; `root` is the folder whose settings are read.
pub(crate) fn find(paths: &[PathBuf], root: &Path, outside: &Outside<'_>) -> Found {
    let (found, visited) = (Found::default(), BTreeSet::new());
    let mut search = Search { outside, settings: root.canonicalize().ok(), found, visited };
    for path in paths {
        search.argument(path);
    }
    search.found
}

struct Search<'a> {
    outside: &'a Outside<'a>,
    /// The folder whose settings are read.
    settings: Option<PathBuf>,
    found: Found,
    /// Folders and files that were read, without links: none is read twice.
    visited: BTreeSet<PathBuf>,
}

impl Search<'_> {
    fn argument(&mut self, path: &Path) {
        if is_standard_input(path) {
            match &self.outside.standard_input {
                Some(text) => {
                    self.found.built.push(Text { file: STANDARD_INPUT.into(), text: bare(text) });
                }
                None => self.refuse(path, "standard input is not given"),
            }
            return;
        }
        match fs::metadata(path) {
            Err(error) => self.unreadable(path, &error),
            Ok(metadata) if metadata.is_dir() => match path.canonicalize() {
                Ok(root) => self.folder(path, &root, 0),
                Err(error) => self.unreadable(path, &error),
            },
            // The stack's own file stands for its folder's settings, which are read anyway.
            Ok(_) if path.file_name().is_some_and(|name| name == STACK_FILE) => {}
            // What is no file of a file system, such as a pipe, has no other name.
            Ok(_) => self.file(path, path.canonicalize().unwrap_or_else(|_| path.to_path_buf())),
        }
    }

    /// A file is read once, however often and by whatever name it is reached; `real` is without
    /// links.
    fn file(&mut self, path: &Path, real: PathBuf) {
        if self.visited.insert(real) {
            self.found.files.push(path.to_path_buf());
        }
    }

    fn folder(&mut self, folder: &Path, root: &Path, depth: usize) {
        let real = match folder.canonicalize() {
            Ok(real) => real,
            Err(error) => return self.unreadable(folder, &error),
        };
        if !self.visited.insert(real.clone()) {
            return;
        }
        if depth > DEEPEST_FOLDER {
            let what = "folders are nested more than 32 levels deep";
            return self.too_much(folder, what, "nest them less");
        }
        if let Some(file) = kustomize::file_of(folder) {
            if !file.canonicalize().is_ok_and(|real| real.starts_with(root)) {
                return self.refuse_entry(&file, LEADS_OUT, MOVE_IT);
            }
            self.settings_below(folder, depth);
            match kustomize::build(folder, self.outside) {
                Ok(text) => self.found.built.push(text),
                Err(finding) => self.found.findings.push(finding),
            }
            return;
        }
        let entries = match fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(folder, &error),
        };
        let mut names: Vec<_> = entries.iter().map(fs::DirEntry::file_name).collect();
        names.sort();
        for name in names {
            if !name.as_encoded_bytes().starts_with(b".") {
                self.entry(&folder.join(&name), real.join(&name), root, depth);
            }
        }
    }

    /// Something in a folder; `real` is the folder without links, and its name.
    fn entry(&mut self, path: &Path, real: PathBuf, root: &Path, depth: usize) {
        let (real, metadata) = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_symlink() => match self.linked(path, root) {
                Some(linked) => linked,
                None => return,
            },
            Ok(metadata) => (real, metadata),
            Err(error) => return self.unreadable(path, &error),
        };
        if metadata.is_dir() {
            self.folder(path, root, depth + 1);
        } else if is_manifest(path) && path.file_name().is_some_and(|name| name == STACK_FILE) {
            self.stack_file(path);
        } else if is_manifest(path) && self.found.files.len() >= MOST_FILES {
            if self.found.files.len() == MOST_FILES {
                self.too_much(path, "more than 100,000 files", "name fewer folders");
                self.found.files.push(path.to_path_buf());
            }
        } else if is_manifest(path) && metadata.is_file() {
            self.file(path, real);
        } else if is_manifest(path) {
            self.refuse_entry(path, NOT_A_FILE, "remove it");
        }
    }

    /// What a symbolic link leads to, when that is below the root.
    fn linked(&mut self, path: &Path, root: &Path) -> Option<(PathBuf, fs::Metadata)> {
        let target = match path.canonicalize() {
            Ok(target) => target,
            // A broken link of another sort of file is nobody's concern.
            Err(_) if !is_manifest(path) => return None,
            Err(error) => {
                self.refuse_entry(path, &error.to_string(), "remove it, or mend the link");
                return None;
            }
        };
        if !target.starts_with(root) {
            if is_manifest(path) || target.is_dir() {
                self.refuse_entry(path, LEADS_OUT, MOVE_IT);
            }
            return None;
        }
        let metadata = fs::metadata(&target).ok()?;
        Some((target, metadata))
    }

    /// A kustomization is built as a whole, and its files are not read: settings among them would be
    /// left out without a word.
    fn settings_below(&mut self, folder: &Path, depth: usize) {
        let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (name, path) = (entry.file_name(), entry.path());
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if name == STACK_FILE {
                self.stack_file(&path);
            } else if is_folder
                && !name.as_encoded_bytes().starts_with(b".")
                && depth < DEEPEST_FOLDER
            {
                self.settings_below(&path, depth + 1);
            }
        }
    }

    /// The stack's settings at the root are read by `stack`; elsewhere they are a mistake.
    fn stack_file(&mut self, path: &Path) {
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        if folder == self.settings {
            return;
        }
        let message = format!("{} is not in the root folder, so it is not read", shown(path));
        let help = "name that folder alone, or move the settings to the root's plumb.yaml";
        let finding = Finding::error(Code::BAD_STACK_FILE, message).help(help);
        self.found.findings.push(finding.at(beginning(&shown(path).into(), 1)));
    }

    fn unreadable(&mut self, path: &Path, error: &std::io::Error) {
        self.refuse(path, &error.to_string());
    }

    fn refuse(&mut self, path: &Path, why: &str) {
        self.found.findings.push(unreadable(path, why));
    }

    /// Refuses what was found in a folder, and so is there.
    fn refuse_entry(&mut self, path: &Path, why: &str, help: &str) {
        let finding = unreadable(path, why).at(beginning(&shown(path).into(), 1));
        self.found.findings.push(finding.help(help));
    }

    fn too_much(&mut self, path: &Path, what: &str, help: &str) {
        let message = format!("{}: {what}", shown(path));
        let finding = Finding::error(Code::TOO_LARGE, message).help(help);
        self.found.findings.push(finding.at(beginning(&shown(path).into(), 1)));
    }
}

/// Sees that a file is a regular one in a folder, and no link out of it: what a repository brings
/// along may make plumb read the repository, and nothing else of the machine.
///
/// # Errors
/// The finding that says what it is instead.
pub(crate) fn belongs_to(path: &Path, root: &Path) -> Result<(), Finding> {
    let broken = |error: std::io::Error| unreadable(path, &error.to_string());
    let real = path.canonicalize().map_err(broken)?;
    if !root.canonicalize().is_ok_and(|root| real.starts_with(root)) {
        return Err(unreadable(path, LEADS_OUT));
    }
    if !fs::metadata(&real).map_err(broken)?.is_file() {
        return Err(unreadable(path, NOT_A_FILE));
    }
    Ok(())
}

/// The beginning of a line of a file whose text is not at hand.
fn beginning(file: &Arc<str>, line: u32) -> Span {
    Span { file: Arc::clone(file), line, column: 1, start: 0, end: 0 }
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Reads a manifest file. A plan that plumb wrote among the manifests, however large, declares
/// nothing.
pub(crate) fn read(path: &Path) -> Result<Text, Finding> {
    let file: Arc<str> = shown(path).into();
    let failed =
        |error: std::io::Error| unreadable(path, &error.to_string()).at(beginning(&file, 1));
    let bytes = read_limited(path, LARGEST_FILE).map_err(failed)?;
    if plan_file::is_one(path, &bytes).map_err(|finding| finding.at(beginning(&file, 1)))? {
        return Ok(Text { file, text: "".into() });
    }
    if bytes.len() > LARGEST_FILE {
        let message = format!("{file} is larger than 8 MiB");
        let finding = Finding::error(Code::TOO_LARGE, message).at(beginning(&file, 1));
        return Err(finding.help("split it into several files"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Text { file, text: bare(&text) }),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let before = error.as_bytes().get(..at).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            let place = beginning(&file, u32::try_from(line).unwrap_or(u32::MAX));
            Err(unreadable(path, "it is not UTF-8 text").at(place).help("save it as UTF-8"))
        }
    }
}

/// At most one byte more than `most`, so that the caller sees when there is more.
pub(crate) fn read_limited(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    let limit = most as u64 + 1;
    let file = fs::File::open(path)?;
    let length = file.metadata()?.len().min(limit);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
