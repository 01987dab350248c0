//! The mark of a stack: its name, and after a dot its id, where it has one; on what is written a second
//! dot, and the number of the run that wrote it. Names have no dots.
//!
//! The id is what tells two stacks of one name apart. It lives in Git, beside the name, so that
//! losing a ledger loses neither. A mark without an id is of the time before the stack had one, or of
//! a stack that has none: it is any stack's of that name. The number shows that a ledger is older than
//! what it wrote.

use crate::digest::Digest;
use crate::key::ResourceKey;

/// The mark of a stack.
#[must_use]
pub fn of(name: &str, id: Option<&str>) -> String {
    match id {
        Some(id) => format!("{name}.{id}"),
        None => name.to_owned(),
    }
}

/// The mark that a run of this number puts on what it writes. Only a stack with an id says which run.
#[must_use]
pub fn written(stack: &str, run: u64) -> String {
    if stack == name(stack) { stack.to_owned() } else { format!("{stack}.{run}") }
}

/// The stack's name in a mark.
#[must_use]
pub fn name(mark: &str) -> &str {
    mark.split_once('.').map_or(mark, |(name, _)| name)
}

/// A mark without the number of a run.
#[must_use]
pub fn base(mark: &str) -> &str {
    match mark.match_indices('.').nth(1) {
        Some((second, _)) => mark.get(..second).unwrap_or(mark),
        None => mark,
    }
}

/// The number of the run that wrote a mark, where it says so.
#[must_use]
pub fn run(mark: &str) -> Option<u64> {
    mark.get(base(mark).len()..)?.strip_prefix('.')?.parse().ok()
}

/// Whether something that carries `carried` is of the stack whose mark is `ours`.
#[must_use]
pub fn is_of(carried: &str, ours: &str) -> bool {
    base(carried) == ours || carried == name(ours)
}

/// The uid of a create: the same for the same stack and address, so that it survives the loss of
/// the journal (docs/rules.md §2).
#[must_use]
pub fn uid(stack: &str, key: &ResourceKey) -> String {
    Digest::of_bytes(format!("{stack}\n{}", key.canonical()).as_bytes()).to_string()
}

/// The uids that a resource of a stack may carry, the present one first: under a mark without an id
/// it is another.
pub fn uids(ours: &str, key: &ResourceKey) -> impl Iterator<Item = String> {
    let bare = Some(name(ours)).filter(|name| *name != ours);
    let marks = [Some(ours), bare].into_iter().flatten();
    marks.map(|mark| uid(mark, key)).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_with_different_ids_are_two_stacks() {
        let (bare, first, second) =
            (of("fleet", None), of("fleet", Some("k3v9x2m4")), of("fleet", Some("a0b1c2d3")));
        assert_eq!((&*first, name(&first), name(&bare)), ("fleet.k3v9x2m4", "fleet", "fleet"));
        let by_run = written(&first, 17);
        for (carried, ours, is_ours) in [
            (&bare, &bare, true),
            (&first, &first, true),
            (&by_run, &first, true),
            // From before it had an id.
            (&bare, &first, true),
            (&first, &second, false),
            (&by_run, &second, false),
            // Whoever lost the id cannot prove that it was theirs.
            (&first, &bare, false),
            (&by_run, &bare, false),
        ] {
            assert_eq!(is_of(carried, ours), is_ours, "{carried} {ours}");
        }
        assert!(!is_of("fleet-2", &first) && !is_of("fleet.", &first) && !is_of("", &first));
    }

    #[test]
    fn a_mark_says_which_run_wrote_it() {
        assert_eq!(written("fleet.k3v9x2m4", 17), "fleet.k3v9x2m4.17");
        assert_eq!(written("fleet", 17), "fleet");
        for (mark, stack, number) in [
            ("fleet.k3v9x2m4.17", "fleet.k3v9x2m4", Some(17)),
            ("fleet.k3v9x2m4", "fleet.k3v9x2m4", None),
            ("fleet", "fleet", None),
            ("fleet.k3v9x2m4.", "fleet.k3v9x2m4", None),
            ("fleet.k3v9x2m4.1.2", "fleet.k3v9x2m4", None),
            ("..", ".", None),
            ("", "", None),
        ] {
            assert_eq!((base(mark), run(mark)), (stack, number), "{mark}");
        }
    }
}
