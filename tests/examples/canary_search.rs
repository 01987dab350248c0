//! Searches what a run of the whole suite kept for the secrets it was given:
//!
//! ```console
//! $ PLUMB_KEEP=/tmp/kept cargo test --workspace 2>&1 | tee /tmp/kept-output
//! $ mv /tmp/kept-output /tmp/kept/output && target/debug/examples/canary_search /tmp/kept
//! ```
//!
//! Fails when a secret stands anywhere, when the search would miss one, and when so little was kept
//! that finding nothing means nothing.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a program")]

use plumb_tests::canary::search::{self, Search};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Places that are shown; more would only repeat them.
const SHOWN: usize = 30;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("name the folder that PLUMB_KEEP named");
        return ExitCode::FAILURE;
    };
    match complaints(&folder) {
        Ok(complaints) if complaints.is_empty() => ExitCode::SUCCESS,
        Ok(complaints) => {
            for complaint in complaints.iter().take(SHOWN) {
                eprintln!("{complaint}");
            }
            eprintln!("{} complaints", complaints.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}

fn complaints(folder: &Path) -> Result<Vec<String>, String> {
    let began = Instant::now();
    let secrets = search::secrets(folder).map_err(|error| error.to_string())?;
    let search = Search::new(&secrets)?;
    let mut complaints: Vec<String> =
        search.blind_spots().iter().map(|blind| format!("the search misses {blind}")).collect();
    let searched = search.folder(folder).map_err(|error| error.to_string())?;
    println!(
        "{} secrets in {} files, {} bytes: {} hits, {:.1?}",
        searched.secrets,
        searched.files,
        searched.bytes,
        searched.hits.len(),
        began.elapsed()
    );
    for (harness, files) in &searched.kept {
        println!("  {files:6} files of {harness}");
    }
    complaints.extend(searched.emptiness());
    complaints.extend(searched.hits.iter().map(ToString::to_string));
    Ok(complaints)
}
