//! Which files are read: files, folders and what is below them, standard input, kustomizations.
//!
//! # Guarantees
//! - Files come in the order of the arguments, and below a folder in the order of their names.
//! - No symbolic link below a folder leads out of it.
//! - Nothing larger than a manifest may be is read into memory.
//!
//! What the text means is in `yaml`; running kustomize is in `kustomize`.

use crate::Outside;
use crate::kustomize;
use crate::yaml::LARGEST_FILE;
use plumb_model::plan::PLAN_FILE_HEAD;
use plumb_model::text::escape;
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
/// Files in one run.
const MOST_FILES: usize = 100_000;

/// A text to be read as manifests.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// Its name in findings.
    pub(crate) file: Arc<str>,
    /// The text, without a byte order mark.
    pub(crate) text: Arc<str>,
}

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
            Ok(_) => self.file(path),
        }
    }

    /// A file is read once, however often and by whatever name it is reached.
    fn file(&mut self, path: &Path) {
        // What is no file of a file system, such as a pipe, has no other name.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        if self.visited.insert(real) {
            self.found.files.push(path.to_path_buf());
        }
    }

    fn folder(&mut self, folder: &Path, root: &Path, depth: usize) {
        match folder.canonicalize() {
            Ok(real) => {
                if !self.visited.insert(real) {
                    return;
                }
            }
            Err(error) => return self.unreadable(folder, &error),
        }
        if depth > DEEPEST_FOLDER {
            return self.too_much(folder, "folders are nested more than 32 levels deep");
        }
        if kustomize::is_kustomization(folder) {
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
                self.entry(&folder.join(name), root, depth);
            }
        }
    }

    fn entry(&mut self, path: &Path, root: &Path, depth: usize) {
        let metadata = match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_symlink() => match self.linked(path, root) {
                Some(metadata) => metadata,
                None => return,
            },
            Ok(metadata) => metadata,
            Err(error) => return self.unreadable(path, &error),
        };
        if metadata.is_dir() {
            self.folder(path, root, depth + 1);
        } else if is_manifest(path) && path.file_name().is_some_and(|name| name == STACK_FILE) {
            self.stack_file(path);
        } else if is_manifest(path) && self.found.files.len() >= MOST_FILES {
            if self.found.files.len() == MOST_FILES {
                self.too_much(path, "more than 100,000 files");
                self.found.files.push(path.to_path_buf());
            }
        } else if is_manifest(path) && metadata.is_file() {
            self.file(path);
        } else if is_manifest(path) {
            self.refuse(path, "it is not a regular file");
        }
    }

    /// What a symbolic link leads to, when that is below the root.
    fn linked(&mut self, path: &Path, root: &Path) -> Option<fs::Metadata> {
        let target = match path.canonicalize() {
            Ok(target) => target,
            // A broken link of another sort of file is nobody's concern.
            Err(_) if !is_manifest(path) => return None,
            Err(error) => {
                self.unreadable(path, &error);
                return None;
            }
        };
        if !target.starts_with(root) {
            if is_manifest(path) || target.is_dir() {
                self.refuse(path, "the symbolic link leads out of the folder");
            }
            return None;
        }
        fs::metadata(&target).ok()
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

    fn too_much(&mut self, path: &Path, what: &str) {
        let message = format!("{}: {what}", shown(path));
        self.found.findings.push(Finding::error(Code::TOO_LARGE, message));
    }
}

fn unreadable(path: &Path, why: &str) -> Finding {
    Finding::error(Code::UNREADABLE_FILE, format!("cannot read {}: {why}", shown(path)))
}

/// A path as findings name it.
pub(crate) fn shown(path: &Path) -> String {
    let text = escape(&path.to_string_lossy());
    text.strip_prefix("./").map_or_else(|| text.clone(), str::to_owned)
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
    if bytes.starts_with(PLAN_FILE_HEAD.as_bytes()) {
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

/// The text without a byte order mark.
pub(crate) fn bare(text: &str) -> Arc<str> {
    text.strip_prefix('\u{feff}').unwrap_or(text).into()
}
