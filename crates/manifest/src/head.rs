//! What a document is: its `apiVersion` and `kind`, and the kind they name. Its fields are checked
//! in `draft`.

use crate::hint;
use crate::load::Document;
use crate::stack::API_VERSION;
use crate::tree::{self, Content, NodeId, Tree};
use plumb_kind::{Kind, Registry};
use plumb_model::finding::nearest;
use plumb_model::rules::Access;
use plumb_model::text::escape;
use plumb_model::{Code, Finding};
use std::borrow::Cow;
use std::sync::Arc;

/// What to do about a file of another program: everything below the folder is read.
const NOT_OURS: &str =
    "if the file is not for plumb, name those that are in spec.paths of plumb.yaml";

/// A document whose kind is known.
pub(crate) struct Head {
    pub(crate) kind: &'static dyn Kind,
    /// The document's tree, or that of the document a bare body stands for.
    pub(crate) tree: Arc<Tree>,
    pub(crate) root: NodeId,
    /// `apiVersion` and `kind`, where the document's list says them.
    pub(crate) given: Vec<(&'static str, String)>,
}

/// Finds the kind of a document, whose file's tree is at hand.
///
/// # Errors
/// The reason why it has none that can be applied.
pub(crate) fn read(
    document: &Document,
    whole: &Arc<Tree>,
    registry: &Registry,
) -> Result<Head, Finding> {
    let (tree, root) = (whole.as_ref(), document.root);
    if !matches!(tree.content(root), Content::Mapping(_)) {
        let found = hint::sort(tree, root);
        let message = format!("a document must be a mapping, and this one is {found}");
        let finding = Finding::error(Code::NOT_A_DOCUMENT, message).at(tree.head(root));
        return Err(finding.help(NOT_OURS));
    }
    let mut given = Vec::new();
    let mut field = |name: &'static str| -> Result<Option<Cow<'_, str>>, Finding> {
        if let Some((key, value)) = tree.field(root, name) {
            let text = tree.text(value).ok_or_else(|| not_text(tree, name, key, value))?;
            return Ok(Some(Cow::Borrowed(text)));
        }
        let inherited = document.list.and_then(|list| inherited(tree, list, name));
        given.extend(inherited.iter().map(|text| (name, text.clone())));
        Ok(inherited.map(Cow::Owned))
    };
    let (api_version, kind) = (field("apiVersion")?, field("kind")?);
    match (api_version, kind) {
        (Some(api_version), Some(kind)) => {
            let kind = known(tree, root, &api_version, &kind, registry)?;
            Ok(Head { kind, tree: Arc::clone(whole), root, given })
        }
        (None, None) => bare(tree, root, registry),
        (None, Some(_)) => Err(missing(tree, root, "apiVersion")),
        (Some(_), None) => Err(missing(tree, root, "kind")),
    }
}

fn not_text(tree: &Tree, name: &str, key: NodeId, value: NodeId) -> Finding {
    let message = format!("{name} must be text, and is {}", hint::found(tree, value));
    Finding::error(Code::WRONG_TYPE, message).at(tree.place(Some(key), value))
}

/// What a list such as `WorkspaceList` says of its items.
fn inherited(tree: &Tree, list: NodeId, name: &str) -> Option<String> {
    let kind = tree.text_at(list, "kind")?.strip_suffix("List").filter(|kind| !kind.is_empty())?;
    match name {
        "kind" => Some(kind.to_owned()),
        _ => tree.text_at(list, name).map(str::to_owned),
    }
}

fn known(
    tree: &Tree,
    root: NodeId,
    api_version: &str,
    kind: &str,
    registry: &Registry,
) -> Result<&'static dyn Kind, Finding> {
    let at = |name| {
        tree.field(root, name).map_or_else(|| tree.head(root), |(_, value)| tree.head(value))
    };
    if let Some(why) = registry.unmanageable(api_version, kind) {
        let message = format!("{} cannot be managed from outside", escape(kind));
        let help = format!("{why}; remove the document");
        return Err(Finding::error(Code::UNMANAGEABLE_KIND, message).at(at("kind")).help(help));
    }
    let mut old_formats = registry.providers().iter().flat_map(|cloud| cloud.old_formats());
    if old_formats.any(|old| api_version.starts_with(old)) {
        let message = format!("{} is an older format", escape(api_version));
        let help = "write it for the current API; plumb export shows live objects in it";
        let finding = Finding::error(Code::OLD_FORMAT, message);
        return Err(finding.at(at("apiVersion")).help(help));
    }
    if api_version == API_VERSION && kind == "Stack" {
        let message = "the stack's settings stand outside plumb.yaml, where they are not read";
        let finding = Finding::error(Code::BAD_STACK_FILE, message).at(at("kind"));
        return Err(finding.help("move them to plumb.yaml in the root folder"));
    }
    let found = registry.find(api_version, kind).map_err(|unknown| {
        let (api_version, kind) = (escape(api_version), escape(kind));
        let message = format!("there is no kind {kind} in {api_version}");
        let same_group = registry.kinds().any(|known| known.rules().api_version == api_version);
        let place = if same_group { at("kind") } else { at("apiVersion") };
        let finding = Finding::error(Code::UNKNOWN_KIND, message).at(place);
        match unknown.suggestion {
            Some(meant) => finding.help(format!("did you mean {meant}?")),
            None if same_group => finding.help("plumb schema --list shows all kinds"),
            None => finding.help(format!("plumb schema --list shows all kinds; {NOT_OURS}")),
        }
    })?;
    if found.rules().access == Access::ReadOnly {
        let message = format!("{kind} can only be read");
        let help = "remove the document; plumb looks objects of this kind up by itself";
        return Err(Finding::error(Code::READ_ONLY_KIND, message).at(at("kind")).help(help));
    }
    Ok(found)
}

fn bare(tree: &Tree, root: NodeId, registry: &Registry) -> Result<Head, Finding> {
    // No kind's request body is that large; a hostile document is not built up for nothing.
    const LARGEST: usize = 10_000;
    if tree.is_larger_than(root, LARGEST) {
        return Err(missing(tree, root, "apiVersion and kind"));
    }
    match registry.find_bare(&tree.value(root)) {
        Some((kind, body)) if kind.rules().access == Access::Managed => {
            let (tree, root) = tree::standing_for(&body, tree, root);
            Ok(Head { kind, tree: Arc::new(tree), root, given: Vec::new() })
        }
        _ => Err(missing(tree, root, "apiVersion and kind")),
    }
}

fn missing(tree: &Tree, root: NodeId, what: &str) -> Finding {
    let verb = if what.contains(" and ") { "are" } else { "is" };
    let message = format!("{what} {verb} missing, which every document needs");
    let finding = Finding::error(Code::NOT_A_DOCUMENT, message).at(tree.head(root));
    let wanted = what.split(" and ").next().unwrap_or_default();
    let keys = tree.fields(root).filter_map(|(key, _)| tree.key_text(key)).take(32);
    match nearest(wanted, keys) {
        Some(written) => finding.help(format!("write {wanted} for {}", escape(written))),
        None => finding.help(NOT_OURS),
    }
}
