//! Foreign text made safe to print: for terminals by the model's escapes, for CI systems by
//! breaking up what their log readers take for commands.

use plumb_model::ResourceKey;
use plumb_model::text::acts;
use std::fmt::Write as _;

/// The text with nothing in it that acts on a terminal, a line, or a CI log.
pub(crate) fn escape(text: &str) -> String {
    break_commands(&plumb_model::text::escape(text))
}

/// A resource's short address.
pub(crate) fn address(key: &ResourceKey) -> String {
    escape(&key.to_string())
}

/// Log readers act on `##[group]`, `##vso[task.setvariable …]` and their like anywhere in a line.
/// What they do at a line's beginning (`::error::`) is kept away from there by the renderers.
#[must_use]
pub fn break_commands(text: &str) -> String {
    if !text.contains("##") {
        return text.to_owned();
    }
    let mut safe = String::with_capacity(text.len());
    let mut before = None;
    for (at, character) in text.char_indices() {
        let doubled = character == '#' && before == Some('#');
        if doubled && begins_command(text.get(at.saturating_add(1)..).unwrap_or_default()) {
            safe.push_str("\\u{23}");
        } else {
            safe.push(character);
        }
        before = Some(character);
    }
    safe
}

/// JSON that does nothing where it is printed, and means the same: what acts on a terminal, and
/// what log readers take for commands, stands there as an escape of JSON.
#[must_use]
pub fn inert_json(json: &str) -> String {
    let mut inert = String::with_capacity(json.len());
    let mut before = None;
    for (at, character) in json.char_indices() {
        let rest = json.get(at.saturating_add(1)..).unwrap_or_default();
        let commands = character == '#' && before == Some('#') && begins_command(rest);
        // Line breaks are between values; in a text they are escaped already.
        if commands || acts(character) && !['\n', '\r', '\t'].contains(&character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(inert, "\\u{unit:04x}");
            }
        } else {
            inert.push(character);
        }
        before = Some(character);
    }
    inert
}

/// Whether text after two number signs is a word, or none, and a bracket.
pub(crate) fn begins_command(rest: &str) -> bool {
    rest.trim_start_matches(|character: char| character.is_ascii_alphanumeric()).starts_with('[')
}

/// A word a shell reads as it stands.
#[must_use]
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/%+=@,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_inert_and_means_the_same() {
        let value = serde_json::json!({
            "a\u{202e}##[x]": "\u{1b}[2J\n::error::\u{7f}\u{9b}\u{2066}\u{feff} ##vso[task.x]y ###[",
            "b": ["##", "## heading [1]", "\u{1f680}"],
        });
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let inert = inert_json(&text);
            assert!(
                !inert.chars().any(|character| acts(character) && character != '\n'),
                "{inert}"
            );
            assert!(!inert.contains("##[") && !inert.contains("##vso["), "{inert}");
            assert!(inert.contains("## heading [1]") && inert.contains('\u{1f680}'), "{inert}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&inert).unwrap(), value);
        }
    }

    #[test]
    fn no_log_reader_finds_a_command() {
        for (given, expected) in [
            ("a ##[group]b", "a #\\u{23}[group]b"),
            ("##vso[task.x]", "#\\u{23}vso[task.x]"),
            ("####[x]", "###\\u{23}[x]"),
            ("###[x]", "##\\u{23}[x]"),
            ("## heading [1]", "## heading [1]"),
            ("a\n::b", "a\\u{a}::b"),
        ] {
            assert_eq!(escape(given), expected, "{given}");
        }
    }
}
