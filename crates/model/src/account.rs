//! Whose a connection is: the organization that a key belongs to. A ledger belongs to one account at
//! each provider.

use crate::key::RemoteId;
use crate::text::ServerText;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An account at a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What it is told apart by; it never changes.
    pub id: String,
    /// What people call it; it may change.
    pub name: ServerText,
}

impl Account {
    /// An account as an answer tells of it; `None` where the answer has no id, or none that can be
    /// one. Its id stands for a name that it has none of.
    #[must_use]
    pub fn new(id: Option<&str>, name: Option<&str>) -> Option<Self> {
        let id = id?.parse::<RemoteId>().ok()?.as_str().to_owned();
        let name = name.filter(|name| !name.trim().is_empty()).unwrap_or(&id);
        let name = ServerText::new(name);
        Some(Self { id, name })
    }

    /// Whether two are the same account.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// `"name" (id)`, or the id alone.
impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = crate::text::escape(&self.id);
        if self.name.raw() == self.id {
            write!(formatter, "{id:?}")
        } else {
            write!(formatter, "\"{}\" ({id})", self.name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_told_by_its_id_and_called_by_its_name() {
        let account = |id, name| Account::new(id, name).map(|account| account.to_string());
        assert_eq!(account(Some("d2y5kol"), Some("acme")).unwrap(), "\"acme\" (d2y5kol)");
        assert_eq!(account(Some("d2y5kol"), None).unwrap(), "\"d2y5kol\"");
        assert_eq!(account(Some("d2y5kol"), Some(" ")).unwrap(), "\"d2y5kol\"");
        assert_eq!(account(None, Some("acme")), None);
        for odd in ["", " ", "..", "a/b", "a\u{1b}[2J"] {
            assert_eq!(account(Some(odd), Some("acme")), None, "{odd:?}");
        }
        let renamed = Account::new(Some("d2y5kol"), Some("umbrella")).unwrap();
        assert!(renamed.is(&Account::new(Some("d2y5kol"), Some("acme")).unwrap()));
    }
}
