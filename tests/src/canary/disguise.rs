//! How a secret could look where it must not be: encoded, escaped, or spelled in numbers. Where it
//! is searched is in `search`.

use plumb_model::text::escape;
use std::fmt::Write as _;

/// A shorter text than this is found by chance.
const SHORTEST: usize = 8;

/// A form in which a secret could be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disguise {
    /// As it is.
    Plain,
    /// As a JSON string, which is what Rust's `{:?}` and YAML's double quotes mostly write, too.
    Json,
    /// As plumb shows text of servers.
    Shown,
    /// Base64 in one of the three ways its bytes can lie, in the letters of URLs or the usual ones.
    Base64,
    /// Two digits a byte, small letters.
    HexSmall,
    /// Two digits a byte, capital letters.
    HexCapital,
    /// As a part of a URL.
    Url,
    /// The bytes as numbers, as `{:?}` writes a vector of bytes.
    Numbers,
}

/// Every form of a secret that can be searched for, each with its bytes. Nothing for a text so
/// short that it is found by chance.
#[must_use]
pub fn disguises(secret: &str) -> Vec<(Disguise, Vec<u8>)> {
    let mut found: Vec<(Disguise, Vec<u8>)> = Vec::new();
    for (disguise, text) in forms(secret) {
        let is_new = found.iter().all(|(_, known)| known != text.as_bytes());
        if text.len() >= SHORTEST && is_new {
            found.push((disguise, text.into_bytes()));
        }
    }
    if secret.len() < SHORTEST { Vec::new() } else { found }
}

fn forms(secret: &str) -> Vec<(Disguise, String)> {
    let each = |write: fn(u8) -> String| secret.bytes().map(write).collect::<Vec<String>>();
    let json = serde_json::Value::from(secret).to_string();
    let inner = json.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let mut forms = vec![
        (Disguise::Plain, secret.to_owned()),
        (Disguise::Json, inner.unwrap_or(secret).to_owned()),
        (Disguise::Shown, escape(secret)),
        (Disguise::HexSmall, each(|byte| format!("{byte:02x}")).concat()),
        (Disguise::HexCapital, each(|byte| format!("{byte:02X}")).concat()),
        (Disguise::Url, each(in_url).concat()),
        (Disguise::Url, each(in_url).concat().replace("%20", "+")),
        (Disguise::Numbers, each(|byte| byte.to_string()).join(", ")),
        (Disguise::Numbers, each(|byte| byte.to_string()).join(",")),
    ];
    for before in 0..3 {
        let usual = inner_base64(secret.as_bytes(), before);
        forms.push((Disguise::Base64, usual.replace('+', "-").replace('/', "_")));
        forms.push((Disguise::Base64, usual));
    }
    forms
}

fn in_url(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

/// The letters that some bytes have in base64 whatever stands around them, when so many bytes of
/// a group of three stand before them.
fn inner_base64(bytes: &[u8], before: usize) -> String {
    let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
    let (first, end) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
    base64(&padded).get(first..end).unwrap_or_default().to_owned()
}

/// Base64 of some bytes, filled up with `=`.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let part = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = part(0) << 16 | part(1) << 8 | part(2);
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let letter = usize::try_from(bits >> shift & 63).ok();
            let letter = letter.and_then(|letter| LETTERS.get(letter)).copied().unwrap_or(b'=');
            text.push(if at > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

/// A text that holds a secret in each of its forms, with something around it: what a search must
/// find all of. Made in other ways than the forms that are searched for, where there are others.
#[must_use]
pub fn planted(secret: &str) -> Vec<(Disguise, String)> {
    let around = |text: &str| format!("before {text} after");
    let hex = |text: &str| {
        text.bytes().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    };
    let long = format!("before{secret}after");
    let mut planted = vec![
        (Disguise::Plain, around(secret)),
        (Disguise::Json, serde_json::json!({"a": [around(secret)]}).to_string()),
        (Disguise::Json, format!("{:?}", around(&secret.replace('\'', "")))),
        (Disguise::Shown, format!("before {} after", escape(secret))),
        (Disguise::HexSmall, hex(&long)),
        (Disguise::HexCapital, hex(&long).to_uppercase()),
        (Disguise::Url, format!("?a={}&b=c", each_in_url(secret))),
        (Disguise::Numbers, format!("{:?}", long.as_bytes())),
        (Disguise::Numbers, serde_json::json!(long.as_bytes()).to_string()),
    ];
    for before in ["", "x", "xy", "xyz"] {
        let usual = base64(format!("{before}{secret}{before}").as_bytes());
        planted.push((Disguise::Base64, usual.replace('+', "-").replace('/', "_")));
        planted.push((Disguise::Base64, usual));
    }
    planted
}

fn each_in_url(text: &str) -> String {
    text.bytes().map(in_url).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
            ("Man>", "TWFuPg=="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_secret_is_found_wherever_it_lies_in_base64() {
        let secret = "Canary+Notebook/7f3a91c5=\u{e9}";
        for before in 0..7 {
            for after in 0..4 {
                let text = format!("{}{secret}{}", "x".repeat(before), "y".repeat(after));
                let text = base64(text.as_bytes());
                let found = disguises(secret).into_iter().any(|(disguise, bytes)| {
                    disguise == Disguise::Base64
                        && text.contains(std::str::from_utf8(&bytes).unwrap())
                });
                assert!(found, "{before} before, {after} after: {text}");
            }
        }
    }

    #[test]
    fn what_is_short_is_not_searched_for() {
        assert_eq!(disguises("dev"), []);
        assert_eq!(disguises(""), []);
    }
}
