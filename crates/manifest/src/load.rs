//! Loading: from paths to documents with places. What a document means is in `resolve`.

use crate::file::File;
use crate::outside::Outside;
use crate::parallel;
use crate::source::{self, STACK_FILE};
use crate::stack::named_kinds::NamedKind;
use crate::stack::{self, API_VERSION, Settings, Stack};
use crate::text::{Text, shown};
use crate::tree::{NodeId, Tree};
use crate::yaml;
use plumb_model::{Code, Finding, ResourceKey, SourceMap, Span};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Documents in one file, items of lists included.
const MOST_DOCUMENTS: usize = yaml::MOST_DOCUMENTS as usize;

/// The kind of a document that holds cases of policies: `plumb policy test` reads it, and nothing else does.
pub const POLICY_TEST: &str = "PolicyTest";

/// One document, or one item of a `List` document; it may still be wrong.
#[derive(Clone, Debug)]
pub struct Document {
    pub(crate) source: Arc<File>,
    pub(crate) root: NodeId,
    /// The list it is an item of, which may say the items' `apiVersion` and `kind`.
    pub(crate) list: Option<NodeId>,
    position: u32,
    item: Option<u32>,
}

impl Document {
    /// The file as the user named it.
    #[must_use]
    pub fn file(&self) -> &Arc<str> {
        self.source.name()
    }

    /// The document's position in the file, from 0.
    #[must_use]
    pub fn position(&self) -> u32 {
        self.position
    }

    /// The position in the document's `items`, when it is a list.
    #[must_use]
    pub fn item(&self) -> Option<u32> {
        self.item
    }

    /// What the reader makes of its file.
    pub(crate) fn tree(&self) -> Arc<Tree> {
        self.source.tree()
    }

    /// Whether another document is in the same file.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.source, &other.source)
    }

    /// Its first line.
    pub(crate) fn head(&self) -> Span {
        self.tree().head(self.root)
    }

    /// The whole of the document or item.
    #[must_use]
    pub fn span(&self) -> Span {
        self.tree().span(self.root)
    }
}

/// Everything that was read.
#[derive(Debug)]
pub struct Loaded {
    /// The folder the run is about: `valueFrom.file` and a local ledger stay below it.
    pub root: PathBuf,
    /// The settings in `plumb.yaml`, with defaults.
    pub stack: Stack,
    /// The documents, in the order of files and of places in them.
    pub documents: Vec<Document>,
    /// The texts. What of them may be shown is in [`excerpts`](crate::excerpts).
    pub sources: SourceMap,
    /// What is wrong so far, in the order of files.
    pub findings: Vec<Finding>,
    /// The kinds that `plumb.yaml` names.
    pub(crate) kinds: Vec<NamedKind>,
    /// Keys that only resolving can tell, by their documents' positions in `documents`.
    pub(crate) keys: OnceLock<BTreeMap<ResourceKey, usize>>,
}

/// Reads files, folders and standard input (`-`). Never fails: problems are findings. Without
/// paths the current folder is read.
#[must_use]
pub fn load(paths: &[PathBuf], outside: &Outside<'_>) -> Loaded {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { here.as_slice() } else { paths };
    let root = source::root_of(paths);
    let (mut sources, mut findings) = (SourceMap::default(), Vec::new());
    let Settings { stack, kinds } = stack::read(&root, &mut sources, &mut findings);
    let chosen = chosen(paths, &root, &stack, &mut findings);
    let found = source::find(&chosen, &root, outside);
    findings.extend(found.findings);
    let mut documents = Vec::new();
    let built: Vec<Input> = found.built.into_iter().map(Input::Text).collect();
    let files: Vec<Input> = found.files.into_iter().map(Input::File).collect();
    let inputs: Vec<Input> = built.into_iter().chain(files).collect();
    let read = |(): &mut (), input: &Input| read(input);
    parallel::pieces(&inputs, 1, read, |read| {
        for read in read {
            if let Some(file) = read.file {
                sources.insert(Arc::clone(file.name()), Arc::clone(file.text()));
            }
            documents.extend(read.documents);
            findings.extend(read.findings);
        }
        ControlFlow::Continue(())
    });
    if documents.is_empty() && findings.is_empty() && !is_a_stack(paths, &root) {
        let names: Vec<String> = paths.iter().map(|path| shown(path)).collect();
        let message = format!("no manifests in {}", names.join(", "));
        let help = "name a folder or file with .yaml, .yml or .json documents, or - for stdin";
        findings.push(Finding::error(Code::NO_DOCUMENTS, message).help(help));
    }
    Loaded { root, stack, documents, sources, findings, kinds, keys: OnceLock::new() }
}

/// The settings of a folder alone, with defaults where they are wrong: [`load`] says what is.
#[must_use]
pub fn stack_of(root: &Path) -> Stack {
    stack::read(root, &mut SourceMap::default(), &mut Vec::new()).stack
}

/// Whether the paths are the whole of a folder with settings: what such a stack owns is looked at,
/// and can be destroyed, also when its last document is gone.
fn is_a_stack(paths: &[PathBuf], root: &Path) -> bool {
    paths.iter().all(|path| stands_for(path, root)) && root.join(STACK_FILE).is_file()
}

/// Whether a path means the root folder and its settings.
fn stands_for(path: &Path, root: &Path) -> bool {
    path == root || path.file_name().is_some_and(|name| name == STACK_FILE)
}

/// The paths to read: for the root folder those its settings name, when they name some.
fn chosen(
    paths: &[PathBuf],
    root: &Path,
    stack: &Stack,
    findings: &mut Vec<Finding>,
) -> Vec<PathBuf> {
    let mut chosen = Vec::new();
    for path in paths {
        if !stands_for(path, root) {
            chosen.push(path.clone());
        } else if stack.paths.is_empty() {
            chosen.push(root.to_path_buf());
        } else {
            chosen.extend(stack.paths.iter().map(|below| root.join(below)));
        }
    }
    let real = root.canonicalize().ok();
    chosen.retain(|path| {
        let named_by_stack = !paths.contains(path);
        let inside = match (&real, path.canonicalize()) {
            (Some(real), Ok(path)) => path.starts_with(real),
            // What does not exist is reported where it is read.
            _ => true,
        };
        if named_by_stack && !inside {
            let message = format!("spec.paths leads out of the folder: {}", shown(path));
            findings.push(Finding::error(Code::BAD_STACK_FILE, message));
        }
        let readable = !path.exists() || path.is_dir() || path.is_file();
        if named_by_stack && inside && !readable {
            let message = format!("spec.paths names no file or folder: {}", shown(path));
            findings.push(Finding::error(Code::BAD_STACK_FILE, message));
        }
        (inside && readable) || !named_by_stack
    });
    chosen
}

enum Input {
    File(PathBuf),
    Text(Text),
}

#[derive(Default)]
struct Read {
    file: Option<Arc<File>>,
    documents: Vec<Document>,
    findings: Vec<Finding>,
}

fn read(input: &Input) -> Read {
    let text = match input {
        Input::Text(text) => text.clone(),
        Input::File(path) => match source::read(path) {
            Ok(text) => text,
            Err(finding) => return Read { findings: vec![finding], ..Read::default() },
        },
    };
    let (file, roots, mut findings) = File::read(&text);
    let file = Arc::new(file);
    let tree = file.tree();
    let mut documents = Vec::with_capacity(roots.len().min(MOST_DOCUMENTS + 1));
    for (position, root) in roots {
        flatten((&file, &tree), root, position, &mut documents);
        if let Some(first) = documents.get(MOST_DOCUMENTS) {
            let message = "the file holds more than 100,000 documents";
            let finding = Finding::error(Code::TOO_LARGE, message).at(tree.head(first.root));
            findings.push(finding.help("split it into several files"));
            documents.clear();
            break;
        }
    }
    Read { file: Some(file), documents, findings }
}

/// A document, or the items of a list of documents.
fn flatten(
    (file, tree): (&Arc<File>, &Tree),
    root: NodeId,
    position: u32,
    documents: &mut Vec<Document>,
) {
    if is_of_policies(tree, root) {
        return;
    }
    let Some(items) = items(tree, root) else {
        let source = Arc::clone(file);
        documents.push(Document { source, root, list: None, position, item: None });
        return;
    };
    // Lists may hold lists; the items count through.
    let mut rest: Vec<(NodeId, NodeId)> = items.iter().rev().map(|item| (root, *item)).collect();
    let mut count = 0;
    while let Some((list, node)) = rest.pop() {
        if documents.len() > MOST_DOCUMENTS {
            return;
        }
        if let Some(items) = self::items(tree, node) {
            rest.extend(items.iter().rev().map(|item| (node, *item)));
            continue;
        }
        let (source, item) = (Arc::clone(file), Some(count));
        documents.push(Document { source, root: node, list: Some(list), position, item });
        count += 1;
    }
}

fn is_of_policies(tree: &Tree, root: NodeId) -> bool {
    let says = |name, text| tree.text_at(root, name) == Some(text);
    says("apiVersion", API_VERSION) && says("kind", POLICY_TEST)
}

/// The items of a `List`, or of a list of one kind, such as `WorkspaceList`.
fn items(tree: &Tree, root: NodeId) -> Option<&[NodeId]> {
    tree.text_at(root, "kind").filter(|kind| kind.ends_with("List"))?;
    let items = tree.get(root, "items")?;
    matches!(tree.content(items), crate::tree::Content::List(_)).then(|| tree.elements(items))
}
