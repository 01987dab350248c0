//! Names by their words, however they are written: `gpu_count` is `GPU Count`.

use std::collections::BTreeSet;

/// The words of a name, in small letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words(BTreeSet<String>);

impl Words {
    /// Those of a variable, or of a dimension.
    pub(crate) fn of(name: &str) -> Self {
        let parts = name.split(|letter: char| !letter.is_alphanumeric());
        Self(parts.filter(|part| !part.is_empty()).map(str::to_lowercase).collect())
    }

    /// Whether all words of another name are among them.
    pub(crate) fn have_all(&self, other: &Self) -> bool {
        self.0.is_superset(&other.0)
    }
}
