//! How plumb is linked where it ships: without the tables by which a panic would unwind, since it ends the
//! process, with one of functions that are the same, and with what is to be relocated as a list of bits.
//! docs/decisions/0110-what-ships-is-small.md has figures.

use std::env;
use std::process::Command;

/// Where the linker that comes with Rust is the usual one, and nobody asked for another.
const LINKED_BY_RUST: &str = "x86_64-unknown-linux-gnu";
/// What .cargo/config.toml asks for.
const ASKED_FOR: &str = "-Crelro-level=partial";
/// The first glibc whose loader reads such a list.
const READS_BITS: (u32, u32) = (2, 36);

#[expect(clippy::disallowed_methods, reason = "it is what a build script is told by")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=without-unwinding.ld");
    let said = |name: &str| env::var(name).unwrap_or_default();
    let asked_for = said("RUSTC_LINKER") + &said("CARGO_ENCODED_RUSTFLAGS");
    let is_usual = asked_for.is_empty() || asked_for == ASKED_FOR;
    if said("PROFILE") == "release" && said("TARGET") == LINKED_BY_RUST && is_usual {
        let script = format!("{}/without-unwinding.ld", said("CARGO_MANIFEST_DIR"));
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{script}");
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        // Where functions of libraries are is found at the start, and cannot be changed later.
        println!("cargo::rustc-link-arg-bins=-Wl,-z,now");
        if said("HOST") == LINKED_BY_RUST && glibc().is_some_and(|found| found >= READS_BITS) {
            println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        }
    }
}

/// The C library of this machine, which is the oldest that the binary runs with.
fn glibc() -> Option<(u32, u32)> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}
