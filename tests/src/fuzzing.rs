//! What plumb reads from others, tried with any bytes: manifests, answers of clouds, and journals.
//!
//! Each function is one target. It answers `Err` when plumb answers wrongly, and panics where plumb
//! does; both are findings. `fuzz/` runs them under a fuzzer, `tests/corpus.rs` with the checked-in
//! corpora in every test run. What the inputs look like stands with each target.

mod answers;
mod journal;
mod manifest;
mod mutate;

pub use answers::answers;
pub use journal::journal;
pub use manifest::manifest;
pub use mutate::mutated;

use crate::Complaint;

/// A target: any bytes, and what is wrong with plumb's answer to them.
pub type Target = fn(&[u8]) -> Result<(), Complaint>;

/// All targets, by the names of their corpora.
pub const TARGETS: [(&str, Target); 3] =
    [("answers", answers), ("journal", journal), ("manifest", manifest)];

/// Longer inputs say nothing that shorter ones do not; how long ones are answered is what the
/// attack set is for.
const LONGEST: usize = 64 << 10;

/// The input as far as it is tried.
fn bounded(bytes: &[u8]) -> &[u8] {
    bytes.get(..LONGEST).unwrap_or(bytes)
}
