//! The binary under test.

/// Its path: the one that `PLUMB_BINARY` names, so that a binary built by itself, with the features
/// that ship, can be tried; else the one that was built with these tests.
#[expect(clippy::disallowed_methods, reason = "CI names the binary that ships")]
pub(crate) fn plumb() -> String {
    std::env::var("PLUMB_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_plumb").to_owned())
}
