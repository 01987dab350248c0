//! Characters that make a file read differently from how it looks in a review.

use plumb_model::text::acts;

/// Offsets of the characters that may only stand in quotes, at most this many.
const MOST: usize = 100;

/// Where control, bidirectional and invisible characters stand, in order. Tabs and line ends are
/// no such characters, nor are the joiners that some scripts and emoji need.
pub(crate) fn suspicious(text: &str) -> Vec<(usize, char)> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return Vec::new();
    }
    let bytes = text.as_bytes();
    let found = text.char_indices().filter(|(at, character)| match character {
        '\n' | '\t' | ' '..='~' | '\u{200c}' | '\u{200d}' => false,
        // A carriage return of its own would show the rest of the line over its beginning.
        '\r' => bytes.get(at + 1) != Some(&b'\n'),
        '\u{61c}' => true,
        // Looks like a space, and is none: where a space has a meaning, the file reads differently.
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            is_where_spaces_count(text, *at)
        }
        character => acts(*character),
    });
    found.take(MOST).collect()
}

/// Whether a character stands in the indentation of its line, behind the dash of an element, or
/// behind the colon of a key.
fn is_where_spaces_count(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let blank = |character: char| character.is_whitespace() || character == '-';
    line.chars().all(blank) || line.trim_end_matches(char::is_whitespace).ends_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_characters_that_act_are_found() {
        assert!(suspicious("a: b\r\n\tc: \u{e9}\u{1f469}\u{200d}\u{1f4bb}\n").is_empty());
        for character in ['\u{202e}', '\u{61c}', '\u{2066}', '\u{7f}', '\u{1b}', '\u{85}', '\u{0}']
        {
            let text = format!("a: {character}b");
            assert_eq!(suspicious(&text), [(3, character)]);
        }
        assert_eq!(suspicious("a\rb").len(), 1);
        for text in ["\u{a0} a: b", "a:\u{a0}b", "- \u{3000}a: b", "a: \u{2007}b"] {
            assert_eq!(suspicious(text).len(), 1, "{text:?}");
        }
        assert!(suspicious("a: b\u{a0}c \u{202f}!").is_empty(), "inside of text it is text");
    }
}
