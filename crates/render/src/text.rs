//! Foreign text made safe to print: for terminals by the model's escapes, for CI systems by
//! breaking up what their log readers take for commands.

use plumb_model::ResourceKey;

/// The text with nothing in it that acts on a terminal, a line, or a CI log.
pub(crate) fn escape(text: &str) -> String {
    break_commands(plumb_model::text::escape(text))
}

/// A resource's short address.
pub(crate) fn address(key: &ResourceKey) -> String {
    escape(&key.to_string())
}

/// Log readers act on `##[group]`, `##vso[task.setvariable …]` and their like anywhere in a line.
/// What they do at a line's beginning (`::error::`) is kept away from there by the renderers.
fn break_commands(text: String) -> String {
    if !text.contains("##") {
        return text;
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

/// Whether text after two number signs is a word, or none, and a bracket.
fn begins_command(rest: &str) -> bool {
    rest.trim_start_matches(|character: char| character.is_ascii_alphanumeric()).starts_with('[')
}

#[cfg(test)]
mod tests {
    use super::*;

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
