//! Renderers: pure functions from the model's types to text. They know nothing of files, terminals,
//! clocks or async; what they are given they show, the same way every time.
//!
//! # Guarantees
//! - Text of a server, a file or a person is escaped: no control character, line break or
//!   bidirectional mark of theirs reaches the output (docs/rules.md §5).
//! - Output makes sense without colour: with the escape sequences taken out it is the same.
//! - No secret is shown: the model hands none over, and [`plumb_model::plan::Shown::Secret`] stays
//!   a placeholder.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

pub mod bill;
mod change_detail;
mod changes;
mod deletions;
mod drawing;
pub mod events;
pub mod findings;
mod folding;
pub mod graph;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
mod money;
pub mod moved;
mod overview;
mod page;
pub mod report;
pub mod result;
mod result_html;
mod result_page;
pub mod sarif;
pub mod sheet;
mod silence;
pub mod style;
pub mod table;
mod text;
mod timeline;
mod value;
pub mod words;
pub mod worlds;

pub use changes::indented as differences;
pub use silence::{settling, silence};
pub use style::{Colour, Style};
pub use text::{break_commands, inert_json, shell_word};
