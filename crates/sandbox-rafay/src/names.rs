//! The syntax of names and labels.

/// The longest name and label value.
const LONGEST: usize = 63;

/// Whether a text is a DNS-1123 label.
pub(crate) fn is_dns_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_some_and(|it| is_lower_alphanumeric(*it));
    bytes.len() <= LONGEST
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| is_lower_alphanumeric(*byte) || *byte == b'-')
}

/// Whether a text is a label's key in Kubernetes syntax.
pub(crate) fn is_label_key(text: &str) -> bool {
    match text.split_once('/') {
        None => is_qualified(text),
        Some((prefix, name)) => {
            prefix.len() <= 253 && prefix.split('.').all(is_dns_label) && is_qualified(name)
        }
    }
}

/// Whether a text is a label's value in Kubernetes syntax.
pub(crate) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_qualified(text)
}

fn is_qualified(text: &str) -> bool {
    let bytes = text.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    bytes.len() <= LONGEST
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

fn is_lower_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels() {
        let long = "a".repeat(64);
        for (text, expected) in
            [("a", true), ("a-1", true), ("", false), ("-a", false), ("A", false), ("a.b", false)]
        {
            assert_eq!(is_dns_label(text), expected, "{text}");
        }
        assert!(!is_dns_label(&long));
        for (text, expected) in
            [("plumb.dev/stack", true), ("Stack_1", true), ("/x", false), ("a/b/c", false)]
        {
            assert_eq!(is_label_key(text), expected, "{text}");
        }
        assert!(is_label_value("") && is_label_value("a.b_C") && !is_label_value("a b"));
        assert!(!is_label_value(&long));
    }
}
