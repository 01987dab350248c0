//! Exported documents as files: one for each, with a line for editors, and none written over.

use super::names::Exported;
use crate::commands::{init, schema};
use crate::output::Output;
use crate::problem::Problem;
use crate::yaml;
use plumb_manifest::Stack;
use plumb_model::text::escape;
use plumb_model::{Code, Finding, LiveObject};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Where the schema is, below the folder. What begins with a dot is not read as a manifest.
const SCHEMA: &str = ".schemas/plumb.schema.json";

/// What becomes of files that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum There {
    /// They stay, and nothing is written.
    Kept,
    /// They are written over.
    Replaced,
}

/// Writes documents into a folder, and settings where there are none.
///
/// # Errors
/// When a file is there and may not be written over; nothing is written then.
pub(super) fn write(
    folder: &Path,
    stack: &Stack,
    (manifests, there): (&[Exported<'_>], There),
    output: &Output,
) -> Result<(), Problem> {
    let mut taken = BTreeSet::new();
    let files: Vec<(PathBuf, &Value)> = manifests
        .iter()
        .map(|exported| (path_of(folder, exported.object, &mut taken), &exported.document))
        .collect();
    // A link is never written through, wherever it leads.
    let is_kept = |path: &&PathBuf| {
        let kept = |found: std::fs::Metadata| there == There::Kept || found.is_symlink();
        path.symlink_metadata().is_ok_and(kept)
    };
    let in_the_way: Vec<&PathBuf> = files.iter().map(|(path, _)| path).filter(is_kept).collect();
    if let [first, ..] = in_the_way.as_slice() {
        let count = in_the_way.len();
        let first = escape(&first.display().to_string());
        let message = format!("{count} of the files are there already, the first {first}");
        let help = "name another folder, or say --force to write over them; nothing was written";
        return Err(Finding::error(Code::UNREADABLE_FILE, message).help(help).into());
    }
    for (path, document) in &files {
        write_file(path, &format!("{}{}", head("../"), yaml::text(document)))?;
    }
    let settings = folder.join("plumb.yaml");
    if !settings.exists() {
        let document = init::document(&stack.name, stack.id.as_deref());
        write_file(&settings, &format!("{}{}", head(""), yaml::text(&document)))?;
    }
    write_file(&folder.join(SCHEMA), &schema::of_everything()?)?;
    output.message(&format!("Wrote {} manifests into {}.", files.len(), folder.display()));
    Ok(())
}

/// The line by which editors find the schema.
fn head(up: &str) -> String {
    format!("# yaml-language-server: $schema={up}{SCHEMA}\n")
}

/// `kind/project.workspace.name.yaml`, made safe for every file system: two names that differ in case
/// alone get two files, also where case means nothing. Scopes are names without dots.
fn path_of(folder: &Path, object: &LiveObject, taken: &mut BTreeSet<PathBuf>) -> PathBuf {
    let segments = object.key.scope.segments();
    let names: Vec<String> =
        segments.into_iter().chain([object.key.name.as_str()]).map(safe).collect();
    let folder = folder.join(object.key.kind.kind.to_lowercase());
    let name = names.join(".");
    let fold = |name: &str| folder.join(name.to_lowercase());
    let numbered = (2_u32..).map(|number| format!("{name}~{number}"));
    let free =
        std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(&fold(name)));
    let free = free.unwrap_or(name);
    taken.insert(fold(&free));
    folder.join(format!("{free}.yaml"))
}

fn safe(name: &str) -> String {
    let mut text = String::new();
    for (position, character) in name.chars().enumerate() {
        let dot = character == '.' && position > 0;
        if dot || character.is_ascii_alphanumeric() || "-_@".contains(character) {
            text.push(character);
        } else {
            let _infallible = write!(text, "%{:x}", u32::from(character));
        }
    }
    text
}

fn write_file(path: &Path, text: &str) -> Result<(), Problem> {
    let written = match path.parent() {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    };
    let written = written.and_then(|()| std::fs::write(path, text));
    written.map_err(|error| Problem::file(path, error))
}
