//! What a plain scalar means: the core schema of YAML 1.2, and what YAML 1.1 took it for.

use serde_json::{Number, Value};

/// The meaning of a plain scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    Null,
    Truth(bool),
    Number,
    /// A number that JSON cannot hold as it is written: too large, infinite, or not a number.
    Unrepresentable,
    Text,
}

/// Reads a plain scalar by the core schema (YAML 1.2.2 §10.3.2).
pub(crate) fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Truth(true),
        "false" | "False" | "FALSE" => Plain::Truth(false),
        _ if !looks_numeric(text) => Plain::Text,
        _ if is_special_float(text) => Plain::Unrepresentable,
        _ if !is_number(text) => Plain::Text,
        _ if number(text).is_some() => Plain::Number,
        _ => Plain::Unrepresentable,
    }
}

/// What to do about a number that cannot be sent.
pub(crate) fn instead_of(text: &str) -> &'static str {
    // The beginning tells: a hostile number is as long as a file may be.
    let head = text.get(..64).unwrap_or(text);
    let is_integer = !is_special_float(head) && (is_radix(head) || !head.contains(['.', 'e', 'E']));
    if is_integer {
        "an integer goes up to 18446744073709551615; an id, an account or a password is text: put \
         it in quotes to keep it as text"
    } else {
        "put it in quotes to keep it as text"
    }
}

/// A cheap test that rules most text out.
fn looks_numeric(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte))
}

fn is_special_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

fn is_number(text: &str) -> bool {
    is_radix(text) || is_decimal(text)
}

fn is_radix(text: &str) -> bool {
    let all = |digits: &str, radix| {
        !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))
    };
    text.strip_prefix("0o").is_some_and(|digits| all(digits, 8))
        || text.strip_prefix("0x").is_some_and(|digits| all(digits, 16))
}

fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match mantissa.split_once('.') {
        Some((before, after)) => {
            digits(before) && digits(after) && !(before.is_empty() && after.is_empty())
        }
        None => digits(mantissa) && !mantissa.is_empty(),
    };
    whole
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            digits(exponent) && !exponent.is_empty()
        })
}

/// The number a numeric scalar stands for; `None` when JSON cannot hold it exactly enough:
/// integers beyond 64 bits, and floats beyond the range of a double.
pub(crate) fn number(text: &str) -> Option<Number> {
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return u64::from_str_radix(digits, radix).ok().map(Number::from);
        }
    }
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if unsigned.contains(['.', 'e', 'E']) {
        return unsigned.parse::<f64>().ok().and_then(Number::from_f64);
    }
    let whole = unsigned.parse::<u64>().ok().map(Number::from);
    whole.or_else(|| unsigned.parse::<i64>().ok().map(Number::from))
}

/// What a YAML 1.1 reader would take a plain scalar for, when that is something else.
pub(crate) fn misread(text: &str) -> Option<&'static str> {
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Some("true"),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Some("false"),
        _ if !looks_numeric(text) => return None,
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let bytes = unsigned.as_bytes();
    if bytes.len() > 1
        && bytes.first() == Some(&b'0')
        && bytes.iter().all(|byte| matches!(byte, b'0'..=b'7' | b'_'))
    {
        return Some("an octal number");
    }
    if is_sexagesimal(unsigned) {
        return Some("a number in base 60");
    }
    let separated = unsigned.contains('_')
        && unsigned.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && unsigned.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let binary = unsigned.strip_prefix("0b").is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0' | b'1' | b'_'))
    });
    (separated || binary).then_some("a number")
}

/// Digits, then groups of two digits below 60 behind colons, as in `1:30`.
fn is_sexagesimal(text: &str) -> bool {
    let mut groups = text.split(':');
    let first = groups.next().unwrap_or_default();
    let mut later = 0_u32;
    let small = |group: &str| {
        (1..=2).contains(&group.len())
            && group.bytes().all(|byte| byte.is_ascii_digit())
            && group.parse::<u8>().is_ok_and(|number| number < 60)
    };
    let groups_fit = groups.all(|group| {
        later += 1;
        small(group)
    });
    later > 0 && groups_fit && !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit())
}

/// Text as it is put in quotes: in JSON's way, which is also YAML's.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_yaml_1_2_says() {
        for (text, meaning) in [
            ("", Plain::Null),
            ("~", Plain::Null),
            ("True", Plain::Truth(true)),
            ("yes", Plain::Text),
            ("12", Plain::Number),
            ("-0", Plain::Number),
            ("0o17", Plain::Number),
            ("0x1F", Plain::Number),
            ("0b11", Plain::Text),
            ("1.", Plain::Number),
            (".5", Plain::Number),
            (".", Plain::Text),
            ("+", Plain::Text),
            ("1e3", Plain::Number),
            ("1e", Plain::Text),
            ("1_000", Plain::Text),
            ("1:30", Plain::Text),
            ("v1.34.1", Plain::Text),
            ("1.34.1", Plain::Text),
            ("192.168.16.0", Plain::Text),
            (".inf", Plain::Unrepresentable),
            ("+.NaN", Plain::Text),
            (".nan", Plain::Unrepresentable),
            ("1e999", Plain::Unrepresentable),
            ("18446744073709551615", Plain::Number),
            ("18446744073709551616", Plain::Unrepresentable),
            ("-9223372036854775808", Plain::Number),
        ] {
            assert_eq!(plain(text), meaning, "{text:?}");
        }
    }

    #[test]
    fn only_what_older_readers_misread_is_named() {
        for text in ["yes", "OFF", "0777", "0_7", "1:30", "190:20:30", "1_000", "0b11"] {
            assert!(misread(text).is_some(), "{text:?}");
        }
        for text in ["y", "0", "08", "1:60", "10:", "v1", "1", "a:b", "2026-02-16", "::1", "-"] {
            assert!(misread(text).is_none(), "{text:?}");
        }
    }
}
