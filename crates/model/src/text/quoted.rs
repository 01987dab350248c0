//! Where a text repeats a secret, in whatever way servers write what they were sent: as it is, in
//! capitals, escaped for JSON, Rust, HTML or a URL, in hexadecimal digits, in base64.

use std::fmt::Write as _;

/// What stands in the place of a secret wherever text is shown or stored.
pub const SECRET_PLACEHOLDER: &str = "(secret)";

/// So many characters of a secret tell it; a shorter one is looked for as it is and in no other way.
const TELLING: usize = 4;
/// The most characters of a server's text that are kept, and of a secret that are looked for in it.
const LONGEST: usize = 2_000;
/// The shortest piece of an encoded secret that tells it.
const TELLING_CODE: usize = 8;

/// The text with a placeholder wherever it repeats the secret. One of which only the beginning is
/// left at the text's end is cut off.
pub(super) fn masked(text: &str, secret: &str) -> String {
    let text = text.replace(secret, SECRET_PLACEHOLDER);
    if secret.chars().nth(TELLING - 1).is_none() {
        return text;
    }
    let beginning = beginning(secret);
    let mut codes = codes(beginning.as_bytes());
    codes.retain(|code| code.begins_in(&text));
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let in_code = || codes.iter().find_map(|code| code.length(rest));
        let length = if let Some(length) = spelled(rest, beginning) {
            length
        } else if let Some(length) = in_code() {
            // What stands before it in the same code may be another part of it.
            while shown.ends_with(is_code) {
                shown.pop();
            }
            length
        } else {
            shown.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        };
        shown.push_str(SECRET_PLACEHOLDER);
        rest = rest.get(length..).unwrap_or_default();
    }
    shown
}

/// As much of a text as is looked at.
pub(super) fn beginning(text: &str) -> &str {
    let rest = if text.len() > LONGEST { text.char_indices().nth(LONGEST) } else { None };
    rest.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// How many bytes a text begins with that spell the secret, or all of the text when it ends within.
fn spelled(text: &str, secret: &str) -> Option<usize> {
    let mut rest = text;
    for (taken, wanted) in secret.chars().enumerate() {
        match unit(rest, wanted) {
            Some(length) => rest = rest.get(length..)?,
            // The end of the text may lie within what stands for one character.
            None if taken >= TELLING && is_cut(rest) => return Some(text.len()),
            None => return None,
        }
    }
    text.len().checked_sub(rest.len())
}

fn is_cut(rest: &str) -> bool {
    const LONGEST_UNIT: usize = 10;
    rest.is_empty() || (rest.len() < LONGEST_UNIT && rest.starts_with(['%', '\\', '&']))
}

/// How many bytes of a text stand for one character.
fn unit(text: &str, wanted: char) -> Option<usize> {
    let first = text.chars().next()?;
    let is_ascii = first.is_ascii() && wanted.is_ascii();
    let same = || first.to_lowercase().eq(wanted.to_lowercase());
    if first.eq_ignore_ascii_case(&wanted) || (!is_ascii && same()) {
        return Some(first.len_utf8());
    }
    match first {
        '+' if wanted == ' ' => Some(1),
        '%' => in_url(text, wanted),
        '\\' => escaped(text, wanted),
        '&' => in_html(text, wanted),
        _ => None,
    }
}

fn in_url(text: &str, wanted: char) -> Option<usize> {
    let mut bytes = [0; 4];
    let spelled = wanted.encode_utf8(&mut bytes).bytes().fold(String::new(), |mut url, byte| {
        let _ = write!(url, "%{byte:02X}");
        url
    });
    let found = text.get(..spelled.len())?;
    found.eq_ignore_ascii_case(&spelled).then_some(spelled.len())
}

/// A character after backslashes: escapes are escaped again when JSON stands in JSON.
fn escaped(text: &str, wanted: char) -> Option<usize> {
    let rest = text.trim_start_matches('\\');
    let before = text.len().checked_sub(rest.len())?;
    let code = rest.chars().next().unwrap_or_default();
    let short = match code {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' => '\0',
        other => other,
    };
    if short == wanted {
        return before.checked_add(code.len_utf8());
    }
    let digits = rest.strip_prefix(['u', 'U', 'x'])?;
    let (digits, around) = match digits.strip_prefix('{') {
        Some(inner) => (inner.split_once('}')?.0, 3),
        None if code == 'x' => (digits.get(..2)?, 1),
        None => (digits.get(..4)?, 1),
    };
    let number = u32::from_str_radix(digits, 16).ok()?;
    if number == u32::from(wanted) {
        return before.checked_add(around)?.checked_add(digits.len());
    }
    // Beyond the first 65,536 characters JSON writes two escapes for one.
    let mut units = [0; 2];
    let [high, low] = wanted.encode_utf16(&mut units) else { return None };
    let pair = format!("u{high:04x}\\u{low:04x}");
    let found = rest.get(..pair.len())?;
    found.eq_ignore_ascii_case(&pair).then_some(before.checked_add(pair.len())?)
}

fn in_html(text: &str, wanted: char) -> Option<usize> {
    let (name, _) = text.strip_prefix('&')?.split_once(';')?;
    let number = || match name.strip_prefix('#')?.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => name.strip_prefix('#')?.parse().ok(),
    };
    let meant = match name {
        "quot" => Some('"'),
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        _ => number().and_then(char::from_u32),
    };
    (meant == Some(wanted)).then_some(name.len().checked_add(2)?)
}

/// A secret as a code writes it, whatever stands around it.
struct Code {
    letters: String,
    case: Case,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Matters,
    Ignored,
}

impl Code {
    /// How many bytes of the code a text begins with, to the end of what is written in it.
    fn length(&self, text: &str) -> Option<usize> {
        let length = self.letters.len().min(text.len());
        let (found, letters) = (text.get(..length)?, self.letters.get(..length)?);
        let same = match self.case {
            Case::Matters => found == letters,
            Case::Ignored => found.eq_ignore_ascii_case(letters),
        };
        if !same || length < TELLING_CODE {
            return None;
        }
        text.len().checked_sub(text.trim_start_matches(is_code).len())
    }

    /// Whether as much of the code as tells it stands anywhere in a text: hardly ever.
    fn begins_in(&self, text: &str) -> bool {
        self.letters.get(..TELLING_CODE).is_some_and(|beginning| match self.case {
            Case::Matters => text.contains(beginning),
            Case::Ignored => text.to_ascii_lowercase().contains(beginning),
        })
    }
}

fn is_code(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "+/-_=".contains(letter)
}

fn codes(secret: &[u8]) -> Vec<Code> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = secret.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hex = digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect();
    let mut codes = vec![Code { letters: hex, case: Case::Ignored }];
    for before in 0..3 {
        let usual = base64(secret, before);
        let of_urls = usual.replace('+', "-").replace('/', "_");
        codes.extend([usual, of_urls].map(|letters| Code { letters, case: Case::Matters }));
    }
    codes
}

/// The letters that bytes have in base64, whatever stands around them, when so many bytes of a group
/// of three stand before them.
fn base64(bytes: &[u8], before: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
    let letters = padded.chunks(3).flat_map(|group| {
        let three = group.iter().copied().chain([0; 2]).take(3);
        let bits = three.fold(0, |bits, byte| bits << 8 | usize::from(byte));
        [18, 12, 6, 0].map(|after| char::from(LETTERS[bits >> after & 63]))
    });
    letters.take(padded.len() * 8 / 6).skip((before * 8).div_ceil(6)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "Hunter+2/\"é\\ x";

    #[test]
    fn a_secret_is_masked_in_whatever_form_it_is_quoted() {
        for quoted in [
            SECRET.to_owned(),
            SECRET.to_uppercase(),
            SECRET.to_lowercase(),
            format!("{SECRET:?}"),
            serde_json::Value::from(SECRET).to_string(),
            serde_json::Value::from(serde_json::Value::from(SECRET).to_string()).to_string(),
            "Hunter\\u002b2\\/\\u0022\\u00e9\\\\\\u0020x".to_owned(),
            "Hunter%2B2%2f%22%C3%A9%5C%20x".to_owned(),
            "Hunter%2B2%2F%22%c3%a9%5c+x".to_owned(),
            "Hunter+2/&quot;&#233;&#x5C; x".to_owned(),
            "48756e7465722b322f22c3a95c2078".to_owned(),
            "48756E7465722B322F22C3A95C2078".to_owned(),
            "SHVudGVyKzIvIsOpXCB4".to_owned(),
            "SHVudGVyKzIvIsOpXCB4".replace('/', "_"),
            // "Bearer " and "me:" before it.
            "QmVhcmVyIEh1bnRlcisyLyLDqVwgeA==".to_owned(),
            "bWU6SHVudGVyKzIvIsOpXCB4".to_owned(),
        ] {
            let shown = masked(&format!("the key <{quoted}> is no good"), SECRET);
            let expected = "the key <(secret)> is no good".to_owned();
            let in_quotes = expected.replace("(secret)", "\"(secret)\"");
            let twice = expected.replace("(secret)", "\"\\\"(secret)\\\"\"");
            assert!([expected, in_quotes, twice].contains(&shown), "{quoted}: {shown}");
        }
    }

    #[test]
    fn a_secret_that_is_cut_in_any_form_is_cut_off() {
        for (quoted, shown) in [
            ("at Hunter%2", "at (secret)"),
            ("at HUNT", "at (secret)"),
            ("at Hunter+2/\\", "at (secret)"),
            ("at 48756e7465", "at (secret)"),
            ("at SHVudGVyKz", "at (secret)"),
            ("at Hun", "at Hun"),
            ("at 48756e", "at 48756e"),
        ] {
            assert_eq!(masked(quoted, SECRET), shown);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in ["a hunter was here", "", "%%% \\\\ &&& +++", "SHVudGV", "é"] {
            assert_eq!(masked(text, SECRET), text);
        }
        assert_eq!(masked("a UNIT, as it is", "it"), "a UNIT, as (secret) is");
        assert_eq!(masked("👍key and \\ud83d\\udc4dkey", "👍key"), "(secret) and (secret)");
    }
}
