//! From YAML and JSON to a checked [`Desired`](plumb_model::Desired), with every mistake found in
//! one run and named with its place.
//!
//! # Flow
//! [`load`] reads files into spanned documents. [`resolve`] checks them against the kinds'
//! schemas, takes plumb's annotations off, puts `valueFrom` and secrets aside, and connects them.
//! Neither fails: what is wrong are findings, and a `Desired` exists only when none is an error.
//!
//! # Guarantees
//! - Any bytes are answered with findings, in time and memory linear in their number.
//! - Nothing is read but the given paths, `valueFrom.file` below the root, and environment
//!   variables the caller's lookup gives: those named `PLUMB_VAR_…`, and for `kustomize` its path.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

mod characters;
mod draft;
mod excerpts;
mod file;
mod head;
mod hint;
mod kustomize;
mod load;
mod locate;
mod outside;
mod parallel;
mod plan_file;
mod publish;
mod resolve;
mod scalar;
mod schema;
mod source;
mod stack;
mod text;
mod tree;
mod validate;
mod value_from;
mod wishes;
mod yaml;

pub use excerpts::excerpts;
pub use load::{Document, Loaded, POLICY_TEST, load, stack_of};
pub use outside::Outside;
pub use publish::schemas;
pub use resolve::{Resolved, resolve};
pub use stack::{API_VERSION, Connections, DEFAULT_LEDGER, Naming, Stack};
