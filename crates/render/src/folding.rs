//! Many names in few letters, each still named: `node-{01..40,77}` is what shells make `node-01` to `node-40` and
//! `node-77` of.

use std::collections::BTreeSet;

/// Beginnings of up to so many letters are tried wherever they end; longer ones where a part of a name does.
const SHORT: usize = 4;

/// A text, and how many names it stands for.
pub(crate) type Folded = (String, usize);

/// The names in order, folded where that is shorter.
pub(crate) fn folded<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<Folded> {
    let sorted: BTreeSet<&str> = names.into_iter().collect();
    let (plain, odd): (Vec<&str>, Vec<&str>) = sorted.into_iter().partition(|name| is_plain(name));
    let mut shown = Vec::new();
    let mut rest = plain.as_slice();
    while let Some(first) = rest.first() {
        let group = best(rest);
        let count = group.as_ref().map_or(1, |group| group.count);
        shown.push((group.map_or_else(|| (*first).to_owned(), |group| group.text), count));
        rest = rest.get(count..).unwrap_or_default();
    }
    shown.extend(odd.into_iter().map(|name| (format!("{:?}", crate::text::escape(name)), 1)));
    shown
}

/// Whether a name has nothing in it that folding uses.
fn is_plain(name: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    !name.is_empty() && name.chars().all(is_plain) && !name.contains("..")
}

/// Some names with one beginning.
struct Group {
    count: usize,
    text: String,
    /// Letters that are saved, in thousandths for each name.
    saved: usize,
}

/// What saves most for each name of those that begin as the first does.
fn best(names: &[&str]) -> Option<Group> {
    let first = names.first()?;
    let groups = ends(first).filter_map(|end| {
        let start = first.get(..end)?;
        let count = names.iter().take_while(|name| name.starts_with(start)).count();
        let same = names.get(..count).filter(|same| same.len() > 1)?;
        let parts: Vec<&str> = same.iter().filter_map(|name| name.get(end..)).collect();
        let text = format!("{start}{{{}}}", runs(&parts).join(","));
        let plain: usize = same.iter().map(|name| name.len() + SEPARATOR).sum();
        let saved = plain.checked_sub(text.len() + SEPARATOR)?.saturating_mul(1_000) / count;
        (saved >= LEAST).then_some(Group { count, text, saved })
    });
    groups.max_by_key(|group| (group.saved, group.count))
}

/// What is worth folding: a letter for each name.
const LEAST: usize = 1_000;

/// What stands between two names: a space.
const SEPARATOR: usize = 1;

/// Where the first part of a name may end.
fn ends(name: &str) -> impl Iterator<Item = usize> {
    let letters = name.as_bytes();
    (1..name.len()).filter(move |end| {
        let (before, after) = (letters.get(end - 1), letters.get(*end));
        let is_digit = |letter: Option<&u8>| letter.is_some_and(u8::is_ascii_digit);
        let is_number = !is_digit(before) && is_digit(after);
        let is_part = before.is_some_and(|letter| b"-_.".contains(letter));
        *end <= SHORT || is_number || is_part
    })
}

/// Numbers of one width that follow each other as a range, everything else as it is.
fn runs(parts: &[&str]) -> Vec<String> {
    let number = |part: &str| -> Option<u64> {
        let is_number = !part.is_empty() && part.bytes().all(|letter| letter.is_ascii_digit());
        is_number.then(|| part.parse().ok()).flatten()
    };
    let mut runs: Vec<(&str, &str)> = Vec::new();
    for part in parts {
        let follows = runs.last().is_some_and(|(_, last)| {
            let next = number(last).and_then(|last| last.checked_add(1));
            last.len() == part.len() && next.is_some() && next == number(part)
        });
        match runs.last_mut() {
            Some((_, last)) if follows => *last = part,
            _ => runs.push((part, part)),
        }
    }
    let shown = |(first, last): (&str, &str)| match () {
        () if first == last => vec![first.to_owned()],
        () if number(first).and_then(|it| it.checked_add(1)) == number(last) => {
            vec![first.to_owned(), last.to_owned()]
        }
        () => vec![format!("{first}..{last}")],
    };
    runs.into_iter().flat_map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a shell makes of it.
    fn unfolded(text: &str) -> Vec<String> {
        let Some((start, rest)) = text.split_once('{') else { return vec![text.to_owned()] };
        let parts = rest.strip_suffix('}').unwrap().split(',').flat_map(|part| {
            let Some((first, last)) = part.split_once("..") else { return vec![part.to_owned()] };
            let width = first.len();
            let (first, last): (u64, u64) = (first.parse().unwrap(), last.parse().unwrap());
            (first..=last).map(|number| format!("{number:0width$}")).collect()
        });
        parts.map(|part| format!("{start}{part}")).collect()
    }

    #[test]
    fn ranges_and_beginnings_are_folded() {
        for (names, shown) in [
            (vec!["b", "a"], vec!["a", "b"]),
            (vec!["node-1", "node-2", "node-3", "node-7"], vec!["node-{1..3,7}"]),
            (vec!["node-01", "node-02", "node-2"], vec!["node-{01,02,2}"]),
            (vec!["node-9", "node-10", "node-11", "node-12"], vec!["node-{10..12,9}"]),
            (vec!["train-a", "train-bb"], vec!["train-{a,bb}"]),
            (vec!["x y", "a{1}", "a..b"], vec!["\"a..b\"", "\"a{1}\"", "\"x y\""]),
            (vec!["gpu8", "gpu9", "gpu"], vec!["gpu", "gpu8", "gpu9"]),
        ] {
            let found: Vec<String> = folded(names).into_iter().map(|(text, _)| text).collect();
            assert_eq!(found, shown);
        }
    }

    #[test]
    fn each_is_still_named() {
        let mut state = 7_u64;
        let mut letter = |of: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % of
        };
        let name = |at: u64| {
            let letters =
                (0..=letter(8)).map(|_| char::from(b'a' + u8::try_from(letter(26)).unwrap()));
            let letters: String = letters.collect();
            if letter(2) == 0 { format!("{letters}-{at}") } else { letters }
        };
        let names: BTreeSet<String> = (0..2_000).map(name).collect();
        let shown = folded(names.iter().map(String::as_str));
        let again: Vec<String> = shown
            .iter()
            .flat_map(|(text, count)| {
                let names = unfolded(text);
                assert_eq!(names.len(), *count, "{text}");
                names
            })
            .collect();
        assert_eq!(again.len(), names.len());
        assert_eq!(again.into_iter().collect::<BTreeSet<_>>(), names);
    }
}
