//! Texts as they are read, and what findings call the files they are from.

use plumb_model::text::escape;
use plumb_model::{Code, Finding};
use std::path::Path;
use std::sync::Arc;

/// A text to be read as manifests.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// Its name in findings.
    pub(crate) file: Arc<str>,
    /// The text, without a byte order mark.
    pub(crate) text: Arc<str>,
}

/// The text without a byte order mark.
pub(crate) fn bare(text: &str) -> Arc<str> {
    text.strip_prefix('\u{feff}').unwrap_or(text).into()
}

/// A path as findings name it.
pub(crate) fn shown(path: &Path) -> String {
    let text = escape(&path.to_string_lossy());
    text.strip_prefix("./").map_or_else(|| text.clone(), str::to_owned)
}

/// What is said of a file that cannot be read.
pub(crate) fn unreadable(path: &Path, why: &str) -> Finding {
    Finding::error(Code::UNREADABLE_FILE, format!("cannot read {}: {why}", shown(path)))
}
