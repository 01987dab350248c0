//! Policies of a stack: rules in the Common Expression Language about its planned world. What an expression means
//! is not here.

use crate::prices::Fit;
use serde::Serialize;
use std::fmt;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CelPolicy {
    /// What it is called.
    pub name: String,
    /// Where it stands: `plumb.yaml:12`. It asks for the same wherever that is.
    #[serde(skip)]
    pub place: String,
    /// Which things it is about; all when it names no kind.
    pub about: Option<Fit>,
    /// The expression, which says true where the rule is kept.
    pub cel: String,
    /// What to tell whoever does not keep it.
    pub message: Option<String>,
}

impl fmt::Display for CelPolicy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", crate::text::escape(&self.name), self.place)
    }
}
