//! Every deletion by name, in few letters: what stands in a comment that is too short for all that a plan says.

use crate::folding::folded;
use crate::overview::{Change, Touched};
use crate::text::escape;
use crate::words;
use std::collections::BTreeMap;

/// Columns of the list before it goes on in the next line.
const WIDTH: usize = 110;

/// What stands around the list, and the sentence about what is not named.
const FRAME: usize = 500;

/// What to do where names are left out.
const WHOLE: &str = "`plumb plan --format json` has all of them";

/// A folded section with the name of everything that is deleted or replaced, in so many characters. What
/// does not fit is counted. Nothing where nothing is deleted.
pub(crate) fn named(touched: &[Touched<'_>], room: usize) -> Option<String> {
    let mut groups: BTreeMap<(bool, &str, String), Vec<&str>> = BTreeMap::new();
    for one in touched.iter().filter(|one| one.change.removes()) {
        let scope = one.key.scope.segments().join("/");
        let group = (one.change == Change::Delete, one.key.kind.kind.as_str(), scope);
        groups.entry(group).or_default().push(&one.key.name);
    }
    let count: usize = groups.values().map(Vec::len).sum();
    if count == 0 {
        return None;
    }
    let (mut left, mut list, mut unnamed) = (room.saturating_sub(FRAME), String::new(), 0_usize);
    for ((is_deleted, kind, scope), names) in groups {
        let (lines, omitted) = lines((is_deleted, kind, &scope), &names, left);
        left = left.saturating_sub(lines.chars().count());
        list.push_str(&lines);
        unnamed = unnamed.saturating_add(omitted);
    }
    let fence = crate::page::fence(&[vec![list.clone()]]);
    let mut text = format!(
        "\n<details open><summary>Every deletion by name ({count})</summary>\n\n{fence}text\n{list}{fence}\n\n\
         `a-{{1..3,7}}` stands for a-1, a-2, a-3 and a-7.\n\n</details>\n"
    );
    if unnamed > 0 {
        let more = words::counted(unnamed, "deletion is", "deletions are");
        words::append(&mut text, format_args!("\n{more} not named here: {WHOLE}.\n"));
    }
    Some(text)
}

/// What is deleted of one kind in one scope, in so many characters, and of how many things the name is
/// left out.
fn lines(
    (is_deleted, kind, scope): (bool, &str, &str),
    names: &[&str],
    room: usize,
) -> (String, usize) {
    let what = if is_deleted { "delete" } else { "replace" };
    let place = if scope.is_empty() { String::new() } else { format!(" in {}", escape(scope)) };
    let mut lines = format!("{what} {} {}{place}:\n ", names.len(), escape(kind));
    let (mut column, mut written, mut omitted) = (1, lines.chars().count(), 0_usize);
    for (name, count) in folded(names.iter().copied()) {
        let length = name.chars().count().saturating_add(1);
        // A break with its two spaces, and the end of the last line.
        if length.saturating_add(written).saturating_add(3) > room {
            omitted = omitted.saturating_add(count);
            continue;
        }
        if column > 1 && length.saturating_add(column) > WIDTH {
            lines.push_str("\n ");
            column = 1;
            written = written.saturating_add(2);
        }
        lines.push(' ');
        lines.push_str(&name);
        column = column.saturating_add(length);
        written = written.saturating_add(length);
    }
    lines.push('\n');
    (lines, omitted)
}
