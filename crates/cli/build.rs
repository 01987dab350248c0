//! How plumb is linked where it ships: without the tables by which a panic would unwind, since it ends the
//! process, and with one of functions that are the same. docs/decisions/0110-what-ships-is-small.md has figures.

use std::env;

/// Where the linker that comes with Rust is the usual one, and nobody asked for another.
const LINKED_BY_RUST: &str = "x86_64-unknown-linux-gnu";

#[expect(clippy::disallowed_methods, reason = "it is what a build script is told by")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=without-unwinding.ld");
    let said = |name: &str| env::var(name).unwrap_or_default();
    let asked_for = said("RUSTC_LINKER") + &said("CARGO_ENCODED_RUSTFLAGS");
    if said("PROFILE") == "release" && said("TARGET") == LINKED_BY_RUST && asked_for.is_empty() {
        let script = format!("{}/without-unwinding.ld", said("CARGO_MANIFEST_DIR"));
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{script}");
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
    }
}
