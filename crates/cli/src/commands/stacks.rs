//! `plumb stacks`: where the stacks of a repository are, which of them changed, and whose turn each
//! is when several machines share them. What is asked of Git is in `stacks::repository`.

mod repository;

use super::prelude::{
    Args, Context, Ended, Exit, JsonSchema, Output, Problem, Report, Serialize, ValueEnum,
};
use crate::environment::Environment;
use crate::report;
use plumb_model::digest::Digest;
use plumb_model::text::escape;
use plumb_model::{Code, Finding};
use plumb_render::table;
use repository::{Changes, Repository};
use std::path::{Path, PathBuf};

/// Find the stacks of a repository: every plumb.yaml below the current folder.
///
/// Folders that Git ignores, and those whose names begin with a dot, are not looked into.
#[derive(Debug, Args)]
pub(crate) struct Stacks {
    /// Folders to look in [default: the current folder].
    #[arg(value_name = "FOLDERS")]
    folders: Vec<PathBuf>,
    /// Only those with a file that was committed, changed or removed since this Git revision.
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,
    /// Only one part of them: `2/5` is the second of five. `auto/5` is the part of this pod of a
    /// Kubernetes Indexed Job (`JOB_COMPLETION_INDEX`), `auto` that of this job of GitLab's
    /// `parallel` (`CI_NODE_INDEX`, `CI_NODE_TOTAL`).
    #[arg(long, value_name = "I/N", value_parser = Shard::read)]
    shard: Option<Shard>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    format: Format,
}

/// The forms of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Human,
    /// For programs.
    Json,
    /// Folders, one a line: for a loop of the shell.
    Folders,
}

/// The stacks that were found, by their folders.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Found {
    /// The stacks.
    stacks: Vec<Entry>,
}

/// One stack.
#[derive(Debug, Serialize, JsonSchema)]
struct Entry {
    /// Its folder, below the current one, with slashes; `.` is the current one.
    folder: String,
    /// Its name.
    name: String,
    /// Its id, where it has one.
    id: Option<String>,
    /// How many files of it changed since the revision; null when no revision was named.
    changed: Option<usize>,
}

/// Which part of the stacks is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shard {
    /// This one of so many; counts from 1.
    Of(u64, u64),
    /// The one that Kubernetes says, of so many.
    OfPod(u64),
    /// The one that GitLab says.
    OfJob,
}

impl Stacks {
    pub(super) fn run(&self, context: &Context) -> Result<Ended, Problem> {
        let Context { environment, output, .. } = context;
        let part = self.shard.map(|shard| shard.part(environment)).transpose()?;
        let repository = Repository { environment };
        let changes = self.changed_since.as_deref().map(|since| repository.changes(since));
        let changes = changes.transpose()?;
        let mut stacks = Vec::new();
        for folder in repository.folders_with_stacks(&self.folders)? {
            let entry = Entry::of(&folder, changes.as_ref(), (&repository, output))?;
            let mine = part.is_none_or(|(part, of)| part_of(&entry.folder, of) == part);
            if mine && entry.changed != Some(0) {
                stacks.push(entry);
            }
        }
        if let Some(changes) = &changes {
            say_what_is_gone(changes, output);
        }
        let found = Found { stacks };
        output.data(&match self.format {
            Format::Human => found.human(output),
            Format::Json => report::json(&found),
            Format::Folders => found.folders(),
        });
        Ok(Exit::Done.into())
    }
}

/// What a stack made stays when its files go: nothing finds it here any more.
fn say_what_is_gone(changes: &Changes, output: &Output) {
    for folder in changes.removed_stacks() {
        output.message(&format!(
            "note: the stack in {} is gone; what it made is left alone. To delete that, run \
             `plumb destroy` on its files of before",
            escape(&folder.display().to_string())
        ));
    }
}

impl Found {
    /// Each on a line.
    fn folders(&self) -> String {
        let folders: Vec<&str> = self.stacks.iter().map(|it| it.folder.as_str()).collect();
        folders.join("\n")
    }
}

impl Entry {
    fn of(
        folder: &Path,
        since: Option<&Changes>,
        (repository, output): (&Repository<'_>, &Output),
    ) -> Result<Self, Problem> {
        let stack = plumb_manifest::stack_of(folder);
        let count = |changes: &Changes| -> Result<usize, Problem> {
            let outside = repository.read_outside(folder)?;
            let Some(file) = outside.first() else { return Ok(changes.below(folder)) };
            output.message(&format!(
                "note: {} reads files outside of its stack; any change counts as one of it",
                escape(&file.display().to_string())
            ));
            Ok(changes.count())
        };
        let changed = since.map(count).transpose()?;
        let (name, id) = (stack.name, stack.id);
        Ok(Self { folder: text(folder)?, name, id, changed })
    }
}

/// A folder as a list can hold it.
fn text(folder: &Path) -> Result<String, Problem> {
    match folder.to_str() {
        Some("") => Ok(".".to_owned()),
        Some(text) if !text.contains(char::is_control) => Ok(text.to_owned()),
        _ => {
            let message =
                format!("the name of {} is no text", escape(&folder.display().to_string()));
            let help = "give the folder a name without control characters";
            Err(Finding::error(Code::UNREADABLE_FILE, message).help(help).into())
        }
    }
}

impl Report for Found {
    fn human(&self, output: &Output) -> String {
        if self.stacks.is_empty() {
            return "No stacks.".to_owned();
        }
        let row = |entry: &Entry| {
            let id = entry.id.clone().unwrap_or_else(|| "-".to_owned());
            let changed = entry.changed.map_or_else(|| "-".to_owned(), |count| count.to_string());
            vec![entry.folder.clone(), entry.name.clone(), id, changed]
        };
        let rows: Vec<Vec<String>> = self.stacks.iter().map(row).collect();
        table::lay_out(&["FOLDER", "NAME", "ID", "FILES CHANGED"], &rows, output.style())
    }
}

impl Shard {
    fn read(text: &str) -> Result<Self, String> {
        let refused = || format!("{text:?} is no part; write 2/5, auto/5 or auto");
        let number = |digits: &str| digits.parse().ok().filter(|number: &u64| *number > 0);
        let (part, of) = match text.split_once('/') {
            None if text == "auto" => return Ok(Self::OfJob),
            None => return Err(refused()),
            Some((part, of)) => (part, number(of).ok_or_else(refused)?),
        };
        match number(part) {
            _ if part == "auto" => Ok(Self::OfPod(of)),
            Some(part) if part <= of => Ok(Self::Of(part, of)),
            _ => Err(refused()),
        }
    }

    /// Which part of how many; counts from 1.
    fn part(self, environment: &Environment) -> Result<(u64, u64), Problem> {
        let number = |name: &str| {
            let set = environment.variable(name);
            let number = set.as_ref().and_then(|text| text.parse::<u64>().ok());
            number.ok_or_else(|| unknown_part(name, set.as_deref().unwrap_or("not set")))
        };
        let (name, part, of) = match self {
            Self::Of(part, of) => return Ok((part, of)),
            Self::OfPod(of) => {
                let name = "JOB_COMPLETION_INDEX";
                (name, number(name)?.saturating_add(1), of)
            }
            Self::OfJob => ("CI_NODE_INDEX", number("CI_NODE_INDEX")?, number("CI_NODE_TOTAL")?),
        };
        // Whose index is too high would do nothing, and whose total is too low leave some out.
        if (1..=of).contains(&part) { Ok((part, of)) } else { Err(unknown_part(name, "too high")) }
    }
}

fn unknown_part(name: &str, is: &str) -> Problem {
    let message = format!("--shard says auto, and {name} is {}", escape(is));
    let help = "say --shard I/N outside of Kubernetes' Indexed Jobs and GitLab's parallel jobs";
    Finding::error(Code::INVALID_VALUE, message).help(help).into()
}

/// The part a folder belongs to, from 1: by its name alone, so that a new stack moves no other.
fn part_of(folder: &str, of: u64) -> u64 {
    let digest = Digest::of_bytes(folder.as_bytes());
    let number = u64::from_str_radix(&digest.beginning(15), 16);
    number.unwrap_or_default() % of + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn parts_are_read_and_refused() {
        for (text, expected) in [
            ("1/1", Some(Shard::Of(1, 1))),
            ("2/5", Some(Shard::Of(2, 5))),
            ("auto/5", Some(Shard::OfPod(5))),
            ("auto", Some(Shard::OfJob)),
            ("0/5", None),
            ("6/5", None),
            ("1/0", None),
            ("auto/0", None),
            ("5", None),
            ("-1/5", None),
            ("", None),
        ] {
            assert_eq!(Shard::read(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn each_folder_has_one_part_and_every_part_some() {
        let folders: Vec<String> = (0..100).map(|index| format!("stacks/{index}")).collect();
        let parts: BTreeSet<u64> = folders.iter().map(|folder| part_of(folder, 5)).collect();
        assert_eq!(parts, BTreeSet::from([1, 2, 3, 4, 5]));
        assert!(folders.iter().all(|folder| part_of(folder, 1) == 1));
    }
}
