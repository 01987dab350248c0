//! The canary search (docs/rules.md §6, O5): no secret stands in anything plumb wrote.
//!
//! # Flow
//! Every secret that a test hands to plumb or to a simulated cloud is a canary: harnesses tell it
//! to [`keep::secret`], and one that a test writes by hand, in a manifest say, holds [`MARK`].
//! Everything plumb writes goes to [`keep::text`] and [`keep::tree`], which copy it into the folder
//! that the environment variable [`keep::FOLDER`] names, when one is named. When the whole suite is
//! over, [`search`] looks through that folder for every canary in every form it could have there,
//! which [`disguise`] lists.
//!
//! What is kept is plumb's output. Files that hold secrets on purpose, and what the simulated clouds
//! keep of themselves, are not.

pub mod disguise;
pub mod keep;
pub mod search;

/// A part of secrets that no harness sees. Letters and digits, so that most encodings of what is
/// around it leave it as it is; and no word of any program, so that every place that has it is one
/// too many.
pub const MARK: &str = "canary5ecret";
