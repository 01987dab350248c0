//! Fields that the settings name, and lists of settings with the places where their items stand.

use super::named_kinds::setting;
use crate::tree::{NodeId, Tree};
use plumb_model::text::escape;
use plumb_model::{FieldPath, Fit, Span};
use std::collections::BTreeMap;

/// The path of a field that a setting names.
pub(super) fn field(setting: &str, text: &str) -> Result<FieldPath, String> {
    let path = text.parse::<FieldPath>();
    path.map_err(|error| format!("{setting} names the field {:?}: {error}", escape(text)))
}

/// The same for what is said of each of some fields.
pub(super) fn fields<V, W>(
    setting: &str,
    written: &BTreeMap<String, V>,
    value: impl Fn(&V) -> W,
) -> Result<BTreeMap<FieldPath, W>, String> {
    written.iter().map(|(name, said)| Ok((field(setting, name)?, value(said)))).collect()
}

/// Some things, by what they are.
pub(super) fn fit(
    setting: &str,
    kind: &str,
    having: &BTreeMap<String, String>,
) -> Result<Fit, String> {
    Ok(Fit { kind: kind.to_owned(), having: fields(setting, having, String::clone)? })
}

/// Where the items of a list of settings stand.
pub(super) fn places<'t>(
    tree: &'t Tree,
    root: NodeId,
    name: &str,
) -> impl Iterator<Item = Span> + use<'t> {
    let list = setting(tree, root, name).map(|list| tree.elements(list));
    let known = list.unwrap_or_default().iter().map(|node| tree.head(*node));
    known.chain(std::iter::repeat_with(move || tree.head(root)))
}
