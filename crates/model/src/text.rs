//! Text that must not be shown as it is: secrets, and whatever a server said.
//!
//! Both are types, so that forgetting is a compile error and not a leak.

mod quoted;

pub use quoted::SECRET_PLACEHOLDER;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// What the ledger has where another resource's output stood.
pub const OUTPUT_PLACEHOLDER: &str = "(output)";

/// A secret: can be neither printed nor serialised, and is wiped when its last clone is dropped.
/// `Debug` shows [`SECRET_PLACEHOLDER`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    text: Arc<Zeroizing<String>>,
    form: Form,
}

/// What a secret was before it became one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    /// A number or a truth value, as JSON writes it.
    Literal,
}

impl Secret {
    /// Takes a text over.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: Arc::new(Zeroizing::new(text.into())), form: Form::Text }
    }

    /// Takes a number or a truth value over.
    pub(crate) fn literal(value: &Value) -> Self {
        Self { form: Form::Literal, ..Self::new(value.to_string()) }
    }

    /// The text itself, for whoever sends it or has to look into it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Whether it is this text.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.expose() == text
    }

    /// The secret as JSON, in clear.
    pub(crate) fn to_json(&self) -> Value {
        match self.form {
            Form::Text => Value::from(self.expose()),
            Form::Literal => serde_json::from_str(self.expose()).unwrap_or_default(),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(SECRET_PLACEHOLDER)
    }
}

/// Whether a text is a mask (`********`) and not a value.
#[must_use]
pub fn is_mask(text: &str) -> bool {
    text.len() >= 3 && text.bytes().all(|byte| byte == b'*')
}

/// Text from a server: untrusted. Displays with control characters, line breaks and bidirectional
/// marks escaped, so that it can neither drive a terminal nor start a line of its own in a CI log.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct ServerText(String);

impl ServerText {
    /// Takes the text over, at most 2,000 characters of it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(quoted::beginning(text).to_owned())
    }

    /// The same text with a placeholder wherever it repeats one of our secrets: servers quote what
    /// they were sent, as it is, in capitals, escaped, in hexadecimal digits or in base64. A secret of
    /// which only the beginning is left at the text's end is cut off.
    #[must_use]
    pub fn without<'s>(&self, secrets: impl IntoIterator<Item = &'s Secret>) -> Self {
        let secrets = secrets.into_iter().map(Secret::expose).filter(|secret| !secret.is_empty());
        Self(secrets.fold(self.0.clone(), |text, secret| quoted::masked(&text, secret)))
    }

    /// The text as it came. For comparisons, never for output.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServerText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&escape(&self.0))
    }
}

/// An error and its causes on one line, each once, from the outside in. As they are: not escaped.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What an error comes from in the end, for those around which say all of it again, or only at which of
/// their stages it was. As it is: not escaped.
#[must_use]
pub fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

/// Escapes what could act on a terminal or a log: control characters, line and paragraph
/// separators, bidirectional and zero-width marks. Everything else stays.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if acts(character) {
            escaped.extend(character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Whether a character does something other than show itself.
#[must_use]
pub fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows_itself() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "(secret)");
    }

    #[test]
    fn a_server_that_quotes_a_secret_is_not_quoted() {
        let secrets = [Secret::new("hunter2"), Secret::new(""), Secret::new("\u{e9}t\u{e9}!!")];
        for (said, shown) in [
            ("no hunter2, or hunter2x", "no (secret), or (secret)x"),
            ("cut in hunte", "cut in (secret)"),
            ("not in hun", "not in hun"),
            ("\u{e9}t\u{e9}!! and \u{e9}t\u{e9}!", "(secret) and (secret)"),
        ] {
            assert_eq!(ServerText::new(said).without(&secrets).to_string(), shown);
        }
    }

    #[test]
    fn server_text_cannot_start_a_line_or_an_escape() {
        let text = ServerText::new("a\n::set-output\u{1b}[31m\u{202e}");
        assert_eq!(text.to_string(), "a\\u{a}::set-output\\u{1b}[31m\\u{202e}");
    }
}
