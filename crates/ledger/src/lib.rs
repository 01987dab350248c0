//! The ledger: what only we can know, kept in a [`store`] so that it survives a crash at any moment: in a
//! folder of this machine, or where several machines share it ([`objects`]).
//!
//! # Layout of the folder (by default `.plumb/`)
//! - `journal-NNNNNN`: append-only records, the newest segment being written ([`frame`], [`journal`]).
//! - `snapshot-NNNNNN`: what the segments up to that number come to ([`snapshot`]).
//! - `key`: the random key with which secrets are hashed ([`key`]).
//! - `lock`, `holder.json`: the lock and who holds it.
//! - `reserve`: disk space set aside so that an outcome can always be recorded.
//! - `.gitignore`: keeps all of this out of Git.
//!
//! # Guarantees (docs/rules.md §4)
//! - An append that answered `Ok` survives the loss of power; one append is never there by half.
//! - A torn last append is dropped; damage anywhere else is an error, never skipped.
//! - No secret is written: the records hold placeholders and keyed hashes.
//!
//! Nothing here knows what the records mean beyond keeping the view: planning and executing live
//! elsewhere. Only what stands behind the folder's seam ([`folder`]) touches files.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests"))]

mod address;
mod bucket;
mod copied;
pub mod disk;
pub mod error;
pub mod files;
pub mod folder;
pub mod frame;
mod git;
mod git_program;
mod heartbeat;
pub mod history;
pub mod holding;
mod ignore;
pub mod journal;
pub mod key;
pub mod ledger;
mod lock;
mod log;
pub mod memory;
pub mod memory_objects;
pub mod objects;
mod private;
pub mod reading;
mod reserve;
mod shared;
pub mod snapshot;
pub mod store;
mod surroundings;

pub use address::is_of_a_bucket;
pub use disk::DiskFolder;
pub use error::LedgerError;
pub use folder::{Folder, LogFile};
pub use history::Run;
pub use holding::{Holding, Unlocked};
pub use ledger::Ledger;
pub use memory::MemoryFolder;
pub use memory_objects::MemoryObjects;
pub use objects::Objects;
pub use store::Store;
pub use surroundings::Surroundings;
