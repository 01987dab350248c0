//! How blocks and notes say things. Text from servers and manifests is escaped and cut short.

use plumb_model::compare::Difference;
use plumb_model::plan::Shown;
use plumb_model::text::escape;
use plumb_model::{ResourceKey, Scope};

/// A field and how it would change: `spec.size (10 → 20)`.
pub(crate) fn difference(difference: &Difference) -> String {
    let Difference { path, before, after, facets: _ } = difference;
    format!("{} ({} → {})", escape(&path.to_string()), value(before), value(after))
}

fn value(shown: &Shown) -> String {
    match shown {
        Shown::Absent => "nothing".to_owned(),
        Shown::Plain(value) => short(&value.to_string()),
        Shown::Secret => "(secret)".to_owned(),
        Shown::SecretLineEnds => "(secret, only the line ends differ)".to_owned(),
        Shown::KnownAfterApply => "known after apply".to_owned(),
        Shown::Default(value) => format!("the default {}", short(&value.to_string())),
    }
}

fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut kept: String = text.chars().take(LONGEST).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    escape(&kept)
}

/// At most three of some texts, and how many more there are.
pub(crate) fn few<T: ToString>(all: impl IntoIterator<Item = T>) -> String {
    some(all, 3)
}

/// At most so many of some texts, and how many more there are.
pub(crate) fn some<T: ToString>(all: impl IntoIterator<Item = T>, most: usize) -> String {
    let texts: Vec<String> = all.into_iter().map(|item| item.to_string()).collect();
    let more = texts.len().saturating_sub(most);
    let named = texts.into_iter().take(most).collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}

/// A count with its noun, which takes an s: `1 resource`, `2 resources`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

pub(crate) fn months(number: u32) -> String {
    if number == 1 { "1 month".to_owned() } else { format!("{number} months") }
}

/// The day of a point in time as it is written (`2026-01-31T…`).
pub(crate) fn day(at: &impl ToString) -> String {
    at.to_string().chars().take_while(|character| *character != 'T').collect()
}

pub(crate) fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Global => "the organization".to_owned(),
        Scope::Project(project) => format!("project {}", escape(project)),
        Scope::Workspace { project, workspace } => {
            format!("workspace {}/{}", escape(project), escape(workspace))
        }
    }
}

/// The commands that settle a create whose outcome is not known.
pub(crate) fn resolve(key: &ResourceKey) -> String {
    format!(
        "run again to look again; when it is there, `plumb resolve {key} --adopt ID`; when it was \
         surely never made, `plumb resolve {key} --not-created`"
    )
}
