//! The text of a public key, checked without the server: type, base64, and that the two agree.
//!
//! # Guarantees
//! - No finding repeats a part of the text: a private key may stand there by mistake.
//! - A finding about a text that is not even meant to be a public key shows no excerpt of the file.

use plumb_model::finding::Span;
use plumb_model::text::Secret;
use plumb_model::{Code, FieldPath, Finding, Resource};
use std::sync::LazyLock;

/// Where the text stands.
static CONTENT: LazyLock<FieldPath> =
    LazyLock::new(|| FieldPath::root().key("spec").key("content"));

/// The types of keys that OpenSSH accepts for logging in.
const TYPES: [&str; 7] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// Beginnings and other traces of private keys: PEM, PEM in base64, `PuTTY`.
const PRIVATE: [&str; 3] = ["PRIVATE KEY", "LS0tLS1CRUdJTi", "PuTTY-User-Key-File"];

/// An offset that no file reaches (files end at 8 MiB): a finding there has a line and no excerpt.
const NO_EXCERPT: usize = 0x7fff_ffff;

/// Takes the white space around the text off, wherever it came from, since files end in a line
/// break. A private key is taken out of the body, so that nothing shows it by accident.
pub(super) fn prepare(resource: &mut Resource) {
    let Some(place) = resource.body.find_mut(&CONTENT) else { return };
    let Some(text) = place.to_look_up().map(str::trim) else { return };
    *place = if place.as_secret().is_some() || is_private(text) {
        Secret::new(text).into()
    } else {
        text.into()
    };
}

/// What is wrong with the text. One that comes from another resource's output is not known yet.
pub(super) fn check(resource: &Resource) -> Option<Finding> {
    let text = resource.field(&CONTENT)?.to_look_up()?;
    let Mistake { code, what, help, shown } = mistake(text)?;
    let finding = Finding::error(code, format!("spec.content {what}")).of(&resource.key).help(help);
    Some(match shown {
        Shown::Yes => finding.field(CONTENT.clone()),
        Shown::No => {
            finding.at(Span { start: NO_EXCERPT, end: NO_EXCERPT, ..resource.origin.span.clone() })
        }
    })
}

/// Whether the lines the text stands in may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Yes,
    No,
}

struct Mistake {
    code: Code,
    what: &'static str,
    help: &'static str,
    shown: Shown,
}

fn mistake(text: &str) -> Option<Mistake> {
    const PUBLIC: &str =
        "write the one line of the .pub file: a type, the key in base64, a comment";
    let invalid =
        |what, help, shown| Some(Mistake { code: Code::INVALID_VALUE, what, help, shown });
    if is_private(text) {
        return Some(Mistake {
            code: Code::PLAIN_SECRET,
            what: "holds a private key",
            help: "write the public key, from the .pub file; and take the private one for lost if \
                   it was ever committed",
            shown: Shown::No,
        });
    }
    if text.is_empty() {
        return invalid("is empty", PUBLIC, Shown::Yes);
    }
    let mut words = text.split([' ', '\t']).filter(|word| !word.is_empty());
    let named = words.next().and_then(|word| TYPES.into_iter().find(|known| *known == word));
    let Some(named) = named else {
        return invalid("does not begin with a known type of key", PUBLIC, Shown::No);
    };
    if text.chars().any(|character| character.is_control() && character != '\t') {
        return invalid("has more than one line", "declare one SSHKey for each key", Shown::Yes);
    }
    let Some(blob) = words.next().and_then(decode) else {
        return invalid(
            "has no key in base64 after its type",
            "it may be cut; copy the whole line of the .pub file",
            Shown::Yes,
        );
    };
    match blob_type(&blob) {
        Some(inner) if inner == named.as_bytes() => None,
        _ => invalid(
            "says one type and holds a key of another, or none",
            "it may be cut or mixed up; copy the whole line of the .pub file",
            Shown::Yes,
        ),
    }
}

fn is_private(text: &str) -> bool {
    PRIVATE.iter().any(|trace| text.contains(trace))
}

/// The type a key names itself, where something follows it: a length of four bytes, then the text
/// (RFC 4253, section 6.6).
fn blob_type(blob: &[u8]) -> Option<&[u8]> {
    let (length, rest) = blob.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    (rest.len() > length).then(|| rest.get(..length)).flatten()
}

/// Decodes base64 as RFC 4648 has it, padding included.
fn decode(text: &str) -> Option<Vec<u8>> {
    let body = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - body.len() > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut bits = 0_u32;
    let mut held = 0_u32;
    for byte in body.bytes() {
        bits = (bits << 6 | u32::from(digit(byte)?)) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(bytes)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
