//! Keeping a ledger on the local disk out of Git: which `.gitignore` its folder gets, if any.

use crate::folder::{self, Folder};
use std::io;

/// Where Git looks.
const NAME: &str = ".gitignore";

/// A folder with nothing in it but what is plumb's: all of it.
const EVERYTHING: &str = "*\n";

/// A folder with other files in it: what a ledger consists of, however many there are.
const LEDGER: &str = "\
# The ledger of plumb. Its key must not be read by others.
/.gitignore
/holder.json
/holder.new
/journal-*
/key
/key.new
/lock
/reserve
/reserve.new
/snapshot-*
";

/// What plumb puts beside a ledger: the simulated clouds' own data.
const OURS: &[&str] = &["sandbox"];

/// Sees to it that a ledger which begins in a folder is not committed. A file that is there, and
/// the choice of whoever took it away since, stay as they are.
///
/// # Errors
/// What the disk says.
pub(crate) fn ensure(folder: &dyn Folder) -> io::Result<()> {
    let names = folder.list()?;
    let has_begun = |name: &String| name.starts_with("journal-") || name.starts_with("snapshot-");
    if names.iter().any(|name| name == NAME || has_begun(name)) {
        return Ok(());
    }
    let only_ours = names.iter().all(|name| OURS.contains(&name.as_str()));
    let text = if only_ours { EVERYTHING } else { LEDGER };
    match folder::replace(folder, NAME, text.as_bytes()) {
        // Nobody has the lock yet: another run that begins just now was quicker.
        Err(_) if folder.list()?.iter().any(|name| name == NAME) => Ok(()),
        done => done,
    }
}
