//! How plumb is linked where it ships: without the tables by which a panic would unwind, since it ends the
//! process, with one of functions that are the same, and with what is to be relocated as a list of bits.
//! docs/decisions/0110-what-ships-is-small.md has figures.

use std::env;
use std::process::Command;

/// Where the linker that comes with Rust is the usual one.
const LINKED_BY_RUST: &str = "x86_64-unknown-linux-gnu";
/// Where everything is in the binary, its loader too.
const STATIC: &str = "x86_64-unknown-linux-musl";
/// What may have been asked for all the same: nothing, or what .cargo/config.toml asks for.
const ASKED_FOR: [&str; 2] = ["", "-Crelro-level=partial"];
/// The first glibc whose loader reads lists of bits.
const READS_BITS: (u32, u32) = (2, 36);

#[expect(clippy::disallowed_methods, reason = "it is what a build script is told by")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=without-unwinding.ld");
    let said = |name: &str| env::var(name).unwrap_or_default();
    let target = said("TARGET");
    let asked_for = said("RUSTC_LINKER") + &said("CARGO_ENCODED_RUSTFLAGS");
    let is_known = [LINKED_BY_RUST, STATIC].contains(&&*target);
    if said("PROFILE") != "release" || !is_known || !ASKED_FOR.contains(&&*asked_for) {
        return;
    }
    let ask = |what: &str| println!("cargo::rustc-link-arg-bins=-Wl,{what}");
    ask(&format!("-T,{}/without-unwinding.ld", said("CARGO_MANIFEST_DIR")));
    if target == LINKED_BY_RUST {
        ask("--icf=all");
        // Where functions of libraries are is found at the start, and cannot be changed later.
        ask("-z,now");
    }
    let here = || said("HOST") == target && glibc().is_some_and(|found| found >= READS_BITS);
    if target == STATIC || here() {
        ask("-z,pack-relative-relocs");
    }
}

/// The C library of this machine, which is the oldest that the binary runs with.
fn glibc() -> Option<(u32, u32)> {
    let said = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}
