//! The kinds that are rows of data: those of v3, of the environment manager, of developer resources
//! and of managed Kubernetes (contract 3.10, 7 and 8). A new plain kind is a row of `table`.
//!
//! What is made from a profile is no such kind; see `objects`.

pub(crate) mod actions;
pub(crate) mod bodies;
pub(crate) mod edits;
pub mod key;
pub mod kind;
pub(crate) mod managed;
pub(crate) mod metal;
pub(crate) mod moves;
pub(crate) mod place;
pub(crate) mod reads;
pub(crate) mod render;
pub(crate) mod routes;
pub(crate) mod schemas;
pub(crate) mod status;
pub mod store;
pub(crate) mod table;
pub(crate) mod walk;
pub(crate) mod writes;
