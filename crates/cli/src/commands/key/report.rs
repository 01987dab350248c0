//! What `plumb key` prints: nothing of it is secret.

use super::super::prelude::{JsonSchema, Output, Part, Report, Serialize, Tables};
use plumb_model::ending;
use plumb_render::sheet::Sheet;

/// A key that was made.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Created {
    /// Its id, where the cloud told it.
    pub(super) id: Option<String>,
    /// Its name.
    pub(super) name: String,
    /// Whose it is, by username.
    pub(super) user: String,
    /// When it ends, by RFC 3339; null where it never does, or the cloud does not say.
    pub(super) ends: Option<String>,
    /// Where what is secret of it was put.
    pub(super) into: String,
}

/// A key that is no more.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Deleted {
    /// Its id.
    pub(super) id: String,
    /// Whose it was, by username.
    pub(super) user: String,
}

/// The keys of a user.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Listed {
    /// Whose they are, by username.
    pub(super) user: String,
    /// The keys.
    pub(super) keys: Vec<Shown>,
}

/// One key.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Shown {
    /// Its id.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
    /// The part of it that is no secret.
    pub(super) key: String,
    /// When it ends, by RFC 3339; null where it never does, or the cloud does not say.
    pub(super) ends: Option<String>,
}

/// When a key ends, for people.
fn until(ends: Option<&str>) -> String {
    let end = ends.and_then(|end| end.parse().ok());
    end.map_or_else(|| "never, or not said".to_owned(), ending::moment)
}

impl Report for Created {
    fn human(&self, _output: &Output) -> String {
        let Self { id, name, user, ends, into } = self;
        let id = id.as_deref().map(|id| format!(" ({id})")).unwrap_or_default();
        let until = until(ends.as_deref());
        format!("The key {name}{id} of {user} was given to {into}.\nIt ends: {until}.\n")
    }
}

impl Report for Deleted {
    fn human(&self, _output: &Output) -> String {
        let Self { id, user } = self;
        format!("The key {id} of {user} is deleted.")
    }
}

impl Tables for Listed {
    fn parts(&self) -> Vec<Part> {
        let row = |key: &Shown| {
            let Shown { id, name, key, ends } = key;
            vec![id.clone(), name.clone(), key.clone(), until(ends.as_deref())]
        };
        let columns = ["id", "name", "key", "ends"].map(str::to_owned).to_vec();
        let title = format!("Keys of {}", self.user);
        let rows = self.keys.iter().map(row).collect();
        vec![Part::Table(Sheet { title, columns, rows, total: None })]
    }
}
