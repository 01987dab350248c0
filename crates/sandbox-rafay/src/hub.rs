//! What is done with declared kinds and with no other: those of v3, of the environment manager, of
//! developer resources and of managed Kubernetes (contract 3.10, 7 and 8). Their operations are made
//! from their rows in `table`.

pub(crate) mod actions;
pub(crate) mod managed;
pub(crate) mod metal;
pub(crate) mod reads;
pub(crate) mod routes;
pub(crate) mod writes;
